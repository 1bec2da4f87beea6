"""Intervals against scipy and against sums worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reason_arena.arena.statistics import (
    Interval,
    clustered,
    more_needed,
    p_value,
    paired_difference,
    t_interval,
    t_quantile,
    verdict,
    wilson,
)


def ends(interval: Interval) -> list[float | None]:
    return [interval.low, interval.high]


@pytest.mark.parametrize("df", [0.3, 1, 1.7, 2, 3, 4.5, 9, 29, 199, 999.5, 1000, 1001, 5000, 1e7])
@pytest.mark.parametrize("p", [0.5, 0.51, 0.6, 0.9, 0.975, 0.995, 0.9999, 0.025])
def test_student_quantiles_are_those_of_scipy(p: float, df: float) -> None:
    expected = float(stats.t.ppf(p, df))
    assert t_quantile(p, df) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_one_degree_of_freedom_is_the_cauchy_distribution() -> None:
    assert t_quantile(0.975, 1) == pytest.approx(math.tan(math.pi * 0.475), rel=1e-10)


@pytest.mark.parametrize(("p", "df"), [(0.0, 3), (1.0, 3), (0.5, 0), (0.5, -1), (float("nan"), 3)])
def test_a_quantile_of_nothing_is_refused(p: float, df: float) -> None:
    with pytest.raises(ValueError, match="expected 0 < p < 1 and df > 0"):
        t_quantile(p, df)


def test_an_interval_over_three_seeds_by_hand() -> None:
    interval = t_interval([0.5, 0.6, 0.7])
    # mean 0.6, s = 0.1, t(0.975, 2) = 4.302653, half width 4.302653 * 0.1 / sqrt(3) = 0.2484138
    assert interval.mean == pytest.approx(0.6)
    assert ends(interval) == [pytest.approx(0.3515862), pytest.approx(0.8484138)]
    assert interval.unit == "3 training seeds"


def test_an_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).normal(size=11)
    low, high = stats.t.interval(0.9, 10, loc=values.mean(), scale=stats.sem(values))
    interval = t_interval(values, "item", confidence=0.9)
    assert ends(interval) == [pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9)]
    assert interval.unit == "11 items"


@pytest.mark.parametrize("values", [[0.4], [], [0.4, math.nan]])
def test_where_there_is_no_interval_it_says_so(values: list[float]) -> None:
    interval = t_interval(values)
    assert not interval.known
    assert ends(interval) == [None, None]
    assert not interval.excludes(99.0)
    assert "no interval" in str(interval)
    assert interval.clipped(0, 1) is interval


def test_one_seed_keeps_its_mean_and_names_the_unit() -> None:
    assert t_interval([0.4]) == Interval(0.4, None, None, 1, "1 training seed: no interval")


@pytest.mark.parametrize(("wins", "n"), [(0, 10), (10, 10), (1, 1), (3, 7), (150, 200), (0, 1)])
def test_wilson_is_that_of_scipy(wins: int, n: int) -> None:
    expected = stats.binomtest(wins, n).proportion_ci(0.95, method="wilson")
    interval = wilson(wins, n)
    assert interval.mean == wins / n
    assert ends(interval) == [pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high)]


def test_wilson_refuses_more_wins_than_games_and_shrugs_at_none() -> None:
    with pytest.raises(ValueError, match="wins=3, n=2"):
        wilson(3, 2)
    assert not wilson(0, 0).known


def test_trained_agents_are_matched_by_seed() -> None:
    a, b = [[1, 1, 1, 0], [1, 0, 1, 1]], [[0, 1, 0, 0], [0, 0, 1, 0]]
    interval = paired_difference(a, b)
    # seed means 3/4, 3/4 and 1/4, 1/4: differences 1/2 and 1/2, spread 0
    assert (interval.mean, interval.low, interval.high) == (0.5, 0.5, 0.5)
    assert (interval.n, interval.unit) == (2, "2 training seeds, matched")


def test_matching_is_students_test_over_the_seed_differences() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 2, (5, 40)), rng.integers(0, 2, (5, 40))
    expected = stats.ttest_rel(a.mean(axis=1), b.mean(axis=1)).confidence_interval(0.95)
    interval = paired_difference(a, b)
    assert ends(interval) == [pytest.approx(expected.low), pytest.approx(expected.high)]


def test_unequal_numbers_of_seeds_are_welchs() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 2, (5, 40)), rng.integers(0, 2, (3, 40))
    test = stats.ttest_ind(a.mean(axis=1), b.mean(axis=1), equal_var=False)
    expected = test.confidence_interval(0.95)
    interval = paired_difference(a, b)
    assert p_value(interval) == pytest.approx(test.pvalue, rel=1e-7)
    assert ends(interval) == [pytest.approx(expected.low), pytest.approx(expected.high)]
    assert interval.unit == "5 and 3 training seeds"
    assert paired_difference([[1, 1]] * 3, [[0, 0]] * 2).low == 1.0  # no spread at all


def test_one_seed_each_is_students_over_items() -> None:
    a, b = np.array([1, 1, 0, 1, 0]), np.array([0, 1, 0, 0, 1])
    interval = paired_difference(a, b)
    # differences 1, 0, 0, 1, -1: mean 0.2, s = sqrt(2.8 / 4), half = 2.7764451 * s / sqrt(5) = 1.0388506
    assert interval.mean == pytest.approx(0.2)
    assert interval.high == pytest.approx(0.2 + 1.0388506)
    assert interval.unit == "5 shared episodes, evaluation noise only"
    assert paired_difference(a, b, trained=(False, False)).unit == "5 shared episodes"


def test_samples_of_an_untrained_agent_are_not_training_seeds() -> None:
    trained, sampled = [[1, 1, 0], [1, 0, 0]], [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    interval = paired_difference(trained, sampled, trained=(True, False))
    # the untrained agent averages 2/9 and is fixed: differences 2/3 - 2/9 and 1/3 - 2/9
    assert interval.mean == pytest.approx(0.5 - 2 / 9)
    assert (interval.n, interval.unit) == (2, "2 training seeds")
    assert "not covered" in paired_difference(trained, sampled[0]).unit
    assert "not covered" in paired_difference(sampled[0], trained).unit


@pytest.mark.parametrize("n", [2, 5, 40, 182, 183])
def test_where_nothing_differs_the_interval_is_the_exact_bound_at_none(n: int) -> None:
    """Among n problems no disagreement was seen: more than the upper end of Clopper and Pearson's would show itself."""
    expected = stats.binomtest(0, n).proportion_ci(0.95, method="exact").high
    for value in (0.0, 1.0, 0.25):
        interval = paired_difference(np.full(n, value), np.full(n, value))
        assert ends(interval) == [pytest.approx(-expected), pytest.approx(expected)]
    assert interval.unit == f"{n} shared episodes, all the same, evaluation noise only"
    found = verdict(interval, p_value(interval, n - 1))
    assert (found.kind, found.more) == (("tie", 0) if n >= 183 else ("open", 183 - n))
    families = clustered(np.zeros(2 * n), [*range(n)] * 2)
    assert ends(families) == [pytest.approx(-expected), pytest.approx(expected)]
    assert families.unit == f"{2 * n} shared items of {n} families, all the same"
    assert ends(clustered([1, -1] * n, np.repeat(range(n), 2).tolist())) == ends(families), "each family is even"


def test_one_that_is_always_right_where_the_other_never_is_leads_from_six_problems_on() -> None:
    """Of 5 the sign test says 2 / 2^5 = 0.0625, of 6 0.03125."""
    for n, expected in ((5, "open"), (6, "second")):
        interval = paired_difference(np.ones(n), np.zeros(n))
        p = p_value(interval, n - 1)
        assert p == 2 / 2**n
        found = verdict(interval, p)
        assert (interval.excludes(0.0), found.kind) == (expected == "second", expected)
    assert more_needed(paired_difference(np.ones(3), np.zeros(3))) == 3


def test_where_no_number_differs_nothing_is_known_of_those_that_are_no_rates() -> None:
    interval = paired_difference(np.full(40, 7.0), np.full(40, 7.0), trained=(False, False), rate=False)
    assert (interval.mean, interval.known) == (0.0, False)
    assert interval.unit == "40 shared episodes, all the same: no interval"
    assert verdict(interval, 1.0).words("a", "b", "shared problem") == "not enough data"
    assert not clustered(np.full(40, 3.0), [*range(20)] * 2, rate=False).known


def test_swapping_the_agents_turns_the_sign() -> None:
    rng = np.random.default_rng(3)
    for seeds in ((1, 1), (3, 3), (4, 2), (1, 3)):
        a, b = rng.integers(0, 2, (seeds[0], 30)), rng.integers(0, 2, (seeds[1], 30))
        there, back = paired_difference(a, b), paired_difference(b, a)
        assert there.low is not None
        assert there.mean == pytest.approx(-back.mean)
        assert there.low == pytest.approx(-(back.high or 0))


def test_pairing_shrinks_the_interval_when_items_decide() -> None:
    rng = np.random.default_rng(4)
    easy = rng.random(300) < 0.5
    a, b = easy ^ (rng.random(300) < 0.05), easy ^ (rng.random(300) < 0.05)
    paired = paired_difference(a, b)
    unpaired = stats.ttest_ind(a.astype(float), b.astype(float)).confidence_interval(0.95)
    assert paired.high is not None
    assert paired.high - paired.mean < 0.6 * (unpaired.high - paired.mean)


def test_shapes_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="3 and 2 items"):
        paired_difference([1, 0, 1], [1, 0])
    with pytest.raises(ValueError, match=r"expected \(training seeds, items\)"):
        paired_difference(np.zeros((1, 2, 3)), np.zeros((1, 3)))
    assert not paired_difference([], []).known


def test_clipping_and_excluding() -> None:
    interval = Interval(0.9, 0.7, 1.1, 3, "3 training seeds")
    assert interval.clipped(0, 1) == Interval(0.9, 0.7, 1, 3, "3 training seeds")
    assert interval.excludes(0.5)
    assert not interval.excludes(0.8)
