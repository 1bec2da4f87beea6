"""From memory to what a player sees."""

from __future__ import annotations

from collections.abc import Sequence

from .memory import Memory, addressed, capture
from .profiles import Profile
from .state import GameState


class PokemonReader:
    """Reads games of one cartridge.

    The same function of the cells whatever they come from: an emulator's memory, a whole address space of 65,536
    bytes, `memory.Saved` (WRAM with or without HRAM and the cartridge), or a bare array of 8 KiB, which is WRAM.

    Args:
        profile: of the cartridge, see `profiles`.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._watched = profile.watched
        self._passable: dict[int, frozenset[int]] = {}

    def read(self, memory: Memory | Sequence[int]) -> GameState:
        """The state of this moment. Never raises, whatever the cells hold."""
        return GameState(capture(addressed(memory), self._watched, self._passable, self.profile.flags), self.profile)
