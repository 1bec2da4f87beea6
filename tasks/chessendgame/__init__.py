r"""Endgames that are won: mate the other side, which defends as well as can be; needs the extra `chess`.

A problem is a position with the agent to move, who can force mate in a number of moves that the level bounds; the
number is drawn first, so that short and long mates come as often. Positions, distances and best moves come from exact
tables (`tasks.chess.tables`), which are solved when they are first needed, three men in a tenth of a second; four men,
which no level of the table has, take up to twenty seconds.

`verify` judges one move alone: it is right if it keeps the win, and where the level has mates in one only, if it mates.
The environment plays the endgame out. Positions that are mirrored or have the colours changed belong to one split.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..chess import extra as _extra
from ..chess.extra import EXTRA, PACKAGE
from ..errors import UnknownName
from ..problem import Level, Problem, Split, Verdict, check_split

if TYPE_CHECKING:
    from .setting import Endgame

__all__ = [
    "EXTRA",
    "NAME",
    "PACKAGE",
    "STYLES",
    "VERSION",
    "describe",
    "distinct",
    "encode",
    "generate",
    "levels",
    "solution",
    "verify",
]

NAME = "chessendgame"
VERSION = 2
STYLES = ("worked", "brief")
TABLE: Mapping[int, str] = {
    0: "material=KQK,mate=1-2",
    1: "material=KQK,mate=1-4",
    2: "material=KQK",
    3: "material=KRK,mate=1-4",
    4: "material=KRK",
    5: "material=KPK",
    6: "material=KQK+KRK+KPK",
}
PLIES = 99
"""after which an episode is broken off: 50 moves of the agent"""


def levels() -> dict[int, str]:
    """The queen first, then the rook, then the pawn, with short mates before long ones, and all three."""
    return {number: describe(number) for number in TABLE}


def describe(level: Level) -> str:
    """A level in words. Raises BadLevel."""
    from .setting import MOST, OPPONENT

    asked = _setting(level)
    low, high = asked.mate
    length = (
        f"mate in {low}" if low == high else f"mate in {low} to {high}" if high < MOST else f"mate in {low} or more"
    )
    length = "mates of any length" if asked.mate == (1, MOST) else length
    against = "" if asked.opponent == (OPPONENT,) else f", against {' or '.join(asked.opponent)}"
    side = "" if asked.colour == "both" else f", as {asked.colour.capitalize()}"
    return f"{' or '.join(asked.material)}, {length}{against}{side}"


def distinct(level: Level) -> float:
    """How many positions a level holds, over all splits. Raises BadLevel."""
    from .starts import count

    asked = _setting(level)
    return float(count(asked.material, asked.mate) * (2 if asked.colour == "both" else 1))


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The position of a seed; a pure function of its arguments.

    Raises:
        UnknownName: no such split.
        BadLevel: no such level, or it has no position of the split.
        BadConfig: python-chess is not installed.
    """
    _extra.needed()
    from .posed import posed

    return posed(check_split(split), level, seed)


def verify(problem: Problem, answer: str) -> Verdict:
    """Judge a completion by its move: whether it keeps the win, or mates where every problem is a mate in one."""
    from .posed import judge

    return judge(problem, answer)


def solution(problem: Problem, style: str = "worked") -> str:
    """What the table says of the position, and a best move in a box.

    Args:
        problem: of this task.
        style: one of `STYLES`: with all men and the moves that win, or "brief", the best move and the answers to it.

    Raises:
        UnknownName: no such style.
    """
    if style not in STYLES:
        raise UnknownName("style", style, STYLES)
    from .posed import solved

    return solved(problem, style)


def encode(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """The position as the array view shows it.

    Returns:
        `planes` (18, 8, 8) uint8, seen from the agent's side (see `tasks.chess.boards.Boards.planes`); `legal` (218,)
        int16, the ids of its moves, then -1; `white` () bool, whether it has White.
    """
    from .posed import encoded

    return encoded(problem)


def _setting(level: Level) -> Endgame:
    from .setting import read

    return read(level)
