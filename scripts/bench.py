"""Measure ours and the peers in one run, in CPU-seconds.

reason bench envs
reason bench envs --json
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
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
    """aime, chess, envs, graders, grpo, ladder or pokemon"""
    json: bool = False
    """one JSON object a row instead of a table"""


def main(words: list[str]) -> None:
    """Measure and print."""
    options = parse(Bench, "bench", words, __doc__)
    if options.name not in BENCHES:
        raise UnknownName("bench", options.name, BENCHES)
    count, measurements = BENCHES[options.name]
    rows: list[Measurement] = []
    total = count() if callable(count) else count
    with Progress(f"bench {options.name}", total, unit="rows") as progress:
        for measured in measurements():
            rows.append(measured)
            progress.advance(last=measured.row)
            if options.json:
                print(json.dumps(measured.as_dict()), flush=True)
    if not options.json:
        for table in _tables(options.name, rows):
            Console().print(table)


def _tables(name: str, rows: list[Measurement]) -> Iterator[Table]:
    """One for each kind of row."""
    for meaning, alike in groupby(rows, lambda row: row.meaning):
        table = Table(title=f"bench {name}: {meaning}", title_justify="left")
        cells = [row.cells() for row in alike]
        for place, heading in enumerate(cells[0]):
            table.add_column(heading, justify="left" if place == 0 or heading == "unit" else "right")
        for row in cells:
            table.add_row(*row.values())
        yield table
