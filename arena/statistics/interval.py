"""A mean and how far off it could be: what everything in the arena that scatters is told as."""

from __future__ import annotations

from dataclasses import dataclass, replace

ITEMS_ONLY = "evaluation noise only"
"""What an interval from one training seed covers."""


@dataclass(frozen=True)
class Interval:
    """A mean and where it plausibly lies. `low` and `high` are None where the data cannot say.

    >>> print(Interval(0.75, 0.686, 0.805, 200, "200 episodes"))
    0.750 [0.686, 0.805] over 200 episodes
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    """how many units the interval was computed from"""
    unit: str
    """what it covers, in words: `3 training seeds`, `200 episodes`"""
    df: float | None = None
    """degrees of freedom of Student's t, where they are not n - 1"""
    alike: bool = False
    """whether all units said the same, so that its width is what those that were not seen may differ by"""

    @property
    def known(self) -> bool:
        """Whether there is an interval at all."""
        return self.low is not None and self.high is not None

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside; False without an interval."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high

    def clipped(self, low: float, high: float) -> Interval:
        """The same interval cut to the possible range: no rate lies above 1, whatever Student says."""
        if self.low is None or self.high is None:
            return self
        return replace(self, low=min(max(self.low, low), high), high=max(min(self.high, high), low))

    def __str__(self) -> str:
        bounds = f"[{self.low:.3f}, {self.high:.3f}]" if self.known else "[no interval]"
        return f"{self.mean:.3f} {bounds} over {self.unit}"
