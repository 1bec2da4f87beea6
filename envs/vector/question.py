"""Many questions side by side: the batched twin of `QuestionEnv`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.problem import Level, Problem
from ..posing import REWARDS, Poser, check_choice
from ..question import ANSWER_LENGTH, QUESTION_LENGTH, check_attempts, feedback, tail
from ..spaces import Prose
from .posing import PosedVectorEnv, checked_texts, final_infos, spread

Texts = tuple[str, ...]


class QuestionVectorEnv(PosedVectorEnv[Texts, Texts]):
    """n questions, n answers; a right answer and the last attempt end an episode and pose the next question."""

    _volatile = ("problems", "attempts")

    def __init__(
        self,
        num_envs: int,
        task: str,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        max_attempts: int = 1,
        render_mode: str | None = None,
    ) -> None:
        check_choice("reward", reward, REWARDS)
        self.max_attempts = check_attempts(max_attempts)
        spaces = (Prose(QUESTION_LENGTH), Prose(ANSWER_LENGTH))
        super().__init__(num_envs, Poser(task, split, level), spaces, render_mode)
        self.problems: list[Problem] = []
        self.attempts = np.zeros(num_envs, np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Texts, dict[str, Any]]:
        """Pose the problems of the seeds (of seed, seed + 1, … for an integer)."""
        self.problems = self._first(seed)
        self.attempts = np.zeros(self.num_envs, np.int64)
        self._posed = True
        every = range(self.num_envs)
        return self._rendered(), spread(self.num_envs, every, {"problem_id": self._ids(every)})

    def step(
        self, actions: Sequence[str]
    ) -> tuple[Texts, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Judge all answers.

        Raises:
            ResetNeeded: there are no questions yet.
            InvalidAction: not one text of the action space for each question; then none has been judged.
        """
        self._check_posed("step")
        actions = checked_texts(actions, self.num_envs, self.single_action_space)
        verdicts = [self.poser.task.verify(*each) for each in zip(self.problems, actions, strict=True)]
        correct = np.array([verdict.correct for verdict in verdicts])
        attempts = self.attempts + 1
        over = correct | (attempts >= self.max_attempts)
        done = np.flatnonzero(over).tolist()
        final = final_infos(self._ids(done), [verdicts[i] for i in done], [tail(actions[i]) for i in done])
        if self.max_attempts > 1:
            final["attempts"] = attempts[done]
        told = [
            "" if ended else feedback(problem, verdict, left)
            for ended, problem, verdict, left in zip(
                over.tolist(), self.problems, verdicts, (self.max_attempts - attempts).tolist(), strict=True
            )
        ]
        for i, problem in zip(done, self._next(done), strict=True):
            self.problems[i], told[i] = problem, problem.question
        self.attempts = np.where(over, 0, attempts)
        columns = {"final_obs": [""] * len(done), "final_info": final, "problem_id": self._ids(done)}
        infos = spread(self.num_envs, done, columns) if done else {}
        return tuple(told), correct.astype(np.float64), over, np.zeros(self.num_envs, np.bool_), infos

    def _rendered(self) -> Texts:
        """The questions at hand."""
        return tuple(problem.question for problem in self.problems)

    def _ids(self, rows: Iterable[int]) -> list[str]:
        return [self.problems[i].id for i in rows]

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "max_attempts": self.max_attempts}
