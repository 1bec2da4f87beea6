"""Run-ups to milestones: which distances are taken up, that their moments are those of the walk, and who is counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("pyboy")

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.envs.pokemon.runups import DISTANCES, KEPT, RunUps
from reason_arena.envs.pokemon.scout import Plan, Scout
from reason_arena.envs.pokemon.swarm import SwarmReset
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.hearthway.solver import Solver

ENV_ID = "Reason-Pokemon-v0"
LEVEL = "until=3,steps=200"


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_distances_are_taken_up_one_by_one_as_those_before_are_mastered() -> None:
    found = RunUps()
    assert found.draw(2, rng()) is None
    found.add(2, [b"a", b"b", b"c", None, None, None], rng())
    assert found.distances(2) == 1
    assert found.draw(2, rng()) == (b"a", (2, 0))
    for _ in range(15):
        found.count((2, 0), True)
    assert found.rates[2][0] == pytest.approx(1 - (15 / 16) ** 15)
    assert found.distances(2) == 2, "0.62 of them got there"
    source = rng()
    drawn = Counter(found.draw(2, source) for _ in range(4_000))
    # The furthest has half, and half of the other half.
    assert drawn[b"b", (2, 1)] == pytest.approx(3_000, abs=120)
    assert drawn[b"a", (2, 0)] == pytest.approx(1_000, abs=120)
    found.count((2, 0), False)
    assert found.distances(2) == 1


def test_where_the_walk_had_not_begun_there_is_nothing_to_draw() -> None:
    found = RunUps()
    found.add(1, [None] * len(DISTANCES), rng())
    assert found.draw(1, rng()) is None


def test_only_so_many_are_kept() -> None:
    found, source = RunUps(), rng()
    assert found.wanted(4, source)
    for number in range(KEPT + 5):
        found.add(4, [bytes([number])] * len(DISTANCES), source)
    assert len(found.kept[4]) == KEPT
    assert sum(found.wanted(4, source) for _ in range(5_000)) == pytest.approx(500, abs=80)


@pytest.fixture(scope="module")
def near() -> bytes:
    """The scripted player's game a few presses before the trail, its third milestone."""
    env: Any = gym.make(ENV_ID, view="array", level=LEVEL).unwrapped
    env.reset(seed=0)
    solver, kept = Solver(), list[bytes]()
    while 2 not in env.game.progress.milestones.first:
        kept.append(env.snapshot())
        env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
    return kept[-4]


def scout(presses: int = 40) -> Scout:
    return Scout(gym.make(ENV_ID, view="array", level=LEVEL), presses)


def test_moments_are_those_of_the_walk(near: bytes) -> None:
    walker = scout()
    plan = walker.plan(rng())
    assert len(plan.buttons) == 40
    digests = [walker.env.digest() for _ in walker.walk(near, plan)]
    found = walker.moments(near, plan, [5, 0, -2, 9])
    assert found[2] is None
    again: Any = gym.make(ENV_ID, view="array", level=LEVEL).unwrapped
    told = Plan(plan.seed, plan.buttons[:9])
    assert [walker.env.digest() for _ in walker.walk(near, told)] == digests[:10]
    for count, snapshot in zip((5, 0, 9), (found[0], found[1], found[3]), strict=True):
        again.reset(seed=1, options={"start": snapshot})
        console = again.game._beginning(snapshot).console
        walker.env.game.emulator.load(console)
        assert walker.env.digest() == digests[count]


def test_what_led_a_scout_to_a_milestone_is_begun_with(near: bytes) -> None:
    envs = SwarmReset(
        gym.make_vec(ENV_ID, num_envs=2, view="array", level=LEVEL, reward="shaped"), share=1.0, scout=scout()
    )
    envs.reset(seed=0)
    envs.env.set_next_starts({0: near})  # type: ignore[attr-defined]
    cell = envs._cells(envs.env.reset(seed=0)[0])[0]
    assert cell[0] == 2
    envs.library, envs.arrivals = {cell: [near]}, Counter({cell[:4]: 1})
    while not envs.run_ups.kept:
        envs._look_around()
    assert set(envs.run_ups.kept) == {2}
    assert envs.scouted > 0
    drawn = [envs._kept() for _ in range(400)]
    tags = [tag for _, tag in drawn if tag]
    assert len(tags) == pytest.approx(200, abs=60)
    assert set(tags) == {(2, 0)}, "the shortest distance first"
    single: Any = gym.make(ENV_ID, view="array", level=LEVEL).unwrapped
    start = next(start for start, tag in drawn if tag)
    assert single.reset(seed=0, options={"start": start})[1]["milestones"] == 2


def test_who_began_at_a_run_up_counts_there_and_for_what_comes_after(near: bytes) -> None:
    envs = SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="array", level="until=3,steps=30"), share=1.0)
    envs.reset(seed=0)
    envs.run_ups.add(2, [near] * len(DISTANCES), rng())
    envs.env.set_next_starts({0: near})  # type: ignore[attr-defined]
    cell = envs._cells(envs.env.reset(seed=0)[0])[0]
    envs.library, envs.arrivals = {cell: [near]}, Counter({cell[:4]: 1})
    envs._begun[0], envs._tags[0] = 2, (2, 0)
    envs._draw([0])
    for _ in range(30):
        envs.step(np.array([BUTTONS.index("noop")]))
    assert envs.rates.tolist() == [0, 0, 0, 0], "it got nowhere, and says nothing of those that begin further back"
    assert envs.run_ups.rates[2][0] == 0
    solver: Any = Solver()
    envs._begun[0], envs._tags[0] = 2, (2, 0)
    for _ in range(30):
        game = envs.env.games[0].game  # type: ignore[attr-defined]
        _, _, terminated, truncated, _ = envs.step(
            np.array([BUTTONS.index(solver.act(game.emulator.memory) or "noop")])
        )
        if terminated[0] or truncated[0]:
            break
    assert terminated[0]
    assert envs.run_ups.rates[2][0] == pytest.approx(1 / 16)
    assert envs.rates[2] == 0


def test_a_reset_begins_what_was_drawn_unless_it_says_where(near: bytes) -> None:
    envs = SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="array", level=LEVEL), share=1.0)
    _, info = envs.reset(seed=0, options={"start": near})
    assert (info["start_milestone"].tolist(), envs._tags) == ([2], [None])
    envs.run_ups.add(2, [near] * len(DISTANCES), rng())
    cell = envs._cells(envs.env.reset(seed=0, options={"start": near})[0])[0]
    envs.library, envs.arrivals = {cell: [near]}, Counter({cell[:4]: 1})
    while envs._next[0] is None:
        envs._draw([0])
    _, info = envs.reset(seed=0)
    assert (info["start_milestone"].tolist(), envs._tags) == ([2], [(2, 0)])
    envs.reset(seed=0, options={"start": "intro"})
    assert envs._tags == [None]


def test_a_reset_of_some_leaves_what_is_known_of_the_others() -> None:
    games = gym.make_vec(ENV_ID, num_envs=3, view="array", level=LEVEL)
    envs = SwarmReset(games, share=0.0)
    envs.reset(seed=0)
    for button in (6, *(BUTTONS.index("down"),) * 12):
        envs.step(np.full(3, button))
    before = envs.get_state()
    assert all(len(cells) > 1 for cells in before["_been"])
    envs._tags[:], envs._next[:], envs._begun[:] = [(1, 0)] * 3, [(2, 1)] * 3, 2
    envs.reset(options={"reset_mask": np.array([False, True, False]), "start": ["intro", None, None]})
    after = envs.get_state()
    assert [after["_been"][row] for row in (0, 2)] == [before["_been"][row] for row in (0, 2)]
    assert len(after["_been"][1]) == 1
    assert after["_begun"].tolist() == [2, 0, 2]
    assert after["_tags"] == [(1, 0), (2, 1), (1, 0)]
    assert after["_next"] == [(2, 1), None, (2, 1)], "of a share of none"
    envs.reset(options={"reset_mask": np.array([True, True, False]), "start": ["intro", None, None]})
    assert envs.get_state()["_tags"] == [None, None, (1, 0)]
