r"""Chess puzzles: find the move that mates, or that wins as the puzzle's line does; needs the extra `chess`.

Generated puzzles are mates in one, two or three from random games (see `tasks.chess.playouts`): there is no end of
them, they are proved by looking at everything, and they stand in no book and on no page of the internet. Rated puzzles
are rows of the Lichess database, 4,200 of which come with the package; `dataset=` reads a copy of the whole.

`verify` judges the first move alone. In a generated puzzle every move is right that keeps the mate in as many moves, in
a row the line's move, or one that mates at once. The environment plays the puzzle out.

A generated position belongs to the split of its pieces as the mover sees them, so that a position and its copy in the
other colours share one; a row to that of its id.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..chess import extra as _extra
from ..chess.extra import EXTRA, PACKAGE
from ..errors import UnknownName
from ..problem import Level, Problem, Split, Verdict, check_split

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

NAME = "chesspuzzle"
VERSION = 1
STYLES = ("worked", "brief", "terse")
_BANDS = ((400, 799), (800, 1199), (1200, 1599), (1600, 1999), (2000, 2399), (2400, 2999))
TABLE: Mapping[int, str] = {
    **{n - 1: f"source=generated,mate={n}" for n in (1, 2, 3)},
    **{3 + i: f"source=lichess,rating={low}-{high}" for i, (low, high) in enumerate(_BANDS)},
    **{8 + n: f"source=lichess,mate={n}" for n in (1, 2, 3)},
}


def levels() -> dict[int, str]:
    """Generated mates by length, Lichess puzzles by rating, and Lichess mates by length."""
    return {number: describe(number) for number in TABLE}


def describe(level: Level) -> str:
    """A level in words. Raises BadLevel."""
    from .setting import read

    return str(read(level))


def distinct(level: Level) -> float:
    """How many rows a level holds over all splits; of generated puzzles the keys that they are drawn by.

    Raises:
        BadLevel: no such level.
        BadData: a dataset that cannot be read.
    """
    from .setting import read

    asked = read(level)
    if asked.source == "generated":
        from ..chess.draws import BITS

        return 2.0**BITS * len(asked.lengths)
    from .rows import chosen

    _extra.needed()
    return float(len(chosen(asked, None)))


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The puzzle of a seed; a pure function of its arguments, and of the file of a dataset.

    Seeds go through the rows of a level one by one and begin again after the last.

    Raises:
        UnknownName: no such split.
        BadLevel: no such level, or it has no puzzle of the split.
        BadData: a dataset that cannot be read.
        BadConfig: python-chess is not installed.
    """
    _extra.needed()
    from .posed import posed

    return posed(check_split(split), level, seed)


def verify(problem: Problem, answer: str) -> Verdict:
    """Judge a completion by the move that it makes first."""
    from .posed import judge

    return judge(problem, answer)


def solution(problem: Problem, style: str = "worked") -> str:
    """How the first move is found, and the move in a box.

    Args:
        problem: of this task.
        style: one of `STYLES`: in words, with why other checks do not mate, or "brief", at most 80 characters: the
            other king, checks with what answers them, and the move; "terse", those two alone.

    Raises:
        UnknownName: no such style.
    """
    if style not in STYLES:
        raise UnknownName("style", style, STYLES)
    from .working import solved

    return solved(problem, style)


def encode(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """The position as the array view shows it.

    Returns:
        `planes` (18, 8, 8) uint8, seen from the solver's side (see `tasks.chess.boards.Boards.planes`); `legal` (218,)
        int16, the ids of its moves, then -1; `white` () bool, whether it has White.
    """
    from .posed import encode_problem

    return encode_problem(problem)
