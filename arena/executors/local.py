"""Processes of this machine, each of which runs one cell after another on one thread."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .work import Outcome, Workplace, pin, work

if TYPE_CHECKING:
    from ..cells import Cell


class LocalExecutor:
    """So many processes, started as they are needed.

    Each is a pool of its own: a pool that loses one process ends the others too, and cannot say whose cell it was.
    A worker that loses its parent ends at once, so a comparison that was killed and started again has its cells to
    itself.
    """

    def __init__(self, workers: int) -> None:
        """Make one; `workers` 0 is one a CPU that this process may use."""
        self._workers = workers or _cpus()
        self._place = Workplace(Path.cwd())
        self._slots: list[_Slot] = []

    def submit(self, cell: Cell) -> Future[Outcome]:
        """Run a cell in a process that is free, in a new one if there is none."""
        slot = next((slot for slot in self._slots if slot.free), None)
        if slot is None:
            self._slots.append(slot := _Slot())
        return slot.start(cell, self._place)

    def capacity(self) -> int:
        """How many processes there may be."""
        return self._workers

    def interrupt(self) -> None:
        """Have the other cells keep a checkpoint and stop, as on Ctrl-C."""
        for worker in multiprocessing.active_children():
            if worker.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGINT)
        self.close()

    def close(self) -> None:
        """End the processes."""
        for slot in self._slots:
            slot.pool.shutdown(wait=True, cancel_futures=True)
        self._slots.clear()


class _Slot:
    """A process, and what it is at; after its death another one."""

    def __init__(self) -> None:
        self.pool = self._new()
        self._future: Future[Outcome] | None = None

    @property
    def free(self) -> bool:
        """Whether it can take a cell."""
        return self._future is None or self._future.done()

    def start(self, cell: Cell, place: Workplace) -> Future[Outcome]:
        """Run a cell there."""
        if self._future and isinstance(self._future.exception(), BrokenExecutor):
            self.pool.shutdown(wait=True)
            self.pool = self._new()
        self._future = self.pool.submit(work, cell, place)
        return self._future

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_prepare)


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare() -> None:
    """One thread, set before torch is imported; and no life without the parent."""
    pin()
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
