"""On what machine a cell ran: its class, within which seconds can be compared, is kept in the cell's `host.json`."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

from ...agents.learning import checkpoint
from ..files import write_whole

HOST = "host.json"
_OF_THE_CLASS = ("cpu", "machine", "system", "accelerators", "versions")
"""what seconds depend on, and the last digits of floating-point numbers"""


@cache
def this_host() -> dict[str, Any]:
    """The class of this machine, what it is made of, and the machine's name."""
    found: dict[str, Any] = {
        "cpu": cpu_name(),
        "machine": platform.machine(),
        "system": platform.system(),
        "accelerators": _accelerators(),
        "versions": checkpoint.versions(),
    }
    digest = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:8]
    return {"class": digest, **found, "cores": os.cpu_count(), "node": platform.node()}


def keep_host(folder: Path, cpu_seconds: float | None) -> None:
    """Leave in a cell's folder on which host it runs, and on hosts of which other classes it has run before.

    Args:
        folder: of the cell.
        cpu_seconds: of this attempt; None while it is under way.

    Raises:
        StorageError: the disk refused.
    """
    host, before = this_host(), read_host(folder)
    earlier = [*before.get("earlier", []), *([before["class"]] if "class" in before else [])]
    earlier = [each for each in dict.fromkeys(earlier) if each != host["class"]]
    told = {**host, "threads": 1, "earlier": earlier, "cpu_seconds": cpu_seconds}
    write_whole(folder / HOST, json.dumps(told) + "\n")


def read_host(folder: Path) -> dict[str, Any]:
    """What a cell's folder tells of its host; empty if nothing that can be read."""
    try:
        told = json.loads((folder / HOST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def class_of(folder: Path) -> str | None:
    """The class of a cell's host, several joined by + if it went on elsewhere; None if nothing is on record."""
    told = read_host(folder)
    return "+".join([*told.get("earlier", []), told["class"]]) if "class" in told else None


def described(folders: list[Path]) -> dict[str, dict[str, Any]]:
    """The classes of hosts on which cells ended, each with what makes it and how many there were."""
    found: dict[str, dict[str, Any]] = {}
    for folder in folders:
        told = read_host(folder)
        if "class" in told:
            row = found.setdefault(told["class"], {**{name: told.get(name) for name in _OF_THE_CLASS}, "cells": 0})
            row["cells"] += 1
    return found


def cpu_name() -> str:
    """What the processor calls itself."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _accelerators() -> list[str]:
    """The models of NVIDIA's processors as its driver lists them: torch would have to be imported to say more."""
    found = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        found += [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
    return found
