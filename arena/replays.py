"""Episodes of a console played again from their records: the same presses, so the same memory, moment by moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..agents.baselines import problem_of
from ..agents.pokemon_solver import Performance
from ..agents.registry import Place
from ..envs.pokemon.emulator import emulator_version
from ..tasks.errors import BadConfig, BadData
from ..tasks.pokemon import FREE, NAME
from ..tasks.pokemon.chronicle import Chronicle, Join, Mark, Moment
from ..tasks.pokemon.profiles import Profile
from ..tasks.pokemon.records import Record
from ..tasks.pokemon.state import GameState
from ..tasks.pokemon.world_map import Plan, plan
from ..tasks.problem import Level, Problem, check_split
from ..tasks.registry import load

ENV_ID = "Reason-Pokemon-v0"
Spot = tuple[int, int, int]
"""map, x, y"""
_ORDINARY = 60
"""ordinary steps that are told of in an episode"""
_BLANK = 8
"""steps that a picture may come late, while the screen is of one colour between two maps"""


@dataclass(frozen=True)
class Owned:
    """An owner's cartridge, as an environment takes it."""

    rom_path: str | PathLike[str] | None = None
    allow_unknown_rom: bool = False


@dataclass(frozen=True)
class Film:
    """An episode that was played again."""

    record: Record
    problem: Problem
    profile: Profile
    """of the cartridge"""
    moments: tuple[Moment, ...]
    screens: Mapping[int, NDArray[np.uint8]]
    """(144, 160, 3) by step of the moment; empty where no pictures are taken"""
    world: Plan
    doors: Mapping[int, frozenset[tuple[int, int]]]
    joins: tuple[Join, ...]
    path: tuple[Spot | None, ...]
    """where the player was after 0, 1, 2, ... steps; None before the game has begun"""
    asked: Mapping[int, GameState]
    """by step, of those that were asked for"""
    marks: tuple[Mark, ...]
    goals: tuple[str, ...]
    """of all milestones"""
    squares: int
    """different ones that were stood on"""
    steps: int
    reached: bool
    exact: bool
    """whether memory ends as the record says; True where it says nothing"""

    @property
    def title(self) -> str:
        """Of the cartridge."""
        return self.profile.title

    @property
    def difference(self) -> str:
        """That memory does not end as recorded, and why; empty where it does."""
        if self.exact:
            return ""
        of, here = self.record.pyboy or "an unknown version", emulator_version()
        why = f"the record is of PyBoy {of}, and this is {here}"
        if of == here:
            why = f"the record is of PyBoy {here} as well, so its presses or its checksum cannot be right"
        return f"memory does not end as recorded: {why}"


def film(record: Record, owned: Owned | None = None, pictures: bool | None = None, also: Collection[int] = ()) -> Film:
    """Play a record again.

    Args:
        record: of an episode from the title.
        owned: the owner's cartridge that it is of, if it is not of the free one.
        pictures: whether screens are kept; if not told, only of the free cartridge.
        also: steps whose state, and screen, are kept beside those of the moments.

    Raises:
        BadData: the record cannot be played, or not with this cartridge.
        BadConfig, BadCartridge: the cartridge is not there.
    """
    env, problem = _begun(record, owned or Owned())
    try:
        return _played(env, problem, record, pictures, also)
    finally:
        env.close()


def _begun(record: Record, owned: Owned) -> tuple[Any, Problem]:
    """The environment with the record's game at its beginning."""
    try:
        problem = problem_of(record.problem_id)
    except (ValueError, LookupError) as error:
        raise BadData(f"the record is of no problem that there is: {record.problem_id!r} ({error})") from None
    if problem.task != NAME or problem.id != record.problem_id:
        raise BadData(f"expected a record of a game of {ENV_ID}, got one of {record.problem_id!r}")
    if problem.index < 0:
        raise BadData(f"the record is of a problem with a negative seed, which is none: {record.problem_id!r}")
    options: dict[str, Any] = {"rom_path": owned.rom_path, "allow_unknown_rom": owned.allow_unknown_rom}
    place = Place(ENV_ID, problem.split, problem.level)
    env: Any = place.single("array", render_mode="rgb_array", **options).unwrapped
    if env.cartridge.sha1 != record.cartridge:
        env.close()
        raise BadData(f"the record is of the cartridge with SHA-1 {record.cartridge}, got {env.cartridge.sha1}")
    env.reset(seed=problem.index)
    return env, problem


def _played(env: Any, problem: Problem, record: Record, pictures: bool | None, also: Collection[int]) -> Film:
    game, buttons = env.game, record.buttons
    profile = env.cartridge.profile
    if pictures is None:
        pictures = profile.cartridge == FREE
    told = Chronicle(game.state, game.progress, max(1, len(buttons) // _ORDINARY))
    screens = {0: env.screen()} if pictures else {}
    late: list[int] = []
    path, asked = [_spot(game.state)], {0: game.state} if 0 in also else {}
    for step, button in enumerate(buttons, 1):
        if game.over:
            raise BadData(f"the record goes on after the end: {len(buttons)} steps, over after {game.progress.step}")
        if button:
            game.press(button)
        else:
            game.pass_step()
        path.append(_spot(game.state))
        if step in also:
            asked[step] = game.state
            screens |= {step: env.screen()} if pictures else {}
        if told.see(game.state, button):
            late.append(game.progress.step)
        if late and pictures:
            screen = env.screen()
            if len(np.unique(screen)) > 1 or game.progress.step - late[0] >= _BLANK:
                screens |= dict.fromkeys(late, screen)
                late = []
    end = told.close(_end(game))
    if pictures:
        screens |= dict.fromkeys([*late, end.step], env.screen())
    progress = game.progress
    return Film(
        record=record,
        problem=problem,
        profile=profile,
        moments=tuple(told.moments),
        screens=screens,
        world=plan(progress.atlas.sheets, told.joins.values()),
        doors=told.doors,
        joins=tuple(told.joins.values()),
        path=tuple(path),
        asked=asked,
        marks=tuple(told.marks),
        goals=tuple(each.goal for each in progress.milestones.all),
        squares=progress.atlas.squares,
        steps=len(buttons),
        reached=game.reached,
        exact=record.digest in ("", env.digest()),
    )


def _spot(state: GameState) -> Spot | None:
    place = state.position
    return None if state.title else (place.map, place.x, place.y)


def _end(game: Any) -> str:
    if game.reached:
        return "the goal is reached"
    if game.stuck:
        return f"nothing was gained for {game.patience:,} steps"
    return "the steps are used up" if game.over else "the record ends"


def solved(split: str, level: Level, seed: int) -> Record:
    """What the scripted player does with a game of the free cartridge.

    Raises:
        BadConfig: the level is of another cartridge, or the seed is negative.
    """
    if seed < 0:
        raise BadConfig(f"seed: expected 0 or more, got {seed}")
    problem = load(NAME).generate(check_split(split), level, seed)
    played = Performance(problem)
    played.buttons()
    record: Record = played.game.record(problem.id)
    return record
