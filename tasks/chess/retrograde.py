"""Endgames solved from their mates backwards: the distance to mate of every position of a few men.

A position is the squares of its men in a fixed order, White and Black being the first and the second side: both kings,
then the other men of the first side, then those of the second. Pawns belong to the first side and go up. What can be
turned or mirrored into another position counts as the same: the first king is brought to the triangle a1-d1-d4, or,
where there are pawns, to files a to d. There are no castling rights and no captures in passing.

A value is in plies to the mate with best play, odd where the side to move mates and even where it is mated: a mate on
the board is 0. It is found ply by ply: the positions that lead into one lost in n are won in n + 1, and a position all
of whose moves lead into won ones, the last of them in n, is lost in n + 1 (Thompson, Retrograde analysis of certain
endgames, ICCA Journal 9(3), 1986).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .geometry import BETWEEN, BITS, PAWN, PAWN_BACK, REACH, STEPS, Ints, index_of, squares_of
from .jit import njit

DRAW, IMPOSSIBLE = 254, 255
"""values that are no distance: neither side can force a mate; the side that has just moved left its king in check, two
men share a square, or the position is another one mirrored"""
_NEVER = 254
"""in `due`: some capture or promotion holds at least the draw"""
Values = NDArray[np.uint8]


class Plan(NamedTuple):
    """What the solver knows of a set of men, see `tables.plan`."""

    kinds: Ints
    """1 (pawn) to 6 (king) of each man: (men,)"""
    sides: Ints
    """0 or 1: (men,)"""
    pawns: int
    """1 if there are any: fewer symmetries"""
    routes: Ints
    """which of the smaller sets is left after man i - 1 was captured (0: none) by man j, which promoted to a kind or
    to nothing: (men + 1, men, 6)"""
    orders: Ints
    """for each route the men of the smaller set as men of this one: (routes, 4)"""
    parts: Ints
    """for each route: men, pawns, whether the sides change names, where its values begin, half their number:
    (routes, 5)"""
    solved: Values
    """values of all smaller sets, one after the other"""


@njit
def _occupied(squares: Ints, men: int) -> int:
    taken = 0
    for k in range(men):
        taken |= BITS[squares[k]]
    return taken


@njit
def _in_check(plan: Plan, squares: Ints, side: int, occupied: int, gone: int) -> bool:
    """Whether a man of the other side, but for the one that is gone, attacks the king."""
    king = squares[side]
    for k in range(len(plan.kinds)):
        if (
            plan.sides[k] != side
            and k != gone
            and REACH[plan.kinds[k], squares[k]] & BITS[king] != 0
            and BETWEEN[squares[k], king] & occupied == 0
        ):
            return True
    return False


@njit
def _possible(plan: Plan, squares: Ints, index: int) -> bool:
    """Whether all men have a square of their own that they can stand on, and the position is not another's mirror."""
    men = len(plan.kinds)
    for k in range(men):
        if plan.kinds[k] == PAWN and (squares[k] < 8 or squares[k] > 55):
            return False
        for other in range(k):
            if squares[k] == squares[other]:
                return False
    return index_of(squares, men, plan.pawns) == index


@njit
def _after(plan: Plan, squares: Ints, side: int, gone: int, mover: int, promoted: int, child: Ints) -> int:
    """The value, for the side that moves next, of a position with fewer men or another kind of them."""
    route = plan.routes[gone + 1, mover, promoted]
    part = plan.parts[route]
    for k in range(part[0]):
        child[k] = squares[plan.orders[route, k]]
    place = part[3] + (part[4] if (1 - side) ^ part[2] else 0)
    return int(plan.solved[place + index_of(child, part[0], part[1])])


@njit
def _outlook(plan: Plan, squares: Ints, side: int, child: Ints) -> tuple[bool, int]:
    """Whether a side has a move, and what its captures and promotions are worth.

    That is the odd ply in which the quickest of them mates; or else `_NEVER` if one of them draws; or else the even ply
    until which the best of them puts off the mate, 0 if there are none.
    """
    men, can_move, won, held, lost = len(plan.kinds), False, _NEVER, False, 0
    occupied = _occupied(squares, men)
    for k in range(men):
        if plan.sides[k] != side:
            continue
        start, kind = squares[k], plan.kinds[k]
        for end in STEPS[kind, start]:
            if end < 0:
                break
            gone = -1
            for other in range(men):
                if squares[other] == end:
                    gone = other
            if BETWEEN[start, end] & occupied != 0 or (gone >= 0 and plan.sides[gone] == side):
                continue
            if kind == PAWN and ((end - start) & 7 == 0) != (gone < 0):
                continue
            squares[k] = end
            if not _in_check(plan, squares, side, (occupied ^ BITS[start]) | BITS[end], gone):
                can_move = True
                promotes = kind == PAWN and end > 55
                if gone >= 0 or promotes:
                    for promoted in range(2, 6) if promotes else range(0, 1):
                        value = _after(plan, squares, side, gone, k, promoted, child)
                        if value == DRAW:
                            held = True
                        elif value & 1:
                            lost = max(lost, value + 1)
                        else:
                            won = min(won, value + 1)
            squares[k] = start
    return can_move, won if won != _NEVER else _NEVER if held else lost


@njit
def _loses(plan: Plan, values: Values, squares: Ints, side: int) -> bool:
    """Whether every quiet move leads into a position that the other side is known to win."""
    men = len(plan.kinds)
    occupied = _occupied(squares, men)
    for k in range(men):
        if plan.sides[k] != side:
            continue
        start, kind = squares[k], plan.kinds[k]
        for end in STEPS[kind, start]:
            if end < 0:
                break
            if (BETWEEN[start, end] | BITS[end]) & occupied != 0:
                continue
            if kind == PAWN and ((end - start) & 7 != 0 or end > 55):
                continue
            squares[k] = end
            value = values[1 - side, index_of(squares, men, plan.pawns)]
            squares[k] = start
            if value & 1 == 0:  # unknown or won; an illegal move leads into what is impossible, which is odd
                return False
    return True


@njit
def _settle(plan: Plan, values: Values, due: Values, squares: Ints, side: int, index: int, ply: int) -> int:
    """Give a position its value if it is that of this ply; 1 if so."""
    if values[side, index] != DRAW:
        return 0
    if ply & 1 == 0:
        wait = due[side, index]
        if wait == _NEVER or wait & 1 == 1 or wait > ply or not _loses(plan, values, squares, side):
            return 0
    values[side, index] = ply
    return 1


@njit
def _go_back(plan: Plan, values: Values, due: Values, squares: Ints, side: int, ply: int) -> int:
    """Settle what leads by a quiet move of a side into a position of the ply before."""
    men, found = len(plan.kinds), 0
    occupied = _occupied(squares, men)
    for k in range(men):
        if plan.sides[k] != side:
            continue
        end, kind = squares[k], plan.kinds[k]
        for start in STEPS[PAWN_BACK if kind == PAWN else kind, end]:
            if start < 0:
                break
            if (BETWEEN[start, end] | BITS[start]) & occupied == 0:
                squares[k] = start
                found += _settle(plan, values, due, squares, side, index_of(squares, men, plan.pawns), ply)
        squares[k] = end
    return found


@njit
def prepare(plan: Plan, values: Values, due: Values) -> int:
    """Find mates, dead ends and impossible positions.

    Args:
        plan: the men.
        values: by side to move and number: (2, n); written.
        due: what `_outlook` says of captures and promotions: (2, n); written.

    Returns:
        The last ply at which a capture or promotion matters.
    """
    men, last = len(plan.kinds), 0
    squares, child = np.zeros(men, np.int64), np.zeros(men, np.int64)
    for index in range(values.shape[1]):
        squares_of(index, men, plan.pawns, squares)
        possible = _possible(plan, squares, index)
        occupied = _occupied(squares, men)
        for side in range(2):
            values[side, index] = IMPOSSIBLE
            if not possible or _in_check(plan, squares, 1 - side, occupied, -1):
                continue
            can_move, outlook = _outlook(plan, squares, side, child)
            mate = not can_move and _in_check(plan, squares, side, occupied, -1)
            values[side, index] = 0 if mate else DRAW
            due[side, index] = outlook if can_move else _NEVER
            if can_move and outlook != _NEVER:
                last = max(last, outlook)
    return last


@njit
def solve(plan: Plan, values: Values, due: Values, last: int) -> None:
    """Work back from the mates and from what captures and promotions lead to; arguments as of `prepare`."""
    men = len(plan.kinds)
    squares = np.zeros(men, np.int64)
    ply, found = 0, 1
    while found > 0 or ply < last:
        ply += 1
        found = 0
        for side in range(2):
            for index in range(values.shape[1]):
                if values[side, index] == ply - 1:
                    squares_of(index, men, plan.pawns, squares)
                    found += _go_back(plan, values, due, squares, 1 - side, ply)
                if due[side, index] == ply and values[side, index] == DRAW:
                    squares_of(index, men, plan.pawns, squares)
                    found += _settle(plan, values, due, squares, side, index, ply)
