"""The puzzle of a seed as a problem, and the judgement of a move in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from ..chess.notation import judge as judge_move
from ..chess.view import describe
from ..errors import BadLevel
from ..problem import Level, Problem, Split, Verdict
from . import NAME, VERSION
from .rows import chosen
from .setting import Puzzles, read


def posed(split: Split, level: Level, seed: int) -> Problem:
    """The problem of a seed. Raises BadLevel, BadData."""
    asked = read(level)
    if asked.source == "generated":
        facts, kept = _generated(split, asked.lengths[0], asked.lengths[-1], seed)
        board = kept.copy()  # python-chess plays moves on a board to name them, and other threads may want it
    else:
        facts = _row(split, asked, level, seed)
        board = position(facts)
    told = facts["mate"] if asked.source == "generated" or asked.mate else 0
    facts = facts | {
        "white": board.turn,
        "plies": len(facts["line"]),
        "told": told,
        "lead": lead(board.turn, told),
        "view": asked.view,
    }
    question = describe(board, asked.view, facts["lead"])
    return Problem(NAME, VERSION, split, level, seed, question, facts["line"][0], facts)


def position(facts: Mapping[str, Any]) -> chess.Board:
    """The board of a puzzle, with the move that set it up on its stack if there is one."""
    board = chess.Board(facts["fen"])
    for move in facts["moves"]:
        board.push(move_of(move, board))
    return board


def lead(white: bool, mate: int) -> str:
    """What a puzzle asks for: mate in so many moves, or with 0 the best move, which promises nothing."""
    side = "White" if white else "Black"
    goal = f"Mate in {mate} move{'s' if mate > 1 else ''}" if mate else "Find the best move"
    return f"You play {side}. {goal}."


@lru_cache(4096)
def _generated(split: Split, low: int, high: int, seed: int) -> tuple[dict[str, Any], chess.Board]:
    """A mate in low to high moves, each length as likely, with a line against best defence; and its position."""
    key = key_of(f"{NAME} {VERSION} {split} {low}-{high} {seed}")
    mate = low + key % (high - low + 1)
    kept = KernelBoards(1)
    kept.cells[0], kept.states[0] = playouts.find(key, mate, split)
    board = kept.board(0)
    start = board.copy()
    ids: list[int] = []
    line: list[str] = []
    for n in range(mate, 0, -1):
        ids.append(_key_move(board, n))
        line.append(_push(board, ids[-1]))
        if n > 1:
            ids.append(mates.best_defence(*arrays(board), key, len(ids), n - 1))
            line.append(_push(board, ids[-1]))
    facts = {
        "fen": start.fen(),
        "moves": (),
        "source": "generated",
        "mate": mate,
        "line": tuple(line),
        "ids": tuple(ids),
        "key": key,
        "rating": None,
        "themes": (),
    }
    return facts, start


def _key_move(board: chess.Board, n: int) -> int:
    """A move that mates in n: a check rather than another, and of these the first by name.

    A worked solution, which goes through the checks by name, comes to it first.
    """
    position = arrays(board)
    if n == 1:
        keys: list[int] = mates.mating_moves(*position, 1).tolist()
        return min(keys, key=lambda move: move_of(move, board).uci())
    moves = sorted(board.legal_moves, key=lambda move: (not board.gives_check(move), move.uci()))
    return next(move for move in (id_of(each, board) for each in moves) if mates.keeps_mate(*position, move, n))


def _push(board: chess.Board, move: int) -> str:
    made = move_of(move, board)
    board.push(made)
    return made.uci()


def _ids(board: chess.Board, line: Sequence[str]) -> tuple[int, ...]:
    """The ids of moves that follow one another; the board is moved on."""
    found = []
    for uci in line:
        move = chess.Move.from_uci(uci)
        found.append(id_of(move, board))
        board.push(move)
    return tuple(found)


def _row(split: Split, asked: Puzzles, level: Level, seed: int) -> dict[str, Any]:
    rows = chosen(asked, split)
    if not rows:
        raise BadLevel(f"level {level!r}: expected rows of the split {split!r}, found none of {asked}")
    row: Row = rows[seed % len(rows)]
    ids = _ids(chess.Board(row.fen), row.moves)
    return {
        "fen": row.fen,
        "moves": ids[:1],
        "source": "lichess",
        "mate": row.mate,
        "line": row.moves[1:],
        "ids": ids[1:],
        "key": key_of(row.id),
        "rating": row.rating,
        "themes": row.themes,
        "row": row.id,
        "url": row.url,
    }


def judge(problem: Problem, answer: str) -> Verdict:
    """Whether the move of a completion is right. Never raises."""
    board = position(problem.facts)
    return judge_move(answer, board, lambda move: _is_right(problem.facts, board, move))


def _is_right(facts: Mapping[str, Any], board: chess.Board, move: chess.Move) -> bool:
    if facts["source"] == "generated":
        return mates.keeps_mate(*arrays(board), id_of(move, board), facts["mate"])
    if move.uci() == facts["line"][0]:
        return True
    board.push(move)
    return board.is_checkmate()


def encode_problem(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """See the task's `encode`."""
    return encoded(position(problem.facts))
