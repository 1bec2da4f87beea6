"""A scout: from a game that was kept on, buttons at random, to see what lies around.

A policy that has learnt the way up to here goes on as it is used to, and passes doors that it has no reason to enter.
So some walks are nobody's: after Go-Explore (Ecoffet et al., 2021), whose exploration is nothing but these, from the
cells that it knows, each button being held for a few presses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...tasks.errors import BadConfig
from ...tasks.pokemon.actions import BUTTONS
from .array import Arrays, PokemonArrayEnv

HELD = 4.0
"""presses for which a button is held on average"""
_BUTTONS = tuple(BUTTONS.index(button) for button in ("down", "left", "right", "up", "a", "b"))


class Plan(NamedTuple):
    """A walk."""

    seed: int
    """of the game's own chance"""
    buttons: tuple[int, ...]


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

    def plan(self, rng: np.random.Generator) -> Plan:
        """What a walk's chances and buttons will be."""
        seed, buttons = int(rng.integers(1 << 31)), list[int]()
        while len(buttons) < self.presses:
            buttons += [_BUTTONS[rng.integers(len(_BUTTONS))]] * int(rng.geometric(1 / HELD))
        return Plan(seed, tuple(buttons[: self.presses]))

    def walk(self, start: bytes, plan: Plan) -> Iterator[Arrays]:
        """The moments of a walk, the first one included, up to the end of the episode if it comes to that.

        Args:
            start: a snapshot.
            plan: of the walk; the same one leads to the same moments.
        """
        seen, _ = self.env.reset(seed=plan.seed, options={"start": start})
        yield seen
        for button in plan.buttons:
            seen, _, terminated, truncated, _ = self.env.step(np.int64(button))
            yield seen
            if terminated or truncated:
                return

    def moments(self, start: bytes, plan: Plan, presses: Sequence[int]) -> list[bytes | None]:
        """Snapshots of a walk after so many presses, None for fewer than none; as many as there are `presses`."""
        found: dict[int, bytes] = {}
        for count, _ in enumerate(self.walk(start, plan)):
            if count in presses:
                found[count] = self.env.snapshot()
            if count >= max(presses):
                break
        return [found.get(count) for count in presses]

    def close(self) -> None:
        """Switch the game off."""
        self.env.close()
