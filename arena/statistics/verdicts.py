"""What may be said about a difference, and how much more would have to be done to say more.

There are four verdicts. The first or the second agent is ahead, where the interval of the difference excludes zero and
still does once the number of planned pairs is counted (Holm 1979); a tie within a margin, where all of the interval
lies in it; and not enough data, with the number of units that would be expected to decide it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .interval import Interval
from .student import t_quantile

MARGIN = 0.02
"""of a rate: differences up to this are as good as none"""
_MOST = 1_000_000
ALPHA = 0.05
CORRECTED = "the lead does not hold once the environment’s planned pairs are corrected for (Holm)"
ABOVE = f"the p-value of this pair alone is above {ALPHA:g}"


@dataclass(frozen=True)
class Verdict:
    """Who is ahead, if it can be told."""

    kind: str
    """`first`, `second`, `tie` or `open`"""
    margin: float
    """within which a tie is one"""
    more: int | None
    """of an open one: units that are expected to be needed besides; None of a single one, 0 where none can be told"""
    p: float
    """of no difference, after Holm; NaN where there is none"""
    hindrance: str = ""
    """of an open one whose interval excludes zero: why it is open all the same"""

    def words(self, first: str, second: str, unit: str) -> str:
        """In a sentence.

        Args:
            first: what the agent is called whose score is taken off.
            second: the other.
            unit: what is counted, in the singular.

        >>> Verdict("open", 0.02, 4, 0.3).words("LLM", "PPO", "training seed")
        'not enough data: about 4 more training seeds needed'
        """
        if self.kind in ("first", "second"):
            return f"{first if self.kind == 'first' else second} ahead"
        if self.kind == "tie":
            return f"tie within {self.margin:g}"
        if self.hindrance:
            return f"not enough data: {self.hindrance}"
        if self.more is None:
            return f"not enough data: a second {unit} is needed"
        if not self.more:
            return "not enough data"
        if self.more >= _MOST:
            return "not enough data, and no end in sight"
        units = unit if self.more == 1 else f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
        return f"not enough data: about {self.more:,} more {units} needed"


def verdict(interval: Interval, p: float, margin: float = MARGIN, alpha: float = ALPHA, alone: float = 0.0) -> Verdict:
    """What follows from a difference.

    Args:
        interval: of the second agent's score less the first's.
        p: of no difference, adjusted for the planned pairs by `holm`.
        margin: up to which a difference is none.
        alpha: how often one may be seen where there is none.
        alone: the p-value before `holm`.
    """
    if interval.low is None or interval.high is None:
        return Verdict("open", margin, None if interval.n < 2 else 0, math.nan)
    if interval.excludes(0.0) and p <= alpha:
        return Verdict("second" if interval.mean > 0 else "first", margin, 0, p)
    if -margin <= interval.low and interval.high <= margin:
        return Verdict("tie", margin, 0, p)
    more = more_needed(interval, margin)
    # Where only p stands in the way, the interval needs nothing more.
    hindrance = (ABOVE if alone > alpha else CORRECTED) if interval.excludes(0.0) else ""
    return Verdict("open", margin, None if more is None else max(more, 1), p, hindrance)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted so that one below alpha comes up at most alpha of the time if all differences are none.

    The i-th smallest of m is multiplied by m - i + 1, and none is smaller than one before it (Holm 1979). What is not a
    number stays so and is not counted.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if math.isfinite(p))
    adjusted, least = [math.nan] * len(p_values), 0.0
    for rank, (p, place) in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p))
        adjusted[place] = least
    return adjusted


def more_needed(interval: Interval, margin: float = MARGIN, confidence: float = 0.95) -> int | None:
    """Units besides those of an interval that are expected to decide it, the mean and the spread staying as they are.

    Decided it is where its half width has come below the mean, so that zero is out, or below the margin less the mean.
    Where all units differ by the same, so have all others to: `unseen` of them is below it. None without an interval; a
    million or more is no end in sight.
    """
    if interval.low is None or interval.high is None or interval.n < 2:
        return None
    half, mean = (interval.high - interval.low) / 2, abs(interval.mean)
    wanted = max(mean, margin - mean)
    if not wanted > 0:
        return _MOST
    if interval.alike:
        share = min(wanted / (1 + mean), 0.5)  # 1 would have no logarithm
        return min(max(math.ceil(math.log((1 - confidence) / 2) / math.log1p(-share)) - interval.n, 0), _MOST)
    return _units(half / _width(interval.n, confidence), wanted, interval.n, confidence) - interval.n


def detectable(spread: float, n: int, power: float = 0.8, confidence: float = 0.95) -> float:
    """The difference that n paired units find in `power` of the cases: (t_{(1+c)/2} + t_power) s / √n.

    Args:
        spread: standard deviation of a unit's difference.
        n: how many units; infinite for fewer than two.
        power: how likely it is to be found.
        confidence: of the interval that has to exclude zero.
    """
    if n < 2:
        return math.inf
    return (t_quantile((1 + confidence) / 2, n - 1) + t_quantile(power, n - 1)) * spread / math.sqrt(n)


def _width(n: int, confidence: float) -> float:
    """Half of Student's interval over n units with a spread of 1."""
    return t_quantile((1 + confidence) / 2, n - 1) / math.sqrt(n)


def _units(spread: float, wanted: float, least: int, confidence: float) -> int:
    """The fewest units, at least so many, whose interval is no wider than wanted on either side."""
    low = high = max(least, 2)
    while spread * _width(high, confidence) > wanted and high < _MOST:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if spread * _width(middle, confidence) <= wanted else (middle + 1, high)
    return high
