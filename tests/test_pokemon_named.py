"""Starts by name: where the scripted player has come to a milestone of the free cartridge."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import pytest

pytest.importorskip("pyboy")

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.tasks.errors import BadConfig
from reason_arena.tasks.pokemon import hearthway, profiles

ENV = "Reason-Pokemon-v0"


@pytest.mark.parametrize("number", [1, 2, 4, 6, 7])
def test_a_name_is_the_moment_after_its_milestone(number: int) -> None:
    env = gym.make(ENV, view="text", start=f"milestone {number}")
    text, info = env.reset(seed=5)
    assert (info["start"], info["start_milestone"], info["milestones"]) == ("snapshot", number, number)
    assert f"\nMILESTONES {number} of 15 " in text
    assert f"next: {profiles.hearthway().milestones[number].goal}" in text


def test_a_name_means_the_same_everywhere_and_for_one_episode_too() -> None:
    first, second = (gym.make(ENV, view="array", start="milestone 3").unwrapped for _ in range(2))
    first.reset(seed=7)
    second.reset(seed=7)
    assert first.digest() == second.digest()  # type: ignore[attr-defined]
    plain = gym.make(ENV, view="array").unwrapped
    plain.reset(seed=7, options={"start": "milestone 3"})
    assert plain.digest() == first.digest()  # type: ignore[attr-defined]
    assert plain.reset(seed=7)[1]["start"] == "intro"
    pool = gym.make_vec(ENV, num_envs=2, workers=1, view="array", start="milestone 3")
    _, info = pool.reset(seed=[7, 8])
    pool.close()
    assert info["start_milestone"].tolist() == [3, 3]


@pytest.mark.parametrize("name", ["milestone 0", "milestone 16", "milestone  4", "Milestone 4", "lab", 4, ""])
def test_other_names_are_refused(name: object) -> None:
    with pytest.raises(BadConfig, match="expected 'intro', 'milestone 1' to 'milestone 15', or the bytes"):
        gym.make(ENV, start=name)


def test_only_the_free_cartridge_has_names(tmp_path: Path) -> None:
    rom = bytearray(hearthway.rom())
    rom[0x7000] ^= 0x55
    rom[0x14D] = -sum(each + 1 for each in rom[0x134:0x14D]) & 0xFF
    path = tmp_path / "mine.gb"
    path.write_bytes(rom)
    with pytest.raises(BadConfig, match="only HEARTHWAY has starts by name, this is an unknown cartridge"):
        gym.make(ENV, rom_path=path, allow_unknown_rom=True, start="milestone 1")
