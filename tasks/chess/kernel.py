"""The rules of chess on plain arrays, for many boards at once.

A board is kept as its mover sees it: `board` (64,) int8 has the mover's pieces as 1 to 6 (pawn, knight, bishop, rook,
queen, king) and the other side's as -1 to -6, square 0 being the left end of the mover's first rank; after a move it
is turned round. `state` (8,) int64 holds the rest, see the names below. `python-chess` has the last word on every rule;
the tests walk both in step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .moves import DIRECTIONS, JUMPS, PLANES, PROMOTION, TO

WHITE, CASTLE, EP, CLOCK, PLY, SEEN, LEGAL_EP, KING = range(8)
"""columns of `state`: White to move; castling rights as bits 1, 2 of the mover's king's and queen's side and 4, 8 of
the other's; the square behind a pawn that just moved two squares, or -1; plies since a capture or pawn move; plies
since the beginning of the game, by the number that the FEN gave its first move; positions in `history`; whether a pawn
can legally capture in passing; the mover's king"""
COLUMNS = 8
Bytes = NDArray[np.int8]
Ints = NDArray[np.int64]


def _rays() -> tuple[Bytes, Bytes, Bytes]:
    """By square and direction the squares one after the other, and where king and knight go from it; -1: no more."""
    rays, king, knight = np.full((64, 8, 8), -1, np.int8), np.full((64, 8), -1, np.int8), np.full((64, 8), -1, np.int8)
    for square in range(64):
        base = square * PLANES
        for direction in range(len(DIRECTIONS)):
            reached = TO[base + 7 * direction : base + 7 * direction + 7]
            rays[square, direction, :7] = reached
            king[square, direction] = reached[0]
        knight[square] = TO[base + 56 : base + 56 + len(JUMPS)]
    return rays, king, knight


RAYS, KING_STEPS, KNIGHT_STEPS = _rays()
_RIGHTS = np.full(64, 15, np.int64)
"""castling rights that survive a move from or to a square: the corners and both kings' squares"""
_RIGHTS[[0, 4, 7, 56, 60, 63]] = 13, 12, 14, 7, 3, 11


@njit
def attacked(board: Bytes, square: int) -> bool:
    """Whether the other side attacks a square."""
    rank, file = square >> 3, square & 7
    if rank < 7:
        if file > 0 and board[square + 7] == -1:
            return True
        if file < 7 and board[square + 9] == -1:
            return True
    for i in range(8):
        reached = KNIGHT_STEPS[square, i]
        if reached >= 0 and board[reached] == -2:
            return True
    for direction in range(8):
        for n in range(8):
            reached = RAYS[square, direction, n]
            if reached < 0:
                break
            piece = board[reached]
            if piece != 0:
                if piece == -5 or piece == (-3 if direction & 1 else -4) or (piece == -6 and n == 0):
                    return True
                break
    return False


@njit
def _stays_safe(board: Bytes, king: int, start: int, end: int, ep: int) -> bool:
    """Whether a move leaves the own king unattacked; the board is as before afterwards."""
    piece, taken = board[start], board[end]
    passing = piece == 1 and end == ep and taken == 0 and (end - start) & 7 != 0
    board[end], board[start] = piece, 0
    if passing:
        board[end - 8] = 0
    safe = not attacked(board, end if piece == 6 else king)
    board[start], board[end] = piece, taken
    if passing:
        board[end - 8] = -1
    return safe


@njit
def legal_moves(board: Bytes, state: Ints, into: NDArray[np.int16]) -> int:
    """The ids of all legal moves, ascending.

    Args:
        board: (64,).
        state: (8,); `LEGAL_EP` and `KING` are brought up to date.
        into: (218,) at least.

    Returns:
        How many there are.
    """
    king = 0
    while king < 63 and board[king] != 6:
        king += 1
    state[KING], state[LEGAL_EP] = king, 0
    check = attacked(board, king)
    shields = _shields(board, king)
    count = 0
    for start in range(64):
        piece = board[start]
        if piece <= 0:
            continue
        risky = check or (shields >> np.uint64(start)) & np.uint64(1) != 0
        if piece == 1:
            count = _pawn_moves(board, state, start, risky, into, count)
        elif piece == 2:
            for i in range(8):
                end = KNIGHT_STEPS[start, i]
                if end >= 0 and board[end] <= 0 and (not risky or _stays_safe(board, king, start, end, -1)):
                    into[count] = start * PLANES + 56 + i
                    count += 1
        elif piece == 6:
            count = _king_moves(board, state[CASTLE], king, check, into, count)
        else:
            count = _line_moves(board, king, start, risky, into, count)
    return count


@njit
def _shields(board: Bytes, king: int) -> Any:
    """The squares of own pieces that alone stand between their king and a queen, rook or bishop: 64 bits."""
    shields = np.uint64(0)
    for direction in range(8):
        shield = -1
        for n in range(8):
            reached = RAYS[king, direction, n]
            if reached < 0:
                break
            piece = board[reached]
            if piece > 0:
                if shield >= 0:
                    break
                shield = reached
            elif piece < 0:
                if shield >= 0 and (piece == -5 or piece == (-3 if direction & 1 else -4)):
                    shields |= np.uint64(1) << np.uint64(shield)
                break
    return shields


@njit
def _king_moves(board: Bytes, castle: int, king: int, check: bool, into: NDArray[np.int16], count: int) -> int:
    base = king * PLANES
    for direction in range(8):
        end = KING_STEPS[king, direction]
        if end >= 0 and board[end] <= 0 and _stays_safe(board, king, king, end, -1):
            into[count] = base + 7 * direction
            count += 1
        if direction == 2 and castle & 1 and not check and _can_castle(board, king, 1, 2):
            into[count] = base + 15
            count += 1
        if direction == 6 and castle & 2 and not check and _can_castle(board, king, -1, 3):
            into[count] = base + 43
            count += 1
    return count


@njit
def _line_moves(board: Bytes, king: int, start: int, risky: bool, into: NDArray[np.int16], count: int) -> int:
    piece = board[start]
    first, step = (1 if piece == 3 else 0), (1 if piece == 5 else 2)
    for direction in range(first, 8, step):
        for n in range(8):
            end = RAYS[start, direction, n]
            if end < 0 or board[end] > 0:
                break
            if not risky or _stays_safe(board, king, start, end, -1):
                into[count] = start * PLANES + 7 * direction + n
                count += 1
            if board[end] != 0:
                break
    return count


@njit
def _pawn_moves(board: Bytes, state: Ints, start: int, risky: bool, into: NDArray[np.int16], count: int) -> int:
    king, ep, base, file = state[KING], state[EP], start * PLANES, start & 7
    last = start >> 3 == 6
    allowed = 0  # bits 1: to the left, 2: straight on, 4: to the right
    if board[start + 8] == 0:
        if not risky or _stays_safe(board, king, start, start + 8, ep):
            allowed |= 2
            into[count] = base
            count += 1
        if (
            start >> 3 == 1
            and board[start + 16] == 0
            and (not risky or _stays_safe(board, king, start, start + 16, ep))
        ):
            into[count] = base + 1
            count += 1
    for side in range(2):
        x = 1 if side == 0 else -1
        if not 0 <= file + x < 8:
            continue
        end = start + 8 + x
        passing = end == ep and board[end] == 0
        if not (board[end] < 0 or passing):
            continue
        if (risky or passing) and not _stays_safe(board, king, start, end, ep):
            continue
        if passing:
            state[LEGAL_EP] = 1
        allowed |= 4 if x > 0 else 1
        into[count] = base + (7 if x > 0 else 49)
        count += 1
    if last:
        for side in range(3):
            if allowed >> side & 1:
                for k in range(3):
                    into[count] = base + 64 + 3 * side + k
                    count += 1
    return count


@njit
def _can_castle(board: Bytes, king: int, step: int, between: int) -> bool:
    for n in range(1, between + 1):
        if board[king + step * n] != 0:
            return False
    return not attacked(board, king + step) and not attacked(board, king + 2 * step)


@njit
def make(board: Bytes, state: Ints, move: int) -> None:
    """Play a legal move and turn the board round.

    For White on the left of square 4 and Black on the left of square 60, both kings stand on file e: a king's move of
    two squares is castling.
    """
    start, end, promotion = move // PLANES, TO[move], PROMOTION[move]
    piece = board[start]
    clock = 0 if piece == 1 or board[end] != 0 else state[CLOCK] + 1
    rights = state[CASTLE] & _RIGHTS[start] & _RIGHTS[end]
    ep = -1
    board[start] = 0
    if piece == 1:
        if end == state[EP] and board[end] == 0 and (end - start) & 7 != 0:
            board[end - 8] = 0
        if end >> 3 == 7:
            piece = promotion if promotion else 5
        if end - start == 16:
            ep = (start + 8) ^ 56
    elif piece == 6 and (end - start == 2 or start - end == 2):
        if end > start:
            board[end + 1], board[end - 1] = 0, 4
        else:
            board[end - 2], board[end + 1] = 0, 4
    board[end] = piece
    if clock == 0 or rights != state[CASTLE]:
        state[SEEN] = 0
    state[WHITE] = 1 - state[WHITE]
    state[CASTLE] = (rights >> 2) | ((rights & 3) << 2)
    state[EP], state[CLOCK] = ep, clock
    state[PLY] += 1
    for square in range(32):
        mirrored = square ^ 56
        board[square], board[mirrored] = -board[mirrored], -board[square]
