"""How many completions are written. No torch here."""

from __future__ import annotations

from typing import Any

from ...tasks.errors import BadConfig

SAMPLES = 8
"""completions a decision, if it is not told"""


def check_samples(n: Any) -> int:
    """The number of completions; raises BadConfig if it is none."""
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise BadConfig(f"n: expected 1 or more completions a decision, got {n!r}")
    return n


def check_temperature(temperature: float | None, n: int) -> None:
    """Raises BadConfig where several completions are bound to be the same."""
    if temperature == 0 and n > 1:
        raise BadConfig(f"temperature=0: {n} completions would be the same; expected a number above 0, or n=1")
