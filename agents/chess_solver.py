"""The oracle of `Reason-ChessPuzzle-v0`: it knows the line of each puzzle, and finds its place there by the position.

Every agent's info names the problem in `problem_id`; the oracle alone turns that name back into the problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..envs.posing import ACTION_MASK as MASK
from ..tasks.chess.boards import boards
from ..tasks.chess.moves import COMPACT, COMPACT_OF
from ..tasks.chess.view import position_in
from ..tasks.chesspuzzle.posed import position
from ..tasks.problem import Problem
from ..tasks.registry import load
from .agent import Agent, View
from .baselines import problem_of


class SolverTextAgent(Agent):
    """Writes the task's worked solution first, then the line's further moves."""

    name = "oracle"
    view: ClassVar[View] = "text"
    deterministic = True

    def __init__(self) -> None:
        self._answers: list[dict[str, str]] = []

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """A solution or a boxed move a row."""
        self._answers = (self._answers + [{}] * len(infos))[: len(infos)]
        for row, info in enumerate(infos):
            if "problem_id" in info:
                self._answers[row] = _texts(problem_of(info["problem_id"]))
        found = [position_in(text) for text in observations]
        return tuple(
            answers.get(board.board_fen() if board else "", "\\boxed{}")
            for answers, board in zip(self._answers, found, strict=True)
        )


def _texts(problem: Problem) -> dict[str, str]:
    """By where the men stand, what the solver says there."""
    board, answers = position(problem.facts), dict[str, str]()
    for number, uci in enumerate(problem.facts["line"]):
        if number % 2 == 0:
            said = load(problem.task).solution(problem) if number == 0 else f"\\boxed{{{uci}}}"
            answers[board.board_fen()] = said
        board.push_uci(uci)
    return answers


class SolverArrayAgent(Agent):
    """Plays the line's moves."""

    name = "oracle"
    view: ClassVar[View] = "array"
    deterministic = True

    def __init__(self) -> None:
        self._moves: list[dict[bytes, int]] = []

    def act(self, observations: NDArray[np.uint8], infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """The action of a move a row, (n,); 0 beside the line."""
        self._moves = (self._moves + [{}] * len(infos))[: len(infos)]
        for row, info in enumerate(infos):
            if "problem_id" in info:
                self._moves[row] = _moves(problem_of(info["problem_id"]))
        ids = np.array(
            [moves.get(seen.tobytes(), 0) for moves, seen in zip(self._moves, observations, strict=True)], np.int64
        )
        compact = MASK not in infos[0] or len(infos[0][MASK]) == COMPACT
        return np.maximum(COMPACT_OF[ids], 0) if compact else ids


def _moves(problem: Problem) -> dict[bytes, int]:
    """By planes the id of the solver's move."""
    facts, row, line = problem.facts, np.array([0]), boards(1)
    line.place(0, facts["fen"], facts["moves"])
    found = {}
    for number, move in enumerate(facts["ids"]):
        if number % 2 == 0:
            found[line.planes(row)[0].tobytes()] = move
        line.push(row, np.array([move], np.int64))
    return found
