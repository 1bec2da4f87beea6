"""Episodes that begin at snapshots of earlier ones: which are kept and drawn, and that all of it can be repeated."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.envs.pokemon.swarm import SwarmReset
from reason_arena.tasks.errors import BadConfig
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.hearthway.solver import Solver

pytest.importorskip("pyboy")
ENV_ID = "Reason-Pokemon-v0"
ROWS = 3


def swarm(share: float = 0.5, seed: int = 0, level: str = "until=3,steps=40", **options: Any) -> SwarmReset:
    return SwarmReset(
        gym.make_vec(ENV_ID, num_envs=ROWS, view="array", level=level, reward="shaped"), share, seed=seed, **options
    )


def ways(envs: SwarmReset, steps: int, solvers: list[Solver]) -> list[tuple[Any, ...]]:
    """Row 0 plays by heart, the others leave the house and turn round and round; beginnings and ends as they come."""
    told, rng = [], np.random.default_rng(7)
    for _ in range(steps):
        games = envs.env.games  # type: ignore[attr-defined]
        known = BUTTONS.index(solvers[0].act(games[0].game.emulator.memory) or "noop")
        actions = np.array([known, *rng.integers(8, size=ROWS - 1)])
        seen, rewards, terminated, truncated, infos = envs.step(actions)
        if terminated[0] or truncated[0]:
            solvers[0] = Solver()
        for row in np.flatnonzero(terminated | truncated):
            last = infos["final_info"]
            told.append((int(row), last["start"][row], int(last["start_milestone"][row]), int(last["furthest"][row])))
            told.append((int(row), infos["start"][row], int(infos["start_milestone"][row])))
        told.append((seen["scalars"].tobytes(), rewards.tobytes()))
    return told


def begun(told: list[tuple[Any, ...]]) -> list[tuple[str, int]]:
    return [each[1:] for each in told if len(each) == 3]


def test_what_was_reached_is_kept_and_begun_with() -> None:
    envs = swarm(share=1.0)
    envs.reset(seed=0)
    assert not envs.library
    told = ways(envs, 170, [Solver()])
    assert {sort // 1000 for sort in envs.library} == {1, 2}
    assert 2005 in envs.library, "the companion comes at level 5"
    assert ("snapshot", 1) in begun(told)
    assert ("snapshot", 2) in begun(told)
    assert all(start == "snapshot" for start, _ in begun(told)[-4:]), "once something is kept, with a share of 1"
    ends = [each for each in told if len(each) == 4]
    assert all(furthest >= first for _, _, first, furthest in ends)


def test_a_share_of_none_is_the_environment_itself() -> None:
    envs = swarm(share=0.0)
    envs.reset(seed=0)
    assert {start for start, _ in begun(ways(envs, 90, [Solver()]))} == {"intro"}


def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    stories = []
    for seed in (4, 4, 5):
        envs = swarm(seed=seed)
        envs.reset(seed=0)
        stories.append(ways(envs, 170, [Solver()]))
    assert stories[0] == stories[1]
    assert begun(stories[0]) != begun(stories[2])


def test_a_copy_goes_on_as_the_original() -> None:
    envs, other = swarm(), swarm(seed=9)
    envs.reset(seed=0)
    ways(envs, 60, [Solver()])
    state = envs.get_state()
    told = ways(envs, 90, [Solver()])
    other.set_state(state)
    assert ways(other, 90, [Solver()]) == told
    assert other.library == envs.library


def test_no_more_than_the_size_is_kept() -> None:
    envs = swarm(size=2, level="until=3,steps=16")
    envs.reset(seed=0)
    ways(envs, 100, [Solver()])
    assert max(map(len, envs.library.values())) == 2


def test_what_nobody_would_begin_with_is_not_kept() -> None:
    """Nothing before the first milestone; of fewer milestones than the most, the lowest levels alone."""
    envs = swarm()
    envs._keep([1005, 1007], [b"a", b"b"])
    assert set(envs.library) == {1005, 1007}
    assert [envs._wanted(sort) for sort in (5, 1004, 1005, 1006, 1009, 2001)] == [False, True, True, True, True, True]
    envs._keep([2006], [b"c"])
    assert envs.library == {1005: [b"a"], 2006: [b"c"]}
    assert [envs._wanted(sort) for sort in (1004, 1005, 1006, 2009)] == [True, True, False, True]
    envs._keep([1004], [b"d"])
    assert envs.library == {1004: [b"d"], 2006: [b"c"]}


def test_draws_are_spread_as_promised() -> None:
    """Of ten thousand 40 % after any number of milestones, 30 % right after the most, 30 % after those at any level."""
    envs = swarm(share=1.0)
    envs.library = {1005: [b"a"], 1006: [b"b"], 2005: [b"c"], 2007: [b"d"], 2009: [b"e"]}
    drawn = [envs._start() for _ in range(10_000)]
    shares = {each: drawn.count(each) / 10_000 for each in (b"a", b"b", b"c", b"d", b"e")}
    expected = {b"a": 0.2, b"b": 0.0, b"c": 0.2 + 0.3 + 0.1, b"d": 0.1, b"e": 0.1}
    assert shares == pytest.approx(expected, abs=0.02)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadConfig, match="expected view 'array'"):
        SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="text"))
    with pytest.raises(BadConfig, match="SAME_STEP"):
        SwarmReset(gym.make_vec(ENV_ID, num_envs=1, view="array", autoreset_mode=AutoresetMode.DISABLED))
    with pytest.raises(BadConfig, match="expected Reason-Pokemon-v0"):
        SwarmReset(gym.make_vec("Reason-Arithmetic-v0", num_envs=1, view="array"))
    with pytest.raises(BadConfig, match=r"got 1\.5 and 16"):
        swarm(share=1.5)
