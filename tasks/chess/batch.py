"""The kernel over many boards: rows are played on, encoded and masked in one call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .kernel import CASTLE, CLOCK, EP, LEGAL_EP, Bytes, Ints, make
from .outcome import CLOCK_MOST, Hashes, refresh

SHAPE = (18, 8, 8)
_PLANE = 64


@njit
def encode(board: Bytes, state: Ints, planes: NDArray[np.uint8]) -> None:
    """Write the planes of a board, flat (1152,): see `tasks.chess.boards.Boards.planes`."""
    planes[:] = 0
    for square in range(64):
        piece = int(board[square])  # eight bits would overflow below where nothing is compiled
        if piece > 0:
            planes[(piece - 1) * _PLANE + square] = 1
        elif piece < 0:
            planes[(5 - piece) * _PLANE + square] = 1
    if state[LEGAL_EP]:
        planes[12 * _PLANE + state[EP]] = 1
    for right in range(4):
        if state[CASTLE] >> right & 1:
            planes[(13 + right) * _PLANE : (14 + right) * _PLANE] = 1
    planes[17 * _PLANE :] = min(state[CLOCK], CLOCK_MOST)


@njit
def push_all(
    boards: Bytes,
    states: Ints,
    histories: Hashes,
    legal: NDArray[np.int16],
    counts: NDArray[np.int16],
    ends: Bytes,
    rows: Ints,
    moves: Ints,
) -> None:
    """Play a legal move on each of some boards, by `Boards`'s arrays."""
    for i in range(len(rows)):
        row = rows[i]
        make(boards[row], states[row], moves[i])
        counts[row], ends[row] = refresh(boards[row], states[row], histories[row], legal[row])


@njit
def refresh_all(
    boards: Bytes,
    states: Ints,
    histories: Hashes,
    legal: NDArray[np.int16],
    counts: NDArray[np.int16],
    ends: Bytes,
    rows: Ints,
) -> None:
    """Take stock of some boards that were set up, by `Boards`'s arrays."""
    for row in rows:
        counts[row], ends[row] = refresh(boards[row], states[row], histories[row], legal[row])


@njit
def encode_all(boards: Bytes, states: Ints, rows: Ints, planes: NDArray[np.uint8]) -> None:
    """Write the planes of some boards: (len(rows), 1152)."""
    for i in range(len(rows)):
        encode(boards[rows[i]], states[rows[i]], planes[i])


@njit
def mask_all(legal: NDArray[np.int16], counts: NDArray[np.int16], rows: Ints, numbers: Ints, mask: Bytes) -> None:
    """Mark the legal moves of some boards: (len(rows), actions); `numbers` turns an id into an action."""
    mask[:] = 0
    for i in range(len(rows)):
        row = rows[i]
        for k in range(counts[row]):
            mask[i, numbers[legal[row, k]]] = 1
