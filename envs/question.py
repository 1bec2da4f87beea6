"""One question, one answer: the text view of any task whose problems are solved in a single turn."""

from __future__ import annotations

from typing import Any

from ..tasks.problem import Level
from .posing import PosedEnv, Poser, check_choice, final_info
from .spaces import Prose

QUESTION_LENGTH = 1 << 16
ANSWER_LENGTH = 1 << 21
"""Two million characters: every output of a model is a legal action, a runaway one too."""


class QuestionEnv(PosedEnv[str, str]):
    r"""Read a question, answer in free text, be judged.

    Observation: `Prose`, the question; once it is answered, the empty text.
    Action: `Prose`, any text at all. The task's `verify` reads the answer out of it (`\boxed{…}`, an answer phrase, or
        a bare literal) and never raises.
    Reward: 1 for a right answer, else 0. There is nothing to shape in one step: `reward="shaped"` is the same.
    Episode: one step, then `terminated=True, truncated=False`. `info` then carries `verdict` (the reason),
        `correct`, `answer` (the end of the text) and `problem_id`.
    """

    _volatile = ("problem", "completion")

    def __init__(
        self,
        task: str,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(Poser(task, split, level), render_mode)
        check_choice("reward", reward, ("outcome", "shaped"))
        self.observation_space = Prose(QUESTION_LENGTH)
        self.action_space = Prose(ANSWER_LENGTH)
        self.completion: str | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Pose the problem of the seed."""
        info = self._pose(seed, options)
        self.completion = None
        return self.problem.question, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Judge the answer; the episode is over.

        Raises:
            ResetNeeded: there is no question yet, or it is answered.
            InvalidAction: not a text of the action space.
        """
        self._check_posed("step")
        self._check_step(self.completion is not None, action)
        self.completion = action
        verdict = self.poser.task.verify(self.problem, action)
        info = final_info(self.problem, verdict, tail(action))
        return "", float(verdict.correct), True, False, info

    def render(self) -> str | None:
        """The question, and the answer once there is one. Raises ResetNeeded."""
        if self.render_mode is None:
            return None
        self._check_posed("render")
        return self.problem.question + ("" if self.completion is None else f"\n{self.completion}")


def tail(text: str, length: int = 200) -> str:
    """The end of a text, where the answer stands."""
    return text[-length:]
