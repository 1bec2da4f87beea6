"""Which cell runs when, and what a failure costs: its own cell, and those that need it.

A worker that is lost, for want of memory or with its node, says nothing against its cell, which is tried again. What a
cell raises itself would be raised again: its training is a function of its settings. Either way what is given up is on
record beside the cell's marker, in `failed.json`, and tried anew when the command is given again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..agents.learning.progress import Progress
from ..tasks.errors import StorageError
from .cells import PROGRESS, Cell, TrainCell
from .executors import Executor
from .executors.work import Outcome
from .files import write_whole

FAILED = "failed.json"
LOOK = 0.5
"""seconds between two looks at the progress of trainings"""


@dataclass(frozen=True)
class NotRun:
    """A cell without a result, and why."""

    cell: Cell
    reason: str
    skipped: bool = False
    """not tried, because what it needs failed"""

    def __str__(self) -> str:
        return f"{self.cell.name}: {self.reason}"


def run_all(cells: Sequence[Cell], executor: Executor, retries: int, name: str) -> None:
    """Run the cells that are not done, a cell as soon as those it needs are, the longest first.

    Args:
        cells: of the comparison.
        executor: who runs them. It is closed at the end.
        retries: how often a cell is tried again whose worker was lost.
        name: what the progress is called.

    Raises:
        KeyboardInterrupt: interrupted; the running cells kept checkpoints.
        ReasonError: of the executor, or the disk refused.
    """
    waiting = sorted((cell for cell in cells if not cell.done), key=lambda cell: -_depth_effort(cell, cells))
    with Progress(name, 100, unit="%", quiet=not waiting) as bar:
        try:
            _Schedule(waiting, executor, retries, bar).run()
        except BaseException:
            executor.interrupt()
            raise
        executor.close()


def not_run(cells: Iterable[Cell]) -> list[NotRun]:
    """The cells that are not done, with the reason on record, from the folder alone; those that need none first."""
    left = [cell for cell in cells if not cell.done]
    by_marker = {cell.marker: cell for cell in left}
    return [_why(cell, by_marker) for cell in left]


def _why(cell: Cell, left: dict[Path, Cell]) -> NotRun:
    for marker in cell.needs:
        if marker in left:
            root = _why(left[marker], left)
            reason = root.reason if root.skipped else f"it needs {root.cell.name}, which failed: {root.reason}"
            return NotRun(cell, reason, skipped=True)
    try:
        told = json.loads(cell.marker.with_name(FAILED).read_text(encoding="utf-8"))["reason"]
    except (OSError, ValueError, KeyError, TypeError):
        told = "it was not tried"
    return NotRun(cell, str(told))


class _Schedule:
    """Cells on their way through an executor."""

    def __init__(self, waiting: list[Cell], executor: Executor, retries: int, bar: Progress) -> None:
        self._waiting, self._executor, self._retries, self._bar = waiting, executor, retries, bar
        self._running: dict[Future[Outcome], Cell] = {}
        self._total, self._count = left(waiting), len(waiting)
        self._lost = Counter[Path]()
        self._given_up: set[Path] = set()
        self._warned: set[str] = set()

    def run(self) -> None:
        while self._waiting or self._running:
            self._skip()
            for cell in self._ready():
                self._waiting.remove(cell)
                self._running[self._executor.submit(cell)] = cell
            done, _ = wait(self._running, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in done:
                self._settle(self._running.pop(future), future)
            shown = {cell.name: f"{_share(cell):.0%}" for cell in self._running.values()}
            # A cell that goes on from its last checkpoint is set back to that.
            rest = left([*self._waiting, *self._running.values()])
            done_now = max(100 * (1 - rest / self._total), self._bar.done) if self._total else 100.0
            self._bar.advance(done_now - self._bar.done, **shown)
        if self._count:
            self._bar.advance(100 - self._bar.done, cells=self._count)

    def _ready(self) -> Iterator[Cell]:
        """Cells that can be submitted now."""
        if not self._waiting:
            return
        room = self._executor.capacity() - len(self._running)
        for cell in list(self._waiting):
            if room > 0 and all(marker.exists() for marker in cell.needs):
                room -= 1
                yield cell

    def _skip(self) -> None:
        """Leave out what needs something that was given up, and what needs that."""
        blocked = [cell for cell in self._waiting if self._given_up.intersection(cell.needs)]
        while blocked:
            for cell in blocked:
                self._waiting.remove(cell)
                self._given_up.add(cell.marker)
                self._bar.say(f"skipped: {cell.name}")
            blocked = [cell for cell in self._waiting if self._given_up.intersection(cell.needs)]

    def _settle(self, cell: Cell, future: Future[Outcome]) -> None:
        """See what became of a cell: done, to be tried again, or given up."""
        try:
            outcome = future.result()
        except Exception as error:  # whatever an executor calls the loss of a worker
            self._lose(cell, " ".join(f"{type(error).__name__}: {error}".split()))
            return
        if not outcome.locks_hold and outcome.node not in self._warned:
            self._warned.add(outcome.node)
            self._bar.say(
                f"locks of this file system do not reach {outcome.node}: start no second comparison in this folder"
            )
        if outcome.error:
            self._give_up(cell, outcome.error, outcome)
        elif _stands(cell):
            cell.marker.with_name(FAILED).unlink(missing_ok=True)
        else:
            self._give_up(
                cell, f"{outcome.node} has run it, and nothing is here; is the folder on a shared file system?", outcome
            )

    def _lose(self, cell: Cell, how: str) -> None:
        self._lost[cell.marker] += 1
        count = self._lost[cell.marker]
        if count <= self._retries:
            self._bar.say(f"{cell.name}: its worker was lost, so it is tried again ({how[:200]})")
            self._waiting.insert(0, cell)
            return
        times = f"{count} times" if count > 1 else "once"
        self._give_up(
            cell, f"its worker was lost {times}, perhaps for want of memory; fewer --workers leave more to each", how
        )

    def _give_up(self, cell: Cell, reason: str, told: Outcome | str) -> None:
        """Put on record why a cell is not run."""
        self._given_up.add(cell.marker)
        attempts = self._lost[cell.marker] + isinstance(told, Outcome)
        record: dict[str, Any] = {"cell": cell.name, "reason": reason, "attempts": attempts}
        record |= {"node": told.node, "traceback": told.traceback} if isinstance(told, Outcome) else {"loss": told}
        with suppress(StorageError):  # a full disk is told by whoever writes the results
            write_whole(cell.marker.with_name(FAILED), json.dumps(record) + "\n")
        self._bar.say(f"failed: {cell.name}: {reason}")


def _stands(cell: Cell) -> bool:
    """Whether a cell is done, once this host has asked the file system anew: NFS may remember that nothing is there."""
    if not cell.done:
        with suppress(OSError):
            list(cell.marker.parent.iterdir())
    return cell.done


def _depth_effort(cell: Cell, cells: Sequence[Cell]) -> float:
    """A cell's effort and that of the longest chain of cells that wait for it."""
    after = [other for other in cells if cell.marker in other.needs]
    return cell.effort + max((_depth_effort(other, cells) for other in after), default=0.0)


def left(cells: Iterable[Cell]) -> float:
    """The effort that cells still need; what an earlier process did of them is not counted as done by this one."""
    return sum(cell.effort * (1 - _share(cell)) for cell in cells)


def _share(cell: Cell) -> float:
    """How much of a training cell is done, from what it reports."""
    if not isinstance(cell, TrainCell):
        return 0.0
    try:
        update = json.loads((cell.folder / PROGRESS).read_text())["update"]
    except (OSError, ValueError):
        return 0.0
    stage: Any = getattr(cell.config, cell.stage) if cell.stage else cell.config
    return float(min(update / max(stage.updates, 1), 1.0))
