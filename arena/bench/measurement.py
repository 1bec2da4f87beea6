"""One row of a benchmark, and one number that was found."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, ClassVar

ROUNDS = 3
"""measurements of each side, taken in turn; the median counts"""


@dataclass(frozen=True)
class Measurement:
    """One row: what we need or do, what the peer does, and how many times better ours is."""

    meaning: ClassVar[str] = "ratio above 1 means ours is better"
    """what a table of them is called"""

    bench: str
    row: str
    unit: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    """above 1 ours is better"""

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which knows no infinity: what was not reached is null."""
        plain = asdict(self)
        return {
            key: None if isinstance(value, float) and not isfinite(value) else value for key, value in plain.items()
        }

    def cells(self) -> dict[str, str]:
        """For a table: what stands under which heading."""
        peer = f"{_number(self.peer)} ({self.peer_name})"
        return {
            "row": self.row,
            "unit": self.unit,
            "ours": _number(self.ours),
            "peer": peer,
            "ratio": f"{self.ratio:.2f}",
        }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


@dataclass(frozen=True)
class Finding:
    """One number."""

    row: str
    value: float
    unit: str
    most: float | None = None
    """above this something is wrong; None: a measurement, which cannot be wrong"""

    @property
    def wrong(self) -> bool:
        """Whether it is beyond its limit, or no number."""
        return self.most is not None and not self.value <= self.most

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def in_turn(
    bench: str, row: str, unit: str, ours: Callable[[], float], peer: Callable[[], float], name: str
) -> Measurement:
    """Two speeds, measured in turn."""
    pairs = [(ours(), peer()) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Measurement(bench, row, unit, mine, theirs, name, mine / theirs)


def last_words(said: str) -> str:
    r"""The line that names the exception, of what a process said before it ended; else its last line.

    >>> last_words("Traceback ...\n  File ...\ntorch.AcceleratorError: CUDA error\nSearch for it in https://...\n\n")
    'torch.AcceleratorError: CUDA error'
    """
    lines = [line for line in said.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(: |$)", line)]
    return (named or lines or [""])[-1].strip()
