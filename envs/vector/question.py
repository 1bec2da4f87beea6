"""Many questions side by side: the batched twin of `QuestionEnv`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

from ...tasks.problem import Level
from ..posing import REWARDS, Poser, check_action, check_choice, final_info
from ..question import ANSWER_LENGTH, QUESTION_LENGTH, tail
from ..spaces import Prose
from .posing import PosedVectorEnv, gather

Texts = tuple[str, ...]


class QuestionVectorEnv(PosedVectorEnv[Texts, Texts]):
    """n questions, n answers; every step ends every episode and poses the next questions."""

    def __init__(
        self,
        num_envs: int,
        task: str,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        check_choice("reward", reward, REWARDS)
        spaces = (Prose(QUESTION_LENGTH), Prose(ANSWER_LENGTH))
        super().__init__(num_envs, Poser(task, split, level), spaces, render_mode)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Texts, dict[str, Any]]:
        """Pose the problems of the seeds (of seed, seed + 1, … for an integer)."""
        infos = self._pose_all(seed)
        return tuple(problem.question for problem in self.problems), infos

    def step(
        self, actions: Sequence[str]
    ) -> tuple[Texts, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Judge all answers.

        Raises:
            ResetNeeded: there are no questions yet.
            InvalidAction: not one text of the action space for each question; then none has been judged.
        """
        self._check_posed("step")
        actions = self._checked(actions)
        rewards = np.zeros(self.num_envs)
        rows = []
        for i, action in enumerate(actions):
            verdict = self.poser.task.verify(self.problems[i], action)
            rewards[i] = float(verdict.correct)
            final = final_info(self.problems[i], verdict, tail(action))
            rows.append({"final_obs": "", "final_info": final, "problem_id": self._pose_next(i).id})
        infos = gather(self.num_envs, range(self.num_envs), rows)
        over = np.ones(self.num_envs, np.bool_)
        return tuple(problem.question for problem in self.problems), rewards, over, ~over, infos

    def _checked(self, actions: Sequence[str]) -> Texts:
        if isinstance(actions, str):  # a sequence of texts too: of its characters
            raise InvalidAction(f"actions: expected a sequence of {self.num_envs} texts, got a single text")
        texts = tuple(actions)
        if len(texts) != self.num_envs:
            raise InvalidAction(f"actions: expected {self.num_envs} texts, got {len(texts)}")
        for i, text in enumerate(texts):
            check_action(self.single_action_space, text, f"action of environment {i}")
        return texts

    def render(self) -> Texts | None:
        """The questions at hand. Raises ResetNeeded."""
        if self.render_mode is None:
            return None
        self._check_posed("render")
        return tuple(problem.question for problem in self.problems)
