"""How long agents take to decide. Times of hosts of several classes stand under each other, and never in one chart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from .data import Row, Run, number, short, text
from .tables import MISSING, Cell, Column, Table, plain

WAITED = 0.8
"""CPU-seconds a second on the wall below which the table says so"""
_REASON = 120


def duration(seconds: float) -> str:
    """Seconds with a unit and three digits.

    >>> duration(0.000_412_9), duration(0.000_999_7), duration(0.0312), duration(7.5)
    ('413 µs', '1 ms', '31.2 ms', '7.5 s')
    """
    if math.isnan(seconds):
        return MISSING
    rounded = float(f"{seconds:.3g}")
    unit, size = next(((unit, size) for unit, size in (("s", 1.0), ("ms", 1e-3)) if rounded >= size), ("µs", 1e-6))
    return f"{plain(float(f'{rounded / size:.3g}'))} {unit}"


def decision_seconds(run: Run, agent: str) -> float:
    """Median seconds on the wall of one decision alone; NaN if not measured, or on a host unlike that of most."""
    row = _row(run, agent)
    return _value(row, 1, "p50_seconds") if text(row.get("host")) == _class_of_most(run) else math.nan


def latency_table(run: Run) -> Table:
    """One row an agent that was timed or should have been, those of one class of hosts together."""
    classes = list(dict.fromkeys(text(row.get("host")) for row in run.latency if row.get("batches")))
    several = len(classes) > 1
    rows = []
    for host in [*filter(None, classes), ""] if several else [None]:
        for agent in run.agents:
            row = _row(run, agent.name)
            if row and (host is None or host == (text(row.get("host")) if row.get("batches") else "")):
                head = (Cell(agent.label, agent=agent.name), *([Cell(host or MISSING)] if several else []))
                rows.append((*head, *_cells(row)))
    size = next((int(found) for row in run.latency if math.isfinite(found := _served(row))), 0)
    columns = (
        Column("Agent", False),
        *([Column("Host class", False)] if several else []),
        Column("Alone, median"),
        Column("Alone, 95th percentile"),
        Column("Alone, CPU"),
        Column(f"Batch of {size}, median"),
        Column("Batch, 95th percentile"),
        Column("Decisions a second"),
        Column("Cold start"),
        Column("Timed"),
    )
    return Table(f"Time to decide on {run.place}", columns, tuple(rows))


def _cells(row: Row) -> list[Cell]:
    """What was measured of an agent, or why nothing was."""
    served = _served(row)
    if math.isnan(served):
        return [Cell("not measured", note=short(row.get("why"), _REASON)), *[Cell(MISSING)] * 7]
    batch = int(served)
    share = min(_value(row, size, "cpu_share") for size in (1, batch))
    times = [(1, "p50_seconds"), (1, "p95_seconds"), (1, "p50_cpu_seconds"), (batch, "p50_seconds")]
    shown = [duration(_value(row, *each)) for each in (*times, (batch, "p95_seconds"))]
    rate = batch / taken if (taken := _value(row, batch, "p50_seconds")) > 0 else math.nan
    counts = [_value(row, size, "timed") for size in (1, batch)]
    return [
        Cell(shown[0], note=f"had {share:.0%} of a CPU" if share < WAITED else ""),
        *map(Cell, shown[1:]),
        Cell(plain(rate)),
        Cell(duration(number(row.get("cold_seconds")))),
        Cell(" and ".join(MISSING if math.isnan(count) else f"{count:.0f}" for count in counts)),
    ]


def _row(run: Run, agent: str) -> Row:
    return next((row for row in run.latency if row.get("agent") == agent), {})


def _class_of_most(run: Run) -> str:
    counts = Counter(text(row.get("host")) for row in run.latency if row.get("batches"))
    return counts.most_common(1)[0][0] if counts else ""


def _served(row: Row) -> float:
    """Rows of the serving batch; NaN if nothing was measured in one."""
    sizes = [number(each.get("batch")) for each in _batches(row)]
    return max((size for size in sizes if size > 1 and math.isfinite(size)), default=math.nan)


def _value(row: Row, batch: int, field: str) -> float:
    found = next((each for each in _batches(row) if each.get("batch") == batch), {})
    value = number(found.get(field))
    return value if value >= 0 else math.nan


def _batches(row: Row) -> list[Row]:
    batches = row.get("batches")
    return [each for each in batches if isinstance(each, Mapping)] if isinstance(batches, list) else []
