"""Reading what a comparison left in its folder: comparison.json and three files of JSON lines.

Nothing else feeds the report. A value that is missing becomes NaN or an empty text and is left out of the sums; a last
line that a killed run left half-written is ignored; any other line that cannot be read is named in one clear error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...tasks.errors import BadConfig, ReasonError, StorageError

Row = Mapping[str, Any]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class AgentInfo:
    """One competitor, as the comparison names it."""

    name: str
    label: str
    road: str
    """`llm`, `specialist` or `baseline`"""
    trained: bool
    note: str = ""


@dataclass(frozen=True)
class LevelInfo:
    """One level of difficulty; levels are compared as texts, so 2 and "2" are the same."""

    level: str
    label: str
    trained_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Episode:
    """One agent's try at one problem; numbers that were not measured are NaN."""

    agent: str
    training_seed: int
    level: str
    seed: str
    problem_id: str
    question: str
    expected: str
    answer: str
    verdict: str
    transcript: str
    sample: int
    """how many earlier tries there were at the same problem"""
    scores: Row
    """the whole line, from which the primary metric is read by name"""

    @property
    def item(self) -> tuple[str, str]:
        """What makes two episodes the same problem."""
        return self.problem_id, self.seed

    def number(self, field: str) -> float:
        """A numeric field of the line."""
        return number(self.scores.get(field))


@dataclass(frozen=True)
class Point:
    """One checkpoint of a training run."""

    agent: str
    training_seed: int
    stage: str
    samples: float
    cpu_seconds: float
    score: float
    split: str
    level: str


@dataclass(frozen=True)
class Run:
    """A whole comparison. `episodes` holds at most one try per agent, training seed, problem and sample."""

    title: str
    metric: str
    primary: str
    env_id: str
    agents: tuple[AgentInfo, ...]
    levels: tuple[LevelInfo, ...]
    pairs: tuple[tuple[str, str], ...]
    episodes: tuple[Episode, ...]
    points: tuple[Point, ...]
    costs: tuple[Row, ...]
    comparison: Row

    @cached_property
    def cells(self) -> Mapping[tuple[str, str], tuple[Episode, ...]]:
        """The episodes of each (agent, level) that have a score on the primary metric."""
        found: dict[tuple[str, str], list[Episode]] = {}
        for episode in self.episodes:
            if math.isfinite(episode.number(self.metric)):
                found.setdefault((episode.agent, episode.level), []).append(episode)
        return {key: tuple(episodes) for key, episodes in found.items()}

    @property
    def unscored(self) -> int:
        """How many episodes are left out because their score is missing or not a number."""
        return len(self.episodes) - sum(map(len, self.cells.values()))

    def agent(self, name: str) -> AgentInfo:
        """The agent of that name."""
        return next(agent for agent in self.agents if agent.name == name)

    def level(self, name: str) -> LevelInfo:
        """The level of that name."""
        return next((level for level in self.levels if level.level == name), LevelInfo(name, ""))


def number(value: object) -> float:
    """A float; NaN for whatever is not a number."""
    return float(value) if isinstance(value, int | float) else math.nan


def text(value: object) -> str:
    """A text that HTML and UTF-8 can hold: control characters and lone surrogates become U+FFFD."""
    return "" if value is None else CONTROL.sub("\ufffd", str(value))


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        BadConfig: it is not the folder of a comparison, or nothing was recorded in it.
        StorageError: a file cannot be read.
    """
    folder = Path(folder)
    comparison = _comparison(folder)
    try:
        return _assemble(folder, comparison)
    except ReasonError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadConfig(f"{folder}: a field has another shape than `reason compare` writes ({error})") from error


def _assemble(folder: Path, comparison: dict[str, Any]) -> Run:
    rows = list(_lines(folder / "results.jsonl"))
    episodes = _episodes(rows, text(comparison.get("env_id")))
    if not episodes:
        raise BadConfig(f"{folder}: results.jsonl holds no episode; run the comparison before reporting it")
    points = tuple(_point(row) for row in _lines(folder / "curves.jsonl") if "agent" in row)
    agents = _agents(comparison, episodes, rows)
    known = {agent.name for agent in agents}
    levels = _levels(comparison, episodes)
    primary = comparison.get("primary") or {}
    pairs = [tuple(map(text, pair)) for pair in comparison.get("pairs") or ()]
    return Run(
        title=text(comparison.get("title") or comparison.get("name") or folder.name),
        metric=text(primary.get("metric") or "correct"),
        primary=text(primary.get("level", levels[0].level)),
        env_id=text(comparison.get("env_id")),
        agents=agents,
        levels=levels,
        pairs=tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2 and known.issuperset(pair)),
        episodes=episodes,
        points=tuple(point for point in points if point.agent in known),
        costs=tuple(row for row in _lines(folder / "costs.jsonl") if row.get("agent") in known),
        comparison=comparison,
    )


def _comparison(folder: Path) -> dict[str, Any]:
    path = folder / "comparison.json"
    if not path.is_file():
        raise BadConfig(f"{folder}: no comparison.json in it; expected a folder that `reason compare` wrote")
    try:
        comparison = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadConfig(f"{path}: not JSON ({error})") from error
    if not isinstance(comparison, dict):
        raise BadConfig(f"{path}: expected a JSON object, got {type(comparison).__name__}")
    return comparison


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file; none if it does not exist."""
    if not path.exists():
        return
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    last = max((index for index, line in enumerate(lines) if line.strip()), default=0)
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            if index == last:  # a killed run stops in the middle of a line
                return
            raise BadConfig(f"{path}, line {index + 1}: not JSON ({error})") from error
        if not isinstance(row, dict):
            raise BadConfig(f"{path}, line {index + 1}: expected a JSON object, got {type(row).__name__}")
        yield row


def _episodes(rows: list[dict[str, Any]], env_id: str) -> tuple[Episode, ...]:
    """The test episodes of the compared environment; a problem tried again after a resume counts once, the last."""
    rows = [row for row in rows if "agent" in row]
    tested = [row for row in rows if row.get("split", "test") == "test"] or rows
    found: dict[tuple[object, ...], Episode] = {}
    for row in [row for row in tested if row.get("env_id", env_id) == env_id] or tested:
        episode = _episode(row)
        found[episode.agent, episode.training_seed, episode.level, episode.item, episode.sample] = episode
    return tuple(found.values())


def _episode(row: dict[str, Any]) -> Episode:
    return Episode(
        agent=text(row["agent"]),
        training_seed=int(row.get("training_seed") or 0),
        level=text(row.get("level", "")),
        seed=text(row.get("seed")),
        problem_id=text(row.get("problem_id")),
        question=text(row.get("question")),
        expected=text(row.get("expected")),
        answer=text(row.get("answer")),
        verdict=text(row.get("verdict") or "not recorded"),
        transcript=text(row.get("transcript")),
        sample=int(row.get("sample") or 0),
        scores=row,
    )


def _point(row: dict[str, Any]) -> Point:
    return Point(
        agent=text(row["agent"]),
        training_seed=int(row.get("training_seed") or 0),
        stage=text(row.get("stage")),
        samples=number(row.get("samples")),
        cpu_seconds=number(row.get("cpu_seconds")),
        score=number(row.get("score")),
        split=text(row.get("split")),
        level=text(row.get("level")),
    )


def _agents(comparison: Row, episodes: tuple[Episode, ...], rows: list[dict[str, Any]]) -> tuple[AgentInfo, ...]:
    """The declared agents in their order, then any that only the results know."""
    agents = {}
    for entry in comparison.get("agents") or ():
        name, road = text(entry.get("name")), text(entry.get("road") or "baseline")
        label, trained = text(entry.get("label") or name), bool(entry.get("trained", road != "baseline"))
        agents[name] = AgentInfo(name, label, road, trained, text(entry.get("note")))
    views = {text(row.get("agent")): row.get("view") for row in rows}
    for name in dict.fromkeys(episode.agent for episode in episodes):
        road = "llm" if views.get(name) == "text" else "specialist"
        agents.setdefault(name, AgentInfo(name, name, road, trained=True))
    return tuple(agents.values())


def _levels(comparison: Row, episodes: tuple[Episode, ...]) -> tuple[LevelInfo, ...]:
    levels = {}
    for entry in comparison.get("levels") or ():
        name, trained_on = text(entry.get("level")), tuple(map(text, entry.get("trained_on") or ()))
        levels[name] = LevelInfo(name, text(entry.get("label")), trained_on)
    for name in sorted({episode.level for episode in episodes} - set(levels)):
        levels[name] = LevelInfo(name, "")
    return tuple(levels.values())
