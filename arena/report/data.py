"""A comparison as the report knows it: one `Run` an environment, made of small frozen records."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Row = Mapping[str, Any]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""what HTML or UTF-8 cannot hold, and what turns the text behind it round"""
BREAKS = re.compile(r"[ \t\n\r]+")


@dataclass(frozen=True)
class AgentInfo:
    """One competitor, as the comparison names it."""

    name: str
    label: str
    road: str
    """`llm`, `specialist`, `hybrid` or `baseline`"""
    trained: bool
    note: str = ""


@dataclass(frozen=True)
class LevelInfo:
    """One level of difficulty; levels are compared as texts, so 2 and "2" are the same."""

    level: str
    label: str
    """what it asks for"""
    trained_on: tuple[str, ...] = ()
    name: str = ""
    """how the comparison calls it, if it gives it a name"""

    @property
    def title(self) -> str:
        """Its name in a sentence."""
        return self.name or f"level {self.level}"

    @property
    def short(self) -> str:
        """Its name in a table."""
        return self.name or self.level


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

    @property
    def family(self) -> str:
        """What its problem was made by, with others; empty where none is recorded."""
        return text(self.scores.get("family"))

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
    """share of validation problems that are solved"""
    split: str
    level: str
    train_flops: float = math.nan
    furthest: float = math.nan
    """mean number of the furthest milestone; not a number where there are none, or none were recorded"""


@dataclass(frozen=True)
class Run:
    """One environment of a comparison. `episodes` holds at most one try per agent, training seed, problem, sample."""

    title: str
    metric: str
    primary: str
    env_id: str
    agents: tuple[AgentInfo, ...]
    """those that have to do with this environment"""
    levels: tuple[LevelInfo, ...]
    pairs: tuple[tuple[str, str], ...]
    episodes: tuple[Episode, ...]
    points: tuple[Point, ...]
    costs: tuple[Row, ...]
    """of all agents, for some go on from those of other environments"""
    comparison: Row
    """all of comparison.json"""
    told: Row
    """what it says about this environment"""
    cast: tuple[AgentInfo, ...] = ()
    """all agents of the comparison, so that each looks the same everywhere"""
    places: int = 1
    """environments of the comparison"""
    left_out: tuple[tuple[str, str], ...] = ()
    """levels that could not be played: name and reason"""
    latency: tuple[Row, ...] = ()
    """how long each agent takes to decide here, as it was measured apart from the tests"""
    margin: float = 0.0
    """up to which a difference on the primary metric is as good as none"""

    @property
    def own_costs(self) -> tuple[Row, ...]:
        """The bills of those that have to do with this environment."""
        own = {agent.name for agent in self.agents}
        return tuple(row for row in self.costs if row.get("agent") in own)

    @property
    def several(self) -> bool:
        """Whether the comparison has other environments."""
        return self.places > 1

    @property
    def slug(self) -> str:
        """What the ids of this environment's part of a page begin with; empty if it is the only one."""
        return re.sub(r"[^a-z0-9]+", "-", self.env_id.lower()) + "-" if self.several else ""

    @property
    def where(self) -> str:
        """Behind what is said of one environment, where there are several."""
        return f" of {self.env_id}" if self.several else ""

    @property
    def place(self) -> str:
        """The primary level in a sentence, and its environment where there are several."""
        return self.level(self.primary).title + self.where

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
    """A float; NaN for whatever is not a number, or too large for one."""
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan


def text(value: object) -> str:
    """A text that HTML and UTF-8 can hold: controls, orders of direction and lone surrogates become U+FFFD."""
    return "" if value is None else CONTROL.sub("\ufffd", str(value))


def short(value: object, most: int = 120) -> str:
    """The same as a part of a line, cut where it is longer than `most` characters."""
    whole = text(value)
    return BREAKS.sub(" ", whole if len(whole) <= most else whole[: most - 1] + "…")


def told_of(run: Run, name: str) -> Row:
    """What comparison.json says of an agent beside what the report shows of it."""
    listed: Iterable[Row] = run.comparison.get("agents") or ()
    return next((row for row in listed if row.get("name") == name), {})
