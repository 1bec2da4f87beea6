"""`Reason-AIME-v0`: competition mathematics, answered in text, or by pointing a tool at the statement's numbers.

Its families and how many problems each holds: [aime_families.md](../aime_families.md). Real problems, from your own
file or the hub: [real_aime.md](../real_aime.md). A specialist of the array view learns the programs of families; on
real problems, whose programs nobody knows, it scores about what chance does.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ..tasks.aime.spec import combine
from ..tasks.problem import Level
from . import desk
from .desk import Desk
from .posing import ACTION_MASK, REWARDS, PosedEnv, Poser, check_choice, final_info
from .question import QuestionEnv, check_single_attempt

VIEWS = ("text", "array")
SETTINGS = ("families", "tiers", "wordings", "composed", "figures", "skip_bad", "practice", "dataset")


def make(view: str = "text", max_attempts: int = 1, **options: Any) -> gym.Env[Any, Any]:
    """The environment in one of its views; the entry point that is registered.

    Args:
        view: "text" (`QuestionEnv`) or "array" (`PointersEnv`).
        max_attempts: text view only: so many answers may be given to a question.
        options: `split`, `reward`, `render_mode` of either view, and what is asked: `level` is 0 for a mixture like an
            exam, 1 to 15 for problems of that number, or a specification that holds the settings that follow, such as
            "families=held,tiers=1-2". `families`: "seen" (what training poses), "held" (what it never does), "all", a
            name, or several. `tiers`: ranges of the parameters, 1, 2, 3 or "1-2". `wordings`: "seen", "held" or "all".
            `composed`: problems whose parameter is the answer of another one, "none", "only" or "mixed". `dataset`:
            real problems, "aime-2024" and the like, a file, or a hub id; of them `figures`: "all", "code" (none whose
            figure the text lacks) or "none", `skip_bad`: leave out rows that cannot be used instead of refusing, and
            `practice`: they are for training and validation, where otherwise they are for the test alone.
    """
    check_choice("view", view, VIEWS)
    if view == "text":
        return QuestionEnv(task="aime", max_attempts=max_attempts, **specified(options))
    check_single_attempt(max_attempts)
    return PointersEnv(**specified(options))


def specified(options: dict[str, Any]) -> dict[str, Any]:
    """The options with a level that says what their settings ask for."""
    given = {name: options.pop(name, None) for name in SETTINGS}
    return {**options, "level": combine(options.get("level", 0), **given)}


def spaces() -> tuple[gym.spaces.Box, gym.spaces.Discrete]:
    """Observation and action space of the array view."""
    return gym.spaces.Box(0, desk.MOST, (desk.SIZE,), np.float32), gym.spaces.Discrete(desk.ACTIONS)


class PointersEnv(PosedEnv[NDArray[np.float32], np.int64]):
    """Pick a tool, point at a number of the statement for each of its arguments, say what becomes of the result.

    Observation: Box (see `envs.desk`): the words of the statement without their order, hashed; for each of its first 12
        numbers whether it is there, its length in digits and the words around it, hashed; then the stage, the tool
        that was picked and the numbers that were pointed at. No number's value is seen.
    Action: Discrete. First the tool, then a number for each argument, then the post-step: the result as it is, modulo
        1000, numerator plus denominator, or modulo a number that is pointed at next. `info["action_mask"]`, int8, marks
        what means something at the stage; any other action ends the episode without an answer. A tool that is not
        defined for what it is given, or would take more than its budget of steps, has no result.
    Reward: 1 at the end for a right answer, else 0; `reward="shaped"` is the same, for nothing on the way is known to
        be right.
    Episode: `terminated=True` with the post-step. `info` then carries `verdict`, `correct`, `answer`, `problem_id`, and
        with `render_mode="ansi"` the program as `scratchpad`.
    """

    _volatile = ("problem", "desk")

    def __init__(
        self, split: str = "train", level: Level = 0, reward: str = "outcome", render_mode: str | None = None
    ) -> None:
        super().__init__(Poser("aime", split, level), render_mode)
        check_choice("reward", reward, REWARDS)
        self.observation_space, self.action_space = spaces()  # type: ignore[assignment]  # Box knows no single type
        self.desk: Desk

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Lay out the statement of the seed."""
        info = self._pose(seed, options)
        self.desk = Desk(self.problem.question)
        return self._observe(), {**info, ACTION_MASK: self.action_masks()}

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Make the next choice.

        Raises:
            ResetNeeded: there is no statement yet, or the episode is over.
            InvalidAction: not an integer of the action space.
        """
        self._check_posed("step")
        self._check_step(self.desk.done, action)
        self.desk.act(int(action))
        if not self.desk.done:
            return self._observe(), 0.0, False, False, {ACTION_MASK: self.action_masks()}
        verdict = self.poser.task.verify(self.problem, self.desk.answer)
        info = final_info(self.problem, verdict, self.desk.answer)
        if self.render_mode is not None:
            info["scratchpad"] = self.desk.program()
        return np.zeros(desk.SIZE, np.float32), float(verdict.correct), True, False, info

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each action that means something now, (n,). Raises ResetNeeded."""
        self._check_posed("action_masks")
        mask = np.zeros(desk.ACTIONS, np.int8)
        self.desk.mask(mask)
        return mask

    def _rendered(self) -> str:
        """The statement, the program so far, and what may be chosen next."""
        return f"{self.problem.question}\n{self.desk.show()}"

    def _observe(self) -> NDArray[np.float32]:
        view = np.empty(desk.SIZE, np.float32)
        self.desk.observe(view)
        return view
