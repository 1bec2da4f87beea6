"""Questions, models and environments that are not as they should be: what each costs a real run, and what is told."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import gymnasium
import plain
import pytest
import torch
from guesser import guesser, save_guesser
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from road import ROAD, trained
from test_language_model import lines
from tiny import FirstLetter, silent

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import Sampling, Stage
from reason_arena.agents.language_model.pairs import sample_pairs
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.rollout import rollout
from reason_arena.envs.guard import Guard
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)
PLAYING: tuple[Stage, ...] = ("distill", "reinforce", "ppo", "grpo", "reward", "dpo")
"""stages that ask the environment"""


class Silent(FirstLetter):
    """Asks nothing."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        return "", {}


class Flaky(FirstLetter):
    """Raises at some problems, while they are posed or when they are answered; another pays what is no number."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        self.problem = (seed or 0) % 6
        if self.problem == 0:
            raise KeyError("no such level")
        return super().reset(seed=seed, options=options)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if self.problem == 3:
            raise RuntimeError("out of paper")
        reply, reward, *rest = super().step(action)
        return reply, nan if self.problem == 4 else reward, *rest  # type: ignore[return-value]


class Dead(FirstLetter):
    """Raises always."""

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        raise RuntimeError("out of paper")


for kind in (Silent, Flaky, Dead):
    gymnasium.register(f"Tests-{kind.__name__}-v0", entry_point=kind)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("start") / "guesser")


@pytest.mark.parametrize("stage", [stage for stage in PLAYING if stage not in ("reward", "dpo")])
def test_an_empty_question_is_asked_and_learnt_from(stage: Stage, start: Path, tmp_path: Path) -> None:
    rows = trained("Silent", stage, start, tmp_path)
    assert rows[-1]["update"] == 2
    assert rows[-1]["tokens"] > 0


def test_an_empty_question_makes_no_preference(start: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="prompt: expected a text, got an empty one"):
        trained("Silent", "dpo", start, tmp_path)


@pytest.mark.parametrize("template", [False, True])
def test_an_empty_question_is_something_to_read(template: bool) -> None:
    chat = "{% for m in messages %}<start_of_turn>{{ m.content }}<end_of_turn>{% endfor %}" if template else None
    agent = LanguageModelAgent(plain.model(eos_token_id=2), plain.tokenizer(chat, **plain.NAMED), Sampling(1.0, 3))
    assert len(agent.act(("",), [{}])) == 1
    (completion,) = agent.trace()
    assert completion
    assert completion.prompt_ids


def test_a_model_without_pad_token_or_chat_template_is_trained(tmp_path: Path) -> None:
    source = plain.saved(tmp_path / "source", plain.tokenizer(eos_token="</s>"), plain.model(eos_token_id=2))
    config = replace(ROAD, model=replace(ROAD.model, source=str(source)))
    for stage in ("sft", "grpo"):
        done = train_language_model(config, tmp_path / "run", 0, report=silent, stage=stage)
    rows = lines(tmp_path / "run", "grpo")
    assert rows[-1]["tokens"] > 0
    # Padding is told apart by length: what was drawn and what is learnt from agree token by token.
    assert rows[1]["max_sampler_gap"] < 1e-5
    assert LanguageModelAgent.load(done).text.pad_token == "</s>"


@pytest.mark.parametrize("stage", PLAYING)
def test_an_environment_that_raises_at_times_costs_those_episodes(stage: Stage, start: Path, tmp_path: Path) -> None:
    rows = trained("Flaky", stage, start, tmp_path)
    assert rows[-1]["update"] == 2
    assert rows[-1]["tokens"] > 0
    if stage not in ("reward", "dpo"):
        assert sum(row["failed"] for row in rows[1:]) > 0


@pytest.mark.parametrize("stage", PLAYING)
def test_an_environment_that_always_raises_is_told(stage: Stage, start: Path, tmp_path: Path) -> None:
    with pytest.raises(
        BadConfig, match=r"the environment failed in all of \d+ episodes, .* RuntimeError: out of paper"
    ):
        trained("Dead", stage, start, tmp_path, score_every=0)


def test_a_score_counts_what_was_played_to_its_end(start: Path, tmp_path: Path) -> None:
    env = SyncVectorEnv([lambda: Guard(Flaky())] * 6, autoreset_mode=AutoresetMode.DISABLED)
    ends = [episode.correct for episode in rollout(env, guesser(), range(6)) if not episode.failed]
    assert len(ends) == 3
    rows = trained("Flaky", "grpo", start, tmp_path)
    assert rows[0]["score"] == pytest.approx(sum(ends) / 3)


def test_pairs_are_of_answers_that_were_judged() -> None:
    env = SyncVectorEnv([lambda: Guard(Flaky())] * 6, autoreset_mode=AutoresetMode.DISABLED)
    pairs = list(sample_pairs(guesser(), env, range(12), env_id="Tests-Flaky-v0", level=0))
    assert {pair.seed % 6 for pair in pairs} == {1, 2, 5}
