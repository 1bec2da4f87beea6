"""Cells on a Ray cluster: tasks of one CPU each, spread over its nodes; a lost node costs the cells that it was at.

Ray tries nothing again by itself here (`max_retries=0`), so that a lost cell is counted the same way everywhere. Tasks
and no actors: an actor that holds a CPU can starve a cell that is tried again after a node was lost.
"""

from __future__ import annotations

import os
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...tasks.errors import BadConfig, ReasonError
from . import Cluster
from .work import Outcome, Workplace, work

if TYPE_CHECKING:
    from ..cells import Cell

STORE = 100 * 2**20
"""bytes of memory for what tasks hand over, which here is next to nothing"""


class RayExecutor:
    """A Ray cluster that runs already, or one started on this machine for the time being."""

    def __init__(self, workers: int, cluster: Cluster, folder: Path) -> None:
        """Connect to a cluster, or start one.

        Raises:
            BadConfig: Ray is not installed, or no cluster answers there.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            raise BadConfig("Ray, which runs the cells, is missing; pip install 'reason-arena[ray]'") from None
        self._ray: Any = ray
        self._workers = workers
        self._place = Workplace(Path.cwd(), folder.resolve())
        self._running: dict[Future[Outcome], Any] = {}
        self._connected = not ray.is_initialized()
        if self._connected:
            self._connect(workers, cluster.address)
        task: Any = ray.remote(work)
        self._task = task.options(
            num_cpus=1, num_gpus=cluster.gpus, max_retries=0, scheduling_strategy="SPREAD", name="reason-arena cell"
        )

    def _connect(self, workers: int, address: str) -> None:
        quiet = {"logging_level": "ERROR", "log_to_driver": False}
        try:
            if address:
                self._ray.init(address=address, **quiet)
            else:
                self._ray.init(
                    "local", num_cpus=workers or None, include_dashboard=False, object_store_memory=STORE, **quiet
                )
        except Exception as error:  # whatever Ray and gRPC come up with
            self._ray.shutdown()  # a start that failed leaves processes behind
            line = " ".join(str(error).split())[:300]
            raise BadConfig(f"cluster.address {address or 'local'!r}: no Ray cluster there ({line})") from None

    def submit(self, cell: Cell) -> Future[Outcome]:
        """Queue a cell as a task."""
        reference = self._task.remote(cell, self._place)
        future: Future[Outcome] = reference.future()
        self._running = {each: ref for each, ref in self._running.items() if not each.done()}
        self._running[future] = reference
        return future

    def capacity(self) -> int:
        """The CPUs of the nodes that are alive, at most as many as workers were asked for."""
        cpus = int(self._ray.cluster_resources().get("CPU", 0))
        if not cpus:
            raise ReasonError(
                "no node with a CPU is left in the Ray cluster; bring one back, and give the command again"
            )
        return min(cpus, self._workers or cpus)

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running cells, which keep a checkpoint, and let go of the cluster."""
        waiting = [reference for future, reference in self._running.items() if not future.done()]
        for reference in waiting:
            with suppress(Exception):
                self._ray.cancel(reference)
        with suppress(Exception):
            self._ray.wait(waiting, num_returns=len(waiting), timeout=60) if waiting else None
        self.close()

    def close(self) -> None:
        """Let go of the cluster, and end it if it was started here."""
        if self._connected:
            self._ray.shutdown()
