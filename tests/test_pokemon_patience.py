"""A game in which nothing is gained for long is broken off where the level says so."""

from __future__ import annotations

import gymnasium as gym
import pytest

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.arena.replays import film
from reason_arena.tasks.errors import BadLevel
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.records import read
from reason_arena.tasks.registry import load

pytest.importorskip("pyboy")
NOTHING, START, DOWN = (BUTTONS.index(name) for name in ("noop", "start", "down"))


def played(level: str, buttons: list[int]) -> tuple[int, bool, str]:
    """Steps until the episode is over, or those given; whether it was truncated, and why."""
    env = gym.make("Reason-Pokemon-v0", view="array", level=level)
    env.reset(seed=3)
    for step, button in enumerate(buttons, start=1):
        _, _, terminated, truncated, info = env.step(button)
        assert not terminated
        if truncated:
            return step, True, info["termination"]
    return len(buttons), False, ""


def test_doing_nothing_ends_when_patience_does() -> None:
    assert played("until=1,steps=100,patience=6", [NOTHING] * 50) == (6, True, "patience")
    assert played("until=1,steps=5,patience=6", [NOTHING] * 50) == (5, True, "length")
    assert played("until=1,steps=50", [NOTHING] * 50) == (50, True, "length")


def test_a_new_square_gives_new_patience() -> None:
    """START leads into the house, whose first square is a gain, and each step down to a square that was not there."""
    walk = [START, NOTHING, NOTHING, DOWN, NOTHING, DOWN]
    steps, truncated, why = played("until=1,steps=100,patience=6", walk + [NOTHING] * 50)
    assert (truncated, why) == (True, "patience")
    assert steps == len(walk) + 6, "counted from the last square on"


def test_a_game_that_was_broken_off_says_so_when_it_is_played_again() -> None:
    for level, told in ("patience=6", "nothing was gained for 6 steps"), ("steps=4", "the steps are used up"):
        env = gym.make("Reason-Pokemon-v0", view="array", level=level).unwrapped
        env.reset(seed=3)
        while not env.step(NOTHING)[3]:
            pass
        assert told in film(read(env.record())).moments[-1].told


def test_patience_is_told_and_checked() -> None:
    task = load("pokemon")
    assert "or 1,000 without progress" in task.generate("train", "until=2,patience=1000", 0).question
    assert "progress" not in task.generate("train", "until=2", 0).question
    with pytest.raises(BadLevel, match="patience"):
        task.generate("train", "patience=-1", 0)
