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
from math import log10
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
_WHICH = {name: np.array([name == other for other in CARTRIDGES], np.uint8) for name in CARTRIDGES}


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


def array_view(state: GameState, progress: Progress) -> dict[str, NDArray[np.generic]]:
    """A moment as arrays, as `SPACES` says. Each call makes new ones.

    Args:
        state: the moment.
        progress: of the episode, up to this moment.
    """
    raw = state.raw
    milestones = bytearray(MILESTONES_MOST)
    for reached in progress.milestones.first:
        milestones[reached] = 1
    return {
        "cartridge": _WHICH[state.profile.cartridge].copy(),
        "tiles": np.frombuffer(bytearray(raw.tiles), np.uint8).reshape(at.ROWS, at.COLUMNS),
        "walk": np.frombuffer(bytearray(state.grid.squares), np.uint8).reshape(GRID_ROWS, GRID_COLUMNS),
        "visited": progress.atlas.visits(state).copy(),
        "milestones": np.frombuffer(milestones, np.uint8),
        "party": _party(raw.party, raw.nicks, raw.battle, raw.player_slot, state.profile).copy(),
        "battle": _battle(fight(raw), state.profile).copy() if raw.battle else np.zeros(len(BATTLE), np.float32),
        "scalars": _scalars(state, progress),
        "bag": _bag(raw.status[_BAG]).copy(),
    }


@lru_cache(256)
def _bag(cells: bytes) -> NDArray[np.uint8]:
    """Ids and counts, and 0 after the last; what lies there of things long gone is no thing.

    Args:
        cells: how many there are, then the bag.
    """
    things = cells[1 : 1 + 2 * min(cells[0], at.BAG_SIZE)]
    return np.frombuffer(things.ljust(2 * at.BAG_SIZE, b"\0"), np.uint8).reshape(at.BAG_SIZE, 2)


@lru_cache(256)
def _party(records: bytes, nicks: bytes, battle: bytes, slot: int, profile: Profile) -> NDArray[np.float32]:
    rows = [_row(each) for each in team(records, nicks, battle, slot, profile)]
    return np.array(rows + [_EMPTY] * (at.PARTY_SIZE - len(rows)), np.float32)


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
def _battle(cells: Fight, profile: Profile) -> NDArray[np.float32]:
    battle = fought(cells, profile)
    foe, own = battle.foe, battle.own
    mine = (own.slot / 5, own.species / 255, own.level / 100, own.health, _CODES[own.status] / 6) if own else (0.0,) * 5
    return np.array(
        (
            KINDS.index(battle.kind) / 3,
            float(battle.safari),
            battle.opponent / 255,
            foe.species / 255,
            foe.level / 100,
            foe.bar / BAR,
            _CODES[foe.status] / 6,
            *mine,
        ),
        np.float32,
    )


def _scalars(state: GameState, progress: Progress) -> NDArray[np.float32]:
    raw, menu = state.raw, state.menu
    cells, steps, goals = raw.status, progress.max_steps, len(progress.milestones.all)
    return np.array(
        (
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
        ),
        np.float32,
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
