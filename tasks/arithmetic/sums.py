"""The short way to plain sums and differences, by far the most asked for: tree, text and value in one pass.

What `draw.expression` does for them in a dozen calls a number costs here one machine word a number. The distribution
is the same: lengths uniform, values uniform within a length, operators uniform. `draw_many` makes the same draws for
many seeds at once, in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..problem import Split, split_of
from ..stream import block, first_words
from .expression import Tree, content
from .levels import Chain

_START = (0, 0, *(10**k for k in range(1, 12)))
_SPAN = (0, 10, *(9 * 10**k for k in range(1, 12)))
_RETRIES, _BLOCKS = 16, 64
_WORD = (1 << 64) - 1
_FACTOR, _SUMMAND = 6364136223846793005, 1442695040888963407
"""the next word where the last number has to be drawn again: a step of Knuth's MMIX generator, its halves mixed"""
_STARTS, _SPANS = np.array(_START, np.uint64), np.array(_SPAN, np.uint64)
MOST = 7
"""`draw_many` knows chains of so many numbers: those that one block of words serves"""


def draw(key: str, chain: Chain, split: Split) -> tuple[Tree, str, int, int] | None:
    """A chain that belongs to the split: tree, infix, value, and a random integer for the wording.

    A chain that belongs to another split gets another last number, and after some tries is drawn anew.

    Returns:
        None if nothing of the split turned up, as at a level with next to no problems.
    """
    low, most, terms, more, operators = chain
    at = 0
    for _ in range(_BLOCKS):
        at += 1
        words = block(key, at)
        shape = words[0]
        count = terms + shape % more
        choice = shape >> 40
        if count > 7:
            words = words + block(key, at + 1) + block(key, at + 2)
            at += 2
        length = low + words[1] % most
        value = _START[length] + (words[1] >> 8) % _SPAN[length]
        tree: Tree = value
        text = str(value)
        for word in words[2:count]:
            length = low + word % most
            number = _START[length] + (word >> 8) % _SPAN[length]
            operator = operators[word >> 63]
            tree = (operator, tree, number)
            text = f"{text} {operator} {number}"
            value += number if operator == "+" else -number
        word = words[count]
        for _ in range(_RETRIES):
            length = low + word % most
            number = _START[length] + (word >> 8) % _SPAN[length]
            operator = operators[word >> 63]
            written = f"{text} {operator} {number}"
            owned = written if count > 2 else content((operator, tree, number), written)
            if split_of(owned) == split:
                value = value + number if operator == "+" else value - number
                return (operator, tree, number), written, value, choice
            word = (word * _FACTOR + _SUMMAND) & _WORD
            word ^= word >> 33
    return None


@dataclass(frozen=True)
class Chains:
    """k chains of at most S numbers."""

    numbers: NDArray[np.int64]
    """(k, S), 0 beyond the end"""
    minus: NDArray[np.bool_]
    """(k, S) whether a number is taken away; never the first"""
    count: NDArray[np.int64]
    """(k,) how many numbers there are"""
    found: NDArray[np.bool_]
    """(k,) whether there is such a chain at all"""

    @property
    def values(self) -> NDArray[np.int64]:
        """What they are worth, (k,)."""
        return np.asarray(np.where(self.minus, -self.numbers, self.numbers).sum(1))


def draw_many(keys: Sequence[str], chain: Chain, split: Split) -> Chains:
    """What `draw` makes of a fresh stream of each key.

    Args:
        keys: of the streams.
        chain: at most `MOST` numbers.
        split: the chains belong to it.

    Returns:
        The chains; not found are those for which `draw` would go on to another block of the stream.
    """
    low, most, terms, more, operators = chain
    words = first_words(keys)
    every, size = np.arange(len(words)), terms + more - 1
    count = (words[:, 0] % np.uint64(more)).astype(np.int64) + terms
    numbers, minus = _read(words[:, 1 : size + 1], low, most, operators)
    minus[:, 0] = False
    beyond = np.arange(size) >= count[:, None]
    numbers[beyond], minus[beyond] = 0, False
    found = np.zeros(len(words), np.bool_)
    pending, last = every, words[every, count]
    for _ in range(_RETRIES):
        at = count[pending] - 1
        numbers[pending, at], minus[pending, at] = _read(last, low, most, operators)
        tries = zip(numbers[pending].tolist(), minus[pending].tolist(), count[pending].tolist(), strict=True)
        fits = np.array([split_of(_key(*each)) == split for each in tries], np.bool_)
        found[pending[fits]] = True
        pending, last = pending[~fits], last[~fits]
        if not len(pending):
            break
        last = last * np.uint64(_FACTOR) + np.uint64(_SUMMAND)
        last ^= last >> np.uint64(33)
    return Chains(numbers, minus, count, found)


def _read(
    words: NDArray[np.uint64], low: int, most: int, operators: tuple[str, ...]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number that each word stands for, and whether it is taken away."""
    lengths = words % np.uint64(most) + np.uint64(low)
    numbers = _STARTS[lengths] + (words >> np.uint64(8)) % _SPANS[lengths]
    minus = np.array([operator == "-" for operator in operators])[(words >> np.uint64(63)).astype(np.int64)]
    return numbers.astype(np.int64), minus


def _key(numbers: list[int], minus: list[bool], count: int) -> str:
    """The content of a chain (see `expression.content`)."""
    if count == 2:
        a, b = numbers[0], numbers[1]
        return f"{a} - {b}" if minus[1] else f"{b} + {a}" if b < a else f"{a} + {b}"
    parts = [f" - {number}" if taken else f" + {number}" for number, taken in zip(numbers, minus, strict=True)]
    return "".join(parts[:count])[3:]
