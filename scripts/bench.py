"""Measure ours and the peers in one run, in CPU-seconds.

reason bench envs
reason bench envs --json
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from ..agents.learning.progress import Progress
from ..arena.bench import BENCHES
from ..arena.bench.measurement import Measurement
from ..tasks.errors import UnknownName
from .parsing import parse


@dataclass(frozen=True)
class Bench:
    """Which measurement."""

    name: Annotated[str, tyro.conf.Positional]
    """aime, chess, envs, graders or grpo"""
    json: bool = False
    """one JSON object a row instead of a table"""


def main(words: list[str]) -> None:
    """Measure and print."""
    options = parse(Bench, "bench", words, __doc__)
    if options.name not in BENCHES:
        raise UnknownName("bench", options.name, BENCHES)
    count, measurements = BENCHES[options.name]
    rows: list[Measurement] = []
    with Progress(f"bench {options.name}", count, unit="rows") as progress:
        for measured in measurements():
            rows.append(measured)
            progress.advance(last=measured.row)
            if options.json:
                print(json.dumps(measured.as_dict()), flush=True)
    if not options.json:
        Console().print(_table(options.name, rows))


def _table(name: str, rows: list[Measurement]) -> Table:
    table = Table(title=f"bench {name}: ratio above 1 means ours is better", title_justify="left")
    for heading, justify in (
        ("row", "left"),
        ("unit", "left"),
        ("ours", "right"),
        ("peer", "right"),
        ("ratio", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(
            row.row, row.unit, _number(row.ours), f"{_number(row.peer)} ({row.peer_name})", f"{row.ratio:.2f}"
        )
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
