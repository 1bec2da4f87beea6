"""What is on the screen and in memory at one moment: `GameState`, the one record that views and rewards are made of.

Contract for environments: `PokemonReader(profile).read(memory)` gives a `GameState`; it is frozen, holds its own copy
of the cells it was read from, compares equal if they are equal, and every part is worked out when first asked for. No
content of memory makes reading or any part raise: numbers are clipped to what can be, ids outside the tables are named
"unknown 217", and `doubts` says what was clipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from . import addresses as at
from . import creatures, ground, screen
from .memory import STATUS_FROM, Raw
from .parts import (
    Battle,
    Creature,
    Facing,
    Foe,
    Grid,
    Item,
    Menu,
    Move,
    Person,
    Position,
    Sign,
    Square,
    Warp,
)
from .profiles import Profile

__all__ = [
    "Battle",
    "Creature",
    "Facing",
    "Foe",
    "GameState",
    "Grid",
    "Item",
    "Menu",
    "Move",
    "Person",
    "Position",
    "Sign",
    "Square",
    "Warp",
]
_SIDES = ((8, "north"), (4, "south"), (2, "west"), (1, "east"))
_PAD_OFF, _SCRIPTED = 1 << 5, 1 << 7
_SURFING = 2
_WIDTH, _HEIGHT = at.MAP_WIDTH - STATUS_FROM, at.MAP_HEIGHT - STATUS_FROM


Part = TypeVar("Part")


class lazy(Generic[Part]):
    """A part that is worked out when first asked for.

    The standard library's takes a lock, which costs as much as the part itself.
    """

    def __init__(self, make: Callable[[Any], Part]) -> None:
        self._make, self._name = make, make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[Part]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Part: ...

    def __get__(self, instance: object | None, owner: type) -> lazy[Part] | Part:
        if instance is None:
            return self
        part = instance.__dict__[self._name] = self._make(instance)
        return part


@dataclass(frozen=True)
class GameState:
    """A moment of a game."""

    raw: Raw
    profile: Profile

    # ---- what goes on
    @property
    def title(self) -> bool:
        """Whether the game has not begun: no map is loaded."""
        return not (self.raw.status[_WIDTH] and self.raw.status[_HEIGHT])

    @property
    def in_battle(self) -> bool:
        """Whether there is a battle, its last words included."""
        return self.raw.in_battle != 0

    @property
    def text_open(self) -> bool:
        """Whether the screen shows texts or menus: in a battle, before the game, or where a text or menu is open."""
        return bool(self.raw.font or self.raw.in_battle) or self.title

    @property
    def control(self) -> bool:
        """Whether the pad is read: no script has taken it away, in whole or in part."""
        return not self.raw.joy_ignore and not self.raw.flags & (_PAD_OFF | _SCRIPTED)

    @property
    def walking(self) -> bool:
        """Whether the player is between two squares."""
        return self.raw.walking != 0

    @property
    def travel(self) -> int:
        """0 on foot, 1 riding, 2 on the water; what is none of them counts as on foot."""
        return self.raw.travel if self.raw.travel <= _SURFING else 0

    @property
    def surfing(self) -> bool:
        """Whether the player is on the water."""
        return self.raw.travel == _SURFING

    @property
    def free(self) -> bool:
        """Whether the player can walk now."""
        return self.control and not self.text_open and not self.walking

    # ---- where
    @lazy
    def position(self) -> Position:
        """Where the player is."""
        raw = self.raw
        edges = raw.cell(at.CONNECTIONS)
        return Position(
            map=raw.cell(at.MAP),
            x=raw.cell(at.X),
            y=raw.cell(at.Y),
            facing=Facing(raw.facing >> 2 & 3),
            name=self.profile.map_name(raw.cell(at.MAP)),
            width=2 * raw.cell(at.MAP_WIDTH),
            height=2 * raw.cell(at.MAP_HEIGHT),
            edges=tuple(side for bit, side in _SIDES if edges & bit),
        )

    @property
    def tileset(self) -> int:
        """Which set of tiles the map is drawn with."""
        return self.raw.cell(at.TILESET)

    @lazy
    def grid(self) -> Grid:
        """The squares around the player; all hidden in battles and before the game."""
        return ground.grid(self.raw, self.profile, self.in_battle or self.title)

    @lazy
    def people(self) -> tuple[Person, ...]:
        """Who and what stands on the map near the player."""
        return ground.people(self.raw, self.profile)

    @lazy
    def warps(self) -> tuple[Warp, ...]:
        """The squares that lead to other maps, on the whole map."""
        return ground.warps(self.raw, self.profile)

    @lazy
    def signs(self) -> tuple[Sign, ...]:
        """The squares that can be read, on the whole map."""
        return ground.signs(self.raw)

    # ---- what is said
    @lazy
    def text(self) -> tuple[str, ...]:
        """The words on the screen in reading order; none while only the map is shown."""
        return screen.lines(self.raw.tiles, self.profile) if self.text_open else ()

    @property
    def waiting(self) -> bool:
        """Whether an open text shows the arrow and waits to be gone on with."""
        return self.text_open and screen.more(self.raw.tiles)

    @lazy
    def menu(self) -> Menu | None:
        """The menu with the cursor; None while there is none."""
        if not self.text_open:
            return None
        return screen.menu(self.raw.tiles, self.profile, self.raw.scroll, self.in_battle)

    # ---- creatures
    @lazy
    def party(self) -> tuple[Creature, ...]:
        """The player's creatures, at most six."""
        return creatures.party(self.raw.party, self.raw.nicks, self.profile)

    @lazy
    def battle(self) -> Battle | None:
        """The battle; None outside."""
        return creatures.battle(self.raw, self.profile)

    @lazy
    def team(self) -> tuple[Creature, ...]:
        """The party as both views show it: the one that fights as it is in the battle, whose record comes later."""
        raw = self.raw
        return creatures.team(raw.party, raw.nicks, raw.battle, raw.player_slot, self.profile)

    # ---- belongings
    @lazy
    def bag(self) -> tuple[Item, ...]:
        """What is in the bag, at most twenty kinds of things."""
        count = min(self.raw.cell(at.BAG_COUNT), at.BAG_SIZE)
        cells = self.raw.span(at.BAG, 2 * count)
        return tuple(
            Item(item, number, self.profile.item_name(item))
            for item, number in zip(cells[::2], cells[1::2], strict=True)
        )

    @property
    def money(self) -> int:
        """Six digits in three bytes; what is no digit counts as 9."""
        return bcd(self.raw.span(at.MONEY, 3))

    @property
    def badges(self) -> int:
        """Eight bits, the first badge lowest."""
        return self.raw.cell(at.BADGES)

    @property
    def badge_names(self) -> tuple[str, ...]:
        """The badges that the player has."""
        names, bits = self.profile.badges, self.badges
        return tuple(names[bit] if bit < len(names) else f"unknown {bit}" for bit in range(8) if bits >> bit & 1)

    # ---- what has happened
    @property
    def events(self) -> bytes:
        """320 bytes of flags."""
        return self.raw.events

    def event(self, index: int) -> bool:
        """Whether an event has happened."""
        return bool(self.raw.events[index >> 3] >> (index & 7) & 1)

    @property
    def owned(self) -> int:
        """How many species the pokédex has as caught."""
        return _bits(self.raw.span(at.DEX_OWNED, at.DEX_SIZE))

    @property
    def seen(self) -> int:
        """How many species the pokédex has as seen."""
        return _bits(self.raw.span(at.DEX_SEEN, at.DEX_SIZE))

    @property
    def blackout_map(self) -> int:
        """The map to wake up on."""
        return self.raw.blackout_map

    @property
    def clock(self) -> tuple[int, int, int]:
        """Hours, minutes and seconds of play as the game counts them."""
        return self.raw.clock

    @lazy
    def doubts(self) -> tuple[str, ...]:
        """What cannot be in a game, and was clipped."""
        raw, found = self.raw, []
        for what, number, most in (
            ("creatures", raw.party_count, at.PARTY_SIZE),
            ("kinds of things in the bag", raw.cell(at.BAG_COUNT), at.BAG_SIZE),
            ("warps", raw.warp_count, at.WARPS_SIZE),
            ("signs", raw.sign_count, at.SIGNS_SIZE),
        ):
            if number > most:
                found.append(f"{number} {what}, expected at most {most}")
        for slot in range(len(raw.party) // at.RECORD_SIZE):
            record = raw.party[slot * at.RECORD_SIZE : (slot + 1) * at.RECORD_SIZE]
            hp, top, level = int.from_bytes(record[1:3], "big"), int.from_bytes(record[34:36], "big"), record[33]
            if hp > top or not top or level > 100:
                found.append(f"creature {slot + 1} with {hp} of {top} hp at level {level}")
        if any(digit > 9 for byte in raw.span(at.MONEY, 3) for digit in (byte >> 4, byte & 15)):
            found.append("money that is no number")
        if raw.in_battle not in (0, 1, 2, 0xFF):
            found.append(f"battle of kind {raw.in_battle}")
        return tuple(found)


def bcd(digits: bytes) -> int:
    """A number of two decimal digits a byte, the high ones first; what is no digit counts as 9.

    >>> bcd(bytes([0x01, 0x23, 0x45])), bcd(bytes([0x0F]))
    (12345, 9)
    """
    number = 0
    for byte in digits:
        number = number * 100 + min(byte >> 4, 9) * 10 + min(byte & 15, 9)
    return number


def _bits(cells: bytes) -> int:
    return int.from_bytes(cells, "little").bit_count()
