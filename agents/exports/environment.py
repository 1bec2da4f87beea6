"""A text environment, of one turn or of many, as TRL's `GRPOTrainer(environment_factory=…)` plays it.

TRL makes an object an episode, calls `reset` with a row of the dataset, lets the model call the public methods as tools
and at the end asks `get_reward`. So acting is a tool, `act`, and the model needs a chat template with tool calls;
`plain_turns` is one for models that know none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import gymnasium as gym
from gymnasium.error import ResetNeeded

from ...tasks.errors import BadConfig
from ...tasks.problem import Level
from .source import Source, text_of

OVER = "The episode is over."
"""follows the last observation: the model sees no other sign of the end"""


def as_trl_environment(
    env_id: str, split: str | None = None, level: Level | None = None, **env_options: Any
) -> Callable[[], TrlEnvironment]:
    """A factory of episodes for TRL's `environment_factory`.

    Train on `to_dataset(env_id, …, conversational=True)`: its rows name the problems, so that all generations of a
    group play the same one. TRL has no other way to hold a group together, so a row without a seed is refused.

    Args:
        env_id: a Gymnasium id with a text view.
        split: of all rows; by default the column `split` says.
        level: of all rows; by default the column `level` says.
        env_options: further options of `gym.make`, the same as for `to_dataset`.

    Returns:
        A function of no arguments, which can be pickled.

    Raises:
        UnknownName: no such environment or split.
    """
    Source(env_id, split, level, env_options)  # fails now and not in the first batch
    return partial(_begin, env_id, split, level, env_options)


class TrlEnvironment:
    """One episode after the other of a text environment; made by `as_trl_environment`.

    Public methods are tools to TRL, except `reset` and `get_reward`; the model reads their docstrings.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._env: gym.Env[Any, Any] | None = None
        self._paid = 0.0

    def reset(self, prompt: Any = None, **row: Any) -> str | None:
        """Begin the episode of a row of the dataset.

        Args:
            prompt: the row's messages.
            row: its other columns.

        Returns:
            What TRL appends to the last message: the first observation, or None if the prompt shows it already.

        Raises:
            BadConfig: the prompt is a string, or the row's problem cannot be posed (`Source.pose`).
        """
        if isinstance(prompt, str):
            raise BadConfig("tools are called in conversations; use to_dataset(…, conversational=True)")
        self._env, observation, _ = self._source.pose(row)
        self._paid = 0.0
        shown = text_of(prompt[-1]["content"]) if prompt else ""
        if observation in shown:
            return None
        return f"\n\n{observation}" if shown else observation

    def act(self, action: str) -> str:
        """Give an answer or make a move, and read what comes of it.

        Args:
            action: What you say or do, as free text.

        Returns:
            What the environment says next.
        """
        if self._env is None:
            raise ResetNeeded(OVER)  # TRL shows the model the message
        # A model may write 7 where the schema asks for "7".
        observation, reward, terminated, truncated, _ = self._env.step(str(action))
        self._paid += float(reward)
        if not (terminated or truncated):
            return str(observation)
        self._env = None
        return f"{observation}\n{OVER}" if observation else OVER

    def get_reward(self) -> float:
        """What the episode has paid so far, undiscounted; 0 if the model never acted."""
        return self._paid


@cache
def _kind(env_id: str) -> type[TrlEnvironment]:
    """TRL logs rewards by the name of the class, a column a class."""
    return type(env_id, (TrlEnvironment,), {"__doc__": TrlEnvironment.__doc__})


def _begin(env_id: str, split: str | None, level: Level | None, options: Mapping[str, Any]) -> TrlEnvironment:
    return _kind(env_id)(Source(env_id, split, level, options))


_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message.role == 'tool' %}{{ '\\n' + message.content + '\\n' }}"
    "{% elif message.role == 'assistant' %}{{ message.content }}"
    "{% for call in message.tool_calls or [] %}{{ call.function | tojson }}{% endfor %}"
    "{% else %}{{ message.content + '\\n' }}{% endif %}"
    "{% endfor %}"
)
"""TRL asks that a template shows calls, and never renders one that the model made: it appends to the tokens"""


def plain_turns(tokenizer: Any) -> Any:
    """Let a model play that knows no tool calls: all that it writes in a turn is the action of a call of `act`.

    This sets `chat_template`, the texts of question and replies a line each and nothing else, and `response_template`,
    which transformers reads from 5.13 on. It is for base models and models trained from scratch; a chat model brings
    templates of its own.

    Args:
        tokenizer: one of transformers'; it is changed.

    Returns:
        The tokenizer.

    Raises:
        BadConfig: the tokenizer has no end-of-sequence token, so no turn would end.
    """
    if tokenizer.eos_token is None:
        raise BadConfig("plain_turns: the tokenizer has no eos_token; set one")
    tokenizer.chat_template = _TEMPLATE
    tokenizer.response_template = {
        "defaults": {"role": "assistant", "content": ""},
        "start_anchor_pattern": r"\Z",
        "fields": {
            "tool_calls": {
                "close": tokenizer.eos_token,
                "content": "text",
                "content_args": {"strip": False},
                "repeats": True,
                "transform": {"type": "function", "function": {"name": "act", "arguments": {"action": "{content}"}}},
            }
        },
    }
    return tokenizer
