"""A scout: from a game that was kept on, buttons at random, to see what lies around.

A policy that has learnt the way up to here goes on as it is used to, and passes doors that it has no reason to enter.
So some walks are nobody's: after Go-Explore (Ecoffet et al., 2021), whose exploration is nothing but these, from the
cells that it knows, each button being held for a few presses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...tasks.errors import BadConfig
from ...tasks.pokemon.actions import BUTTONS
from .array import Arrays, PokemonArrayEnv

HELD = 4.0
"""presses for which a button is held on average"""
_BUTTONS = tuple(BUTTONS.index(button) for button in ("down", "left", "right", "up", "a", "b"))


class Scout:
    """Walks at random in a game of its own.

    Args:
        env: a single game in the array view, or what is around it.
        presses: of each walk.

    Raises:
        BadConfig: fewer than one press.
    """

    def __init__(self, env: Any, presses: int) -> None:
        if presses < 1:
            raise BadConfig(f"Scout: expected 1 press or more to a walk, got {presses}")
        self.env: PokemonArrayEnv = env.unwrapped
        self.presses = presses

    def walk(self, start: bytes, rng: np.random.Generator) -> Iterator[Arrays]:
        """The moments of a walk, up to the end of the episode if it comes to that.

        Args:
            start: a snapshot.
            rng: of the game's own chance, and of the buttons.
        """
        self.env.reset(seed=int(rng.integers(1 << 31)), options={"start": start})
        button, left = 0, 0
        for _ in range(self.presses):
            if not left:
                button, left = _BUTTONS[rng.integers(len(_BUTTONS))], int(rng.geometric(1 / HELD))
            left -= 1
            seen, _, terminated, truncated, _ = self.env.step(np.int64(button))
            yield seen
            if terminated or truncated:
                return

    def close(self) -> None:
        """Switch the game off."""
        self.env.close()
