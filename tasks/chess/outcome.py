"""How a game stands after a move: over by mate, stalemate, too little material, 100 plies or a third occurrence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .kernel import CASTLE, CLOCK, EP, KING, LEGAL_EP, SEEN, WHITE, Bytes, Ints, attacked, legal_moves

HISTORY = 128
"""hashes kept of positions since the last capture, pawn move or change of castling rights"""
RUNNING, CHECKMATE, INSUFFICIENT, STALEMATE, FIFTY, THREEFOLD = range(6)
CLOCK_MOST = 100
"""plies without a capture or pawn move that end a game"""
Hashes = NDArray[np.uint64]
_RANDOM = np.random.Generator(np.random.PCG64(2026)).integers(0, 2**64, (13 * 64 + 16 + 64 + 1), np.uint64)
_PIECE_KEYS = _RANDOM[: 13 * 64].reshape(13, 64)
_CASTLE_KEYS, _EP_KEYS, _WHITE_KEY = _RANDOM[832:848], _RANDOM[848:912], _RANDOM[912]


@njit
def position_hash(board: Bytes, state: Ints) -> Any:
    """What makes a position the same for repetition: pieces, mover, castling rights, a legal capture in passing."""
    code = _CASTLE_KEYS[state[CASTLE]]
    for square in range(64):
        if board[square] != 0:
            code ^= _PIECE_KEYS[board[square] + 6, square]
    if state[WHITE]:
        code ^= _WHITE_KEY
    if state[LEGAL_EP]:
        code ^= _EP_KEYS[state[EP]]
    return code


@njit
def insufficient(board: Bytes) -> bool:
    """Whether no sequence of legal moves leads to a mate, by python-chess's count of pieces."""
    knights, bishops, dark, light = 0, 0, 0, 0
    for square in range(64):
        piece = abs(board[square])
        if piece == 1 or piece == 4 or piece == 5:
            return False
        if piece == 2:
            knights += 1
        elif piece == 3:
            bishops += 1
            if ((square & 7) + (square >> 3)) & 1:
                light += 1
            else:
                dark += 1
    return knights + bishops <= 1 or (knights == 0 and (dark == 0 or light == 0))


@njit
def refresh(board: Bytes, state: Ints, history: Hashes, legal: NDArray[np.int16]) -> tuple[int, int]:
    """Take stock after a move: legal moves, history, and whether the game is over.

    Args:
        board: (64,).
        state: (8,).
        history: (128,) hashes of positions since the last move that cannot be taken back; this one is added.
        legal: (218,), where the ids go; unused places become -1.

    Returns:
        How many legal moves there are, and how the game stands.
    """
    count = legal_moves(board, state, legal)
    legal[count:] = -1
    code = position_hash(board, state)
    times = 1
    seen = state[SEEN]
    for i in range(seen):
        if history[i] == code:
            times += 1
    if seen < HISTORY:
        history[seen] = code
        state[SEEN] = seen + 1
    if count == 0 and attacked(board, state[KING]):
        return count, CHECKMATE
    if insufficient(board):
        return count, INSUFFICIENT
    if count == 0:
        return count, STALEMATE
    if state[CLOCK] >= CLOCK_MOST:
        return count, FIFTY
    return count, THREEFOLD if times >= 3 else RUNNING
