"""The array view: the same moment as numbers, every one between fixed bounds.

It shows what the text view shows, as numbers where that has names. What is not the same in both: `tiles` are the
pictures of the screen, of which the text tells the words and the squares; `visited` counts, where the text marks free
squares that were come to; and the text alone has the agent's notes, where exits lead, which way people look, and how
many species were seen and caught. Exits and people far off the screen are in neither, nor are the flags of events: of
those one sees what the milestones say.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from math import log10
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import addresses as at
from .creatures import BAR, STATUSES, Fight, fight, fought, kind_of, team
from .memory import STATUS_FROM
from .parts import GRID_COLUMNS, GRID_ROWS, Creature, Square
from .profiles import CARTRIDGES, Profile
from .progress import Progress
from .state import GameState, bcd

KINDS = ("none", "wild", "trainer", "lost")
MENU_MOST = 20
MILESTONES_MOST = 64
"""no cartridge has more"""
EXPERIENCE_MOST = 1_250_000
"""what the slowest growing creature has at level 100"""
PP_MOST = 63
MONEY_MOST = 6.0
"""decimal digits"""
_CODES = {status: code for code, status in enumerate(STATUSES)}
_EMPTY = (0.0,) * 10
_WHICH = {name: bytes(name == other for other in CARTRIDGES) for name in CARTRIDGES}


class Bounds(NamedTuple):
    """Of one array: what an environment makes a space of."""

    shape: tuple[int, ...]
    dtype: type[np.generic]
    low: float
    high: float


SPACES: Mapping[str, Bounds] = {
    "cartridge": Bounds((len(CARTRIDGES),), np.uint8, 0, 1),
    "tiles": Bounds((at.ROWS, at.COLUMNS), np.uint8, 0, 255),
    "walk": Bounds((GRID_ROWS, GRID_COLUMNS), np.uint8, 0, max(Square)),
    "visited": Bounds((GRID_ROWS, GRID_COLUMNS), np.uint8, 0, 255),
    "milestones": Bounds((MILESTONES_MOST,), np.uint8, 0, 1),
    "party": Bounds((at.PARTY_SIZE, 10), np.float32, 0, 1),
    "battle": Bounds((12,), np.float32, 0, 1),
    "scalars": Bounds((24,), np.float32, 0, 1),
    "bag": Bounds((at.BAG_SIZE, 2), np.uint8, 0, 255),
}
"""cartridge: which of `CARTRIDGES` it is. tiles: ids of the screen, letters among them. walk: codes of `Square`.
visited: how often each of its squares was come to. milestones: which of the cartridge's are reached, in their order.
party: a row a creature. bag: id and count."""
PARTY = ("species", "level", "health", "status", "pp 1", "pp 2", "pp 3", "pp 4", "experience", "present")
BATTLE = (
    *("kind", "safari", "opponent", "foe species", "foe level", "foe bar", "foe status"),
    *("own slot", "own species", "own level", "own health", "own status"),
)
SCALARS = (
    *("map", "x", "y", "facing"),
    *(f"badge {number}" for number in range(1, 9)),
    *("money", "bag size", "menu index", "menu size", "text", "control", "battle", "blackout map", "step"),
    *("milestones", "edges", "travel"),
)


_PARTY_CELLS, _BATTLE_CELLS, _SCALAR_CELLS = (
    Struct(f"{count}f") for count in (at.PARTY_SIZE * len(PARTY), len(BATTLE), len(SCALARS))
)
_PEACE = bytes(_BATTLE_CELLS.size)
_RECORD = np.dtype([(name, each.dtype, each.shape) for name, each in SPACES.items()])


def array_view(state: GameState, progress: Progress) -> dict[str, NDArray[np.generic]]:
    """A moment as arrays, as `SPACES` says. Each call makes new ones.

    Args:
        state: the moment.
        progress: of the episode, up to this moment.
    """
    # One piece of memory for all of them: making nine costs more than filling them.
    record = np.ndarray((), _RECORD, bytearray().join(array_bytes(state, progress)))
    return {name: record[name] for name in SPACES}


def array_bytes(state: GameState, progress: Progress) -> tuple[bytes | bytearray, ...]:
    """The bytes of each array of `array_view`, in the order of `SPACES`, for whoever has a place for them already."""
    raw = state.raw
    milestones = bytearray(MILESTONES_MOST)
    for reached in progress.milestones.first:
        milestones[reached] = 1
    return (
        _WHICH[state.profile.cartridge],
        raw.tiles,
        state.grid.squares,
        progress.atlas.visits(state).tobytes(),
        milestones,
        _party(raw.party, raw.nicks, raw.battle, raw.player_slot, state.profile),
        _battle(fight(raw), state.profile) if raw.battle else _PEACE,
        _scalars(state, progress),
        _bag(raw.status[_BAG]),
    )


@lru_cache(256)
def _bag(cells: bytes) -> bytes:
    """Ids and counts, and 0 after the last; what lies there of things long gone is no thing.

    Args:
        cells: how many there are, then the bag.
    """
    things = cells[1 : 1 + 2 * min(cells[0], at.BAG_SIZE)]
    return things.ljust(2 * at.BAG_SIZE, b"\0")


@lru_cache(256)
def _party(records: bytes, nicks: bytes, battle: bytes, slot: int, profile: Profile) -> bytes:
    rows = [_row(each) for each in team(records, nicks, battle, slot, profile)]
    return _PARTY_CELLS.pack(*chain(*rows, *[_EMPTY] * (at.PARTY_SIZE - len(rows))))


@lru_cache(256)
def _row(creature: Creature) -> tuple[float, ...]:
    return (
        creature.species / 255,
        creature.level / 100,
        creature.health,
        _CODES[creature.status] / 6,
        *(creature.moves[n].pp / PP_MOST if n < len(creature.moves) else 0.0 for n in range(4)),
        min(creature.experience / EXPERIENCE_MOST, 1.0),
        1.0,
    )


@lru_cache(256)
def _battle(cells: Fight, profile: Profile) -> bytes:
    battle = fought(cells, profile)
    foe, own = battle.foe, battle.own
    mine = (own.slot / 5, own.species / 255, own.level / 100, own.health, _CODES[own.status] / 6) if own else (0.0,) * 5
    return _BATTLE_CELLS.pack(
        KINDS.index(battle.kind) / 3,
        float(battle.safari),
        battle.opponent / 255,
        foe.species / 255,
        foe.level / 100,
        foe.bar / BAR,
        _CODES[foe.status] / 6,
        *mine,
    )


def _scalars(state: GameState, progress: Progress) -> bytes:
    raw, menu = state.raw, state.menu
    cells, steps, goals = raw.status, progress.max_steps, len(progress.milestones.all)
    return _SCALAR_CELLS.pack(
        cells[_MAP] / 255,
        cells[_X] / 255,
        cells[_Y] / 255,
        (raw.facing >> 2 & 3) / 3,
        *_BADGE_BITS[cells[_BADGES]],
        _money(cells[_MONEY : _MONEY + 3]),
        min(cells[_BAG_COUNT] / at.BAG_SIZE, 1.0),
        min(menu.index / MENU_MOST, 1.0) if menu else 0.0,
        min(len(menu.labels) / MENU_MOST, 1.0) if menu else 0.0,
        state.text_open,
        state.control,
        _KIND_CODES[raw.in_battle] / 3,
        raw.blackout_map / 255,
        min(progress.step / steps, 1.0) if steps else 0.0,
        progress.milestones.count / goals if goals else 0.0,
        (cells[_EDGES] & 15) / 15,
        state.travel / 2,
    )


_MAP, _X, _Y, _BADGES, _MONEY, _BAG_COUNT, _EDGES = (
    address - STATUS_FROM for address in (at.MAP, at.X, at.Y, at.BADGES, at.MONEY, at.BAG_COUNT, at.CONNECTIONS)
)
_BAG = slice(_BAG_COUNT, _BAG_COUNT + 1 + 2 * at.BAG_SIZE)
_BADGE_BITS = tuple(tuple(float(bits >> bit & 1) for bit in range(8)) for bits in range(256))
_KIND_CODES = tuple(KINDS.index(kind_of(cell)) for cell in range(256))


@lru_cache(256)
def _money(digits: bytes) -> float:
    return log10(1 + bcd(digits)) / MONEY_MOST
