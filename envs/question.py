"""One question, one answer, or a few attempts at it: the text view of any task whose problems are single questions."""

from __future__ import annotations

from typing import Any

from ..tasks.errors import BadConfig
from ..tasks.problem import Level, Problem, Reason, Verdict
from .posing import REWARDS, PosedEnv, Poser, check_choice, final_info, plain
from .spaces import Prose

QUESTION_LENGTH = 1 << 16
ANSWER_LENGTH = 1 << 21
"""Two million characters: every output of a model is a legal action, a runaway one too."""
_SAID: dict[Reason, str] = {
    "wrong": "Your last answer is wrong.",
    "unparsable": "Your last answer is not right: no final answer could be read in it.",
    "too_long": "Your last answer is not right: it is longer than any that is read.",
    "illegal": "Your last answer is not right: it is not allowed here.",
}


class QuestionEnv(PosedEnv[str, str]):
    r"""Read a question, answer in free text, be judged.

    Observation: `Prose`, the question; once the episode is over, the empty text. With `max_attempts` above 1 a wrong
        answer is met with the question again, a sentence on why it was not right, and how many attempts are left.
    Action: `Prose`, any text at all. The task's `verify` reads the answer out of it (`\boxed{…}`, an answer phrase, or
        a bare literal) and never raises.
    Reward: 1 for a right answer, else 0. There is nothing to shape in one step: `reward="shaped"` is the same.
    Episode: until an answer is right or `max_attempts` answers were not, by default one step; then `terminated=True,
        truncated=False`. `info` then carries `verdict` (the reason), `correct`, `answer` (the end of the last text) and
        `problem_id`, with `max_attempts` above 1 also `attempts`, how many there were.
    """

    _volatile = ("problem", "completion", "attempts", "over")

    def __init__(
        self,
        task: str,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        max_attempts: int = 1,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(Poser(task, split, level), render_mode)
        check_choice("reward", reward, REWARDS)
        self.max_attempts = check_attempts(max_attempts)
        self.observation_space = Prose(QUESTION_LENGTH)
        self.action_space = Prose(ANSWER_LENGTH)
        self.completion: str | None = None
        """the last text"""
        self.attempts = 0
        self.over = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Pose the problem of the seed."""
        info = self._pose(seed, options)
        self.completion, self.attempts, self.over = None, 0, False
        return self.problem.question, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Judge the answer; the episode is over if it is right or was the last attempt.

        Raises:
            ResetNeeded: there is no question yet, or the episode is over.
            InvalidAction: not a text of the action space.
        """
        self._check_posed("step")
        self._check_step(self.over, action)
        verdict = self.poser.task.verify(self.problem, action)
        self.completion = action
        self.attempts += 1
        self.over = verdict.correct or self.attempts >= self.max_attempts
        if not self.over:
            return feedback(self.problem, verdict, self.max_attempts - self.attempts), 0.0, False, False, {}
        info = final_info(self.problem, verdict, tail(action))
        if self.max_attempts > 1:
            info["attempts"] = self.attempts
        return "", float(verdict.correct), True, False, info

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "max_attempts": self.max_attempts}

    def _rendered(self) -> str:
        """The question, and the last answer once there is one."""
        return self.problem.question + ("" if self.completion is None else f"\n{self.completion}")


def tail(text: str, length: int = 200) -> str:
    """The end of a text, where the answer stands."""
    return text[-length:]


def feedback(problem: Problem, verdict: Verdict, left: int) -> str:
    """What a wrong answer is met with: all that a reader without a memory needs, and nothing about the right answer.

    Args:
        problem: asked again.
        verdict: on the last answer.
        left: attempts.
    """
    remaining = "1 attempt is left." if left == 1 else f"{left} attempts are left."
    return f"{problem.question}\n\n{_SAID[verdict.reason]} {remaining}"


def check_attempts(max_attempts: int) -> int:
    """The number of attempts; raises BadConfig if it is none."""
    count = plain(max_attempts)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BadConfig(f"max_attempts={max_attempts!r}: expected an integer of 1 or more")
    return count


def check_single_attempt(max_attempts: int) -> None:
    """Raises BadConfig where a view whose episodes end with one answer is asked for more attempts."""
    if check_attempts(max_attempts) > 1:
        raise BadConfig(
            f"max_attempts={max_attempts}: expected 1, for an episode of the array view ends with its answer; "
            'view="text" takes more'
        )
