"""`Reason-ReasoningGym-v0`, many at a time."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import VectorEnv

from ..posing import check_choice
from ..question import check_single_attempt
from ..reasoninggym import TASK, VIEWS, specified
from .question import QuestionVectorEnv
from .tokens import TokenVectorEnv


def make(num_envs: int = 1, view: str = "text", max_attempts: int = 1, **options: Any) -> VectorEnv[Any, Any, Any]:
    """The batched environment in one of its views; the vector entry point that is registered."""
    check_choice("view", view, VIEWS)
    if view == "text":
        return QuestionVectorEnv(num_envs, task=TASK, max_attempts=max_attempts, **specified(options))
    check_single_attempt(max_attempts)
    return TokenVectorEnv(num_envs, task=TASK, **specified(options))
