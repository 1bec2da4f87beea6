"""From a row of a dataset back to the problem it is about, laid out in the text view of its environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym

import reason_arena.envs

from ...tasks.errors import BadConfig, UnknownName
from ...tasks.problem import Level, check_split

COLUMNS = ("seed", "split", "level", "problem_id")
"""what a row says about its problem; without the last, nothing is checked"""


class Source:
    """The text view of an environment, on any split and level.

    Args:
        env_id: a Gymnasium id.
        split: of every row; None if the rows say.
        level: of every row; None if the rows say.
        options: further options of `gym.make`.

    Raises:
        UnknownName: no such environment or split.
    """

    def __init__(self, env_id: str, split: str | None, level: Level | None, options: Mapping[str, Any]) -> None:
        try:
            gym.spec(env_id)
        except gym.error.Error:
            raise UnknownName("environment", env_id, reason_arena.envs.IDS) from None
        self.env_id, self.split, self.level = env_id, split if split is None else check_split(split), level
        self.options = dict(options)
        self._envs: dict[tuple[str, Level], gym.Env[Any, Any]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Environments hold modules, which cannot be pickled; the copy makes its own.
        return type(self), (self.env_id, self.split, self.level, self.options)

    def pose(self, row: Mapping[str, Any]) -> tuple[gym.Env[Any, Any], str, str]:
        """Lay out the problem of a row.

        Args:
            row: `COLUMNS`, as far as they are there and needed.

        Returns:
            The environment at the beginning of the episode, the first observation, and the problem's id ("" if the
            environment gives none). Rows of one split and level share one environment: an episode ends where the next
            one is posed.

        Raises:
            BadConfig: the row names no seed, split or level, its seed poses another problem than `problem_id`, the
                environment refuses an option, or it shows no text.
            BadLevel: no such level.
        """
        place = self._said(row, "split", self.split), self._said(row, "level", self.level)
        if place not in self._envs:
            self._envs[place] = self._make(*place)
        env = self._envs[place]
        observation, info = env.reset(seed=self._said(row, "seed", None))
        if not isinstance(observation, str):
            raise BadConfig(f"{self.env_id}: expected a text, the environment shows {type(observation).__name__}")
        problem_id = str(info.get("problem_id", ""))
        if row.get("problem_id", problem_id) != problem_id:
            raise BadConfig(
                f"the row is about {row['problem_id']}, its seed poses {problem_id}; dataset and judge need the same "
                "split, level and options"
            )
        return env, observation, problem_id

    def _said(self, row: Mapping[str, Any], name: str, value: Any) -> Any:
        value = row.get(name) if value is None else value
        if value is None:
            raise BadConfig(f"a row of {self.env_id} has no {name!r}; make the dataset with to_dataset")
        return value

    def _make(self, split: str, level: Level) -> gym.Env[Any, Any]:
        try:
            return gym.make(self.env_id, view="text", split=split, level=level, **self.options)
        except TypeError as error:
            raise BadConfig(f"{self.env_id}: {error}") from error


def text_of(content: Any) -> str:
    """The text of a message's content: a string, a list of parts of which some are text, or None."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part.get("text") or "" for part in content)
