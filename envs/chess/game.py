"""`Reason-Chess-v0`: a game against an opponent of the level."""

from __future__ import annotations

import chess
import numpy as np
from numpy.typing import NDArray

from ...tasks.chess import perfect
from ...tasks.chess.boards import arrays
from ...tasks.chess.players import Player, parted
from ...tasks.chess.positions import checked
from ...tasks.chess.setting import read
from ...tasks.chess.tables import holding
from ...tasks.problem import Level
from .games import Games, Ints, Script
from .opponents import opponent

_WORTH = np.array([0, 1, 3, 3, 5, 9, 0], np.float64)
"""of pieces, in pawns"""
_SHAPING = 0.02
"""of a pawn, in games won"""


class GameScript(Script):
    """The opponent that a problem names answers; draws and defeats are those of the rules."""

    task = "chess"
    event = "Reason-Chess-v0"

    def __init__(self) -> None:
        self._players: dict[str, Player] = {}

    def ready(self, level: Level) -> None:
        """See Script. Raises UnknownName, BadConfig, BadMaterial."""
        game = read(level)
        for name in game.opponent:
            self._player(name)
            if parted(name)[0] == perfect.NAME:
                holding(arrays(checked(game.fen or chess.STARTING_FEN))[0][None])

    def seat(self, player: Player) -> None:
        """Who plays where a level names an opponent so."""
        self._players[player.name] = player

    def _player(self, name: str) -> Player:
        if name not in self._players:
            self._players[name] = opponent(name)
        return self._players[name]

    def replies(self, games: Games, rows: Ints) -> Ints:
        """See Script."""
        names = np.array([games.facts(row)["opponent"] for row in rows.tolist()])
        moves = np.full(len(rows), -1)
        for name in dict.fromkeys(names.tolist()):
            mine = names == name
            keys = games.keys[rows[mine]].astype(np.uint64)
            moves[mine] = self._player(name).choose(games.boards, rows[mine], keys)
        return moves

    def potential(self, games: Games, rows: Ints) -> NDArray[np.float64]:
        """The difference in material, in hundredths: see Script."""
        cells, _ = games.boards.positions(rows)
        balance = np.where(cells > 0, _WORTH[np.abs(cells)], -_WORTH[np.abs(cells)]).sum(1)
        mine = games.boards.white(rows) == games.white[rows]
        return np.asarray(_SHAPING * np.where(mine, balance, -balance))

    def close(self) -> None:
        """See Script."""
        for player in self._players.values():
            getattr(player, "close", lambda: None)()
        self._players = {}
