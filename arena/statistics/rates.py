"""Rights and wrongs: the interval of a rate, and whether two agents are equally often right on the same items."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .interval import Interval

_ROUNDING = 1e-12


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


def same(values: ArrayLike) -> bool:
    """Whether several numbers are one, up to rounding."""
    x = np.asarray(values, dtype=np.float64).ravel()
    return x.size > 1 and bool(x.max() - x.min() <= _ROUNDING * max(1.0, float(np.abs(x).max())))


def unanimous(mean: float, n: int, unit: str, rate: bool, confidence: float = 0.95) -> Interval:
    """The interval of a mean difference where all n units differ by just as much, so that nothing scatters.

    None of n units differed otherwise, so at most the share u = 1 - ((1 - confidence) / 2)^(1/n) of all does, the exact
    binomial bound at 0 of n (Clopper & Pearson 1934). Differences of rates lie between -1 and 1, so their mean is off
    by at most u (1 + |mean|); of other numbers nothing is known.

    Args:
        mean: the difference of each.
        n: how many units there are, at least two.
        unit: what they are, in words.
        rate: whether differences are those of numbers between 0 and 1.
        confidence: the nominal coverage.

    >>> print(unanimous(0.0, 183, "183 problems", rate=True))
    0.000 [-0.020, 0.020] over 183 problems, all the same
    """
    if not rate:
        return Interval(mean, None, None, n, f"{unit}, all the same: no interval", alike=True)
    half = unseen(n, confidence) * (1 + abs(mean))
    return Interval(mean, mean - half, mean + half, n, f"{unit}, all the same", alike=True)


def unseen(n: int, confidence: float = 0.95) -> float:
    """The largest share of a kind of which none was seen among n: the exact two-sided bound."""
    return 1 - math.exp(math.log((1 - confidence) / 2) / n)


def mcnemar(a: ArrayLike, b: ArrayLike) -> float:
    """The p-value of McNemar's exact test: are two agents equally often right on the same items, one try each?

    Only items that one has right and the other wrong tell: of n such, the first is right at k; if neither is better k
    is binomial with 1/2, and p is twice the smaller tail, at most 1 (McNemar 1947).

    Args:
        a: (items,) 0 or 1.
        b: the same items of the other.

    Raises:
        ValueError: not as many, or a number that is neither.

    >>> mcnemar([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 1])
    0.21875
    """
    x, y = (np.asarray(each, dtype=np.float64).ravel() for each in (a, b))
    if x.shape != y.shape or not np.isin((x, y), (0.0, 1.0)).all():
        raise ValueError(f"expected 0 or 1 at the same items of both, got {x.size} and {y.size} numbers")
    first, second = int((x > y).sum()), int((y > x).sum())
    n = first + second
    below = sum(math.comb(n, k) for k in range(min(first, second) + 1))
    return min(1.0, below / 2 ** (n - 1)) if n else 1.0
