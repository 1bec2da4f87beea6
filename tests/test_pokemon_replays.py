"""Games played again in a process of their own: memory and screen, step by step, from the first frame on."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from typing import Any

import gymnasium as gym
import pytest

pytest.importorskip("pyboy")

from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.hearthway.solver import Solver

PLAY = """
import hashlib, pickle, sys
import gymnasium as gym

order = pickle.loads(sys.stdin.buffer.read())
options = {"view": "array", "pixels": True, "reward": "shaped", "start": order.get("start", "intro")}
env = gym.make("reason_arena.envs:Reason-Pokemon-v0", **options).unwrapped
if order["state"] is None:
    seen = env.reset(seed=order["seed"])[0]["screen"]
else:
    env.set_state(order["state"])
    seen = env.screen()[::2, ::2, 0]
paid = 0.0
for step, action in enumerate([None, *order["actions"]]):
    if action is not None:
        arrays, reward, *_ = env.step(action)
        seen, paid = arrays["screen"], paid + reward
    if step % order["every"] == 0:
        print(step, env.digest(), hashlib.sha1(seen.tobytes()).hexdigest(), repr(paid), flush=True)
"""


def played(order: dict[str, Any], hashes: str) -> list[str]:
    """What a fresh process prints of a list of actions."""
    done = subprocess.run(
        [sys.executable, "-c", PLAY],
        input=pickle.dumps(order),
        env={**os.environ, "PYTHONHASHSEED": hashes},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().splitlines()


def test_a_whole_game_is_the_same_twice() -> None:
    """Seed and actions give memory, screen and rewards at every hundredth step, the first frame among them."""
    env: Any = gym.make("reason_arena.envs:Reason-Pokemon-v0", view="array").unwrapped
    env.reset(seed=11)
    solver, actions, digests = Solver(), list[int](), [env.digest()]
    while not env.game.over:
        button = solver.act(env.game.emulator.memory)
        assert button is not None
        actions.append(BUTTONS.index(button))
        env.step(actions[-1])
        if len(actions) % 100 == 0:
            digests.append(env.digest())
    order = {"state": None, "seed": 11, "actions": actions, "every": 100}
    first, second = played(order, "1"), played(order, "2")
    assert first == second
    # One process draws and the other does not: memory knows nothing of it.
    assert [line.split()[1] for line in first] == digests
    assert len({line.split()[2] for line in first}) > 15
    assert len(first) > 20


def test_a_state_goes_on_in_another_process_bit_for_bit() -> None:
    """From the middle of a battle, and from its first frame: memory, screen and rewards after every single step."""
    env: Any = gym.make("reason_arena.envs:Reason-Pokemon-v0", view="array", pixels=True, reward="shaped").unwrapped
    env.reset(seed=4)
    solver = Solver()
    while env.game.state.battle is None or env.game.state.menu is None:
        env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
    state, begun = env.get_state(), lived(env, solver)
    assert played({"state": state, "actions": begun[0], "every": 1}, "3") == begun[1]
    assert len({each.split()[2] for each in begun[1]}) > 30


def test_an_episode_from_a_snapshot_is_the_same_in_another_process() -> None:
    """From its first frame on, which an emulator that has drawn nothing yet would show as an old one."""
    name = "reason_arena.envs:Reason-Pokemon-v0"
    env: Any = gym.make(name, view="array").unwrapped
    env.reset(seed=6)
    solver = Solver()
    for _ in range(200):
        env.step(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
    start = env.snapshot()
    other: Any = gym.make(name, view="array", pixels=True, reward="shaped", start=start).unwrapped
    other.reset(seed=8)
    actions, here = lived(other, Solver())
    assert played({"state": None, "start": start, "seed": 8, "actions": actions, "every": 1}, "5") == here
    assert len({each.split()[2] for each in here}) > 15


def lived(env: Any, solver: Solver) -> tuple[list[int], list[str]]:
    """150 steps of the solver, and after each, and before the first, what `PLAY` prints."""
    actions, lines, paid = list[int](), list[str](), 0.0
    while True:
        screen = env.screen()[::2, ::2, 0]
        lines.append(f"{len(actions)} {env.digest()} {hashlib.sha1(screen.tobytes()).hexdigest()} {paid!r}")
        if len(actions) == 150:
            return actions, lines
        actions.append(BUTTONS.index(solver.act(env.game.emulator.memory) or "noop"))
        paid += env.step(actions[-1])[1]
