"""Many episodes of chess side by side: the batched twins of both views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ...tasks.chess.boards import id_of
from ...tasks.problem import Level, Problem
from ..guard import FAILED
from ..posing import ACTION_MASK, REWARDS, Poser, check_choice
from ..question import ANSWER_LENGTH, QUESTION_LENGTH, tail
from ..spaces import Prose
from ..vector.posing import PosedVectorEnv, checked_choices, checked_texts, final_infos, spread
from .array import LEGAL_IDS, Planes, is_legal, last_planes, legal_actions, spaces, to_ids
from .games import FAILURE, OPPONENT_ERROR, Games, Ints, Script
from .single import counts_of
from .talk import Talk

Texts = tuple[str, ...]
Observations = TypeVar("Observations")
Actions = TypeVar("Actions")
Counts = list[dict[str, int]]


class ChessVectorEnv(PosedVectorEnv[Observations, Actions]):
    """n games; see the views."""

    def __init__(
        self,
        num_envs: int,
        script: Script,
        spaces: tuple[gym.Space[Any], gym.Space[Any]],
        split: str,
        level: Level,
        reward: str,
        render_mode: str | None,
    ) -> None:
        self.reward = check_choice("reward", reward, REWARDS)
        super().__init__(num_envs, Poser(script.task, split, level), spaces, render_mode)
        script.ready(self.poser.level)
        self.games = Games(num_envs, script, reward == "shaped")
        self._every: Ints = np.arange(num_envs)

    @property
    def played(self) -> dict[str, Any]:
        """The games, to be saved and restored."""
        return self.games.get_state()

    @played.setter
    def played(self, state: dict[str, Any]) -> None:
        self.games.set_state(state)

    @property
    def problems(self) -> list[Problem]:
        """What is posed at the moment."""
        return [problem for problem in self.games.problems if problem is not None]

    def _begin(self, seed: int | Sequence[int | None] | None) -> dict[str, Any]:
        self.games.begin(range(self.num_envs), self._first(seed))
        self._posed = True
        return {"problem_id": [problem.id for problem in self.problems]}

    def _paid(self) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Rewards, terminated, truncated of the step just made, and the infos of the rewards' terms."""
        games = self.games
        rewards, broken = games.rewards.copy(), games.over & games.broken
        going = np.flatnonzero(~games.over)
        infos = {}
        if self.reward == "shaped" and len(going):
            infos = spread(self.num_envs, going, {"reward_terms": self._terms(going)})
        return rewards, games.over & ~broken, broken, infos

    def _terms(self, rows: Ints) -> dict[str, NDArray[np.float64]]:
        shaping = self.games.shaping[rows]
        return {"outcome": self.games.rewards[rows] - shaping, "shaping": shaping}

    def _final(self, done: list[int], counts: Counts) -> dict[str, Any]:
        """The last infos of the rows that are over, as columns."""
        games, problems = self.games, self.problems
        ids, answers = [problems[i].id for i in done], [tail(games.last(i)) for i in done]
        final = final_infos(ids, [games.verdict(i) for i in done], answers)
        final["termination"] = [games.terminations[i] for i in done]
        final["counts"] = {name: np.array([each[name] for each in counts]) for name in counts[0]}
        if self.reward == "shaped":
            final["reward_terms"] = self._terms(np.array(done))
        told = [games.script.told(games, i) for i in done]
        final |= {name: np.array([each[name] for each in told]) for name in told[0]}
        if self.render_mode is not None:
            final["pgn"] = [games.record(i) for i in done]
        return final

    def _ended(self, done: list[int], final_obs: Any, counts: Counts, infos: dict[str, Any]) -> dict[str, Any]:
        """The infos of a step after which some rows are over, whose next problems are posed."""
        final = spread(self.num_envs, done, self._final(done, counts))
        failed = [i for i in done if self.games.terminations[i] == OPPONENT_ERROR]
        if failed:
            final |= spread(self.num_envs, failed, {FAILED: [FAILURE] * len(failed)})
        following = self._next(done)
        self.games.begin(done, following)
        ids = [problem.id for problem in following]
        last = spread(self.num_envs, done, {"final_obs": final_obs, "problem_id": ids})
        some = np.zeros(self.num_envs, np.bool_)
        some[done] = True
        return {**infos, **last, "final_info": final, "_final_info": some}

    def close_extras(self, **kwargs: Any) -> None:
        """Let go of what the opponent needs."""
        self.games.script.close()


class BoardVectorEnv(ChessVectorEnv[Planes, NDArray[np.int64]]):
    """n boards side by side: the batched twin of `BoardEnv`, with the same rewards and infos."""

    _volatile = ("played",)

    def __init__(
        self,
        num_envs: int,
        script: Script,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        compact: bool = True,
        render_mode: str | None = None,
    ) -> None:
        self.compact = compact
        box, self._choices = spaces(compact)
        super().__init__(num_envs, script, (box, self._choices), split, level, reward, render_mode)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Planes, dict[str, Any]]:
        """Set up the positions of the seeds (of seed, seed + 1, … for an integer)."""
        columns = self._begin(seed)
        return self._observe(), spread(self.num_envs, range(self.num_envs), {**columns, **self._masks()})

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Planes, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Play a move on each board and answer it.

        Raises:
            ResetNeeded: there are no positions yet.
            InvalidAction: not one integer of the action space for each board; then none has been played.
        """
        self._check_posed("step")
        ids = to_ids(checked_choices(actions, self.num_envs, self._choices), self.compact)
        legal = is_legal(self.games.boards, self._every, ids)
        self.games.shaping[:] = 0
        self.games.play(self._every[legal], ids[legal])
        for row in np.flatnonzero(~legal).tolist():
            self.games.forfeit(row, "illegal")
        rewards, terminated, truncated, infos = self._paid()
        done = np.flatnonzero(self.games.over).tolist()
        if done:
            counts = [counts_of(int(self.games.moves[i]), int(not legal[i])) for i in done]
            infos = self._ended(done, list(last_planes(self.games, np.array(done))), counts, infos)
        infos |= spread(self.num_envs, range(self.num_envs), self._masks())
        return self._observe(), rewards, terminated, truncated, infos

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each action that is a legal move: (num_envs, n). Raises ResetNeeded."""
        self._check_posed("action_masks")
        return self.games.boards.mask(self._every, self.compact)

    def _rendered(self) -> Texts:
        """The positions at hand, in FEN."""
        return tuple(self.games.boards.fen(i) for i in range(self.num_envs))

    def _masks(self) -> dict[str, Any]:
        return {
            ACTION_MASK: self.action_masks(),
            LEGAL_IDS: legal_actions(self.games.boards, self._every, self.compact),
        }

    def _observe(self) -> Planes:
        return self.games.boards.planes(self._every)

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "compact": self.compact}


class BoardTextVectorEnv(ChessVectorEnv[Texts, Texts]):
    """n readers side by side: the batched twin of `BoardTextEnv`, with the same rewards and infos."""

    _volatile = ("played", "talks")

    def __init__(
        self,
        num_envs: int,
        script: Script,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        prose = (Prose(QUESTION_LENGTH), Prose(ANSWER_LENGTH))
        super().__init__(num_envs, script, prose, split, level, reward, render_mode)
        self.talks: list[Talk] = []

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Texts, dict[str, Any]]:
        """Set up the positions of the seeds (of seed, seed + 1, … for an integer)."""
        columns = self._begin(seed)
        self.talks = [self._talk(i) for i in range(self.num_envs)]
        return self._rendered(), spread(self.num_envs, range(self.num_envs), columns)

    def step(
        self, actions: Sequence[str]
    ) -> tuple[Texts, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Read a move for each game, play it and answer; or say why it is none.

        Raises:
            ResetNeeded: there are no positions yet.
            InvalidAction: not one text of the action space for each game; then none has been read.
        """
        self._check_posed("step")
        texts = checked_texts(actions, self.num_envs, self.single_action_space)
        games = self.games
        games.rewards[:], games.shaping[:] = 0, 0
        moves: dict[int, int] = {}
        for row, text in enumerate(texts):
            board = games.replayed(row)
            heard = self.talks[row].hear(text, board)
            if heard.forfeit:
                games.forfeit(row, heard.forfeit)
            elif heard.move is not None:
                moves[row] = id_of(heard.move, board)
        games.play(np.array([*moves], np.int64), np.array([*moves.values()], np.int64))
        rewards, terminated, truncated, infos = self._paid()
        done = np.flatnonzero(games.over).tolist()
        if done:
            counts = [
                counts_of(int(games.moves[i]), talk.illegal, talk.unparsable, talk.requests)
                for i, talk in ((i, self.talks[i]) for i in done)
            ]
            infos = self._ended(done, [""] * len(done), counts, infos)
            for row in done:
                self.talks[row] = self._talk(row)
        return self._rendered(), rewards, terminated, truncated, infos

    def _talk(self, row: int) -> Talk:
        return Talk(self.games.facts(row)["view"])

    def _rendered(self) -> Texts:
        """The questions at hand."""
        games = self.games
        return tuple(
            talk.question(games.replayed(row), games.script.lead(games, row)) for row, talk in enumerate(self.talks)
        )
