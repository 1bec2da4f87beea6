"""Games of a Game Boy cartridge: the free one, or the owner's own; needs the extra `pokemon` to be played.

What is asked is to get to a milestone of the cartridge's way within so many steps, a step being 24 frames. There is no
right answer and no worked solution. Games differ in how long the title is waited at and in where the cartridge's random
numbers begin; what the words on the screen say, and where things stand, is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..problem import Level, Problem, Split, check_split

if TYPE_CHECKING:
    from .setting import Game

__all__ = ["EXTRA", "FREE", "NAME", "PACKAGE", "VERSION", "describe", "distinct", "generate", "levels", "world"]

NAME = "pokemon"
VERSION = 1
EXTRA, PACKAGE = "pokemon", "pyboy"
FREE = "hearthway"
"""the cartridge that comes along"""
TABLE: Mapping[int, str] = {
    0: "until=end,steps=20000",
    1: "until=1,steps=500",
    2: "until=6,steps=3000",
    3: "until=badge,steps=8000",
}


def levels() -> dict[int, str]:
    """The whole way, and three shorter goals."""
    return {number: describe(number) for number in TABLE}


def describe(level: Level) -> str:
    """A level in words. Raises BadLevel."""
    game = _game(level)
    return f"a game of {game.profile.title} until milestone {game.target}, {game.goal!r}, within {game.steps:,} steps"


def world(level: Level) -> str:
    """Whose cartridge a level is played on, in a word, for wherever only the level is named. Raises BadLevel."""
    return _game(level).profile.title.partition(" (")[0]


def distinct(level: Level) -> float:
    """About how many beginnings there are. Raises BadLevel."""
    _game(level)
    from .setting import BEGINNINGS

    return BEGINNINGS


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The game of a seed: how it begins, and what it is until.

    Raises:
        UnknownName: no such split.
        BadLevel: no such level.
    """
    from .setting import posed

    return posed(check_split(split), level, seed)


def _game(level: Level) -> Game:
    from .setting import read

    return read(level)
