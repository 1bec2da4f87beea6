"""`Reason-ReasoningGym-v0`: any task of reasoning-gym, answered in text, or written a character at a time."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from ..tasks.errors import BadConfig
from ..tasks.reasoninggym.levels import spec, written
from .posing import check_choice, plain
from .question import QuestionEnv, check_single_attempt
from .tokens import TokenEnv

TASK = "reasoninggym"
VIEWS = ("text", "array")


def make(view: str = "text", max_attempts: int = 1, **options: Any) -> gym.Env[Any, Any]:
    """The environment in one of its views; the entry point that is registered.

    Args:
        view: "text" (`QuestionEnv`) or "array" (`TokenEnv`).
        max_attempts: text view only: so many answers may be given to a question.
        options: `split`, `reward`, `render_mode` of either view, and what is asked: `level`, or in its place `task`, a
            name of reasoning-gym, with `config`, a dictionary of its settings, and `scoring`: "strict" or "own". Array
            view: `question_length` in bytes and `answer_length` in characters.
    """
    check_choice("view", view, VIEWS)
    if view == "text":
        return QuestionEnv(task=TASK, max_attempts=max_attempts, **specified(options))
    check_single_attempt(max_attempts)
    return TokenEnv(task=TASK, **specified(options))


def specified(options: dict[str, Any]) -> dict[str, Any]:
    """The options with `task`, `config` and `scoring` put into one level.

    Raises:
        BadConfig: a level and a task, or settings of no task.
        BadLevel: see `tasks.reasoninggym.levels`.
    """
    rest = {name: value for name, value in options.items() if name not in ("task", "config", "scoring")}
    task, config, scoring = (options.get(name) for name in ("task", "config", "scoring"))
    if task is None:
        if config is not None:
            raise BadConfig(f"config={config!r}: expected with task=…, the name of one of reasoning-gym's tasks")
        if scoring is None:
            return rest
        asked = spec(plain(rest.get("level", 0)))
        return {**rest, "level": str(written(asked.name, scoring, asked.settings))}
    if "level" in rest:
        raise BadConfig(f"level={rest['level']!r}, task={task!r}: expected one of the two")
    if not isinstance(config, dict | None):
        raise BadConfig(f"config={config!r}: expected a dictionary of settings")
    return {**rest, "level": str(written(task, scoring or "strict", config or {}))}
