"""What training takes to a stated score: how many training seeds got there, and the median cost of all of them.

A seed that never got there is no gap in the data: it cost more than was spent on it. So the median is taken over all
seeds, with infinity for those, and the mean of those that made it is not told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from .data import Point, Run, told_of
from .scores import finite_mean
from .series import curve_points
from .tables import MISSING, Cell, Column, Table, big, flops, plain

NEVER = "not reached"
_AXES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("cpu_seconds", "CPU-seconds", plain),
    ("samples", "Episodes", big),
    ("train_flops", "FLOPs", flops),
)
"""what is counted: a field of a point, its name, and how it is written"""


@dataclass(frozen=True)
class Goal:
    """The share of problems to be solved: half-way between random play and the oracle."""

    floor: float
    """what the best random player solves of the test problems; 0 without one"""
    ceiling: float
    """what the oracle solves; 1 without one"""

    @property
    def share(self) -> float:
        """The middle."""
        return (self.floor + self.ceiling) / 2

    @property
    def words(self) -> str:
        """What it is, and how the table is to be read."""
        return (
            f"Half-way between what random play solves ({100 * self.floor:.1f} %) and the oracle "
            f"({100 * self.ceiling:.1f} %), at a seed’s first such checkpoint; medians count a seed that never does as "
            "infinite."
        )


def goal(run: Run) -> Goal | None:
    """What is to be reached at the primary level; None if the oracle is no better than random play."""
    floor, ceiling = (max(_solved(run, kind), default=none) for kind, none in (("random", 0.0), ("oracle", 1.0)))
    return Goal(floor, ceiling) if ceiling > floor else None


def cost_to(points: Sequence[Point], share: float, field: str) -> float:
    """Of one training seed, what its first checkpoint had cost that solved as much; infinite if none did."""
    return next((getattr(point, field) for point in points if point.score >= share), math.inf)


def reached_table(run: Run) -> Table:
    """One row an agent with a learning curve; none without a goal.

    What is not known of a seed makes the median unknown, and not smaller.
    """
    aim, points, told = goal(run), curve_points(run), run.comparison.get("training_seeds")
    planned = told if isinstance(told, list) else []
    rows = []
    for agent in run.agents if aim else ():
        seeds: dict[int, list[Point]] = {}
        for point in points:
            if point.agent == agent.name:
                seeds.setdefault(point.training_seed, []).append(point)
        if aim and seeds:
            got = sum(any(point.score >= aim.share for point in curve) for curve in seeds.values())
            lost = [seed for seed in planned if isinstance(seed, int) and seed not in seeds]
            note = f"{len(lost)} more without a curve" if lost else ""
            costs = [
                _written([cost_to(curve, aim.share, field) for curve in seeds.values()], write)
                for field, _, write in _AXES
            ]
            by = f"{got} of {len(seeds)} seed{'s' if len(seeds) > 1 else ''}"
            rows.append((Cell(agent.label, agent=agent.name), Cell(by, note=note), *map(Cell, costs)))
    what = f"{100 * aim.share:.1f} %" if aim else ""
    heads = (f"Solved {what}", *(f"{name}, median" for _, name, _ in _AXES))
    title = f"Training until {what} are solved{run.where}"
    columns = (Column("Agent", False), *map(Column, heads))
    return Table(title, columns, tuple(rows))


def _solved(run: Run, kind: str) -> list[float]:
    """What share each baseline of a kind solves at the primary level, whatever the primary metric is."""
    found = []
    for agent in run.agents:
        if told_of(run, agent.name).get("kind", agent.name) == kind:
            share = finite_mean(each.number("correct") for each in run.cells.get((agent.name, run.primary), ()))
            found += [share] if math.isfinite(share) else []
    return found


def _written(costs: Sequence[float], write: Callable[[float], str]) -> str:
    if any(math.isnan(cost) for cost in costs):
        return MISSING
    middle = median(costs)
    return NEVER if math.isinf(middle) else write(middle)
