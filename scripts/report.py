"""Make the page and the table of a comparison again, from its lines alone.

reason report runs/quick
reason report runs/quick --figure docs/quick.svg
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from ..agents.visible import say
from ..arena.report import damage_lines, not_run_lines, results_tables, spent_lines, write_figure, write_report
from .parsing import parse


@dataclass(frozen=True)
class Report:
    """Which comparison."""

    run: Annotated[Path, tyro.conf.Positional]
    """folder that `reason compare` wrote"""
    figure: Path | None = None
    """also write one SVG figure there"""
    env_id: str | None = None
    """environment of the figure; the first of the comparison if not told"""


def main(words: list[str]) -> None:
    """Write the page."""
    options = parse(Report, "report", words, __doc__)
    page = write_report(options.run)
    Console().print(*results_tables(options.run))
    for line in [*damage_lines(options.run), *spent_lines(options.run), *not_run_lines(options.run)]:
        say(line)
    say(f"report: {page}")
    if options.figure is not None:
        say(f"figure: {write_figure(options.run, options.figure, options.env_id)}")
