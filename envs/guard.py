"""An environment that raises ends its episode and not the whole batch."""

from __future__ import annotations

from math import isfinite
from typing import Any

import gymnasium as gym

FAILED = "failed"
"""key in the last info of an episode: what the environment raised"""


class Guard(gym.Wrapper[str, str, str, str]):
    """Around a text environment: an exception, or a reward that is no number, truncates the episode; its info says why.

    Whoever counts episodes leaves those out that have `info["failed"]`. Ctrl-C and other exits go through.
    """

    def __init__(self, env: gym.Env[str, str]) -> None:
        super().__init__(env)
        self._failed = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """As the environment does; if it raises, the first step ends the episode."""
        self._failed = ""
        try:
            return self.env.reset(seed=seed, options=options)
        except Exception as error:  # whatever a stranger's environment raises
            self._failed = f"{type(error).__name__}: {error}"
            return "", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """As the environment does, or the end of an episode that failed."""
        if not self._failed:
            try:
                observation, reward, terminated, truncated, info = self.env.step(action)
                if not isfinite(reward):
                    raise ValueError(f"a reward of {reward}: expected a finite number")
                return observation, float(reward), terminated, truncated, info
            except Exception as error:
                self._failed = f"{type(error).__name__}: {error}"
        return "", 0.0, False, True, {FAILED: self._failed}
