"""Counts the sequences of moves of a length: numbers that are known, and that a wrong rule would change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .kernel import COLUMNS, Bytes, Ints, legal_moves, make
from .moves import MOST


@njit
def perft(board: Bytes, state: Ints, depth: int) -> int:
    """How many sequences of `depth` legal moves there are; games go on through every kind of draw.

    Args:
        board: (64,).
        state: (8,).
        depth: at least 1.
    """
    boards: Bytes = np.zeros((depth, 64), np.int8)
    states: Ints = np.zeros((depth, COLUMNS), np.int64)
    moves: NDArray[np.int16] = np.zeros((depth, MOST), np.int16)
    counts, tried = np.zeros(depth, np.int64), np.zeros(depth, np.int64)
    boards[0], states[0] = board, state
    counts[0] = legal_moves(boards[0], states[0], moves[0])
    ply, total = 0, 0
    while ply >= 0:
        if ply == depth - 1:
            total += counts[ply]
            ply -= 1
        elif tried[ply] == counts[ply]:
            ply -= 1
        else:
            boards[ply + 1], states[ply + 1] = boards[ply], states[ply]
            make(boards[ply + 1], states[ply + 1], int(moves[ply, tried[ply]]))
            tried[ply] += 1
            ply += 1
            counts[ply], tried[ply] = legal_moves(boards[ply], states[ply], moves[ply]), 0
    return total
