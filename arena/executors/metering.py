"""What a cell used over all its attempts, kept beside its host: joules as far as they are counted, and CPU-seconds."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..energy import NONE, Counter, Meter, idle_watts, waited
from ..files import write_whole
from .host import read_host

ENERGY, IDLE = "energy.json", "idle.json"
LOST = "an attempt ended without a reading"


@contextmanager
def metered(folder: Path, counters: Sequence[Counter] | None = None) -> Iterator[None]:
    """Count what a cell uses, and add it to what its earlier attempts used.

    Of an attempt that was killed nothing is known, and so nothing of the cell.

    Args:
        folder: of the cell.
        counters: of energy; those of this machine unless given.

    Raises:
        StorageError: the disk refused.
    """
    before = read_energy(folder)
    lost = bool(before.get("under_way")) or (not before and bool(read_host(folder)))
    write_whole(folder / ENERGY, json.dumps({**before, "under_way": True}) + "\n")
    meter, began, entered = Meter(counters), time.process_time(), time.perf_counter()
    try:
        with meter:
            yield
    finally:
        used, taken = time.process_time() - began, time.perf_counter() - entered
        told = {
            "joules": None if lost else _added(before, "joules", meter.joules),
            "cpu_seconds": None if lost else _added(before, "cpu_seconds", used),
            "seconds": None if lost else _added(before, "seconds", taken),
            "source": meter.source,
            "why": LOST if lost else _why(before, meter),
        }
        write_whole(folder / ENERGY, json.dumps(told, allow_nan=False) + "\n")


def read_energy(folder: Path) -> dict[str, Any]:
    """What a cell's folder tells; empty if nothing that can be read."""
    return _read(folder / ENERGY)


def keep_idle(folder: Path, counters: Sequence[Counter] | None = None, wait: Callable[[], float] = waited) -> None:
    """Measure the idle draw before a comparison's cells are at work, and leave it in the comparison's folder.

    Args:
        folder: of the comparison.
        counters: of energy; those of this machine unless given.
        wait: lets time pass and tells how many seconds.

    Raises:
        StorageError: the disk refused.
    """
    write_whole(folder / IDLE, json.dumps({"watts": idle_watts(counters, wait)}, allow_nan=False) + "\n")


def read_idle(folder: Path) -> float | None:
    """Watts, as they were when the cells of a comparison last began; None if they were not measured."""
    watts = _read(folder / IDLE).get("watts")
    return float(watts) if isinstance(watts, int | float) and math.isfinite(watts) else None


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def total(folders: Sequence[Path], field: str) -> float | None:
    """A field summed over cells; None if there is no cell, or it is not known of all."""
    found = [read_energy(folder).get(field) for folder in folders]
    known = [float(each) for each in found if isinstance(each, int | float) and math.isfinite(each)]
    return sum(known) if known and len(known) == len(found) else None


def sources(folders: Sequence[Path]) -> str:
    """What was read for it, such as `RAPL`; of several several."""
    return "+".join(dict.fromkeys(str(source) for each in folders if (source := read_energy(each).get("source"))))


def reasons(folders: Sequence[Path]) -> str:
    """Why not all of the joules are known."""
    told = [read_energy(folder).get("why", "not recorded") for folder in folders]
    return "; ".join(dict.fromkeys(str(why) for why in told if why))


def _added(before: dict[str, Any], field: str, more: float | None) -> float | None:
    earlier = before.get(field) if before else 0.0
    return earlier + more if isinstance(earlier, int | float) and more is not None else None


def _why(before: dict[str, Any], meter: Meter) -> str:
    if before.get("why"):
        return str(before["why"])
    return "" if meter.joules is not None else "a counter could not be read to the end" if meter.source else NONE
