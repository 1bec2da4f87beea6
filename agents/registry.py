"""Agents by name, and the environment that suits each. Torch is imported when an agent that needs it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import gymnasium as gym
from gymnasium.vector import VectorEnv

import reason_arena.envs

from ..tasks.errors import BadConfig, UnknownName
from ..tasks.problem import Level, check_split
from ..tasks.registry import task_of
from .agent import Agent, View

TRAINED = ("llm", "specialist")
KINDS: dict[str, str] = {
    "llm": "a language model that reasons in text: SFT on worked solutions, then GRPO",
    "majority": "always the most common answer (text) or action (array) of training",
    "oracle": "knows the solution: the ceiling",
    "random": "guesses: the floor",
    "specialist": "a small network on the array view, trained with PPO",
}
VIEWS: tuple[View, ...] = ("text", "array")
_NATIVE: dict[str, View] = {"llm": "text", "specialist": "array"}


@dataclass(frozen=True)
class Place:
    """Where an agent plays: an environment id, a split, a level and the options of the array view."""

    env_id: str = "Reason-Arithmetic-v0"
    split: str = "test"
    level: Level = 2
    options: dict[str, Any] = field(default_factory=dict)
    """options of the array view, such as scratchpad"""

    def __post_init__(self) -> None:
        check_split(self.split)
        if self.env_id not in reason_arena.envs.IDS:
            raise UnknownName("environment", self.env_id, reason_arena.envs.IDS)

    @property
    def task(self) -> str:
        """The name of the task that is posed there."""
        return task_of(self.env_id)

    def make(self, view: View, num_envs: int, **options: Any) -> VectorEnv[Any, Any, Any]:
        """The batched environment in that view."""
        inner = self.options if view == "array" else {}
        return gym.make_vec(
            self.env_id, num_envs=num_envs, view=view, split=self.split, level=self.level, **inner, **options
        )


def check_kind(kind: str) -> str:
    """The kind of agent by that name; raises UnknownName."""
    if kind not in KINDS:
        raise UnknownName("agent", kind, KINDS)
    return kind


def view_of(kind: str, view: str | None = None) -> View:
    """The view an agent plays in.

    Raises:
        UnknownName: no such agent or view.
        BadConfig: the agent does not play in that view.
    """
    native = _NATIVE.get(check_kind(kind))
    if view is not None and view not in VIEWS:
        raise UnknownName("view", view, VIEWS)
    if native and view not in (None, native):
        raise BadConfig(f"agent {kind!r} plays in the {native} view, got view {view!r}; leave it out")
    return native or view or "text"


def make(kind: str, place: Place, view: str | None = None, checkpoint: Path | None = None, **options: Any) -> Agent:
    """An agent, ready to play.

    Args:
        kind: a name of `KINDS`.
        place: where it will play; majority and random look at it.
        view: for baselines, "text" (default) or "array".
        checkpoint: for trained kinds, the folder of their weights (for an LLM, or a hub id).
        options: of an LLM: `temperature`, `max_new_tokens`, `seed`.

    Raises:
        UnknownName: no such kind or view.
        BadConfig: a trained kind without a checkpoint, or a baseline with one.
        BadCheckpoint: the checkpoint cannot be used.
    """
    seen = view_of(kind, view)
    if kind in TRAINED:
        if checkpoint is None:
            raise BadConfig(f"agent {kind!r} needs a checkpoint; train one with `reason train {kind}`")
        return _load(kind, checkpoint, options)
    if checkpoint is not None:
        raise BadConfig(f"agent {kind!r} is not trained and has no checkpoint, got {checkpoint}")
    return _baseline(kind, place, seen)


def _load(kind: str, checkpoint: Path, options: dict[str, Any]) -> Agent:
    if kind == "llm":
        from .language_model.agent import LanguageModelAgent

        return LanguageModelAgent.load(checkpoint, **options)
    from .specialist.agent import SpecialistAgent

    return SpecialistAgent.load(checkpoint, **options)


def _baseline(kind: str, place: Place, view: View) -> Agent:
    from . import baselines

    if kind == "oracle":
        return baselines.OracleTextAgent() if view == "text" else baselines.OracleArrayAgent()
    if kind == "majority":
        if view == "text":
            return baselines.MajorityTextAgent(place.task, place.level)
        return baselines.MajorityArrayAgent(place.env_id, level=place.level, **place.options)
    if view == "text":
        return baselines.RandomTextAgent()
    actions = cast(gym.spaces.Discrete, place.make("array", 1).single_action_space)
    return baselines.RandomArrayAgent(int(actions.n))
