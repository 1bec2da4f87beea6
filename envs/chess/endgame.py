"""`Reason-ChessEndgame-v0`: a won endgame to be won against whoever the level names, at best against best defence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.chess.outcome import CLOCK_MOST
from ...tasks.chess.tables import holding
from ...tasks.chessendgame.setting import read
from ...tasks.problem import Level
from .game import GameScript
from .games import Games, Ints

_SHAPING = 0.05
"""of a ply nearer to the mate, in games won"""


class EndgameScript(GameScript):
    """A mate is worth 1, anything else nothing."""

    task = "chessendgame"
    event = "Reason-ChessEndgame-v0"
    loss = 0.0

    def ready(self, level: Level) -> None:
        """See Script. Raises UnknownName, BadConfig."""
        for name in read(level).opponent:
            self._player(name)

    def potential(self, games: Games, rows: Ints) -> NDArray[np.float64]:
        """Less the plies to mate, in twentieths; a win thrown away is as far as a mate can be: see Script."""
        if not len(rows):
            return np.zeros(0)
        cells, _ = games.boards.positions(rows)
        plies = holding(cells).distances(cells)
        mine = games.boards.white(rows) == games.white[rows]
        wins = (plies >= 0) & ((plies % 2 == 1) == mine)
        return np.asarray(-_SHAPING * np.where(wins, plies, CLOCK_MOST))

    def told(self, games: Games, row: int) -> dict[str, Any]:
        """`optimal`: the moves that the agent needed at best."""
        return {"optimal": (games.facts(row)["distance"] + 1) // 2}
