"""The rows of Lichess puzzles that a level goes through."""

from __future__ import annotations

from functools import lru_cache

from ..chess import lichess
from ..chess.lichess_rows import Choice, Row, order
from ..problem import Split
from .setting import Puzzles


def chosen(asked: Puzzles, split: Split | None) -> tuple[Row, ...]:
    """The rows of a level, in an order that has nothing to do with their ratings; of all splits if none is given.

    Raises:
        BadData: a dataset that cannot be read, or that has no such row.
    """
    choice = Choice(*asked.rating, frozenset(asked.themes), split, asked.mate)
    return lichess.read(asked.dataset, choice).rows if asked.dataset else _of_package(choice)


@lru_cache(256)
def _of_package(choice: Choice) -> tuple[Row, ...]:
    return tuple(sorted(filter(choice.admits, lichess.bundled()), key=lambda row: order(row.id)))
