"""From the JSON lines of a comparison to something a person reads.

`write_report` makes one self-contained HTML page, `write_figure` one SVG for a README; `results_tables` are what a
terminal shows. All read the run folder and nothing else; matplotlib is imported when the first chart is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...tasks.errors import BadConfig
from ..files import write_whole
from .answers import lengths_table, preferences_table
from .damage import damage_lines as _damage_lines
from .energy import energy_line
from .latency import latency_table
from .missing import hosts_line
from .missing import not_run_lines as _not_run_lines
from .overall import across_tables
from .protocol import protocol_table
from .reading import read_comparison, read_run, read_runs
from .sampled import samples_table
from .strength import ratings_table
from .tables import differences_table, main_table, terminal

if TYPE_CHECKING:
    import rich.table

_PAGE_ONLY = (
    "Road",
    "Level",
    "Interval over",
    "Training, FLOPs",
    "FLOPs per episode",
    "Tokens per episode",
    "Reading",
    "Tries",
    "Ended by",
    "Batch, 95th percentile",
    "Cold start",
    "Timed",
)

__all__ = [
    "damage_lines",
    "fairness_lines",
    "not_run_lines",
    "read_run",
    "read_runs",
    "results_tables",
    "spent_lines",
    "write_figure",
    "write_report",
]


def write_report(run: Path) -> Path:
    """Write `report.html` into the run folder and return its path. The file appears complete or not at all.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds no episode.
        StorageError: a file cannot be read or written.
    """
    from .page import page

    return write_whole(Path(run) / "report.html", page(read_runs(run)))


def write_figure(run: Path, target: Path, env_id: str | None = None) -> Path:
    """Write one SVG of the trained agents: score by level, and beside it the learning curves if there are any.

    Args:
        run: folder of the comparison.
        target: file to write.
        env_id: which of its environments; the first if not told.

    Raises:
        UnknownName: the comparison has no such environment.
        BadConfig: the folder is not that of a comparison, or holds nothing to draw.
        StorageError: a file cannot be read or written.
    """
    from .charts import standalone_svg
    from .palette import looks
    from .series import curve_charts, level_chart, of_trained

    data = read_run(run, env_id)
    charts = [chart for chart in (level_chart(data), *curve_charts(data)[:1]) if chart.series]
    if not charts:
        raise BadConfig(f"{run}: no agent has a score, so there is nothing to draw")
    charts = [of_trained(data, chart) for chart in charts]
    return write_whole(Path(target), standalone_svg(charts, looks(data), percent=data.metric == "correct"))


def fairness_lines(run: Path) -> list[str]:
    """For each environment how many of the twelve requirements of fairness are met, which are not, and who is where.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds no episode.
        StorageError: a file cannot be read.
    """
    from ..divisions import division_lines
    from ..fairness import checks

    told = []
    for each in read_runs(run):
        found = checks(each)
        open_ones = [f"{place} {check.title.lower()}" for place, check in enumerate(found, start=1) if not check.met]
        rest = f"; not met: {', '.join(open_ones)}" if open_ones else ""
        told.append(f"fairness{each.where}: {len(found) - len(open_ones)} of {len(found)} requirements met{rest}")
        told += [line[0].lower() + line[1:] for line in division_lines(each)]
        told += [line] if (line := hosts_line(each)) else []
    return told


def spent_lines(run: Path) -> list[str]:
    """What all of a comparison used: energy, or why it was not measured, and seconds; none of results from before.

    Raises:
        BadConfig: the folder is not that of a comparison.
        StorageError: the file cannot be read.
    """
    line = energy_line(read_comparison(Path(run)))
    return [line] if line else []


def not_run_lines(run: Path) -> list[str]:
    """What of a comparison was not run and why, a sentence each; it need not hold an episode.

    Raises:
        BadConfig: the folder is not that of a comparison.
        StorageError: the file cannot be read.
    """
    return _not_run_lines(read_comparison(Path(run)))


def damage_lines(run: Path) -> list[str]:
    """What is wrong with the results, a sentence each; what it concerns is left out of the tables.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds no episode.
        StorageError: a file cannot be read.
    """
    return _damage_lines(read_runs(run)[0].comparison)


def results_tables(run: Path) -> list[rich.table.Table]:
    """The report's tables for the terminal, environment by environment, those without a row left out.

    The main one comes first; on planned differences, on the time to decide, on several answers to each problem, on what
    language models write, and on games follow, and last what spans environments.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds no episode.
        StorageError: a file cannot be read.
    """
    shown, runs = [], read_runs(run)
    for data in runs:
        tables = (
            main_table(data),
            differences_table(data),
            latency_table(data),
            samples_table(data, all_levels=False),
            lengths_table(data),
            preferences_table(data),
            protocol_table(data),
            ratings_table(data),
        )
        shown += [terminal(table, omit=_PAGE_ONLY) for table in tables if table.rows]
    return shown + [terminal(table) for table in across_tables(runs)]
