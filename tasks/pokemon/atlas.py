"""The maps that an episode has seen so far, square by square: what a player would have drawn on paper.

Only what was on the screen is remembered, never what the cartridge holds. Squares under text boxes keep what they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import addresses as at
from .ground import UNSEEN, kinds_of
from .memory import STATUS_FROM
from .parts import CENTRE, GRID_COLUMNS, GRID_ROWS, Square
from .state import GameState

_NOTHING = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)
_NOTHING.flags.writeable = False
_MAP, _X, _Y, _WIDTH, _HEIGHT = (address - STATUS_FROM for address in (at.MAP, at.X, at.Y, at.MAP_WIDTH, at.MAP_HEIGHT))


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
        self._last: tuple[tuple[int, int, int], bytes, bytes, int, int] | None = None
        """place, tiles and map of the last look, which most looks find again"""

    @property
    def maps(self) -> int:
        """Different maps stood on."""
        return len(self.sheets)

    def see(self, state: GameState) -> None:
        """Remember what is on the screen. Battles, steps half done and places that cannot be teach nothing."""
        raw, cells = state.raw, state.raw.status
        here = number, x, y = cells[_MAP], cells[_X], cells[_Y]
        width, height = 2 * cells[_WIDTH], 2 * cells[_HEIGHT]
        if raw.in_battle or raw.walking or x >= width or y >= height:
            return
        kinds, seen = kinds_of(raw, state.profile), state.grid.tiles
        if self._last == (here, seen, kinds, width, height):
            return
        sheet = self.sheets.get(number)
        if sheet is None or sheet.kinds is not kinds or sheet.width != width or sheet.height != height:
            sheet = self._sheet(state, kinds)
        tiles = np.frombuffer(seen, np.uint8).reshape(GRID_ROWS, GRID_COLUMNS)
        window = sheet.tiles[y : y + GRID_ROWS, x : x + GRID_COLUMNS]
        if state.text_open:
            np.copyto(window, tiles, where=tiles != UNSEEN)
        else:
            window[:] = tiles
        last, self._last = self._last, (here, seen, kinds, width, height)
        if last is None or here != last[0]:
            visits = int(sheet.visits[y + CENTRE, x + CENTRE])
            self.squares += not visits
            sheet.visits[y + CENTRE, x + CENTRE] = min(visits + 1, 255)

    def visits(self, state: GameState) -> NDArray[np.uint8]:
        """(9, 10) how often the player came to each square of the screen, at most 255; to be copied."""
        raw, cells = state.raw, state.raw.status
        sheet, x, y = self.sheets.get(cells[_MAP]), cells[_X], cells[_Y]
        if sheet is None or x >= sheet.width or y >= sheet.height or raw.in_battle:
            return _NOTHING
        return sheet.visits[y : y + GRID_ROWS, x : x + GRID_COLUMNS]

    def _sheet(self, state: GameState, kinds: bytes) -> Sheet:
        where = state.position
        sheet = self.sheets.get(where.map)
        if sheet is None or (sheet.width, sheet.height) != (where.width, where.height):
            shape = where.height + 2 * CENTRE, where.width + 2 * CENTRE + 1
            tiles, visits = np.full(shape, UNSEEN, np.uint8), np.zeros(shape, np.uint8)
            sheet = Sheet(where.map, where.width, where.height, tiles, visits, kinds, state.tileset, where.edges)
            self.sheets[where.map] = sheet
        sheet.kinds, sheet.tileset, sheet.edges = kinds, state.tileset, where.edges
        return sheet
