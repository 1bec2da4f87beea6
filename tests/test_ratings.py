"""Ratings: a case worked by hand, known players found again, intervals that hold, and what has no likeliest rating."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize

from reason_arena.arena.ratings import Pair, Ratings, rate
from reason_arena.tasks.errors import BadConfig

TRUE = {"random": 0.0, "low": 150.0, "middle": 400.0, "high": 560.0, "top": 800.0}


def expected(difference: float) -> float:
    return float(1 / (1 + 10 ** (-difference / 400)))


def played(truth: dict[str, float], each: int, rng: np.random.Generator, reach: int = 2) -> list[Pair]:
    """Pairs of independent games without draws between neighbours up to `reach` places apart."""
    names = sorted(truth, key=truth.__getitem__)
    pairs = []
    for i, one in enumerate(names):
        for other in names[i + 1 : i + 1 + reach]:
            won = rng.binomial(2, expected(truth[one] - truth[other]), each)
            pairs += [Pair(one, other, float(points)) for points in won]
    return pairs


def test_three_quarters_of_the_points_are_191_elo() -> None:
    # 400 log10(0.75 / 0.25) = 400 log10(3) = 190.85; 7.5 of 10 points, two draws among them
    pairs = [Pair("random", "strong", points) for points in (0.0, 0.0, 0.5, 1.5, 0.5)]
    ratings = rate(pairs, {"random": 0}, seed=0)
    assert ratings["strong"].elo == pytest.approx(190.85, abs=0.005)
    assert (ratings["random"].elo, ratings["random"].low, ratings["random"].high) == (0, 0, 0)
    assert (ratings["strong"].games, ratings["strong"].mark) == (10, "")
    assert rate(pairs, {"strong": 1000}, seed=0)["random"].elo == pytest.approx(809.15, abs=0.005)
    assert ratings.difference("strong", "random").mean == ratings["strong"].elo


def test_known_ratings_are_found_again() -> None:
    ratings = rate(played(TRUE, 4000, np.random.default_rng(1)), {"random": 0}, seed=1, resamples=200)
    assert [rating.name for rating in ratings.ascending()] == list(TRUE)
    for name, elo in TRUE.items():
        # 28,000 games each: the error of one difference is about 400 / ln 10 / sqrt(16,000 · 1/5) = 3
        assert ratings[name].elo == pytest.approx(elo, abs=12)
        assert ratings[name].low <= elo <= ratings[name].high


def test_an_optimiser_that_knows_nothing_of_it_agrees() -> None:
    pairs = played(TRUE, 30, np.random.default_rng(2), reach=4)
    names = list(TRUE)

    def loss(free: NDArray[np.float64]) -> float:
        elo = dict(zip(names[1:], free.tolist(), strict=True)) | {"random": 0.0}
        chances = [(pair.points, expected(elo[pair.one] - elo[pair.other])) for pair in pairs]
        return -sum(points * math.log(p) + (2 - points) * math.log(1 - p) for points, p in chances)

    # In hundreds of Elo, and with slopes from both sides, it does not stop short of the minimum on any processor.
    found = minimize(lambda free: loss(100 * free), np.zeros(4), method="BFGS", jac="3-point", options={"gtol": 1e-6})
    ratings = rate(pairs, {"random": 0}, seed=0, resamples=2)
    assert [ratings[name].elo for name in names[1:]] == pytest.approx((100 * found.x).tolist(), abs=0.01)


def test_several_anchors_stay_where_they_are() -> None:
    pairs = played(TRUE, 30, np.random.default_rng(3))
    given = {"random": 0.0, "low": 500.0, "nobody": 9.0}
    ratings = rate(pairs, given, seed=0, resamples=50)
    assert (ratings["random"].elo, ratings["low"].elo, ratings["low"].high) == (0, 500, 500)

    def slope(elo: float) -> float:
        met = [(pair.points, other) for pair in pairs for other in [given.get(pair.one)] if pair.other == "middle"]
        return sum(2 - points - 2 * expected(elo - other) for points, other in met if other is not None)

    alone = rate([pair for pair in pairs if pair.other == "middle"], given, seed=0, resamples=2)
    assert alone["middle"].elo == pytest.approx(brentq(slope, -2000, 2000), abs=1e-3)


@pytest.mark.parametrize("together", [False, True])
def test_intervals_hold(together: bool) -> None:
    """In 300 repetitions; with `together` both games of a pair end alike, which games one by one would not see."""
    truth, rng, inside, differences = {"random": 0.0, "low": 120.0, "high": 330.0}, np.random.default_rng(4), 0, 0
    for again in range(300):
        pairs = played(truth, 60, rng)
        if together:
            pairs = [
                Pair(pair.one, pair.other, 2.0 * (rng.random() < expected(truth[pair.one] - truth[pair.other])))
                for pair in pairs
            ]
        ratings = rate(pairs, {"random": 0}, seed=again, resamples=200)
        inside += ratings["high"].low <= 330 <= ratings["high"].high
        differences += not ratings.difference("high", "low").excludes(210)
    assert 0.91 <= inside / 300 <= 0.98  # 95 % give or take 2.5 standard errors, and the bootstrap's own optimism
    assert 0.91 <= differences / 300 <= 0.98


def test_an_interval_of_a_difference_knows_that_both_moved() -> None:
    """Two strong players meet 4,000 times; how far both are from the anchor is hardly known."""
    rng = np.random.default_rng(5)
    near = [Pair("high", "top", float(points)) for points in rng.binomial(2, 0.4, 2000)]
    far = [Pair("random", "high", float(points)) for points in rng.binomial(2, 0.25, 20)]
    ratings = rate([*near, *far], {"random": 0}, seed=0)
    gap = ratings.difference("top", "high")
    assert gap.low is not None
    assert gap.high is not None
    assert gap.high - gap.low < 30 < 100 < ratings["top"].high - ratings["top"].low
    assert gap.mean == pytest.approx(ratings["top"].elo - ratings["high"].elo)
    assert not gap.excludes(70)  # 400 log10(0.6 / 0.4) = 70.4


def test_who_won_or_lost_everything_gets_a_bound() -> None:
    # Twenty games won: 0.05^(1/20) = 0.8609, and 400 log10(0.8609 / 0.1391) = 316.64
    pairs = [Pair("best", "random", 2.0)] * 10 + [Pair("worst", "random", 0.0)] * 10
    ratings = rate(pairs, {"random": 0}, seed=0, resamples=50)
    assert [str(rating) for rating in ratings.ascending()] == ["< -317", "0 [0, 0]", "> 317"]
    assert ratings["best"].elo == pytest.approx(316.64, abs=0.005)
    assert (ratings["best"].low, ratings["best"].high) == (ratings["best"].elo, math.inf)
    assert (ratings["worst"].low, ratings["worst"].high) == (-math.inf, ratings["worst"].elo)
    assert not ratings.difference("best", "random").excludes(1e6)
    assert ratings.difference("best", "random").excludes(0)


def test_a_group_that_won_everything_is_bounded_by_those_it_met() -> None:
    pairs = [Pair("a", "b", 1.0)] * 10 + [Pair("b", "random", 2.0)] * 10
    pairs += [Pair("random", "weak", 1.5)] * 4 + [Pair("c", "d", 1.0)]
    ratings = rate(pairs, {"random": 0}, seed=0, resamples=50)
    assert str(ratings["b"]) == "> 317"
    assert str(ratings["a"]) == ">"  # it met no rated player
    assert str(ratings["c"]) == str(ratings["d"]) == "?"
    assert ratings["weak"].elo == pytest.approx(-190.85, abs=0.005)  # untouched by all that
    assert ratings.ascending()[0].name == "weak"
    assert not ratings.difference("a", "b").excludes(0)


def test_one_draw_in_many_games_has_an_interval_without_end() -> None:
    """Some resamples leave the draw out, and then nothing bounds the rating."""
    pairs = [Pair("strong", "random", 2.0)] * 30 + [Pair("strong", "random", 1.5)]
    ratings = rate(pairs, {"random": 0}, seed=0)
    assert ratings["strong"].mark == ""
    # 61.5 of 62 points
    assert ratings["strong"].elo == pytest.approx(400 * math.log10(61.5 / 0.5), abs=0.01)
    assert ratings["strong"].high == math.inf
    assert 400 < ratings["strong"].low < ratings["strong"].elo


def table(ratings: Ratings) -> list[tuple[str, float, float, float]]:
    return [(rating.name, rating.elo, rating.low, rating.high) for rating in ratings.ascending()]


def test_the_seed_and_the_results_say_all() -> None:
    pairs = played(TRUE, 20, np.random.default_rng(6))
    ratings = table(rate(pairs, {"random": 0}, seed=3))
    turned = [Pair(pair.other, pair.one, 2 - pair.points) for pair in reversed(pairs)]
    assert table(rate(turned, {"random": 0}, seed=3)) == ratings
    assert table(rate(pairs, {"random": 0}, seed=4)) != ratings


def test_bad_input_is_refused() -> None:
    with pytest.raises(BadConfig, match="anchors random: expected one of those who played, a, b"):
        rate([Pair("a", "b", 1.0)], {"random": 0}, seed=0)
    for one, other, points in (("a", "a", 1.0), ("a", "b", 2.5), ("a", "b", -0.5), ("a", "b", math.nan)):
        with pytest.raises(ValueError, match="expected two players and 0 to 2 points"):
            Pair(one, other, points)
