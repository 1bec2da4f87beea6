"""What a game shows, part by part: frozen records without behaviour, which `state.GameState` holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

GRID_ROWS, GRID_COLUMNS = 9, 10
"""squares on the screen; the player stands in row 4, column 4"""
CENTRE = 4


class Facing(IntEnum):
    """Where someone looks. The array view uses the numbers, the text view the names in small letters."""

    DOWN = 0
    UP = 1
    LEFT = 2
    RIGHT = 3


class Square(IntEnum):
    """What a square of the screen is. Codes of the array view; `text_view.MARKS` has the signs of the text view."""

    HIDDEN = 0
    """under a text box or a menu, in a battle, or nothing is known of its tile"""
    WALL = 1
    FREE = 2
    GRASS = 3
    WATER = 4
    PERSON = 5
    WARP = 6
    SIGN = 7
    YOU = 8
    LEDGE_DOWN = 9
    LEDGE_LEFT = 10
    LEDGE_RIGHT = 11
    TREE = 12
    """can be cut"""
    THING = 13
    """lies or stands there and is nobody: a ball with something in it, a boulder"""


class Position(NamedTuple):
    """Where the player is, in squares of the map, from its upper left corner."""

    map: int
    x: int
    y: int
    facing: Facing
    name: str
    """of the map; "unknown 217" where the profile has none"""
    width: int
    """of the map in squares; 0 before the game has begun"""
    height: int
    edges: tuple[str, ...]
    """sides where the map goes on: out of north, south, west, east"""


class Grid(NamedTuple):
    """The 9 x 10 squares around the player, row by row; the first is at map (x - 4, y - 4)."""

    left: int
    """map x of the first column, which may be negative"""
    top: int
    squares: bytes
    """90 codes of `Square`: what stands there covers what lies there"""
    ground: bytes
    """90 codes of `Square` without people, warps, signs and the player"""
    tiles: bytes
    """90 tile ids that the game decides walking by; 255 where hidden"""

    def at(self, x: int, y: int) -> Square:
        """The square at a place of the map, hidden where it is not on the screen."""
        row, column = y - self.top, x - self.left
        if 0 <= row < GRID_ROWS and 0 <= column < GRID_COLUMNS:
            return Square(self.squares[row * GRID_COLUMNS + column])
        return Square.HIDDEN


class Person(NamedTuple):
    """Someone or something that stands on the map, and in the way: people, balls with things in them, boulders."""

    slot: int
    x: int
    y: int
    facing: Facing
    picture: int
    thing: bool
    """whether it is nobody, see `Square.THING`"""


class Warp(NamedTuple):
    """A square that leads to another map."""

    x: int
    y: int
    map: int
    """255: the map that the player came from"""
    entry: int
    """which warp of that map it leads to"""
    name: str


class Sign(NamedTuple):
    """A square that can be read."""

    x: int
    y: int


@dataclass(frozen=True)
class Menu:
    """A menu with a cursor, as the screen shows it."""

    labels: tuple[str, ...]
    """the choices that can be seen, in reading order"""
    index: int
    """of the label beside the cursor"""
    scroll: int
    """the game's own count of choices above the first one, for long lists"""


class Move(NamedTuple):
    """A move that a creature knows."""

    id: int
    pp: int
    """how often it can still be used: 0 to 63"""
    name: str


class Creature(NamedTuple):
    """One of the player's party."""

    slot: int
    """its place in the party, from 0 on"""
    species: int
    """the game's internal number, not the one of the pokédex"""
    name: str
    """its nickname"""
    level: int
    """0 to 100"""
    hp: int
    max_hp: int
    status: str
    """"ok", "sleep", "poison", "burn", "freeze" or "paralysis"; without hp it is "fainted" """
    experience: int
    moves: tuple[Move, ...]

    @property
    def health(self) -> float:
        """How much of max_hp is left, from 0 to 1."""
        return min(self.hp / self.max_hp, 1.0) if self.max_hp else 0.0


class Foe(NamedTuple):
    """The creature on the other side, of which the player sees a name, a level, a status and a bar."""

    species: int
    name: str
    level: int
    bar: int
    """0 to 48, the pixels of the bar that are full"""
    status: str


class Battle(NamedTuple):
    """A battle: wild, against a trainer, or just lost."""

    kind: str
    """"wild", "trainer" or "lost" """
    safari: bool
    opponent: int
    """the game's number of whom one fights, 200 and above are trainers"""
    foe: Foe
    own: Creature | None
    """the player's active creature with its hp in the battle; None where the party is empty"""


@dataclass(frozen=True)
class Item:
    """A kind of things in the bag."""

    id: int
    count: int
    name: str
