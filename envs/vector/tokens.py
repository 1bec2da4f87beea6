"""Many questions, a character at a time: the batched twin of `TokenEnv`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.problem import Level, Problem
from ..posing import REWARDS, Poser, check_choice
from ..question import tail
from ..tokens import ANSWER_LENGTH, CODES, CUT, END, QUESTION_LENGTH, check_lengths, show, spaces, text_of
from .posing import PosedVectorEnv, checked_choices, final_infos, spread

Bytes = NDArray[np.uint8]


class TokenVectorEnv(PosedVectorEnv[Bytes, NDArray[np.int64]]):
    """n answers in the making: the batched twin of `TokenEnv`, with the same rewards and infos."""

    _volatile = ("problems", "views", "written")

    def __init__(
        self,
        num_envs: int,
        task: str,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        question_length: int = QUESTION_LENGTH,
        answer_length: int = ANSWER_LENGTH,
        render_mode: str | None = None,
    ) -> None:
        check_choice("reward", reward, REWARDS)
        self.lengths = check_lengths(question_length, answer_length)
        box, self._choices = spaces(*self.lengths)
        super().__init__(num_envs, Poser(task, split, level), (box, self._choices), render_mode)
        self.problems: list[Problem] = []
        self.views = np.zeros((num_envs, sum(self.lengths)), np.uint8)
        self.written = np.zeros(num_envs, np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Bytes, dict[str, Any]]:
        """Show the questions of the seeds (of seed, seed + 1, … for an integer); nothing is written yet."""
        self.problems = self._first(seed)
        self._posed = True
        told = self._shown(range(self.num_envs))
        return self.views.copy(), spread(self.num_envs, range(self.num_envs), told)

    def _shown(self, rows: Sequence[int]) -> dict[str, Any]:
        """Begin anew in some rows, and what is told of their problems."""
        self.views[rows] = 0
        self.written[rows] = 0
        cut = [show(self.problems[i].question, self.views[i, : self.lengths[0]]) for i in rows]
        return {"problem_id": self._ids(rows), CUT: np.array(cut)}

    def _ids(self, rows: Iterable[int]) -> list[str]:
        return [self.problems[i].id for i in rows]

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Bytes, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Write a character in every row, or hand in.

        Raises:
            ResetNeeded: there are no questions yet.
            InvalidAction: not one integer of the action space for each row; then nothing is written.
        """
        self._check_posed("step")
        actions = checked_choices(actions, self.num_envs, self._choices)
        writing = np.flatnonzero(actions != END)
        self.views[writing, self.lengths[0] + self.written[writing]] = CODES[actions[writing]]
        self.written[writing] += 1
        over = (actions == END) | (self.written == self.lengths[1])
        rewards = np.zeros(self.num_envs)
        infos = self._finish(np.flatnonzero(over).tolist(), rewards) if over.any() else {}
        return self.views.copy(), rewards, over, np.zeros(self.num_envs, np.bool_), infos

    def _finish(self, done: list[int], rewards: NDArray[np.float64]) -> dict[str, Any]:
        """Judge and pay what is handed in, and pose the next questions in its place."""
        texts = [self._text(i) for i in done]
        verdicts = [self.poser.task.verify(self.problems[i], text) for i, text in zip(done, texts, strict=True)]
        final = final_infos(self._ids(done), verdicts, [tail(text) for text in texts])
        rewards[done] = final["correct"]
        if self.render_mode is not None:
            final["scratchpad"] = texts
        columns = {"final_obs": list(self.views[done]), "final_info": final}
        for i, problem in zip(done, self._next(done), strict=True):
            self.problems[i] = problem
        return spread(self.num_envs, done, {**columns, **self._shown(done)})

    def _text(self, row: int) -> str:
        return text_of(self.views[row, self.lengths[0] :], int(self.written[row]))

    def _rendered(self) -> tuple[str, ...]:
        """The questions, and what is written so far."""
        return tuple(f"{problem.question}\n{self._text(i)}".rstrip() for i, problem in enumerate(self.problems))

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "lengths": self.lengths}
