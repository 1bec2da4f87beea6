"""Intervals for the arena: how far a score or a difference could be off, and what that distance covers.

The unit is what would be drawn anew if the work were repeated: the training seed for a trained agent, the episode for
an agent that was never trained. Pooling the episodes of several training seeds makes intervals that miss the truth
four times in ten; the t-interval over seed means keeps its 95 % from three seeds on. Needs numpy only: Student's t is
inverted here and compared with scipy in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

ITEMS_ONLY = "evaluation noise only"
"""What an interval from one training seed covers."""


@dataclass(frozen=True)
class Interval:
    """A mean and where it plausibly lies. `low` and `high` are None where the data cannot say.

    >>> print(wilson(wins=150, n=200))
    0.750 [0.686, 0.805] over 200 episodes
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    """how many units the interval was computed from"""
    unit: str
    """what it covers, in words: `3 training seeds`, `200 episodes`"""

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


def t_interval(values: ArrayLike, unit: str = "training seed", confidence: float = 0.95) -> Interval:
    """Student's interval of a mean: m ± t · s / √n with n - 1 degrees of freedom.

    Args:
        values: one number a unit, e.g. the mean score of each training seed. One alone has no interval.
        unit: what one value stands for, in the singular.
        confidence: the nominal coverage.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    if x.size == 0 or not np.isfinite(x).all():
        return Interval(math.nan, None, None, x.size, f"no {unit}s" if x.size == 0 else f"a {unit} without a score")
    mean = float(x.mean())
    if x.size == 1:
        return Interval(mean, None, None, 1, f"1 {unit}: no interval")
    half = t_quantile((1 + confidence) / 2, x.size - 1) * float(x.std(ddof=1)) / math.sqrt(x.size)
    return Interval(mean, mean - half, mean + half, x.size, f"{x.size} {unit}s")


def wilson(wins: float, n: int, unit: str = "episode", confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a rate (Wilson 1927): honest at 0 and 1, where Student's has width zero.

    With p = wins / n and z the normal quantile: (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n). Wins need not be
    whole: for numbers between 0 and 1 that add up to them the interval is too wide rather than too narrow.
    """
    if not 0 <= wins <= n:
        raise ValueError(f"wins={wins}, n={n}: expected 0 <= wins <= n")
    if n == 0:
        return Interval(math.nan, None, None, 0, f"no {unit}s")
    z, p = NormalDist().inv_cdf((1 + confidence) / 2), wins / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if wins == 0 else centre - half  # exact at the ends, where rounding would leave 1e-17
    high = 1.0 if wins == n else centre + half
    return Interval(p, low, high, n, f"{n} {unit}" + ("s" if n > 1 else ""))


def paired_difference(
    a: ArrayLike, b: ArrayLike, trained: tuple[bool, bool] = (True, True), confidence: float = 0.95
) -> Interval:
    """Mean of `a` less mean of `b` on the same items, with the interval that the data allow.

    Args:
        a: (training seeds, items) scores of the first agent, or (items,) for one seed. Item j is the same problem in
            both arrays; the numbers of seeds may differ.
        b: the same of the second agent.
        trained: whether each agent was trained. The rows of an untrained agent are samples of one policy and are
            averaged item by item first, so that they are never mistaken for training seeds.
        confidence: the nominal coverage.

    Returns:
        After that, by the number of training seeds left:

        - both have k >= 2: matched by row, d_s = mean_j(a_sj - b_sj), Student over the k differences;
        - both have several, but not equally many: Welch's interval over the two sets of seed means;
        - one has k >= 2: Student over its seeds less the other's mean. The other is held fixed, as a baseline is;
          if it was trained, the unit says that its own seed is not covered;
        - both have one: Student over the per-item differences, which covers evaluation noise only.
    """
    x, y = _rows(a, trained[0]), _rows(b, trained[1])
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"{x.shape[1]} and {y.shape[1]} items: a paired difference needs the same items in both")
    if x.shape[1] == 0:
        return Interval(math.nan, None, None, 0, "no shared episodes")
    if len(x) == len(y) == 1:
        interval = t_interval(x[0] - y[0], "shared episode", confidence)
        return replace(interval, unit=f"{interval.unit}, {ITEMS_ONLY}") if any(trained) else interval
    means = x.mean(axis=1), y.mean(axis=1)
    if len(x) == len(y):
        interval = t_interval(means[0] - means[1], confidence=confidence)
        return replace(interval, unit=f"{interval.unit}, matched")
    if len(x) > 1 and len(y) > 1:
        return _welch(*means, confidence)
    interval = t_interval(means[0] - means[1], confidence=confidence)  # the single row is broadcast
    fixed_was_trained = trained[1] if len(y) == 1 else trained[0]
    uncovered = ", the other agent has 1 and its noise is not covered" if fixed_was_trained else ""
    return replace(interval, unit=interval.unit + uncovered)


def _rows(scores: ArrayLike, trained: bool) -> NDArray[np.float64]:
    rows = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    if rows.ndim != 2 or len(rows) == 0:
        raise ValueError(f"scores of shape {np.shape(scores)}: expected (training seeds, items) or (items,)")
    return rows if trained else rows.mean(axis=0, keepdims=True)


def _welch(x: NDArray[np.float64], y: NDArray[np.float64], confidence: float) -> Interval:
    """Welch 1947: unequal spreads, and the degrees of freedom of Satterthwaite."""
    mean = float(x.mean() - y.mean())
    vx, vy = float(x.var(ddof=1)) / x.size, float(y.var(ddof=1)) / y.size
    unit = f"{x.size} and {y.size} training seeds"
    if vx + vy == 0:
        return Interval(mean, mean, mean, x.size + y.size, unit)
    df = (vx + vy) ** 2 / (vx**2 / (x.size - 1) + vy**2 / (y.size - 1))
    half = t_quantile((1 + confidence) / 2, df) * math.sqrt(vx + vy)
    return Interval(mean, mean - half, mean + half, x.size + y.size, unit)


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The p-quantile of Student's t with `df` > 0 degrees of freedom, whole or not; within 1e-8 of exact.

    Up to 1,000 degrees of freedom the tail probability, a regularised incomplete beta function, is bisected down to
    neighbouring floats. Above, the Cornish-Fisher expansion around the normal quantile is used (Abramowitz & Stegun
    26.7.5), whose first left-out term is of order df^-4.
    """
    if not 0 < p < 1 or not df > 0:
        raise ValueError(f"p={p}, df={df}: expected 0 < p < 1 and df > 0")
    if p < 0.5:
        return -t_quantile(1 - p, df)
    if df > 1000:
        z = NormalDist().inv_cdf(p)
        terms = (
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        )
        return z + sum(term / df ** (order + 1) for order, term in enumerate(terms))
    low, high = 0.0, 1.0
    while _t_tail(high, df) > 1 - p:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _t_tail(middle, df) > 1 - p else (low, middle)
    return low


def _t_tail(t: float, df: float) -> float:
    """P(T > t) for t >= 0: half of I_x(df/2, 1/2) at x = df / (df + t²)."""
    x, rest = df / (df + t * t), t * t / (df + t * t)
    return _incomplete_beta(df / 2, 0.5, x, rest) / 2


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """I_x(a, b), with `rest` = 1 - x handed in because the subtraction would lose it."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return front / (a * _fraction(a, b, x))
    return 1 - front / (b * _fraction(b, a, rest))


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction 1 + d1/(1 + d2/(1 + ...)) of DLMF 8.17.22, evaluated forwards (Lentz 1976)."""
    value, upper, lower = 1.0, 1.0, 0.0
    for step, term in enumerate(_terms(a, b, x), start=1):
        lower = 1 / (1 + term * lower)
        upper = 1 + term / upper
        value *= upper * lower
        if step > 2 and abs(upper * lower - 1) < 1e-16:
            break
    return value


def _terms(a: float, b: float, x: float) -> Iterator[float]:
    """d1, d2, ...: alternately the odd and the even ones; a few dozen do, 400 are a stop."""
    for m in range(200):
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        yield (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2))
