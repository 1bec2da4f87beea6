"""Steps of a Game Boy game a second: the emulator alone, the environment in its views, many games side by side.

Everybody starts from the same moment of HEARTHWAY and presses the same buttons, so all emulate the same frames, and
what differs is what is made of them. Sides are measured in turn; counted are CPU-seconds, those of workers among them.
The ratio of a view says how much of the emulator's speed it leaves over.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np

import reason_arena.envs  # noqa: F401 - registers the ids

from ...envs.pokemon.array import PokemonArrayEnv
from ...envs.pokemon.emulator import FRAMES, Emulator, needed
from ...envs.pokemon.text import PokemonTextEnv
from ...tasks.pokemon import hearthway
from ...tasks.pokemon.actions import BUTTONS
from ...tasks.pokemon.hearthway.solver import Solver
from . import measurement
from .measurement import Measurement

ENV_ID = "Reason-Pokemon-v0"
ROWS = 8
STEPS = 560
"""of each side in a round; three rounds are shorter than any game of the scripted player"""
GAMES, WORKERS = 32, 2
"""side by side, and who has a share of them"""
CONSOLES = 16
"""that are switched on to see what memory one takes"""
_LEVEL = "until=end,steps=10000000,commands=buttons"
_UNIT = "steps / CPU-s"
_ALONE = "PyBoy alone"
_MIB = 1024 * 1024

Presses = Sequence[str]


class Side(NamedTuple):
    """Somebody who plays."""

    name: str
    play: Callable[[Presses], None]
    games: int = 1
    others: Callable[[], float] = float
    """CPU-seconds of other processes so far"""


def pokemon() -> Iterator[Measurement]:
    """Speeds beside the emulator's, and the memory of a game."""
    needed()
    env = PokemonArrayEnv(level=_LEVEL, reward="shaped")
    env.reset(seed=0)
    moment = env.game.emulator.save()
    wild, tame = _wild(), _tame(moment)
    bare = Side(_ALONE, _console(moment))
    idle = Side("PyBoy alone, nothing pressed", partial(_idle, _started(moment)))
    speeds = _in_turn([idle, bare, _array()], wild)
    yield _row("random presses: PyBoy alone", speeds, bare, idle)
    yield _row("random presses: array view", speeds, _ARRAY, bare)
    drawn, text, pixels = Side("PyBoy alone, drawn", _console(moment, True)), _text(), _array(pixels=True)
    bare = Side(_ALONE, _console(moment))
    speeds = _in_turn([bare, drawn, _array(), text, pixels], tame)
    yield _row("a game's presses: array view", speeds, _ARRAY, bare)
    yield _row("a game's presses: text view", speeds, text, bare)
    yield _row("a game's presses: array view with pixels", speeds, pixels, drawn)
    with _crowd() as crowd:
        apart, together, pool = _apart(), _vector("one process"), _vector("a pool", workers=WORKERS)
        speeds = _in_turn([apart, together, crowd, pool], tame[: len(tame) // 8])
    yield _row(f"{GAMES} games in one process", speeds, together, apart)
    yield _row(f"{GAMES} games in a pool of {WORKERS} workers", speeds, pool, crowd)
    ours, theirs = _memory(_OURS), _memory(_THEIRS)
    yield Measurement("pokemon", "memory of a further game", "MiB", ours, theirs, _ALONE, theirs / ours)


def _row(row: str, speeds: dict[str, float], ours: Side | str, peer: Side) -> Measurement:
    name = ours if isinstance(ours, str) else ours.name
    mine, theirs = speeds[name], speeds[peer.name]
    return Measurement("pokemon", row, _UNIT, mine, theirs, peer.name, mine / theirs)


def _in_turn(sides: Sequence[Side], presses: Presses) -> dict[str, float]:
    """Steps a CPU-second of each side by its name: the median of rounds, in each of which everybody plays on."""
    speeds: dict[str, list[float]] = {side.name: [] for side in sides}
    bounds = np.linspace(0, len(presses), measurement.ROUNDS + 1).astype(int).tolist()
    for first, last in pairwise(bounds):
        for side in sides:
            spent = -side.others() - time.process_time()
            side.play(presses[first:last])
            spent += time.process_time() + side.others()
            speeds[side.name].append((last - first) * side.games / spent)
    return {name: statistics.median(found) for name, found in speeds.items()}


def _wild() -> Presses:
    """Buttons at random."""
    return [BUTTONS[button] for button in np.random.default_rng(0).integers(len(BUTTONS), size=_length())]


def _tame(moment: bytes) -> Presses:
    """What the scripted player presses from this moment on."""
    console, solver, presses = _started(moment), Solver(), list[str]()
    while len(presses) < _length():
        button = solver.act(console.memory)
        assert button is not None, "the game is over before the measurement"
        presses.append(button)
        console.press(button)
    return presses


def _length() -> int:
    return STEPS * measurement.ROUNDS


def _started(moment: bytes) -> Emulator:
    console = Emulator(hearthway.rom())
    console.load(moment)
    return console


def _idle(console: Emulator, presses: Presses) -> None:
    for _ in presses:
        console.wait(FRAMES)


def _console(moment: bytes, draw: bool = False) -> Callable[[Presses], None]:
    console = _started(moment)

    def play(presses: Presses) -> None:
        for button in presses:
            console.press(button, draw)

    return play


_ARRAY = "array view"
_NUMBERS = {button: np.int64(number) for number, button in enumerate(BUTTONS)}


def _stepped(env: gym.Env[Any, Any], actions: dict[str, Any]) -> Callable[[Presses], None]:
    env.reset(seed=0)

    def play(presses: Presses) -> None:
        for button in presses:
            env.step(actions[button])

    return play


def _array(pixels: bool = False) -> Side:
    env = PokemonArrayEnv(level=_LEVEL, reward="shaped", pixels=pixels)
    return Side(f"{_ARRAY} with pixels" if pixels else _ARRAY, _stepped(env, _NUMBERS))


def _text() -> Side:
    env = PokemonTextEnv(level=_LEVEL, reward="shaped")
    return Side("text view", _stepped(env, {button: f"press {button}" for button in BUTTONS}))


def _singles(games: int) -> Callable[[Presses], None]:
    """Single environments, one step of each after the other."""
    played = [_stepped(PokemonArrayEnv(level=_LEVEL, reward="shaped"), _NUMBERS) for _ in range(games)]

    def play(presses: Presses) -> None:
        for button in presses:
            for one in played:
                one((button,))

    return play


def _apart() -> Side:
    return Side(f"{GAMES} single ones", _singles(GAMES), GAMES)


_own: list[Callable[[Presses], None]] = []
"""of a process of the crowd: what plays its games"""


def _begin(games: int) -> None:
    _own[:] = [_singles(games)]


def _play_own(presses: Presses) -> float:
    """CPU-seconds that it took this process."""
    spent = -time.process_time()
    _own[0](presses)
    return spent + time.process_time()


@contextmanager
def _crowd() -> Iterator[Side]:
    """Single environments in as many processes as a pool has, at the same time.

    A core that is busy slows its neighbour: they share caches and memory, and some are halves of one. So what a pool
    costs shows beside processes that know nothing of each other, and not beside a single one.
    """
    spent = 0.0
    with ExitStack() as stack:
        context = multiprocessing.get_context("spawn")
        mine = [
            stack.enter_context(ProcessPoolExecutor(1, context, _begin, (GAMES // WORKERS,))) for _ in range(WORKERS)
        ]

        def play(presses: Presses) -> None:
            nonlocal spent
            for done in [each.submit(_play_own, presses) for each in mine]:
                spent += done.result()

        play(())
        yield Side(f"{GAMES} single ones in {WORKERS} processes", play, GAMES, lambda: spent)


def _vector(name: str, **options: Any) -> Side:
    envs: Any = gym.make_vec(ENV_ID, num_envs=GAMES, view="array", level=_LEVEL, reward="shaped", **options)
    envs.reset(seed=[0] * GAMES)

    def play(presses: Presses) -> None:
        for button in presses:
            envs.step(np.full(GAMES, _NUMBERS[button]))

    return Side(name, play, GAMES, getattr(envs.unwrapped, "cpu_seconds", float))


_MANY = """
from reason_arena.arena.bench.pokemon import {make}, resident
kept = [{make}()]
before = resident()
kept += [{make}() for _ in range({count})]
print((resident() - before) / {count})
"""
_OURS, _THEIRS = "one_game", "one_console"


def one_game() -> PokemonArrayEnv:
    """An environment that has begun to play."""
    env = PokemonArrayEnv(level=_LEVEL)
    env.reset(seed=0)
    env.step(np.int64(0))
    return env


def one_console() -> Emulator:
    """A console that has begun to play."""
    console = Emulator(hearthway.rom())
    console.press("start")
    return console


def resident() -> float:
    """MiB of memory that this process has now; where the system does not tell, the most that it ever had."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * resource.getpagesize() / _MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (_MIB if sys.platform == "darwin" else 1024)


def _memory(make: str) -> float:
    """MiB that each further one takes, in a new process."""
    script = _MANY.format(make=make, count=CONSOLES)
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-W", "ignore", "-c", script]
    told = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=True, capture_output=True, text=True)
    return float(told.stdout.split()[-1])
