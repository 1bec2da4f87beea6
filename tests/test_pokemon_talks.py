"""People who are talked to: each counts once between two milestones, and signs, menus and battles do not."""

from __future__ import annotations

import gymnasium as gym
import pytest
from pokemon_memory import Cells

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.progress import Progress
from reason_arena.tasks.pokemon.rewards import RewardConfig

RED = profiles.red()
EVENT = next(each.where[0] for each in RED.milestones if each.kind == "event")
"""of a milestone"""


def alone() -> Cells:
    """At (5, 6), facing down."""
    return Cells().put(at.SPRITES_1 + 9, 0)


def talks(*moments: Cells) -> list[float]:
    """The measure after each moment."""
    progress = Progress(RED.milestones, RED.unpaid)
    progress.begin(moments[0].read())
    return [progress.measures.talks, *(progress.update(cells.read()).talks for cells in moments[1:])]


def said(cells: Cells) -> Cells:
    return cells.box(12, 0, 6, 20)


def test_one_ahead_is_talked_to_once() -> None:
    quiet, talking = alone().person(1, 5, 7), said(alone().person(1, 5, 7))
    assert talks(quiet, talking, talking, quiet, talking) == [0, 1, 1, 1, 1]


def test_one_behind_a_counter_too_but_not_behind_somebody() -> None:
    counter = alone().person(1, 5, 8)
    assert talks(counter, said(alone().person(1, 5, 8))) == [0, 1]
    both = alone().person(1, 5, 8).person(2, 5, 7)
    assert talks(both, said(alone().person(1, 5, 8).person(2, 5, 7))) == [0, 1]


@pytest.mark.parametrize(("facing", "x", "y"), [(0, 5, 7), (4, 5, 5), (8, 4, 6), (12, 6, 6)])
def test_where_one_looks_is_what_counts(facing: int, x: int, y: int) -> None:
    for other in (0, 4, 8, 12):
        cells = said(alone().person(1, x, y).put(at.SPRITES_1 + 9, other))
        assert talks(alone(), cells)[-1] == (other == facing)


def test_two_people_are_two_and_a_milestone_makes_all_new() -> None:
    one, other = said(alone().person(1, 5, 7)), said(alone().person(2, 5, 7))
    later = said(alone().person(1, 5, 7).event(EVENT))
    assert talks(alone(), one, alone(), other, alone(), one) == [0, 1, 1, 2, 2, 2]
    assert talks(alone(), one, alone().event(EVENT), later) == [0, 1, 1, 2]


def test_signs_menus_and_battles_are_nobody() -> None:
    assert talks(alone().signs((5, 7)), said(alone().signs((5, 7)))) == [0, 0]
    menu = alone().person(1, 5, 7).box(0, 10, 8, 10).write(2, 12, "TEAM").write(4, 12, "BAG").write(2, 11, "▶")
    assert menu.read().menu is not None
    assert talks(alone().person(1, 5, 7), menu) == [0, 0]
    assert talks(alone().person(1, 5, 7), said(alone().person(1, 5, 7)).battle()) == [0, 0]


def test_the_elder_is_talked_to_once_before_he_gives_a_companion() -> None:
    pytest.importorskip("pyboy")
    env = gym.make("Reason-Pokemon-v0", view="array", level="until=2", reward=RewardConfig(talks=1.0)).unwrapped
    env.reset(seed=3)
    solver, paid, terminated = Solver(), [], False
    while not terminated:
        button = solver.act(env.game.emulator.memory) or "noop"  # type: ignore[attr-defined]
        _, _, terminated, truncated, info = env.step(BUTTONS.index(button))
        assert not truncated
        paid.append(info["reward_terms"].get("talks", 0.0))
    assert sum(paid) == 1.0
