"""`Reason-AIME-v0`, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from ...tasks.problem import Level, Problem
from .. import desk
from ..aime import VIEWS, spaces, specified
from ..desk import Desk
from ..posing import ACTION_MASK, REWARDS, Poser, check_choice
from ..question import check_single_attempt
from .posing import PosedVectorEnv, checked_choices, final_infos, spread
from .question import QuestionVectorEnv

Floats = NDArray[np.float32]


def make(num_envs: int = 1, view: str = "text", max_attempts: int = 1, **options: Any) -> VectorEnv[Any, Any, Any]:
    """The batched environment in one of its views; the vector entry point that is registered."""
    check_choice("view", view, VIEWS)
    if view == "text":
        return QuestionVectorEnv(num_envs, task="aime", max_attempts=max_attempts, **specified(options))
    check_single_attempt(max_attempts)
    return PointersVectorEnv(num_envs, **specified(options))


class PointersVectorEnv(PosedVectorEnv[Floats, NDArray[np.int64]]):
    """n desks side by side: the batched twin of `PointersEnv`, with the same rewards and infos."""

    _volatile = ("problems", "desks")

    def __init__(
        self,
        num_envs: int,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        check_choice("reward", reward, REWARDS)
        box, self._choices = spaces()
        super().__init__(num_envs, Poser("aime", split, level), (box, self._choices), render_mode)
        self.problems: list[Problem] = []
        self.desks: list[Desk] = []

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Lay out the statements of the seeds (of seed, seed + 1, … for an integer)."""
        self.problems = self._first(seed)
        self.desks = [Desk(problem.question) for problem in self.problems]
        self._posed = True
        ids = [problem.id for problem in self.problems]
        columns = {"problem_id": ids, ACTION_MASK: self.action_masks()}
        return self._observe(), spread(self.num_envs, range(self.num_envs), columns)

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Floats, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Make the next choice at every desk.

        Raises:
            ResetNeeded: there are no statements yet.
            InvalidAction: not one integer of the action space for each desk; then none has been used.
        """
        self._check_posed("step")
        chosen = checked_choices(actions, self.num_envs, self._choices).tolist()
        for place, action in zip(self.desks, chosen, strict=True):
            place.act(action)
        done = [i for i, place in enumerate(self.desks) if place.done]
        rewards, terminated = np.zeros(self.num_envs), np.zeros(self.num_envs, np.bool_)
        terminated[done] = True
        infos = self._finish(done, rewards) if done else {}
        infos |= spread(self.num_envs, range(self.num_envs), {ACTION_MASK: self.action_masks()})
        return self._observe(), rewards, terminated, np.zeros(self.num_envs, np.bool_), infos

    def _finish(self, done: list[int], rewards: NDArray[np.float64]) -> dict[str, Any]:
        """Judge and pay the finished programs, and lay out the next statements in their place."""
        desks, problems = [self.desks[i] for i in done], [self.problems[i] for i in done]
        answers = [place.answer for place in desks]
        verdicts = [self.poser.task.verify(*each) for each in zip(problems, answers, strict=True)]
        final = final_infos([problem.id for problem in problems], verdicts, answers)
        rewards[done] = final["correct"]
        if self.render_mode is not None:
            final["scratchpad"] = [place.program() for place in desks]
        following = self._next(done)
        for i, problem in zip(done, following, strict=True):
            self.problems[i], self.desks[i] = problem, Desk(problem.question)
        columns = {
            "final_obs": list(np.zeros((len(done), desk.SIZE), np.float32)),
            "final_info": final,
            "problem_id": [problem.id for problem in following],
        }
        return spread(self.num_envs, done, columns)

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each action that means something now, (num_envs, n). Raises ResetNeeded."""
        self._check_posed("action_masks")
        masks = np.empty((self.num_envs, desk.ACTIONS), np.int8)
        for place, mask in zip(self.desks, masks, strict=True):
            place.mask(mask)
        return masks

    def _observe(self) -> Floats:
        view = np.empty((self.num_envs, desk.SIZE), np.float32)
        for place, row in zip(self.desks, view, strict=True):
            place.observe(row)
        return view

    def _rendered(self) -> tuple[str, ...]:
        """The statements, the programs so far, and what may be chosen next."""
        each = zip(self.problems, self.desks, strict=True)
        return tuple(f"{problem.question}\n{place.show()}" for problem, place in each)
