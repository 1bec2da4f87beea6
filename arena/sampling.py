"""Statistics of several answers to each problem: avg@k, pass@k, maj@k, and intervals for which problems are random.

The answers to one problem are not independent, so the unit is the problem with all its samples. Treating 30 problems
with 16 samples as 480 tries makes intervals a quarter as wide as they have to be.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .statistics import Interval, same, t_quantile, wilson

RESAMPLES = 10_000
_FEW = 5
_CHUNK = 1_000
_SEED = 20_240_411
"""of the resampling: the same data give the same interval"""


@dataclass(frozen=True)
class Answers:
    """What one policy answered to one problem, sample by sample."""

    correct: tuple[bool, ...]
    parsed: tuple[str | None, ...]
    """what was read out of each completion in its canonical form; None where nothing could be read"""
    votes: bool = True
    """whether the task reads answers at all, so that equal ones can be counted"""

    @classmethod
    def of(cls, lines: Iterable[Mapping[str, Any]]) -> Answers:
        """From the lines of results of one agent, training seed and problem."""
        rows = list(lines)
        parsed = tuple(row.get("parsed") for row in rows)
        judged = (row.get("verdict") in ("correct", "wrong") for row in rows)
        votes = all(value is not None for value, known in zip(parsed, judged, strict=True) if known)
        return cls(tuple(bool(row.get("correct")) for row in rows), parsed, votes)

    @classmethod
    def by_problem(cls, lines: Iterable[Mapping[str, Any]]) -> list[Answers]:
        """The same for all problems of one agent, training seed and level, in the order of the lines."""
        found: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
        for row in lines:
            found.setdefault((row.get("problem_id"), row.get("seed")), []).append(row)
        return [cls.of(rows) for rows in found.values()]

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.correct)

    @property
    def average(self) -> float:
        """The share c / n, of the n that there are: avg@k of this problem; its mean over problems estimates pass@1."""
        return sum(self.correct) / self.n

    def passed(self, k: int) -> float:
        """pass@k of this problem. Raises ValueError unless 1 <= k <= n."""
        return pass_at(sum(self.correct), self.n, k)

    @property
    def majority(self) -> float:
        """maj@k of this problem with all n samples; NaN where the task reads no answers."""
        return majority(self.correct, self.parsed) if self.votes else math.nan


def pass_at(correct: int, n: int, k: int) -> float:
    """How likely a draw of k of the n samples, without putting back, holds a right one: 1 - C(n - c, k) / C(n, k).

    Unbiased for the chance that k fresh samples do (Chen et al. 2021, arXiv:2107.03374, equation 1), which
    1 - (1 - c / n)^k is not.

    Args:
        correct: c, how many of the samples are right.
        n: how many there are.
        k: how many are drawn. More than there are cannot be estimated, and is refused.

    >>> pass_at(1, 4, 1), pass_at(1, 4, 2), pass_at(0, 4, 4)
    (0.25, 0.5, 0.0)
    """
    if not 0 <= correct <= n:
        raise ValueError(f"correct={correct}, n={n}: expected 0 <= correct <= n")
    if not 1 <= k <= n:
        raise ValueError(f"k={k}: expected 1 to n={n}, as many samples as there are")
    return 1 - math.comb(n - correct, k) / math.comb(n, k)


def majority(correct: Sequence[bool], parsed: Sequence[str | None]) -> float:
    """Whether the commonest answer is right; where several are equally common, the share of them that is.

    Args:
        correct: of each sample.
        parsed: the answer of each; one that could not be read is no vote. Without a vote the result is 0.

    >>> majority([True, False, False], ["7", "8", None])
    0.5
    """
    votes = Counter(answer for answer in parsed if answer is not None)
    most = max(votes.values(), default=0)
    right = {answer: good for answer, good in zip(parsed, correct, strict=True) if answer is not None}
    modes = [answer for answer, count in votes.items() if count == most]
    return sum(right[answer] for answer in modes) / len(modes) if modes else 0.0


def over_problems(
    values: ArrayLike, samples: int = 1, *, unit: str = "problem", rate: bool = True, confidence: float = 0.95
) -> Interval:
    """The interval of a mean over problems, which are drawn anew with all their samples.

    The expanded percentile bootstrap (Hesterberg 2015, section 5.3): the mean of n problems drawn with replacement,
    10,000 times, and of these means the quantiles that are as far out as Student's would be, since the plain ones are
    too narrow for few problems. Rates get Wilson's interval where all are 0 or 1 or the same, and where fewer than five
    problems have a right answer or fewer than five a wrong one, from which no bootstrap can tell how far the rest may
    be off: no other numbers between 0 and 1 with the same mean scatter more than zeros and ones.

    Args:
        values: (n,) one number a problem: avg@k, pass@k or maj@k of it, or a difference of these.
        samples: how many samples each has, for the words.
        unit: what a problem is called, in the singular.
        rate: whether the values are between 0 and 1.
        confidence: the nominal coverage.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    n = x.size
    if n == 0 or not np.isfinite(x).all():
        return Interval(math.nan, None, None, n, f"no {unit}s" if n == 0 else f"a {unit} without a score")
    unit = f"{n} {unit}" + ("s" if n > 1 else "") + (f", {samples} samples each" if samples > 1 else "")
    mean = float(x.mean())
    few = min(np.count_nonzero(x > 0), np.count_nonzero(x < 1)) < _FEW
    if rate and (np.isin(x, (0.0, 1.0)).all() or few or same(x)):
        found = wilson(float(x.sum()), n, confidence=confidence)
        return Interval(mean, found.low, found.high, n, unit)
    if n == 1:
        return Interval(mean, None, None, 1, f"{unit}: no interval")
    tail = NormalDist().cdf(-math.sqrt(n / (n - 1)) * t_quantile((1 + confidence) / 2, n - 1))
    low, high = np.quantile(_resampled(x), (tail, 1 - tail))
    return Interval(mean, float(low), float(high), n, unit)


def _resampled(x: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Means of samples drawn from x with replacement; how often each distinct value comes is multinomial."""
    values, counts = np.unique(x, return_counts=True)
    stream = np.random.default_rng(_SEED)
    draws = [stream.multinomial(x.size, counts / x.size, _CHUNK) @ values for _ in range(RESAMPLES // _CHUNK)]
    return np.concatenate(draws) / x.size


def sampling_error(problems: Sequence[Answers]) -> float:
    """The standard error of avg@k if the problems are what they are and only the samples were drawn anew.

    Of the mean over N problems: sqrt(sum of p (1 - p) / (n - 1)) / N, with p = c / n. NaN with fewer than two samples.
    """
    if not problems or min(each.n for each in problems) < 2:
        return math.nan
    return math.sqrt(sum(p.average * (1 - p.average) / (p.n - 1) for p in problems)) / len(problems)


def cut_short(lines: Sequence[Mapping[str, Any]]) -> float:
    """The share of answers that the token limit ended, of those that were written in tokens; NaN if none were."""
    known = [bool(row["cut_short"]) for row in lines if row.get("cut_short") is not None]
    return sum(known) / len(known) if known else math.nan


def unreadable(lines: Sequence[Mapping[str, Any]]) -> float:
    """The share of answers that came to their end and in which none could be found: failures of form."""
    failed = [row.get("verdict") == "unparsable" and not row.get("cut_short") for row in lines]
    return sum(failed) / len(failed) if failed else math.nan
