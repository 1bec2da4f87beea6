"""Saved games as bytes: 2 to 4 KB, which say of which cartridge and emulator they are, and after which milestones."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ...tasks.errors import BadCheckpoint
from .emulator import emulator_version

_MAGIC = b"reason-pokemon-1\n"
_MOST = 1 << 20
"""no saved game is longer when it is unpacked"""


def pack(state: bytes, sha1: str, milestones: Sequence[int]) -> bytes:
    """A saved game of the cartridge with this SHA-1, and the indices of the milestones that were reached in it."""
    head = json.dumps({"cartridge": sha1, "pyboy": emulator_version(), "milestones": list(milestones)}).encode()
    return _MAGIC + head + b"\n" + zlib.compress(state)


def unpack(snapshot: bytes, sha1: str) -> tuple[bytes, tuple[int, ...]]:
    """The emulator's saved game out of a snapshot, and the milestones.

    Raises:
        BadCheckpoint: it is none, damaged, or of another cartridge or version of PyBoy.
    """
    if not snapshot.startswith(_MAGIC):
        raise BadCheckpoint("start: expected bytes that snapshot() returned, got others")
    head, _, body = snapshot[len(_MAGIC) :].partition(b"\n")
    try:
        of: Any = json.loads(head)
        unpacker = zlib.decompressobj()
        state = unpacker.decompress(body, _MOST)
        milestones = tuple(index for index in of["milestones"] if isinstance(index, int) and index >= 0)
        whole = unpacker.eof and len(milestones) == len(of["milestones"])
    except (ValueError, TypeError, LookupError, RecursionError, zlib.error):
        whole = False
    if not whole:
        raise BadCheckpoint("start: the snapshot is damaged; make it again")
    for name, own in (("cartridge", sha1), ("pyboy", emulator_version())):
        if of.get(name) != own:
            raise BadCheckpoint(f"start: the snapshot is of {name} {of.get(name)}, expected {own}; make it again here")
    return state, milestones


def shape_of(console: bytes) -> tuple[int, bytes]:
    """Length and version of a saved game: those of one cartridge and one PyBoy have them in common."""
    return len(console), console[:1]


@lru_cache(1024)
def looked_at(snapshot: bytes, sha1: str) -> tuple[int, ...]:
    """The milestones of a snapshot; remembered, for a swarm asks of the same ones again and again.

    Raises:
        BadCheckpoint: as `unpack` does.
    """
    _, milestones = unpack(snapshot, sha1)
    return milestones
