"""What a comparison file says: agents, where they train, where they are tested, and what counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..agents.registry import Place
from ..agents.settings import build, read_yaml
from ..tasks import registry
from ..tasks.errors import BadConfig, UnknownName
from ..tasks.problem import Level
from . import entry
from .entry import Entry, Training

METRICS = ("correct", "return")


@dataclass(frozen=True)
class Primary:
    """What the comparison is decided by, named before it is run."""

    level: int | str = 2
    metric: str = "correct"


@dataclass(frozen=True)
class Comparison:
    """Agents x levels x training seeds x evaluation seeds."""

    name: str
    agents: dict[str, Entry]
    title: str = ""
    env_id: str = "Reason-Arithmetic-v0"
    primary: Primary = field(default_factory=Primary)
    levels: tuple[int | str, ...] = (2,)
    """on which all agents are tested"""
    episodes: int = 200
    """evaluation seeds on each level, of the test split, the same for all agents"""
    evaluation_seed: int = 0
    """the first of them; the others count on from it"""
    samples: int = 1
    """how often each of them is played; answers that are drawn at random differ"""
    training_seeds: tuple[int, ...] = (0, 1, 2)
    pairs: tuple[tuple[str, str], ...] = ()
    """planned differences: the second less the first"""
    workers: int = 0
    """processes at work; 0: one a CPU"""
    out: str = ""
    """folder of the results; runs/<name> if not told"""

    def __post_init__(self) -> None:
        if not self.agents:
            raise BadConfig("agents: expected at least one, got none")
        for name, values in (("levels", self.levels), ("training_seeds", self.training_seeds)):
            if not values:
                raise BadConfig(f"{name}: expected at least one, got none")
            if len({str(value) for value in values}) != len(values):
                raise BadConfig(f"{name}: expected each once, got {list(values)}")
        if not all(0 <= seed < 1 << 32 for seed in self.training_seeds):
            raise BadConfig(f"training_seeds: expected numbers from 0 to 2^32 - 1, got {list(self.training_seeds)}")
        if not re.fullmatch(r"[\w.+-]*\w[\w.+-]*", self.name):
            raise BadConfig(f"name: expected letters, digits and -_.+, got {self.name!r}")
        if self.episodes < 1:
            raise BadConfig(f"episodes: expected 1 or more, got {self.episodes}")
        if self.samples < 1:
            raise BadConfig(f"samples: expected 1 or more, got {self.samples}")
        if self.evaluation_seed < 0:
            raise BadConfig(f"evaluation_seed: expected 0 or more, got {self.evaluation_seed}")
        if self.primary.metric not in METRICS:
            raise UnknownName("metric", self.primary.metric, METRICS)
        if self.primary.level not in self.levels:
            raise BadConfig(
                f"primary.level: expected one of the levels {list(self.levels)}, got {self.primary.level!r}"
            )
        for level in self.levels:
            registry.load(self.place(level).task).distinct(level)
        for name in self.agents:
            self._check(name)
        for pair in self.pairs:
            for name in pair:
                if not entry.find(name, self.agents).tested:
                    raise BadConfig(f"pairs: expected agents that are tested, got {name!r}")

    def _check(self, name: str) -> None:
        """An entry's settings, before anything is trained."""
        entry.check(name, self.agents)
        if self.agents[name].trains:
            training = self.training(name)
            practice = Place(training.env_id, "train", training.level)
            registry.load(practice.task).distinct(practice.level)

    def training(self, name: str) -> Training:
        """The checked training configuration of an agent."""
        return self.agents[name].training(self.env_id, f"agents.{name}.train")

    def place(self, level: Level, split: str = "test", options: Mapping[str, Any] | None = None) -> Place:
        """Where a level is played."""
        return Place(self.env_id, split, level, dict(options or {}))

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return Path(self.out or f"runs/{self.name}")


def read_comparison(path: Path, **overrides: Any) -> Comparison:
    """A comparison from its YAML file.

    Args:
        path: the file, or the name of a preset that ships with the package.
        overrides: values that take the place of the file's, where not None.

    Raises:
        BadConfig: missing, unreadable, or a value of the wrong type.
        UnknownName: a key, agent or metric that does not exist.
    """
    values = {"name": path.stem, **read_yaml(preset(path))}
    values.update({key: value for key, value in overrides.items() if value is not None})
    return build(Comparison, values, path.name)


def preset(path: Path) -> Path:
    """The file itself, or the preset of that name."""
    if path.is_file() or path.suffix or len(path.parts) > 1:
        return path
    shipped = presets()
    if path.name not in shipped:
        raise UnknownName("preset", path.name, shipped)
    return shipped[path.name]


def presets() -> dict[str, Path]:
    """The presets that ship with the package, by name."""
    folder = Path(__file__).resolve().parent.parent / "presets"
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}
