"""What cannot be is refused before anything changes: problem, random stream and game are as they were."""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("pyboy")

from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from test_pokemon_pool import ENV, LINUX, START

from reason_arena.arena.replays import film
from reason_arena.envs.pokemon.emulator import emulator_version
from reason_arena.tasks.errors import BadCheckpoint, BadConfig
from reason_arena.tasks.pokemon.records import read

FILLS = (0x00, 0x55, 0xFF)
WORKERS = [pytest.param(0, id="one process"), pytest.param(2, id="pool", marks=LINUX)]


def game(seed: int = 5, **options: Any) -> Any:
    env = gym.make(ENV, **{"view": "array", **options}).unwrapped
    env.reset(seed=seed)
    env.step(START)
    return env


@pytest.fixture(scope="module")
def good() -> bytes:
    snapshot: bytes = game().snapshot()
    return snapshot


def altered(good: bytes, head: dict[str, Any] | str = "", console: Callable[[bytes], bytes] = bytes) -> bytes:
    magic, own, body = good.split(b"\n", 2)
    text = head if isinstance(head, str) else json.dumps({**json.loads(own), **head})
    return b"\n".join([magic, text.encode() or own, zlib.compress(console(zlib.decompress(body)))])


def filled(console: bytes, fill: int) -> bytes:
    """Of the right length and version; PyBoy gives up in the midst of it."""
    return console[:1] + bytes([fill]) * (len(console) - 1)


def bad_starts(good: bytes) -> dict[str, bytes]:
    return {
        "no snapshot": b"bad",
        "cut": good[:-5],
        "Infinity": altered(good, {"milestones": [float("inf")]}),
        "text": altered(good, {"milestones": "12"}),
        "negative": altered(good, {"milestones": [-1]}),
        "nested": altered(good, "[" * 100_000),
        "list": altered(good, "[]"),
        "another PyBoy": altered(good, {"pyboy": "2.0"}),
        "half a console": altered(good, console=lambda state: state[: len(state) // 2]),
        "too much of one": altered(good, console=lambda state: state + b"xx"),
        "another version of one": altered(good, console=lambda state: bytes([state[0] - 1]) + state[1:]),
        **{
            f"filled with {fill}": altered(good, console=lambda state, fill=fill: filled(state, fill)) for fill in FILLS
        },  # type: ignore[misc]
    }


def test_a_refused_reset_leaves_the_game_that_goes_on(good: bytes) -> None:
    env, twin = game(render_mode="ansi"), game(render_mode="ansi")
    for kind, bad in bad_starts(good).items():
        with pytest.raises(BadCheckpoint, match="start: "):
            env.reset(seed=9, options={"start": bad})
        for each in env, twin:
            each.step(0)
        assert (env.problem.id, env.digest(), env.record()) == (twin.problem.id, twin.digest(), twin.record()), kind
    assert film(read(env.record())).exact
    assert env.reset()[1]["problem_id"] == twin.reset()[1]["problem_id"], "the next problem of the stream"


def test_a_start_past_the_goal_is_refused_as_well(good: bytes) -> None:
    env = game(until=1)
    before = env.digest()
    with pytest.raises(BadConfig, match="start is past milestone 1, which the game is until; start earlier"):
        env.reset(seed=9, options={"start": altered(good, {"milestones": [0]})})
    assert (env.problem.index, env.digest()) == (5, before)


def test_after_a_first_reset_that_was_refused_there_is_no_game_yet() -> None:
    env = gym.make(ENV, view="array").unwrapped
    with pytest.raises(BadCheckpoint):
        env.reset(seed=0, options={"start": b"bad"})
    calls: list[Callable[[], Any]] = [lambda: env.step(START), env.snapshot, env.get_state, env.words, env.record]
    for call in [*calls, lambda: env.milestone_steps, env.action_masks]:
        with pytest.raises(ResetNeeded, match=r"before the first reset"):
            call()


def bad_states(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        own = copy.deepcopy(state)
        change(own)
        return own

    whole = zlib.decompress(state["played"]["game"]["console"])
    for console in (
        *(zlib.compress(each) for each in (whole[:1000], *(filled(whole, fill) for fill in FILLS))),
        b"",
        None,
    ):
        yield changed(lambda own, console=console: own["played"]["game"].update(console=console))  # type: ignore[misc]
    for name in "console", "log", "progress":
        yield changed(lambda own, name=name: own["played"]["game"].pop(name))  # type: ignore[misc]
    kinds = {"progress": "x", "rewards": {}, "target": "1", "patience": None, "presses": 1.5, "log": "s", "began": 0}
    for name, value in {**kinds, "blocked": [], "console": "text"}.items():
        yield changed(lambda own, name=name, value=value: own["played"]["game"].update({name: value}))  # type: ignore[misc]
    for part in (
        {"wrote": "no"},
        {"player": None},
        {"player": {}},
        {"player": {**state["played"]["player"], "moves": "1"}},
    ):
        yield changed(lambda own, part=part: own["played"].update(part))  # type: ignore[misc]
    yield changed(lambda own: own.update(problem="pokemon/5"))
    yield changed(lambda own: own.update(next_start=4))
    for name in "game", "player", "wrote":
        yield changed(lambda own, name=name: own["played"].pop(name))  # type: ignore[misc]
    yield changed(lambda own: own["played"]["player"].update(jumps=1))
    yield changed(lambda own: own.pop("problem"))
    yield changed(lambda own: own.update(played=None))
    yield changed(lambda own: own.update(np_random={"bit_generator": "MT19937"}))
    yield changed(lambda own: own.update(np_random=3))
    yield changed(lambda own: own["origin"].update(pyboy="2.0.0"))


def test_a_refused_state_leaves_the_game_that_goes_on() -> None:
    state, env, twin = game(9).get_state(), game(), game()
    assert state["origin"]["pyboy"] == emulator_version()
    for bad in bad_states(state):
        with pytest.raises(BadCheckpoint):
            env.set_state(bad)
        assert (env.problem.id, env.digest(), env.record()) == (twin.problem.id, twin.digest(), twin.record())
    assert env.reset()[1]["problem_id"] == twin.reset()[1]["problem_id"]
    env.set_state(state)
    assert env.problem.index == 9


@pytest.mark.parametrize("workers", WORKERS)
def test_many_games_refuse_together(workers: int, good: bytes) -> None:
    made: dict[str, Any] = {"num_envs": 3, "view": "array", "level": "until=1,steps=4"}
    with_workers = {"workers": workers} if workers else {}
    envs, twin = gym.make_vec(ENV, **made, **with_workers), gym.make_vec(ENV, **made)
    for each in envs, twin:
        each.reset(seed=5)
        each.step(np.full(3, START))
    bad = [(start, BadCheckpoint) for start in bad_starts(good).values()]
    for wrong, error in (*bad, (altered(good, {"milestones": [0]}), BadConfig), ("title", BadConfig)):
        for starts in {2: wrong}, {0: "intro", 2: wrong}:
            with pytest.raises(error):
                envs.set_next_starts(starts)
        with pytest.raises(error):
            envs.reset(seed=9, options={"start": ["intro", None, wrong]})
    with pytest.raises(BadConfig, match="expected environments from 0 to 2, got 3"):
        envs.set_next_starts({3: "intro"})
    with pytest.raises(gym.error.Error):
        envs.reset(seed=[1, 2, -3])
    state = envs.get_state()
    for own in bad_states(state["games"][2]):
        with pytest.raises(BadCheckpoint):
            envs.set_state({**state, "games": [twin.get_state()["games"][1]] * 2 + [own]})
    for games in [], None, state["games"][:2]:
        with pytest.raises(BadCheckpoint):
            envs.set_state({**state, "games": games})
    for _ in range(5):
        mine, theirs = envs.step(np.zeros(3, np.int64)), twin.step(np.zeros(3, np.int64))
        assert all(np.array_equal(mine[0][name], theirs[0][name]) for name in mine[0])
        assert list(mine[4].get("problem_id", ())) == list(theirs[4].get("problem_id", ()))
    envs.close()


@pytest.mark.parametrize("workers", WORKERS)
def test_what_is_closed_says_so_and_touches_nothing(workers: int, tmp_path: Path) -> None:
    envs: Any = gym.make_vec(ENV, num_envs=2, view="array", **({"workers": workers} if workers else {}))
    envs.reset(seed=0)
    state = envs.get_state()
    envs.close()
    path = tmp_path / "foreign"
    path.write_bytes(bytes(1 << 20))
    kept = [path.open("r+b") for _ in range(8)]  # one of them has the number of the block's descriptor now
    calls: list[Callable[[], Any]] = [lambda: envs.step(np.zeros(2, np.int64)), envs.reset, envs.get_state]
    for call in [*calls, lambda: envs.set_state(state), lambda: envs.snapshots([0]), lambda: envs.call("digest")]:
        with pytest.raises(ClosedEnvironmentError, match="close"):
            call()
    for file in kept:
        file.close()
    assert path.read_bytes() == bytes(1 << 20)
    envs.close()


def test_a_single_game_that_is_closed_says_so() -> None:
    env = game()
    state = env.get_state()
    env.close()
    calls: list[Callable[[], Any]] = [lambda: env.step(0), env.reset, env.snapshot, env.record, env.digest]
    for call in [*calls, env.get_state, lambda: env.set_state(state)]:
        with pytest.raises(ClosedEnvironmentError, match=r"\w+\(\) after close\(\): the console is switched off"):
            call()
    env.close()
