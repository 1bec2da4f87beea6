"""Train and test all agents of a file on the same seeds; print a table, write report.html. Again: it goes on.

reason compare quick
reason compare presets/quick.yaml --out runs/mine --workers 2
"""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..agents.visible import say, visible
from ..arena.compare import compare
from ..arena.config import Comparison, read_comparison
from ..arena.executors import Cluster, Kind
from ..arena.forecast import SEED_SPREAD, loads, sights
from ..arena.merge import RESULTS
from ..arena.plan import Plan
from ..arena.report import damage_lines, fairness_lines, not_run_lines, results_tables, spent_lines, write_report
from ..tasks.errors import BadConfig, Incomplete
from .parsing import parse

_PLANNED = ("agent", "training cells", "test cells", "latency cells", "done", "CPU-minutes, about")


@dataclass(frozen=True)
class Compare:
    """Which comparison, and what to do otherwise than its file says."""

    file: Annotated[Path, tyro.conf.Positional]
    """YAML file, or the name of a preset"""
    out: str | None = None
    """folder of the results; runs/<name> if not told"""
    workers: int | None = None
    """processes at work; 0: one a CPU"""
    episodes: int | None = None
    """how many evaluation seeds on each level"""
    evaluation_seed: int | None = None
    """the first of them"""
    samples: int | None = None
    """how often each is played"""
    training_seeds: tuple[int, ...] | None = None
    """seeds to train with"""
    executor: Kind | None = None
    """who runs the cells: local processes, ray or slurm"""
    cluster: Cluster = field(default_factory=Cluster)
    """of Ray and SLURM"""
    plan: bool = False
    """say what there is to do, what it will cost about and what it will be able to tell, and do nothing"""


def main(words: list[str], verb: str = "compare", doc: str | None = __doc__) -> None:
    """Compare, print, report.

    Args:
        words: behind the verb.
        verb: as which this was called.
        doc: the first lines of its help.
    """
    options = parse(Compare, verb, words, doc)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise BadConfig(
            f"reason {verb} shares its work out by itself, see --workers: expected a start without torchrun"
        )
    comparison = read_comparison(
        options.file,
        out=options.out,
        workers=options.workers,
        episodes=options.episodes,
        evaluation_seed=options.evaluation_seed,
        samples=options.samples,
        training_seeds=options.training_seeds,
        executor=options.executor,
    )
    told = parse(Compare, verb, words, doc, replace(options, cluster=comparison.cluster))  # flags before the file
    comparison = replace(comparison, cluster=told.cluster)
    for venue in comparison.venues.values():
        for level, why in venue.left_out:
            say(f"left out: {level.label or level.level} of {venue.env_id}: {why}")
    if options.plan:
        return _show_plan(comparison)
    run = compare(comparison, f"reason {verb} {shlex.join(words)}", verb)
    missing = not_run_lines(run)
    if (run / RESULTS).stat().st_size:
        page = write_report(run)
        Console().print(*results_tables(run))
        for line in [*damage_lines(run), *fairness_lines(run), *spent_lines(run), *missing]:
            say(line)
        say(f"lines:  {run / RESULTS}\nreport: {page}\n{_spent(comparison)}")
    if missing:
        raise Incomplete(_failed(run, missing))


def _failed(run: Path, missing: Sequence[str]) -> str:
    """What is said at the end: all that was not run, if there was no report to say it in."""
    told = missing if not (run / RESULTS).stat().st_size else ()
    cells = "cell was" if len(missing) == 1 else "cells were"
    return "\n".join([*told, f"{len(missing)} {cells} not run; the same command tries again"])


def _spent(comparison: Comparison) -> str:
    used = os.times()
    if comparison.executor != "local":  # its workers are no children of this process
        seconds = f"{used.user + used.system:,.0f} CPU-seconds in this process"
        return f"spent:  {seconds}; those of each cell are in its host.json"
    seconds = f"{used.user + used.system + used.children_user + used.children_system:,.0f}"
    return f"spent:  {seconds} CPU-seconds, in this call"


def _show_plan(comparison: Comparison) -> None:
    """Cells, their cost and the differences that they can show."""
    cells, spent = Table(*_PLANNED), 0.0
    for load in loads(Plan(comparison)):
        counts = (load.training, load.tests, load.latencies, load.done)
        cells.add_row(_plain(load.agent), *map(str, counts), f"{load.cpu_seconds / 60:.1f}")
        spent += load.cpu_seconds
    pairs = Table("planned pair", "environment", "decided over", "difference that is found 4 times in 5")
    for sight in sights(comparison):
        least = "not known" if math.isnan(sight.difference) else f"{100 * sight.difference:.1f} points"
        least = "none" if sight.difference == math.inf else least
        pairs.add_row(_plain(f"{sight.second} less {sight.first}"), sight.env_id, sight.unit, least)
    console = Console()
    console.print(cells, *([pairs] if pairs.row_count else []))
    console.print(
        f"about {spent / 60:.0f} CPU-minutes in all; the differences are of shares of right answers, where training"
        f" seeds scatter by {100 * SEED_SPREAD:.0f} points",
        soft_wrap=True,
    )


def _plain(text: str) -> Text:
    """A text of the file in a table, without markup."""
    return Text(visible(text))
