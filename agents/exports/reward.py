"""The verdict of a one-turn environment as a reward function of TRL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...tasks.errors import BadConfig
from ...tasks.problem import Level
from .source import COLUMNS, Source, text_of


def as_reward_function(
    env_id: str, split: str | None = None, level: Level | None = None, **env_options: Any
) -> RewardFunction:
    """What a one-turn environment pays for an answer, in the shape of a reward function of TRL.

    Args:
        env_id: the environment of the rows. A row whose `env_id` is another gets None, which to TRL means "not mine",
            so that one dataset may mix environments.
        split: of all rows; by default the column `split` says.
        level: of all rows; by default the column `level` says.
        env_options: further options of `gym.make`, the same as for `to_dataset`.

    Returns:
        A callable named `env_id`, which can be pickled.

    Raises:
        UnknownName: no such environment or split.
    """
    return RewardFunction(Source(env_id, split, level, env_options))


class RewardFunction:
    """Judges completions by the environment that poses their problems; made by `as_reward_function`."""

    def __init__(self, source: Source) -> None:
        self.__name__ = source.env_id  # TRL logs it
        self._source = source

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """The reward of every completion.

        Args:
            prompts: of the dataset; not looked at, for the problem is posed again from its seed.
            completions: texts, or lists of messages, of which the last one of the assistant is the answer.
            columns: of the dataset, a value a completion: `seed`, and `split`, `level`, `problem_id`, `env_id` where
                they are there. What else TRL passes is left alone.

        Returns:
            What the environment pays for the answer; None for a row of another environment.

        Raises:
            BadConfig: a row whose problem cannot be posed (`Source.pose`), or an environment that goes on after the
                first answer.
        """
        named = [name for name in (*COLUMNS, "env_id") if name in columns]
        rows = [{name: columns[name][index] for name in named} for index in range(len(completions))]
        return [self._reward(row, completion) for row, completion in zip(rows, completions, strict=True)]

    def _reward(self, row: Mapping[str, Any], completion: Any) -> float | None:
        if row.get("env_id", self._source.env_id) != self._source.env_id:
            return None
        env, _, _ = self._source.pose(row)
        _, reward, terminated, truncated, _ = env.step(_answer(completion))
        if not (terminated or truncated):
            raise BadConfig(f"{self._source.env_id} goes on after the first answer; train with as_trl_environment")
        return float(reward)


def _answer(completion: Any) -> str:
    if isinstance(completion, str):
        return completion
    said = [message for message in completion if message.get("role") == "assistant"]
    return text_of(said[-1].get("content")) if said else ""
