"""From the JSON lines of a comparison to something a person reads.

`write_report` makes one self-contained HTML page, `write_figure` one SVG for a README; `results_table` and
`more_tables` are what a terminal shows. All read the run folder and nothing else; matplotlib is imported when the first
chart is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...tasks.errors import BadConfig
from ..files import write_whole
from .answers import lengths_table, preferences_table
from .data import read_run
from .sampled import samples_table
from .tables import differences_table, main_table, terminal

if TYPE_CHECKING:
    import rich.table

_PAGE_ONLY = ("Road", "Interval over", "Training, FLOPs", "FLOPs per episode", "Tokens per episode", "Reading")

__all__ = ["more_tables", "read_run", "results_table", "write_figure", "write_report"]


def write_report(run: Path) -> Path:
    """Write `report.html` into the run folder and return its path. The file appears complete or not at all.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds no episode.
        StorageError: a file cannot be read or written.
    """
    from .page import page

    return write_whole(Path(run) / "report.html", page(read_run(run)))


def write_figure(run: Path, target: Path) -> Path:
    """Write one SVG of the trained agents: score by level, and beside it the learning curves if there are any.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds nothing to draw.
        StorageError: a file cannot be read or written.
    """
    from .charts import standalone_svg
    from .palette import looks
    from .series import curve_charts, level_chart, of_trained

    data = read_run(run)
    charts = [chart for chart in (level_chart(data), *curve_charts(data)[:1]) if chart.series]
    if not charts:
        raise BadConfig(f"{run}: no agent has a score, so there is nothing to draw")
    charts = [of_trained(data, chart) for chart in charts]
    return write_whole(Path(target), standalone_svg(charts, looks(data), percent=data.metric == "correct"))


def results_table(run: Path) -> rich.table.Table:
    """The main table of the report for the terminal.

    Raises:
        BadConfig: the folder is not that of a comparison, or holds no episode.
        StorageError: a file cannot be read.
    """
    return terminal(main_table(read_run(run)), omit=_PAGE_ONLY)


def more_tables(run: Path) -> list[rich.table.Table]:
    """The report's tables on planned differences and on answers for the terminal, those without a row left out.

    Raises:
        BadConfig, StorageError: as `results_table`.
    """
    data = read_run(run)
    tables = (differences_table(data), samples_table(data), lengths_table(data), preferences_table(data))
    return [terminal(table, omit=_PAGE_ONLY) for table in tables if table.rows]
