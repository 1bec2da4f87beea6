"""Random numbers as a pure function of a key and a number, the same in compiled and in plain Python.

A game's key and the ply say what is drawn; nothing is carried along, so a game can be taken up anywhere. The mixing is
that of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) modulo 2^62: numba's integers have 64 bits
and must not overflow, which a product of two halves of 31 bits never does.
"""

from __future__ import annotations

from ..stream import block
from .jit import njit

BITS = 62
MASK = (1 << BITS) - 1
_HALF = BITS // 2
_LOW = (1 << _HALF) - 1
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15 & MASK, 0xBF58476D1CE4E5B9 & MASK, 0x94D049BB133111EB & MASK


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
