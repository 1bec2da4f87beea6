"""Solve problems yourself, in the terminal.

reason play Reason-Arithmetic-v0 --level 2
reason play Reason-Arithmetic-v0 --view array --level 1
reason play Reason-Chess-v0 --level opponent=greedy,colour=white --record games.pgn
reason play Reason-Pokemon-v0 --record games.jsonl
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import gymnasium as gym
import numpy as np
import tyro

from ..agents.registry import Place
from ..agents.visible import say
from ..envs.guard import FAILED
from ..envs.spaces import Prose
from ..tasks.errors import BadConfig
from .boardgame import Onlooker
from .parsing import parse

QUIT = ("q", "quit", "exit")


@dataclass(frozen=True)
class Play:
    """Which environment, and how hard."""

    env_id: Annotated[str, tyro.conf.Positional] = "Reason-Arithmetic-v0"
    """environment id"""
    level: str = "2"
    """a number of the task's table, or a specification"""
    view: str = "text"
    """text: read and answer; array: see what a specialist sees, and act by the number of an action"""
    scratchpad: str | None = None
    """arithmetic's array view: columns (its default) or digits"""
    max_attempts: int = 1
    """text view: so many answers may be given to a question"""
    seed: int = 0
    """of the first problem"""
    split: str = "train"
    """train, validation or test"""
    record: Path | None = None
    """file for the games, written anew: those of chess that end, as PGN; of the Game Boy all, for `reason replay`"""


def main(words: list[str]) -> None:
    """Ask, read, judge, until the person has had enough."""
    options = parse(Play, "play", words, __doc__)
    if options.seed < 0:
        raise BadConfig(f"--seed: expected 0 or more, got {options.seed}")
    level: int | str = int(options.level) if options.level.isdecimal() else options.level
    chosen: dict[str, Any] = {} if options.scratchpad is None else {"scratchpad": options.scratchpad}
    if options.max_attempts != 1:
        chosen["max_attempts"] = options.max_attempts
    env = Place(options.env_id, options.split, level).single(options.view, render_mode="ansi", **chosen)
    if not isinstance(env.action_space, gym.spaces.Discrete | Prose):
        raise BadConfig(f"{options.env_id}: nobody can type the actions of its {options.view} view; give another")
    onlooker = Onlooker(env, options.record)
    say(f"{options.env_id}, level {level}. Type q to stop.")
    solved = asked = 0
    for seed in range(options.seed, options.seed + 1_000_000):
        info = _episode(env, onlooker, seed)
        if info is None:
            break
        if failed := info.get(FAILED):
            say(f"not counted: {failed}.")
            continue
        asked += 1
        solved += bool(info["correct"])
        say(f"{info['verdict']}. {solved} of {asked} so far.")
    say(f"{solved} of {asked} solved.")


def _episode(env: gym.Env[Any, Any], onlooker: Onlooker, seed: int) -> dict[str, Any] | None:
    """One problem; None if the person stopped."""
    told, _ = env.reset(seed=seed)
    typed = isinstance(env.action_space, Prose)
    say(f"\n{told if typed else env.render()}")
    onlooker.sit_down()
    info: dict[str, Any] = {}
    over = False
    while not over:
        action = _ask(env)
        if action is None:
            onlooker.leave()
            return None
        told, _, terminated, truncated, info = env.step(action)
        over = terminated or truncated
        if moves := onlooker.moves():
            say(moves)
        if not typed:
            say(env.render())
        elif not over:
            say(f"\n{told}")
    if end := onlooker.end(info):
        say(f"\n{end}")
    return info


def _ask(env: gym.Env[Any, Any]) -> Any:
    """An action from the keyboard, or None."""
    discrete = env.action_space if isinstance(env.action_space, gym.spaces.Discrete) else None
    while True:
        try:
            typed = input(f"action 0-{discrete.n - 1}> " if discrete else "> ")
        except EOFError:
            return None
        if typed.strip().lower() in QUIT:
            return None
        if discrete is None:
            return typed
        try:
            if not typed.strip().isdecimal() or not discrete.contains(np.int64(typed)):
                raise BadConfig(f"expected a number from 0 to {discrete.n - 1}, got {typed!r}")
        except BadConfig as error:
            say(error)
            continue
        return np.int64(typed)
