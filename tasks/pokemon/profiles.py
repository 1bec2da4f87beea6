"""What is known of a cartridge besides memory addresses: names, milestones, and by which tiles one cannot walk.

The reader is one for all of them. A profile is chosen by the SHA-1 of the cartridge, and holds facts only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from . import FREE, charset, free_facts, red_facts, red_names
from .hearthway import SHA1
from .milestones import Milestone
from .parts import Facing

RED = "ea9bcae617fdf159b045185467ae58b2e4a48b9a"
BLUE = "d7037c83e1ae5b39bde3c30787637ba1d4c48ce2"
HIDDEN_UP_TO = 0x5F
"""the last tile id that ground is made of; letters, frames and battle pictures lie above it"""


@dataclass(frozen=True)
class Ledge:
    """A jump down, one way."""

    tileset: int
    facing: Facing
    standing: int
    """tile of the square that one jumps from"""
    tile: int
    """of the square that one jumps over"""


@dataclass(frozen=True, eq=False)
class Profile:
    """A cartridge. Two profiles are equal if they are the same object."""

    cartridge: str
    """"hearthway", "red", "blue" or "unknown": what results are filed under"""
    title: str
    """how the text view names it"""
    sha1: str
    milestones: tuple[Milestone, ...]
    maps: Mapping[int, str] = field(default_factory=dict)
    items: Mapping[int, str] = field(default_factory=dict)
    moves: Mapping[int, str] = field(default_factory=dict)
    species: Mapping[int, str] = field(default_factory=dict)
    badges: tuple[str, ...] = ()
    letters: Mapping[int, str] = field(default_factory=lambda: charset.LETTERS)
    water: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """tile ids of water, by tileset"""
    trees: frozenset[tuple[int, int]] = frozenset()
    """(tileset, tile) of trees that can be cut"""
    pairs: frozenset[tuple[int, int, int]] = frozenset()
    """(tileset, tile, tile) between which nobody walks, either way round"""
    water_pairs: frozenset[tuple[int, int, int]] = frozenset()
    """the same for who surfs"""
    ledges: tuple[Ledge, ...] = ()
    unpaid: frozenset[int] = frozenset()
    """events that no reward is for, besides those of milestones: what can be bought again and again"""

    flags: tuple[int, ...] | None = None
    """which bytes of the event flags the cartridge ever sets, so that only those are read; None: any"""
    things: frozenset[int] = frozenset()
    """pictures of what stands on maps and is nobody"""
    first_badge: int = 1
    """number of the milestone that brings the first badge, from 1 on"""

    @property
    def watched(self) -> tuple[int, ...]:
        """Cells that the milestones need beyond events, maps and badges."""
        return tuple(dict.fromkeys(cell for milestone in self.milestones for cell in milestone.cells))

    def map_name(self, number: int) -> str:
        """The name of a map; "unknown 217" where there is none."""
        return _name(self.maps, number)

    def item_name(self, number: int) -> str:
        """The name of an item."""
        return _name(self.items, number)

    def move_name(self, number: int) -> str:
        """The name of a move."""
        return _name(self.moves, number)

    def species_name(self, number: int) -> str:
        """The name of a species by its internal number."""
        return _name(self.species, number)


def _name(names: Mapping[int, str], number: int) -> str:
    return names.get(number) or f"unknown {number}"


@cache
def hearthway() -> Profile:
    """The free cartridge."""
    facts = free_facts
    return Profile(
        cartridge="hearthway",
        title="HEARTHWAY (a free cartridge, not Pokémon)",
        sha1=SHA1,
        milestones=facts.MILESTONES,
        maps=facts.MAPS,
        items=facts.ITEMS,
        moves=facts.MOVE_NAMES,
        species=facts.SPECIES,
        badges=facts.BADGES,
        water=facts.WATER,
        trees=facts.TREES,
        flags=facts.FLAGS,
        things=facts.THINGS,
        ledges=tuple(Ledge(tileset, Facing(facing), *tiles) for tileset, facing, *tiles in facts.LEDGES),
        first_badge=facts.FIRST_BADGE,
    )


@cache
def red() -> Profile:
    """Red, the owner's own cartridge."""
    facts = red_facts
    return Profile(
        cartridge="red",
        title="Pokémon Red",
        sha1=RED,
        milestones=facts.MILESTONES,
        maps=facts.MAPS,
        items=facts.ITEMS,
        moves=red_names.MOVES,
        species=red_names.SPECIES,
        badges=facts.BADGES,
        water=facts.WATER,
        trees=facts.TREES,
        things=facts.THINGS,
        pairs=facts.PAIRS,
        water_pairs=facts.WATER_PAIRS,
        ledges=tuple(Ledge(0, Facing(facing), *tiles) for facing, *tiles in facts.LEDGES),
        unpaid=facts.UNPAID,
        first_badge=facts.FIRST_BADGE,
    )


@cache
def blue() -> Profile:
    """Blue, which has Red's memory, maps and way."""
    return replace(red(), cartridge="blue", title="Pokémon Blue", sha1=BLUE)


@cache
def unknown() -> Profile:
    """Any other cartridge that its owner lets in: read like Red, and never called so."""
    return replace(red(), cartridge="unknown", title="an unknown cartridge, read like Pokémon Red", sha1="")


def by_sha1(sha1: str) -> Profile | None:
    """The profile of a cartridge by the SHA-1 of its bytes, in hexadecimal; None for one that is not known."""
    return next((profile() for profile in (hearthway, red, blue) if profile().sha1 == sha1.lower()), None)


CARTRIDGES: Mapping[str, Callable[[], Profile]] = {FREE: hearthway, "red": red, "blue": blue, "unknown": unknown}
"""profiles by what they are called, in the order of the array view"""
