"""What the two views of a single episode of chess have in common: its game, what is told at its end, pictures."""

from __future__ import annotations

from typing import Any, TypeVar

import chess
import numpy as np

from ...tasks.problem import Level
from ..guard import FAILED
from ..posing import REWARDS, PosedEnv, Poser, check_choice, final_info
from .games import FAILURE, OPPONENT_ERROR, Games, Script
from .picture import Window, ansi, rgb_array

Observation = TypeVar("Observation")
Action = TypeVar("Action")
MODES = ("ansi", "rgb_array", "human")
ROW = np.array([0])


class ChessEnv(PosedEnv[Observation, Action]):
    """One game; see the views."""

    metadata: dict[str, Any] = {"render_modes": list(MODES), "render_fps": 2}  # noqa: RUF012 - its declaration
    _volatile: tuple[str, ...] = ("problem", "played")

    def __init__(self, script: Script, split: str, level: Level, reward: str, render_mode: str | None) -> None:
        super().__init__(Poser(script.task, split, level), render_mode)
        self.reward = check_choice("reward", reward, REWARDS)
        script.ready(self.poser.level)
        self.games = Games(1, script, reward == "shaped")
        self._window: Window | None = None

    @property
    def played(self) -> dict[str, Any]:
        """The game, to be saved and restored."""
        return self.games.get_state()

    @played.setter
    def played(self, state: dict[str, Any]) -> None:
        self.games.set_state(state)

    def _begin(self, seed: int | None, options: dict[str, Any] | None) -> dict[str, Any]:
        info = self._pose(seed, options)
        self.games.begin([0], [self.problem])
        self._show()
        return info

    @property
    def _over(self) -> bool:
        return bool(self.games.over[0])

    def _paid(self, info: dict[str, Any]) -> tuple[float, bool, bool, dict[str, Any]]:
        """Reward, terminated, truncated and info of the step just made."""
        games = self.games
        reward, broken = float(games.rewards[0]), bool(games.broken[0])
        if self.reward == "shaped":
            shaping = float(games.shaping[0])
            info["reward_terms"] = {"outcome": reward - shaping, "shaping": shaping}
        self._show()
        return reward, self._over and not broken, broken, info

    def _final(self, counts: dict[str, int]) -> dict[str, Any]:
        games = self.games
        info = final_info(self.problem, games.verdict(0), games.last(0))
        info |= {"termination": games.terminations[0], "counts": counts, **games.script.told(games, 0)}
        if games.terminations[0] == OPPONENT_ERROR:
            info[FAILED] = FAILURE
        if self.render_mode is not None:
            info["pgn"] = games.record(0)
        return info

    def board(self) -> chess.Board:
        """The position, with the moves that led to it. Raises ResetNeeded."""
        self._check_posed("board")
        return self.games.replayed(0)

    def _rendered(self) -> Any:
        """The board: a text, pixels (400, 400, 3), or None where a window shows it."""
        if self.render_mode == "ansi":
            return ansi(self.board(), self._side)
        if self.render_mode == "rgb_array":
            board = self.board()
            return rgb_array(board, last=board.peek() if board.move_stack else None, orientation=self._side)
        return None

    @property
    def _side(self) -> bool:
        return bool(self.games.white[0])

    def _show(self) -> None:
        if self.render_mode == "human":
            self._window = self._window or Window()
            board = self.board()
            self._window.show(board, board.peek() if board.move_stack else None, self._side)

    def close(self) -> None:
        """Close the window, and what the opponent needs."""
        if self._window is not None:
            self._window.close()
            self._window = None
        self.games.script.close()


def counts_of(moves: int, illegal: int = 0, unparsable: int = 0, requests: int = 0) -> dict[str, int]:
    """What an agent did in an episode: legal moves, illegal and unreadable ones, and how often it asked for a list."""
    return {"moves": moves, "illegal": illegal, "unparsable": unparsable, "requests": requests}
