"""McNemar, Holm, families, several tasks and verdicts: beside other libraries and sums by hand."""

from __future__ import annotations

import doctest
import importlib
import math
import pkgutil
from typing import Any

import numpy as np
import pytest
from scipy import stats

from reason_arena.arena import statistics
from reason_arena.arena.statistics import (
    Interval,
    anchored,
    clustered,
    crossed,
    detectable,
    holm,
    improvement,
    iqm,
    mcnemar,
    more_needed,
    p_value,
    profile,
    stratified,
    t_interval,
    verdict,
)
from reason_arena.arena.statistics.verdicts import ABOVE, CORRECTED

FIRST = [
    [0.81, 0.29, 0.41, 1.0, 0.43, 0.84, 0.68],
    [0.81, 0.05, 0.05, 0.65, 0.97, 0.39, 0.06],
    [0.52, 0.38, 0.05, 0.23, 0.9, 0.49, 0.56],
]
SECOND = [[0.13, 0.62, 0.87, 0.65, 0.32], [0.86, 0.84, 0.85, -0.2, 0.04], [-0.12, 0.07, -0.18, 0.4, 0.19]]
"""runs of three tasks each"""


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [1, 7, 60, 2_000])
def test_mcnemar_is_that_of_statsmodels(seed: int, n: int) -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    rng = np.random.default_rng(seed)
    a, b = rng.random(n) < 0.6, rng.random(n) < 0.55
    counted = [[int((a & b).sum()), int((a & ~b).sum())], [int((~a & b).sum()), int((~a & ~b).sum())]]
    assert mcnemar(a, b) == pytest.approx(tables.mcnemar(counted, exact=True).pvalue, rel=1e-9)


def test_mcnemar_by_hand_and_what_it_refuses() -> None:
    # 5 against 1 of 6: 2 * (1 + 6) / 64
    assert mcnemar([1] * 5 + [0, 1], [0] * 5 + [1, 1]) == pytest.approx(14 / 64)
    assert mcnemar([1, 0], [1, 0]) == 1.0
    with pytest.raises(ValueError, match="expected 0 or 1"):
        mcnemar([0.5], [1])
    with pytest.raises(ValueError, match="1 and 2 numbers"):
        mcnemar([1], [1, 0])


def test_holm_is_that_of_statsmodels() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).random(9) ** 3
    assert holm(p.tolist()) == pytest.approx(multitest.multipletests(p, method="holm")[1].tolist())
    assert holm([]) == []
    told = holm([0.01, math.nan, 0.02])
    assert (told[0], told[2]) == (0.02, 0.02)
    assert math.isnan(told[1])


def test_families_are_the_clusters_of_statsmodels() -> None:
    linear = pytest.importorskip("statsmodels.regression.linear_model")
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 8, 100)
    d = rng.normal(0.1, 1, 100) + groups / 10
    fit = linear.OLS(d, np.ones(100)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    interval = clustered(d, groups.tolist())
    assert interval.mean == pytest.approx(fit.params[0])
    assert [interval.low, interval.high] == pytest.approx(fit.conf_int()[0].tolist())
    assert interval.unit == "100 shared items of 8 families"


def test_a_family_an_item_is_students() -> None:
    d = np.random.default_rng(2).normal(size=20)
    interval, plain = clustered(d, list(range(20))), t_interval(d)
    assert [interval.low, interval.high] == pytest.approx([plain.low, plain.high])
    assert not clustered(d, ["one"] * 20).known
    assert not clustered([], []).known
    with pytest.raises(ValueError, match="20 differences and 1 families"):
        clustered(d, [1])


def test_both_seeds_and_items_are_drawn() -> None:
    """Where the seeds agree the items scatter, and the other way round; over both an interval holds either."""
    rng = np.random.default_rng(3)
    items = np.tile(rng.normal(size=30), (20, 1))
    over_items = crossed(items)
    expected = t_interval(items[0])
    assert over_items.high is not None
    assert expected.high is not None
    assert over_items.high - over_items.mean == pytest.approx(expected.high - expected.mean, rel=0.1)
    transposed = crossed(items.T)
    assert transposed.mean == pytest.approx(over_items.mean)
    assert transposed.high == pytest.approx(over_items.high, abs=0.05)
    assert not crossed(items[:1]).known
    with pytest.raises(ValueError, match=r"\(30,\)"):
        crossed(items[0])


def test_families_are_drawn_whole_beside_the_seeds() -> None:
    """Where all items of a family say the same, families are so many items, each of them once."""
    table = np.random.default_rng(3).normal(size=(6, 5))
    once, thrice = crossed(table), crossed(np.repeat(table, 3, axis=1), families=np.repeat(range(5), 3).tolist())
    assert [thrice.mean, thrice.low, thrice.high] == pytest.approx([once.mean, once.low, once.high])
    assert thrice.unit == "6 training seeds and 5 families, both drawn anew"
    pooled = crossed(np.repeat(table, 3, axis=1))
    assert thrice.high is not None
    assert pooled.high is not None
    assert thrice.high - thrice.mean > 1.3 * (pooled.high - pooled.mean), "fifteen items would promise more"
    # Seeds that agree, so that families alone scatter: of unequal size, with the clusters' own interval beside it.
    groups = [group for group in range(30) for _ in range(1 + group % 3)]
    d = np.random.default_rng(4).normal(size=30)[groups]
    found, expected = crossed(np.tile(d, (20, 1)), families=groups), clustered(d, groups)
    assert [found.low, found.high] == pytest.approx([expected.low, expected.high], abs=0.04)
    assert not crossed(table, families=["one"] * 5).known
    assert not crossed(np.zeros((3, 40))).known, "where all are the same there is nothing to draw"
    with pytest.raises(ValueError, match="5 items and 1 families"):
        crossed(table, families=["one"])


def test_several_tasks_are_put_together_as_rliable_does() -> None:
    """What rliable 1.2.0 says of these; it does not import beside the pandas that is pinned here."""
    assert iqm(FIRST) == pytest.approx(0.51)
    assert iqm(SECOND) == pytest.approx(0.3622222222222222)
    assert improvement(FIRST, SECOND) == pytest.approx(0.6571428571428571)
    interval = stratified(FIRST, iqm, resamples=20_000)
    assert [interval.low, interval.high] == pytest.approx([0.34, 0.6646], abs=0.01)


def test_several_tasks_beside_rliable_itself() -> None:
    metrics: Any = pytest.importorskip("rliable.metrics")
    first, second = np.array(FIRST).T, np.array(SECOND).T
    assert iqm(FIRST) == pytest.approx(metrics.aggregate_iqm(first))
    assert improvement(FIRST, SECOND) == pytest.approx(metrics.probability_of_improvement(first, second))


def test_the_interquartile_mean_is_scipys() -> None:
    for n in (1, 2, 3, 4, 5, 8, 11):
        x = np.random.default_rng(n).normal(size=n)
        assert iqm([x]) == pytest.approx(stats.trim_mean(x, 0.25))
    assert math.isnan(iqm([[]]))


def test_improvement_is_the_share_of_mann_whitney() -> None:
    x, y = [0.1, 0.5, 0.5, 0.9], [0.5, 0.2, 0.9]
    assert improvement([x], [y]) == pytest.approx(stats.mannwhitneyu(x, y).statistic / 12)
    assert improvement([x], [x]) == 0.5


def test_a_profile_by_hand() -> None:
    # above 0.5: 1 of 2 and 1 of 4; above 0: 2 of 2 and 3 of 4
    found = profile([[0.4, 0.6], [0.0, 0.5, 0.2, 1.0]], [0.5, 0.0])
    assert found.tolist() == [pytest.approx((1 / 2 + 1 / 4) / 2), pytest.approx((1 + 3 / 4) / 2)]


def test_anchors() -> None:
    assert anchored([0.2, 0.6, 1.0], 0.2, 1.0).tolist() == pytest.approx([0.0, 0.5, 1.0])
    with pytest.raises(ValueError, match="two different anchors"):
        anchored([0.5], 1.0, 1.0)


def test_a_p_value_is_that_of_students_test() -> None:
    x = np.random.default_rng(4).normal(0.3, 1, 15)
    assert p_value(t_interval(x), 14) == pytest.approx(stats.ttest_1samp(x, 0.0).pvalue, rel=1e-7)
    assert p_value(Interval(0.5, 0.5, 0.5, 3, ""), 2) == 0.0
    assert p_value(Interval(0.0, 0.0, 0.0, 3, ""), 2) == 1.0
    assert math.isnan(p_value(Interval(0.5, None, None, 1, ""), 1))


def interval(mean: float, half: float, n: int = 5) -> Interval:
    return Interval(mean, mean - half, mean + half, n, f"{n} training seeds")


@pytest.mark.parametrize(
    ("mean", "half", "p", "expected"),
    [
        (0.10, 0.05, 0.01, "PPO ahead"),
        (-0.10, 0.05, 0.01, "LLM ahead"),
        (0.005, 0.01, 0.4, "tie within 0.02"),
        (0.015, 0.01, 0.004, "PPO ahead"),
        (0.10, 0.09, 0.06, f"not enough data: {CORRECTED}"),
    ],
)
def test_verdicts(mean: float, half: float, p: float, expected: str) -> None:
    assert verdict(interval(mean, half), p).words("LLM", "PPO", "training seed") == expected


def test_it_is_said_what_stands_in_the_way_of_an_interval_without_zero() -> None:
    """An exact p, or that of a skew bootstrap, may be above 0.05 by itself; else it is how many pairs are planned."""
    gap = interval(0.10, 0.09)
    assert verdict(gap, 0.06, alone=0.06).hindrance == ABOVE
    assert verdict(gap, 0.06, alone=0.03).hindrance == CORRECTED
    assert verdict(gap, 0.04, alone=0.04).hindrance == verdict(interval(0.10, 0.11), 0.06).hindrance == ""


def test_an_open_verdict_says_how_many_more_would_do() -> None:
    # 5 seeds, half width 0.2 = t(4) s / sqrt(5): s = 0.2 * 2.236068 / 2.776445 = 0.161074.
    # t(0.975, n - 1) s / sqrt(n) <= 0.1: n = 12 gives 0.10234, n = 13 gives 0.09734.
    assert more_needed(interval(0.1, 0.2)) == 8
    told = verdict(interval(0.1, 0.2), 0.3)
    assert told.words("a", "b", "training seed") == "not enough data: about 8 more training seeds needed"
    assert (
        verdict(Interval(0.1, None, None, 1, ""), math.nan).words("a", "b", "item").endswith("a second item is needed")
    )
    assert more_needed(Interval(0.1, None, None, 1, "")) is None
    # where the means are equal, the tie has to be shown: half <= margin
    assert more_needed(interval(0.0, 0.04), margin=0.02) == more_needed(interval(0.02, 0.04), margin=0.03)
    assert verdict(interval(0.0, 1e6), 1.0).words("a", "b", "item") == "not enough data, and no end in sight"


def test_what_can_be_detected_is_detected_four_times_in_five() -> None:
    rng, n = np.random.default_rng(6), 8
    true = detectable(0.1, n)
    found = [t_interval(rng.normal(true, 0.1, n)).excludes(0.0) for _ in range(2_000)]
    assert 0.76 <= sum(found) / 2_000 <= 0.84
    assert detectable(0.1, 1) == math.inf


def test_an_agent_against_itself_is_ahead_once_in_twenty_at_most() -> None:
    """Five training seeds each of the same recipe, 200 comparisons, as often as any other."""
    rng, ahead = np.random.default_rng(13), 0
    for _ in range(2_000):
        gaps = rng.normal(0, 0.08, 5) - rng.normal(0, 0.08, 5)
        found = t_interval(gaps)
        ahead += verdict(found, p_value(found, 4)).kind in ("first", "second")
    assert ahead / 2_000 <= 0.065


@pytest.mark.parametrize("name", [each.name for each in pkgutil.iter_modules(statistics.__path__)])
def test_the_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"{statistics.__name__}.{name}")).failed == 0
