"""Every stage of a language model's training on a device, held against the same on the CPU: whole runs, files and all.

Random numbers belong to requests and updates, so both sides ask the same questions and, as long as rounding allows,
draw the same answers; what is left between their records is rounding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from ...agents.language_model.config import NEEDS_START, LanguageModelConfig, LoraConfig, ModelConfig, Sampling, Stage
from ...agents.language_model.practice_config import GrpoConfig, PpoConfig, ReinforceConfig
from ...agents.language_model.stage_config import DistillConfig, DpoConfig, PretrainConfig, RewardConfig, SftConfig
from ...agents.language_model.train import train_language_model
from .measurement import Finding

LESSONS = 240
"""updates of SFT that the start of all other stages has had: some of its answers are right, and some are not"""
UPDATES = 3
"""of each stage that is compared"""
TELLING = 1e-3
"""a gradient of a smaller norm is rounding, of which both sides have their own"""
GAP = 1e-2
"""how far a loss or the norm of a gradient may be from the CPU's; what a program computes wrong is further off"""


def config(start: Path) -> LanguageModelConfig:
    """Two layers and a few answers, so that a stage takes seconds."""
    played: dict[str, Any] = {"updates": UPDATES, "questions": 8, "group": 6, "beta": 0.01}
    paired: dict[str, Any] = {"updates": UPDATES, "pairs": 48}
    return LanguageModelConfig(
        level=0,
        model=ModelConfig(layers=2, width=64, heads=4, feedforward=256, context=128),
        sampling=Sampling(1.0, 48),
        pretrain=PretrainConfig(updates=UPDATES),
        sft=SftConfig(updates=UPDATES),
        distill=DistillConfig(updates=UPDATES, teacher=start, student_share=0.5),
        reinforce=ReinforceConfig(**played),
        ppo=PpoConfig(**played),
        grpo=GrpoConfig(**played),
        reward=RewardConfig(**paired),
        dpo=DpoConfig(**paired),
        score_every=0,
        score_problems=32,
        checkpoint_seconds=0,
    )


Recipe = tuple[Stage, dict[str, Any]]
RECIPES: dict[str, Recipe] = {
    **{name: (name, {}) for name in ("pretrain", "sft", "distill", "reinforce", "ppo", "grpo", "reward", "dpo")},
    "grpo of adapters": ("grpo", {"lora": LoraConfig(rank=4), "gradient_checkpointing": True}),
}
"""a stage, and what is changed for it"""


def compared(device: torch.device) -> Iterator[Finding]:
    """How far losses and norms of gradients are apart, stage by stage."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        lessons = replace(config(folder), sft=SftConfig(updates=LESSONS), device=str(device), checkpoint_seconds=60)
        start = train_language_model(lessons, folder / "start", 0, report=_silent, stage="sft")
        losses = [row["loss"] for row in _rows(folder / "start" / "sft")]
        yield Finding(f"sft: loss after {LESSONS} updates over the first", losses[-1] / losses[0], "x", 0.6)
        for name, recipe in RECIPES.items():
            sides = {"here": "cpu", "there": str(device)}
            here, there = (_record(recipe, folder / name / side, start, where) for side, where in sides.items())
            yield Finding(f"{name}: losses and gradients, against the CPU's", _gap(here, there), "relative", GAP)


def _gap(here: list[dict[str, float]], there: list[dict[str, float]]) -> float:
    """The largest of all updates. Losses of practice are near 0 by themselves, so theirs is taken absolutely.

    It is no number where there was nothing to learn from: then nothing has been compared.
    """
    if max(row["grad_norm"] for row in here) < TELLING:
        return nan
    return max(
        abs(mine[key] - other[key]) / max(abs(mine[key]), least)
        for mine, other in zip(here, there, strict=True)
        for key, least in (("loss", 1.0), ("grad_norm", 1e-6))
    )


def _record(recipe: Recipe, folder: Path, start: Path, device: str) -> list[dict[str, float]]:
    """What a stage wrote down of its updates there."""
    stage, changes = recipe
    begins = start if stage in NEEDS_START else None  # a student that began as its teacher would have nothing to learn
    train_language_model(replace(config(start), device=device, **changes), folder, 0, begins, _silent, stage=stage)
    return _rows(folder / stage)


def _rows(folder: Path) -> list[dict[str, float]]:
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["update"]]


def _silent(row: Any) -> None:
    """Instead of a progress bar."""
