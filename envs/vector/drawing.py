"""Arithmetic problems for n worksheets, drawn ahead in bulk where that is what makes them cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks import arithmetic
from ...tasks.arithmetic.encoding import Expressions
from ...tasks.problem import Level, Split
from .digits import Ints
from .seeds import SeedStreams

_DEPTH, _DEPTH_IN_BULK = 2, 8
"""problems drawn ahead for each environment: what is never posed is wasted, more of it where it costs more"""


@dataclass(frozen=True)
class Posed:
    """k problems."""

    indices: NDArray[np.object_]
    """(k,) their seeds, integers of any size"""
    answers: NDArray[np.object_]
    """(k,)"""
    expressions: Expressions


class Drawing:
    """The problems that n environments pose one after the other: for each a queue in a ring of places.

    Args:
        split: of the problems.
        level: of the problems.
        seeds: a stream for each environment.
    """

    def __init__(self, split: Split, level: Level, seeds: SeedStreams) -> None:
        self.split: Split = split
        self.level = level
        self.seeds = seeds
        self._depth = _DEPTH_IN_BULK if arithmetic.draws_in_bulk(level) else _DEPTH
        self._indices = np.full(seeds.n * self._depth, None, object)
        self._answers = np.full(seeds.n * self._depth, None, object)
        self._expressions: Expressions | None = None
        self._next = np.zeros(seeds.n, np.int64)
        self._left = np.zeros(seeds.n, np.int64)
        """where each queue begins in its ring, and how many problems it holds"""

    def begin(self, seed: int | Sequence[int | None] | None) -> Posed:
        """The first problem of each environment after a reset with these seeds (see `SeedStreams.begin`)."""
        seeds = self.seeds.begin(seed)
        given = np.array([i for i, own in enumerate(seeds) if own is not None], np.int64)
        if len(given):
            self._left[given] = 0  # what was drawn ahead is of the streams before
            self._draw(given * self._depth, [own for own in seeds if own is not None])
            self._next[given], self._left[given] = 0, 1
        return self.draw(np.arange(self.seeds.n))

    def draw(self, i: Ints) -> Posed:
        """The next problem of each of these environments."""
        if not self._left[i].all():
            self._refill()
        places = i * self._depth + self._next[i]
        self._next[i] = (self._next[i] + 1) % self._depth
        self._left[i] -= 1
        assert self._expressions is not None
        return Posed(self._indices[places], self._answers[places], self._expressions.take(places))

    def _refill(self) -> None:
        missing = self._depth - self._left
        owners = np.repeat(np.arange(self.seeds.n), missing)
        behind = np.arange(len(owners)) - np.repeat(missing.cumsum() - missing, missing)
        places = owners * self._depth + (self._next[owners] + self._left[owners] + behind) % self._depth
        with self.seeds.drawing(owners.tolist()) as indices:
            self._draw(places, indices)
            self._left[:] = self._depth

    def _draw(self, places: Ints, indices: Sequence[int]) -> None:
        drawn = arithmetic.draw_many(self.split, self.level, indices)
        if self._expressions is None:
            self._expressions = drawn.expressions.take(np.zeros(len(self._indices), np.int64))
        self._expressions = self._expressions.with_rows(places, drawn.expressions)
        self._indices[places], self._answers[places] = indices, drawn.answers

    def get_state(self) -> dict[str, Any]:
        """The seeds of what is drawn, as a copy; the streams they came from have a state of their own."""
        return {"indices": self._indices.tolist(), "next": self._next.copy(), "left": self._left.copy()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self._next, self._left = state["next"].copy(), state["left"].copy()
        known = [(place, index) for place, index in enumerate(state["indices"]) if index is not None]
        self._draw(np.array([place for place, _ in known]), [index for _, index in known])
