"""Games of chess side by side, as one agent plays them: its move, the answer, and how the game stands.

What games, puzzles and endgames have of their own, a `Script` says. Single and batched environments, of text and of
arrays, all play through `Games`, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import chess
import numpy as np
from numpy.typing import NDArray

from ...tasks.chess.boards import Boards, boards, move_of
from ...tasks.chess.outcome import CHECKMATE, RUNNING
from ...tasks.chess.records import pgn
from ...tasks.problem import Level, Problem, Reason, Verdict

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
ENDS = ("", "checkmate", "insufficient_material", "stalemate", "fifty_moves", "threefold_repetition")
"""terminations by the kernel's codes"""
OPPONENT_ERROR = "opponent_error"
"""termination of an episode whose opponent gave no move; it counts for nobody"""
FAILURE = "the opponent failed twice in a row"
_VERDICTS: dict[str, Reason] = {"illegal": "illegal", "unparsable": "unparsable"}


class Script:
    """What an environment adds to the rules. The methods see some rows of the games and answer for each of them."""

    task: str
    event: str
    """how its games are called"""
    loss = -1.0
    """reward of a game that is lost or forfeited"""
    opponent = "opponent"
    """name of the other side in records, where the problem has no `opponent`"""

    def ready(self, level: Level) -> None:
        """Make what a level's episodes need, so that what is missing is said when the environment is made."""

    def right(self, games: Games, rows: Ints, moves: Ints) -> Flags:
        """Whether the agent's moves, not yet played, may go on: (k,). A wrong one ends the episode."""
        return np.ones(len(rows), np.bool_)

    def solved(self, games: Games, rows: Ints) -> Flags:
        """Whether the agent's moves, just played, were the last that was asked for: (k,). A mate always is."""
        return np.zeros(len(rows), np.bool_)

    def replies(self, games: Games, rows: Ints) -> Ints:
        """The ids of the other side's moves: (k,), -1 where it failed."""
        raise NotImplementedError

    def potential(self, games: Games, rows: Ints) -> NDArray[np.float64]:
        """How good the agent's positions are, for `reward="shaped"`: (k,)."""
        return np.zeros(len(rows))

    def lead(self, games: Games, row: int) -> str:
        """What the position at hand is about, in words."""
        return str(games.facts(row)["lead"])

    def told(self, games: Games, row: int) -> dict[str, Any]:
        """What is told besides when an episode is over."""
        return {}

    def close(self) -> None:
        """Let go of what it holds, such as the process of an engine."""


class Games:
    """n games. `begin` sets rows up, `play` takes the agent's moves and answers them, `forfeit` ends a row."""

    def __init__(self, count: int, script: Script, shaped: bool = False) -> None:
        self.script = script
        self.shaped = shaped
        self.boards: Boards = boards(count)
        self.problems: list[Problem | None] = [None] * count
        self.lines: list[list[int]] = [[] for _ in range(count)]
        """ids of all moves since the problem's position, its own first moves included"""
        self.keys: Ints = np.zeros(count, np.int64)
        self.white: Flags = np.zeros(count, np.bool_)
        """whether the agent has White"""
        self.plies: Ints = np.zeros(count, np.int64)
        """played in the episode"""
        self.most: Ints = np.zeros(count, np.int64)
        """after which it is broken off"""
        self.moves: Ints = np.zeros(count, np.int64)
        """the agent's"""
        self.over: Flags = np.ones(count, np.bool_)
        self.won: Flags = np.zeros(count, np.bool_)
        self.broken: Flags = np.zeros(count, np.bool_)
        """whether the end is a truncation"""
        self.rewards: NDArray[np.float64] = np.zeros(count)
        """of the last step"""
        self.shaping: NDArray[np.float64] = np.zeros(count)
        """the part of it that is shaping"""
        self.terminations: list[str] = [""] * count
        self.values: NDArray[np.float64] = np.zeros(count)
        """potential of the position at hand"""

    def get_state(self) -> dict[str, Any]:
        """All games, as a copy."""
        return {"boards": self.boards.get_state(), **{name: deepcopy(getattr(self, name)) for name in _KEPT}}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self.boards.set_state(state["boards"])
        for name in _KEPT:
            setattr(self, name, deepcopy(state[name]))

    def begin(self, rows: Sequence[int], problems: Sequence[Problem]) -> None:
        """Set up the positions of problems, and let the other side move where it is its turn."""
        for row, problem in zip(rows, problems, strict=True):
            facts = problem.facts
            self.problems[row] = problem
            self.lines[row] = list(facts["moves"])
            self.boards.place(row, facts["fen"], facts["moves"])
            self.keys[row], self.white[row], self.most[row] = facts["key"], facts["white"], facts["plies"]
            self.terminations[row] = ""
        index = np.array(rows, np.int64)
        for array in (self.plies, self.moves, self.over, self.won, self.broken, self.rewards, self.shaping):
            array[index] = 0
        waiting = index[self.boards.white(index) != self.white[index]]
        if len(waiting):
            self._reply(waiting)
        if self.shaped:
            self.values[index] = self._potential(index)

    def play(self, rows: Ints, moves: Ints) -> None:
        """Play the agent's legal moves and the replies; `over`, `rewards` and the rest then tell how the rows stand.

        Args:
            rows: games that are not over: (k,).
            moves: an id each: (k,).
        """
        self.rewards[rows] = 0
        self._play(rows, moves)
        if self.shaped:
            self._shape(rows)

    def _play(self, rows: Ints, moves: Ints) -> None:
        # An opponent that failed at the first move could not end the episode before it had begun.
        failed = np.array([self.terminations[row] == OPPONENT_ERROR for row in rows.tolist()], np.bool_)
        self._end(rows[failed], OPPONENT_ERROR, broken=True)
        rows, moves = rows[~failed], moves[~failed]
        self.moves[rows] += 1
        right = self.script.right(self, rows, moves)
        for row, move in zip(rows[~right].tolist(), moves[~right].tolist(), strict=True):
            self.lines[row].append(move)  # for the record
        self._end(rows[~right], "wrong_move", lost=True)
        rows, moves = rows[right], moves[right]
        self._push(rows, moves)
        mated = self.boards.ends[rows] == CHECKMATE
        self._end(rows[mated], "checkmate", won=True)
        rows = rows[~mated]
        solved = self.script.solved(self, rows)
        self._end(rows[solved], "solved", won=True)
        rows = self._running(rows[~solved])
        if len(rows):
            self._reply(rows)

    def forfeit(self, row: int, why: str) -> None:
        """End a row that has no move to play: "illegal" or "unparsable", unless its opponent had failed before."""
        rows, failed = np.array([row]), self.terminations[row] == OPPONENT_ERROR
        self._end(rows, OPPONENT_ERROR if failed else why, lost=not failed, broken=failed)
        if self.shaped:
            self._shape(rows)

    def verdict(self, row: int) -> Verdict:
        """What the end of a row means for its problem."""
        won = bool(self.won[row])
        return Verdict(won, "correct" if won else _VERDICTS.get(self.terminations[row], "wrong"))

    def last(self, row: int) -> str:
        """The agent's last move in UCI notation, empty before the first."""
        line = self.replayed(row)
        while line.move_stack:
            move = line.pop()
            if line.turn == bool(self.white[row]) and len(line.move_stack) >= self._before(row):
                return move.uci()
        return ""

    def replayed(self, row: int) -> chess.Board:
        """The position of a row with all moves that led to it."""
        board = chess.Board(self.facts(row)["fen"])
        for move in self.lines[row]:
            board.push(move_of(move, board))
        return board

    def record(self, row: int, agent: str = "agent") -> str:
        """The game as PGN; the round is the problem's id."""
        problem, facts = self.problems[row], self.facts(row)
        assert problem is not None
        players = {True: agent, False: str(facts.get("opponent", self.script.opponent))}
        white = bool(self.white[row])
        headers = {
            "Event": self.script.event,
            "Round": problem.id,
            "White": players[white],
            "Black": players[not white],
        }
        board = self.replayed(row)
        return pgn(facts["fen"], board.move_stack, headers, self.terminations[row], self._result(row))

    def _result(self, row: int) -> str:
        if self.broken[row] or not self.over[row]:
            return "*"
        if self.won[row]:
            return "1-0" if self.white[row] else "0-1"
        drawn = self.terminations[row] in ENDS[2:]
        return "1/2-1/2" if drawn else "0-1" if self.white[row] else "1-0"

    def facts(self, row: int) -> Mapping[str, Any]:
        """What the problem of a row is made of."""
        problem = self.problems[row]
        assert problem is not None
        return problem.facts

    def _before(self, row: int) -> int:
        return len(self.facts(row)["moves"])

    def _reply(self, rows: Ints) -> None:
        moves = self.script.replies(self, rows)
        failed = moves < 0
        for row in rows[failed].tolist():
            self.terminations[row] = OPPONENT_ERROR
        begun = rows[failed][self.moves[rows[failed]] > 0]
        self._end(begun, OPPONENT_ERROR, broken=True)
        rows = rows[~failed]
        self._push(rows, moves[~failed])
        mated = self.boards.ends[rows] == CHECKMATE
        self._end(rows[mated], "checkmate", lost=True)
        self._running(rows[~mated])

    def _push(self, rows: Ints, moves: Ints) -> None:
        self.boards.push(rows, moves)
        self.plies[rows] += 1
        for row, move in zip(rows.tolist(), moves.tolist(), strict=True):
            self.lines[row].append(move)

    def _running(self, rows: Ints) -> Ints:
        """The rows that go on; the others are drawn, or too long."""
        for row in rows[self.boards.ends[rows] != RUNNING].tolist():
            self._end(np.array([row]), ENDS[self.boards.ends[row]])
        rows = rows[~self.over[rows]]
        long = self.plies[rows] >= self.most[rows]
        self._end(rows[long], "length", broken=True)
        return rows[~long]

    def _end(self, rows: Ints, termination: str, won: bool = False, lost: bool = False, broken: bool = False) -> None:
        self.over[rows], self.won[rows], self.broken[rows] = True, won, broken
        self.rewards[rows] = 1.0 if won else self.script.loss if lost else 0.0
        for row in rows.tolist():
            self.terminations[row] = termination

    def _potential(self, rows: Ints) -> NDArray[np.float64]:
        values = np.zeros(len(rows))
        running = ~self.over[rows]
        values[running] = self.script.potential(self, rows[running])
        return values

    def _shape(self, rows: Ints) -> None:
        """Add to the last rewards how much better the positions have become; over an episode that is constant.

        The potential of an end is 0, so that whatever is done from a start adds up to the same (Ng, Harada and Russell
        1999, with a discount of 1).
        """
        now = self._potential(rows)
        self.shaping[rows] = now - self.values[rows]
        self.rewards[rows] += self.shaping[rows]
        self.values[rows] = now


_KEPT = (
    *("problems", "lines", "keys", "white", "plies", "most", "moves"),
    *("over", "won", "broken", "rewards", "shaping", "terminations", "values"),
)
"""what a saved state of `Games` holds besides the boards"""
