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


def make(view: str = "text", split: str = "train", level: Any = 0, **options: Any) -> gym.Env[Any, Any]:
    """One of them; it knows `reward` and `render_mode`, and no scratchpad."""
    assert "scratchpad" not in options
    return arithmetic.make(view, split=split, level=level, **options)


def make_many(num_envs: int = 1, view: str = "text", split: str = "train", **options: Any) -> VectorEnv[Any, Any, Any]:
    """Many of them."""
    assert "scratchpad" not in options
    return batched.make(num_envs, view, split=split, **options)


@contextmanager
def other_place(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id, while there is such an environment."""
    gym.register(OTHER, entry_point=make, vector_entry_point=make_many)
    patch.setattr(reason_arena.envs, "IDS", (*reason_arena.envs.IDS, OTHER))
    try:
        yield OTHER
    finally:
        gym.registry.pop(OTHER)
