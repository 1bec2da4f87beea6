"""The built-in opponents' thinking: the greedy capture, and alpha-beta to a fixed depth with a quiet end.

What is chosen depends on the exact minimax values alone, never on the order in which moves were tried: moves are
searched with a window just wide enough to tell all that are nearly best (Knuth and Moore 1975, An analysis of
alpha-beta pruning; killer moves and the history of cuts only order them). So the search has no table of positions and
no state, and the same numbers come out with numba and without.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .evaluation import UNIT, VALUES, evaluate
from .jit import njit
from .kernel import CLOCK, COLUMNS, EP, KING, Bytes, Ints, attacked, legal_moves, make
from .moves import MOST, MOVES, PLANES, PROMOTION, TO
from .outcome import CLOCK_MOST, insufficient

MATE = 10_000_000
"""less the plies until it, what a mate is worth, in the evaluation's steps"""
NEAR = 6 * UNIT
"""moves that are worse than the best by no more than this are as good: a reader could learn a fixed reply by heart"""
QUIET = 6
"""plies of captures and of ways out of check at most, after the last ply of the search"""
_SURE = MATE - 1000
"""beyond this a value is a mate that was seen"""
_ENDLESS = 2 * MATE


class Work(NamedTuple):
    """Room for a search: what stands on each ply, and which moves refuted."""

    boards: Bytes  # (plies, 64)
    states: Ints  # (plies, 8)
    moves: NDArray[np.int16]  # (plies, 218)
    scores: Ints  # (plies, 218), by which moves are tried
    nodes: Ints  # (plies, 5), see ALPHA
    killers: Ints  # (plies, 2)
    cuts: Ints  # (2, 4672) by side and move


ALPHA, BETA, BEST, COUNT, TRIED = range(5)
"""columns of `Work.nodes`: the window, the value so far, how many moves there are, and how many were tried"""


@njit
def _work(depth: int) -> Work:
    plies = depth + QUIET + 2
    return Work(
        np.zeros((plies, 64), np.int8),
        np.zeros((plies, COLUMNS), np.int64),
        np.zeros((plies, MOST), np.int16),
        np.zeros((plies, MOST), np.int64),
        np.zeros((plies, 5), np.int64),
        np.full((plies, 2), -1, np.int64),
        np.zeros((2, MOVES), np.int64),
    )


@njit
def gain(board: Bytes, state: Ints, move: int) -> int:
    """What a move takes and promotes to, in hundredths of a pawn."""
    start, end = move // PLANES, TO[move]
    won = int(VALUES[abs(board[end])])
    if board[start] == 1:
        if end == state[EP] and board[end] == 0 and (end - start) & 7 != 0:
            won = int(VALUES[1])
        if end >> 3 == 7:
            won += VALUES[PROMOTION[move] if PROMOTION[move] else 5] - VALUES[1]
    return won


@njit
def _next(work: Work, ply: int) -> int:
    """Bring the move with the best score of those not yet tried forward, and count it as tried."""
    moves, scores, k = work.moves[ply], work.scores[ply], work.nodes[ply, TRIED]
    best = k
    for i in range(k + 1, work.nodes[ply, COUNT]):
        if scores[i] > scores[best]:
            best = i
    moves[k], moves[best] = moves[best], moves[k]
    scores[k], scores[best] = scores[best], scores[k]
    work.nodes[ply, TRIED] = k + 1
    return int(moves[k])


@njit
def _descend(work: Work, ply: int, move: int) -> None:
    """Put the board after a move on the next ply."""
    work.boards[ply + 1] = work.boards[ply]
    work.states[ply + 1] = work.states[ply]
    make(work.boards[ply + 1], work.states[ply + 1], move)


@njit
def _open_quiet(work: Work, ply: int, last: bool) -> None:
    """Begin a node after the last full ply: captures and queenings, or standing still; in check every way out."""
    board, state, node = work.boards[ply], work.states[ply], work.nodes[ply]
    node[BEST], node[COUNT] = 0, 0
    if insufficient(board):
        return
    king = 0
    while king < 63 and board[king] != 6:
        king += 1
    check = attacked(board, king)
    drawn = state[CLOCK] >= CLOCK_MOST
    if last or not check:
        node[BEST] = 0 if drawn else evaluate(board)
        if last or drawn or node[BEST] >= node[BETA]:
            return
    moves, scores = work.moves[ply], work.scores[ply]
    found = legal_moves(board, state, moves)
    if check:
        if found > 0 and drawn:
            return
        node[BEST] = ply - MATE
    count = 0
    for i in range(found):
        move = int(moves[i])
        won = gain(board, state, move)
        if check or (won > 0 and PROMOTION[move] == 0):
            moves[count], scores[count] = move, 64 * won - VALUES[board[move // PLANES]]
            count += 1
    node[COUNT] = count


@njit
def _open(work: Work, ply: int) -> None:
    """Begin a full node: every legal move, or the value of a game that is over."""
    board, state, moves, node = work.boards[ply], work.states[ply], work.moves[ply], work.nodes[ply]
    count = legal_moves(board, state, moves)
    node[BEST], node[COUNT] = 0, 0
    if count == 0 and attacked(board, state[KING]):
        node[BEST] = ply - MATE
    elif count > 0 and state[CLOCK] < CLOCK_MOST and not insufficient(board):
        node[BEST], node[COUNT] = -_ENDLESS, count
        _order(work, ply)


@njit
def _order(work: Work, ply: int) -> None:
    """Score moves by how likely they refute: captures, what last refuted at this ply, what refuted elsewhere."""
    board, state, moves, scores = work.boards[ply], work.states[ply], work.moves[ply], work.scores[ply]
    for i in range(work.nodes[ply, COUNT]):
        move = int(moves[i])
        won = gain(board, state, move)
        if won > 0:
            scores[i] = (1 << 40) + 64 * won - VALUES[board[move // PLANES]]
        elif move == work.killers[ply, 0]:
            scores[i] = (1 << 39) + 1
        elif move == work.killers[ply, 1]:
            scores[i] = 1 << 39
        else:
            scores[i] = work.cuts[ply & 1, move]


@njit
def _refuted(work: Work, ply: int, left: int) -> None:
    """Remember the move just tried, which was too good for the other side to allow."""
    move = int(work.moves[ply, work.nodes[ply, TRIED] - 1])
    if left > 0 and gain(work.boards[ply], work.states[ply], move) == 0:
        work.cuts[ply & 1, move] += left * left
        if work.killers[ply, 0] != move:
            work.killers[ply, 1], work.killers[ply, 0] = work.killers[ply, 0], move


@njit
def _search(work: Work, left: int, alpha: int, beta: int) -> int:
    """The value of ply 1, `left` plies before the quiet end: negamax, exact between alpha and beta, else a bound.

    A loop and not a recursion, which numba compiles but cannot keep on disk (numba's issue 6061: loaded again, it
    crashes).
    """
    nodes = work.nodes
    nodes[1, ALPHA], nodes[1, BETA] = alpha, beta
    ply, entered = 1, True
    while True:
        if entered:
            nodes[ply, TRIED] = 0
            if ply <= left:
                _open(work, ply)
            else:
                _open_quiet(work, ply, ply > left + QUIET)
        node = nodes[ply]
        if node[TRIED] < node[COUNT] and node[BEST] < node[BETA]:
            _descend(work, ply, _next(work, ply))
            ply, entered = ply + 1, True
            nodes[ply, ALPHA], nodes[ply, BETA] = -node[BETA], -max(node[ALPHA], node[BEST])
            continue
        value = -node[BEST]
        ply, entered = ply - 1, False
        if ply == 0:
            return int(node[BEST])
        if value > nodes[ply, BEST]:
            nodes[ply, BEST] = value
            if value >= nodes[ply, BETA]:
                _refuted(work, ply, left + 1 - ply)


@njit
def values(board: Bytes, state: Ints, depth: int, into: Ints) -> int:
    """What each legal move is worth to the mover.

    Args:
        board: (64,).
        state: (8,), as `kernel` keeps it.
        depth: plies, at least 1.
        into: (4672,), where the values go by id: exact for moves that `choice` may draw, elsewhere a bound from above.

    Returns:
        How many legal moves there are; `into` holds nothing of the others.
    """
    work = _work(depth)
    work.boards[0], work.states[0] = board, state
    count = legal_moves(work.boards[0], work.states[0], work.moves[0])
    work.nodes[0, COUNT] = count
    _order(work, 0)
    for left in range(depth):
        best = -_ENDLESS
        work.nodes[0, TRIED] = 0
        for _ in range(count):
            move = _next(work, 0)
            _descend(work, 0, move)
            into[move] = -_search(work, left, -_ENDLESS, -max(-_ENDLESS, best - _slack(best) - 1))
            best = max(best, into[move])
        # The next depth tries the best moves of this one first.
        for k in range(count):
            work.scores[0, k] = into[work.moves[0, k]]
    return count


@njit
def _slack(best: int) -> int:
    return 0 if abs(best) > _SURE else NEAR


@njit
def choice(moves: NDArray[np.int16], worth: Ints, near: int, draw: int) -> int:
    """One of the moves that are worth the most, or less by no more than `near`.

    Args:
        moves: (k,) ids, ascending.
        worth: (4672,) by id.
        near: what still counts as equal.
        draw: an integer from 0; the moves are drawn by its remainder.
    """
    best = worth[moves[0]]
    for move in moves:
        best = max(best, worth[move])
    count = 0
    for move in moves:
        if worth[move] >= best - near:
            count += 1
    draw %= count
    for move in moves:
        if worth[move] >= best - near:
            if draw == 0:
                return int(move)
            draw -= 1
    return -1


@njit
def engine_all(boards: Bytes, states: Ints, depth: int, draws: Ints, chosen: Ints) -> None:
    """Choose a move on each of some boards by a search of `depth` plies: (k, 64), (k, 8), (k,), into (k,)."""
    worth, moves = np.zeros(MOVES, np.int64), np.zeros(MOST, np.int16)
    for i in range(len(boards)):
        count = legal_moves(boards[i], states[i], moves)
        values(boards[i], states[i], depth, worth)
        best = -_ENDLESS
        for move in moves[:count]:
            best = max(best, worth[move])
        chosen[i] = choice(moves[:count], worth, _slack(best), draws[i])


@njit
def greedy_all(boards: Bytes, states: Ints, draws: Ints, chosen: Ints) -> None:
    """Choose a mate in one if there is one, else what wins the most material: (k, 64), (k, 8), (k,), into (k,)."""
    worth, moves, replies = np.zeros(MOVES, np.int64), np.zeros(MOST, np.int16), np.zeros(MOST, np.int16)
    for i in range(len(boards)):
        count = legal_moves(boards[i], states[i], moves)
        for k in range(count):
            move = int(moves[k])
            board, state = boards[i].copy(), states[i].copy()
            make(board, state, move)
            mate = legal_moves(board, state, replies) == 0 and attacked(board, state[KING])
            worth[move] = MATE if mate else gain(boards[i], states[i], move)
        chosen[i] = choice(moves[:count], worth, 0, draws[i])
