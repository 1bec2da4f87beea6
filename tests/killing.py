"""Running a command in a process of its own and killing it at a moment that the files it writes decide."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

REASON = [sys.executable, "-m", "reason_arena.scripts.cli"]


def start(words: list[str]) -> subprocess.Popen[str]:
    """The command `reason …`, in a session of its own, on one thread."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*REASON, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill_when(words: list[str], ready: Callable[[], bool], number: int = signal.SIGKILL) -> tuple[bool, str]:
    """Start a command and send it a signal as soon as `ready` says so.

    Returns:
        Whether it was still running then, and what it printed.
    """
    process = start(words)
    while process.poll() is None and not ready():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)  # leaves the processor to the command
    alive = process.poll() is None
    if alive:
        process.send_signal(number)
    output, _ = process.communicate()
    return alive, output


def finish(words: list[str]) -> str:
    """Run a command to its end; its output."""
    process = start(words)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output
