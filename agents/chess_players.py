"""The rungs of the chess ladder as agents: random, greedy, our own engine, Stockfish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import chess
import numpy as np
from numpy.typing import NDArray

from ..envs.chess.opponents import opponent
from ..envs.chess.uci import EngineError
from ..envs.posing import ACTION_MASK as MASK
from ..tasks.chess.boards import board_of, boards, move_of
from ..tasks.chess.draws import key_of
from ..tasks.chess.material import BadMaterial
from ..tasks.chess.moves import COMPACT, COMPACT_OF
from ..tasks.chess.view import position_in
from ..tasks.errors import BadConfig
from .agent import Agent, View, count_repeats


class _PlayerAgent(Agent):
    """Plays each position as the player of a name does, by random numbers from the seeds of its episodes.

    Args:
        name: see `envs.chess.opponents.opponent`.

    Raises:
        UnknownName: there is none of that name.
        BadConfig: Stockfish is not installed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._player = opponent(name)
        self._keys: NDArray[np.uint64] = np.zeros(0, np.uint64)

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Draw from streams of these seeds."""
        self._keys = np.array([self._key(*each) for each in zip(seeds, repeats or count_repeats(seeds), strict=True)])

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:
        """Draw from other streams in some rows."""
        for row, seed, repeat in zip(rows, seeds, repeats, strict=True):
            self._keys[row] = self._key(seed, repeat)

    def _key(self, seed: int, repeat: int) -> np.uint64:
        return np.uint64(key_of(f"agent {self.name} {seed} {repeat}"))

    def _ids(self, positions: Sequence[chess.Board | None]) -> NDArray[np.int64]:
        """A legal move's id a position, -1 where there is none to move in: (n,). Raises BadConfig, EngineError."""
        if len(self._keys) != len(positions):
            self.reset(range(len(positions)))
        table = boards(len(positions))
        rows = np.array([row for row, board in enumerate(positions) if board is not None], np.int64)
        for row in rows.tolist():
            board = positions[row]
            assert board is not None
            table.place(row, board.fen())
        rows = rows[table.counts[rows] > 0]
        ids = np.full(len(positions), -1)
        if len(rows):
            try:
                ids[rows] = self._player.choose(table, rows, self._keys[rows])
            except BadMaterial as error:
                raise BadConfig(f"agent {self.name!r} knows endgames by heart and nothing else: {error}") from None
            if (failed := rows[ids[rows] < 0]).size:  # no defeat: nothing was played
                raise EngineError(f"{self.name} gave no move for {table.fen(failed[0])!r}; see whether its engine runs")
        return ids


class PlayerTextAgent(_PlayerAgent):
    """Reads the position of the question and answers with a move in UCI notation."""

    view: ClassVar[View] = "text"

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """A boxed move a row."""
        positions = [position_in(text) for text in observations]
        moves = zip(self._ids(positions).tolist(), positions, strict=True)
        return tuple(
            f"\\boxed{{{move_of(move, board).uci()}}}" if board is not None and move >= 0 else "\\boxed{}"
            for move, board in moves
        )


class PlayerArrayAgent(_PlayerAgent):
    """Reads the planes; the mover is White to it, whichever it is."""

    view: ClassVar[View] = "array"
    _steps = 0

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Draw from streams of these seeds."""
        super().reset(seeds, repeats)
        self._steps = 0

    def act(self, observations: NDArray[np.uint8], infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """The action of a legal move a row, (n,)."""
        # The planes do not tell how old a game is, and the same number would be drawn at every move of it.
        self._steps += 1
        positions = [board_of(planes, self._steps) if planes.any() else None for planes in observations]
        ids = np.maximum(self._ids(positions), 0)
        compact = MASK not in infos[0] or len(infos[0][MASK]) == COMPACT
        return np.maximum(COMPACT_OF[ids], 0) if compact else ids
