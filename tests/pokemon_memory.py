"""Memories of a Game Boy made by hand, cell by cell, so that nothing here needs a cartridge."""

from __future__ import annotations

from dataclasses import replace

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.charset import LETTERS
from reason_arena.tasks.pokemon.profiles import Profile
from reason_arena.tasks.pokemon.reader import PokemonReader
from reason_arena.tasks.pokemon.state import GameState

CODES = {letter: code for code, letter in LETTERS.items()} | {"▶": 0xED, "▷": 0xEC, "▼": 0xEE, "│": 0x7C}
FLOOR, WALL, GRASS, WATER = 0x2C, 0x01, 0x52, 0x14
"""tiles of Red's overworld, but for the wall, which is any tile that is not in the list"""
POINTER = 0x1735
PASSABLE = (0x00, 0x10, 0x2C, 0x30, 0x39, 0x52)


def encode(text: str) -> list[int]:
    """A string as the game keeps it, with the end mark."""
    return [CODES[letter] for letter in text] + [0x50]


class Cells:
    """A whole address space. It begins as Red on Route 1: free ground, at (5, 6) of 20 x 36 squares, facing down."""

    def __init__(self) -> None:
        self.bytes = bytearray(0x10000)
        self.put(POINTER, *PASSABLE, 0xFF)
        self.put(at.COLLISION_POINTER, POINTER & 0xFF, POINTER >> 8)
        self.put(at.MAP, 12)
        self.put(at.Y, 6, 5)
        self.put(at.MAP_HEIGHT, 18, 10)
        self.put(at.GRASS_TILE, GRASS)
        self.put(at.PARTY_SPECIES, 0xFF)
        self.put(at.BAG, 0xFF)
        self.put(at.BLACKOUT_MAP, 1)
        self.ground(FLOOR)

    def put(self, address: int, *values: int) -> Cells:
        """Write bytes from an address on."""
        self.bytes[address : address + len(values)] = bytes(values)
        return self

    def ground(self, tile: int, *squares: tuple[int, int]) -> Cells:
        """Draw squares of the screen, by (column, row), or all of them, with one tile."""
        for column, row in squares or [(c, r) for c in range(10) for r in range(9)]:
            for y in (2 * row, 2 * row + 1):
                self.put(at.TILE_MAP + 20 * y + 2 * column, tile, tile)
        return self

    def lower_left(self, tile: int, column: int, row: int) -> Cells:
        """Draw the one tile of a square that counts."""
        return self.put(at.TILE_MAP + 20 * (2 * row + 1) + 2 * column, tile)

    def write(self, row: int, column: int, text: str) -> Cells:
        """Letters on the screen."""
        return self.put(at.TILE_MAP + 20 * row + column, *encode(text)[:-1])

    def box(self, top: int, left: int, height: int, width: int) -> Cells:
        """An empty text box, its frame among it, and the mark that a text is open."""
        for row in range(height):
            ends = (0x79, 0x7A, 0x7B) if row == 0 else (0x7D, 0x7A, 0x7E) if row == height - 1 else (0x7C, 0x7F, 0x7C)
            line = [ends[0], *[ends[1]] * (width - 2), ends[2]]
            self.put(at.TILE_MAP + 20 * (top + row) + left, *line)
        return self.put(at.FONT_LOADED, 1)

    def person(self, slot: int, x: int, y: int, facing: int = 0, picture: int = 5, image: int = 0) -> Cells:
        """Somebody on the map; `slot` from 1 on."""
        one, two = at.SPRITES_1 + 16 * slot, at.SPRITES_2 + 16 * slot
        self.put(one, picture).put(one + 2, image).put(one + 9, facing)
        self.put(two + 4, (y + 4) & 0xFF, (x + 4) & 0xFF)
        return self.put(at.SPRITE_COUNT, max(slot, self.bytes[at.SPRITE_COUNT]))

    def warps(self, *warps: tuple[int, int, int, int]) -> Cells:
        """Warps as (x, y, entry, map)."""
        self.put(at.WARP_COUNT, len(warps))
        return self.put(at.WARPS, *(value for x, y, entry, number in warps for value in (y, x, entry, number)))

    def signs(self, *signs: tuple[int, int]) -> Cells:
        """Signs as (x, y)."""
        return self.put(at.SIGN_COUNT, len(signs)).put(at.SIGNS, *(value for x, y in signs for value in (y, x)))

    def creature(
        self,
        slot: int,
        level: int = 5,
        hp: int = 20,
        top: int = 20,
        species: int = 153,
        name: str = "MOSS",
        bits: int = 0,
    ) -> Cells:
        """A creature of the party; the count becomes slot + 1."""
        start = at.PARTY + 44 * slot
        self.put(start, species, hp >> 8, hp & 255).put(start + 4, bits).put(start + 8, 33, 45)
        self.put(start + 14, 0, level, 7).put(start + 29, 35, 0x40 | 40).put(start + 33, level, top >> 8, top & 255)
        self.put(at.PARTY_NICKS + 11 * slot, *encode(name))
        self.put(at.PARTY_SPECIES + slot, species, 0xFF)
        return self.put(at.PARTY_COUNT, slot + 1)

    def battle(self, kind: int = 1, level: int = 4, hp: int = 9, top: int = 18, name: str = "THORN") -> Cells:
        """A battle against a creature; the player's own is what the party's first was."""
        self.put(at.IN_BATTLE, kind).put(at.ENEMY_NICK, *encode(name)).put(at.OPPONENT, 36)
        self.put(at.ENEMY, 36, hp >> 8, hp & 255).put(at.ENEMY_LEVEL, level, top >> 8, top & 255)
        return self.ground(0x7F)

    def bag(self, *items: tuple[int, int]) -> Cells:
        """Things in the bag as (id, count)."""
        self.put(at.BAG_COUNT, len(items))
        return self.put(at.BAG, *(value for item in items for value in item), 0xFF)

    def event(self, index: int, happened: bool = True) -> Cells:
        """Set a flag, the lowest bit of a byte first."""
        cell = at.EVENTS + index // 8
        self.bytes[cell] = self.bytes[cell] & ~(1 << index % 8) | happened << index % 8
        return self

    def read(self, profile: Profile | None = None) -> GameState:
        """What the reader makes of it."""
        return PokemonReader(profile or profiles.red()).read(bytes(self.bytes))


def rich() -> Cells:
    """A moment with a bit of everything outside battles."""
    cells = Cells().creature(0, level=12, hp=30, top=36).creature(1, level=9, hp=0, top=25, name="REED", bits=8)
    cells.bag((0x14, 3), (0x04, 5), (0xC4, 1)).put(at.MONEY, 0x01, 0x23, 0x45).put(at.BADGES, 0b101)
    cells.put(at.CONNECTIONS, 8 | 4).warps((5, 4, 0, 41), (1, 30, 2, 0xFF)).signs((7, 6)).person(1, 3, 7, facing=8)
    cells.ground(WALL, (0, 0), (9, 8), (7, 4)).ground(GRASS, (6, 6), (7, 6)).ground(WATER, (2, 2)).ground(0x37, (4, 6))
    cells.ground(0x3D, (8, 1)).put(at.DEX_OWNED, 0b11).put(at.DEX_SEEN, 0b111).put(at.LAST_MAP, 1)
    return cells.event(0x022).event(0x068)


def free_of_events(profile: Profile) -> Profile:
    """The same cartridge without milestones: every event is an other event."""
    return replace(profile, milestones=())
