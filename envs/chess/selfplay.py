"""Chess for two learners: a PettingZoo environment of the agent-by-agent kind, on our boards and move numbers.

Agents "white" and "black" see the board from their own side. It differs from PettingZoo's own chess where that errs: a
game is drawn at the third occurrence of a position and at 100 plies, not a move earlier, and who plays an illegal move
loses to the other, who wins (PettingZoo's wrapper pays the other nothing).
"""

from __future__ import annotations

from typing import Any

import chess
import gymnasium as gym
import numpy as np
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from ...tasks.chess import outcome
from ...tasks.chess.batch import SHAPE
from ...tasks.chess.boards import ACTIONS, Backend, boards, move_of
from ...tasks.chess.moves import POSSIBLE
from ...tasks.errors import BadConfig
from .games import ENDS
from .picture import Window, ansi, rgb_array

try:
    from pettingzoo import AECEnv
    from pettingzoo.utils import wrappers
except ImportError:
    raise BadConfig("self-play needs PettingZoo; pip install 'reason-arena[chess]'") from None

AGENTS = ("white", "black")
RENDER_MODES = ("ansi", "rgb_array", "human")
MAX_PLIES = 400
Observation = dict[str, NDArray[Any]]
_ROW = np.array([0])


def env(**options: Any) -> AECEnv:
    """The environment with PettingZoo's checks around it: of the order of calls, and of actions that are no numbers.

    Args:
        options: those of `raw_env`.
    """
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(raw_env(**options)))


class raw_env(AECEnv, EzPickle):  # type: ignore[misc]
    """One game between "white" and "black".

    Observations: "observation", planes as of `Boards.planes`: (18, 8, 8), uint8, from the agent's own side, and
    "action_mask": (4672,) or, with `compact`, (1858,), int8, all zeros for who is not to move. Actions are move ids of
    `tasks/chess/moves.py`, or places in its `POSSIBLE` with `compact`. Rewards: 1, 0, -1 at the end. The last infos
    hold "termination".
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - as PettingZoo has it
        "name": "reason_chess_v0",
        "render_modes": [*RENDER_MODES],
        "is_parallelizable": False,
        "render_fps": 4,
    }

    def __init__(
        self,
        compact: bool = False,
        fen: str = chess.STARTING_FEN,
        max_plies: int = MAX_PLIES,
        render_mode: str | None = None,
        backend: Backend | None = None,
    ) -> None:
        """Set up.

        Args:
            compact: number only the moves that a piece can ever make.
            fen: where games begin, whoever is to move there.
            max_plies: after so many, the game is truncated and nobody is paid.
            render_mode: "ansi", "rgb_array", "human", or None for nothing.
            backend: see `boards`.

        Raises:
            BadConfig: no such `render_mode`, or `max_plies` below 1.
            BadPosition: `fen` is no position.
        """
        EzPickle.__init__(self, compact, fen, max_plies, render_mode, backend)
        if render_mode not in (None, *RENDER_MODES):
            raise BadConfig(f"render_mode={render_mode!r}: expected one of {', '.join(RENDER_MODES)}")
        if max_plies < 1:
            raise BadConfig(f"max_plies={max_plies}: expected at least 1")
        self.render_mode = render_mode
        self._compact, self._fen, self._max_plies = compact, fen, max_plies
        self._boards = boards(1, backend)
        self._boards.place(0, fen)
        self._plies = 0
        self._last: chess.Move | None = None
        self._window: Window | None = None
        self.possible_agents = list(AGENTS)
        self.agents: list[str] = []
        seen = gym.spaces.Dict(
            {
                "observation": gym.spaces.Box(0, 255, SHAPE, np.uint8),
                "action_mask": gym.spaces.Box(0, 1, (ACTIONS[compact],), np.int8),
            }
        )
        self.observation_spaces = {agent: seen for agent in AGENTS}
        self.action_spaces = {agent: gym.spaces.Discrete(ACTIONS[compact]) for agent in AGENTS}

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """The space of an agent's observations, the same object each time."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """The space of an agent's actions, the same object each time."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin a game. Nothing is drawn at random, so `seed` changes nothing; there are no `options`."""
        self._boards.place(0, self._fen)
        self._plies = 0
        self._last = None
        self.agents = list(AGENTS)
        self.rewards = dict.fromkeys(AGENTS, 0.0)
        self._cumulative_rewards = dict.fromkeys(AGENTS, 0.0)
        self.terminations = dict.fromkeys(AGENTS, False)
        self.truncations = dict.fromkeys(AGENTS, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in AGENTS}
        self.agent_selection = self._mover()
        if self._boards.ends[0] != outcome.RUNNING:
            self._end()
            self._accumulate_rewards()
        self._draw()

    def observe(self, agent: str) -> Observation:
        """What an agent sees, whoever is to move."""
        planes = self._boards.planes(_ROW)[0]
        moves = agent == self._mover()
        playing = moves and agent in self.agents and not self.terminations[agent] and not self.truncations[agent]
        mask = self._boards.mask(_ROW, self._compact)[0] if playing else np.zeros(ACTIONS[self._compact], np.int8)
        return {"observation": planes if moves else _other_side(planes), "action_mask": mask}

    def step(self, action: int | None) -> None:
        """Play a move; an illegal one loses the game. After its end each agent steps once more, with None."""
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0.0
        move = self._legal(action)
        if move is None:
            self._finish("illegal", loser=agent)
        else:
            self._push(move)
        self.agent_selection = AGENTS[agent == "white"]
        self._accumulate_rewards()
        self._draw()

    def render(self) -> str | NDArray[np.uint8] | None:
        """The board as text or as pixels; None with "human", where each move is shown as it is made."""
        board = self._boards.board(0)
        if self.render_mode == "ansi":
            return ansi(board)
        if self.render_mode == "rgb_array":
            return rgb_array(board, last=self._last)
        self._draw()
        return None

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None

    def _mover(self) -> str:
        return AGENTS[0] if self._boards.white(_ROW)[0] else AGENTS[1]

    def _legal(self, action: int | None) -> int | None:
        """The id of a legal move, None for any other action."""
        if action is None or not 0 <= int(action) < ACTIONS[self._compact]:
            return None
        move = int(POSSIBLE[action]) if self._compact else int(action)
        return move if move in self._boards.legal[0, : self._boards.counts[0]] else None

    def _push(self, move: int) -> None:
        board = self._boards.board(0) if self.render_mode else None
        self._boards.push(_ROW, np.array([move]))
        if board is not None:
            self._last = move_of(move, board)
        self._plies += 1
        if self._boards.ends[0] != outcome.RUNNING:
            self._end()
        elif self._plies >= self._max_plies:
            self._finish("length")

    def _end(self) -> None:
        """End the game as its position says: who is to move in a mate has lost."""
        mated = self._boards.ends[0] == outcome.CHECKMATE
        self._finish(ENDS[self._boards.ends[0]], loser=self._mover() if mated else "")

    def _finish(self, termination: str, loser: str = "") -> None:
        for agent in AGENTS:
            self.rewards[agent] = 0.0 if not loser else -1.0 if agent == loser else 1.0
            self.infos[agent] = {"termination": termination}
            self.truncations[agent] = termination == "length"
            self.terminations[agent] = termination != "length"

    def _draw(self) -> None:
        if self.render_mode == "human":
            self._window = self._window or Window()
            self._window.show(self._boards.board(0), self._last)


def _other_side(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the side that is not to move sees: (18, 8, 8). It can capture nothing in passing."""
    turned = planes[:, ::-1]
    nothing = np.zeros_like(turned[12:13])
    return np.concatenate((turned[6:12], turned[:6], nothing, turned[15:17], turned[13:15], turned[17:]))
