"""avg@k, pass@k and maj@k against sums worked by hand, all subsets, and problems whose truth is known."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from reason_arena.arena.sampling import (
    Answers,
    cut_short,
    majority,
    over_problems,
    pass_at,
    sampling_error,
    unreadable,
)
from reason_arena.arena.statistics import Interval, wilson


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def rows(*answers: tuple[str | None, bool], seed: int = 0) -> list[dict[str, Any]]:
    """Lines of one problem; an answer that is None could not be read."""
    words = {True: "correct", False: "wrong"}
    return [
        {
            "problem_id": f"p{seed}",
            "seed": seed,
            "parsed": answer,
            "correct": right,
            "verdict": "unparsable" if answer is None else words[right],
        }
        for answer, right in answers
    ]


@pytest.mark.parametrize("n", [1, 2, 5, 7])
def test_pass_at_k_is_the_share_of_all_subsets_that_hold_a_right_answer(n: int) -> None:
    for c in range(n + 1):
        samples = [True] * c + [False] * (n - c)
        for k in range(1, n + 1):
            drawn = list(combinations(samples, k))
            assert pass_at(c, n, k) == pytest.approx(sum(map(any, drawn)) / len(drawn), abs=1e-15)


def test_pass_at_k_by_hand() -> None:
    # 1 - C(7, 3) / C(10, 3) = 1 - 35 / 120
    assert pass_at(3, 10, 3) == pytest.approx(17 / 24)
    assert pass_at(3, 10, 1) == pytest.approx(0.3)
    assert pass_at(3, 10, 8) == 1.0
    assert pass_at(1, 1000, 500) == 0.5


@pytest.mark.parametrize(("p", "n", "k"), [(0.3, 5, 2), (0.1, 8, 4), (0.7, 3, 3)])
def test_pass_at_k_has_no_bias_where_the_plain_formula_has(p: float, n: int, k: int) -> None:
    truth, mean, plain = 1 - (1 - p) ** k, 0.0, 0.0
    for c in range(n + 1):
        chance = math.comb(n, c) * p**c * (1 - p) ** (n - c)
        mean += chance * pass_at(c, n, k)
        plain += chance * (1 - (1 - c / n) ** k)
    assert mean == pytest.approx(truth, abs=1e-12)
    assert plain < truth - 0.02


@pytest.mark.parametrize(("c", "n", "k"), [(0, 4, 5), (1, 4, 0), (5, 4, 1), (-1, 4, 1), (0, 0, 1)])
def test_more_than_there_is_cannot_be_drawn(c: int, n: int, k: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        pass_at(c, n, k)


def test_fewer_samples_than_planned_are_divided_by_what_there_is() -> None:
    # Planned were 8 samples; of the second problem 2 are there, one right. Dividing by 8 would make 1/8 of 1/2.
    found = Answers.by_problem([*rows(*[("5", True)] * 8), *rows(("5", True), ("6", False), seed=1)])
    assert [each.n for each in found] == [8, 2]
    assert [each.average for each in found] == [1.0, 0.5]
    assert over_problems([each.average for each in found]).mean == 0.75
    with pytest.raises(ValueError, match="expected 1 to n=2"):
        found[1].passed(8)


def test_the_commonest_answer_counts_and_ties_are_shared() -> None:
    assert majority([True, False, False, True], ["7", "8", "9", "7"]) == 1.0
    assert majority([True, False, False], ["7", "8", "8"]) == 0.0
    assert majority([True, False], ["7", "8"]) == 0.5
    assert majority([True, False, False, False, True, False], ["7", "8", "9", "8", "7", "9"]) == pytest.approx(1 / 3)
    # What cannot be read is no vote, so one right answer wins against five of them.
    assert majority([True, *[False] * 5], ["7", *[None] * 5]) == 1.0
    assert majority([False, False], [None, None]) == 0.0


def test_ties_are_shared_as_if_one_of_them_were_drawn() -> None:
    for parsed in product(["7", "8", "9", None], repeat=4):
        votes = Counter(answer for answer in parsed if answer)
        modes = [answer for answer in votes if votes[answer] == max(votes.values())]
        expected = Fraction(sum(answer == "7" for answer in modes), len(modes)) if modes else 0
        assert majority([answer == "7" for answer in parsed], parsed) == pytest.approx(float(expected))


def test_without_parsed_answers_there_is_no_majority() -> None:
    judged = [{"correct": True, "verdict": "correct"}, {"correct": False, "verdict": "wrong"}]
    assert math.isnan(Answers.of(judged).majority)
    assert Answers.of(rows((None, False), (None, False))).majority == 0.0, "all unreadable is wrong, not unknown"
    assert Answers.of(rows((None, False), ("7", True))).majority == 1.0


def test_an_interval_over_problems_that_are_right_or_wrong_is_wilsons() -> None:
    interval = over_problems([1.0] * 12 + [0.0] * 18)
    assert ends(interval) == ends(wilson(12, 30))
    assert (interval.mean, interval.unit) == (0.4, "30 problems")


def test_few_right_answers_do_not_claim_certainty() -> None:
    nothing = over_problems([0.0] * 60, 4)
    assert nothing.unit == "60 problems, 4 samples each"
    assert ends(nothing) == ends(wilson(0, 60))
    one = over_problems([0.25] + [0.0] * 59, 4)
    assert one.mean == pytest.approx(0.25 / 60)
    assert ends(one) == ends(wilson(0.25, 60))
    assert ends(over_problems([0.5] * 4, 2))[0] < 0.2
    assert ends(over_problems([0.5] * 40, 2)) == ends(wilson(20, 40)), "each problem once of two, by chance"


def test_there_is_no_interval_of_nothing_or_of_one() -> None:
    assert not over_problems([]).known
    assert not over_problems([0.3, math.nan]).known
    alone = over_problems([0.3], rate=False)
    assert (alone.mean, alone.known, alone.unit) == (0.3, False, "1 problem: no interval")


def test_the_bootstrap_spreads_as_the_mean_does_and_is_the_same_each_time() -> None:
    rng = np.random.default_rng(5)
    values = rng.binomial(16, rng.beta(1, 1, 400)) / 16
    interval = over_problems(values, 16)
    half = 1.96 * values.std(ddof=1) / math.sqrt(400)
    assert ends(interval) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.002)
    assert over_problems(values, 16) == interval


def test_samples_of_a_problem_are_no_problems() -> None:
    rng = np.random.default_rng(6)
    solved = np.repeat(rng.random(30) < 0.4, 16).reshape(30, 16)  # each problem always, or never
    pooled, over = ends(wilson(int(solved.sum()), solved.size)), ends(over_problems(solved.mean(axis=1), 16))
    assert over[1] - over[0] > 3.5 * (pooled[1] - pooled[0])


@pytest.mark.parametrize(("n", "k", "a", "b"), [(30, 4, 0.8, 1.2), (30, 16, 0.15, 1.5), (60, 4, 0.05, 3.0)])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int, k: int, a: float, b: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(300):
        low, high = ends(over_problems(rng.binomial(k, rng.beta(a, b, n)) / k, k))
        held += low <= a / (a + b) <= high
    assert held >= 0.91 * 300  # 95 % less three standard errors


def test_the_error_of_sampling_alone() -> None:
    found = Answers.by_problem([*rows(("5", True), ("6", False)), *rows(("5", True), ("5", True), seed=1)])
    # p = 1/2 and 1 with two samples each: sqrt(1/4 / 1 + 0) / 2
    assert sampling_error(found) == pytest.approx(0.25)
    assert math.isnan(sampling_error(Answers.by_problem(rows(("5", True)))))
    rng = np.random.default_rng(8)
    truth = rng.random(50)
    drawn = rng.random((4000, 50, 4)) < truth[None, :, None]
    told = [
        sampling_error([Answers(tuple(each), (None,) * 4) for each in experiment.tolist()])
        for experiment in drawn[:200]
    ]
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(drawn.mean(axis=(1, 2)).std(), rel=0.05)


def test_failures_of_form_are_counted_apart() -> None:
    lines = [
        {"verdict": "unparsable", "cut_short": True},
        {"verdict": "unparsable", "cut_short": False},
        {"verdict": "wrong", "cut_short": True},
        {"verdict": "correct", "cut_short": False},
        {"verdict": "wrong", "cut_short": None},
    ]
    assert cut_short(lines) == 0.5
    assert unreadable(lines) == 0.2
    assert math.isnan(cut_short([{"verdict": "wrong"}]))
