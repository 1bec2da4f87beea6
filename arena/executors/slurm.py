"""Cells as SLURM jobs, by submitit: one job of one CPU each, whose files lie in `jobs/` of the comparison's folder.

A job that SLURM ends, for its time, its memory or its node, is a lost worker: the cell is queued again and goes on from
its last checkpoint. An interrupted command cancels its jobs; what a training did since its last checkpoint is lost.
Jobs of a command that was killed run on, and hold their cells' locks: the same command again waits for them.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...tasks.errors import BadConfig, StorageError
from . import Cluster
from .work import Outcome, Workplace, work

if TYPE_CHECKING:
    from ..cells import Cell

JOBS = 100
"""jobs that are queued or running at a time, if not told"""
LOOK = {"slurm": 5.0, "local": 0.1}
"""seconds between two looks at the jobs"""


class SlurmExecutor:
    """The queue of a SLURM cluster."""

    def __init__(self, workers: int, cluster: Cluster, folder: Path) -> None:
        """Set up the queue.

        Raises:
            BadConfig: submitit is not installed, or there is no SLURM here.
            StorageError: the folder of the jobs cannot be made.
        """
        try:
            import submitit
        except ImportError:
            raise BadConfig("submitit, which queues the cells, is missing; pip install 'reason-arena[slurm]'") from None
        try:
            self._queue: Any = submitit.AutoExecutor(folder.resolve() / "jobs", cluster=cluster.scheduler)
        except OSError as error:
            raise StorageError(f"cannot write to {folder}: {error.strerror or error}") from error
        except RuntimeError as error:
            raise BadConfig(f"cluster.scheduler {cluster.scheduler!r}: {error}") from None
        self._queue.update_parameters(
            name="reason-arena",
            cpus_per_task=1,
            timeout_min=cluster.minutes,
            mem_gb=cluster.memory_gb,
            **({"gpus_per_node": int(cluster.gpus + 0.999)} if cluster.gpus else {}),
            **({"slurm_partition": cluster.partition} if cluster.partition else {}),
        )
        self._workers = workers or JOBS
        self._place = Workplace(Path.cwd(), folder.resolve())
        self._jobs: dict[Future[Outcome], Any] = {}
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, args=(LOOK[cluster.scheduler],), daemon=True)
        self._watcher.start()

    def submit(self, cell: Cell) -> Future[Outcome]:
        """Queue a cell as a job."""
        future: Future[Outcome] = Future()
        future.set_running_or_notify_cancel()
        job = self._queue.submit(work, cell, self._place)
        with self._lock:
            self._jobs[future] = job
        return future

    def capacity(self) -> int:
        """How many jobs may be queued or running."""
        return self._workers

    def interrupt(self) -> None:
        """Cancel the jobs."""
        with self._lock:
            for job in self._jobs.values():
                with suppress(Exception):
                    job.cancel()
        self.close()

    def close(self) -> None:
        """Stop looking at jobs."""
        self._closed.set()
        self._watcher.join()

    def _watch(self, seconds: float) -> None:
        """Hand over what became of jobs, a look at a time: submitit has no futures."""
        while not self._closed.wait(seconds):
            with self._lock:
                ended = [(future, job) for future, job in self._jobs.items() if job.done()]
                for future, _ in ended:
                    del self._jobs[future]
            for future, job in ended:
                try:
                    future.set_result(job.result())
                except Exception as error:  # how submitit tells that a job left nothing behind
                    future.set_exception(error)
