"""Facts of the free cartridge, out of the tables that it is built from."""

from __future__ import annotations

from .hearthway.beings import CREATURES, MOVES, WARDENS
from .hearthway.beings import ITEMS as GOODS
from .hearthway.world import EVENTS, NAMES, TILESETS, WALKABLE
from .hearthway.world import MILESTONES as STEPS
from .milestones import Milestone

MAPS = NAMES
ITEMS = {item.number: item.name for item in GOODS.values()}
MOVE_NAMES = {number: move.name for number, move in enumerate(MOVES)}
SPECIES = {creature.species: creature.name for creature in CREATURES}
BADGES = tuple(warden.crest for warden in WARDENS)
MILESTONES = tuple(Milestone(step.text, step.kind, (step.value,)) for step in STEPS)
FLAGS = tuple(sorted({index >> 3 for index in EVENTS.values()}))
"""bytes of the event flags that hold one of its own"""
FIRST_BADGE = 1 + next(number for number, step in enumerate(STEPS) if step.kind == "badge")


def _tiles(*names: str) -> dict[int, frozenset[int]]:
    """Tiles that a square of some name is judged by, its lower left ones, by tileset."""
    return {
        tileset: frozenset(4 * place + 2 for place, name in enumerate(squares.values()) if name in names)
        for tileset, squares in enumerate(TILESETS.values())
    }


THINGS = frozenset({4})
"""the picture of a pouch"""
WATER = _tiles("water")
TREES = frozenset((tileset, tile) for tileset, tiles in _tiles("sapling").items() for tile in tiles)
LEDGES = tuple(
    (tileset, 0, standing, tile)
    for tileset, tiles in _tiles("ledge").items()
    for tile in tiles
    for standing in sorted(_tiles(*WALKABLE)[tileset])
)
"""(tileset, facing down, standing tile, ledge tile): one jumps from whatever one can stand on"""
