"""Training that diverges, or runs out of memory or disk: what it had is kept, and one line says what to change."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from guesser import save_guesser
from road import ROAD, trained
from safetensors.torch import load_file
from test_language_model import lines
from tiny import full_disk, silent

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import GrpoConfig, Sampling, SftConfig, Stage
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.batch import Completion
from reason_arena.agents.learning.demonstrations import Demonstration, write_demonstrations
from reason_arena.tasks.errors import Diverged, OutOfMemory, StorageError

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("start") / "guesser")


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
    fresh = multiprocessing.get_context("spawn")  # a fork would have what its parent's heap holds free
    here, there = fresh.Pipe(duplex=False)
    process = fresh.Process(target=without_memory, args=(work, more, there))
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
    work = partial(train_language_model, wide, tmp_path, 0, start=start, report=silent, stage="sft")
    kind, told = outcome(work, 300 * 2**20)
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
