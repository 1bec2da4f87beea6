"""The move table: every move that a piece could make on an empty board, numbered, seen from whoever moves.

Squares count from the mover's own first rank: 0 is a1 for White and a8 for Black, whose board is mirrored top to
bottom, so that both sides' pawns go up. An id is `from * 73 + plane`; planes 0 to 55 are the eight directions N, NE, E,
SE, S, SW, W, NW times the distances 1 to 7, planes 56 to 63 the knight's jumps, and planes 64 to 72 promotions to
knight, bishop and rook by a capture to the left, straight on, and by a capture to the right. A pawn that reaches the
last rank by one of the first planes becomes a queen. Castling is the king's move of two squares.

AlphaZero (Silver et al. 2018, arXiv:1712.01815) has these planes. OpenSpiel and pgx number the same moves in another
order, squares file by file and planes sorted otherwise; OpenSpiel has two more numbers for castling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PLANES = 73
MOVES = 64 * PLANES
MOST = 218
"""no position has more legal moves"""
DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
"""file and rank steps of the planes 0, 7, 14, ..."""
JUMPS = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))
"""file and rank steps of the planes 56 to 63"""
PROMOTED = (2, 3, 4)
"""knight, bishop, rook, in python-chess's numbers of the pieces"""


def _table() -> NDArray[np.int16]:
    """Of each id the square it leads to (-1: none) and what it promotes to (0: nothing, or a queen): (4672, 2)."""
    table = np.full((MOVES, 2), (-1, 0), np.int16)
    for square in range(64):
        file, rank = square % 8, square // 8
        steps = [(x * n, y * n, 0) for x, y in DIRECTIONS for n in range(1, 8)]
        steps += [(x, y, 0) for x, y in JUMPS]
        steps += [(x, 1, piece) for x in (-1, 0, 1) for piece in PROMOTED]
        for plane, (x, y, piece) in enumerate(steps):
            inside = 0 <= file + x < 8 and 0 <= rank + y < 8
            if inside and (not piece or rank == 6):
                table[square * PLANES + plane] = (rank + y) * 8 + file + x, piece
    return table


_TABLE = _table()
TO: NDArray[np.int16] = np.ascontiguousarray(_TABLE[:, 0])
"""by id: the square it leads to, -1 where the id means nothing: (4672,)"""
PROMOTION: NDArray[np.int16] = np.ascontiguousarray(_TABLE[:, 1])
"""by id: the piece promoted to, 0 for none and for a queen: (4672,)"""
POSSIBLE: NDArray[np.int64] = np.flatnonzero(TO >= 0)
"""the ids that a piece can ever move by, in order: (1858,); `compact` actions are places in this list"""
COMPACT = len(POSSIBLE)
COMPACT_OF: NDArray[np.int64] = np.full(MOVES, -1)
"""by id: its place in `POSSIBLE`, -1 for none: (4672,)"""
COMPACT_OF[POSSIBLE] = np.arange(COMPACT)


def _ids() -> dict[tuple[int, int, int], int]:
    return {(int(i) // PLANES, int(TO[i]), int(PROMOTION[i])): int(i) for i in POSSIBLE}


_IDS = _ids()


def move_id(start: int, end: int, promotion: int, white: bool) -> int:
    """The id of a move.

    Args:
        start: square that is left, 0 (a1) to 63 (h8).
        end: square that is reached.
        promotion: 0, or the piece that a pawn becomes, 2 (knight) to 5 (queen).
        white: whether White moves.

    Raises:
        KeyError: no piece moves like that.

    >>> move_id(12, 28, 0, True) == move_id(52, 36, 0, False) == 12 * 73 + 1  # e2e4, e7e5
    True
    """
    flip = 0 if white else 56
    return _IDS[start ^ flip, end ^ flip, promotion if promotion != 5 else 0]


def squares(move: int, white: bool) -> tuple[int, int, int]:
    """Where the move of an id starts and ends, 0 (a1) to 63 (h8), and the piece promoted to: knight, bishop, rook or 0.

    >>> squares(12 * 73 + 1, False)
    (52, 36, 0)
    """
    flip = 0 if white else 56
    return move // PLANES ^ flip, int(TO[move]) ^ flip, int(PROMOTION[move])
