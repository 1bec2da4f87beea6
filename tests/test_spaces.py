"""The space of texts."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import gymnasium as gym
import pytest
from gymnasium.vector.utils import batch_space, iterate

from reason_arena.envs.spaces import Prose

SAMPLES = (
    "from reason_arena.envs.spaces import Prose; s = Prose(40, seed=9); print(ascii([s.sample() for _ in range(50)]))"
)


def test_texts_of_any_characters_up_to_the_length_are_members_and_nothing_else_is() -> None:
    space = Prose(5)
    for text in ("", "2 + 2", "√π😀é\n", "\x00", "\ud800"):
        assert space.contains(text)
    for other in ("123456", b"ab", 3, None, ["a"]):
        assert not space.contains(other)


def test_a_length_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_length: expected 1 or more, got 0"):
        Prose(0)


def test_spaces_are_equal_by_their_length() -> None:
    assert Prose(5) == Prose(5)
    assert hash(Prose(5)) == hash(Prose(5, seed=1))
    assert Prose(5) != Prose(6)
    assert Prose(5) != gym.spaces.Text(5)
    assert repr(Prose(5)) == "Prose(5)"


def test_samples_are_members_and_come_again_with_their_seed() -> None:
    space = Prose(7, seed=4)
    drawn = [space.sample() for _ in range(300)]
    assert all(text in space for text in drawn)
    assert {len(text) for text in drawn} == set(range(8))
    space.seed(4)
    assert [space.sample() for _ in range(300)] == drawn
    assert [Prose(7, seed=5).sample() for _ in range(20)] != drawn[:20]


def test_samples_are_the_same_in_every_process() -> None:
    told = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", SAMPLES], env=environment, capture_output=True, text=True, check=True
        )
        told.add(done.stdout)
    space = Prose(40, seed=9)
    assert told == {ascii([space.sample() for _ in range(50)]) + "\n"}


def test_a_batch_is_a_tuple_of_texts() -> None:
    batch = batch_space(Prose(9), 3)
    batch.seed(1)
    texts = batch.sample()
    assert isinstance(texts, tuple)
    assert len(texts) == 3
    assert list(iterate(batch, texts)) == list(texts)


def test_a_space_travels_by_pickle_and_its_texts_by_json() -> None:
    space = Prose(9, seed=2)
    copy = pickle.loads(pickle.dumps(space))
    assert copy == space
    assert [copy.sample() for _ in range(9)] == [space.sample() for _ in range(9)]
    texts = ["a b", "", "√\ud800"]
    assert space.from_jsonable(json.loads(json.dumps(space.to_jsonable(texts)))) == texts
    assert not space.is_np_flattenable
