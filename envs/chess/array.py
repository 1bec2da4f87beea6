"""The array view of chess: planes in, the number of a move out."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ...tasks.chess.batch import SHAPE
from ...tasks.chess.boards import ACTIONS, Boards
from ...tasks.chess.moves import COMPACT_OF, POSSIBLE
from ...tasks.chess.outcome import CLOCK_MOST
from ...tasks.problem import Level
from ..posing import ACTION_MASK
from .games import Games, Ints, Script
from .single import ROW, ChessEnv, counts_of

Planes = NDArray[np.uint8]
LEGAL_IDS = "legal_ids"
"""key of an info: the legal actions, ascending, then -1: (218,)"""


def spaces(compact: bool) -> tuple[gym.spaces.Box, gym.spaces.Discrete]:
    """Observation and action space."""
    # Not up to 255: Stable-Baselines3 would take the planes for an image, and divide them by it.
    return gym.spaces.Box(0, CLOCK_MOST, SHAPE, np.uint8), gym.spaces.Discrete(ACTIONS[compact])


def to_ids(actions: NDArray[np.int64], compact: bool) -> Ints:
    """Ids of the moves that actions stand for: (k,)."""
    return POSSIBLE[actions] if compact else actions


def legal_actions(boards: Boards, rows: Ints, compact: bool) -> NDArray[np.int16]:
    """The legal actions of some boards, ascending, then -1: (k, 218)."""
    ids = boards.legal[rows]
    return np.where(ids < 0, -1, COMPACT_OF[ids]).astype(np.int16) if compact else ids


def is_legal(boards: Boards, rows: Ints, ids: Ints) -> NDArray[np.bool_]:
    """Whether moves can be played: (k,)."""
    legal: NDArray[np.bool_] = (boards.legal[rows] == ids[:, None]).any(1)
    return legal


def last_planes(games: Games, rows: Ints) -> Planes:
    """What is seen of episodes that are over: the position where they were broken off, else nothing: (k, 18, 8, 8)."""
    planes = games.boards.planes(rows)
    planes[~(games.broken[rows] & (games.boards.white(rows) == games.white[rows]))] = 0
    return planes


class BoardEnv(ChessEnv[Planes, np.int64]):
    """See planes, choose the number of a move.

    Observation: Box (18, 8, 8), uint8, as the mover sees the board: row 0 is its first rank. Planes 0 to 5 are its
        pawns, knights, bishops, rooks, queens and king, 6 to 11 the other side's, 12 the square on which a pawn can be
        captured in passing, 13 to 16 the rights to castle on the king's and on the queen's side, its own and the other
        side's, and 17 the plies since the last capture or pawn move.
    Action: Discrete(1858), the moves that a piece can ever make (`tasks.chess.moves`), or with `compact=False`
        Discrete(4672), all ids of that table. `info["action_mask"]`, int8, marks the legal ones, and
        `info["legal_ids"]`, (218,), lists them, filled up with -1. An illegal move forfeits the episode.
    Episode: one step is the agent's move and the answer to it. `info` at the end carries `verdict`, `correct`, `answer`
        (the last move), `termination`, `counts`, `problem_id`, and with a `render_mode` the game as `pgn`.
    """

    def __init__(
        self,
        script: Script,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        compact: bool = True,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(script, split, level, reward, render_mode)
        self.compact = compact
        self.observation_space, self.action_space = spaces(compact)  # type: ignore[assignment]  # Box knows no type

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Planes, dict[str, Any]]:
        """Set up the position of the seed."""
        info = self._begin(seed, options)
        return self._observe(), {**info, **self._masks()}

    def step(self, action: np.int64) -> tuple[Planes, float, bool, bool, dict[str, Any]]:
        """Play a move and see the answer.

        Raises:
            ResetNeeded: there is no position yet, or the episode is over.
            InvalidAction: not an integer of the action space.
        """
        self._check_posed("step")
        self._check_step(self._over, action)
        move = to_ids(np.array([action], np.int64), self.compact)
        if legal := bool(is_legal(self.games.boards, ROW, move)[0]):
            self.games.play(ROW, move)
        else:
            self.games.forfeit(0, "illegal")
        if not self._over:
            return self._observe(), *self._paid(self._masks())
        counts = counts_of(int(self.games.moves[0]), int(not legal))
        return last_planes(self.games, ROW)[0], *self._paid(self._final(counts))

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each action that is a legal move: (n,). Raises ResetNeeded."""
        self._check_posed("action_masks")
        mask: NDArray[np.int8] = self.games.boards.mask(ROW, self.compact)[0]
        return mask

    def _masks(self) -> dict[str, Any]:
        boards = self.games.boards
        return {ACTION_MASK: self.action_masks(), LEGAL_IDS: legal_actions(boards, ROW, self.compact)[0]}

    def _observe(self) -> Planes:
        planes: Planes = self.games.boards.planes(ROW)[0]
        return planes

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "compact": self.compact}
