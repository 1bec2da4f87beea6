"""Who runs the cells of a comparison: processes of this machine, a Ray cluster, or SLURM.

An executor only carries: which cell comes next, what is tried again and what is given up is decided in `schedule.py`,
the same for all of them. Ray and SLURM need the folder of the results, the installation and all files that a comparison
names under the same paths on every machine: a shared file system. Of locks across hosts see `files.py`.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from ...tasks.errors import BadConfig

if TYPE_CHECKING:
    from ..cells import Cell
    from .work import Outcome

Kind = Literal["local", "ray", "slurm"]


@dataclass(frozen=True)
class Cluster:
    """What executors beyond this machine have to know, and how often a lost cell is tried again."""

    retries: int = 2
    """how often a cell is tried again whose worker was lost; what an agent raises itself is not tried again"""
    address: str = ""
    """ray: of the cluster, such as auto or ray://host:10001; without one, Ray is started on this machine"""
    gpus: float = 0.0
    """ray, slurm: graphics processors a cell; on Ray shares of one as well"""
    memory_gb: float = 4.0
    """slurm: of each job"""
    minutes: int = 240
    """slurm: time limit of each job; a training that reaches it goes on from its last checkpoint"""
    partition: str = ""
    """slurm: where the jobs are queued; the site's default if not told"""
    scheduler: Literal["slurm", "local"] = "slurm"
    """slurm: local has submitit run the jobs on this machine, to try it out"""

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise BadConfig(f"cluster.retries: expected 0 or more, got {self.retries}")
        for name in ("memory_gb", "minutes"):
            if not 0 < getattr(self, name) < float("inf"):
                raise BadConfig(f"cluster.{name}: expected more than 0, got {getattr(self, name)}")
        if not 0 <= self.gpus < float("inf"):
            raise BadConfig(f"cluster.gpus: expected 0 or more, got {self.gpus}")


class Executor(Protocol):
    """Takes cells, and hands back for each what became of it."""

    def submit(self, cell: Cell) -> Future[Outcome]:
        """Have a cell run; called for no more cells at a time than `capacity` says.

        The future's exception means that the worker was lost, for what a cell raises is told in the outcome. A
        KeyboardInterrupt means that somebody interrupted the worker.
        """
        ...

    def capacity(self) -> int:
        """How many cells may run side by side now. Raises ReasonError: there is nobody left to run any."""
        ...

    def interrupt(self) -> None:
        """Have the running cells keep a checkpoint, where there is a way to tell them, and stop."""
        ...

    def close(self) -> None:
        """Let go of all workers, when no cell is running."""
        ...


def make_executor(kind: Kind, workers: int, cluster: Cluster, folder: Path) -> Executor:
    """The executor by that name; workers are started when the first cell is submitted.

    Args:
        kind: local, ray or slurm.
        workers: cells side by side; 0: as many as this machine, or the cluster, has CPUs, and 100 jobs of SLURM.
        cluster: settings.
        folder: of the comparison, which the caller has locked.

    Raises:
        BadConfig: a number of workers that cannot be, or what it needs is not installed or not reachable.
    """
    if workers < 0:
        raise BadConfig(f"workers: expected 1 or more, or 0 for one a CPU, got {workers}")
    if kind == "ray":
        from .ray import RayExecutor

        return RayExecutor(workers, cluster, folder)
    if kind == "slurm":
        from .slurm import SlurmExecutor

        return SlurmExecutor(workers, cluster, folder)
    from .local import LocalExecutor

    return LocalExecutor(workers)
