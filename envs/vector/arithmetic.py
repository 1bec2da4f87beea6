"""`Reason-Arithmetic-v0`, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium.error import InvalidAction
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from ...tasks.problem import Level
from ..arithmetic import EXACT, PAID_STEPS, RIGHT, STEP, VIEWS, WRONG, check_style, settlement, spaces_of
from ..posing import REWARDS, Poser, check_action, check_choice, final_info
from ..worksheet import STYLES, Worksheet, flawless_columns
from .hands import Counters, Hands, Pens
from .posing import PosedVectorEnv, gather
from .question import QuestionVectorEnv

Floats = NDArray[np.float32]


def make(
    num_envs: int = 1, view: str = "text", scratchpad: str = "columns", **options: Any
) -> VectorEnv[Any, Any, Any]:
    """The batched environment in one of its views; the vector entry point that is registered."""
    if check_choice("view", view, VIEWS) == "text":
        check_choice("scratchpad", scratchpad, STYLES)
        return QuestionVectorEnv(num_envs, task="arithmetic", **options)
    return WorksheetVectorEnv(num_envs, scratchpad=scratchpad, **options)


class WorksheetVectorEnv(PosedVectorEnv[Floats, NDArray[np.int64]]):
    """n worksheets side by side: the batched twin of `WorksheetEnv`, with the same rewards and infos."""

    _volatile = ("problems", "flawless", "digits", "paid_steps", "moves")

    def __init__(
        self,
        num_envs: int,
        scratchpad: str = "columns",
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        self.style = check_style(scratchpad)
        spaces = spaces_of(self.style)
        super().__init__(num_envs, Poser("arithmetic", split, level), spaces, render_mode)
        self._choices = int(spaces[1].n)
        self.shaped = check_choice("reward", reward, REWARDS) == "shaped"
        self.hands: Hands = Counters(num_envs) if self.style == "columns" else Pens(num_envs)
        self.flawless = np.zeros(num_envs, np.int64)
        self.digits = np.zeros(num_envs)
        self.paid_steps = np.zeros(num_envs)
        self.moves = np.zeros(num_envs, np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Lay out the problems of the seeds (of seed, seed + 1, … for an integer)."""
        infos = self._pose_all(seed)
        for i in range(self.num_envs):
            self._lay_out(i)
        return self.hands.observe(), infos

    def _lay_out(self, i: int) -> None:
        tree = self.problems[i].facts["expression"]
        self.hands.begin(i, Worksheet.of(tree, self.style))
        self.digits[i] = self.paid_steps[i] = 0.0
        self.moves[i] = 0
        if self.shaped:
            self.flawless[i] = flawless_columns(tree, self.style)

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Floats, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Move every hand once.

        Raises:
            ResetNeeded: there are no worksheets yet.
            InvalidAction: not one integer of the action space for each hand; then none has moved.
        """
        self._check_posed("step")
        done = self.hands.act(self._checked(actions))
        terminated = np.zeros(self.num_envs, np.bool_)
        terminated[done] = True
        if self.shaped:
            digit = np.where(self.hands.right, RIGHT, 0.0) + np.where(self.hands.wrong, WRONG, 0.0)
            self.digits += digit
            self.moves += 1
            step = np.where(self.moves <= PAID_STEPS, STEP, 0.0)
            self.paid_steps += step
            rewards = digit + step
        else:
            rewards = np.zeros(self.num_envs)
        infos: dict[str, Any] = {}
        if done:
            infos = self._finish(sorted(done), rewards)
        return self.hands.observe(), rewards, terminated, np.zeros(self.num_envs, np.bool_), infos

    def _checked(self, actions: NDArray[np.int64]) -> NDArray[np.int64]:
        """The actions, each of which a single environment would take."""
        given = np.asarray(actions)
        if given.shape != (self.num_envs,):
            raise InvalidAction(f"actions: expected an array of shape ({self.num_envs},), got {given.shape}")
        if given.dtype.kind not in "iu" or not np.can_cast(given.dtype, np.int64):
            raise InvalidAction(f"actions: expected integers, got {given.dtype}")
        if given.min() < 0 or given.max() >= self._choices:
            wrong = int(np.flatnonzero((given < 0) | (given >= self._choices))[0])
            check_action(self.single_action_space, int(given[wrong]), f"action of environment {wrong}")
        return given.astype(np.int64, copy=False)

    def _finish(self, done: list[int], rewards: NDArray[np.float64]) -> dict[str, Any]:
        """Judge the finished worksheets, pay them, and lay out the next problems in their place."""
        rows = []
        blank = np.zeros(self.single_observation_space.shape or (), np.float32)
        for i in done:
            problem, sheet = self.problems[i], self.hands.sheets[i]
            answer = sheet.answer
            info = final_info(problem, self.poser.task.verify(problem, answer), answer)
            if self.render_mode is not None:
                info["scratchpad"] = sheet.text()
            if self.shaped:
                rewards[i], info["reward_terms"] = self._pay(i, float(rewards[i]), info["correct"])
            else:
                rewards[i] = float(info["correct"])
            rows.append({"final_obs": blank.copy(), "final_info": info, "problem_id": self._pose_next(i).id})
            self._lay_out(i)
        return gather(self.num_envs, done, rows)

    def _pay(self, i: int, reward: float, correct: bool) -> tuple[float, dict[str, float]]:
        """The reward of a last step, and the episode's terms."""
        answer = EXACT * correct
        total = float(self.digits[i] + self.paid_steps[i]) + answer
        last = settlement(total, int(self.flawless[i]), correct)
        terms = {"digits": self.digits[i], "steps": self.paid_steps[i], "answer": answer, "settlement": last}
        return reward + answer + last, {name: float(term) for name, term in terms.items()}

    def render(self) -> tuple[str, ...] | None:
        """The questions and the rows worked so far. Raises ResetNeeded."""
        if self.render_mode is None:
            return None
        self._check_posed("render")
        pairs = zip(self.problems, self.hands.sheets, strict=True)
        return tuple(f"{problem.question}\n{sheet.text()}".rstrip() for problem, sheet in pairs)

    def get_state(self) -> dict[str, Any]:
        """All episodes and random streams, as a copy that later steps leave alone. Raises ResetNeeded."""
        return {**super().get_state(), "hands": deepcopy(self.hands.get_state())}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        hands = deepcopy(state["hands"])
        super().set_state({name: value for name, value in state.items() if name != "hands"})
        self.hands.set_state(hands)
