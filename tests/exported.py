"""What the tests of exports compare with: an environment, made by Gymnasium and played here."""

from __future__ import annotations

from typing import Any

import guessing  # noqa: F401 - registers Tests-Guess-v0
import gymnasium as gym

import reason_arena.envs  # noqa: F401

SUMS, GUESS = "Reason-Arithmetic-v0", "Tests-Guess-v0"


def paid(env_id: str, row: dict[str, Any], actions: list[str], **options: Any) -> float:
    """What the environment pays for the actions, those after the end left out."""
    env = gym.make(env_id, view="text", split=row["split"], level=row["level"], **options)
    env.reset(seed=row["seed"])
    total = 0.0
    for action in actions:
        _, reward, terminated, truncated, _ = env.step(action)
        total += float(reward)
        if terminated or truncated:
            break
    return total
