"""A spare console: saved games are tried in it, so that one that cannot be loaded never costs the game that is played.

PyBoy finds out in the midst of loading, when the console is half of one game and half of another.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from ...tasks.errors import BadCheckpoint
from .emulator import Emulator, emulator_version
from .snapshot import shape_of

_MOST = 1024
"""saved games that are remembered: a swarm asks of the same ones again and again"""


class Spare:
    """Tries saved games of a cartridge.

    Args:
        rom: the cartridge.
    """

    def __init__(self, rom: bytes) -> None:
        self._rom = rom
        self._emulator: Emulator | None = None
        self._good: dict[bytes, None] = {}
        """compressed, in the order in which they were met"""
        self._lock = Lock()

    def check(self, what: str, saved: bytes, console: bytes, like: bytes) -> None:
        """See that a console can go on from a saved game.

        Args:
            what: it is, for the error.
            saved: it, compressed.
            console: it, as PyBoy reads it.
            like: one of this cartridge and this PyBoy.

        Raises:
            BadCheckpoint: it cannot.
        """
        if self.knows(saved):
            return
        # PyBoy would take other bytes in part, or fall over them later.
        if shape_of(console) != shape_of(like):
            raise BadCheckpoint(f"{what} holds no console of PyBoy {emulator_version()}; make it again here")
        with self._lock:
            emulator, self._emulator = self._emulator or Emulator(self._rom), None
            try:
                emulator.load(console)
            except BadCheckpoint as damage:
                emulator.stop()
                raise BadCheckpoint(f"{what} is damaged: {damage}") from None
            self._emulator = emulator
        self.remember(saved)

    def knows(self, saved: bytes) -> bool:
        """Whether it is one of the latest that can be loaded."""
        return saved in self._good

    def remember(self, saved: bytes) -> None:
        """Such a one can be loaded, for a console has just made it."""
        self._good[saved] = None
        if len(self._good) > _MOST:
            self._good.pop(next(iter(self._good)), None)


@lru_cache(4)
def spare(rom: bytes) -> Spare:
    """That of a cartridge, for all of its games in this process."""
    return Spare(rom)
