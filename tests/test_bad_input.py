"""What goes wrong on the road, in real runs: it costs as little as it can, and is told in one line."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any, get_args

import gymnasium
import plain
import pytest
import torch
from guesser import SHAPE, guesser, save_guesser
from guessing import GuessNumber
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from safetensors.torch import load_file
from test_language_model import lines
from tiny import READER, FirstLetter, full_disk, silent

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import FULL, LanguageModelAgent
from reason_arena.agents.language_model.config import (
    DistillConfig,
    DpoConfig,
    GrpoConfig,
    Memory,
    PpoConfig,
    PretrainConfig,
    ReinforceConfig,
    RewardConfig,
    Sampling,
    SftConfig,
    Stage,
)
from reason_arena.agents.language_model.pairs import sample_pairs
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.batch import Completion
from reason_arena.agents.learning.demonstrations import Demonstration, write_demonstrations
from reason_arena.agents.learning.preferences import Preference, PreferenceFile
from reason_arena.agents.learning.rollout import rollout
from reason_arena.envs.guard import Guard
from reason_arena.tasks.errors import BadConfig, Diverged, OutOfMemory, StorageError

torch.set_num_threads(1)
PLAYING: tuple[Stage, ...] = ("distill", "reinforce", "ppo", "grpo", "reward", "dpo")
"""stages that ask the environment"""
ROAD = replace(
    READER,
    pretrain=PretrainConfig(updates=2, batch=2, levels=(0,)),
    sft=SftConfig(updates=2, batch=2),
    distill=DistillConfig(updates=2, batch=6, student_share=0.5, filtered=False),
    reinforce=ReinforceConfig(updates=2, questions=3, group=4),
    ppo=PpoConfig(updates=2, questions=4, group=3),
    grpo=GrpoConfig(updates=2, questions=3, group=4),
    reward=RewardConfig(updates=2, batch=2, pairs=4),
    dpo=DpoConfig(updates=2, batch=2, pairs=4),
    score_problems=6,
)


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


for kind in (Silent, Flaky, Dead, Talkative):
    gymnasium.register(f"Tests-{kind.__name__}-v0", entry_point=kind)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("start") / "guesser")


def trained(env: str, stage: Stage, start: Path, folder: Path, **changes: Any) -> list[dict[str, Any]]:
    """The record of a stage in an environment."""
    config = replace(ROAD, env_id=f"Tests-{env}-v0", **changes)
    config = replace(config, distill=replace(config.distill, teacher=start))
    train_language_model(config, folder, 0, start=start, report=silent, stage=stage)
    return lines(folder, stage)


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


@pytest.mark.parametrize("stage", get_args(Stage))
def test_training_that_diverges_stops_and_keeps_a_finite_checkpoint(stage: Stage, start: Path, tmp_path: Path) -> None:
    section = replace(getattr(ROAD, stage), updates=8, learning_rate=1e38, warmup=6, optimiser="adamw")
    with pytest.raises(Diverged) as caught:
        trained("FirstLetter", stage, start, tmp_path, **{stage: section}, score_every=0)
    told = str(caught.value)
    assert told.startswith(f"{stage}: ")
    assert f"Lower {stage}.learning_rate or {stage}.max_gradient" in told
    place = tmp_path / stage / "checkpoint"
    assert ("no checkpoint yet" in told) == (not place.exists())
    if place.exists():
        assert finite(place)


def finite(place: Path) -> bool:
    return all(value.isfinite().all() for path in place.glob("*.safetensors") for value in load_file(path).values())


def test_the_checkpoint_from_before_it_diverged_stands(start: Path, tmp_path: Path) -> None:
    wild = {"sft": replace(ROAD.sft, updates=8, learning_rate=1e8, optimiser="adamw")}
    place = tmp_path / "sft" / "checkpoint"
    for _ in range(2):  # the same command comes to the same end
        with pytest.raises(Diverged, match=r"is nan in update \d; the checkpoint in .* is from before") as caught:
            trained("FirstLetter", "sft", start, tmp_path, **wild, score_every=0)
        update = int(str(caught.value).split("in update ")[1].split(";")[0])
        assert checkpoint.load_manifest(place)["totals"]["update"] == update - 1 > 0
        assert finite(place)
    LanguageModelAgent.load(place)


def without_memory(work: Callable[[], Any], more: int, told: Any) -> None:
    """In a process that may have so many bytes more than it has."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more, used + more))
    try:
        work()
    except BaseException as error:
        told.send((type(error), str(error)))


def outcome(work: Callable[[], Any], more: int) -> tuple[type[BaseException], str]:
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=without_memory, args=(work, more, there))
    process.start()
    there.close()
    try:
        found: tuple[type[BaseException], str] = here.recv()
    except EOFError:
        pytest.fail("there was memory enough")
    process.join()
    return found


def test_scores_are_drawn_as_practice_is_and_say_what_to_lower_too(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = list[Sampling]()
    draw = Sampler.draw

    def listening(sampler: Sampler, requests: Sequence[Request]) -> list[Completion]:
        drawn.append(sampler.sampling)
        return draw(sampler, requests)

    monkeypatch.setattr(Sampler, "draw", listening)
    sampling = Sampling(0.5, 12, ("x",), max_rows=3, engine="eager")
    scored = replace(
        ROAD, sampling=sampling, score_every=1, score_problems=4, grpo=GrpoConfig(updates=1, questions=2, group=2)
    )
    train_language_model(scored, tmp_path / "a", 0, start=start, report=silent, stage="grpo")
    assert set(drawn) == {replace(sampling, temperature=1.0), sampling}

    def refuse(sampler: Sampler, requests: Sequence[Request]) -> list[Completion]:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    monkeypatch.setattr(Sampler, "draw", refuse)
    with pytest.raises(OutOfMemory, match=r"sampling\.max_rows"):
        train_language_model(scored, tmp_path / "b", 0, start=start, report=silent, stage="grpo")


def test_memory_that_does_not_suffice_says_what_to_lower(start: Path, tmp_path: Path) -> None:
    wide = replace(ROAD, micro_batch_tokens=10**6, sft=SftConfig(updates=2, batch=2000), score_every=0)
    kind, told = outcome(
        lambda: train_language_model(wide, tmp_path, 0, start=start, report=silent, stage="sft"), 300 * 2**20
    )
    assert kind is OutOfMemory, told
    assert "\n" not in told
    assert "Lower micro_batch_tokens=1000000 (training) or sampling.max_rows (sampling)" in told


def test_a_full_disk_while_demonstrations_are_written(tmp_path: Path) -> None:
    path = tmp_path / "games.jsonl"
    games = [Demonstration((("Guess.", "4"), ("higher", "6")))] * 100
    with full_disk(1000), pytest.raises(StorageError, match=r"cannot write .*games\.jsonl: File too large"):
        write_demonstrations(path, games)


def test_a_stage_on_a_full_disk_keeps_what_it_had(start: Path, tmp_path: Path) -> None:
    """Heads and optimiser of PPO too: the checkpoint of before stands, and the same command goes on from it."""
    folder = tmp_path / "run"
    section = replace(ROAD.ppo, updates=3)
    config = replace(ROAD, ppo=section, score_every=0)

    def fills(row: Any) -> None:
        if row["update"] == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    with full_disk(10**9), pytest.raises(StorageError, match=r"^cannot write the checkpoint .*$"):
        train_language_model(config, folder, 0, start=start, report=fills, stage="ppo")
    assert checkpoint.load_manifest(folder / "ppo" / "checkpoint")["totals"]["update"] == 1
    train_language_model(config, folder, 0, start=start, report=silent, stage="ppo")
    assert [row["update"] for row in lines(folder, "ppo")] == [1, 2, 3]
