"""A second environment for tests: arithmetic without a choice of scratchpads, under an id of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.vector import VectorEnv

import reason_arena.envs
from reason_arena.envs import arithmetic
from reason_arena.envs.vector import arithmetic as batched

FIRST, OTHER = "Reason-Arithmetic-v0", "Reason-Arithmetic-Plain-v0"


def make(
    view: str = "text",
    split: str = "train",
    level: int | str = 0,
    reward: str = "outcome",
    render_mode: str | None = None,
) -> gym.Env[Any, Any]:
    """One of them."""
    return arithmetic.make(view, split=split, level=level, reward=reward, render_mode=render_mode)


def make_many(
    num_envs: int = 1,
    view: str = "text",
    split: str = "train",
    level: int | str = 0,
    reward: str = "outcome",
    render_mode: str | None = None,
) -> VectorEnv[Any, Any, Any]:
    """Many of them."""
    options: dict[str, Any] = {"split": split, "level": level, "reward": reward, "render_mode": render_mode}
    return batched.make(num_envs, view, **options)


@contextmanager
def other_place(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id, while there is such an environment."""
    gym.register(OTHER, entry_point=make, vector_entry_point=make_many)
    patch.setattr(reason_arena.envs, "IDS", (*reason_arena.envs.IDS, OTHER))
    try:
        yield OTHER
    finally:
        gym.registry.pop(OTHER)
