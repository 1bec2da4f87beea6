"""Draws, mates and generated mates: the kernel's word against plain arithmetic and python-chess's exhaustive search."""

from __future__ import annotations

import random

from reason_arena.tasks.chess import draws


def mixed(key: int, number: int) -> int:
    """What `draws.mixed` is to be, on integers of any size."""
    value = (key + (number + 1) * 0x9E3779B97F4A7C15) % 2**62
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**62
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**62
    return value ^ value >> 31


def test_draws_are_those_of_integers_without_bounds() -> None:
    rng = random.Random(3)
    keys = [0, 1, draws.MASK, draws.key_of("a game"), *(rng.getrandbits(62) for _ in range(200))]
    for key in keys:
        for ply in (0, 1, 299, 2**62 - 2):
            assert draws.mixed(key, ply) == mixed(key, ply)
            assert draws.below(key, ply, 218) == mixed(key, ply) % 218
    assert len({draws.mixed(key, ply) for key in keys for ply in range(50)}) == 50 * len(set(keys))
