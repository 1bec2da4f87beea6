"""A worker of a pool as the pool sees it: a process that is started, asked, lost, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from contextlib import suppress
from typing import Any

from ...tasks.errors import ReasonError
from .pool_pipe import CALL, DYING, REFUSED, STEP, Gone, Pipe, Silent
from .pool_rows import Setup

_START = 300.0
"""seconds for a process to import what it needs, on a machine that has much else to do"""
_END = 5.0
"""seconds for one to end that has nobody to work for any more"""


class Lost(Exception):
    """The process is there no more; the message says why."""


class Worker:
    """A process with some of a pool's environments.

    Args:
        setup: what it is to hold.
        block: descriptor of the shared memory.
        timeout: seconds that it may take for an answer.
    """

    def __init__(self, setup: Setup, block: int, timeout: float) -> None:
        self.rows = setup.rows
        self.deaths = 0
        """in a row, without a step between"""
        self.timeout = timeout
        self.seconds = 0.0
        """of a CPU, that its process had used up when it last said so"""
        self.seconds_before = 0.0
        """that those before it had"""
        self._setup, self._block = setup, block
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Pipe
        self._end: weakref.finalize[..., Any]

    @property
    def pid(self) -> int | None:
        """Of the process; None without one."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether there is a process to be asked."""
        return self._process is not None

    def start(self) -> None:
        """Start a process; `started` waits for it, so that several start at a time."""
        self.seconds_before, self.seconds = self.seconds_before + self.seconds, 0.0
        reads, theirs_to_write = os.pipe()
        theirs_to_read, writes = os.pipe()
        given = theirs_to_read, theirs_to_write, self._block
        words = [sys.executable, "-P", "-m", f"{__package__}.pool_worker", *map(str, given), str(os.getpid())]
        # The modules that we found are found there too, and a process group of its own leaves Ctrl-C to us.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each or os.getcwd() for each in sys.path)}
        try:
            self._process = subprocess.Popen(
                words, env=environment, stdin=subprocess.DEVNULL, pass_fds=given, process_group=0
            )
        finally:
            os.close(theirs_to_read)
            os.close(theirs_to_write)
        self._pipe = Pipe(reads, writes)
        self._end = weakref.finalize(self, _end, self._process, self._pipe, os.getpid())
        self._speak(CALL, self._setup)

    def started(self) -> dict[str, Any]:
        """Wait until its environments are there.

        Returns:
            What their states are of.

        Raises:
            Lost: it has ended.
            ReasonError: they cannot be made.
        """
        origin: dict[str, Any] = self.answer(_START)
        return origin

    def step(self) -> None:
        """Say that the block holds actions; `answer` waits for the step. Raises Lost."""
        self._speak(STEP)

    def call(self, name: str, *args: Any) -> None:
        """Have a method of `Rows` called; `answer` waits for what it returns. Raises Lost."""
        self._speak(CALL, (name, args))

    def _speak(self, kind: bytes, message: Any = None) -> None:
        if self._process is None:
            raise Lost("it was lost before")
        try:
            self._pipe.send(kind, message, self.timeout)
        except Gone:
            raise self._lost() from None
        except Silent:
            raise self._silent(self.timeout) from None

    def answer(self, seconds: float | None = None) -> Any:
        """What it says to what it was asked last.

        Raises:
            Lost: it says nothing, and there is no process any more.
            ReasonError: what a single environment would have raised, or what it says cannot be made out; it goes on.
            AttributeError, TypeError: so does a call that was none.
        """
        limit = self.timeout if seconds is None else seconds
        try:
            kind, message = self._pipe.receive(limit)
        except Gone:
            raise self._lost() from None
        except Silent:
            raise self._silent(limit) from None
        if kind == REFUSED:
            raise message
        if kind == DYING:
            self._end()  # not at once: it writes where it was to stderr
            self._process = None
            raise Lost(message)
        return message

    def _silent(self, seconds: float) -> Lost:
        self.stop()
        return Lost(f"it gave no answer within {seconds:g} seconds and was killed")

    def _lost(self) -> Lost:
        assert self._process
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END)
        code = self._process.returncode
        self.stop()
        if code is None:
            return Lost("it closed its pipe")
        return Lost(f"killed by signal {-code}" if code < 0 else f"it ended with exit code {code}")

    def stop(self) -> None:
        """End the process at once, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._end()
            self._process = None


def _end(process: subprocess.Popen[bytes], pipe: Pipe, owner: int) -> None:
    """Hang up, and wait until the process has noticed; not in a fork of the pool's process, which owns neither."""
    if os.getpid() != owner:
        return
    pipe.close()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class WorkerDied(ReasonError):
    """A worker process of a pool is gone, and its episodes with it."""

    def __init__(self, environments: list[int], cause: str, more: str) -> None:
        super().__init__(environments, cause, more)
        self.environments = environments
        """whose episodes are lost"""
        self.cause = cause

    def __str__(self) -> str:
        return f"the worker with environments {told(self.environments)} died: {self.cause}; {self.args[2]}"


class WorkerDiedWarning(RuntimeWarning):
    """A worker process of a pool died and was started again; its episodes are marked."""


def told(environments: list[int]) -> str:
    """Environments in a row: "3", "0 to 7"."""
    return f"{environments[0]} to {environments[-1]}" if len(environments) > 1 else str(environments[0])
