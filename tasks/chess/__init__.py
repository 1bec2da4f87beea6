"""Games of chess against opponents of every strength; needs the extra `chess`.

A game begins after a few random plies. Seeds 2k and 2k + 1 have the same opening, once for White and once for Black, so
that an even number of seeds in a row holds both sides of every opening. What is asked is a whole game, so there is no
right answer and no worked solution; a game is won, drawn or lost.

Games end as in FIDE's rules by mate, stalemate, too little material (python-chess's count), after 100 plies without
capture or pawn move, and with the third occurrence of a position, without anybody's claim; and after 400 plies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..problem import Level, Problem, Split, check_split
from . import extra as _extra
from .extra import EXTRA, PACKAGE

if TYPE_CHECKING:
    from .setting import Game

__all__ = ["EXTRA", "NAME", "PACKAGE", "VERSION", "describe", "distinct", "generate", "levels"]

NAME = "chess"
VERSION = 1
TABLE: Mapping[int, str] = {
    0: "opponent=random",
    1: "opponent=greedy@0.5",
    2: "opponent=greedy",
    3: "opponent=engine-2",
    4: "opponent=engine-3",
    5: "opponent=engine-4",
    6: "opponent=random+greedy@0.5+greedy",
}


def levels() -> dict[int, str]:
    """Opponents from the weakest on, and a mixture of three."""
    return {number: describe(number) for number in TABLE}


def describe(level: Level) -> str:
    """A level in words. Raises BadLevel."""
    game = _game(level)
    opponents = " or ".join(game.opponent)
    begin = f"after {game.opening} random plies" if game.opening else "from the first move"
    side = "" if game.colour == "both" else f", as {game.colour.capitalize()}"
    where = " of a given position" if game.fen else ""
    return f"a game against {opponents}{side}, {begin}{where}"


def distinct(level: Level) -> float:
    """About how many openings there are; without one, how many keys of the opponent's draws. Raises BadLevel."""
    game = _game(level)
    return float(20.0 ** min(game.opening, 12) if game.opening else 2**62)


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The game of a seed: opening, side, opponent and what its random numbers come from.

    Raises:
        UnknownName: no such split, or no such opponent.
        BadLevel: no such level, or a position to begin with that cannot be.
        BadConfig: python-chess is not installed.
    """
    _extra.needed()
    from .games import posed

    return posed(check_split(split), level, seed)


def _game(level: Level) -> Game:
    from .setting import read

    return read(level)
