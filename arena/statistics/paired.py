"""The difference of two agents on the same items, with the interval that the data allow."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import ITEMS_ONLY, Interval
from .rates import same, unanimous
from .resampling import RESAMPLES, draws, over_seeds, stream, tail
from .student import t_interval, t_quantile


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    trained: tuple[bool, bool] = (True, True),
    confidence: float = 0.95,
    *,
    rate: bool = True,
) -> Interval:
    """Mean of `a` less mean of `b` on the same items, with the interval that the data allow.

    Args:
        a: (training seeds, items) scores of the first agent, or (items,) for one seed. Item j is the same problem in
            both arrays; the numbers of seeds may differ.
        b: the same of the second agent.
        trained: whether each agent was trained. The rows of an untrained agent are samples of one policy and are
            averaged item by item first, so that they are never mistaken for training seeds.
        confidence: the nominal coverage.
        rate: whether scores are between 0 and 1.

    Returns:
        After that, by the number of training seeds left:

        - both have k >= 2: matched by row, d_s = mean_j(a_sj - b_sj), over the k differences (`over_seeds`: Student,
          a bootstrap from ten on);
        - both have several, but not equally many: Welch's interval over the two sets of seed means;
        - one has k >= 2: likewise over its seeds less the other's mean. The other is held fixed, as a baseline is;
          if it was trained, the unit says that its own seed is not covered;
        - both have one: Student over the per-item differences, which covers evaluation noise only; where all items
          differ by the same, `unanimous`.
    """
    x, y = _rows(a, trained[0]), _rows(b, trained[1])
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"{x.shape[1]} and {y.shape[1]} items: a paired difference needs the same items in both")
    if x.shape[1] == 0:
        return Interval(math.nan, None, None, 0, "no shared episodes")
    if len(x) == len(y) == 1:
        interval = t_interval(x[0] - y[0], "shared episode", confidence)
        if same(x[0] - y[0]):
            interval = unanimous(interval.mean, interval.n, interval.unit, rate, confidence)
        return replace(interval, unit=f"{interval.unit}, {ITEMS_ONLY}") if any(trained) else interval
    means = x.mean(axis=1), y.mean(axis=1)
    if len(x) == len(y):
        interval = over_seeds(means[0] - means[1], confidence=confidence)
        return replace(interval, unit=f"{interval.unit}, matched")
    if len(x) > 1 and len(y) > 1:
        return _welch(*means, confidence)
    interval = over_seeds(means[0] - means[1], confidence=confidence)  # the single row is broadcast
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
    return Interval(mean, mean - half, mean + half, x.size + y.size, unit, df)


def clustered(
    differences: ArrayLike, families: Sequence[Hashable], confidence: float = 0.95, *, rate: bool = True
) -> Interval:
    """The mean of paired differences of items that come in families, which are drawn anew as a whole.

    Items of one family, made by one rule, are hard or easy together, so many of them tell less than their number says.
    With d_i less the mean summed up in each of C families, the squared error is C / (C - 1) times the sum of the
    squares, over n² (Miller 2024, arXiv:2411.00640, equation 5, with the correction for few clusters), and Student's t
    has C - 1 degrees of freedom. Where all families differ by the same, it is `unanimous` of them.

    Args:
        differences: (items,) of two agents.
        families: which each item belongs to.
        confidence: the nominal coverage.
        rate: whether the scores are between 0 and 1.

    Raises:
        ValueError: not one family an item.
    """
    d = np.asarray(differences, dtype=np.float64).ravel()
    if len(families) != d.size:
        raise ValueError(f"{d.size} differences and {len(families)} families: expected one each")
    if d.size == 0 or not np.isfinite(d).all():
        return Interval(math.nan, None, None, d.size, "no shared items" if d.size == 0 else "an item without a score")
    places = {family: place for place, family in enumerate(dict.fromkeys(families))}
    count, mean = len(places), float(d.mean())
    unit = f"{d.size} shared items of {count} famil{'y' if count == 1 else 'ies'}"
    if count < 2:
        return Interval(mean, None, None, count, f"{unit}: no interval")
    sums = np.bincount([places[family] for family in families], weights=d - mean, minlength=count)
    if same(mean + sums):  # they add up to 0, so each of them is
        return unanimous(mean, count, unit, rate, confidence)
    error = math.sqrt(count / (count - 1) * float((sums**2).sum())) / d.size
    half = t_quantile((1 + confidence) / 2, count - 1) * error
    return Interval(mean, mean - half, mean + half, count, unit)


def crossed(
    scores: ArrayLike,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    families: Sequence[Hashable] | None = None,
) -> Interval:
    """The mean of a table of training seeds by items, where both would be drawn anew: the two-way bootstrap.

    Rows and columns, those of a family together, are each drawn with replacement, and of the means so found the
    quantiles are taken that are as far out as Student's would be, with the degrees of freedom of Satterthwaite for the
    sum of both. Where neither seeds nor items matter, and all is noise, it is up to √3 times too wide (Owen 2007, "The
    pigeonhole bootstrap").

    Args:
        scores: (training seeds, items) of one agent, or differences of two.
        confidence: the nominal coverage.
        resamples: how many tables are drawn.
        families: which each item belongs to; each one its own if not told.

    Raises:
        ValueError: not a table, or not one family an item.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores of shape {table.shape}: expected (training seeds, items)")
    seeds, items = table.shape
    if families is not None and len(families) != items:
        raise ValueError(f"{items} items and {len(families)} families: expected one each")
    if not table.size or not np.isfinite(table).all():
        return Interval(math.nan, None, None, min(seeds, items), "a training seed or an item without a score")
    places = {family: place for place, family in enumerate(dict.fromkeys(families or range(items)))}
    belongs, count = [places[family] for family in families or range(items)], len(places)
    sums, sizes = np.zeros((count, seeds)), np.bincount(belongs)
    np.add.at(sums, belongs, table.T)
    mean, n = float(table.mean()), min(seeds, count)
    unit = f"{seeds} training seeds and {count} {'items' if families is None else 'families'}, both drawn anew"
    if n < 2:
        return Interval(mean, None, None, n, f"{unit}: no interval")
    source, found = stream(), []
    for at in range(0, resamples, 1_000):
        drawn = min(1_000, resamples - at)
        rows, columns = draws(seeds, drawn, source), draws(count, drawn, source)
        found.append(((rows @ sums.T) * columns).sum(axis=1) / (columns @ sizes))
    over = sums.mean(axis=1) - mean * sizes
    parts = np.array([table.mean(axis=1).var(ddof=1) / seeds, count / (count - 1) * float(over @ over) / items**2])
    if not parts.sum() > 1e-24 * max(1.0, float((table**2).max())):
        return Interval(mean, None, None, n, f"{unit}, all the same: no interval")
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([seeds, count]) - 1)).sum()
    outside = tail(float(freedom) + 1, confidence)
    low, high = np.quantile(np.concatenate(found), (outside, 1 - outside))
    return Interval(mean, float(low), float(high), n, unit)
