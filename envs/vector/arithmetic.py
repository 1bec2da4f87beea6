"""`Reason-Arithmetic-v0`, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from ...tasks import arithmetic
from ...tasks.problem import Level, id_start
from ..arithmetic import (
    EXACT,
    PAID_STEPS,
    RIGHT,
    STEP,
    VIEWS,
    WRONG,
    check_style,
    settlement,
    spaces_of,
    worksheet_origin,
)
from ..posing import REWARDS, Poser, check_choice
from ..question import check_single_attempt
from ..worksheet import STYLES, flawless_columns
from .digits import Flags, Ints
from .drawing import Drawing, Posed
from .hands import Counters, Hands, Pens
from .posing import PosedVectorEnv, checked_choices, final_infos, spread
from .question import QuestionVectorEnv

Floats = NDArray[np.float32]


def make(
    num_envs: int = 1, view: str = "text", scratchpad: str = "columns", max_attempts: int = 1, **options: Any
) -> VectorEnv[Any, Any, Any]:
    """The batched environment in one of its views; the vector entry point that is registered."""
    if check_choice("view", view, VIEWS) == "text":
        check_choice("scratchpad", scratchpad, STYLES)
        return QuestionVectorEnv(num_envs, task="arithmetic", max_attempts=max_attempts, **options)
    check_single_attempt(max_attempts)
    return WorksheetVectorEnv(num_envs, scratchpad=scratchpad, **options)


class WorksheetVectorEnv(PosedVectorEnv[Floats, NDArray[np.int64]]):
    """n worksheets side by side: the batched twin of `WorksheetEnv`, with the same rewards and infos."""

    _volatile = ("indices", "expected", "flawless", "digits", "paid_steps", "moves")

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
        poser = Poser(arithmetic.NAME, split, level)
        super().__init__(num_envs, poser, spaces, render_mode)
        self.drawing = Drawing(poser.split, poser.level, self.seeds)
        self._id_start = id_start(arithmetic.NAME, arithmetic.VERSION, poser.split, poser.level)
        self._choices = spaces[1]
        self.shaped = check_choice("reward", reward, REWARDS) == "shaped"
        make_hands = Counters if self.style == "columns" else Pens
        self.hands: Hands = make_hands(num_envs, record=render_mode is not None)
        self.indices = np.zeros(num_envs, object)
        """seeds of the problems at hand"""
        self.expected = np.full(num_envs, "", object)
        """their answers"""
        self.flawless = np.zeros(num_envs, np.int64)
        self.digits = np.zeros(num_envs)
        self.paid_steps = np.zeros(num_envs)
        self.moves = np.zeros(num_envs, np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Lay out the problems of the seeds (of seed, seed + 1, … for an integer)."""
        every = np.arange(self.num_envs)
        self.hands.forget()
        self._lay_out(every, self.drawing.begin(seed))
        self._posed = True
        self.hands.settle()
        return self.hands.observe(), spread(self.num_envs, every, {"problem_id": self._ids(every)})

    def _lay_out(self, i: Ints, problems: Posed) -> None:
        """Put problems on the worksheets of some environments."""
        self.indices[i], self.expected[i] = problems.indices, problems.answers
        self.hands.begin(i, problems.expressions)
        self.digits[i] = self.paid_steps[i] = self.moves[i] = 0
        if self.shaped:
            self.flawless[i] = [flawless_columns(*each, self.style) for each in problems.expressions.tolist()]

    def _ids(self, i: Ints) -> list[str]:
        return [f"{self._id_start}{index}" for index in self.indices[i].tolist()]

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Floats, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Move every hand once.

        Raises:
            ResetNeeded: there are no worksheets yet.
            InvalidAction: not one integer of the action space for each hand; then none has moved.
        """
        self._check_posed("step")
        done = self.hands.act(checked_choices(actions, self.num_envs, self._choices))
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
        if len(done):
            infos = self._finish(done, rewards)
        self.hands.settle()
        return self.hands.observe(), rewards, terminated, np.zeros(self.num_envs, np.bool_), infos

    def _finish(self, done: Ints, rewards: NDArray[np.float64]) -> dict[str, Any]:
        """Judge the finished worksheets, pay them, and lay out the next problems in their place."""
        answers = self.hands.sheets.answers(done)
        verdicts = [arithmetic.judge(*each) for each in zip(answers, self.expected[done].tolist(), strict=True)]
        final = final_infos(self._ids(done), verdicts, answers)
        correct = final["correct"]
        if self.render_mode is not None:
            final["scratchpad"] = [self.hands.sheets.text(i) for i in done.tolist()]
        rewards[done] = self._settle(done, rewards[done], correct, final) if self.shaped else correct
        self._lay_out(done, self.drawing.draw(done))
        blanks = np.zeros((len(done), *(self.single_observation_space.shape or ())), np.float32)
        columns = {"final_obs": list(blanks), "final_info": final, "problem_id": self._ids(done)}
        return spread(self.num_envs, done, columns)

    def _settle(
        self, done: Ints, paid: NDArray[np.float64], correct: Flags, final: dict[str, Any]
    ) -> NDArray[np.float64]:
        """The rewards of last steps, of which `paid` is for the digits; the sums of the terms go into their infos."""
        answer = EXACT * correct
        totals = self.digits[done] + self.paid_steps[done] + answer
        each = zip(totals.tolist(), self.flawless[done].tolist(), correct.tolist(), strict=True)
        last = np.array([settlement(*episode) for episode in each])
        terms = {"digits": self.digits[done], "steps": self.paid_steps[done], "answer": answer, "settlement": last}
        final["reward_terms"] = terms
        return np.asarray(paid + answer + last)

    def _rendered(self) -> tuple[str, ...]:
        """The questions and the rows worked so far."""
        questions = (self.poser.generate(index).question for index in self.indices)
        return tuple(f"{question}\n{self.hands.sheets.text(i)}".rstrip() for i, question in enumerate(questions))

    def get_state(self) -> dict[str, Any]:
        """All episodes and random streams, as a copy that later steps leave alone. Raises ResetNeeded."""
        return {**super().get_state(), "hands": self.hands.get_state(), "drawing": self.drawing.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned, here or in another such environment. Raises BadCheckpoint."""
        super().set_state(state)
        self.hands.set_state(state["hands"])
        self.drawing.set_state(state["drawing"])

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), **worksheet_origin(self.style, self.shaped)}
