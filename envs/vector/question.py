"""Many questions side by side: the batched twin of `QuestionEnv`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

from ...tasks.problem import Level, Problem
from ..posing import REWARDS, Poser, check_action, check_choice
from ..question import ANSWER_LENGTH, QUESTION_LENGTH, tail
from ..spaces import Prose
from .posing import PosedVectorEnv, spread

Texts = tuple[str, ...]


class QuestionVectorEnv(PosedVectorEnv[Texts, Texts]):
    """n questions, n answers; every step ends every episode and poses the next questions."""

    _volatile = ("problems",)

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
        self.problems: list[Problem] = []

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Texts, dict[str, Any]]:
        """Pose the problems of the seeds (of seed, seed + 1, … for an integer)."""
        indices = self.seeds.begin(seed)
        with self.seeds.drawing([i for i, index in enumerate(indices) if index is None]) as resumed:
            following = iter(resumed)
            self.problems = [self.poser.generate(next(following) if index is None else index) for index in indices]
        self._posed = True
        return self._questions(), spread(self.num_envs, range(self.num_envs), {"problem_id": self._ids()})

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
        verdicts = [self.poser.task.verify(*each) for each in zip(self.problems, actions, strict=True)]
        correct = np.array([verdict.correct for verdict in verdicts])
        final = {
            "problem_id": self._ids(),
            "verdict": [verdict.reason for verdict in verdicts],
            "correct": correct,
            "answer": [tail(action) for action in actions],
        }
        every = range(self.num_envs)
        with self.seeds.drawing(every) as indices:
            self.problems = [self.poser.generate(index) for index in indices]
        columns = {"final_obs": [""] * self.num_envs, "final_info": final, "problem_id": self._ids()}
        over = np.ones(self.num_envs, np.bool_)
        return self._questions(), correct.astype(np.float64), over, ~over, spread(self.num_envs, every, columns)

    def _questions(self) -> Texts:
        return tuple(problem.question for problem in self.problems)

    def _ids(self) -> list[str]:
        return [problem.id for problem in self.problems]

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
        return self._questions()
