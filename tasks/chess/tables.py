"""Exact endgames: how many plies to mate, for every position of up to four men, and the best moves.

Tables are solved when they are first asked for: with numba a set of three men takes a tenth of a second, one of four 3
to 20 seconds; without it thirty times as long. They are kept in the cache folder, which can be deleted at any time (15
to 40 kB for three men, 0.7 MB and more for four). Distances count plies with best play by both sides and know of no
rule that ends a game without a mate; with these men no mate takes more than 85 plies.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import chess
import numpy as np
from numpy.typing import NDArray

from .. import cache
from . import material, probe, retrograde
from .boards import arrays, id_of, move_of
from .geometry import Ints
from .kernel import Bytes
from .material import BadMaterial, read
from .probe import DRAWN, NO_POSITION, NO_TABLE
from .retrograde import Values

FORMAT = 1
"""raised when the same men are solved to other bytes"""


class Table:
    """Some sets of men solved, and all that captures and promotions lead to from there."""

    def __init__(self, materials: tuple[str, ...]) -> None:
        self.materials = materials
        """the sets that were asked for, as they are named when solved"""
        names = dict.fromkeys(name for asked in materials for name in (*material.smaller(asked), asked))
        self.values: dict[str, Values] = {name: values(name) for name in names}
        """of every set the values by side to move and number of the position, see `retrograde`"""
        self._library = probe.library(self.values)

    def distances(self, cells: Bytes) -> NDArray[np.int16]:
        """Plies to mate of many boards: odd where the side to move mates, even where it is mated, else `DRAWN`.

        Args:
            cells: boards as the kernel keeps them, seen from the side to move: (k, 64).

        Returns:
            (k,).

        Raises:
            BadMaterial: men that are not in these tables, or a king left in check.
        """
        found = np.empty(len(cells), np.int16)
        probe.look_up_all(self._library, cells, found)
        self._check(found)
        return found

    def distance(self, board: chess.Board) -> int | None:
        """Plies to mate: odd if the side to move mates, even if it is mated, None in a draw. Raises BadMaterial."""
        found = int(self.distances(arrays(board)[0][None])[0])
        return None if found == DRAWN else found

    def after(self, cells: Bytes, states: Ints, moves: NDArray[np.int16]) -> NDArray[np.int16]:
        """Distances after moves, for the side that then moves.

        Args:
            cells: (k, 64).
            states: (k, 8).
            moves: ids of legal moves of each board, -1 for none: (k, m).

        Returns:
            (k, m), `probe.NO_MOVE` where there is no move.

        Raises:
            BadMaterial: as of `distances`.
        """
        found = np.empty(moves.shape, np.int16)
        probe.look_ahead(self._library, cells, states, moves, found)
        self._check(found)
        return found

    def best(self, cells: Bytes, states: Ints, moves: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Which moves mate soonest, or hold the draw, or put the mate off longest: (k, m); arguments as of `after`."""
        now = self.distances(cells)[:, None]
        marked: NDArray[np.bool_] = self.after(cells, states, moves) == np.where(now == DRAWN, DRAWN, now - 1)
        return marked

    def best_moves(self, board: chess.Board) -> list[chess.Move]:
        """The moves that `best` marks, in the order of their ids. Raises BadMaterial."""
        cells, state = arrays(board)
        ids = np.array([sorted(id_of(move, board) for move in board.legal_moves)], np.int16)
        return [move_of(int(move), board) for move in ids[self.best(cells[None], state[None], ids)]]

    def _check(self, found: NDArray[np.int16]) -> None:
        if ((found == NO_TABLE) | (found == NO_POSITION)).any():
            raise BadMaterial(
                f"expected positions of {', '.join(self.values)} whose side that has just moved is not in check"
            )


@lru_cache(16)
def solve(materials: str) -> Table:
    """The table of a set of men, or of several joined by a plus sign, such as "KQK+KRK".

    Raises:
        BadMaterial: see `material.read`.
    """
    return Table(tuple(dict.fromkeys(read(name)[0] for name in materials.split("+"))))


def holding(cells: Bytes) -> Table:
    """A table that has all of some boards: (k, 64). Raises BadMaterial."""
    return _holding(tuple(np.unique(probe.signatures(cells)).tolist()))


@lru_cache(256)
def _holding(sums: tuple[int, ...]) -> Table:
    try:
        names = {_signed()[total] for total in sums}
    except KeyError:
        raise BadMaterial(f"expected boards of up to {material.MOST} men with pawns on one side at most") from None
    below = {part for name in names for part in material.smaller(name)}
    return solve("+".join(sorted(names - below)))


@lru_cache(None)
def _signed() -> dict[int, str]:
    return {probe.signature(material.men_of(name), mover): name for name in material.names() for mover in (0, 1)}


@lru_cache(None)
def values(name: str) -> Values:
    """The values of a set of men, named as `material.read` does: (2, n). Out of the cache folder, or solved into it."""
    shape = material.shape(name)
    place = _place(name)
    found = _kept(place, name, shape)
    if found is None:
        found = _solved(name, shape)
        _keep(place, name, found)
    found.flags.writeable = False
    return found


def _solved(name: str, shape: tuple[int, int]) -> Values:
    plan = material.plan(name, {part: values(part) for part in material.smaller(name)})
    found, due = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    retrograde.solve(plan, found, due, retrograde.prepare(plan, found, due))
    return found


def _place(name: str) -> Path | None:
    with suppress(RuntimeError):  # no home
        return cache.folder() / "endgames" / f"{name}-{FORMAT}"
    return None


def _seal(name: str, packed: bytes) -> bytes:
    return hashlib.sha256(f"{name} {FORMAT} ".encode() + packed).digest()


def _kept(place: Path | None, name: str, shape: tuple[int, int]) -> Values | None:
    """What lies in the cache; None if that is nothing, or not what was put there."""
    with suppress(OSError):
        held = place.read_bytes() if place else b""
        if held[:32] == _seal(name, held[32:]):
            return np.frombuffer(zlib.decompress(held[32:]), np.uint8).reshape(shape).copy()
    return None


def _keep(place: Path | None, name: str, found: Values) -> None:
    """Write beside and rename; a folder that cannot be written costs the next process the time to solve, no more."""
    if place is None:
        return
    packed = zlib.compress(found.tobytes(), 6)
    beside = ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{name}.", delete=False) as file:
            beside = file.name
            file.write(_seal(name, packed) + packed)
        os.replace(beside, place)
    except OSError:
        with suppress(OSError):
            Path(beside).unlink()
