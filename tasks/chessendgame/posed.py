"""The position of a seed as a problem, and the judgement of a move in it."""

from __future__ import annotations

import chess
import numpy as np
from numpy.typing import NDArray

from ..chess.boards import move_of
from ..chess.draws import key_of
from ..chess.encoding import encoded as _encoded
from ..chess.kernel import legal_moves
from ..chess.moves import MOST
from ..chess.notation import judge as judge_move
from ..chess.notation import show
from ..chess.tables import solve
from ..chess.view import describe
from ..problem import Level, Problem, Split, Verdict
from ..stream import Stream
from . import NAME, PLIES, VERSION, working
from .setting import read
from .starts import Start, draw


def posed(split: Split, level: Level, seed: int) -> Problem:
    """The problem of a seed. Raises BadLevel."""
    asked = read(level)
    start = draw(
        Stream(f"{NAME} {VERSION} {split} {asked.positions} {seed}"), asked.material, asked.mate, split, asked.colour
    )
    board, state = _board(start), start.state
    moves = np.full(MOST, -1, np.int16)
    legal_moves(start.cells, state, moves)
    best = solve(start.material).best(start.cells[None], state[None], moves[None])[0]
    key = key_of(f"{NAME} {VERSION} {split} {asked.positions} {seed} opponent")
    lead = _lead(start, asked.at_once)
    facts = {
        "fen": board.fen(),
        "moves": (),
        "white": start.white,
        "opponent": asked.opponent[key % len(asked.opponent)],
        "key": key,
        "plies": PLIES,
        "lead": lead,
        "view": asked.view,
        "material": start.material,
        "distance": 2 * start.mate - 1,
        "at_once": asked.at_once,
        "content": start.content,
    }
    answer = move_of(int(moves[best][0]), board).uci()
    return Problem(NAME, VERSION, split, level, seed, describe(board, asked.view, lead), answer, facts)


def _board(start: Start) -> chess.Board:
    board, flip = chess.Board(None), 0 if start.white else 56
    for square in np.flatnonzero(start.cells).tolist():
        piece = int(start.cells[square])
        board.set_piece_at(square ^ flip, chess.Piece(abs(piece), (piece > 0) == start.white))
    board.turn = start.white
    return board


def _lead(start: Start, at_once: bool) -> str:
    side = "White" if start.white else "Black"
    goal = "Mate in one move." if at_once else "You can force mate: do it in as few moves as you can."
    return f"You play {side} in an endgame. {goal}"


def judge(problem: Problem, answer: str) -> Verdict:
    """Whether the move of a completion keeps the win, or mates where it has to. Never raises."""
    board = chess.Board(problem.facts["fen"])

    def right(move: chess.Move) -> bool:
        board.push(move)
        left = solve(problem.facts["material"]).distance(board)
        return left == 0 if problem.facts["at_once"] else left is not None and left % 2 == 0

    return judge_move(answer, board, right)


def solved(problem: Problem, style: str) -> str:
    """A worked solution that ends in the best move, boxed."""
    facts = problem.facts
    board, notation = chess.Board(facts["fen"]), facts["view"].notation
    lines = (working.worked if style == "worked" else working.brief)(board, facts["material"], notation)
    return "\n".join([*lines, f"\\boxed{{{show(chess.Move.from_uci(problem.answer), board, notation)}}}"])


def encoded(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """See the task's `encode`."""
    return _encoded(chess.Board(problem.facts["fen"]))
