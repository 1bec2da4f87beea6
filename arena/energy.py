"""Joules of a cell, from counters that the hardware keeps; where there is none that can be read, nothing, and never 0.

Intel's and AMD's processors count under `/sys/class/powercap/intel-rapl:N` (root alone may read it), NVIDIA's devices
from Volta on through NVML (`nvidia-ml-py`, extra `energy`). Both count all that a package or a device uses, idle and
neighbours included: gross joules. Cells side by side on one machine each count the whole of it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

POWERCAP = Path("/sys/class/powercap")
EVERY = 60.0
"""seconds between two readings: after 262 kJ, 9 minutes at 500 W, a counter begins anew, and twice looks like once"""
IDLE = 1.0
"""seconds over which the idle draw is measured, many times longer than a counter stands still"""
NONE = "no readable RAPL, no NVML device"


class Counter(Protocol):
    """Something that counts energy."""

    @property
    def source(self) -> str:
        """What a reader is told that was measured."""

    @property
    def period(self) -> float:
        """Joules after which it begins at 0 again; infinite if it does not."""

    def joules(self) -> float:
        """As it stands. Raises OSError: it cannot be read any more."""


@dataclass(frozen=True)
class Package:
    """A processor's package, by its folder of sysfs."""

    folder: Path
    period: float
    source: str = "RAPL"

    def joules(self) -> float:
        """As it stands. Raises OSError."""
        return _number(self.folder / "energy_uj") / 1e6


@dataclass(frozen=True)
class Device:
    """An NVIDIA device, by what NVML calls it."""

    nvml: Any
    handle: Any
    period: float = float("inf")
    source: str = "NVML"

    def joules(self) -> float:
        """As it stands. Raises OSError."""
        try:
            return float(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle)) / 1e3
        except self.nvml.NVMLError as error:
            raise OSError(str(error)) from error


def packages(folder: Path = POWERCAP) -> list[Package]:
    """The packages that can be read. Their parts (cores, memory) and the whole board (`psys`) would count twice."""
    found = []
    for zone in sorted(folder.glob("intel-rapl:*")):
        try:
            if zone.name.count(":") == 1 and (zone / "name").read_text(encoding="ascii").startswith("package"):
                package = Package(zone, _number(zone / "max_energy_range_uj") / 1e6)
                package.joules()
                found.append(package)
        except (OSError, ValueError):
            continue
    return found


def devices() -> list[Device]:
    """The devices that this process may use and that count, if NVML is installed."""
    try:
        import pynvml as nvml  # type: ignore[import-not-found,import-untyped,unused-ignore]

        nvml.nvmlInit()
    except Exception:  # no module, no driver, or one of another version: NVML says it in many ways
        return []
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    found = []
    for place in range(nvml.nvmlDeviceGetCount()):
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(place)
            if shown is None or {str(place), str(nvml.nvmlDeviceGetUUID(handle))} & set(shown.split(",")):
                device = Device(nvml, handle)
                device.joules()
                found.append(device)
        except (OSError, nvml.NVMLError):
            continue
    return found


class Meter:
    """Adds up what counters count while it runs; read now and then, so that none wraps twice unseen.

    Args:
        counters: those of this machine unless given.
    """

    def __init__(self, counters: Sequence[Counter] | None = None) -> None:
        found: Sequence[Counter] = [*packages(), *devices()] if counters is None else counters
        self._counters = list(found)
        self._sum: float | None = 0.0
        self._last: list[float] = []
        self._ended = threading.Event()
        self._lock = threading.Lock()

    @property
    def source(self) -> str:
        """What is measured, such as `RAPL+NVML`; empty if nothing is."""
        return "+".join(dict.fromkeys(counter.source for counter in self._counters))

    def __enter__(self) -> Meter:
        self.read()
        if self._counters:
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self.read()

    @property
    def joules(self) -> float | None:
        """Since the beginning, as last read; None if nothing could be read all the time."""
        return self._sum if self._counters else None

    def read(self) -> None:
        """Add what was used since the last reading."""
        with self._lock:
            try:
                seen = [counter.joules() for counter in self._counters]
                pairs = zip(self._counters, self._last, seen, strict=False)
                more = sum(passed(before, after, counter.period) for counter, before, after in pairs)
            except (OSError, ValueError):
                self._sum = None
                return
            self._last = seen
            if self._sum is not None:
                self._sum += more

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self.read()


def waited() -> float:
    """Seconds that have passed, `IDLE` or a little more."""
    began = time.perf_counter()
    time.sleep(IDLE)
    return time.perf_counter() - began


def idle_watts(counters: Sequence[Counter] | None = None, wait: Callable[[], float] = waited) -> float | None:
    """What the counters see while nothing of ours is at work, neighbours included; None if nothing can be read.

    Args:
        counters: those of this machine unless given.
        wait: lets time pass and tells how many seconds.
    """
    meter = Meter(counters)
    if not meter.source:
        return None
    with meter:
        seconds = wait()
    return None if meter.joules is None else meter.joules / seconds


def passed(before: float, after: float, period: float) -> float:
    """Joules between two readings of a counter that may have begun anew in between. Raises ValueError: it cannot have.

    >>> passed(10.0, 25.0, 100.0), passed(90.0, 15.0, 100.0)
    (15.0, 25.0)
    """
    if after >= before:
        return after - before
    if period == float("inf"):
        raise ValueError(f"an energy counter went from {before} back to {after} J; was its driver loaded anew?")
    return after + period - before


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))
