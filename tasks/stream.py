"""A stream of random integers that is a function of a key: the same everywhere, and cheap to begin.

`random.Random` spends five microseconds on being seeded, more than making a problem takes. BLAKE2b of the key and a
block number yields eight 64-bit words for half a microsecond (RFC 7693), unrelated for neighbouring keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from struct import Struct

import numpy as np
from numpy.typing import NDArray

_BLOCK = Struct("<8Q").unpack
_NARROW = 1 << 48
"""below this a remainder of one word is uniform to within 2^-16 of a step"""


def block(key: str, number: int) -> tuple[int, ...]:
    """The eight 64-bit words of a block of a key's stream; blocks count from 1."""
    return _BLOCK(blake2b(f"{number} {key}".encode()).digest())


class Stream:
    """Random integers below given bounds.

    >>> Stream("arithmetic 1 train 2 17").below(100) == Stream("arithmetic 1 train 2 17").below(100)
    True
    """

    _block = 0
    _left: list[int] = []  # noqa: RUF012 - replaced, never added to
    """drawn and not yet used by `below`, the next one last"""

    def __init__(self, key: str) -> None:
        self._key = key

    def below(self, bound: int) -> int:
        """A uniform integer from 0 to bound - 1."""
        if bound < _NARROW:
            return self._word() % bound
        value = 0
        for _ in range(bound.bit_length() // 64 + 2):
            value = value << 64 | self._word()
        return value % bound

    def between(self, low: int, high: int) -> int:
        """A uniform integer from low to high, both among them."""
        return low + self.below(high - low + 1)

    def _word(self) -> int:
        if not self._left:
            self._block += 1
            self._left = [*reversed(block(self._key, self._block))]
        return self._left.pop()


def first_words(keys: Iterable[str]) -> NDArray[np.uint64]:
    """The first block of each key: (k, 8).

    >>> first_words(["17"])[0].tolist() == list(block("17", 1))
    True
    """
    digests = b"".join([blake2b(f"1 {key}".encode()).digest() for key in keys])
    return np.frombuffer(digests, "<u8").reshape(-1, 8)
