"""`kill -9` in each stage of the road, and going on: weights, heads and optimiser of an unbroken run, bit for bit."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from guesser import save_guesser
from safetensors.torch import load_file
from test_language_model import lines
from tiny import READER, silent

from reason_arena.agents.language_model import trainer
from reason_arena.agents.language_model.config import (
    DistillConfig,
    DpoConfig,
    LanguageModelConfig,
    LoraConfig,
    PpoConfig,
    PretrainConfig,
    ReinforceConfig,
    RewardConfig,
    Stage,
)
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.progress import read_lines

torch.set_num_threads(1)
STAGES: tuple[Stage, ...] = get_args(Stage)
UPDATES = 4
ROAD = replace(
    READER,
    pretrain=PretrainConfig(updates=UPDATES, batch=2, levels=(0,)),
    sft=replace(READER.sft, updates=UPDATES),
    distill=DistillConfig(updates=UPDATES, batch=4, student_share=0.5, filtered=False),
    reinforce=ReinforceConfig(updates=UPDATES, questions=3, group=4, beta=0.01),
    ppo=PpoConfig(updates=UPDATES, questions=4, group=2, beta=0.01),
    grpo=replace(READER.grpo, updates=UPDATES, resample=1),
    reward=RewardConfig(updates=UPDATES, batch=2, pairs=6),
    dpo=DpoConfig(updates=UPDATES, batch=2, pairs=6),
)
"""runs of a second, a checkpoint after every update"""


def moved(stage: Stage, before: Path, folder: Path) -> None:
    """See that the stage has learnt something, or its resuming would be no test."""
    old, new = (load_file(each / "model.safetensors") for each in (before, folder / stage / "checkpoint"))
    assert any(not torch.equal(old[name], new[name]) for name in old)


def killed(config: LanguageModelConfig, folder: Path, stage: Stage, start: Path, moment: str, update: int) -> None:
    """Train in a process of its own that is killed in an update: between its record and its checkpoint, or in the
    middle of writing that."""

    def run() -> None:
        def report(row: Mapping[str, Any]) -> None:
            if row["update"] != update:
                return
            if moment == "record":
                os.kill(os.getpid(), signal.SIGKILL)
            whole = trainer.save_file

            def torn(tensors: dict[str, torch.Tensor], path: Path) -> None:
                whole(tensors, path)
                os.truncate(path, path.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)

            trainer.save_file = torn

        train_language_model(config, folder, 0, start=start, report=report, stage=stage)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    totals = checkpoint.load_manifest(folder / stage / "checkpoint")["totals"]
    assert totals["update"] == update - 1  # that of the update did not come to be
    assert lines(folder, stage)[-1]["update"] == update


def cost(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "cost.json").read_text())
    return {name: value for name, value in found.items() if "seconds" not in name}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("start") / "guesser")


@pytest.mark.parametrize(
    ("stage", "rank"), [*((stage, 0) for stage in STAGES), ("ppo", 2), ("dpo", 2)], ids=lambda each: str(each)
)
def test_a_stage_that_was_killed_ends_as_an_unbroken_one(stage: Stage, rank: int, start: Path, tmp_path: Path) -> None:
    config = replace(ROAD, distill=replace(ROAD.distill, teacher=start), lora=LoraConfig(rank=rank))
    unbroken, folder = tmp_path / "unbroken", tmp_path / "killed"
    train_language_model(config, unbroken, 0, start=start, report=silent, stage=stage)
    moved(stage, start, unbroken)
    killed(config, folder, stage, start, "record", 2)
    killed(config, folder, stage, start, "checkpoint", 3)
    train_language_model(config, folder, 0, start=start, report=silent, stage=stage)

    theirs, ours = (each / stage / "checkpoint" for each in (unbroken, folder))
    names = {path.name for path in theirs.glob("*.safetensors")}
    assert names == {path.name for path in ours.glob("*.safetensors")}
    assert names >= {"model.safetensors", "optimizer.safetensors"}
    assert ("heads.safetensors" in names) == (stage in ("ppo", "reward"))
    for name in names:
        expected, found = load_file(theirs / name), load_file(ours / name)
        assert expected.keys() == found.keys()
        assert all(torch.equal(found[weight], expected[weight]) for weight in expected), name
    assert lines(folder, stage) == lines(unbroken, stage)
    assert [row["update"] for row in lines(folder, stage)] == list(range(stage == "reward", UPDATES + 1))
    assert read_lines(folder / stage / "samples.jsonl") == read_lines(unbroken / stage / "samples.jsonl")
    assert cost(ours) == cost(theirs)
