"""`Reason-Arithmetic-v0`: integer expressions, read and answered in text, or worked on a worksheet digit by digit."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ..tasks.arithmetic.encoding import compile_tree
from ..tasks.problem import Level
from .hands import COUNTER_ACTIONS, COUNTER_SIZE, PEN_ACTIONS, PEN_SIZE, Counter, Pen, Written
from .posing import REWARDS, PosedEnv, Poser, check_choice, final_info
from .question import QuestionEnv, check_single_attempt
from .worksheet import STYLES, Style, Worksheet, flawless_columns

VIEWS = ("text", "array")
STEP, RIGHT, WRONG, EXACT = -0.02, 1.0, -0.5, 1.0
"""shaped reward: a step, a right digit, a wrong digit or decision, a right answer"""
PAID_STEPS = 50
"""steps that cost something: all of them together cost no more than a right answer pays"""


def make(view: str = "text", scratchpad: str = "columns", max_attempts: int = 1, **options: Any) -> gym.Env[Any, Any]:
    """The environment in one of its views; the entry point that is registered.

    Args:
        view: "text" (`QuestionEnv`) or "array" (`WorksheetEnv`).
        scratchpad: array view only: "columns" counts, "digits" writes digits.
        max_attempts: text view only: so many answers may be given to a question.
        options: `split`, `level`, `reward`, `render_mode` of either.
    """
    if check_choice("view", view, VIEWS) == "text":
        check_choice("scratchpad", scratchpad, STYLES)
        return QuestionEnv(task="arithmetic", max_attempts=max_attempts, **options)
    check_single_attempt(max_attempts)
    return WorksheetEnv(scratchpad=scratchpad, **options)


def spaces_of(style: Style) -> tuple[gym.Space[Any], gym.spaces.Discrete]:
    """Observation and action space of a scratchpad."""
    size, actions = (COUNTER_SIZE, COUNTER_ACTIONS) if style == "columns" else (PEN_SIZE, PEN_ACTIONS)
    return gym.spaces.Box(0, 1, (size,), np.float32), gym.spaces.Discrete(actions)


def check_style(scratchpad: str) -> Style:
    """The scratchpad by that name; raises UnknownName."""
    return "digits" if check_choice("scratchpad", scratchpad, STYLES) == "digits" else "columns"


def settlement(total: float, flawless: int, correct: bool) -> float:
    """What the last step adds to shaped rewards so that no wrong episode is paid more than a right one.

    It is 0 in all ordinary episodes; it counts where a wrong path has more digits than the right one, or an answer is
    right by luck.

    A right answer brings the episode to at least `flawless` (the digits a flawless hand writes), a wrong one to at
    most half a digit less.
    """
    return max(flawless - total, 0.0) if correct else min(flawless - 0.5 - total, 0.0)


def worksheet_origin(style: Style, shaped: bool) -> dict[str, Any]:
    """What a state must have in common with a worksheet, beside its problems: the books of shaped rewards as well."""
    return {"scratchpad": style, "reward": "shaped" if shaped else "outcome"}


class WorksheetEnv(PosedEnv[NDArray[np.float32], np.int64]):
    """Work the expression on a worksheet; the digits committed last are the answer, judged like any text.

    Observation and action: those of the hand, `Counter` (scratchpad "columns", Box (30,), Discrete(4)) or `Pen`
    ("digits", Box (111,), Discrete(10)). The view shows the digits at hand and never the expression as a whole.
    Reward: "outcome" pays 1 at the end for a right answer. "shaped", for training, pays for every digit as it is
    committed (+1, or -0.5 if it is wrong for the two numbers above it), -0.5 for a wrong decision at the carriage,
    -0.02 for each of the first 50 steps and +1 for a right answer; a last settlement keeps wrong episodes below right
    ones.
    Episode: ends by itself, `terminated=True`, when the last digit stands; a column takes at most 30 steps.
    `info` then carries `verdict`, `correct`, `answer`, `problem_id`, with `reward="shaped"` the sums of
    `reward_terms`, and with `render_mode="ansi"` the `scratchpad`.
    """

    _volatile = ("problem", "hand", "flawless", "terms", "moves")

    def __init__(
        self,
        scratchpad: str = "columns",
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(Poser("arithmetic", split, level), render_mode)
        self.style = check_style(scratchpad)
        self.shaped = check_choice("reward", reward, REWARDS) == "shaped"
        self.observation_space, self.action_space = spaces_of(self.style)
        self.hand: Counter | Pen
        self.flawless = 0
        self.moves = 0
        self.terms: dict[str, float] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Lay out the problem of the seed."""
        info = self._pose(seed, options)
        tree = self.problem.facts["expression"]
        sheet = Worksheet.of(tree, self.style)
        self.hand = Counter(sheet) if self.style == "columns" else Pen(sheet)
        self.hand.load()
        self.flawless = flawless_columns(*compile_tree(tree), self.style) if self.shaped else 0
        self.moves = 0
        self.terms = {"digits": 0.0, "steps": 0.0, "answer": 0.0, "settlement": 0.0}
        return self.hand.observe(), info

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Move the hand once.

        Raises:
            ResetNeeded: there is no worksheet yet, or it is done.
            InvalidAction: not an integer of the action space.
        """
        self._check_posed("step")
        self._check_step(self.hand.sheet.done, action)
        written = self.hand.act(int(action))
        done = self.hand.sheet.done
        info = self._finish() if done else {}
        reward = self._reward(written, info)
        if done and self.shaped:
            info["reward_terms"] = dict(self.terms)
        return self.hand.observe(), reward, done, False, info

    def _finish(self) -> dict[str, Any]:
        answer = self.hand.sheet.answer
        info = final_info(self.problem, self.poser.task.verify(self.problem, answer), answer)
        if self.render_mode is not None:
            info["scratchpad"] = self.hand.sheet.text()
        return info

    def _reward(self, written: Written, info: dict[str, Any]) -> float:
        correct = bool(info.get("correct", False))
        if not self.shaped:
            return float(correct)
        digit = 0.0 if written.digit is None else RIGHT if written.digit else WRONG
        digit += WRONG if written.decision is False else 0.0
        terms = self.terms
        self.moves += 1
        step = STEP if self.moves <= PAID_STEPS else 0.0
        terms["digits"] += digit
        terms["steps"] += step
        if not info:
            return digit + step
        terms["answer"] = EXACT * correct
        terms["settlement"] = settlement(terms["digits"] + terms["steps"] + terms["answer"], self.flawless, correct)
        return digit + step + terms["answer"] + terms["settlement"]

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), **worksheet_origin(self.style, self.shaped)}

    def _rendered(self) -> str:
        """The question, the rows worked so far, and the hand at work."""
        sheet = self.hand.sheet
        lines = [self.problem.question, sheet.text(), "" if sheet.done else self.hand.text()]
        return "\n".join(line for line in lines if line)
