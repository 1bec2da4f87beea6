"""The seeds that batched environments draw ahead, against Gymnasium's own generators, one draw at a time."""

from __future__ import annotations

from typing import Any

import pytest
from gymnasium.error import Error as GymnasiumError
from gymnasium.utils.seeding import np_random

from reason_arena.envs.posing import SEEDS
from reason_arena.envs.vector.seeds import SeedStreams


def one_by_one(seed: int, count: int) -> list[int]:
    stream = np_random(seed)[0]
    return [int(stream.integers(SEEDS)) for _ in range(count)]


def test_a_stream_holds_what_a_single_environment_would_draw() -> None:
    streams = SeedStreams(3)
    assert streams.begin(40) == [40, 41, 42]
    drawn = [streams.draw([0, 2]) for _ in range(150)]
    assert [each[0] for each in drawn] == one_by_one(40, 150)
    assert [each[1] for each in drawn] == one_by_one(42, 150)
    assert streams.draw([1, 1, 1]) == one_by_one(41, 3)


def test_a_stream_without_a_new_seed_goes_on() -> None:
    streams = SeedStreams(2)
    streams.begin([5, 6])
    streams.draw([0, 1, 1])
    assert streams.begin([None, 9]) == [None, 9]
    assert streams.draw([0]) == one_by_one(5, 2)[1:]
    assert streams.draw([1]) == one_by_one(9, 1)


def test_a_restored_stream_goes_on_where_it_was() -> None:
    streams = SeedStreams(2)
    streams.begin(3)
    streams.draw([0] * 40 + [1])
    state = streams.get_state()
    following = streams.draw([0] * 50 + [1] * 50)
    other = SeedStreams(2)
    other.set_state(state)
    assert other.draw([0] * 50 + [1] * 50) == following
    assert following == one_by_one(3, 90)[40:] + one_by_one(4, 51)[1:]


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("wrong", [[50, -1, 3], [50, None, 2.5], [50, 3]], ids=str)
def test_seeds_that_are_refused_begin_no_stream(wrong: list[Any], begun: bool) -> None:
    streams = SeedStreams(3)
    if begun:
        streams.begin(7)
        streams.draw([0, 1])
    before = streams.get_state()
    with pytest.raises((GymnasiumError, ValueError)):
        streams.begin(wrong)
    assert streams.get_state() == before


def test_streams_without_any_seed_differ() -> None:
    streams = SeedStreams(2)
    assert streams.begin(None) == [None, None]
    assert len(set(streams.draw([0, 1]))) == 2
