"""The maps that an episode has seen so far, square by square: what a player would have drawn on paper.

Only what was on the screen is remembered, never what the cartridge holds. Squares under text boxes keep what they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .ground import UNSEEN, kinds_of
from .parts import CENTRE, GRID_COLUMNS, GRID_ROWS, Position, Square
from .state import GameState

_NOTHING = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)
_NOTHING.flags.writeable = False


@dataclass
class Sheet:
    """One map. Arrays are indexed [y + 4, x + 4], for the screen reaches beyond the edges."""

    map: int
    width: int
    """in squares"""
    height: int
    tiles: NDArray[np.uint8]
    """(height + 8, width + 9) tile ids, 255 where nothing was seen"""
    visits: NDArray[np.uint8]
    """(height + 8, width + 9) how often the player came to a square, at most 255"""
    kinds: bytes
    """what each tile id is, 256 codes of `Square`"""
    tileset: int
    edges: tuple[str, ...]

    def tile(self, x: int, y: int) -> int:
        """The tile id of a square, 255 for one that was not seen or cannot be."""
        row, column = y + CENTRE, x + CENTRE
        height, width = self.tiles.shape
        return int(self.tiles[row, column]) if 0 <= row < height and 0 <= column < width else UNSEEN

    def square(self, x: int, y: int) -> Square:
        """What lies on a square, hidden where it was not seen."""
        return Square(self.kinds[self.tile(x, y)])

    def inside(self, x: int, y: int) -> bool:
        """Whether a square belongs to the map itself."""
        return 0 <= x < self.width and 0 <= y < self.height


class Atlas:
    """The sheets of an episode, by map."""

    def __init__(self) -> None:
        self.sheets: dict[int, Sheet] = {}
        self.squares = 0
        """different squares stood on"""
        self._last: tuple[int, int, int] | None = None

    @property
    def maps(self) -> int:
        """Different maps stood on."""
        return len(self.sheets)

    def see(self, state: GameState) -> None:
        """Remember what is on the screen. Battles, steps half done and places that cannot be teach nothing."""
        where = state.position
        if state.in_battle or state.walking or not (where.x < where.width and where.y < where.height):
            return
        sheet = self._sheet(where, state)
        tiles = np.frombuffer(state.grid.tiles, np.uint8).reshape(GRID_ROWS, GRID_COLUMNS)
        window = sheet.tiles[where.y : where.y + GRID_ROWS, where.x : where.x + GRID_COLUMNS]
        if state.text_open:
            np.copyto(window, tiles, where=tiles != UNSEEN)
        else:
            window[:] = tiles
        here = where.map, where.x, where.y
        if here != self._last:
            self._last = here
            visits = int(sheet.visits[where.y + CENTRE, where.x + CENTRE])
            self.squares += not visits
            sheet.visits[where.y + CENTRE, where.x + CENTRE] = min(visits + 1, 255)

    def visits(self, where: Position) -> NDArray[np.uint8]:
        """(9, 10) how often the player came to each square of the screen, at most 255."""
        sheet = self.sheets.get(where.map)
        if sheet is None or not (where.x < sheet.width and where.y < sheet.height):
            return _NOTHING
        return sheet.visits[where.y : where.y + GRID_ROWS, where.x : where.x + GRID_COLUMNS]

    def _sheet(self, where: Position, state: GameState) -> Sheet:
        sheet = self.sheets.get(where.map)
        kinds = kinds_of(state.raw, state.profile)
        if sheet is None or (sheet.width, sheet.height) != (where.width, where.height):
            shape = where.height + 2 * CENTRE, where.width + 2 * CENTRE + 1
            tiles, visits = np.full(shape, UNSEEN, np.uint8), np.zeros(shape, np.uint8)
            sheet = Sheet(where.map, where.width, where.height, tiles, visits, kinds, state.tileset, where.edges)
            self.sheets[where.map] = sheet
        elif kinds is not sheet.kinds:
            sheet.kinds, sheet.tileset, sheet.edges = kinds, state.tileset, where.edges
        return sheet
