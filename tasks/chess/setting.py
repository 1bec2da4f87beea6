"""What a level of the games asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .. import spec
from ..problem import Level
from . import TABLE
from .view import READERS, View, view_of

PLIES = 400
"""after which a game is broken off"""
OPENING = 4
"""random plies before a game"""


@dataclass(frozen=True)
class Game:
    """A level, read."""

    opponent: tuple[str, ...]
    """names of rungs, one of which is drawn for each game"""
    opening: int = OPENING
    """random plies before the game"""
    plies: int = PLIES
    """after which the game is broken off, the opening not counted"""
    colour: Literal["both", "white", "black"] = "both"
    fen: str = ""
    """position that the opening begins with; the usual one if empty"""
    view: View = field(default_factory=View)


_READERS: dict[str, spec.Reader] = {
    "opponent": spec.names,
    "opening": spec.whole(0, 40),
    "plies": spec.whole(2, 2000),
    "colour": spec.one_of("both", "white", "black"),
    "fen": str,
    **READERS,
}


@spec.remembered
def read(level: Level) -> Game:
    """The settings of a level. Raises BadLevel."""
    found = spec.read(level, TABLE, _READERS)
    own = {name: value for name, value in found.items() if name not in READERS}
    return Game(**{"opponent": ("random",), **own}, view=view_of(found))
