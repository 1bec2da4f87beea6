"""Play a cell of a finished comparison again, and see whether its lines come out as they are on record.

Whoever doubts a result need not take all of it on trust, nor repeat all of it: a test cell drawn at random takes
seconds and stands for the others. What may differ is what no seed decides: seconds, and on another host the last digits
of floating-point numbers, which can turn a sampled token over.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..agents.learning.progress import read_lines
from ..tasks import registry
from ..tasks.errors import BadConfig
from .cells import TestCell
from .config import Comparison
from .merge import COMPARISON
from .plan import Plan

HOST = ("seconds", "gpu_seconds")
"""fields that no seed decides"""
LATER = ("drawn", "family")
"""fields that lines of earlier versions do not have"""


@dataclass(frozen=True)
class Verification:
    """What became of a cell that was played again."""

    cell: str
    episodes: int
    differing: tuple[tuple[str, str], ...]
    """problem and field of each value that is another than on record"""

    @property
    def holds(self) -> bool:
        """Whether all is as on record."""
        return not self.differing


def verify(comparison: Comparison, seed: int, among: str | None = None) -> Verification:
    """Play one test cell again.

    Args:
        comparison: as it was run.
        seed: of which cell is drawn.
        among: the name of the agent whose cells are drawn from; all if not told.

    Raises:
        BadConfig: none of these cells is done.
        ReasonError: of the cell.
    """
    cells = [cell for cell in Plan(comparison).tests() if cell.done and among in (None, cell.agent)]
    if not cells:
        of = f" of agent {among!r}" if among else ""
        why = _on_record(comparison)
        raise BadConfig(f"{comparison.folder}: no finished test{of} to be played again{why}; run the comparison first")
    cell = cells[np.random.default_rng(seed).integers(len(cells))]
    return _again(cell)


def _on_record(comparison: Comparison) -> str:
    """Of which versions a folder's results are, where they are not of those installed; else empty."""
    try:
        told = json.loads((comparison.folder / COMPARISON).read_text(encoding="utf-8"))["environments"]
        versions = {each["env_id"]: each["task_version"] for each in told}
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    installed = {env_id: registry.load(registry.task_of(env_id)).VERSION for env_id in comparison.venues}
    other = [
        f"version {versions[env_id]} of the problems of {env_id}, and version {here} is installed"
        for env_id, here in installed.items()
        if versions.get(env_id, here) != here
    ]
    return f" (its results are of {'; '.join(other)})" if other else ""


def _again(cell: TestCell) -> Verification:
    with tempfile.TemporaryDirectory() as scratch:
        marker = Path(scratch) / "lines.jsonl"
        replace(cell, marker=marker).run()
        found = read_lines(marker)
    recorded = read_lines(cell.marker)
    differing = [
        (str(ours["problem_id"]), name)
        for ours, theirs in zip(found, recorded, strict=True)
        for name in _changed(ours, theirs)
    ]
    return Verification(f"{cell.name} of {cell.env_id}", len(found), tuple(differing))


def _changed(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterable[str]:
    names = dict.fromkeys([*ours, *theirs])
    for name in LATER:
        if name not in theirs:
            names.pop(name, None)
    return [name for name in names if name not in HOST and _told(ours, name) != _told(theirs, name)]


def _told(line: Mapping[str, Any], name: str) -> str:
    """A value as its JSON, in which NaN equals itself."""
    return json.dumps(line.get(name), sort_keys=True)
