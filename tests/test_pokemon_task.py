"""Games of a cartridge as problems."""

from __future__ import annotations

import numpy as np
import pytest

from reason_arena.tasks import registry, spec
from reason_arena.tasks.errors import BadConfig, BadLevel, UnknownName
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.milestones import Milestones
from reason_arena.tasks.pokemon.setting import IDLE, RANDOM, read
from reason_arena.tasks.problem import SPLITS, Split, Task, World

TASK = registry.load("pokemon")


def test_it_is_a_world_without_answers() -> None:
    assert isinstance(TASK, World)
    assert not isinstance(TASK, Task)
    assert (TASK.NAME, registry.extra("pokemon"), registry.task_of("Reason-Pokemon-v0")) == ("pokemon",) * 3
    with pytest.raises(BadConfig, match="has games"):
        registry.solved("pokemon")


def test_levels() -> None:
    assert sorted(TASK.levels()) == [0, 1, 2, 3]
    most = len(profiles.hearthway().milestones)
    assert read(0).target == most
    assert read(3).target == profiles.hearthway().first_badge < most
    assert TASK.describe(1).startswith("a game of HEARTHWAY (a free cartridge, not Pokémon) until milestone 1, ")
    assert TASK.describe("cartridge=red,until=badge,steps=9").endswith(
        "until milestone 8, 'beat Brock', within 9 steps"
    )
    assert TASK.distinct(0) == IDLE * RANDOM


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (4, "expected 0 to 3, or settings out of cartridge, until, steps, patience, commands, hints"),
        ("until=99", "hearthway has [0-9]+ milestones, got until=99"),
        ("until=0", "expected until=end, badge or a milestone's number"),
        ("until=first", "expected until=end"),
        ("cartridge=green", "expected cartridge=hearthway or red or blue or unknown"),
        ("commands=cheats", "expected commands=buttons or goto or all"),
        ("steps=0", "an integer from 1"),
        ("hints=maybe", "true or false"),
        (True, "expected 0 to 3"),
        ("", "expected 0 to 3"),
    ],
)
def test_levels_that_cannot_be(level: int | str, message: str) -> None:
    with pytest.raises(BadLevel, match=message):
        TASK.generate("train", level, 0)


def test_numbers_of_numpy_are_settings_too() -> None:
    level = spec.combine(np.int64(1), steps=np.int64(5), hints=np.bool_(False), until=np.str_("badge"))  # type: ignore[arg-type]
    assert level == "1,steps=5,hints=false,until=badge"


def test_a_problem_says_what_is_asked_and_how_to_answer() -> None:
    problem = TASK.generate("test", "until=2,steps=1000", 7)
    assert problem.id == "pokemon-v1/test/until=2,steps=1000/7"
    assert problem.answer == ""
    assert "Goal: get a companion from the elder (milestone 2), within 1,000 steps" in problem.question
    for words in ("press up*3 a", "goto X Y", "wait N", "note TEXT", '" tall grass', "HEARTHWAY"):
        assert words in problem.question
    buttons = TASK.generate("test", "until=2,commands=buttons", 7).question
    assert "goto" not in buttons
    assert "note TEXT" not in buttons


def test_a_seed_is_a_beginning_and_splits_share_none() -> None:
    beginnings: dict[Split, set[tuple[int, int]]] = {}
    for split in SPLITS:
        problems = [TASK.generate(split, 0, seed) for seed in range(300)]
        assert problems == [TASK.generate(split, 0, seed) for seed in range(300)]
        beginnings[split] = {(each.facts["idle"], each.facts["random"]) for each in problems}
        assert len(beginnings[split]) == 300
        assert all(0 <= idle < IDLE and 0 <= random < RANDOM for idle, random in beginnings[split])
    assert not beginnings["train"] & beginnings["test"]
    assert not beginnings["train"] & beginnings["validation"]
    assert TASK.generate("test", 0, 0).facts["idle"] == TASK.generate("test", 1, 0).facts["idle"]
    with pytest.raises(UnknownName):
        TASK.generate("exam", 0, 0)  # type: ignore[arg-type]


def test_a_milestone_beyond_the_one_the_game_is_until_is_worth_nothing() -> None:
    """Moss Cave, the ninth, can be entered early; in a game until the first badge, the seventh, that pays nothing."""
    profile = profiles.hearthway()
    for until, worth in ((0, 1), (9, 1), (7, 0)):
        milestones = Milestones(profile.milestones, until)
        milestones.first = {8: 5}
        assert (milestones.on_the_way, milestones.count, milestones.furthest) == (worth, 1, 9)
