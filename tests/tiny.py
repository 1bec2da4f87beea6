"""What the tests of training share: runs of a second, an environment that pays at once, and a disk that is full."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium import spaces

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    ModelConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.trainer import train_specialist


class FirstLetter(gymnasium.Env[str, str]):
    """Pays for answers that begin with a digit or a capital letter."""

    observation_space = action_space = spaces.Text(200, min_length=0, charset="".join(models.CHARACTERS))

    def __init__(self, split: str = "train", level: int | str = 0, view: str = "text") -> None:
        pass

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        return f"q {(seed or 0) % 50}", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        right = action[:1].isdigit() or action[:1].isupper()
        return "", float(right), True, False, {"correct": right, "verdict": "correct" if right else "wrong"}


gymnasium.register("Tests-FirstLetter-v0", entry_point=FirstLetter)
READER = LanguageModelConfig(
    model=ModelConfig(layers=1, width=32, heads=2, feedforward=48, context=64),
    sft=SftConfig(updates=5, batch=4),
    grpo=GrpoConfig(updates=4, questions=3, group=6, minibatches=2, learning_rate=1e-2, beta=0.01),
    sampling=Sampling(1.0, 6),
    task="arithmetic",
    env_id="Tests-FirstLetter-v0",
    level=0,
    score_every=2,
    score_problems=4,
    checkpoint_seconds=0,
)
"""of a language model, in an environment that pays at once"""
SUMS = replace(READER, env_id="Reason-Arithmetic-v0", task=None, score_every=0)
"""the same on real sums, stage SFT"""
COUNTER = SpecialistConfig(
    level=0,
    total_timesteps=4096,
    num_envs=8,
    n_steps=64,
    batch_size=128,
    n_epochs=2,
    net_arch=(16,),
    evaluate_every=3,
    evaluate_episodes=8,
    checkpoint_every=2,
)
"""of a specialist: eight updates, a checkpoint after every other"""
POINTER = replace(
    COUNTER, env_id="Reason-AIME-v0", level="families=gcd-count", n_steps=16, total_timesteps=1024, batch_size=64
)
"""the same of one whose environment has action masks"""


def silent(row: Mapping[str, Any]) -> None:
    """Instead of a progress bar."""


def stop_after(update: int, stage: str) -> Callable[[Mapping[str, Any]], None]:
    """A report that presses Ctrl-C, so that a checkpoint is kept after that update."""

    def report(row: Mapping[str, Any]) -> None:
        if (row["stage"], row["update"]) == (stage, update):
            os.kill(os.getpid(), signal.SIGINT)

    return report


def begun_specialist(folder: Path) -> Path:
    """A specialist's run of 8 updates, interrupted after 3; its checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        train_specialist(COUNTER, folder, 0, report=stop_after(3, "ppo"))
    return folder / "checkpoint"


def begun_reader(folder: Path) -> Path:
    """A language model's run of 5 updates, interrupted after 2; its checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        train_language_model(SUMS, folder, 0, report=stop_after(2, "sft"), stage="sft")
    return folder / "sft" / "checkpoint"


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """The kernel refuses what would make any file of this process longer than `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
