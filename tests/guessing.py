"""The smallest text environment of several turns: guess a number, be told "higher" or "lower".

For tests of whatever plays or trains over whole episodes. Import this module to register `Tests-Guess-v0`.
"""

from __future__ import annotations

import re
from typing import Any

import gymnasium as gym
from gymnasium.error import InvalidAction, ResetNeeded

from reason_arena.envs.spaces import Prose

INTEGER = re.compile(r"-?[0-9]+")
DIGITS = 18
"""longer numbers are out of every range; Python refuses to read very long ones"""


class GuessNumber(gym.Env[str, str]):
    """Find the number of the seed.

    Observation: `Prose`; first the range and the number of tries, then "higher", "lower", "no number" or "found".
    Action: `Prose`, any text at all; its first whole number is the guess. A text without one costs a try too.
    Reward: 1 for the number, else 0.
    Episode: `terminated=True` when the number is found, `truncated=True` when the tries are used up. `info` then
        carries `correct`, `verdict` ("correct", "wrong" or, of a last text without a number, "unparsable") and
        `answer`; `problem_id` is there from the start.

    The number is drawn anew from every seed, over the whole range, whatever `split` and `level` say: they are taken
    because the library hands them to every environment.
    """

    def __init__(
        self,
        low: int = 1,
        high: int = 8,
        tries: int = 4,
        split: str = "train",
        level: int | str = 0,
        view: str = "text",
    ) -> None:
        if not (low <= high and tries >= 1 and view == "text"):
            raise ValueError(f"expected low <= high, tries >= 1, view 'text'; got {low}, {high}, {tries}, {view!r}")
        self.low, self.high, self.tries = low, high, tries
        self.observation_space = Prose(100)
        self.action_space = Prose(10_000)
        self.secret: int | None = None
        self.left = 0
        self.problem_id = ""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self.secret = int(self.np_random.integers(self.low, self.high + 1))
        self.left = self.tries
        self.problem_id = f"guess-v0/{self.low}..{self.high}/{self.tries}/{'next' if seed is None else seed}"
        return f"Guess a number from {self.low} to {self.high} in {self.tries} tries.", {"problem_id": self.problem_id}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if self.secret is None or not self.left:
            raise ResetNeeded("step() outside of an episode: call reset()")
        if not isinstance(action, str):
            raise InvalidAction(f"expected a text, got {action!r}")
        self.left -= 1
        guess = read(action)
        found = guess == self.secret
        reply = "no number" if guess is None else "found" if found else "higher" if guess < self.secret else "lower"
        info: dict[str, Any] = {"problem_id": self.problem_id}
        truncated = not found and not self.left
        if found or truncated:
            self.left = 0
            verdict = "correct" if found else "unparsable" if guess is None else "wrong"
            info |= {"correct": found, "verdict": verdict, "answer": action[-200:]}
        return reply, float(found), found, truncated, info


def read(text: str) -> float | None:
    """The first whole number of a text; infinite if it is longer than any range."""
    match = INTEGER.search(text)
    if match is None:
        return None
    digits = match[0].lstrip("-").lstrip("0") or "0"
    value = int(digits) if len(digits) <= DIGITS else float("inf")
    return -value if match[0].startswith("-") else value


gym.register("Tests-Guess-v0", entry_point=GuessNumber)
