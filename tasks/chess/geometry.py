"""The board as tables: where each man can step, what lies between two squares, and which positions are one mirrored.

The number of a position is that of its squares after it has been turned so that the first king stands in the triangle
a1-d1-d4, or, where there are pawns, on files a to d.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .kernel import KING_STEPS, KNIGHT_STEPS, RAYS

Ints = NDArray[np.int64]
PAWN, KING = 1, 6
PAWN_BACK = 0
"""the row of `STEPS` that has the moves of a pawn taken back"""


def _lines() -> tuple[Ints, Ints, Ints]:
    """Squares a man steps to on an empty board, -1 padded; those it attacks, as bits; squares between two, as bits."""
    steps, reach, between = np.full((7, 64, 28), -1), np.zeros((7, 64), np.int64), np.zeros((64, 64), np.int64)
    for square in range(64):
        rays = [[int(s) for s in RAYS[square, direction] if s >= 0] for direction in range(8)]
        for ray in rays:
            for n, end in enumerate(ray):
                between[square, end] = sum(_BITS[s] for s in ray[:n])
        straight, slanted = [s for ray in rays[::2] for s in ray], [s for ray in rays[1::2] for s in ray]
        attacks = {
            PAWN: [ray[0] for ray in (rays[1], rays[7]) if ray],
            2: [int(s) for s in KNIGHT_STEPS[square] if s >= 0],
            3: slanted,
            4: straight,
            5: straight + slanted,
            KING: [int(s) for s in KING_STEPS[square] if s >= 0],
        }
        rank = square >> 3
        moves = {**attacks, PAWN: attacks[PAWN] + rays[0][: 2 if rank == 1 else 1]}
        moves[PAWN_BACK] = rays[4][: (0, 0, 1, 2, 1, 1, 1, 0)[rank]]
        for kind, ends in moves.items():
            steps[kind, square, : len(ends)] = ends
        for kind, ends in attacks.items():
            reach[kind, square] = sum(_BITS[s] for s in ends)
    return steps, reach, between


def _symmetries() -> tuple[Ints, Ints, Ints, Ints]:
    """The eight turns of the board; which one brings a king home, without and with pawns; its number there, and back.

    Bit 0 of a turn mirrors left to right, bit 1 top to bottom, bit 2 then changes files with ranks.
    """
    turned, home = np.zeros((8, 64), np.int64), np.zeros((2, 64), np.int64)
    numbers, squares = np.full((2, 64), -1), np.zeros((2, 32), np.int64)
    for turn in range(8):
        for square in range(64):
            file, rank = square & 7, square >> 3
            file, rank = file ^ (7 if turn & 1 else 0), rank ^ (7 if turn & 2 else 0)
            turned[turn, square] = rank * 8 + file if not turn & 4 else file * 8 + rank
    for square in range(64):
        file, rank = min(square & 7, 7 - (square & 7)), min(square >> 3, 7 - (square >> 3))
        home[0, square] = (square & 7 > 3) + 2 * (square >> 3 > 3) + 4 * (rank > file)
        home[1, square] = square & 7 > 3
    for pawns in range(2):
        found = sorted({int(turned[home[pawns, square], square]) for square in range(64)})
        numbers[pawns, found] = np.arange(len(found))
        squares[pawns, : len(found)] = found
    return turned, home, numbers, squares


_BITS = [1 << n if n < 63 else -(1 << 63) for n in range(64)]
BITS: Ints = np.array(_BITS)
STEPS, REACH, BETWEEN = _lines()
TURNED, _HOME, _NUMBERS, _KINGS = _symmetries()
KING_PLACES = (10, 32)
"""squares of the first king, without and with pawns"""


@njit
def index_of(squares: Ints, men: int, pawns: int) -> int:
    """The number of a position: the same for all that are turned or mirrored into it."""
    turn = _HOME[pawns, squares[0]]
    king = TURNED[turn, squares[0]]
    if pawns == 0 and king & 7 == king >> 3:
        for k in range(1, men):  # on the diagonal the first man off it goes below it
            square = TURNED[turn, squares[k]]
            if square & 7 != square >> 3:
                if square >> 3 > square & 7:
                    turn ^= 4
                break
    index: int = _NUMBERS[pawns, king]
    for k in range(1, men):
        index = index * 64 + TURNED[turn, squares[k]]
    return index


@njit
def squares_of(index: int, men: int, pawns: int, into: Ints) -> None:
    """The squares of the men of a position."""
    for k in range(men - 1, 0, -1):
        into[k] = index & 63
        index >>= 6
    into[0] = _KINGS[pawns, index]
