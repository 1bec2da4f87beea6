"""Looking positions up in solved endgames, many at once, in the kernel's layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .geometry import index_of
from .jit import njit
from .kernel import Bytes, Ints, make
from .material import Man, men_of
from .moves import MOVES
from .retrograde import DRAW, IMPOSSIBLE, Values

DRAWN = -1
"""neither side can force a mate"""
NO_TABLE, NO_POSITION = -2, -3
"""the men are not in these tables; the side that has just moved left its king in check"""
NO_MOVE = -4
_SIDES = 2
_PLACES = 8
_WEIGHTS = np.zeros(13, np.int64)
"""of a piece plus 6, so that the sum over a board says which men there are, none more than four times"""
_WEIGHTS[[*range(1, 6), *range(7, 12)]] = 5 ** np.arange(10)


class Library(NamedTuple):
    """Some tables, one after the other."""

    signatures: Ints
    """sums of weights when the first side moves and when the second does: (tables, 2)"""
    kinds: Ints
    """of the men: (tables, 4)"""
    sides: Ints
    about: Ints
    """men, pawns, where the values begin, half their number: (tables, 4)"""
    values: Values


def library(tables: Mapping[str, Values]) -> Library:
    """Tables by the names of their men, as the functions here want them."""
    kinds, sides, about = (np.zeros((len(tables), 4), np.int64) for _ in range(3))
    start = 0
    for n, (name, values) in enumerate(tables.items()):
        men = men_of(name)
        kinds[n, : len(men)], sides[n, : len(men)] = [man.kind for man in men], [man.side for man in men]
        about[n] = len(men), "P" in name, start, values.shape[1]
        start += values.size
    known = [[signature(men_of(name), mover) for mover in (0, 1)] for name in tables]
    return Library(np.array(known), kinds, sides, about, np.concatenate([each.ravel() for each in tables.values()]))


def signature(men: tuple[Man, ...], mover: int) -> int:
    """What `_WEIGHTS` sum to over these men when a side moves."""
    signs = (1 if man.side == mover else -1 for man in men)
    return sum(int(_WEIGHTS[6 + sign * man.kind]) for sign, man in zip(signs, men, strict=True))


def signatures(cells: Bytes) -> Ints:
    """What `_WEIGHTS` sum to over boards: (k, 64) to (k,)."""
    sums: Ints = _WEIGHTS[cells.astype(np.int64) + 6].sum(1)
    return sums


@njit
def _look_up(library: Library, cells: Bytes) -> int:
    """The distance to mate on a board, `DRAWN`, `NO_TABLE` or `NO_POSITION`."""
    found, places, total = 0, np.zeros(_PLACES, np.int64), 0
    for square in range(64):
        if cells[square] != 0:
            if found == _PLACES:
                return NO_TABLE
            places[found] = square
            found += 1
            total += _WEIGHTS[cells[square] + 6]
    for table in range(len(library.signatures)):
        for mover in range(_SIDES):
            if library.signatures[table, mover] == total and library.about[table, 0] == found:
                return _value(library, table, mover, cells, places)
    return NO_TABLE


@njit
def _value(library: Library, table: int, mover: int, cells: Bytes, places: Ints) -> int:
    men, pawns, flip = library.about[table, 0], library.about[table, 1], 56 if mover else 0
    squares, used = np.zeros(_PLACES, np.int64), 0
    for k in range(men):
        piece = library.kinds[table, k] * (1 if library.sides[table, k] == mover else -1)
        for n in range(men):
            if used >> n & 1 == 0 and cells[places[n]] == piece:
                squares[k] = places[n] ^ flip
                used |= 1 << n
                break
    start = library.about[table, 2] + mover * library.about[table, 3]
    value = library.values[start + index_of(squares, men, pawns)]
    if value == DRAW:
        return DRAWN
    return NO_POSITION if value == IMPOSSIBLE else int(value)


@njit
def look_up_all(library: Library, cells: Bytes, into: NDArray[np.int16]) -> None:
    """The distance of each board: (k, 64) to (k,)."""
    for i in range(len(cells)):
        into[i] = _look_up(library, cells[i])


@njit
def look_ahead(library: Library, cells: Bytes, states: Ints, moves: NDArray[np.int16], into: NDArray[np.int16]) -> None:
    """The distance after each legal move of each board; `NO_MOVE` where the id is none: (k, m) to (k, m)."""
    board, state = np.zeros(64, np.int8), np.zeros(states.shape[1], np.int64)
    for i in range(len(cells)):
        for n in range(moves.shape[1]):
            into[i, n] = NO_MOVE
            if 0 <= moves[i, n] < MOVES:
                board[:], state[:] = cells[i], states[i]
                make(board, state, moves[i, n])
                into[i, n] = _look_up(library, board)
