"""Games in several processes: as in one, bit for bit, and whatever happens to a process is seen, marked and mended."""

from __future__ import annotations

import functools
import os
import pickle
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

pytest.importorskip("pyboy")

from reason_arena.envs.pokemon.pool_process import WorkerDied, WorkerDiedWarning
from reason_arena.envs.pokemon.swarm import SwarmReset
from reason_arena.tasks.errors import BadCheckpoint, BadConfig, ReasonError
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.hearthway.solver import Solver

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are watched as Linux lets one do it")
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


def same(mine: Any, theirs: Any, at: str = "") -> None:
    """Equal in every value and type."""
    assert type(mine) is type(theirs), at
    if isinstance(mine, dict):
        assert mine.keys() == theirs.keys(), at
        for key, value in mine.items():
            same(value, theirs[key], f"{at}/{key}")
    elif isinstance(mine, list | tuple) or (isinstance(mine, np.ndarray) and mine.dtype == object):
        assert len(mine) == len(theirs), at
        for i, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            same(one, other, f"{at}/{i}")
    elif isinstance(mine, np.ndarray):
        assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape), at
        assert np.array_equal(mine, theirs), at
    else:
        assert mine == theirs, at


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


@pytest.mark.parametrize("workers", [1, 3])
def test_a_pool_does_what_one_process_does(workers: int) -> None:
    twin = one_process(**SHORT)
    with pool(workers, **SHORT) as envs:
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
        assert envs.library == twin.library != {}
        assert saved is not None
        envs.set_state(pickle.loads(saved))
        for actions, told in later:
            same(envs.step(actions), told)
        os.kill(games.crew.workers[0].pid, signal.SIGKILL)
        with pytest.warns(WorkerDiedWarning):
            envs.step(ACTIONS)


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
        for mask, seed in (some, [3, None, None, None]), (~some, None):
            begun = envs.reset(seed=seed, options={"reset_mask": mask})
            same(begun, twin.reset(seed=seed, options={"reset_mask": mask}))
        in_step(envs, twin, 4, 3)
        os.kill(envs.crew.workers[1].pid, signal.SIGKILL)
        with pytest.warns(WorkerDiedWarning):
            *_, truncated, infos = envs.step(ACTIONS)
        assert truncated.tolist() == [False, False, True, True]
        assert infos["termination"].tolist() == [None, None, "worker_died", "worker_died"]
        assert infos["_action_mask"].tolist() == [True, True, False, False]
        with pytest.raises(gym.error.ResetNeeded):
            envs.step(ACTIONS)
        mine, theirs = (each.reset(options={"reset_mask": ~some}) for each in (envs, twin))
        same(mine[1], theirs[1])  # the next problems of their streams
        assert all(np.array_equal(mine[0][name][2:], theirs[0][name][2:]) for name in mine[0])


def mourned(envs: Any, twin: Any, actions: Any, rows: list[int], cause: str) -> None:
    """The next step tells that the worker of these rows died; everything else goes on as in the twin."""
    seen, known = envs.observed, twin.milestone_steps
    alive = [row for row in range(N) if row not in rows]
    with pytest.warns(WorkerDiedWarning, match=f"environments {rows[0]} to {rows[-1]} died: {cause}"):
        observations, rewards, terminated, truncated, infos = envs.step(actions)
    begun = twin.reset(options={"reset_mask": np.isin(np.arange(N), rows)})  # the next problems of their streams
    mask = np.isin(np.arange(N), rows)
    assert truncated[rows].all()
    assert not terminated[rows].any()
    assert not rewards[rows].any()
    assert infos["_final_info"].tolist() == mask.tolist()
    last = infos["final_info"]
    assert set(last["termination"][rows]) == {"worker_died"}
    assert all(cause in why for why in last["failed"][rows])
    assert (last["milestone_steps"][rows] == known[rows]).all()
    assert (last["counts"]["presses"][rows] == 5).all()
    told = {**twin.games[0]._final(), "reward_terms": {}, "failed": cause}
    assert {key for key in last if key[0] != "_"} == set(told), "as much as of any other episode"
    assert {key for key in last["counts"] if key[0] != "_"} == set(told["counts"])
    for row in rows:
        for name, array in infos["final_obs"][row].items():
            assert np.array_equal(array, seen[name][row]), "as it was before the step"
        for name, array in begun[0].items():
            assert np.array_equal(observations[name][row], array[row])
        assert infos["problem_id"][row] == begun[1]["problem_id"][row] != last["problem_id"][row]
    for row in alive:
        array, reward, *_ = twin.games[row].step(actions[row])
        assert reward == rewards[row]
        assert all(np.array_equal(array[name], observations[name][row]) for name in array)
    assert not truncated[alive].any()


def lived(envs: Any, twin: Any) -> None:
    for each in envs, twin:
        each.reset(seed=2)
    for actions in buttons(6, 5):
        envs.observed = envs.step(actions)[0]
        twin.step(actions)


@pytest.fixture
def both() -> Iterator[tuple[Any, Any]]:
    twin = one_process(**LONG)
    with pool(2, **LONG) as envs:
        lived(envs, twin)
        yield envs, twin


def test_a_killed_worker_costs_its_own_episodes_and_is_replaced(both: tuple[Any, Any]) -> None:
    envs, twin = both
    worker = envs.crew.workers[1]
    first = worker.pid
    os.kill(first, signal.SIGKILL)
    envs._block["seen tiles"][2:] = 255  # as if it had been at work
    mourned(envs, twin, ACTIONS, [2, 3], "killed by signal 9")
    assert worker.pid not in (None, first)
    in_step(envs, twin, 7, 5)
    os.kill(worker.pid, signal.SIGKILL)  # in a whole reset nothing is lost
    with pytest.warns(WorkerDiedWarning):
        fresh = envs.reset(seed=4)
    same(fresh, twin.reset(seed=4))
    in_step(envs, twin, 8, 3)


def test_a_frozen_worker_is_taken_for_dead(both: tuple[Any, Any]) -> None:
    envs, twin = both
    worker = envs.crew.workers[0]
    os.kill(worker.pid, signal.SIGSTOP)
    frozen, worker.timeout = worker.pid, 0.05
    ended = os.pidfd_open(frozen)
    with pytest.MonkeyPatch.context() as patch:
        start = type(worker).start
        patch.setattr(type(worker), "start", lambda self: (setattr(self, "timeout", 60.0), start(self)))
        mourned(envs, twin, ACTIONS, [0, 1], "it gave no answer within 0.05 seconds and was killed")
    assert select.select([ended], [], [], 60)[0], "it is killed, not left behind"
    os.close(ended)
    in_step(envs, twin, 7, 5)


def test_a_worker_without_memory_says_so_and_calls_that_need_it_raise(both: tuple[Any, Any]) -> None:
    envs, twin = both
    envs.call("__setattr__", "snapshot", functools.partial(bytearray, 1 << 60))  # more than there is
    with pytest.raises(WorkerDied, match="environments 0 to 1 died: MemoryError") as error:
        envs.snapshots([0])
    assert error.value.environments == [0, 1]
    with pytest.raises(WorkerDied, match="the next step ends their episodes and goes on"):
        envs.get_state()
    mourned(envs, twin, ACTIONS, [0, 1], "it was lost before")
    in_step(envs, twin, 7, 5)
    assert len(envs.get_state()["games"]) == N


def test_a_worker_that_dies_again_and_again_raises(both: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    envs, twin = both
    os.kill(envs.crew.workers[1].pid, signal.SIGKILL)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", shutil.which("false"))
        with pytest.raises(WorkerDied, match="environments 2 to 3 died: it ended with exit code 1; so it went 3 times"):
            envs.step(ACTIONS)
    twin.step(ACTIONS)
    with pytest.warns(WorkerDiedWarning):
        *_, truncated, infos = envs.step(ACTIONS)
    assert truncated.tolist() == [False, False, True, True]
    assert infos["final_info"]["termination"][2] == "worker_died"


def test_an_interrupt_leaves_no_answer_behind(both: tuple[Any, Any]) -> None:
    envs, _ = both

    def interrupt(number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code.co_name == "_wait":
            raise KeyboardInterrupt
        signal.setitimer(signal.ITIMER_REAL, 0.01)

    os.kill(envs.crew.workers[0].pid, signal.SIGSTOP)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with pytest.raises(KeyboardInterrupt):
            envs.step(ACTIONS)
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.warns(WorkerDiedWarning):
        *_, truncated, infos = envs.step(ACTIONS)
    assert truncated.all()
    assert set(infos["final_info"]["termination"]) == {"worker_died"}
    assert not envs.step(ACTIONS)[3].any()


PARENT = """
import sys, warnings
warnings.simplefilter("error")
import gymnasium as gym, numpy as np, reason_arena.envs
envs = gym.make_vec("Reason-Pokemon-v0", num_envs=3, workers=2, view="array")
envs.reset(seed=0)
envs.step(np.zeros(3, np.int64))
print(*[worker.pid for worker in envs.crew.workers], flush=True)
if sys.stdin.readline() == "close\\n":
    envs.close()
"""


@pytest.mark.parametrize("end", ["close\n", "leave\n", "kill"])
def test_nothing_is_left_behind(end: str) -> None:
    shared = Path("/dev/shm")
    before = set(shared.iterdir())
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    workers = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    if end == "kill":
        parent.kill()
    _, said = parent.communicate(None if end == "kill" else end)
    assert parent.returncode == (-signal.SIGKILL if end == "kill" else 0)
    for worker in workers:
        assert select.select([worker], [], [], 60)[0], "an orphan"
        os.close(worker)
    assert said == ""
    assert set(shared.iterdir()) <= before


@pytest.mark.slow
def test_workers_end_with_their_pool_even_if_a_child_of_it_lives_on() -> None:
    code = PARENT.replace("if sys.stdin", "import os, time\nif os.fork() == 0: time.sleep(100)\nif sys.stdin")
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    for worker in workers:
        assert select.select([worker], [], [], 120)[0], "an orphan"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"workers": N + 1}, "workers: expected 0 for none, or up to the 4 environments, got 5"),
        ({"workers": -1}, "workers: expected"),
        ({"timeout": 0}, "timeout: expected seconds, got 0"),
        ({"start": "title"}, "expected 'intro', or the bytes"),
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
