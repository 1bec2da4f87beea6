"""The oracle of array views in which the answer is written a character at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..envs.tokens import ALPHABET, END
from .agent import Agent, View
from .baselines import problem_of


class OracleTokensAgent(Agent):
    """Writes the right answer and hands it in; what the alphabet lacks it leaves out.

    Every agent's info names the problem in `problem_id`; the oracle alone turns that name back into the problem.
    """

    name = "oracle"
    view: ClassVar[View] = "array"
    deterministic = True

    def __init__(self) -> None:
        self._left: list[str] = []
        """what each row still has to write"""

    def act(self, observations: NDArray[np.uint8], infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """The next character of each row's answer, (n,)."""
        self._left = (self._left + [""] * len(infos))[: len(infos)]
        for row, info in enumerate(infos):
            if "problem_id" in info:
                answer = problem_of(info["problem_id"]).answer
                self._left[row] = "".join(character for character in answer if character in ALPHABET)
        actions = [ALPHABET.index(left[0]) if left else END for left in self._left]
        self._left = [left[1:] for left in self._left]
        return np.array(actions)
