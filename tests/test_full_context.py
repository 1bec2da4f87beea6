"""Episodes, pairs and sequences that outgrow a model's context: they end there, or are refused in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import pytest
import torch
from guesser import SHAPE, guesser, save_guesser
from guessing import GuessNumber
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from road import ROAD, trained
from tiny import silent

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import FULL, LanguageModelAgent
from reason_arena.agents.language_model.config import Memory, Sampling, Stage
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.preferences import Preference, PreferenceFile
from reason_arena.agents.learning.rollout import rollout
from reason_arena.envs.guard import Guard
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("start") / "guesser")


class Talkative(GuessNumber):
    """Answers in so many words that a fourth guess is beyond a context of 64."""

    def __init__(self, tries: int = 8, split: str = "train") -> None:
        super().__init__(tries=tries)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        _, info = super().reset(seed=seed)
        return "1-8", info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        reply, *rest = super().step(action)
        return f"it is {reply} than you said", *rest  # type: ignore[return-value]


gymnasium.register("Tests-Talkative-v0", entry_point=Talkative)


def talks(memory: Memory | None = None) -> tuple[LanguageModelAgent, SyncVectorEnv]:
    agent = LanguageModelAgent(guesser().model, guesser().text, Sampling(1.0, 3), memory=memory)
    return agent, SyncVectorEnv([lambda: Guard(Talkative())] * 3, autoreset_mode=AutoresetMode.DISABLED)


@pytest.mark.parametrize("mode", [AutoresetMode.DISABLED, AutoresetMode.SAME_STEP])
def test_an_episode_that_outgrows_the_context_ends_there_and_the_others_go_on(mode: AutoresetMode) -> None:
    agent, _ = talks()
    env = SyncVectorEnv([lambda: Guard(Talkative())] * 3, autoreset_mode=mode)
    episodes = rollout(env, agent, range(20))
    # 61 tokens are room for the question, 5, and turns of up to 3 + 1 tokens with replies of 28, but for no third.
    for episode in episodes:
        assert bool(episode.resigned) == (not episode.correct)
        assert all(len(turn) <= 64 for turn in episode.traces)
        assert len(episode.traces) == len(episode.rewards) == len(episode.actions) == episode.length
        if episode.resigned:
            assert (episode.resigned, episode.verdict, episode.return_) == (FULL, "too_long", 0.0)
            assert (episode.truncated, episode.terminated) == (True, False)
            assert 2 <= episode.length < 8
            assert episode.problem_id == f"guess-v0/1..8/8/{episode.seed}"
    assert 0 < sum(episode.correct for episode in episodes) < 20


def test_a_player_that_forgets_plays_on() -> None:
    agent, env = talks(Memory("last", 1))
    episodes = rollout(env, agent, range(10))
    assert not any(episode.resigned for episode in episodes)
    assert max(episode.length for episode in episodes) == 8


@pytest.mark.parametrize("stage", ["reinforce", "ppo", "grpo", "distill"])
def test_training_goes_on_where_episodes_outgrow_the_context(stage: Stage, start: Path, tmp_path: Path) -> None:
    rows = trained("Talkative", stage, start, tmp_path, sampling=Sampling(1.0, 3))
    assert rows[-1]["update"] == 2
    if stage != "distill":
        assert 0 < rows[1]["outgrown"] <= 1 - rows[1]["correct"] + 1e-9
        assert rows[1]["tokens"] > 0
    # All that is left out with "mask" is what ended for the context; those that did not are learnt from.
    if stage == "grpo":
        masked = replace(ROAD.grpo, truncated="mask")
        fewer = trained("Talkative", stage, start, tmp_path / "masked", sampling=Sampling(1.0, 3), grpo=masked)
        assert 0 < fewer[1]["tokens"] < rows[1]["tokens"]
        assert fewer[1]["outgrown"] == rows[1]["outgrown"]


@pytest.mark.parametrize("stage", ["reward", "dpo"])
def test_answers_longer_than_the_context_are_refused_before_anything_is_written(
    stage: Stage, start: Path, tmp_path: Path
) -> None:
    short = Preference("a", "b", "c", 0, "Tests-FirstLetter-v0", 0, "me")
    with PreferenceFile(tmp_path / "pairs.jsonl") as file:
        for each in (*[short] * 3, replace(short, rejected="c" * 80)):
            file.write(each)
    section = replace(getattr(ROAD, stage), data=tmp_path / "pairs.jsonl")
    # <bos>, "a", a line break, 80 letters and <eos>
    with pytest.raises(BadConfig, match=r"^model\.context=64: .* takes 84 tokens, expected at most 64$"):
        trained("FirstLetter", stage, start, tmp_path, **{stage: section})
    assert not (tmp_path / stage).exists()


def wide(folder: Path) -> Path:
    """A model that reads more than the others."""
    LanguageModelAgent(models.build(replace(SHAPE, context=256), seed=0), models.tokenizer()).save(folder)
    return folder


def test_what_a_teacher_says_beyond_the_students_context_is_not_learnt(start: Path, tmp_path: Path) -> None:
    config = replace(ROAD.distill, teacher=wide(tmp_path / "teacher"), student_share=0.0)
    with pytest.raises(BadConfig, match=r"^model\.context=64: a sequence .* takes \d+ tokens, expected at most 64$"):
        train_language_model(
            replace(ROAD, distill=config, sampling=Sampling(1.0, 200)),
            tmp_path / "run", 0, start=start, report=silent, stage="distill",
        )  # fmt: skip


def test_a_reward_model_judges_nothing_beyond_its_context(start: Path, tmp_path: Path) -> None:
    trained("FirstLetter", "reward", start, tmp_path)
    section = replace(ROAD.ppo, reward_model=tmp_path / "reward" / "checkpoint")
    with pytest.raises(BadConfig, match=r"^model\.context=64: a sequence .* takes \d+ tokens, expected at most 64$"):
        trained("FirstLetter", "ppo", wide(tmp_path / "wide"), tmp_path, ppo=section, sampling=Sampling(1.0, 200))
