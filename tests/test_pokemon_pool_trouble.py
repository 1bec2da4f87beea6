"""Processes of games that die, freeze or are left alone: it is seen, marked and mended, and nothing is left behind."""

from __future__ import annotations

import functools
import importlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from test_envs import same
from test_pokemon_pool import ACTIONS, ENV, LINUX, LONG, N, buttons, in_step, one_process, pool

from reason_arena.envs.pokemon.cartridges import VARIABLE
from reason_arena.envs.pokemon.pool_process import WorkerDied, WorkerDiedWarning
from reason_arena.tasks.errors import BadConfig
from reason_arena.tasks.pokemon import hearthway

pytestmark = LINUX
LAST = np.array([False, False, True, True])
"""environments of the second worker"""


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
    assert (last["counts"]["steps"][rows] == 5).all()
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


def test_a_killed_worker_of_texts_costs_its_own_episodes_and_is_replaced_too() -> None:
    options = {**LONG, "view": "text"}
    twin = one_process(**options)
    with pool(2, **options) as envs:
        same(envs.reset(seed=2), twin.reset(seed=2))
        actions = ["press start"] * N
        told = envs.step(actions)
        same(told, twin.step(actions))
        seen, (fresh, known) = told[0], twin.reset(options={"reset_mask": LAST})  # the next problems of their streams
        os.kill(envs.crew.workers[1].pid, signal.SIGKILL)
        with pytest.warns(WorkerDiedWarning, match="environments 2 to 3 died: killed by signal 9"):
            texts, rewards, terminated, truncated, infos = envs.step(["press down"] * N)
        alive = [game.step("press down") for game in twin.games[:2]]
        assert texts == (*(each[0] for each in alive), *fresh[2:])
        assert rewards.tolist() == [*(each[1] for each in alive), 0, 0]
        assert not terminated.any()
        assert truncated.tolist() == infos["_final_obs"].tolist() == LAST.tolist()
        assert infos["final_obs"].tolist() == [None, None, *seen[2:]], "as it was before the step"
        assert infos["final_info"]["termination"].tolist() == [None, None, "worker_died", "worker_died"]
        assert infos["problem_id"][LAST].tolist() == known["problem_id"][LAST].tolist()
        for answer in ("press start", "press down*2", "wait 2"):
            same(envs.step([answer] * N), twin.step([answer] * N))


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


ODD = """
import os

class Odd:
    def __init__(self, home): self.home = home
    def __reduce__(self): return there, (self.home,)

def there(home): return Odd(home) if os.getpid() != home else 1 // 0
"""


def test_a_call_that_cannot_be_is_refused_as_in_one_process_and_the_games_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "odd_there.py").write_text(ODD)
    monkeypatch.syspath_prepend(str(tmp_path))
    odd_there = importlib.import_module("odd_there")
    only_here = ModuleType("only_here")
    exec("def hook(): pass", only_here.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", only_here)
    twin = one_process(**LONG)
    with pool(2, **LONG) as envs:
        lived(envs, twin)
        processes = [worker.pid for worker in envs.crew.workers]
        envs.call("__setattr__", "odd", odd_there.Odd(os.getpid()))
        for each in envs, twin:
            with pytest.raises(AttributeError, match="'PokemonArrayEnv' object has no attribute 'snapshott'"):
                each.call("snapshott")
            with pytest.raises(TypeError, match=r"snapshot\(\) takes 1 positional argument but 2 were given"):
                each.call("snapshot", 5)
            for row in 4, -1:
                with pytest.raises(BadConfig, match=f"expected environments from 0 to 3, got {row}"):
                    each.snapshots([0, row])
        stuck = "workers: expected arguments and answers that can be pickled"
        for words, cause in [
            (("game",), "no default __reduce__"),
            (("__setattr__", "hook", lambda: 1), "<lambda>"),
            (("__setattr__", "hook", only_here.hook), "No module named 'only_here'"),
            (("odd",), "integer division or modulo by zero"),
        ]:
            with pytest.raises(BadConfig, match=f"{stuck}.*{cause}"):
                envs.call(*words)
        with pytest.raises(BadConfig, match=stuck):
            envs.reset(options={"hook": lambda: 1})
        assert envs.call("np_random_seed") == twin.call("np_random_seed")
        in_step(envs, twin, 7, 5)
        assert [worker.pid for worker in envs.crew.workers] == processes


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


@pytest.mark.slow
def test_workers_end_with_their_pool_even_if_a_child_of_it_lives_on() -> None:
    code = PARENT.replace(
        "if sys.stdin",
        "import os, time\nif not (child := os.fork()): time.sleep(1000)\nprint(child, flush=True)\nif sys.stdin",
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        workers = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    try:
        for worker in workers:
            assert select.select([worker], [], [], 120)[0], "an orphan"
            os.close(worker)
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("name", ["mine.gb", ""])
def test_a_worker_that_is_started_again_plays_the_same_cartridge(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the process is by then, and whatever the variable names."""
    (tmp_path / "mine.gb").write_bytes(hearthway.rom())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, name)
    envs = gym.make_vec(ENV, num_envs=1, workers=1, view="array")
    try:
        envs.reset(seed=0)
        monkeypatch.setenv(VARIABLE, "another.gb")
        monkeypatch.chdir("/")
        os.kill(envs.crew.workers[0].pid, signal.SIGKILL)  # type: ignore[attr-defined]
        with pytest.warns(WorkerDiedWarning):
            *_, infos = envs.step(np.array([6]))
        assert infos["cartridge"].tolist() == ["hearthway"]
    finally:
        envs.close()
