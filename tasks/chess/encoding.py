"""A position as the arrays that a task's `encode` gives."""

from __future__ import annotations

import chess
import numpy as np
from numpy.typing import NDArray

from . import batch
from .boards import arrays
from .kernel import legal_moves
from .moves import MOST


def encoded(board: chess.Board) -> dict[str, NDArray[np.generic]]:
    """What the mover sees.

    Returns:
        `planes` (18, 8, 8) uint8 (see `boards.Boards.planes`); `legal` (218,) int16, the ids of the legal moves, then
        -1; `white` () bool, whether the mover has White.
    """
    cells, state = arrays(board)
    legal, planes = np.full(MOST, -1, np.int16), np.empty(batch.SHAPE[0] * 64, np.uint8)
    legal_moves(cells, state, legal)
    batch.encode(cells, state, planes)
    return {"planes": planes.reshape(batch.SHAPE), "legal": legal, "white": np.array(board.turn)}
