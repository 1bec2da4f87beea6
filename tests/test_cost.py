"""Break-even points worked by hand, and by trying every number of episodes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reason_arena.arena.cost import Bill, break_even


def bill(training: float, episode: float) -> Bill:
    return Bill((training,), (episode,))


@pytest.mark.parametrize(
    ("first", "second", "episodes", "cheaper"),
    [
        ((1000, 1), (100, 10), 100, 0),  # 900 more to make, 9 less an episode
        ((100, 10), (1000, 1), 100, 1),
        ((100, 1), (1000, 10), 0, 0),  # cheaper from the first one on
        ((100, 5), (1000, 5), math.inf, -1),  # it never makes up for it
        ((100, 5), (100, 5), math.inf, -1),
        ((0, 3), (9, 0), 3, 1),
    ],
)
def test_by_hand(first: tuple[float, float], second: tuple[float, float], episodes: float, cheaper: int) -> None:
    found = break_even(bill(*first), bill(*second))
    assert (found.episodes, found.cheaper_after) == (episodes, cheaper)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_before_it_the_one_is_cheaper_and_behind_it_the_other() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        dear, cheap = bill(rng.uniform(50, 100), rng.uniform(0, 1)), bill(rng.uniform(0, 50), rng.uniform(1, 2))
        crossing = break_even(dear, cheap).episodes
        for episodes, first in ((math.floor(crossing), "cheap"), (math.ceil(crossing) + 1, "dear")):
            totals = {
                name: one.training[0] + episodes * one.episode[0] for name, one in (("dear", dear), ("cheap", cheap))
            }
            assert min(totals, key=totals.__getitem__) == first


def test_seeds_make_the_interval() -> None:
    first, second = Bill((900, 1000, 1100), (1, 1, 1)), Bill((100, 100), (11, 11))
    found = break_even(first, second)
    # all of the spread is in the first one's training: 80 to 100 episodes
    assert found.episodes == pytest.approx(90)
    assert found.low == pytest.approx(80, abs=3.5)
    assert found.high == pytest.approx(100, abs=3.5)
    assert break_even(first, second) == found
    certain = break_even(Bill((5, 5), (1, 1)), Bill((1, 1), (2, 2)))
    assert (certain.low, certain.episodes, certain.high) == (4, 4, 4)


def test_seeds_that_disagree_about_who_is_cheaper() -> None:
    """An episode costs 1 or 21, 11 on the mean, against 10: by the mean the other is cheaper from the first one on."""
    found = break_even(Bill((1000, 1000), (1, 21)), Bill((100,), (10,)))
    assert (found.low, found.episodes, found.high, found.cheaper_after) == (0, 0, 100, 1)


def test_what_was_not_measured_has_none() -> None:
    assert math.isnan(break_even(bill(math.nan, 1), bill(1, 1)).episodes)
    with pytest.raises(ValueError, match="1 and 2 seeds"):
        Bill((1.0,), (1.0, 2.0))
