"""What the tests of training share: runs of a second, an environment that pays at once, and a disk that is full."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gymnasium
from gymnasium import spaces

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    ModelConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.specialist.config import SpecialistConfig


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


def silent(row: Mapping[str, Any]) -> None:
    """Instead of a progress bar."""


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """The kernel refuses what would make any file of this process longer than `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
