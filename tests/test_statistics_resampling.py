"""Bootstrap intervals beside scipy, and how often intervals cover the truth."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from reason_arena.arena.statistics import (
    Interval,
    bca,
    clustered,
    crossed,
    iqm,
    over_seeds,
    paired_difference,
    stratified,
    t_interval,
    wilson,
)

SIMULATED = 2_000
Floats = NDArray[np.float64]


@pytest.mark.parametrize("kind", ["normal", "skewed", "few values"])
def test_the_plain_interval_is_that_of_scipy(kind: str) -> None:
    rng = np.random.default_rng(7)
    draw = {"normal": rng.normal, "skewed": rng.exponential, "few values": lambda size: rng.integers(0, 3, size) / 2}
    x = draw[kind](size=24)
    expected = stats.bootstrap((x,), np.mean, n_resamples=60_000, method="BCa", rng=np.random.default_rng(0))
    interval = bca(x, expanded=False, resamples=60_000)
    width = expected.confidence_interval.high - expected.confidence_interval.low
    assert interval.mean == pytest.approx(x.mean())
    assert interval.low == pytest.approx(expected.confidence_interval.low, abs=0.02 * width)
    assert interval.high == pytest.approx(expected.confidence_interval.high, abs=0.02 * width)


def test_an_expanded_interval_is_wider_by_what_students_is() -> None:
    x = np.random.default_rng(8).normal(size=10)
    plain, wide = bca(x, expanded=False), bca(x)
    assert None not in (plain.low, plain.high, wide.low, wide.high)
    ratio = (wide.high - wide.low) / (plain.high - plain.low)  # type: ignore[operator]
    # sqrt(10 / 9) * t(0.975, 9) / z(0.975) = 1.05409 * 2.26216 / 1.95996
    assert ratio == pytest.approx(1.2166, abs=0.04)


def test_the_same_data_give_the_same_interval_and_too_few_give_students() -> None:
    x = np.random.default_rng(9).normal(size=12)
    assert bca(x) == bca(x) == over_seeds(x)
    assert over_seeds(x[:9]) == t_interval(x[:9])
    assert bca([0.3] * 12) == t_interval([0.3] * 12)
    assert not bca([]).known
    assert not bca([1.0, math.nan]).known


def covers(interval: Interval, truth: float) -> bool:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low <= truth <= interval.high


def seeds(rng: np.random.Generator, count: int) -> Floats:
    """Means over 200 episodes of training seeds that scatter by 0.08 around 0.6."""
    return rng.binomial(200, np.clip(rng.normal(0.6, 0.08, count), 0, 1)) / 200


def pairs(rng: np.random.Generator, count: int) -> Interval:
    """Two trained agents, the second better by 0.05, on items that some seeds find hard."""
    hard = rng.normal(0, 0.15, 60)
    a, b = (np.clip(rng.normal(0.5 + d, 0.08, count)[:, None] + hard, 0, 1) for d in (0.0, 0.05))
    return paired_difference(rng.random(b.shape) < b, rng.random(a.shape) < a)


def families(rng: np.random.Generator, count: int) -> Interval:
    """Differences around 0.1 of twelve items each from families that scatter by 0.2."""
    own = np.repeat(rng.normal(0.1, 0.2, count), 12)
    return clustered(own + rng.normal(0, 0.5, own.size), np.repeat(np.arange(count), 12).tolist())


def table(rng: np.random.Generator, count: int) -> Interval:
    """Scores around 0.5 of seeds that scatter by 0.1 on items that scatter by 0.3."""
    scores = 0.5 + rng.normal(0, 0.1, count)[:, None] + rng.normal(0, 0.3, 40) + rng.normal(0, 0.3, (count, 40))
    return crossed(scores, resamples=1_000)


def rates(rng: np.random.Generator, count: int) -> Interval:
    return wilson(int(rng.binomial(count, 0.6)), count)


CASES: dict[str, tuple[Callable[[np.random.Generator], Interval], float]] = {
    "student, 3 seeds": (lambda rng: over_seeds(seeds(rng, 3)), 0.6),
    "student, 5 seeds": (lambda rng: over_seeds(seeds(rng, 5)), 0.6),
    "bootstrap, 10 seeds": (lambda rng: bca(seeds(rng, 10), resamples=2_000), 0.6),
    "bootstrap, 20 seeds": (lambda rng: bca(seeds(rng, 20), resamples=2_000), 0.6),
    "paired, 5 seeds": (lambda rng: pairs(rng, 5), 0.05),
    "15 families": (lambda rng: families(rng, 15), 0.1),
    "seeds and items": (lambda rng: table(rng, 12), 0.5),
    "wilson, 200 episodes": (lambda rng: rates(rng, 200), 0.6),
}


@pytest.mark.parametrize("case", CASES)
def test_of_a_hundred_intervals_ninety_five_hold_the_truth(case: str) -> None:
    rng, (draw, truth) = np.random.default_rng(10), CASES[case]
    share = sum(covers(draw(rng), truth) for _ in range(SIMULATED)) / SIMULATED
    assert 0.93 <= share <= 0.97


def test_pooled_episodes_of_trained_agents_would_not() -> None:
    rng = np.random.default_rng(11)
    held = [covers(wilson(float(seeds(rng, 3).sum() * 200), 600), 0.6) for _ in range(SIMULATED)]
    assert sum(held) / SIMULATED < 0.7


def test_runs_are_drawn_within_their_tasks() -> None:
    """With runs that agree within each task, nothing is left to chance however far the tasks are apart."""
    interval = stratified([[0.1] * 5, [0.9] * 3], iqm)  # 0.1, 0.1, 0.1 and 0.9 are left
    assert (interval.mean, interval.low, interval.high) == pytest.approx((0.3, 0.3, 0.3))
    assert interval.unit == "8 runs of 2 tasks"
    assert not stratified([[0.1], [0.9]], iqm).known
    assert not stratified([[0.1, math.nan]], iqm).known
    assert not stratified([], iqm).known


@pytest.mark.parametrize(("runs", "least", "most"), [(3, 0.72, 0.88), (5, 0.83, 0.95)])
def test_over_few_runs_a_stratified_interval_is_as_much_too_narrow_as_the_page_says(
    runs: int, least: float, most: float
) -> None:
    """About eight cases of ten over three runs of each of three tasks, nine over five."""
    rng = np.random.default_rng(5)
    means, held = np.array([[0.3], [0.6], [0.9]]), 0
    truth = float(np.mean([iqm(means + 0.08 * rng.normal(size=(3, runs))) for _ in range(2_000)]))
    for _ in range(200):
        interval = stratified(means + 0.08 * rng.normal(size=(3, runs)), iqm, resamples=200)
        held += not interval.excludes(truth)
    assert least < held / 200 < most


def test_a_stratified_interval_of_one_task_is_the_plain_bootstrap() -> None:
    x = np.random.default_rng(12).normal(size=30)
    expected = stats.bootstrap((x,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(0))
    interval = stratified([x], lambda tasks: float(tasks[0].mean()), resamples=20_000)
    assert interval.low == pytest.approx(expected.confidence_interval.low, abs=0.02)
    assert interval.high == pytest.approx(expected.confidence_interval.high, abs=0.02)
