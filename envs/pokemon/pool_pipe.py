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

STEP, CALL = b"s", b"c"
"""to a worker: act as the block says; or call a method: its name and arguments"""
DONE, RESULT, REFUSED, DYING = b".", b"r", b"e", b"d"
"""to the pool: the block is filled in; what a method returned, or what a step has besides; what it raised that is the
caller's to mend; and what it raised that is not, after which the worker ends"""
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
            Silent: it was not read within the seconds.
            Gone: nobody is there.
        """
        if kind in _BARE:
            data = memoryview(kind)
        else:
            body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
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
            Silent: nothing was said within the seconds.
            Gone: nobody is there.
        """
        until = None if seconds is None else time.monotonic() + seconds
        kind = self._read(1, until)
        if kind in _BARE:
            return kind, None
        length = int.from_bytes(self._read(_LENGTH, until), "little")
        return kind, pickle.loads(self._read(length, until))

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


def _wait(ready: select.poll, until: float | None) -> None:
    left = None if until is None else max(until - time.monotonic(), 0.0) * 1000
    if not ready.poll(left):
        raise Silent
