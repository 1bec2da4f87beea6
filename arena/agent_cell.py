"""What the cells that an agent plays in have in common: who plays, with which weights, where, and on which problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..agents.agent import Agent
from ..agents.registry import SEEDED, Place, make
from ..tasks.problem import Level


@dataclass(frozen=True)
class AgentCell:
    """One agent, as trained with one seed, on one level."""

    agent: str
    kind: str
    view: str | None
    seed: int
    level: Level
    env_id: str
    episodes: int
    marker: Path
    weights: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)
    """options of the agent, such as temperature"""
    needs: tuple[Path, ...] = ()
    split: str = "test"
    evaluation_seed: int = 0
    """the first of `episodes` seeds"""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.agent} seed {self.seed} on level {self.level}"

    @property
    def seeds(self) -> range:
        """Of the problems."""
        return range(self.evaluation_seed, self.evaluation_seed + self.episodes)

    @property
    def place(self) -> Place:
        """Where the agent is to play."""
        return Place(self.env_id, self.split, self.level)

    def made(self) -> Agent:
        """The agent, anew. Raises BadCheckpoint: the weights cannot be used here."""
        options = {**self.options, "seed": self.seed} if self.kind in SEEDED else self.options
        return make(self.kind, self.place, self.view, self.weights, **options)
