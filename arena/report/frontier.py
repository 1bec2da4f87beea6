"""Score against what an agent costs, on one axis after another: who is on the Pareto front, and who is dominated.

Baselines are anchors: they have a score and no price, the oracle would dominate everybody, and so they are lines across
and take no part in the front.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..statistics import Interval
from .data import AgentInfo, Run
from .latency import decision_seconds, duration
from .scores import bill, per_decision, per_episode, score
from .tables import MISSING, Cell, Column, Table, big, bounds, flops, plain, value


@dataclass(frozen=True)
class Axis:
    """One way to count what an agent costs."""

    key: str
    label: str
    write: Callable[[float], str]
    cost: Callable[[Run, str], float]
    """of a run and an agent's name; NaN if not recorded"""
    note: str = ""
    """what a reader must know to read it right"""

    @property
    def exponent(self) -> bool:
        """Whether its marks are written as powers of ten."""
        return self.write in (flops, duration)


@dataclass(frozen=True)
class Place:
    """Where one agent stands on an axis."""

    agent: AgentInfo
    cost: float
    score: Interval
    front: bool
    """nobody scores as much for less, or more for as much"""


@dataclass(frozen=True)
class Frontier:
    """Everybody's place on one axis."""

    axis: Axis
    places: tuple[Place, ...]
    """in the order of the comparison"""
    missing: tuple[AgentInfo, ...]
    """those whose cost was not recorded"""

    @property
    def front(self) -> tuple[Place, ...]:
        """Those on the front, the cheapest first."""
        return tuple(sorted((place for place in self.places if place.front), key=lambda place: place.cost))

    @property
    def words(self) -> str:
        """What the chart shows."""
        behind = [place.agent for place in self.places if not place.front]
        told = [f"On the front, cheapest first: {_names([place.agent for place in self.front])}."]
        told += [f"Dominated: {_names(behind)}."] if behind else []
        told += [f"Not recorded, so not drawn: {_names(self.missing)}."] if self.missing else []
        return " ".join([*told, self.axis.note] if self.axis.note else told)


def _billed(field: str) -> Callable[[Run, str], float]:
    return lambda run, agent: bill(run, agent, field)


AXES = (
    Axis("parameters", "Parameters", big, _billed("parameters")),
    Axis("train-flops", "Training FLOPs", flops, _billed("train_flops"), "Compute inherited from others not counted."),
    Axis(
        "samples",
        "Training episodes",
        big,
        _billed("train_episodes"),
        "Episodes that training rewarded: imitation has none.",
    ),
    Axis("cpu", "Training CPU-seconds", plain, _billed("train_cpu_seconds")),
    Axis("gpu", "Training GPU-seconds", plain, _billed("train_gpu_seconds")),
    Axis(
        "joules",
        "Training joules, gross",
        plain,
        _billed("energy_joules"),
        "As counters read them: idle and neighbours included, and cells side by side each count the whole machine.",
    ),
    Axis(
        "decision",
        "FLOPs per decision",
        flops,
        lambda run, agent: per_decision(run, agent, "flops"),
        "A decision is one action: a whole answer of an agent that writes, one key of an agent that types.",
    ),
    Axis(
        "latency",
        "Seconds per decision",
        duration,
        decision_seconds,
        "Median of one decision alone, on the wall; of one class of hosts.",
    ),
    Axis("episode", "FLOPs per episode", flops, lambda run, agent: per_episode(run, agent, "flops")),
)


def frontiers(run: Run) -> list[Frontier]:
    """The axes on which anybody but the baselines has a cost."""
    found = []
    for axis in AXES:
        known: list[tuple[AgentInfo, float, Interval]] = []
        missing = []
        for agent in run.agents:
            interval = score(run, agent.name, run.primary)
            if agent.road == "baseline" or interval is None:
                continue
            cost = axis.cost(run, agent.name)
            if math.isfinite(cost):
                known.append((agent, cost, interval))
            else:
                missing.append(agent)
        if any(cost > 0 for _, cost, _ in known):
            best = undominated([(cost, interval.mean) for _, cost, interval in known])
            places = tuple(Place(*each, front=front) for each, front in zip(known, best, strict=True))
            found.append(Frontier(axis, places, tuple(missing)))
    return found


def anchors(run: Run) -> list[tuple[AgentInfo, Interval]]:
    """The baselines and their scores."""
    scored = ((agent, score(run, agent.name, run.primary)) for agent in run.agents if agent.road == "baseline")
    return [(agent, interval) for agent, interval in scored if interval is not None]


def undominated(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which (cost, score) are on the Pareto front: no other costs no more, scores no less, and is better in one.

    >>> undominated([(1, 0.5), (2, 0.5), (2, 0.7), (3, 0.6)])
    [True, False, True, False]
    """
    front = [False] * len(points)
    leader: tuple[float, float] | None = None
    for index in sorted(range(len(points)), key=lambda index: (points[index][0], -points[index][1])):
        if leader is None or points[index][1] > leader[1] or points[index] == leader:
            front[index], leader = True, points[index]
    return front


def frontier_table(run: Run, found: Sequence[Frontier]) -> Table:
    """One row an agent: its score, what it costs on every axis, and where it is on the front."""
    rows = []
    for agent in run.agents:
        interval = score(run, agent.name, run.primary)
        if interval is None:
            continue
        cells = [Cell(agent.label, agent=agent.name), Cell(value(run, interval.mean)), Cell(bounds(run, interval))]
        for each in found:
            cost = each.axis.cost(run, agent.name)
            front = any(place.agent == agent for place in each.front)
            written = each.axis.write(cost) if math.isfinite(cost) else MISSING
            cells.append(Cell(written, note="on the front" if front else ""))
        rows.append(tuple(cells))
    heads = [Column(each.axis.label) for each in found]
    columns = (Column("Agent", False), Column("Score"), Column("95 % interval"), *heads)
    return Table(f"Score against cost on {run.place}", columns, tuple(rows))


def _names(agents: Sequence[AgentInfo]) -> str:
    return "; ".join(agent.label for agent in agents)
