"""Positions that one side wins, by the length of the mate, and which of them belong to which split.

Positions that are one turned or mirrored, or have the colours changed, are one content and belong to one split.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..chess import material, tables
from ..chess.geometry import TURNED as _TURNED
from ..chess.geometry import Ints, index_of, squares_of
from ..chess.kernel import COLUMNS, EP, WHITE
from ..errors import BadLevel
from ..problem import SPLITS, Split, split_of
from ..stream import Stream

TURNED = _TURNED.tolist()


@dataclass(frozen=True)
class Start:
    """A position whose mover wins."""

    material: str
    """as it was asked for, the mover's men first"""
    mate: int
    """moves to it with best play"""
    content: str
    """the same for all that are turned, mirrored or of other colours"""
    cells: NDArray[np.int8]
    """as the kernel keeps boards: (64,)"""
    white: bool

    @property
    def state(self) -> Ints:
        """What goes with the cells: (8,)."""
        state = np.zeros(COLUMNS, np.int64)
        state[WHITE], state[EP] = self.white, -1
        return state


def draw(rng: Stream, materials: tuple[str, ...], mates: tuple[int, int], split: Split, colour: str) -> Start:
    """A set of men, then a length of the mate, then a position, each as likely as the others of its kind.

    Raises:
        BadLevel: there is no such position of the split.
    """
    lengths = _lengths(materials, mates, split)
    asked = materials[rng.below(len(materials))] if len(materials) > 1 else materials[0]
    mate = lengths[asked][rng.below(len(lengths[asked]))]
    name, swapped = material.read(asked)
    owned = _owned(name, swapped, mate)[split]
    index = int(owned[rng.below(len(owned))])
    turn = rng.below(2 if "P" in name else 8)
    white = bool(rng.below(2)) if colour == "both" else colour == "white"
    men = material.men_of(name)
    squares = np.empty(len(men), np.int64)
    squares_of(index, len(men), int("P" in name), squares)
    cells = np.zeros(64, np.int8)
    for man, square in zip(men, squares.tolist(), strict=True):
        cells[TURNED[turn][square] ^ (56 if swapped else 0)] = man.kind if man.side == swapped else -man.kind
    return Start(asked, mate, _content(name, swapped, index), cells, white)


def count(materials: tuple[str, ...], mates: tuple[int, int]) -> int:
    """How many positions there are in all splits together, of one colour."""
    total = 0
    for asked in materials:
        name, swapped = material.read(asked)
        men, pawns = len(name), "P" in name
        for mate in _all_lengths(name, swapped, mates):
            indices = _indices(name, swapped, mate)
            squares = np.array([indices >> 6 * (men - 1 - k) & 63 for k in range(1, men)])
            # The number of a king is its place; one on the diagonal with all others there too is its own mirror image.
            diagonal = (squares >> 3 == squares & 7).all(0) & _king_on_diagonal(indices, men)
            total += len(indices) * 2 if pawns else len(indices) * 8 - int(diagonal.sum()) * 4
    return total


def _king_on_diagonal(indices: Ints, men: int) -> NDArray[np.bool_]:
    squares = np.empty(men, np.int64)
    on = np.zeros(64, np.bool_)
    for king in range(10):
        squares_of(king << 6 * (men - 1), men, 0, squares)
        on[king] = squares[0] >> 3 == squares[0] & 7
    marked: NDArray[np.bool_] = on[indices >> 6 * (men - 1)]
    return marked


@lru_cache(256)
def _lengths(materials: tuple[str, ...], mates: tuple[int, int], split: Split) -> dict[str, list[int]]:
    found = {}
    for asked in materials:
        name, swapped = material.read(asked)
        lengths = _all_lengths(name, swapped, mates)
        found[asked] = [mate for mate in lengths if len(_owned(name, swapped, mate)[split])]
        if not found[asked]:
            span = "-".join(map(str, dict.fromkeys(mates)))
            raise BadLevel(
                f"material={asked},mate={span}: expected positions of the split {split!r} that the first side wins in "
                "so many moves, found none"
            )
    return found


def _all_lengths(name: str, side: int, mates: tuple[int, int]) -> list[int]:
    values = np.unique(tables.values(name)[int(side)])
    return [mate for mate in range(mates[0], mates[1] + 1) if 2 * mate - 1 in values]


@lru_cache(4096)
def _owned(name: str, side: int, mate: int) -> dict[Split, Ints]:
    """The numbers of positions by split."""
    lists: dict[Split, list[int]] = {split: [] for split in SPLITS}
    for index in _indices(name, side, mate).tolist():
        lists[split_of(_content(name, side, index))].append(index)
    return {split: np.array(found, np.int64) for split, found in lists.items()}


def _content(name: str, side: int, index: int) -> str:
    return f"{name} {int(side)} {index}"


def _indices(name: str, side: int, mate: int) -> Ints:
    """The numbers of positions, of those that differ in the order of two men of a kind the lowest."""
    indices: Ints = np.flatnonzero(tables.values(name)[int(side)] == 2 * mate - 1)
    men = material.men_of(name)
    if men[-1] != men[-2]:
        return indices
    squares, least = np.empty(len(men), np.int64), []
    for index in indices.tolist():
        squares_of(index, len(men), int("P" in name), squares)
        squares[-1], squares[-2] = squares[-2], squares[-1]
        if index <= index_of(squares, len(men), int("P" in name)):
            least.append(index)
    return np.array(least, np.int64)
