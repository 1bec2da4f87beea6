"""The guessing game that other tests train on: its rules, its ends, and what Gymnasium asks of it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import pytest
from guessing import GuessNumber
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.utils.env_checker import check_env


def begun(seed: int = 0, **options: Any) -> GuessNumber:
    env = GuessNumber(**options)
    env.reset(seed=seed)
    return env


def secret(seed: int) -> int:
    """The number of a seed, found by asking for all of them."""
    return next(number for number in range(1, 9) if begun(seed).step(str(number))[1])


def test_gymnasium_accepts_it() -> None:
    check_env(gym.make("Tests-Guess-v0", low=-3, high=99, tries=3).unwrapped)


def test_the_question_says_range_and_tries() -> None:
    question, info = GuessNumber(low=5, high=9, tries=2).reset(seed=3)
    assert question == "Guess a number from 5 to 9 in 2 tries."
    assert info == {"problem_id": "guess-v0/5..9/2/3"}


def test_halving_finds_every_number_in_four_tries() -> None:
    for seed in range(20):
        env, low, high, reply = begun(seed), 1, 8, ""
        while reply != "found":
            middle = (low + high) // 2
            reply, reward, terminated, truncated, info = env.step(f"I say {middle}, not 100.")
            low, high = (middle + 1, high) if reply == "higher" else (low, middle - 1)
            assert (reward, terminated) == ((1.0, True) if reply == "found" else (0.0, False))
            assert not truncated
        assert (info["correct"], info["verdict"]) == (True, "correct")


def test_a_seed_always_hides_the_same_number_and_seeds_hide_all_of_them() -> None:
    hidden = [secret(seed) for seed in range(60)]
    assert hidden == [secret(seed) for seed in range(60)]
    assert set(hidden) == set(range(1, 9))


def test_the_last_try_truncates() -> None:
    env = begun(tries=2)
    reply, reward, terminated, truncated, info = env.step("0")
    assert (reply, reward, terminated, truncated) == ("higher", 0.0, False, False)
    assert "correct" not in info
    reply, reward, terminated, truncated, info = env.step("9")
    assert (reply, reward, terminated, truncated) == ("lower", 0.0, False, True)
    assert (info["correct"], info["verdict"], info["answer"]) == (False, "wrong", "9")


def test_the_last_try_may_find_it() -> None:
    _, reward, terminated, truncated, _ = begun(seed=7, tries=1).step(str(secret(7)))
    assert (reward, terminated, truncated) == (1.0, True, False)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("", "no number"),
        ("seven", "no number"),
        ("-5", "higher"),
        ("000000000000000000000", "higher"),
        ("7" * 5000, "lower"),
        ("-" + "7" * 5000, "higher"),
        ("99 or 0", "lower"),
    ],
)
def test_any_text_is_an_action(text: str, reply: str) -> None:
    assert begun().step(text)[0] == reply


def test_a_last_text_without_a_number_is_unparsable() -> None:
    assert begun(tries=1).step("well")[4]["verdict"] == "unparsable"


def test_it_is_stepped_within_an_episode_and_with_texts() -> None:
    with pytest.raises(ResetNeeded):
        GuessNumber().step("1")
    over = begun(tries=1)
    over.step("0")
    with pytest.raises(ResetNeeded):
        over.step("0")
    with pytest.raises(InvalidAction):
        begun().step(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="low <= high"):
        GuessNumber(low=2, high=1)


def test_the_library_makes_a_batch_of_it() -> None:
    envs = gym.make_vec("Tests-Guess-v0", num_envs=2, view="text", split="train", level=2, tries=3)
    questions, _ = envs.reset(seed=[4, 4])
    assert questions == ("Guess a number from 1 to 8 in 3 tries.",) * 2
    assert envs.step(("0", "9"))[0] == ("higher", "lower")
