"""How a pool and a worker talk: a byte that says what it is about, and behind most of them a message, pickled.

Only what every step has goes without a message, and its numbers are in the shared block. A pool never waits longer than
it wants to, neither for an answer nor for somebody to read; a worker waits as long as the pool lives.
"""

from __future__ import annotations

import os
import pickle
import select
import time
from typing import Any

from gymnasium.error import Error

from ...tasks.errors import BadConfig, ReasonError

STEP, CALL = b"s", b"c"
"""to a worker: act as the block says; or call a method: its name and arguments"""
DONE, RESULT, REFUSED, DYING = b".", b"r", b"e", b"d"
"""to the pool: the block is filled in; what a method returned, or what a step has besides; what it raised that is the
caller's to mend; and what it raised that is not, after which the worker ends"""
REFUSALS = (ReasonError, Error)
"""what is refused, after which the games go on"""
CALLERS = (*REFUSALS, AttributeError, TypeError)
"""and what `call` refuses besides: no such name, or other arguments than it takes"""
_BARE = (STEP, DONE)
_LENGTH = 8
_ALIVE = 10_000
"""milliseconds after which a worker that hears nothing looks whether the pool is still there"""


class Silent(Exception):
    """Nobody answered in time."""


class Gone(Exception):
    """There is nobody at the other end any more."""


class Pipe:
    """One end of two pipes.

    Args:
        reads: descriptor to read from.
        writes: descriptor to write to.
    """

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(reads, select.POLLIN)
        self._writable.register(writes, select.POLLOUT)
        os.set_blocking(writes, False)

    def send(self, kind: bytes, message: Any = None, seconds: float | None = None) -> None:
        """Say something.

        Raises:
            BadConfig: it cannot be pickled; nothing was said.
            Silent: it was not read within the seconds.
            Gone: nobody is there.
        """
        if kind in _BARE:
            data = memoryview(kind)
        else:
            body = _pickled(message)
            data = memoryview(kind + len(body).to_bytes(_LENGTH, "little") + body)
        until = None if seconds is None else time.monotonic() + seconds
        while data:
            try:
                data = data[os.write(self._writes, data) :]
            except BlockingIOError:
                _wait(self._writable, until)
            except OSError as error:  # the pipe is broken
                raise Gone from error

    def receive(self, seconds: float | None = None) -> tuple[bytes, Any]:
        """What was said: its kind, and the message or None.

        Raises:
            BadConfig: it cannot be made out here; what is said next can be.
            Silent: nothing was said within the seconds.
            Gone: nobody is there.
        """
        until = None if seconds is None else time.monotonic() + seconds
        kind = self._read(1, until)
        if kind in _BARE:
            return kind, None
        length = int.from_bytes(self._read(_LENGTH, until), "little")
        return kind, _unpickled(self._read(length, until))

    def wait(self, parent: int) -> None:
        """Wait until something is said. Raises Gone: the process that has this one made is there no more."""
        # Its end of the pipe may have been left to another child of it, so that the pipe alone does not tell.
        while not self._readable.poll(_ALIVE):
            if os.getppid() != parent:
                raise Gone

    def _read(self, count: int, until: float | None) -> bytes:
        parts = []
        while count:
            if until is not None:
                _wait(self._readable, until)
            part = os.read(self._reads, min(count, 1 << 20))
            if not part:
                raise Gone
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Hang up."""
        os.close(self._reads)
        os.close(self._writes)


def _pickled(message: Any) -> bytes:
    try:
        return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:  # of any class, for objects say themselves how they are pickled
        raise _stuck(error) from error


def _unpickled(body: bytes) -> Any:
    try:
        return pickle.loads(body)
    except MemoryError:
        raise
    except Exception as error:
        raise _stuck(error) from error


def _stuck(error: Exception) -> BadConfig:
    return BadConfig(
        "workers: expected arguments and answers that can be pickled, to go from process to process, got one of which "
        f"it says {str(error) or type(error).__name__!r}; ask for a part of it, or leave workers out"
    )


def _wait(ready: select.poll, until: float | None) -> None:
    left = None if until is None else max(until - time.monotonic(), 0.0) * 1000
    if not ready.poll(left):
        raise Silent
