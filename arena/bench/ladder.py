"""The opponents of chess measured against each other: a ladder of ratings, the random player being 0.

Each plays the next ones up, in pairs of games from one opening with the colours swapped. The ratings fit all results at
once (`arena.ratings`). They are Elo of this ladder, not of people's: nobody here ever met a rated person.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from typing import ClassVar

from ...tasks.chess.extra import needed
from ...tasks.errors import BadConfig
from ..ratings import Pair, Ratings, rate
from ..statistics import Interval
from .measurement import Measurement

RUNGS = {
    "random": 200,
    "engine-2@0.75": 200,
    "greedy": 200,
    "engine-2@0.35": 150,
    "stockfish-100@0.25": 100,
    "engine-2@0.15": 100,
    "engine-2@0.05": 100,
    "engine-2": 100,
    "engine-3": 50,
    "stockfish-1000": 50,
    "stockfish-2000": 50,
}
"""the weakest first, and how many pairs of games each plays a match at most: the strong ones think for long"""
REACH = 2
"""how many places up the opponents of a rung are"""
SEED = 0
ANCHOR = "random"


@dataclass(frozen=True)
class Rung(Measurement):
    """A row: `ours` is the rating, `peer` that of the rung below, `ratio` the odds of a point between them."""

    meaning: ClassVar[str] = "Elo on this ladder, the random player being 0"

    low: float
    high: float
    """95 % interval of the rating"""
    gap_low: float
    gap_high: float
    """95 % interval of how far it is above the rung below"""
    games: int

    def cells(self) -> dict[str, str]:
        """See Measurement."""
        below = f"{self.ours - self.peer:+.0f} [{self.gap_low:.0f}, {self.gap_high:.0f}]" if self.peer_name else ""
        interval = f"[{self.low:.0f}, {self.high:.0f}]"
        return {
            "rung": self.row,
            "Elo": f"{self.ours:.0f}",
            "95 %": interval,
            "above the rung below": below,
            "games": f"{self.games}",
        }


def rungs() -> list[str]:
    """The names of those that can be measured here, the weakest first.

    Raises:
        BadConfig: STOCKFISH_PATH names something that cannot be run, or python-chess is missing.
    """
    needed()
    from ...envs.chess.stockfish import PREFIX
    from ...envs.chess.uci import VARIABLE, find

    try:
        find()
    except BadConfig as error:
        if os.environ.get(VARIABLE):
            raise
        warnings.warn(f"rungs of Stockfish are left out: {error}", stacklevel=2)
        return [name for name in RUNGS if not name.startswith(PREFIX)]
    return [*RUNGS]


def matches(names: list[str]) -> list[tuple[str, str]]:
    """Who meets whom, the weaker first."""
    return [(name, other) for place, name in enumerate(names) for other in names[place + 1 : place + 1 + REACH]]


def rows() -> int:
    """How many rows `ladder` has here."""
    names = rungs()
    return len(names) + len(matches(names))


def ladder() -> Iterator[Measurement]:
    """Play the matches, a row each, then rate the rungs, from the weakest up."""
    from ...envs.chess.opponents import opponent
    from ...envs.chess.stockfish import PREFIX
    from ...envs.chess.uci import Engine, find
    from ..matches import match, results

    names, pairs = rungs(), list[Pair]()
    engine = Engine(find()) if any(name.startswith(PREFIX) for name in names) else None
    players = {name: opponent(name, engine) for name in names}
    for weak, strong in matches(names):
        games = match(players[strong], players[weak], min(RUNGS[weak], RUNGS[strong]), SEED)
        pairs += (played := results(games))
        won = sum(pair.points for pair in played) / len(games)
        lost = 1 - won
        ratio = won / lost if lost else float("inf")
        yield Measurement("ladder", f"{strong} v {weak}", "points / game", won, lost, weak, ratio)
    if engine is not None:
        engine.close()
    yield from _rungs(rate(pairs, {ANCHOR: 0}, SEED))


def _rungs(ratings: Ratings) -> Iterator[Rung]:
    below = ""
    for rating in ratings.ascending():
        gap = ratings.difference(rating.name, below) if below else Interval(nan, nan, nan, 0, "")
        yield Rung(
            "ladder",
            rating.name,
            "Elo",
            rating.elo,
            ratings[below].elo if below else nan,
            below,
            10 ** (gap.mean / 400),
            rating.low,
            rating.high,
            nan if gap.low is None else gap.low,
            nan if gap.high is None else gap.high,
            rating.games,
        )
        below = rating.name
