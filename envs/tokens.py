"""Any task, a character at a time: an array view for tasks that have none of their own."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ..tasks.errors import BadConfig
from ..tasks.problem import Level
from .posing import REWARDS, PosedEnv, Poser, check_choice, final_info, plain
from .question import tail

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))
"""what can be written: a line break and the printable characters of ASCII"""
END = len(ALPHABET)
"""the action that hands in what is written"""
QUESTION_LENGTH, ANSWER_LENGTH = 512, 64
CUT = "question_cut"
"""key in the info of a reset: so many bytes of the question do not fit into the observation"""
CODES = np.frombuffer(ALPHABET.encode(), np.uint8)
"""the byte that each action writes"""


class TokenEnv(PosedEnv[NDArray[np.uint8], np.int64]):
    """Read a question as bytes, write the answer one character after the other, be judged as in the text view.

    Nothing is done for the agent: no word is read, no number aligned, and no order of digits helps.

    Observation: Box (question_length + answer_length,), uint8: the question in UTF-8 and then what is written so far, 0
        beyond the end of either. Of a longer question the end is missing; `info["question_cut"]` of the reset says how
        many bytes.
    Action: Discrete(97). 0 writes a line break, 1 to 95 the printable characters of ASCII from the space to "~", 96
        hands in what is written. An answer that needs other characters cannot be written.
    Reward: 1 at the end for a right answer, else 0; `reward="shaped"` is the same.
    Episode: `terminated=True` when the answer is handed in, or is `answer_length` characters long. `info` then carries
        `verdict`, `correct`, `answer`, `problem_id`, and with `render_mode="ansi"` the text as `scratchpad`.
    """

    _volatile = ("problem", "view", "written", "over")

    def __init__(
        self,
        task: str,
        split: str = "train",
        level: Level = 0,
        reward: str = "outcome",
        question_length: int = QUESTION_LENGTH,
        answer_length: int = ANSWER_LENGTH,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(Poser(task, split, level), render_mode)
        check_choice("reward", reward, REWARDS)
        self.lengths = check_lengths(question_length, answer_length)
        self.observation_space, self.action_space = spaces(*self.lengths)  # type: ignore[assignment]  # Box knows no single type
        self.view = np.zeros(sum(self.lengths), np.uint8)
        self.written = 0
        self.over = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Show the question of the seed; nothing is written yet."""
        info = self._pose(seed, options)
        self.written, self.over = 0, False
        self.view[:] = 0
        cut = show(self.problem.question, self.view[: self.lengths[0]])
        return self.view.copy(), {**info, CUT: cut}

    def step(self, action: np.int64) -> tuple[NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Write a character, or hand in.

        Raises:
            ResetNeeded: there is no question yet, or it is answered.
            InvalidAction: not an integer of the action space.
        """
        self._check_posed("step")
        self._check_step(self.over, action)
        if action != END:
            self.view[self.lengths[0] + self.written] = CODES[int(action)]
            self.written += 1
        self.over = bool(action == END or self.written == self.lengths[1])
        if not self.over:
            return self.view.copy(), 0.0, False, False, {}
        text = self._text()
        verdict = self.poser.task.verify(self.problem, text)
        info = final_info(self.problem, verdict, tail(text))
        if self.render_mode is not None:
            info["scratchpad"] = text
        return self.view.copy(), float(verdict.correct), True, False, info

    def _rendered(self) -> str:
        """The question, and what is written so far."""
        return f"{self.problem.question}\n{self._text()}".rstrip()

    def _text(self) -> str:
        return text_of(self.view[self.lengths[0] :], self.written)

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "lengths": self.lengths}


def spaces(question_length: int, answer_length: int) -> tuple[gym.spaces.Box, gym.spaces.Discrete]:
    """Observation and action space."""
    return gym.spaces.Box(0, 255, (question_length + answer_length,), np.uint8), gym.spaces.Discrete(END + 1)


def check_lengths(question_length: int, answer_length: int) -> tuple[int, int]:
    """Both lengths; raises BadConfig if one is none."""
    lengths = {"question_length": plain(question_length), "answer_length": plain(answer_length)}
    for name, length in lengths.items():
        if not isinstance(length, int) or isinstance(length, bool) or length < 1:
            raise BadConfig(f"{name}={length!r}: expected an integer of 1 or more")
    return lengths["question_length"], lengths["answer_length"]


def show(question: str, row: NDArray[np.uint8]) -> int:
    """Write a question into an empty row; how many of its bytes do not fit there."""
    data = question.encode("utf-8", "replace")
    shown = data[: len(row)]
    row[: len(shown)] = np.frombuffer(shown, np.uint8)
    return len(data) - len(shown)


def text_of(row: NDArray[np.uint8], length: int) -> str:
    """The first characters of what is written."""
    return row[:length].tobytes().decode("ascii")
