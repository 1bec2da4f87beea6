"""A comparison from its file to its lines: its cells are run, as far as they can be, and what they left is merged."""

from __future__ import annotations

from pathlib import Path

from .config import Comparison
from .executors import make_executor
from .executors.metering import keep_idle
from .files import sole_user
from .merge import merge
from .plan import Plan
from .schedule import run_all


def compare(comparison: Comparison, command: str = "", name: str = "compare") -> Path:
    """Train what is not trained, test what is not tested, and write the lines of the whole comparison.

    A cell that fails costs itself and what needs it: the lines lack these, and `comparison.json` names them under
    `not_run`. The same call tries them again.

    Args:
        comparison: what to compare.
        command: how it was called, for the report.
        name: what the progress is called.

    Returns:
        The folder with `results.jsonl`, `curves.jsonl`, `costs.jsonl` and `comparison.json`.

    Raises:
        BadConfig: another comparison is at work in the folder, or the executor is not to be had.
        KeyboardInterrupt: interrupted; the same call goes on.
    """
    plan = Plan(comparison)
    with sole_user(comparison.folder):
        cells = [*plan.cells(), *plan.latencies()]
        if not all(cell.done for cell in cells):
            if comparison.executor == "local":  # others have cells at work elsewhere
                keep_idle(comparison.folder)
            executor = make_executor(comparison.executor, comparison.workers, comparison.cluster, comparison.folder)
            run_all(cells, executor, comparison.cluster.retries, name)
        merge(plan, command)
    return comparison.folder
