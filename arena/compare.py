"""A comparison from its file to its lines: which cells there are, which come first, and what is merged at the end.

Cells run in worker processes, each with one thread. A worker that loses its parent ends at once, so a comparison that
was killed and started again has its cells to itself; every cell holds a lock on its place while it works.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..agents.learning.progress import Progress
from ..tasks.errors import BadConfig, ReasonError
from .cells import PROGRESS, Cell, TestCell
from .config import Comparison
from .files import sole_user
from .merge import merge
from .plan import Plan


def compare(comparison: Comparison, command: str = "", name: str = "compare") -> Path:
    """Train what is not trained, test what is not tested, and write the lines of the whole comparison.

    Args:
        comparison: what to compare.
        command: how it was called, for the report.
        name: what the progress is called.

    Returns:
        The folder with `results.jsonl`, `curves.jsonl`, `costs.jsonl` and `comparison.json`.

    Raises:
        ReasonError: of a cell; what is done stays done.
        KeyboardInterrupt: interrupted; the same call goes on.
    """
    plan = Plan(comparison)
    with sole_user(comparison.folder):
        _run_all(plan.cells(), _workers(comparison.workers), name)
        merge(plan, command)
    return comparison.folder


class WorkerLost(ReasonError):
    """A process at work on a cell ended without a word."""


def _workers(wanted: int) -> int:
    if wanted < 0:
        raise BadConfig(f"workers: expected 1 or more, or 0 for one a CPU, got {wanted}")
    return wanted or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else wanted or os.cpu_count() or 1


def _run_all(cells: list[Cell], workers: int, name: str) -> None:
    """Run the cells that are not done, a cell as soon as those it needs are, the longest first."""
    waiting = sorted((cell for cell in cells if not cell.done), key=lambda cell: -_depth_effort(cell, cells))
    if not waiting:
        return
    total, count = left(waiting), len(waiting)
    running: dict[Future[None], Cell] = {}
    context = multiprocessing.get_context("spawn")
    with (
        Progress(name, 100, unit="%") as bar,
        ProcessPoolExecutor(workers, context, initializer=_prepare_worker) as pool,
    ):
        try:
            while waiting or running:
                for cell in [cell for cell in waiting if all(marker.exists() for marker in cell.needs)]:
                    if len(running) < workers:
                        waiting.remove(cell)
                        running[pool.submit(_work, cell)] = cell
                done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                    del running[future]
                shown = {cell.name: f"{_share(cell):.0%}" for cell in running.values()}
                # A cell that goes on from its last checkpoint is set back to that.
                done_now = max(100 * (1 - left([*waiting, *running.values()]) / total), bar.done)
                bar.advance(done_now - bar.done, **shown)
            bar.advance(100 - bar.done, cells=count)
        except BrokenProcessPool:
            raise WorkerLost(
                "a worker process was lost, perhaps for want of memory; give --workers 1, or the same command again"
            ) from None
        except BaseException:
            _interrupt_workers()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _interrupt_workers() -> None:
    """Have the other cells keep a checkpoint and stop, as on Ctrl-C."""
    for worker in multiprocessing.active_children():
        if worker.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGINT)


def _depth_effort(cell: Cell, cells: list[Cell]) -> float:
    """A cell's effort and that of the longest chain of cells that wait for it."""
    after = [other for other in cells if cell.marker in other.needs]
    return cell.effort + max((_depth_effort(other, cells) for other in after), default=0.0)


def left(cells: Iterable[Cell]) -> float:
    """The effort that cells still need; what an earlier process did of them is not counted as done by this one."""
    return sum(cell.effort * (1 - _share(cell)) for cell in cells)


def _share(cell: Cell) -> float:
    """How much of a training cell is done, from what it reports."""
    if isinstance(cell, TestCell):
        return 0.0
    try:
        update = json.loads((cell.folder / PROGRESS).read_text())["update"]
    except (OSError, ValueError):
        return 0.0
    stage: Any = getattr(cell.config, cell.stage) if cell.stage else cell.config
    return float(min(update / max(stage.updates, 1), 1.0))


def _prepare_worker() -> None:
    """One thread a worker, set before torch is imported; and no life without the parent."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _work(cell: Cell) -> None:
    """Run a cell in a worker, once whoever else is at it has ended."""
    with sole_user(cell.marker.parent, wait=True):
        if not cell.done:
            cell.run()
