"""Forced mates in one, two and three moves, found and refuted by looking at everything.

A position is said to be a mate in n where its mover mates in n own moves whatever the other side does, and not in
fewer. Draws by the clock or by repetition play no part: within three moves they hardly come about.

The search keeps its boards in a `Room`: one level a ply, so that nothing is allocated on the way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadConfig
from .draws import below
from .jit import njit
from .kernel import COLUMNS, EP, KING, KNIGHT_STEPS, RAYS, Bytes, Ints, attacked, legal_moves, make
from .moves import MOST, PLANES, TO

LONGEST = 3
"""the longest mate that is looked for"""
LEVELS = 2 * LONGEST + 1
_STRAIGHT, _DIAGONAL, _JUMP, _SCREEN, _BLOCK = 1, 2, 4, 8, 16
"""of a square, seen from the other king: in open sight along a rank or file, along a diagonal, a knight's jump away; it
holds the own piece that stands between an own line piece and the king; or any own piece nearest to the king"""
Moves = NDArray[np.int16]
_SHAPES: tuple[tuple[int, Any], ...] = ((64, np.int8), (COLUMNS, np.int64), (MOST, np.int16))
_REACH = (0, 0, _JUMP, _DIAGONAL, _STRAIGHT, _DIAGONAL | _STRAIGHT, 0)
"""by piece: the marks from where it gives check"""
Room = tuple[Bytes, Ints, Moves, Bytes, Ints, Ints]
"""boards (7, 64), states (7, 8), legal moves (7, 218), marks (64,), how many moves (7,), which is next (7,)"""


def room(board: Bytes | None = None, state: Ints | None = None) -> Room:
    """Space for one search at a time, with a position on its first level if one is given: (64,), (8,)."""
    boards, states, legal = (np.zeros((LEVELS, width), kind) for width, kind in _SHAPES)
    if board is not None and state is not None:
        boards[0], states[0] = board, state
    return boards, states, legal, np.zeros(64, np.int8), np.zeros(LEVELS, np.int64), np.zeros(LEVELS, np.int64)


def mates_in(board: Bytes, state: Ints, most: int = LONGEST) -> int:
    """In how many moves the mover mates whatever the other side does; 0 where it takes more than `most`, or forever.

    Args:
        board: (64,), see `kernel`.
        state: (8,).
        most: 1 to 3.
    """
    return int(shortest(room(board, state), asked(most)))


def keeps_mate(board: Bytes, state: Ints, move: int, n: int) -> bool:
    """Whether a legal move mates, or lets its side mate in at most n - 1 further moves whatever the other does."""
    return bool(_keeps(room(board, state), int(move), asked(n)))


def mating_moves(board: Bytes, state: Ints, n: int) -> Moves:
    """The ids of all moves that keep a mate in n, ascending: (k,)."""
    keys: Moves = np.zeros(MOST, np.int16)
    return keys[: _keys(room(board, state), asked(n), keys)]


def best_defence(board: Bytes, state: Ints, key: int, ply: int, most: int = LONGEST) -> int:
    """The reply after which the other side's mate takes longest, of those as good one by `draws.below`.

    Args:
        board: (64,), the defender to move, who is not mated.
        state: (8,).
        key: of the episode, 0 to 2^62 - 1.
        ply: with the key, it decides between equals.
        most: longest mate that is told from none, 1 to 3.

    Returns:
        The id of a legal move.
    """
    legal: Moves = np.zeros(MOST, np.int16)
    space = room()
    count = legal_moves(board.copy(), state.copy(), legal)
    lengths = np.zeros(count, np.int64)
    for i in range(count):
        space[0][0], space[1][0] = board, state
        make(space[0][0], space[1][0], legal[i])
        lengths[i] = shortest(space, asked(most)) or LONGEST + 1
    best = np.flatnonzero(lengths == lengths.max())
    return int(legal[best[below(key, ply, len(best))]])


@njit
def _keys(room: Any, n: int, into: Moves) -> int:
    """`mating_moves` for the board on the first level of a room, and how many there are."""
    count, found = legal_moves(room[0][0], room[1][0], room[2][0]), 0
    for i in range(count):
        if _keeps(room, room[2][0, i], n):
            into[found] = room[2][0, i]
            found += 1
    return found


@njit
def keeps_all(room: Any, boards: Bytes, states: Ints, moves: Ints, lengths: Ints, kept: NDArray[np.bool_]) -> None:
    """`keeps_mate` for many boards, with one `room` for all: (k, 64), (k, 8), (k,), (k,) into (k,)."""
    for i in range(len(moves)):
        room[0][0], room[1][0] = boards[i], states[i]
        kept[i] = _keeps(room, moves[i], lengths[i])


def asked(n: int) -> int:
    """The number of moves of a mate, 1 to 3. Raises BadConfig for another."""
    if not 1 <= n <= LONGEST:
        raise BadConfig(f"mate in {n}: expected 1 to {LONGEST}")
    return n


@njit
def shortest(room: Any, most: int) -> int:
    """`mates_in` for the board on the first level of a room."""
    for n in range(1, most + 1):
        if _search(room, 0, n):
            return n
    return 0


@njit
def _keeps(room: Any, move: int, n: int) -> bool:
    """`keeps_mate` for the board on the first level of a room."""
    _step(room[0], room[1], 0, move)
    return _search(room, 1, n)


@njit
def _mark(board: Bytes, marks: Bytes) -> None:
    """Mark the squares from which the other king could be checked."""
    king = 63
    while king > 0 and board[king] != -6:
        king -= 1
    marks[:] = 0
    for i in range(8):
        if KNIGHT_STEPS[king, i] >= 0:
            marks[KNIGHT_STEPS[king, i]] = _JUMP
    for direction in range(8):
        line = _DIAGONAL if direction & 1 else _STRAIGHT
        screen = -1
        for n in range(8):
            reached = RAYS[king, direction, n]
            if reached < 0:
                break
            piece = board[reached]
            if screen < 0:
                marks[reached] |= line
            if piece > 0 and screen < 0:
                screen = reached
                marks[reached] |= _BLOCK
            elif piece != 0:
                if screen >= 0 and (piece == 5 or piece == (3 if direction & 1 else 4)):
                    marks[screen] |= _SCREEN
                break


@njit
def _may_check(piece: int, start: int, end: int, ep: int, left: int, reached: int) -> bool:
    """Whether a legal move can give check; of castling and captures in passing it says yes.

    Args:
        piece: that moves.
        start: the square it leaves.
        end: the square it reaches.
        ep: `state[EP]`.
        left: marks of the square it leaves.
        reached: marks of the square it reaches.
    """
    if left & _SCREEN:
        return True
    if piece == 1:
        if end >= 56:
            return reached != 0 or left & _BLOCK != 0
        return reached & _DIAGONAL != 0 or (end == ep and (end - start) & 7 != 0)
    if piece == 6:
        return end - start == 2 or start - end == 2
    return reached & _REACH[piece] != 0


@njit
def _mated(board: Bytes, state: Ints, legal: Moves) -> bool:
    """Whether the mover is mated."""
    king = 0
    while king < 63 and board[king] != 6:
        king += 1
    if not attacked(board, king):
        return False
    board[king] = 0
    for direction in range(8):  # a step of the king is the commonest way out, and the cheapest to look for
        end = RAYS[king, direction, 0]
        if end >= 0 and board[end] <= 0:
            taken = board[end]
            board[end] = 6
            safe = not attacked(board, end)
            board[end] = taken
            if safe:
                board[king] = 6
                return False
    board[king] = 6
    return legal_moves(board, state, legal) == 0


@njit
def _step(boards: Bytes, states: Ints, at: int, move: int) -> None:
    """Put the board after a move on the next level."""
    boards[at + 1] = boards[at]
    states[at + 1] = states[at]
    make(boards[at + 1], states[at + 1], move)


@njit
def _search(room: Any, first: int, n: int) -> bool:
    """Whether the side that moves on even levels mates, whatever the other does.

    Written as a loop, for numba cannot keep functions on disk that call themselves.

    Args:
        room: with the board of level `first` set up.
        first: 0 or 1: where to begin.
        n: how many moves it has from level 0 on.
    """
    boards, states, legal, _, counts, places = room
    level, entered, won = first, True, False
    while True:
        attacks = level & 1 == 0
        if entered:
            counts[level] = legal_moves(boards[level], states[level], legal[level])
            places[level] = 0
            entered = False
            if attacks:
                won = _mates_at_once(room, level) >= 0
            else:
                won = counts[level] == 0 and attacked(boards[level], states[level, KING])
            done = won or counts[level] == 0 or level // 2 == n - 1
        else:
            done = won == attacks or places[level] == counts[level]
        if done:
            if level == first:
                return won
            level -= 1
        else:
            _step(boards, states, level, legal[level, places[level]])
            places[level] += 1
            level, entered = level + 1, True


@njit
def _mates_at_once(room: Any, at: int) -> int:
    """The first of a level's moves that mates, -1 if none does."""
    boards, states, legal, marks, counts, _ = room
    board, state, moves = boards[at], states[at], legal[at]
    _mark(board, marks)
    for i in range(counts[at]):
        start, end = moves[i] // PLANES, TO[moves[i]]
        if _may_check(board[start], start, end, state[EP], marks[start], marks[end]):
            _step(boards, states, at, moves[i])
            if _mated(boards[at + 1], states[at + 1], legal[at + 1]):
                return int(moves[i])
    return -1


@njit
def checks(room: Any) -> int:
    """How many moves of the board on the first level may give check, from above; they come first in its list."""
    boards, states, legal, marks, _, _ = room
    board, state, moves = boards[0], states[0], legal[0]
    count = legal_moves(board, state, moves)
    _mark(board, marks)
    found = 0
    for i in range(count):
        start, end = moves[i] // PLANES, TO[moves[i]]
        if _may_check(board[start], start, end, state[EP], marks[start], marks[end]):
            moves[found] = moves[i]
            found += 1
    return found


@njit
def check_mates(room: Any, n: int) -> bool:
    """Whether the mover of the board on the first level can mate within n moves beginning with a check."""
    for i in range(checks(room)):  # noqa: SIM110 - numba compiles no generators
        if _keeps(room, room[2][0, i], n):
            return True
    return False
