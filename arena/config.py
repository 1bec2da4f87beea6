"""What a comparison file says: agents, where they train, where they are tested, and what counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..agents.registry import CALLED, TOOLS, Place, check_place
from ..agents.settings import build, read_yaml
from ..agents.specialist.config import SpecialistConfig
from ..tasks import registry
from ..tasks.errors import BadConfig, UnknownName
from . import entry
from .entry import Entry, Training
from .executors import Cluster, Kind
from .venue import EnvironmentEntry, LevelEntry, Primary, Venue, venue

ENV_ID, LEVELS = "Reason-Arithmetic-v0", (2,)
_OF_A_VENUE = ("episodes", "evaluation_seed", "samples")


@dataclass(frozen=True)
class Comparison:
    """Agents x environments x levels x training seeds x evaluation seeds."""

    name: str
    agents: dict[str, Entry]
    title: str = ""
    env_id: str = ENV_ID
    primary: Primary = field(default_factory=Primary)
    levels: tuple[int | str | LevelEntry, ...] = LEVELS
    """on which all agents are tested"""
    environments: dict[str, EnvironmentEntry] = field(default_factory=dict)
    """several environments, instead of one with `env_id`, `primary` and `levels`"""
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
    executor: Kind = "local"
    """who runs the cells: processes of this machine, a Ray cluster or SLURM"""
    cluster: Cluster = field(default_factory=Cluster)
    """of Ray and SLURM, and how often a cell is tried again whose worker was lost"""
    out: str = ""
    """folder of the results; runs/<name> if not told"""

    def __post_init__(self) -> None:
        if not self.agents:
            raise BadConfig("agents: expected at least one, got none")
        if not self.training_seeds:
            raise BadConfig("training_seeds: expected at least one, got none")
        if len(set(self.training_seeds)) != len(self.training_seeds):
            raise BadConfig(f"training_seeds: expected each once, got {list(self.training_seeds)}")
        if not all(0 <= seed < 1 << 32 for seed in self.training_seeds):
            raise BadConfig(f"training_seeds: expected numbers from 0 to 2^32 - 1, got {list(self.training_seeds)}")
        if not re.fullmatch(r"[\w.+-]*\w[\w.+-]*", self.name):
            raise BadConfig(f"name: expected letters, digits and -_.+, got {self.name!r}")
        if self.environments and (self.env_id, self.primary, self.levels) != (ENV_ID, Primary(), LEVELS):
            raise BadConfig("env_id, primary, levels: `environments` has its own of each; move them there")
        assert self.venues
        for name in self.agents:
            entry.check(name, self.agents)
        for name in self.agents:
            self._check(name)
        for pair in self.pairs:
            self._check_pair(pair)

    def _check(self, name: str) -> None:
        """An entry's settings, before anything is trained."""
        if self.agents[name].trains:
            training = self.training(name)
            levels = [training.level]
            if isinstance(training, SpecialistConfig):
                levels += [level for level, _ in training.curriculum]
            for level in levels:
                practice = Place(training.env_id, "train", level)
                registry.load(practice.task).generate("train", level, 0)  # a level may be held out from training
                if isinstance(training, SpecialistConfig):
                    practice.single("array", **training.place).close()
        told = self.agents[name]
        places = [Place(env_id, "test", self.venues[env_id].primary.level) for env_id in self.tested_in(name)]
        if told.specialist:
            places.append(Place(home := self.trained_in(told.specialist)))
            if told.kind == TOOLS and home != CALLED:
                raise BadConfig(f"agents.{name}.specialist: expected one of {CALLED} to call, got one of {home}")
        for part in told.parts:
            self._check_part(name, part)
        try:
            for place in places:
                check_place(told.kind, place)
        except BadConfig as error:
            raise BadConfig(f"agents.{name}: {error}") from None

    def _check_part(self, name: str, part: str) -> None:
        """That a part of a router can play where the router was trained."""
        home, told = self.trained_in(name), self.agents[part]
        if told.road == "specialist" and self.trained_in(part) != home:
            raise BadConfig(f"agents.{name}.parts: {part!r} plays in {self.trained_in(part)}, the router in {home}")
        try:
            check_place(told.kind, Place(home, "train", self.training(name).level))
        except BadConfig as error:
            raise BadConfig(f"agents.{name}.parts: {error}") from None

    def _check_pair(self, pair: tuple[str, str]) -> None:
        for name in pair:
            if not entry.find(name, self.agents).tested:
                raise BadConfig(f"pairs: expected agents that are tested, got {name!r}")
        if set(self.tested_in(pair[0])).isdisjoint(self.tested_in(pair[1])):
            raise BadConfig(f"pairs: expected agents that are tested in the same environment, got {list(pair)}")

    @cached_property
    def venues(self) -> dict[str, Venue]:
        """The environments by id, each with its levels."""
        if not self.environments:
            return {self.env_id: self._venue(self.env_id, EnvironmentEntry(self.primary, self.levels))}
        found = {}
        for env_id, told in self.environments.items():
            try:
                found[env_id] = self._venue(env_id, told)
            except BadConfig as error:
                raise BadConfig(f"environments.{env_id}.{error}") from None
        return found

    def _venue(self, env_id: str, told: EnvironmentEntry) -> Venue:
        return venue(env_id, told, self.episodes, self.evaluation_seed, self.samples)

    def trained_in(self, name: str) -> str:
        """The environment in which an agent's weights were trained last.

        With several environments it has to be told, by the agent or by one that it starts from. Raises BadConfig.
        """
        trained = self.agents[name].weights or name
        given, start = self.agents[trained].train.get("env_id"), self.agents[trained].start
        if given is not None:
            return str(given)
        if not self.environments:
            return self.env_id
        if start is not None:
            return self.trained_in(start)
        if len(self.venues) > 1:
            raise BadConfig(f"agents.{trained}.train.env_id: expected one of {', '.join(self.venues)}, got none")
        return next(iter(self.venues))

    def tested_in(self, name: str) -> tuple[str, ...]:
        """The environments in which an agent is tested: those it names, else where it was trained, else all.

        Raises:
            BadConfig: an environment in which it cannot play, or none of the comparison's.
            UnknownName: an environment that is not the comparison's.
        """
        tested = self.agents[name]
        if not tested.tested:
            return ()
        for env_id in tested.env_ids:
            if env_id not in self.venues:
                raise UnknownName(f"environment in agents.{name}.env_ids", env_id, self.venues)
        if tested.env_ids:
            places = tuple(dict.fromkeys(tested.env_ids))
        elif tested.road == "baseline" or not self.environments:
            places = tuple(self.venues)
        elif (home := self.trained_in(name)) in self.venues:
            places = (home,)
        else:
            raise BadConfig(
                f"agents.{name}: trains in {home}, where nobody is tested; give `env_ids` or `tested: false`"
            )
        if tested.road == "specialist" and places != (self.trained_in(name),):
            home = self.trained_in(name)
            raise BadConfig(f"agents.{name}: a specialist plays where it trains, in {home}, not in {', '.join(places)}")
        return places

    def training(self, name: str) -> Training:
        """The checked training configuration of an agent."""
        return self.agents[name].training(self.trained_in(name), f"agents.{name}.train")

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return Path(self.out or f"runs/{self.name}")


def read_comparison(path: Path, **overrides: Any) -> Comparison:
    """A comparison from its YAML file.

    Args:
        path: the file, or the name of a preset that ships with the package.
        overrides: values that take the place of the file's, where not None; those of its environments and levels too.

    Raises:
        BadConfig: missing, unreadable, or a value of the wrong type.
        UnknownName: a key, agent or metric that does not exist.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    values = {"name": path.stem, **read_yaml(preset(path))}
    for name in _OF_A_VENUE:
        if name in given:
            values = _without(values, name)
    return build(Comparison, {**values, **given}, path.name)


def _without(values: Any, name: str) -> Any:
    """Settings of a comparison without one of them, on its environments and levels as well."""
    if not isinstance(values, Mapping):
        return values
    kept = {key: value for key, value in values.items() if key != name}
    if isinstance(levels := kept.get("levels"), list):
        kept["levels"] = [_without(level, name) for level in levels]
    if isinstance(environments := kept.get("environments"), Mapping):
        kept["environments"] = {env_id: _without(told, name) for env_id, told in environments.items()}
    return kept


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
