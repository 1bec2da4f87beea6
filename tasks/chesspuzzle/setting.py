"""What a level of the puzzles asks for.

"0", "mate=1-2,notation=san", "rating=400-1200,themes=fork+pin", "mate=2,dataset=lichess_db_puzzle.csv.gz".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .. import spec
from ..chess.mates import LONGEST
from ..chess.view import READERS, View, view_of
from ..errors import BadLevel
from ..problem import Level
from . import TABLE

MOST_RATING = 9999
_OF_ROWS = ("rating", "themes", "dataset")


@dataclass(frozen=True)
class Puzzles:
    """A level, read."""

    source: Literal["generated", "lichess"] = "generated"
    mate: tuple[int, int] | None = None
    """in how many moves from the fewest to the most; None: of rows whatever, of generated ones a mate in 1"""
    rating: tuple[int, int] = (0, MOST_RATING)
    themes: tuple[str, ...] = ()
    """one of these; none: whatever"""
    dataset: str = ""
    """a file of rows; empty: those of the package"""
    view: View = field(default_factory=View)

    @property
    def lengths(self) -> range:
        """Of the mates."""
        low, high = self.mate or (1, 1)
        return range(low, high + 1)

    def __str__(self) -> str:
        """The level in words."""
        low, high = self.mate or (1, 1)
        mate = f"mates in {low}" if low == high else f"mates in {low} to {high}"
        if self.source == "generated":
            return f"{mate} from random games"
        words = [mate if self.mate else "puzzles", f"of {self.dataset}" if self.dataset else "of Lichess"]
        if self.rating != (0, MOST_RATING):
            words.append("rated {} to {}".format(*self.rating))
        return " ".join([*words, f"with {' or '.join(self.themes)}"] if self.themes else words)


def _file(text: str) -> str:
    if not text:
        raise ValueError("a file .csv or .csv.gz")
    return text


_OWN: dict[str, spec.Reader] = {
    "source": spec.one_of("generated", "lichess"),
    "mate": spec.span(1, LONGEST),
    "rating": spec.span(0, MOST_RATING),
    "themes": spec.names,
    "dataset": _file,
}
_READERS = {**_OWN, **READERS}


@spec.remembered
def read(level: Level) -> Puzzles:
    """The settings of a level. Raises BadLevel."""
    found = spec.read(level, TABLE, _READERS)
    of_rows = [name for name in _OF_ROWS if name in found]
    first = str(level).partition(",")
    if first[0] == "0" and (of_rows or found.get("source") == "lichess"):
        # The level that nobody asked for: "0,themes=fork" is what `gym.make(id, themes="fork")` comes to.
        found = spec.read(first[2], TABLE, _READERS)
    if of_rows and found.setdefault("source", "lichess") == "generated":
        raise BadLevel(f"level {level!r}: {of_rows[0]} is a setting of rows, expected with source=lichess")
    return Puzzles(**{name: found[name] for name in _OWN if name in found}, view=view_of(found))
