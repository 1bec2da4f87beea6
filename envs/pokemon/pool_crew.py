"""The workers of a pool together: asked all at once, and started again where they die."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.error import ClosedEnvironmentError

from ...tasks.errors import BadConfig, ReasonError
from .pool_pipe import CALLERS
from .pool_process import Lost, Worker, WorkerDied, WorkerDiedWarning, told
from .pool_rows import Begun, Ended
from .vector import check_num_envs, check_rows

_LONGEST = 1e6
"""seconds that can be waited: the system counts milliseconds in 31 bits"""
_MOST_DEATHS = 3
"""of a worker without a step between"""
Asked = Mapping[Worker, tuple[Any, ...]]
"""a method of `Rows` and its arguments for each worker; nothing for a step"""


class Crew:
    """All workers of a pool.

    Args:
        workers: none of them started.
        rows: how many environments they have.
    """

    def __init__(self, workers: Iterable[Worker], rows: int) -> None:
        self.workers = tuple(workers)
        self.streams: list[dict[str, Any] | None] = [None] * rows
        """where the random streams of the environments are, for a worker that dies cannot say"""
        self.starts: list[str | bytes | None] = [None] * rows
        """where their next episodes are to begin"""
        self.closed = False

    def start(self) -> dict[str, Any]:
        """Start all, at the same time.

        Returns:
            What states of their environments are of.

        Raises:
            WorkerDied: one of them has, before it began.
            ReasonError: the environments cannot be made.
        """
        origins = []
        for worker in self.workers:
            worker.start()
        for worker in self.workers:
            try:
                origins.append(worker.started())
            except Lost as lost:
                raise WorkerDied(list(worker.rows), str(lost), "it had not begun") from None
        return origins[0]

    def note(self, begun: Begun | Ended) -> None:
        """An episode began."""
        self.streams[begun.row], self.starts[begun.row] = begun.stream, None

    def ask(self, asked: Asked) -> dict[Worker, Any]:
        """Have all of these asked before one of them is waited for.

        Returns:
            Their answers, `Lost` for a worker that is there no more.

        Raises:
            ClosedEnvironmentError: all were ended for good.
            ReasonError: what would have been raised in single environments, by calls AttributeError and TypeError
                too; or something cannot be pickled.
        """
        self._check_open()
        answers: dict[Worker, Any] = {}
        owing: list[Worker] = []
        refused: list[Exception] = []
        try:
            for worker, words in asked.items():
                owing.append(worker)
                try:
                    worker.call(*words) if words else worker.step()
                except Lost as lost:
                    answers[worker] = lost
                    owing.remove(worker)
                except ReasonError as error:  # what cannot be pickled was not said
                    refused.append(error)
                    owing.remove(worker)
            for worker in tuple(owing):
                try:
                    answers[worker] = worker.answer()
                except Lost as lost:
                    answers[worker] = lost
                except CALLERS as error:
                    refused.append(error)
                owing.remove(worker)
        except BaseException:  # Ctrl-C: an answer that comes now would be taken for that to the next question
            for worker in owing:
                worker.stop()
            raise
        if refused:
            raise refused[0]
        return {worker: answers[worker] for worker in asked}

    def needed(self, asked: Asked) -> dict[Worker, Any]:
        """`ask` for what nobody else can answer. Raises WorkerDied."""
        answers = self.ask(asked)
        check_there(answers)
        return answers

    @property
    def lost(self) -> set[int]:
        """Environments whose workers are known to be there no more, until the next step."""
        return {row for worker in self.workers if not worker.alive for row in worker.rows}

    def all(self, name: str, *args: Any) -> list[Any]:
        """What a method returns in each worker. Raises WorkerDied."""
        return list(self.needed({worker: (name, *args) for worker in self.workers}).values())

    def replaced(self, asked: Asked) -> dict[Worker, Any]:
        """`ask` for what another worker can do as well. Raises WorkerDied: one dies again and again."""
        answers = self.ask(asked)
        return {
            worker: self.restart(worker, answer, asked[worker]) if isinstance(answer, Lost) else answer
            for worker, answer in answers.items()
        }

    def restart(self, worker: Worker, lost: Lost, words: tuple[Any, ...]) -> Any:
        """Start a worker again, its random streams and starts as they were, and ask it.

        Raises:
            ClosedEnvironmentError: all were ended for good.
            WorkerDied: it dies again and again.
        """
        self._check_open()
        rows = worker.rows
        while True:
            worker.deaths += 1
            if worker.deaths >= _MOST_DEATHS:
                worker.deaths = 0
                raise WorkerDied(list(rows), str(lost), f"so it went {_MOST_DEATHS} times without a step between")
            try:
                worker.start()
                worker.started()
                streams, starts = self.streams[rows.start : rows.stop], self.starts[rows.start : rows.stop]
                worker.call("restore", streams, starts)
                worker.answer()
                worker.call(*words)
                answer = worker.answer()
            except Lost as again:
                lost = again
                continue
            except BaseException:  # what it was asked cannot be done, or Ctrl-C: the next call tries again
                worker.stop()
                self.starts[rows.start : rows.stop] = [None] * len(rows)
                raise
            message = f"the worker with environments {told(list(rows))} died: {lost}; it was started again"
            warnings.warn(message, WorkerDiedWarning, stacklevel=5)
            return answer

    def start_next(self, starts: Mapping[int, str | bytes | None]) -> None:
        """Say where the next episodes of these environments begin.

        Raises:
            BadConfig, BadCheckpoint: one cannot begin there; nothing is changed.
        """
        check_rows(starts, len(self.starts))
        mine = {each: {row: start for row, start in starts.items() if row in each.rows} for each in self.workers}
        self.ask({each: ("check_starts", own) for each, own in mine.items() if own})
        for row, start in starts.items():
            self.starts[row] = start
        self.ask({each: ("start_next", own) for each, own in mine.items() if own})  # who is lost is told when restarted

    def resets(self, rows: Sequence[int], seeds: Sequence[int | None], options: dict[str, Any]) -> Asked:
        """What workers are to be asked so that these environments begin, each with its own of all seeds."""
        mine = {each: [row for row in rows if row in each.rows] for each in self.workers}
        return {each: ("reset", own, [seeds[row] for row in own], options) for each, own in mine.items() if own}

    def checked(self, games: Sequence[dict[str, Any]]) -> Asked:
        """Have all workers see that they can go back to these states, before one of them does.

        Returns:
            What they are to be asked then.

        Raises:
            BadCheckpoint: one cannot.
        """
        mine = {each: games[each.rows.start : each.rows.stop] for each in self.workers}
        self.ask({each: ("check_states", own) for each, own in mine.items()})
        return {each: ("set_states", own) for each, own in mine.items()}

    def snapshots(self, rows: Sequence[int]) -> list[bytes]:
        """The games of these environments as they stand. Raises BadConfig, WorkerDied."""
        check_rows(dict.fromkeys(rows), len(self.starts))
        wanted = {each: [row for row in rows if row in each.rows] for each in self.workers}
        answers = self.needed({each: ("snapshots", own) for each, own in wanted.items() if own})
        made = {row: one for each, answer in answers.items() for row, one in zip(wanted[each], answer, strict=True)}
        return [made[row] for row in rows]

    def seconds(self) -> float:
        """CPU-seconds of all processes so far; of one that was lost those that it had told of."""
        asked: Asked = {each: ("seconds",) for each in self.workers if each.alive}
        for worker, answer in self.ask(asked).items() if asked else ():
            if not isinstance(answer, Lost):
                worker.seconds = answer
        return sum(each.seconds_before + each.seconds for each in self.workers)

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("the pool was closed, and its workers are gone; make another one")

    def close(self) -> None:
        """End all, for good: what the block's descriptor names later may be a file of somebody else's."""
        self.closed = True
        for worker in self.workers:
            worker.stop()


def check_there(answers: Mapping[Worker, Any]) -> None:
    """Raises WorkerDied where a worker was asked and is there no more."""
    for worker, answer in answers.items():
        if isinstance(answer, Lost):
            raise WorkerDied(list(worker.rows), str(answer), "the next step ends their episodes and goes on")


def check_numbers(num_envs: Any, workers: Any, timeout: Any) -> None:
    """Raises BadConfig where there cannot be such a crew."""
    check_num_envs(num_envs)
    whole = isinstance(workers, int | np.integer) and not isinstance(workers, bool)
    if not whole or not 1 <= workers <= num_envs:
        raise BadConfig(f"workers: expected 0 for none, or up to the {num_envs} environments, got {workers!r}")
    if not isinstance(timeout, int | float | np.number) or not 0 < timeout < _LONGEST:
        raise BadConfig(f"timeout: expected seconds, got {timeout!r}")
    if os.name != "posix":
        raise BadConfig("workers need a system with POSIX pipes; leave them out to stay in one process")
