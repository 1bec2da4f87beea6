"""The tables of the report as plain records, shown by the page as HTML and by the terminal through rich."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...agents.visible import on_a_line
from ..statistics import Interval
from .data import Run
from .missing import DAMAGED, failed_seeds, shortfall, why_none
from .scores import bill, both_drawn, differences, per_episode, score

if TYPE_CHECKING:
    import rich.table

VERDICTS = ("correct", "wrong", "unparsable", "too_long", "illegal")
WORDS = {
    "correct": "correct",
    "wrong": "wrong answer",
    "unparsable": "no readable answer",
    "too_long": "ran out of length",
    "illegal": "illegal action",
    "failed": "environment failed",
}
ROADS = {"llm": "LLM", "specialist": "Specialist", "hybrid": "Hybrid", "baseline": "Baseline"}
MISSING = "–"
EXACT = "McNemar’s p"
_SHOWN = 200
"""characters of a text that a terminal shows"""
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and what the page may draw beside it."""

    text: str
    agent: str = ""
    """the agent whose mark stands before the text"""
    strip: Interval | None = None
    """the interval that is drawn as a small strip under the text"""
    note: str = ""
    """a second, smaller line"""


@dataclass(frozen=True)
class Column:
    """A heading; numbers are set flush right."""

    name: str
    number: bool = True


@dataclass(frozen=True)
class Table:
    """A table that knows nothing of HTML or terminals."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def main_table(run: Run) -> Table:
    """One row an agent: score, what its interval covers, and what the agent cost to make and costs to use."""
    gpu, joules = (
        any(math.isfinite(bill(run, agent.name, field)) for agent in run.agents)
        for field in ("train_gpu_seconds", "energy_joules")
    )
    rows = []
    for agent in run.agents:
        name, interval = agent.name, score(run, agent.name, run.primary)
        rows.append(
            (
                Cell(agent.label, agent=name),
                Cell(ROADS.get(agent.road, agent.road)),
                Cell(_complete(run, name, run.primary, interval), strip=interval),
                Cell(MISSING if interval is None else bounds(run, interval)),
                Cell(why_none(run, name, run.primary) if interval is None else interval.unit),
                Cell(big(bill(run, name, "parameters"))),
                Cell(plain(bill(run, name, "train_cpu_seconds"))),
                *([Cell(plain(bill(run, name, "train_gpu_seconds")))] if gpu else []),
                *([Cell(plain(bill(run, name, "energy_joules")))] if joules else []),
                Cell(flops(bill(run, name, "train_flops"))),
                Cell(big(bill(run, name, "train_episodes"))),
                Cell(flops(per_episode(run, name, "flops"))),
                Cell(plain(per_episode(run, name, "tokens"))),
            )
        )
    seconds = ["Training, CPU-seconds"] + ["Training, GPU-seconds"] * gpu + ["Training, gross joules"] * joules
    costs = ("Parameters", *seconds, "Training, FLOPs", "Training, episodes", "FLOPs per episode", "Tokens per episode")
    columns = (
        Column("Agent", False),
        Column("Road", False),
        Column("Score"),
        Column("95 % interval"),
        Column("Interval over", False),
        *map(Column, costs),
    )
    return Table(f"Results on {run.place}", columns, tuple(rows))


def differences_table(run: Run) -> Table:
    """The planned pairs on shared problems: second less first."""
    rows, found = [], differences(run)
    exact = any(math.isfinite(each.exact) for each in found)
    for each in found:
        drawn = both_drawn(run, each.first.name, each.second.name, run.primary)
        rows.append(
            (
                Cell(each.second.label, agent=each.second.name),
                Cell(each.first.label, agent=each.first.name),
                Cell(change(run, each.interval.mean)),
                Cell(
                    bounds(run, each.interval, signed=True),
                    note=f"{bounds(run, drawn, signed=True)} two-way" if drawn and drawn.known else "",
                ),
                Cell(each.interval.unit),
                *([Cell(chance(each.exact))] if exact else []),
                Cell(each.verdict),
            )
        )
    columns = (
        Column("Agent", False),
        Column("Compared with", False),
        Column("Difference"),
        Column("95 % interval"),
        Column("Interval over", False),
        *([Column(EXACT)] if exact else []),
        Column("Reading", False),
    )
    return Table(f"Differences on {run.place}, same problems on both sides", columns, tuple(rows))


def levels_table(run: Run) -> Table:
    """Score and interval of every agent at every level; a bullet marks levels the agent was trained on."""
    agents = [agent for agent in run.agents if any((agent.name, level.level) in run.cells for level in run.levels)]
    rows = []
    for level in run.levels:
        cells = [Cell(level.short, note=level.label)]
        for agent in agents:
            interval = score(run, agent.name, level.level)
            mark = "• " if agent.name in level.trained_on else ""
            if interval is None:
                cells.append(Cell(_complete(run, agent.name, level.level, None)))
            else:
                cells.append(Cell(mark + _complete(run, agent.name, level.level, interval), note=bounds(run, interval)))
        rows.append(tuple(cells))
    heads = (Column("Level", False), *(Column(agent.label) for agent in agents))
    return Table(f"Score by level{run.where}, with 95 % intervals", heads, tuple(rows))


def failures_table(run: Run) -> Table:
    """How the episodes of each agent ended, all levels and training seeds together."""
    counts = {agent.name: Counter[str]() for agent in run.agents}
    for episode in run.episodes:
        counts[episode.agent][episode.verdict] += 1
    seen = {verdict for counter in counts.values() for verdict in counter}
    kinds = [kind for kind in VERDICTS if kind in seen] + sorted(seen - set(VERDICTS))
    rows = []
    for agent in run.agents:
        total = counts[agent.name].total()
        shares = [_share(counts[agent.name][kind], total) for kind in kinds]
        rows.append((Cell(agent.label, agent=agent.name), Cell(plain(total)), *map(Cell, shares)))
    columns = (
        Column("Agent", False),
        Column("Episodes"),
        *(Column(WORDS.get(kind, kind).capitalize()) for kind in kinds),
    )
    return Table(f"How the episodes ended, all levels{run.where}", columns, tuple(rows))


def terminal(table: Table, omit: Collection[str] = ()) -> rich.table.Table:
    """The same table for the terminal, without the columns that a narrow one has no room for."""
    from rich.box import SIMPLE
    from rich.table import Table as Terminal
    from rich.text import Text

    shown = Terminal(title=Text(on_a_line(table.caption, _SHOWN)), title_justify="left", box=SIMPLE, pad_edge=False)
    kept = [index for index, column in enumerate(table.columns) if column.name not in omit]
    for column in (table.columns[index] for index in kept):
        shown.add_column(
            Text(on_a_line(column.name.replace("Training, ", ""), _SHOWN)), justify="right" if column.number else "left"
        )
    for row in table.rows:
        shown.add_row(*(Text(on_a_line(row[index].text, _SHOWN)) for index in kept))
    return shown


def value(run: Run, score: float) -> str:
    """A score in the unit of the metric: a rate in per cent, anything else as a number."""
    if math.isnan(score):
        return MISSING
    return f"{100 * score:.1f} %" if run.metric == "correct" else f"{score:.3g}"


def change(run: Run, difference: float) -> str:
    """A signed difference: percentage points for rates."""
    if math.isnan(difference):
        return MISSING
    return _minus(f"{100 * difference:+.1f} points" if run.metric == "correct" else f"{difference:+.3g}")


def bounds(run: Run, interval: Interval, signed: bool = False) -> str:
    """The two ends of an interval."""
    if interval.low is None or interval.high is None:
        return "not known"
    if run.metric == "correct":
        sign = "+" if signed else ""
        ends = [f"{100 * end:{sign}.1f}" for end in (interval.low, interval.high)]
    else:
        ends = [f"{end:{'+' if signed else ''}.3g}" for end in (interval.low, interval.high)]
    return _minus(f"{ends[0]} to {ends[1]}")


def chance(p: float) -> str:
    """A p-value to two digits."""
    return MISSING if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.2g}"


def plain(quantity: float) -> str:
    """A count or a time: three digits below 100, whole and grouped above."""
    if math.isnan(quantity):
        return MISSING
    if quantity == int(quantity) or abs(quantity) >= 100:
        return f"{quantity:,.0f}".replace(",", "\u202f")
    return f"{quantity:.3g}"


def big(quantity: float) -> str:
    """A count to three digits: 17.4 k, 1.86 M."""
    for factor, suffix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if quantity >= factor:
            return f"{quantity / min(factor, 1e3 if suffix == 'k' else factor):.3g}\u202f{suffix}"
    return plain(quantity)


def flops(quantity: float) -> str:
    """A number of operations as 1.2 × 10⁹."""
    if math.isnan(quantity) or quantity < 1e4:
        return plain(quantity)
    mantissa, exponent = f"{quantity:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}"


def _complete(run: Run, agent: str, level: str, interval: Interval | None) -> str:
    """A score, with what it lacks; in place of none whether the agent was to have one."""
    if interval is None:
        reasons = failed_seeds(run, agent, level).values()
        damaged = all(reason.startswith(DAMAGED) for reason in reasons)
        return MISSING if not reasons else "damaged" if damaged else "not run"
    short = shortfall(run, agent, level)
    return value(run, interval.mean) + (f" ({short})" if short else "")


def _share(count: int, total: int) -> str:
    return f"{plain(count)} ({100 * count / total:.0f} %)" if total else MISSING


def _minus(number: str) -> str:
    return number.replace("-", "−")
