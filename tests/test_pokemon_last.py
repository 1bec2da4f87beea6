"""LAST tells what is true of the whole command, and what hindered it."""

from __future__ import annotations

import gymnasium as gym
import pytest

pytest.importorskip("pyboy")

import reason_arena.envs  # noqa: F401 - registers the ids

TOLD = [
    ("press up*2", "did up*2: nothing changed, the game has not begun"),
    ("press start", "did start: the game began"),
    ("press start", "did start: a text opened"),
    ("press down", "did down"),  # the cursor moves
    ("press left", "did left: nothing changed, a menu is open"),
    ("goto 3 3", "no walk: a menu is open"),
    ("press up b", "did up b"),
    ("press noop b", "did noop b: the last press changed nothing"),
    ("press b*2", "did b*2: nothing changed"),
    ("press right*3 b", "did right*3 b: the last press changed nothing"),
    ("press left*3 b*2 a", "stopped after 5 of 6: the last 2 presses changed nothing"),
    ("goto 3 3", "walked 2 to (3,3)"),
    ("press left", "did left"),
    ("press a", "did a: a text opened"),
    ("wait 16", "waited"),
    ("press down*3", "stopped after 2 of 3: nothing changed, a text is open"),
    ("goto 4 4", "no walk: a text is open"),
]


def test_each_command_is_told_as_a_whole_and_with_its_reason() -> None:
    env = gym.make("Reason-Pokemon-v0").unwrapped
    env.reset(seed=0)
    told = []
    for command, _ in TOLD:
        words, *_, info = env.step(command)
        told.append((command, words.rpartition("\nLAST ")[2]))
    assert told == TOLD
    assert info["counts"]["blocked"] == 0, "nobody walked into anything"
