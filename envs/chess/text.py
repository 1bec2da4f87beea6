"""The text view of chess: a position in words in, a move in any text out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tasks.chess.boards import id_of
from ...tasks.problem import Level
from ..question import ANSWER_LENGTH, QUESTION_LENGTH
from ..spaces import Prose
from .games import Script
from .single import ROW, ChessEnv, counts_of
from .talk import Talk


class BoardTextEnv(ChessEnv[str, str]):
    r"""Read a position, answer with a move in free text, be answered.

    Observation: `Prose`: the board, its FEN, the last moves, and whatever the level's `hint` allows; once the episode
        is over, the empty text. An answer that is no legal move is met with the position again and the reason.
    Action: `Prose`, any text at all. The move is read where answers stand (`\boxed{…}`, an answer phrase, the whole
        text), in UCI or standard notation whichever is asked for. After `tries` answers to one position that are no
        legal move the episode is forfeited. With `hint="on_request"` the answer "moves" shows the legal ones and costs
        no try, once for each position.
    Episode: `info` at the end carries `verdict`, `correct`, `answer` (the last move), `termination`, `problem_id`,
        `counts` (legal moves, illegal and unreadable answers, requests), and with a `render_mode` the game as `pgn`.
    """

    _volatile = ("problem", "played", "talk")

    def __init__(
        self,
        script: Script,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(script, split, level, reward, render_mode)
        self.observation_space = Prose(QUESTION_LENGTH)
        self.action_space = Prose(ANSWER_LENGTH)
        self.talk: Talk

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Set up the position of the seed."""
        info = self._begin(seed, options)
        self.talk = Talk(self.problem.facts["view"])
        return self._question(), info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Read a move, play it and answer; or say why it is none.

        Raises:
            ResetNeeded: there is no position yet, or the episode is over.
            InvalidAction: not a text of the action space.
        """
        self._check_posed("step")
        self._check_step(self._over, action)
        games, board = self.games, self.board()
        heard = self.talk.hear(action, board)
        games.rewards[0] = games.shaping[0] = 0
        if heard.forfeit:
            games.forfeit(0, heard.forfeit)
        elif heard.move is not None:
            games.play(ROW, np.array([id_of(heard.move, board)]))
        if not self._over:
            return self._question(), *self._paid({})
        talk = self.talk
        counts = counts_of(int(games.moves[0]), talk.illegal, talk.unparsable, talk.requests)
        return "", *self._paid(self._final(counts))

    def _question(self) -> str:
        return self.talk.question(self.board(), self.games.script.lead(self.games, 0))
