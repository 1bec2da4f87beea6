"""What a position is worth at a glance: material, where the pieces stand, and a lone king's distance from the corner.

The numbers are simple formulas of file and rank and our own; the middlegame's and the ending's are blended by the
pieces that are left. One hundredth of a pawn is `UNIT` steps, so that the blend needs no division and a position is
worth exactly the opposite to the other side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .kernel import Bytes, Ints

UNIT = 24
"""steps in a hundredth of a pawn: the weights of all pieces at the start of a game"""
VALUES: Ints = np.array((0, 100, 310, 325, 500, 950, 0))
"""hundredths of a pawn by piece: (7,)"""
_WEIGHTS = np.array((0, 0, 1, 1, 2, 4, 0, 4, 2, 1, 1, 0, 0))
"""by piece + 6: how much of a middlegame it makes"""
_WINNING = 400 * UNIT
"""with this lead in an ending, kings should meet"""
_NEARER = 6
"""hundredths of a pawn for each step between kings"""


def _stands(piece: int, square: int) -> tuple[int, int]:
    """What a piece of the mover's on a square is worth beyond its kind, in the middlegame and in the ending."""
    file, rank = square % 8, square // 8
    across, along = min(file, 7 - file), min(rank, 7 - rank)  # 0 at the edge, 3 in the middle
    centre = across + along
    if piece == 1:
        return (6 * across - 9) * (rank > 1) * (rank < 6) + 4 * (rank - 1) + 20 * (rank == 6), 9 * (rank - 1)
    if piece == 2:
        return 9 * centre - 30, 7 * centre - 24
    if piece == 3:
        return 5 * centre - 14 - 8 * (rank == 0), 4 * centre - 10
    if piece == 4:
        return 3 * across + 16 * (rank == 6), 8 * (rank == 6)
    if piece == 5:
        return 2 * centre - 6 - 8 * (rank > 4), 6 * centre - 18
    castled = 24 * (rank == 0 and (file in (1, 2, 6)))
    return castled - 14 * min(rank, 4) - 6 * across, 12 * centre - 36


def _tables() -> NDArray[np.int64]:
    """By phase, piece + 6 and square, what the piece adds for the mover: (2, 13, 64)."""
    tables = np.zeros((2, 13, 64), np.int64)
    for piece in range(1, 7):
        for square in range(64):
            for phase, stands in enumerate(_stands(piece, square)):
                tables[phase, 6 + piece, square] = VALUES[piece] + stands
                tables[phase, 6 - piece, square ^ 56] = -VALUES[piece] - stands
    return tables


_MIDDLE, _ENDING = _tables()


@njit
def evaluate(board: Bytes) -> int:
    """What a board (64,) is worth to its mover, in steps of 1 / `UNIT` of a hundredth of a pawn."""
    middle, ending, weight, king, other = 0, 0, 0, 0, 0
    for square in range(64):
        piece = board[square] + 6
        if piece != 6:
            middle += _MIDDLE[piece, square]
            ending += _ENDING[piece, square]
            weight += _WEIGHTS[piece]
            if piece == 12:
                king = square
            elif piece == 0:
                other = square
    weight = min(weight, UNIT)
    total = middle * weight + ending * (UNIT - weight)
    if weight * 2 < UNIT and abs(total) > _WINNING:
        steps = abs((king & 7) - (other & 7)) + abs((king >> 3) - (other >> 3))
        nearer = _NEARER * (14 - steps) * (UNIT - weight)
        total += nearer if total > 0 else -nearer
    return total
