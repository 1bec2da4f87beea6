"""Student's t: the interval of a mean over few units, and the quantiles and tails that it takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .interval import Interval


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
    while t_tail(high, df) > 1 - p:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if t_tail(middle, df) > 1 - p else (low, middle)
    return low


def p_value(interval: Interval, df: float | None = None, confidence: float = 0.95) -> float:
    """How often a mean so far from zero comes up where the true one is zero, from its Student's interval.

    Where all n units differ by the same, it is 2 (1 + |mean|)^-n: the level at which `unanimous` reaches zero, and of
    rights against wrongs that of the sign test.

    Args:
        interval: of the mean; NaN without bounds.
        df: its degrees of freedom; those that it names, else n - 1, if not told.
        confidence: its nominal coverage.
    """
    if interval.low is None or interval.high is None:
        return math.nan
    half = (interval.high - interval.low) / 2
    if interval.alike:
        return min(1.0, 2 * (1 + abs(interval.mean)) ** -interval.n)
    if half <= 0:
        return 1.0 if interval.mean == 0 else 0.0
    df = df or interval.df or max(interval.n - 1, 1)
    return min(1.0, 2 * t_tail(abs(interval.mean) / half * t_quantile((1 + confidence) / 2, df), df))


def t_tail(t: float, df: float) -> float:
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
