"""Games in several processes: as in one, bit for bit."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from test_envs import same

pytest.importorskip("pyboy")

from reason_arena.envs.pokemon.pool_process import WorkerDied, WorkerDiedWarning
from reason_arena.envs.pokemon.swarm import SwarmReset
from reason_arena.tasks.errors import BadCheckpoint, BadConfig, ReasonError
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.rewards import RewardConfig

LINUX = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are watched as Linux lets one do it")
pytestmark = LINUX
ENV = "Reason-Pokemon-v0"
N = 4
SHORT: dict[str, Any] = {"view": "array", "level": "until=end,steps=12", "reward": "shaped"}
LONG: dict[str, Any] = {**SHORT, "level": "until=end,steps=5000"}
START = 6
"""the button that leaves the title"""
ACTIONS = np.array([START, 0, 1, 2])


@contextmanager
def pool(workers: int = 2, **options: Any) -> Iterator[Any]:
    envs = gym.make_vec(ENV, num_envs=N, workers=workers, **options)
    try:
        yield envs
    finally:
        envs.close()


def one_process(**options: Any) -> Any:
    return gym.make_vec(ENV, num_envs=N, **options)


def buttons(seed: int, steps: int) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Mostly walks, with the button that leaves the title now and then."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        yield np.where(rng.random(N) < 0.2, START, rng.integers(4, size=N))


def in_step(envs: Any, twin: Any, seed: int, steps: int) -> int:
    """Both take the same actions; how many episodes ended."""
    ended = 0
    for step, actions in enumerate(buttons(seed, steps)):
        told = envs.step(actions)
        same(told, twin.step(actions), f"step {step}")
        same(envs.milestone_steps, twin.milestone_steps)
        same(envs.action_masks(), twin.action_masks())
        ended += int((told[2] | told[3]).sum())
    return ended


@pytest.mark.parametrize(("workers", "pixels"), [(1, False), (3, True)])
def test_a_pool_does_what_one_process_does(workers: int, pixels: bool) -> None:
    options = {**SHORT, "pixels": pixels}
    twin = one_process(**options)
    with pool(workers, **options) as envs:
        assert envs.single_observation_space == twin.single_observation_space
        assert envs.action_space == twin.action_space
        assert envs.metadata == twin.metadata
        same(envs.reset(seed=5), twin.reset(seed=5))
        assert in_step(envs, twin, 1, 30) == 2 * N
        snapshots = envs.snapshots([3, 0])
        assert snapshots == twin.snapshots([3, 0])
        state = envs.get_state()
        for mine, theirs in zip(state["games"], twin.get_state()["games"], strict=True):
            same(mine["np_random"], theirs["np_random"])
        for each in envs, twin:
            each.set_next_starts({1: snapshots[0], 3: snapshots[1]})
        assert in_step(envs, twin, 2, 12) == N
        for seed in [3, None, 9, None], None:
            starts = {"start": [None, snapshots[0], "intro", None]}
            same(envs.reset(seed=seed, options=starts), twin.reset(seed=seed, options=starts))
            in_step(envs, twin, 3, 3)
        some = {"reset_mask": np.array([True, False, False, True])}
        same(
            envs.reset(seed=[8, None, None, None], options=dict(some)), twin.reset(seed=[8] + [None] * 3, options=some)
        )
        in_step(envs, twin, 4, 3)
        twin.set_state(state)
        envs.set_state(twin.get_state())
        assert in_step(envs, twin, 5, 14) == N
        assert 0 < envs.cpu_seconds() < 600


def test_whole_weights_pay_as_in_one_process() -> None:
    options = {**SHORT, "reward": RewardConfig(squares=1, talks=2)}
    twin = one_process(**options)
    with pool(2, **options) as envs:
        same(envs.reset(seed=5), twin.reset(seed=5))
        assert in_step(envs, twin, 1, 15) == N


def test_the_text_view_does_too() -> None:
    options: dict[str, Any] = {"view": "text", "level": "until=end,steps=8", "render_mode": "ansi"}
    twin = one_process(**options)
    with pool(2, **options) as envs:
        same(envs.reset(seed=5), twin.reset(seed=5))
        for answer in ("press start", "press down*3", "goto 1 1", "nonsense", "press left*9", "note a"):
            actions = [answer, "press start", "wait 2", "press up a"]
            same(envs.step(actions), twin.step(actions))
        same(envs.render(), twin.render())
        state = envs.get_state()
        twin.set_state(state)
        envs.set_state(state)
        same(envs.step(actions), twin.step(actions))


def test_the_text_view_goes_over_an_episodes_end_too() -> None:
    """Shaped, and with nothing to render."""
    options: dict[str, Any] = {"view": "text", "level": "until=end,steps=8", "reward": "shaped", "render_mode": None}
    twin = one_process(**options)
    with pool(2, **options) as envs:
        same(envs.reset(seed=5), twin.reset(seed=5))
        ended = 0
        for answer in ("press start", "press down*3", "goto 1 1", "nonsense", "press left*9", "note a"):
            actions = [answer, "press start", "wait 2", "press up a"]
            told = envs.step(actions)
            same(told, twin.step(actions))
            same(envs.milestone_steps, twin.milestone_steps)
            assert_terms_add_up(told)
            ended += int((told[2] | told[3]).sum())
        assert ended > 2
        assert envs.render() is twin.render() is None


def assert_terms_add_up(told: Any) -> int:
    """Each reward is the sum of its terms, of an episode that ended too; how many were other than 0."""
    _, rewards, terminated, truncated, infos = told
    for row, over in enumerate(terminated | truncated):
        terms = (infos["final_info"] if over else infos).get("reward_terms", {})
        paid = sum(float(terms[name][row]) for name in terms if name[0] != "_" and terms[f"_{name}"][row])
        assert rewards[row] == pytest.approx(paid, abs=1e-9), (row, over)
    return int(np.count_nonzero(rewards))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_shaped_reward_is_the_sum_of_its_terms(workers: int) -> None:
    with pool(workers, **SHORT) as envs:
        envs.reset(seed=5)
        assert sum(assert_terms_add_up(envs.step(actions)) for actions in buttons(1, 26)) > 10


def test_episodes_begin_where_others_got_to_as_in_one_process() -> None:
    options = {"view": "array", "level": "until=3,steps=40"}
    twin = SwarmReset(one_process(**options), 0.8, seed=1)
    with pool(3, **options) as games:
        envs, solvers, saved = SwarmReset(games, 0.8, seed=1), [Solver() for _ in range(N)], None
        same(envs.reset(seed=2), twin.reset(seed=2))
        begun, later = [], []
        for step in range(140):
            memories = [game.game.emulator.memory for game in twin.games.games]
            actions = np.array([BUTTONS.index(s.act(m) or "noop") for s, m in zip(solvers, memories, strict=True)])
            told = twin.step(actions)
            same(envs.step(actions), told)
            for row in np.flatnonzero(told[2] | told[3]):
                solvers[row] = Solver()
                begun.append(told[4]["start"][row])
            if saved:
                later.append((actions, told))
            elif step == 80:
                saved = pickle.dumps(envs.get_state())
        assert set(begun) == {"intro", "snapshot"}
        counted = {start: begun.count(start) for start in ("intro", "snapshot")}
        assert envs.began == twin.began == {**counted, "intro": counted["intro"] + N}, "the first ones from the title"
        assert envs.library == twin.library != {}
        assert saved is not None
        envs.set_state(pickle.loads(saved))
        for actions, told in later:
            same(envs.step(actions), told)
        assert envs.began == twin.began, "what came after the state counts once"
        os.kill(games.crew.workers[0].pid, signal.SIGKILL)
        with pytest.warns(WorkerDiedWarning):
            envs.step(ACTIONS)


def refused(envs: Any, first: int) -> None:
    """A step is, for the sake of this environment, and those that have a game stay where they are."""
    before = envs.snapshots([0, 1])
    with pytest.raises(gym.error.ResetNeeded, match=f"environment {first} has no game that goes on: .* reset_mask"):
        envs.step(ACTIONS)
    assert envs.snapshots([0, 1]) == before


def test_games_that_are_gone_back_to_may_be_over() -> None:
    options = {**SHORT, "autoreset_mode": AutoresetMode.DISABLED}
    twin, fresh, going = one_process(**options), one_process(**options), one_process(**SHORT)
    first, last = np.array([True, True, False, False]), np.array([False, False, True, True])
    with pytest.raises(gym.error.ResetNeeded, match="reset all environments first"):
        fresh.reset(options={"reset_mask": first})
    with pool(2, **options) as envs:
        with pytest.raises(gym.error.ResetNeeded, match="reset all environments first"):
            envs.reset(options={"reset_mask": first})
        twin.reset(seed=5)
        for step, actions in enumerate(buttons(2, 12)):
            seen, *_ = twin.step(actions)
            if step == 3:
                running, then = twin.get_state(), seen
        over = twin.get_state()
        for each in envs, twin, fresh:
            each.set_state(over)
            refused(each, 0)
        begun = [each.reset(options={"reset_mask": first}) for each in (envs, twin, fresh)]
        same(begun[0], begun[1])
        same(begun[0], begun[2])
        assert all(np.array_equal(begun[0][0][name][last], seen[name][last]) for name in seen), "as they were left"
        for each in envs, twin, going:
            each.set_state(running)
        in_step(envs, twin, 3, 3)
        alone, _ = going.reset(options={"reset_mask": first})
        assert all(np.array_equal(alone[name][last], then[name][last]) for name in then), "as they were restored"
        going.set_state(over)
        refused(going, 0)
        envs.set_state(over)
        os.kill(envs.crew.workers[1].pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            envs.reset(options={"reset_mask": np.array([True, False, True, False])})
        with pytest.raises(gym.error.ResetNeeded, match="environment 1 has no game"):
            envs.step(ACTIONS)
        envs.reset(options={"reset_mask": np.array([False, True, False, False])})
        with pytest.warns(WorkerDiedWarning):
            assert envs.step(ACTIONS)[3].tolist() == [False, False, True, True]


def test_games_that_are_over_can_wait_for_a_reset() -> None:
    options = {**SHORT, "autoreset_mode": AutoresetMode.DISABLED}
    twin = one_process(**options)
    with pool(2, **options) as envs:
        same(envs.reset(seed=5), twin.reset(seed=5))
        for actions in buttons(2, 12):
            told = envs.step(actions)
            same(told, twin.step(actions))
        assert told[3].all()
        some = np.array([True, True, False, False])
        for mask, seed, first in (some, [3, None, None, None], 0), (~some, None, 2):
            refused(envs, first)
            refused(twin, first)
            begun = envs.reset(seed=seed, options={"reset_mask": mask})
            same(begun, twin.reset(seed=seed, options={"reset_mask": mask}))
        in_step(envs, twin, 4, 3)
        os.kill(envs.crew.workers[1].pid, signal.SIGKILL)
        with pytest.warns(WorkerDiedWarning):
            *_, truncated, infos = envs.step(ACTIONS)
        assert truncated.tolist() == [False, False, True, True]
        assert infos["termination"].tolist() == [None, None, "worker_died", "worker_died"]
        assert infos["_action_mask"].tolist() == [True, True, False, False]
        refused(envs, 2)
        mine, theirs = (each.reset(options={"reset_mask": ~some}) for each in (envs, twin))
        same(mine[1], theirs[1])  # the next problems of their streams
        assert all(np.array_equal(mine[0][name][2:], theirs[0][name][2:]) for name in mine[0])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"workers": N + 1}, "workers: expected 0 for none, or up to the 4 environments, got 5"),
        ({"workers": -1}, "workers: expected"),
        ({"workers": "2"}, "workers: expected 0 for none, .* got '2'"),
        ({"workers": 1.5}, r"workers: expected 0 for none, .* got 1\.5"),
        ({"workers": True}, "workers: expected"),
        ({"num_envs": 2.5}, r"num_envs: expected a whole number, got 2\.5"),
        ({"num_envs": 2.5, "workers": 0}, "num_envs: expected a whole number"),
        ({"timeout": 0}, "timeout: expected seconds, got 0"),
        ({"timeout": "60"}, "timeout: expected seconds, got '60'"),
        ({"timeout": float("inf")}, "timeout: expected seconds"),
        ({"rom_path": ""}, "rom_path: expected .* got an empty text"),
        ({"allow_unknown_rom": "no"}, "allow_unknown_rom: expected True or False, got 'no'"),
        ({"start": "title"}, "expected 'intro', 'milestone 1' to"),
        ({"level": "until=nowhere"}, "milestone's number"),
        ({"reward": "lots"}, "unknown reward"),
    ],
)
def test_what_cannot_be_is_refused_as_in_one_process(options: dict[str, Any], error: str) -> None:
    with pytest.raises(ReasonError, match=error):
        gym.make_vec(ENV, **{"num_envs": N, "workers": 1, "view": "array", **options})


def test_a_bad_start_is_refused_and_the_pool_goes_on() -> None:
    with pool(2, **SHORT) as envs:
        envs.reset(seed=0)
        with pytest.raises(BadCheckpoint):
            envs.reset(seed=0, options={"start": b"nothing"})
        with pytest.raises(BadConfig, match="one for each of the 4"):
            envs.reset(options={"start": ["intro"]})
        with pytest.raises(gym.error.InvalidAction):
            envs.step(np.full(N, 8))
        with pytest.raises(TypeError):
            gym.make_vec(ENV, num_envs=N, workers=1, view="array", colour=True)
        twin = one_process(**SHORT)
        same(envs.reset(seed=1), twin.reset(seed=1))
        in_step(envs, twin, 3, 3)
