"""After how many problems the agent that was dearer to train has cost less in all, as a table."""

from __future__ import annotations

import math

import numpy as np

from ..cost import Bill, BreakEven, break_even
from .data import AgentInfo, Run, number
from .tables import MISSING, Cell, Column, Table, big

AXES = (("FLOPs", "train_flops", "flops"), ("CPU-seconds", "train_cpu_seconds", "seconds"))
"""what is counted: its name, in training, and in an episode"""


def break_even_table(run: Run) -> Table:
    """The planned pairs of which both were trained; without any the table has no rows."""
    rows = []
    for names in run.pairs:
        pair = tuple(run.agent(name) for name in names)
        if all(agent.trained and (agent.name, run.primary) in run.cells for agent in pair):
            for axis, training, episode in AXES:
                one, other = (_bill(run, agent, training, episode) for agent in pair)
                found = break_even(one, other)
                agents = [Cell(agent.label, agent=agent.name) for agent in pair]
                rows.append((*agents, Cell(axis), *map(Cell, _told(found, pair))))
    columns = (
        Column("One", False),
        Column("Other", False),
        Column("Counted", False),
        Column("Problems to break-even"),
        Column("95 % interval"),
        Column("Cheaper in the long run", False),
    )
    return Table(f"Break-even on {run.place}", columns, tuple(rows))


def _bill(run: Run, agent: AgentInfo, training: str, episode: str) -> Bill:
    """By training seed what an agent cost to make and costs to use; NaN where a seed has no cost."""
    made = {row.get("training_seed"): number(row.get(training)) for row in run.costs if row["agent"] == agent.name}
    used: dict[int, list[float]] = {}
    for each in run.cells[agent.name, run.primary]:
        used.setdefault(each.training_seed, []).append(each.number(episode))
    return Bill(
        tuple(made.get(seed, math.nan) for seed in used), tuple(float(np.mean(costs)) for costs in used.values())
    )


def _told(found: BreakEven, pair: tuple[AgentInfo, ...]) -> tuple[str, str, str]:
    if math.isnan(found.episodes):
        return "not recorded", MISSING, MISSING
    ahead = "neither" if found.cheaper_after < 0 else pair[found.cheaper_after].label
    bounds = MISSING if math.isnan(found.low) else f"{_episodes(found.low)} to {_episodes(found.high)}"
    return _episodes(found.episodes), bounds, ahead


def _episodes(count: float) -> str:
    return "never" if math.isinf(count) else "from the first" if count == 0 else big(count)
