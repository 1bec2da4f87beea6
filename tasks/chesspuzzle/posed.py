"""The puzzle of a seed as a problem, and the judgement of a move in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import chess
import numpy as np
from numpy.typing import NDArray

from ..chess import mates, playouts
from ..chess.boards import KernelBoards, arrays, id_of, move_of
from ..chess.draws import key_of
from ..chess.encoding import encoded
from ..chess.lichess_rows import Row
from ..chess.notation import read_move
from ..chess.view import describe
from ..errors import BadLevel
from ..problem import Level, Problem, Reason, Split, Verdict
from . import NAME, VERSION
from .rows import chosen
from .setting import Puzzles, read

_REASONS: dict[str, Reason] = {"unparsable": "unparsable", "request": "unparsable", "illegal": "illegal"}


def posed(split: Split, level: Level, seed: int) -> Problem:
    """The problem of a seed. Raises BadLevel, BadData."""
    asked = read(level)
    facts = _generated(split, asked, seed) if asked.source == "generated" else _row(split, asked, level, seed)
    board = position(facts)
    told = facts["mate"] if asked.source == "generated" or asked.mate else 0
    facts |= {
        "white": board.turn,
        "key": key_of(f"{NAME} {VERSION} defence {split} {seed}"),
        "plies": len(facts["line"]),
        "lead": _lead(board.turn, told),
        "view": asked.view,
    }
    question = describe(board, asked.view, facts["lead"])
    return Problem(NAME, VERSION, split, level, seed, question, facts["line"][0], facts)


def position(facts: Mapping[str, Any]) -> chess.Board:
    """The board of a puzzle, with the move that set it up on its stack if there is one."""
    board = chess.Board(facts["fen"])
    for move in facts["moves"]:
        board.push_uci(move)
    return board


def _lead(white: bool, mate: int) -> str:
    side = "White" if white else "Black"
    if not mate:
        return f"You play {side}. Find the best move."
    return f"You play {side}. Mate in {mate} move{'s' if mate > 1 else ''}."


def _generated(split: Split, asked: Puzzles, seed: int) -> dict[str, Any]:
    low, high = asked.lengths[0], asked.lengths[-1]
    fen, mate, line = _found(split, low, high, seed)
    return {"fen": fen, "moves": (), "source": "generated", "mate": mate, "line": line, "rating": None, "themes": ()}


@lru_cache(4096)
def _found(split: Split, low: int, high: int, seed: int) -> tuple[str, int, tuple[str, ...]]:
    """A mate in low to high moves, each length as likely: the position, the length, and a line of best moves."""
    key = key_of(f"{NAME} {VERSION} {split} {low}-{high} {seed}")
    mate = low + key % (high - low + 1)
    kept = KernelBoards(1)
    kept.cells[0], kept.states[0] = playouts.find(key, mate, split)
    board = kept.board(0)
    fen, line = board.fen(), []
    for n in range(mate, 0, -1):
        # Of several that mate the first by name: what a worked solution comes to first.
        move = min(move_of(each, board).uci() for each in mates.mating_moves(*arrays(board), n).tolist())
        board.push_uci(move)
        line.append(move)
        if n > 1:
            reply = move_of(mates.best_defence(*arrays(board), key, len(line), n - 1), board)
            board.push(reply)
            line.append(reply.uci())
    return fen, mate, tuple(line)


def _row(split: Split, asked: Puzzles, level: Level, seed: int) -> dict[str, Any]:
    rows = chosen(asked, split)
    if not rows:
        raise BadLevel(f"level {level!r}: expected rows of the split {split!r}, found none of {asked}")
    row: Row = rows[seed % len(rows)]
    return {
        "fen": row.fen,
        "moves": row.moves[:1],
        "source": "lichess",
        "mate": row.mate,
        "line": row.moves[1:],
        "rating": row.rating,
        "themes": row.themes,
        "row": row.id,
        "url": row.url,
    }


def judge(problem: Problem, answer: str) -> Verdict:
    """Whether the move of a completion is right. Never raises."""
    board = position(problem.facts)
    reading = read_move(answer, board)
    if reading.move is None:
        return Verdict(False, _REASONS[reading.reason])
    right = is_right(problem.facts, board, reading.move)
    return Verdict(right, "correct" if right else "wrong")


def is_right(facts: Mapping[str, Any], board: chess.Board, move: chess.Move, made: int = 0) -> bool:
    """Whether a legal move goes on with the solution.

    Args:
        facts: of the problem.
        board: as it stands.
        move: the solver's.
        made: plies of the solution that were made.
    """
    if facts["source"] == "generated":
        return mates.keeps_mate(*arrays(board), id_of(move, board), facts["mate"] - made // 2)
    if move.uci() == facts["line"][made]:
        return True
    after = board.copy(stack=False)
    after.push(move)
    return after.is_checkmate()


def encode_problem(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """See the task's `encode`."""
    return encoded(position(problem.facts))
