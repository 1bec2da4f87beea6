"""Random streams without state: a number from a hash of where one is.

A job that knows its seed and how far it has come knows all its random numbers, so a checkpoint holds no generator.
"""

from __future__ import annotations

import hashlib

from ...tasks.errors import BadConfig

SEEDS = 2**32
"""seeds of numpy's global stream, which SB3 draws from, are below it"""


def check_seed(seed: int) -> None:
    """Raise BadConfig unless a training seed is one that every stream takes.

    >>> check_seed(-1)
    Traceback (most recent call last):
    ...
    reason_arena.tasks.errors.BadConfig: seed: expected a whole number from 0 to 4294967295, got -1
    """
    if not (isinstance(seed, int) and 0 <= seed < SEEDS):
        raise BadConfig(f"seed: expected a whole number from 0 to {SEEDS - 1}, got {seed!r}")


def derive(*parts: int | str) -> int:
    """A number in [0, 2**31) from the parts; neighbouring parts give unrelated numbers, in every process the same.

    >>> derive(0, "sft", 1) == derive(0, "sft", 1) != derive(0, "sft", 2)
    True
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % 2**31


def derive_many(count: int, *parts: int | str) -> list[int]:
    """`count` of them: of the parts and 0, 1, 2 ..."""
    return [derive(*parts, index) for index in range(count)]
