"""What a worker does with a cell, wherever it runs: one thread, the cell's lock, a note on the host, the cell."""

from __future__ import annotations

import os
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from ...tasks.errors import BadConfig, ReasonError
from ..cells import Cell
from ..files import held_by_another, sole_user
from .host import keep_host, this_host
from .metering import metered

TRACEBACK = 4_000
"""characters of a traceback's end that are kept"""


@dataclass(frozen=True)
class Workplace:
    """Where a worker finds what the comparison names by relative paths."""

    folder: Path
    """the working directory of the command, which a worker takes for its own"""
    locked: Path | None = None
    """a folder whose lock is held by the command, to see whether locks reach the worker's host"""


@dataclass(frozen=True)
class Outcome:
    """What became of a cell in a worker that lived to tell."""

    error: str = ""
    """what the cell raised, in a line; empty if it is done"""
    traceback: str = ""
    """of what was no mistake of a user"""
    node: str = ""
    locks_hold: bool = True
    """whether the lock of the workplace was seen to be held"""


def work(cell: Cell, place: Workplace) -> Outcome:
    """Run a cell, once whoever else is at it has ended.

    What the cell raises is told and not raised, so that a caller can tell it from the loss of the worker.

    Raises:
        BadConfig: this host has not the folders of the command: it is no place for any cell.
        KeyboardInterrupt: interrupted.
    """
    pin()
    try:
        os.chdir(place.folder)
    except OSError as error:
        node = this_host()["node"]
        raise BadConfig(
            f"{place.folder} on {node}: {error.strerror}; expected a file system that all machines share"
        ) from None
    told = {"node": this_host()["node"], "locks_hold": place.locked is None or held_by_another(place.locked)}
    folder, began = cell.marker.parent, time.process_time()
    try:
        with sole_user(folder, wait=True):
            if not cell.done:
                with metered(folder):
                    keep_host(folder, None)
                    cell.run()
                    keep_host(folder, time.process_time() - began)
    except ReasonError as error:
        return Outcome(str(error) or type(error).__name__, **told)
    except (Exception, SystemExit) as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(line, traceback.format_exc()[-TRACEBACK:], **told)
    return Outcome(**told)


def pin() -> None:
    """One thread a worker; before torch is imported by the variables that it reads, and after that by telling it."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
