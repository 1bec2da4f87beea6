"""Random numbers as a pure function of a key and a number, the same in compiled and in plain Python.

A game's key and the ply say what is drawn; nothing is carried along, so a game can be taken up anywhere. The mixing is
that of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195), and there are two of it: `draws`, for the
players of many games at once, in numpy's unsigned words of 64 bits, which wrap around; `mixed`, for compiled loops,
modulo 2^62, since numba's integers must not overflow, which a product of two halves of 31 bits never does. Neither can
stand for the other: puzzles that were posed and games that were played follow from these very numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..stream import block
from .jit import njit

Keys = NDArray[np.uint64]

BITS = 62
MASK = (1 << BITS) - 1
_HALF = BITS // 2
_LOW = (1 << _HALF) - 1
_WORDS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_STEP, _FIRST, _SECOND = _WORDS[0] & MASK, _WORDS[1] & MASK, _WORDS[2] & MASK
COIN, MOVE, TIE, COPY = range(4)
"""what a player's numbers are for: to play at random or not, a random move, one of equal moves, a copy's move"""
_USES = 8
"""numbers that are kept for each ply of a key"""


def key_of(text: str) -> int:
    """The key that stands for a text, 0 to 2^62 - 1.

    >>> key_of("chess 1 train 0 17") == key_of("chess 1 train 0 17") != key_of("chess 1 train 0 18")
    True
    """
    return block(text, 1)[0] & MASK


@njit
def _times(a: int, b: int) -> int:
    """The product modulo 2^62 of two numbers below it."""
    high = ((a >> _HALF) * (b & _LOW) + (a & _LOW) * (b >> _HALF)) & _LOW
    return ((high << _HALF) + (a & _LOW) * (b & _LOW)) & MASK


@njit
def mixed(key: int, number: int) -> int:
    """A number from 0 to 2^62 - 1 that key and number decide, unrelated for neighbouring ones; itself a key.

    Args:
        key: 0 to 2^62 - 1.
        number: the ply, or whatever is counted, 0 to 2^62 - 2.

    >>> mixed(0, 0) == mixed(0, 0) != mixed(0, 1)
    True
    """
    value = (int(key) + _times(int(number) + 1, _STEP)) & MASK
    value = _times(value ^ (value >> 30), _FIRST)
    value = _times(value ^ (value >> 27), _SECOND)
    return value ^ (value >> 31)


@njit
def below(key: int, number: int, bound: int) -> int:
    """A number from 0 to bound - 1, uniform to within bound / 2^62.

    >>> sorted({below(7, ply, 3) for ply in range(20)})
    [0, 1, 2]
    """
    return mixed(key, number) % int(bound)


def draws(keys: Keys, plies: NDArray[np.int64], use: int) -> NDArray[np.int64]:
    """Random integers below 2^63, a function of key, ply and what they are for (0 to 7): (k,).

    The number's place in the stream of splitmix64 that begins at the mixed key.
    """
    places = (plies * _USES + use + 1).astype(np.uint64)
    return (_words(_words(keys) + places * np.uint64(_WORDS[0])) >> np.uint64(1)).astype(np.int64)


def chances(keys: Keys, plies: NDArray[np.int64], use: int) -> NDArray[np.float64]:
    """The same as numbers from 0 to below 1: (k,)."""
    # 53 bits: what a float holds, so that none is rounded up to 1.
    return np.asarray((draws(keys, plies, use) >> 10) * 2.0**-53, np.float64)


def _words(words: Keys) -> Keys:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_WORDS[1])
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_WORDS[2])
    return words ^ (words >> np.uint64(31))
