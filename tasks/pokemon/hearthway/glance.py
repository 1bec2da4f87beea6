"""What the solver sees: a handful of facts read from memory, nothing remembered.

Memory is anything that gives a byte for an address: an emulator's memory, or a saved array behind a small wrapper.
"""

from __future__ import annotations

from typing import Protocol

from .beings import ASLEEP, CREATURES, MOVES, POISONED
from .charset import CODES
from .world import EVENTS, PLACES, TOGGLES, Place

RECORD, PARTY, MINE, FOE, SCREEN = 44, 0xD16B, 0xD014, 0xCFE5, 0xC3A0
FACINGS = {0: "down", 4: "up", 8: "left", 12: "right"}


class Memory(Protocol):
    """Something that answers an address with a byte."""

    def __getitem__(self, address: int, /) -> int: ...


class Glance:
    """Facts of one memory, read when they are asked for."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def word(self, address: int) -> int:
        """Two bytes, the high one first."""
        return self.memory[address] << 8 | self.memory[address + 1]

    def bit(self, base: int, index: int) -> bool:
        """Bit `index` from `base` on, the lowest of a byte first."""
        return bool(self.memory[base + index // 8] >> index % 8 & 1)

    def event(self, name: str) -> bool:
        """Has this happened?"""
        return self.bit(0xD747, EVENTS[name])

    def gone(self, toggle: str | None) -> bool:
        """Is the object behind this toggle no longer there?"""
        return toggle is not None and self.bit(0xD5A6, TOGGLES[toggle])

    @property
    def at(self) -> tuple[int, int, int]:
        """Map, x, y."""
        return self.memory[0xD35E], self.memory[0xD362], self.memory[0xD361]

    @property
    def place(self) -> Place:
        """The map."""
        return PLACES[self.memory[0xD35E]]

    def person(self, number: int) -> tuple[int, int]:
        """Where somebody of this map stands, x and y, by the place in the map's list."""
        base = 0xC214 + 16 * number
        return self.memory[base + 1] - 4, self.memory[base] - 4

    @property
    def facing(self) -> str:
        """Where the player looks."""
        return FACINGS[self.memory[0xC109]]

    @property
    def talking(self) -> bool:
        """Are words up?"""
        return bool(self.memory[0xCFC4])

    @property
    def fighting(self) -> int:
        """0 no battle, 1 wild, 2 a warden, 255 just lost."""
        return self.memory[0xD057]

    @property
    def badges(self) -> int:
        """One bit a crest."""
        return self.memory[0xD356]

    @property
    def money(self) -> int:
        """Coins, from decimal digits."""
        return int("".join(f"{self.memory[0xD347 + i]:02x}" for i in range(3)))

    def count(self, item: int) -> int:
        """How many of an item are in the bag."""
        return dict(self.bag).get(item, 0)

    @property
    def bag(self) -> list[tuple[int, int]]:
        """Item and count, in the order of the list."""
        return [(self.memory[0xD31E + 2 * i], self.memory[0xD31F + 2 * i]) for i in range(self.memory[0xD31D])]

    @property
    def size(self) -> int:
        """Creatures in the team."""
        return self.memory[0xD163]

    def species(self, slot: int) -> int:
        """Number of the species in a slot."""
        return self.memory[PARTY + RECORD * slot]

    def slot_of(self, species: int) -> int | None:
        """The first slot that holds a species."""
        return next((i for i in range(self.size) if self.species(i) == species), None)

    def health(self, slot: int) -> float:
        """Share of its points that a creature has."""
        return self.word(PARTY + RECORD * slot + 1) / self.word(PARTY + RECORD * slot + 34)

    def level(self, slot: int) -> int:
        """Level of a creature."""
        return self.memory[PARTY + RECORD * slot + 33]

    def ill(self, slot: int) -> bool:
        """Asleep or poisoned?"""
        return bool(self.memory[PARTY + RECORD * slot + 4] & (ASLEEP | POISONED))

    def spent(self, slot: int) -> bool:
        """Has it no strength left for any move that hurts?"""
        base = PARTY + RECORD * slot
        return not any(self.memory[base + 29 + i] and MOVES[self.memory[base + 8 + i]].power for i in range(4))

    @property
    def foe(self) -> int:
        """The species fought."""
        return self.memory[FOE]

    @property
    def foe_health(self) -> float:
        """Share of its points, as the bar shows it."""
        return self.word(FOE + 1) / max(1, self.word(FOE + 15))

    @property
    def foe_level(self) -> int:
        """As the screen shows it."""
        return self.memory[0xCFF3]

    @property
    def own_moves(self) -> list[tuple[int, int]]:
        """Move and strength left of the creature that fights."""
        pairs = [(self.memory[MINE + 8 + i], self.memory[MINE + 25 + i]) for i in range(4)]
        return [(move, left) for move, left in pairs if move]

    def reads(self, x: int, y: int, text: str) -> bool:
        """Does this text stand at column x, row y of the screen?"""
        return all(self.memory[SCREEN + 20 * y + x + i] == CODES[letter] for i, letter in enumerate(text))

    def type_of_foe(self) -> int:
        """The first type of the species fought."""
        return next((c.types[0] for c in CREATURES if c.species == self.foe), 0)
