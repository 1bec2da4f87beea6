"""Which cells a comparison is made of, where they lie, and what has to stand before each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ..agents.language_model.config import LanguageModelConfig, Stage
from ..agents.learning import checkpoint
from ..agents.learning.texts import content_hash
from ..agents.registry import MANY, ROUTER, SECOND
from ..agents.router.parts import Part
from ..agents.test_time.config import SAMPLES
from ..tasks import registry
from .agent_cell import AgentCell
from .cells import Cell, TestCell, TrainCell
from .config import Comparison
from .entry import Entry, Training
from .latency import LatencyCell
from .venue import Trial, Venue


class Plan:
    """The cells of a comparison and where they lie."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self._cells: dict[tuple[str, int], TrainCell] = {}
        for name, entry in comparison.agents.items():
            if entry.trains:
                for seed in comparison.training_seeds:
                    self._train_cell(name, seed)

    def cells(self) -> list[Cell]:
        """All cells."""
        return [*self.training(), *self.tests()]

    def training(self) -> list[TrainCell]:
        """The training cells."""
        return list(self._cells.values())

    def tests(self) -> list[TestCell]:
        """The test cells in the order in which their lines are merged."""
        comparison = self.comparison
        return [
            self._test_cell(name, entry, seed, comparison.venues[env_id], trial)
            for name, entry in comparison.agents.items()
            for seed in (comparison.training_seeds if entry.road != "baseline" else (0,))
            for env_id in comparison.tested_in(name)
            for trial in comparison.venues[env_id].trials
        ]

    def latencies(self) -> list[LatencyCell]:
        """What times each agent, as trained with the first seed, on the primary level of every environment."""
        venues, first = self.comparison.venues, self.comparison.training_seeds[:1]
        return [
            _timed(cell)
            for cell in self.tests()
            if cell.level == venues[cell.env_id].primary.level and (cell.weights is None or cell.seed in first)
        ]

    def trained(self, name: str, seed: int) -> TrainCell | None:
        """The training cell whose weights an agent plays with."""
        return self._cells.get((self.comparison.agents[name].weights or name, seed))

    def made_of(self, name: str, seed: int) -> list[TrainCell]:
        """The training cells that an agent's bill is of: its own, those it started from, and those of its parts."""
        names = [each for source in self._played_with(name) for each in self.chain(source)]
        found = {cell.marker: cell for each in names if (cell := self._cells.get((each, seed)))}
        for part in self.comparison.agents[name].parts:
            found |= {cell.marker: cell for cell in self.made_of(part, seed)}
        return list(found.values())

    def chain(self, name: str) -> list[str]:
        """The agents that an agent's weights have come through, the first one first, itself the last."""
        names = [name]
        while start := self.comparison.agents[names[0]].start:
            names.insert(0, start)
        return names

    def _train_cell(self, name: str, seed: int) -> TrainCell:
        """The cell of an agent and a seed, after those of the agents that it starts from and learns from."""
        if (name, seed) not in self._cells:
            entry = self.comparison.agents[name]
            start, teacher = (self._train_cell(each, seed) if each else None for each in (entry.start, entry.teacher))
            made = self._router(name, entry, seed) if entry.kind == ROUTER else None
            self._cells[name, seed] = made or self._made(name, entry, seed, start, teacher)
        return self._cells[name, seed]

    def _made(
        self, name: str, entry: Entry, seed: int, start: TrainCell | None, teacher: TrainCell | None
    ) -> TrainCell:
        config, stage = self.comparison.training(name), entry.trained_stage
        identity = [entry.kind, stage, _settings(config, stage), start.folder.parent.name if start else None]
        if given := _given(config, stage):
            identity.append(given)
        if versions := _versions(config):
            identity.append(versions)
        if teacher:
            identity.append(teacher.folder.parent.name)
            config = _taught(config, stage, teacher.weights)
        return TrainCell(
            agent=name,
            seed=seed,
            folder=self.comparison.folder / "cells" / f"{name}-{checkpoint.config_hash(identity)}" / f"seed-{seed}",
            config=config,
            stage=stage,
            start=start.weights if start else None,
            needs=tuple(cell.marker for cell in (start, teacher) if cell),
        )

    def _router(self, name: str, entry: Entry, seed: int) -> TrainCell:
        """The cell of a router, after those of its parts, which are those of its seed."""
        config = self.comparison.training(name)
        parts, needs, identity = [], list[Path](), list[Any]([entry.kind, _settings(config, None)])
        for part in entry.parts:
            told = self.comparison.agents[part]
            cells = [self._train_cell(each, seed) for each in self._played_with(part)]
            options, weights = _options(told), cells[0].weights if cells else None
            identity.append([part, told.kind, told.view, options, *(cell.folder.parent.name for cell in cells)])
            if told.second:
                options = {**options, SECOND[told.kind]: cells[1].weights}
            parts.append(Part(part, told.kind, told.view, weights, options))
            needs += [cell.marker for cell in cells]
        if versions := _versions(config):
            identity.append(versions)
        return TrainCell(
            agent=name,
            seed=seed,
            folder=self.comparison.folder / "cells" / f"{name}-{checkpoint.config_hash(identity)}" / f"seed-{seed}",
            config=config,
            needs=tuple(dict.fromkeys(needs)),
            parts=tuple(parts),
        )

    def _played_with(self, name: str) -> list[str]:
        """The agents with whose weights one plays: its own or another's, and those that they need beside them."""
        entry = self.comparison.agents[name]
        own = entry.weights or (name if entry.trains else None)
        return [each for each in (own, entry.second) if each is not None]

    def _test_cell(self, name: str, entry: Entry, seed: int, venue: Venue, trial: Trial) -> TestCell:
        cell, options = self.trained(name, seed), _options(entry)
        second = self._cells[entry.second, seed] if entry.second else None
        version = registry.load(registry.task_of(venue.env_id)).VERSION
        identity = [
            *(entry.kind, entry.view, venue.env_id, version, trial.level, options),
            *(trial.episodes, venue.evaluation_seed),
            cell.folder.parent.name if cell else None,
            *([trial.samples] if trial.samples > 1 else []),
            *([second.folder.parent.name] if second else []),
        ]
        if second:
            options = {**options, SECOND[entry.kind]: second.weights}
        folder = self.comparison.folder / "cells" / f"{name}-test" / f"seed-{seed}"
        return TestCell(
            agent=name,
            kind=entry.kind,
            view=entry.view,
            seed=seed,
            level=trial.level,
            env_id=venue.env_id,
            episodes=trial.episodes,
            evaluation_seed=venue.evaluation_seed,
            samples=trial.samples,
            effort=3.0 * trial.samples * options.get("n", 1),
            marker=folder / checkpoint.config_hash(identity) / "lines.jsonl",
            weights=cell.weights if cell else None,
            options=options,
            needs=tuple(each.marker for each in (cell, second) if each),
        )


def _timed(cell: TestCell) -> LatencyCell:
    """What times the agent of a test, beside it."""
    same = {each.name: getattr(cell, each.name) for each in fields(AgentCell)}
    return LatencyCell(**{**same, "marker": cell.marker.with_name("latency") / "latency.json"})


def _options(entry: Entry) -> dict[str, Any]:
    """How an agent is to play, as far as it is told."""
    names = ("temperature", "max_new_tokens", "price")
    told = {key: getattr(entry, key) for key in names if getattr(entry, key) is not None}
    # All of what answers depend on is in here: another default would be another agent.
    return {**told, "n": SAMPLES if entry.n is None else entry.n} if entry.kind in MANY else told


def _versions(config: Training) -> dict[str, int]:
    """Of the tasks that are learnt from, for another version has other problems; the first one goes without saying."""
    lessons = [config.lessons] if isinstance(config, LanguageModelConfig) else []
    tasks = {registry.task_of(config.env_id), *lessons}.intersection(registry.names())  # a stranger's has no version
    found = {task: registry.load(task).VERSION for task in sorted(tasks)}
    return {task: version for task, version in found.items() if version > 1}


def _settings(config: Training, stage: Stage | None) -> Mapping[str, Any]:
    """What the weights depend on."""
    return config.as_dict() if stage is None else config.identity(stage)  # type: ignore[union-attr]


def _given(config: Training, stage: Stage | None) -> dict[str, str]:
    """What a stage reads besides: data by what is in it, checkpoints by where they are."""
    if not isinstance(config, LanguageModelConfig) or stage is None:
        return {}
    paths = {name: value for name, value in vars(config.section(stage)).items() if isinstance(value, Path)}
    return {name: content_hash(path) if name == "data" and path.exists() else str(path) for name, path in paths.items()}


def _taught(config: Training, stage: Stage | None, checkpoint: Path) -> LanguageModelConfig:
    """The configuration with the checkpoint of the teacher, or of the reward model that pays."""
    assert isinstance(config, LanguageModelConfig)
    assert stage is not None
    section: Any = config.section(stage)
    place = {"teacher" if stage == "distill" else "reward_model": checkpoint}
    return replace(config, **{stage: replace(section, **place)})
