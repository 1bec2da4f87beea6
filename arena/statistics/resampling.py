"""Bootstrap intervals, for ten units and more: what the mean would have been, had other units been drawn.

The same data give the same interval: the stream of the resampling is part of the method.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import Interval
from .student import t_interval, t_quantile

Floats = NDArray[np.float64]
RESAMPLES = 10_000
MANY = 10
"""units from which on a bootstrap is trusted; below, Student's interval is"""
_SEED = 20_240_411
_NORMAL = NormalDist()


def over_seeds(values: ArrayLike, unit: str = "training seed", confidence: float = 0.95) -> Interval:
    """The interval of a mean over units: Student's for fewer than ten, `bca` from ten on."""
    x = np.asarray(values, dtype=np.float64).ravel()
    return (bca if x.size >= MANY else t_interval)(x, unit, confidence)


def bca(
    values: ArrayLike,
    unit: str = "training seed",
    confidence: float = 0.95,
    *,
    expanded: bool = True,
    resamples: int = RESAMPLES,
) -> Interval:
    """The bias-corrected and accelerated bootstrap interval of a mean (Efron 1987).

    Of the means of samples drawn with replacement, the quantiles Φ(z0 + (z0 ± z) / (1 - a (z0 ± z))): z0 says how far
    the mean lies from their median, a, from the third moment, how its spread changes with it. Over ten or twenty units
    these intervals are too narrow, so z is √(n / (n - 1)) t, as far out as Student's (Hesterberg 2015, section 5.3).

    Args:
        values: one number a unit.
        unit: what one value stands for, in the singular.
        confidence: the nominal coverage.
        expanded: whether Student's t is taken for z. Without it the interval is Efron's.
        resamples: how many samples are drawn.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    n = x.size
    spread = x - x.mean() if n else x
    if n < 2 or not np.isfinite(x).all() or np.abs(spread).max() <= 1e-12 * np.abs(x).max():
        return t_interval(x, unit, confidence)
    means = np.sort(_means(x, resamples))
    mean = float(x.mean())
    # Means that equal the mean, up to rounding, count half: with few different values there are many.
    near = 1e-12 * max(1.0, abs(mean))
    below, above = np.searchsorted(means, (mean - near, mean + near))
    bias = _NORMAL.inv_cdf(min(max((below + above) / 2 / resamples, 1 / resamples), 1 - 1 / resamples))
    acceleration = float((spread**3).sum() / (6 * (spread**2).sum() ** 1.5))
    z = _out(n, confidence) if expanded else _NORMAL.inv_cdf((1 + confidence) / 2)
    ends = [_NORMAL.cdf(bias + (bias + side) / (1 - acceleration * (bias + side))) for side in (-z, z)]
    low, high = np.quantile(means, ends)
    return Interval(mean, float(low), float(high), n, f"{n} {unit}s")


def _out(n: float, confidence: float) -> float:
    """As many standard deviations as Student's quantile is out, for a spread that was divided by n and not n - 1."""
    return math.sqrt(n / (n - 1)) * t_quantile((1 + confidence) / 2, n - 1)


def tail(n: float, confidence: float) -> float:
    """The share of resampled means that lies beyond either end of an expanded percentile interval over n units."""
    return _NORMAL.cdf(-_out(n, confidence))


def draws(n: int, resamples: int, stream: np.random.Generator) -> Floats:
    """How often each of n units comes in each sample with replacement, as shares: (resamples, n)."""
    return stream.multinomial(n, np.full(n, 1 / n), resamples) / n


def stream() -> np.random.Generator:
    """What resampling draws from, the same each time."""
    return np.random.default_rng(_SEED)


def _means(x: Floats, resamples: int) -> Floats:
    source = stream()
    return np.concatenate([draws(x.size, min(1_000, resamples - at), source) @ x for at in range(0, resamples, 1_000)])


def stratified(
    scores: Sequence[ArrayLike],
    statistic: Callable[[Sequence[Floats]], float],
    confidence: float = 0.95,
    resamples: int = 2_000,
) -> Interval:
    """The interval of a number made of several tasks, by drawing anew within each (Agarwal et al. 2021, section 4.2).

    Args:
        scores: of each task one number a run; tasks may have different numbers of runs.
        statistic: the number, from lists of the same shapes: `across.iqm`, say.
        confidence: the nominal coverage of the percentile interval.
        resamples: how many times.
    """
    tasks = [np.asarray(task, dtype=np.float64).ravel() for task in scores]
    runs = sum(task.size for task in tasks)
    unit = f"{runs} runs of {len(tasks)} task" + ("s" if len(tasks) != 1 else "")
    if not tasks or any(not task.size or not np.isfinite(task).all() for task in tasks):
        return Interval(math.nan, None, None, runs, "a task without a score" if tasks else "no tasks")
    found = statistic(tasks)
    if all(task.size == 1 for task in tasks):
        return Interval(found, None, None, runs, f"{unit}: no interval")
    source = stream()
    drawn = [statistic([task[source.integers(task.size, size=task.size)] for task in tasks]) for _ in range(resamples)]
    low, high = np.quantile(drawn, ((1 - confidence) / 2, (1 + confidence) / 2))
    return Interval(found, float(low), float(high), runs, unit)
