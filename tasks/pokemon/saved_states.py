"""The game's memory in an emulator's saved state, found by how it is built and not by the format of the file.

Formats of states change from one version of an emulator to the next; that a party's list of species agrees with its
records, and where the bag and the map stand from there, does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import addresses as at

_COUNT = at.PARTY_COUNT - at.WRAM
_END = 0xFF


def find_wram(state: bytes) -> bytes | None:
    """The 8 KiB of WRAM of a game in which there is a party; None where there is not exactly one such place.

    Args:
        state: an uncompressed saved state.
    """
    found = list(_places(state))
    return state[found[0] : found[0] + at.WRAM_SIZE] if len(found) == 1 else None


def _places(state: bytes) -> Iterator[int]:
    for base in range(len(state) - at.WRAM_SIZE + 1):
        if 1 <= state[base + _COUNT] <= at.PARTY_SIZE and _is_game(state, base):
            yield base


def _is_game(state: bytes, base: int) -> bool:
    def cell(address: int) -> int:
        return state[base + address - at.WRAM]

    count = cell(at.PARTY_COUNT)
    if cell(at.PARTY_SPECIES + count) != _END:
        return False
    for slot in range(count):
        record = at.PARTY + at.RECORD_SIZE * slot
        if not cell(record) or cell(record) != cell(at.PARTY_SPECIES + slot) or not 1 <= cell(record + 33) <= 100:
            return False
    things = cell(at.BAG_COUNT)
    return things <= at.BAG_SIZE and cell(at.BAG + 2 * things) == _END and cell(at.MAP_WIDTH) > 0
