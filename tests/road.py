"""A road of training from stage to stage, two updates each, for tests of what goes wrong on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from test_language_model import lines
from tiny import READER, silent

from reason_arena.agents.language_model.config import (
    DistillConfig,
    DpoConfig,
    GrpoConfig,
    PpoConfig,
    PretrainConfig,
    ReinforceConfig,
    RewardConfig,
    SftConfig,
    Stage,
)
from reason_arena.agents.language_model.train import train_language_model

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


def trained(env: str, stage: Stage, start: Path, folder: Path, **changes: Any) -> list[dict[str, Any]]:
    """The record of a stage in an environment."""
    config = replace(ROAD, env_id=f"Tests-{env}-v0", **changes)
    config = replace(config, distill=replace(config.distill, teacher=start))
    train_language_model(config, folder, 0, start=start, report=silent, stage=stage)
    return lines(folder, stage)
