"""The cells of one moment: copied out of an emulator or a saved array, before anything is made of them.

An emulator charges for every byte, so only what the player can see is read, in few slices (about 1,200 bytes).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from . import addresses as at

STATUS_FROM = at.DEX_OWNED
_STATUS = slice(STATUS_FROM, at.CONNECTIONS + 1)
_BATTLE = slice(at.ENEMY_NICK, at.TRAINER_CLASS + 1)
_TILES = slice(at.TILE_MAP, at.TILE_MAP + at.ROWS * at.COLUMNS)
_OFF_SCREEN = 0xFF
_PASSABLE = 64
"""no list of passable tiles is longer: squares have fewer than 96 tiles, and not all can be walked on"""


class Memory(Protocol):
    """Anything that is indexed by address: a byte for a number, a sequence of bytes for a slice."""

    def __getitem__(self, address: Any, /) -> Any:
        """The byte at an address, or the bytes of a slice of addresses."""


class Saved:
    """Saved memory, addressed like the console's: WRAM at C000, HRAM at FF80, the cartridge at 0, and 0 elsewhere.

    Args:
        wram: 8 KiB; shorter ones are filled with zeros.
        hram: up to 127 bytes.
        rom: the cartridge's first bytes, which hold the lists of passable tiles; without them the ground is unknown.
    """

    def __init__(self, wram: Sequence[int], hram: Sequence[int] = b"", rom: Sequence[int] = b"") -> None:
        self._parts = (
            (0, bytes(rom[:0x8000])),
            (at.WRAM, bytes(wram[: at.WRAM_SIZE])),
            (at.HRAM, bytes(hram[: at.HRAM_SIZE])),
        )

    def __getitem__(self, address: int | slice) -> Any:
        """The byte or bytes at an address."""
        if isinstance(address, slice):
            start, stop = address.start or 0, 0x10000 if address.stop is None else address.stop
            for base, part in self._parts:
                if base <= start and stop <= base + len(part):
                    return part[start - base : stop - base : address.step]
            return bytes(self[cell] for cell in range(start, stop, address.step or 1))
        for base, part in self._parts:
            if base <= address < base + len(part):
                return part[address - base]
        return 0


class Raw(NamedTuple):
    """Copies of cells, by groups; `addresses` says what each cell means."""

    tiles: bytes
    """the 360 tiles of the screen"""
    facing: int
    """of the player: 0 down, 4 up, 8 left, 12 right"""
    sprites: tuple[tuple[int, int, int, int, int], ...]
    """slot, picture, facing, x and y (each plus 4) of everyone who is shown, without the player"""
    party_count: int
    """as the game has it, which may be nonsense"""
    party: bytes
    """44 bytes a creature, at most 6"""
    nicks: bytes
    status: bytes
    """from the pokédex to the connections of the map: D2F7 to D370"""
    warp_count: int
    warps: bytes
    sign_count: int
    signs: bytes
    passable: frozenset[int] | None
    """tile ids that can be walked on; None where the list cannot be read"""
    grass: int
    travel: int
    """0 on foot, 1 riding, 2 on the water"""
    blackout_map: int
    """the map to wake up on"""
    events: bytes
    battle: bytes
    """from the enemy's name, CFDA, to the class of the trainer, D031; empty outside battles"""
    in_battle: int
    opponent: int
    battle_type: int
    player_slot: int
    font: int
    joy_ignore: int
    walking: int
    flags: int
    """D730, whose bits 5 and 7 take the pad away"""
    scroll: int
    repel: int
    clock: tuple[int, int, int]
    """hours, minutes, seconds"""
    watched: tuple[int, ...]
    """the cells that the profile's milestones ask for besides events, badges and maps, in its order"""

    def cell(self, address: int) -> int:
        """A byte of `status`, by its address."""
        return self.status[address - STATUS_FROM]

    def span(self, address: int, size: int) -> bytes:
        """Bytes of `status`, by address."""
        return self.status[address - STATUS_FROM : address - STATUS_FROM + size]


def capture(
    memory: Memory,
    watched: Sequence[int] = (),
    known: dict[int, frozenset[int]] | None = None,
    flags: tuple[int, ...] | None = None,
) -> Raw:
    """Copy what can be seen. Never raises on any content.

    Args:
        memory: bytes by address, each from 0 to 255.
        watched: further cells, see `Raw.watched`.
        known: lists of passable tiles by their pointer, which are read from the cartridge once and added here.
        flags: which bytes of the event flags the cartridge ever sets, the others are 0; None for any.
    """
    count = memory[at.PARTY_COUNT]
    size = min(count, at.PARTY_SIZE)
    warps, signs = memory[at.WARP_COUNT], memory[at.SIGN_COUNT]
    fights = memory[at.IN_BATTLE]
    # Bytes of a list are made a number at a time, a bytearray of it in one go.
    return Raw(
        bytes(bytearray(memory[_TILES])),
        memory[at.SPRITES_1 + 9],
        _sprites(memory),
        count,
        bytes(bytearray(memory[at.PARTY : at.PARTY + at.RECORD_SIZE * size])) if size else b"",
        bytes(memory[at.PARTY_NICKS : at.PARTY_NICKS + at.NAME_SIZE * size]) if size else b"",
        bytes(bytearray(memory[_STATUS])),
        warps,
        bytes(memory[at.WARPS : at.WARPS + 4 * min(warps, at.WARPS_SIZE)]) if warps else b"",
        signs,
        bytes(memory[at.SIGNS : at.SIGNS + 2 * min(signs, at.SIGNS_SIZE)]) if signs else b"",
        _passable(memory, {} if known is None else known),
        memory[at.GRASS_TILE],
        memory[at.WALK_BIKE_SURF],
        memory[at.BLACKOUT_MAP],
        _events(memory, flags),
        bytes(bytearray(memory[_BATTLE])) if fights else b"",
        fights,
        memory[at.OPPONENT],
        memory[at.BATTLE_TYPE],
        memory[at.PLAYER_SLOT],
        memory[at.FONT_LOADED],
        memory[at.JOY_IGNORE],
        memory[at.WALK_COUNTER],
        memory[at.STATUS_FLAGS_5],
        memory[at.LIST_SCROLL],
        memory[at.REPEL],
        (memory[at.HOURS], memory[at.MINUTES], memory[at.SECONDS]),
        tuple([memory[cell] for cell in watched]) if watched else (),
    )


def _sprites(memory: Memory) -> tuple[tuple[int, int, int, int, int], ...]:
    count = min(memory[at.SPRITE_COUNT], at.SPRITE_SLOTS - 1)
    found = []
    for slot in range(1, count + 1):
        one = at.SPRITES_1 + at.SPRITE_SIZE * slot
        if memory[one] and memory[one + 2] != _OFF_SCREEN:
            two = at.SPRITES_2 + at.SPRITE_SIZE * slot
            found.append((slot, memory[one], memory[one + 9], memory[two + 5], memory[two + 4]))
    return tuple(found)


def _events(memory: Memory, flags: tuple[int, ...] | None) -> bytes:
    if flags is None:
        return bytes(memory[at.EVENTS : at.EVENTS + at.EVENTS_SIZE])
    return _spread(tuple([memory[at.EVENTS + place] for place in flags]), flags)


@lru_cache(256)
def _spread(cells: tuple[int, ...], places: tuple[int, ...]) -> bytes:
    """The bytes at these places among the event flags, and 0 elsewhere."""
    events = bytearray(at.EVENTS_SIZE)
    for place, cell in zip(places, cells, strict=True):
        events[place] = cell
    return bytes(events)


def _passable(memory: Memory, known: dict[int, frozenset[int]]) -> frozenset[int] | None:
    pointer = memory[at.COLLISION_POINTER] | memory[at.COLLISION_POINTER + 1] << 8
    found = known.get(pointer)
    if found is None and 0 < pointer < 0x8000 - _PASSABLE:
        tiles, end, _ = bytes(memory[pointer : pointer + _PASSABLE]).partition(b"\xff")
        if end:
            # What comes without the cartridge has no end mark, and must not be taken for it later.
            found = known[pointer] = frozenset(tiles)
    return found


def addressed(memory: Memory | Collection[int]) -> Memory:
    """A memory as it is, but a bare 8 KiB array as WRAM.

    >>> addressed(bytes(0x2000))[0xD163]
    0
    """
    if isinstance(memory, np.ndarray):
        # Its items are no Python integers, and sums of them would overflow.
        memory = memory.astype(np.uint8, copy=False).ravel().data
    if isinstance(memory, Sequence) and len(memory) == at.WRAM_SIZE:
        return Saved(memory)
    return memory  # type: ignore[return-value]
