"""A comparison from its file to its lines: which cells there are, which come first, and what is merged at the end.

Cells run in worker processes, each with one thread. A worker that loses its parent ends at once, so a comparison that
was killed and started again has its cells to itself; every cell holds a lock on its place while it works.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..agents.learning import checkpoint
from ..agents.learning.progress import Progress, read_lines
from ..tasks import registry
from ..tasks.errors import BadConfig, ReasonError
from .cells import COST, PROGRESS, Cell, TestCell
from .config import Comparison
from .files import sole_user, write_whole
from .plan import Plan

RESULTS, CURVES, COSTS, COMPARISON = "results.jsonl", "curves.jsonl", "costs.jsonl", "comparison.json"


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
        _merge(plan, command)
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
    total, count = sum(cell.effort for cell in waiting), len(waiting)
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
                left = sum(cell.effort for cell in waiting)
                shown = {cell.name: f"{_share(cell):.0%}" for cell in running.values()}
                left += sum(cell.effort * (1 - _share(cell)) for cell in running.values())
                bar.advance(int(100 * (1 - left / total)) - bar.done, **shown)
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


def _merge(plan: Plan, command: str) -> None:
    """One file a kind of line, from the files of the cells, in the order of the comparison."""
    comparison, folder = plan.comparison, plan.comparison.folder
    tests = plan.tests()
    results = [line for cell in tests for line in read_lines(cell.marker)]
    trained = {(cell.agent, cell.seed): cell.folder / COST for cell in plan.training()}
    bills = trained | {(cell.agent, cell.seed): cell.marker.with_name(COST) for cell in tests}
    bills = {(name, seed): bill for name in comparison.agents for (agent, seed), bill in bills.items() if agent == name}
    costs = {who: json.loads(bill.read_text(encoding="utf-8")) for who, bill in bills.items()}
    _write_lines(folder / RESULTS, results)
    _write_lines(
        folder / COSTS, [{"agent": name, "training_seed": seed, **cost} for (name, seed), cost in costs.items()]
    )
    _write_lines(folder / CURVES, [row for name in comparison.agents for row in _curve(plan, name)])
    checkpoint.write_json(folder / COMPARISON, _described(comparison, command))


def _curve(plan: Plan, name: str) -> list[dict[str, Any]]:
    """The validation scores of an agent's training, on top of what those it came from had used up."""
    entry = plan.comparison.agents[name]
    rows = []
    for seed in plan.comparison.training_seeds if entry.trains else ():
        used = {"samples": 0.0, "cpu_seconds": 0.0, "train_flops": 0.0}
        for source in plan.chain(name):
            cell = plan.trained(source, seed)
            assert cell is not None
            lines = read_lines(cell.folder / (cell.stage or "") / "metrics.jsonl")
            for line in lines:
                if "score" in line:
                    spent = {key: used[key] + line[key] for key in used}
                    head = {"agent": name, "training_seed": seed, "stage": line["stage"]}
                    rows.append(
                        {**head, **spent, "score": line["score"], "split": "validation", "level": cell.config.level}
                    )
            used = {key: used[key] + lines[-1][key] for key in used}
    return rows


def _described(comparison: Comparison, command: str) -> dict[str, Any]:
    """What the report says about the comparison itself."""
    agents = [
        {
            "name": name,
            "label": entry.label or name,
            "road": entry.road,
            "trained": entry.road != "baseline",
            "note": entry.note,
        }
        for name, entry in comparison.agents.items()
    ]
    return {
        "name": comparison.name,
        "title": comparison.title or comparison.name,
        "env_id": comparison.env_id,
        "primary": asdict(comparison.primary),
        "levels": [_level(comparison, level) for level in comparison.levels],
        "agents": agents,
        "pairs": [list(pair) for pair in comparison.pairs],
        "training_seeds": list(comparison.training_seeds),
        "episodes": comparison.episodes,
        "evaluation_seed": comparison.evaluation_seed,
        "samples": comparison.samples,
        "command": command,
        "versions": checkpoint.versions(),
        "host": {"cpu": _cpu_name(), "cores": os.cpu_count(), "system": platform.system()},
    }


def _level(comparison: Comparison, level: int | str) -> dict[str, Any]:
    task = registry.load(comparison.place(level).task)
    trained_on = [
        name
        for name, entry in comparison.agents.items()
        if entry.road != "baseline" and comparison.training(entry.weights or name).level == level
    ]
    return {"level": level, "label": task.describe(level), "trained_on": trained_on}


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    write_whole(path, "".join(json.dumps(row) + "\n" for row in rows))
