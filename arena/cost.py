"""Break-even: after how many episodes does the agent that was dearer to make have cost less in all?

A specialist is dear to train and cheap to ask; a language model may be the other way round. With what each cost to
train, and what an episode costs it, both lines of total cost cross at M* = (T_a - T_b) / (E_b - E_a), or never.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .statistics.resampling import RESAMPLES, stream

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bill:
    """What one agent cost on one axis, by training seed."""

    training: tuple[float, ...]
    """one number a training seed; an agent that was never trained has one 0"""
    episode: tuple[float, ...]
    """mean of an episode, of the same seeds"""

    def __post_init__(self) -> None:
        if len(self.training) != len(self.episode) or not self.training:
            raise ValueError(f"{len(self.training)} and {len(self.episode)} seeds: expected as many, and one at least")

    @property
    def known(self) -> bool:
        """Whether all of it was measured."""
        return bool(np.isfinite([*self.training, *self.episode]).all())


@dataclass(frozen=True)
class BreakEven:
    """Where the total costs of two agents cross."""

    episodes: float
    """at the mean bills; infinite if never, 0 if one is cheaper from the first episode on, NaN if not measured"""
    low: float
    high: float
    """of 95 % of the bills drawn anew over training seeds; NaN with one seed each"""
    cheaper_after: int
    """which of the two is cheaper in the long run: 0, 1, or -1 if their episodes cost the same"""


def break_even(first: Bill, second: Bill, resamples: int = RESAMPLES) -> BreakEven:
    """Where the lines of two agents cross, with a bootstrap interval over training seeds.

    Args:
        first: one agent's bill.
        second: the other's, on the same axis.
        resamples: how many pairs of bills are drawn.
    """
    if not (first.known and second.known):
        return BreakEven(math.nan, math.nan, math.nan, -1)
    means = [float(np.mean(part)) for part in (first.training, second.training, first.episode, second.episode)]
    found = float(_crossing(*means))
    cheaper = -1 if means[2] == means[3] else int(means[3] < means[2])
    if max(len(first.training), len(second.training)) < 2:
        return BreakEven(found, math.nan, math.nan, cheaper)
    source = stream()
    drawn = [part for bill in (first, second) for part in _means(bill, resamples, source)]
    low, high = np.quantile(_crossing(drawn[0], drawn[2], drawn[1], drawn[3]), (0.025, 0.975), method="nearest")
    return BreakEven(found, float(low), float(high), cheaper)


def _means(bill: Bill, resamples: int, source: np.random.Generator) -> tuple[Floats, Floats]:
    """Means of training and episode over seeds drawn with replacement, the same for both."""
    rows = source.integers(len(bill.training), size=(resamples, len(bill.training)))
    return np.array(bill.training)[rows].mean(axis=1), np.array(bill.episode)[rows].mean(axis=1)


def _crossing(train_a: ArrayLike, train_b: ArrayLike, episode_a: ArrayLike, episode_b: ArrayLike) -> Floats:
    """M* of each; 0 where who is cheaper an episode is cheaper to train too, infinite where nobody is cheaper."""
    more = np.subtract(train_a, train_b, dtype=np.float64)
    less = np.subtract(episode_b, episode_a, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(less == 0, np.inf, np.where(more * less <= 0, 0.0, more / less))
    return np.asarray(found, np.float64)
