"""`Reason-ChessPuzzle-v0`: a puzzle played out, its line or against best defence, until a wrong move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...tasks.chess import mates
from ...tasks.chesspuzzle.posed import lead
from .games import Flags, Games, Ints, Script


class PuzzleScript(Script):
    """The whole line is worth 1, anything else nothing.

    In a generated puzzle a move is right that keeps the mate in as many moves as are left, and the reply puts it off as
    long as can be. In a row a move is right that the line has, or that mates, and the line replies.
    """

    task = "chesspuzzle"
    event = "Reason-ChessPuzzle-v0"
    loss = 0.0
    opponent = "puzzle"

    def right(self, games: Games, rows: Ints, moves: Ints) -> Flags:
        """See Script."""
        facts = [games.facts(row) for row in rows.tolist()]
        made = games.plies[rows].tolist()
        generated = np.array([each["source"] == "generated" for each in facts], np.bool_)
        lengths = np.array(
            [each["mate"] - n // 2 if g else 1 for each, n, g in zip(facts, made, generated, strict=True)]
        )
        kept = np.zeros(len(rows), np.bool_)
        cells, states = games.boards.positions(rows)
        mates.keeps_all(mates.room(), cells, states, moves, lengths, kept)
        expected = np.array([each["ids"][n] for each, n in zip(facts, made, strict=True)], np.int64)
        return np.asarray(kept | (~generated & (moves == expected)))

    def solved(self, games: Games, rows: Ints) -> Flags:
        """See Script."""
        return np.asarray(games.plies[rows] >= games.most[rows])

    def lead(self, games: Games, row: int) -> str:
        """In how many moves it is mate from here, where the problem told of a mate: see Script."""
        facts, made = games.facts(row), int(games.plies[row]) // 2
        return lead(facts["white"], facts["told"] and facts["told"] - made)

    def replies(self, games: Games, rows: Ints) -> Ints:
        """See Script."""
        cells, states = games.boards.positions(rows)
        return np.array(
            [self._reply(games, *each) for each in zip(rows.tolist(), cells, states, strict=True)], np.int64
        )

    def _reply(self, games: Games, row: int, cells: NDArray[np.int8], state: Ints) -> int:
        facts, made = games.facts(row), int(games.plies[row])
        if facts["source"] == "lichess":
            return int(facts["ids"][made])
        return mates.best_defence(cells, state, facts["key"], made, facts["mate"] - (made + 1) // 2)
