"""The seeds of the problems that n single environments would pose, each from a stream of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium.utils.seeding import np_random

from ..posing import SEEDS, plain

_BLOCK = 32
"""a draw of so many numbers costs little more than a draw of one, and yields the same"""


def each_seed(seed: int | Sequence[int | None] | None, n: int) -> list[int | None]:
    """The seeds of n environments, out of what `VectorEnv.reset` takes. Raises ValueError: not one for each."""
    seed = plain(seed)
    if seed is None:
        return [None] * n
    if isinstance(seed, int):
        return [seed + i for i in range(n)]
    # True is 1, as in a single environment; what is no integer is refused by the generators.
    seeds = [int(own) if isinstance(own, int) else own for own in map(plain, seed)]
    if len(seeds) != n:
        raise ValueError(f"expected one seed for each of the {n} environments, got {len(seeds)}")
    return seeds


class SeedStreams:
    """n streams of seeds.

    Args:
        n: how many environments.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._streams: list[np.random.Generator] = []
        self._ahead: list[list[int]] = [[] for _ in range(n)]
        """drawn and not yet used, the next one last"""

    def begin(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        """Begin the streams anew where there is a seed: all of them, or none if a seed is refused.

        Args:
            seed: as `VectorEnv.reset` takes it: of environment 0 (the others count on from it), one each, or None.

        Returns:
            The seeds, one an environment, None where the stream goes on.

        Raises:
            ValueError: not one seed for each environment.
            gymnasium.error.Error: a seed that is no integer, or below 0.
        """
        seeds = each_seed(seed, self.n)
        first = not self._streams
        begun = {i: np_random(own)[0] for i, own in enumerate(seeds) if first or own is not None}
        self._streams = [begun[i] if i in begun else self._streams[i] for i in range(self.n)]
        self._ahead = [[] if i in begun else ahead for i, ahead in enumerate(self._ahead)]
        return seeds

    def draw(self, environments: Iterable[int]) -> list[int]:
        """The next seed of each of these environments."""
        drawn = []
        for i in environments:
            ahead = self._ahead[i]
            if not ahead:
                ahead.extend(self._streams[i].integers(SEEDS, size=_BLOCK)[::-1].tolist())
            drawn.append(ahead.pop())
        return drawn

    @contextmanager
    def drawing(self, environments: Sequence[int]) -> Iterator[list[int]]:
        """`draw` for a block that may raise or be interrupted: the seeds then come again, as if they were not drawn."""
        drawn = self.draw(environments)
        try:
            yield drawn
        except BaseException:
            for i, own in zip(reversed(environments), reversed(drawn), strict=True):
                self._ahead[i].append(own)
            raise

    def get_state(self) -> dict[str, Any]:
        """All streams, as a copy."""
        return deepcopy({"ahead": self._ahead, "streams": [stream.bit_generator.state for stream in self._streams]})

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        state = deepcopy(state)
        self._ahead = state["ahead"]
        self._streams = [np_random(0)[0] for _ in state["streams"]]
        for stream, inner in zip(self._streams, state["streams"], strict=True):
            stream.bit_generator.state = inner
