"""Several tasks at once, after Agarwal et al. 2021, "Deep RL at the edge of the statistical precipice".

Scores are made comparable by two anchors a task, then put together: `iqm` says how well, `profile` how often at least
how well, `improvement` how likely one agent's run is better than another's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def anchored(scores: ArrayLike, floor: float, ceiling: float) -> Floats:
    """Scores on the scale on which `floor` (random play) is 0 and `ceiling` (the reference) is 1.

    Raises:
        ValueError: both anchors score the same.
    """
    if floor == ceiling:
        raise ValueError(f"floor={floor}, ceiling={ceiling}: expected two different anchors")
    return (np.asarray(scores, dtype=np.float64) - floor) / (ceiling - floor)


def iqm(scores: Sequence[ArrayLike]) -> float:
    """The interquartile mean: of all runs of all tasks, sorted, the mean without the lowest and the highest quarter.

    A quarter is rounded down to whole runs.

    >>> iqm([[0.0, 1.0], [0.5, 0.7]])
    0.6
    """
    runs = np.sort(np.concatenate([np.ravel(np.asarray(task, dtype=np.float64)) for task in scores]))
    cut = runs.size // 4
    return float(runs[cut : runs.size - cut].mean()) if runs.size else float("nan")


def profile(scores: Sequence[ArrayLike], thresholds: ArrayLike) -> Floats:
    """The performance profile: of all tasks the mean share of runs that score above each threshold; (thresholds,)."""
    limits = np.asarray(thresholds, dtype=np.float64).ravel()
    shares = [(np.ravel(np.asarray(task, dtype=np.float64))[:, None] > limits).mean(axis=0) for task in scores]
    found: Floats = np.mean(shares, axis=0)
    return found


def improvement(first: Sequence[ArrayLike], second: Sequence[ArrayLike]) -> float:
    """How likely a run of the first agent beats one of the second, a tie being half: the mean over tasks.

    Args:
        first: of each task one number a run.
        second: of the same tasks in the same order; numbers of runs may differ.

    Raises:
        ValueError: not the same number of tasks.
    """
    shares = []
    for a, b in zip(first, second, strict=True):
        x, y = np.ravel(np.asarray(a, dtype=np.float64))[:, None], np.ravel(np.asarray(b, dtype=np.float64))
        shares.append((x > y).mean() + (x == y).mean() / 2)
    return float(np.mean(shares))
