"""The squares around the player: what lies there by its tile, and who or what stands on it.

A square is 2 x 2 tiles, and the game judges it by the lower left one: passable if it is in the tileset's list.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter

from . import addresses as at
from .memory import STATUS_FROM, Raw
from .parts import CENTRE, GRID_COLUMNS, GRID_ROWS, Facing, Grid, Person, Sign, Square, Warp
from .profiles import HIDDEN_UP_TO, Profile

UNSEEN = 255
_LOWER_LEFT = itemgetter(*(slice(start, start + at.COLUMNS, 2) for start in range(at.COLUMNS, 360, 2 * at.COLUMNS)))
_LEDGES = {Facing.DOWN: Square.LEDGE_DOWN, Facing.LEFT: Square.LEDGE_LEFT, Facing.RIGHT: Square.LEDGE_RIGHT}
_HIDES = bytes(tile if tile <= HIDDEN_UP_TO else UNSEEN for tile in range(256))
_NOTHING = bytes(GRID_ROWS * GRID_COLUMNS)
_UNSEEN = bytes([UNSEEN]) * len(_NOTHING)
_YOU = CENTRE * GRID_COLUMNS + CENTRE
_X, _Y, _TILESET = (address - STATUS_FROM for address in (at.X, at.Y, at.TILESET))


@lru_cache(512)
def kinds(profile: Profile, tileset: int, passable: frozenset[int] | None, grass: int) -> bytes:
    """What each tile id is as a square, 256 codes of `Square`."""
    if passable is None:
        return bytes(256)
    water = profile.water.get(tileset, frozenset())
    ledges = {each.tile: _LEDGES[each.facing] for each in profile.ledges if each.tileset == tileset}

    def kind(tile: int) -> Square:
        if tile > HIDDEN_UP_TO:
            return Square.HIDDEN
        if tile in passable:
            return Square.GRASS if tile == grass else Square.FREE
        if (tileset, tile) in profile.trees:
            return Square.TREE
        return Square.WATER if tile in water else ledges.get(tile, Square.WALL)

    return bytes(kind(tile) for tile in range(256))


def kinds_of(raw: Raw, profile: Profile) -> bytes:
    """The codes of the tileset that is loaded."""
    return kinds(profile, raw.status[_TILESET], raw.passable, raw.grass)


def people(raw: Raw, profile: Profile) -> tuple[Person, ...]:
    """Who is on the map and near enough to be shown, the player left out."""
    return tuple(
        Person(slot, (x - 4) & 0xFF, (y - 4) & 0xFF, Facing(facing >> 2 & 3), picture, picture in profile.things)
        for slot, picture, facing, x, y in raw.sprites
    )


def warps(raw: Raw, profile: Profile) -> tuple[Warp, ...]:
    """Where the map can be left, as its table says."""
    table, last = raw.warps, raw.cell(at.LAST_MAP)
    return tuple(
        Warp(x, y, number, entry, profile.map_name(last if number == 0xFF else number))
        for y, x, entry, number in zip(table[0::4], table[1::4], table[2::4], table[3::4], strict=True)
    )


def signs(raw: Raw) -> tuple[Sign, ...]:
    """What can be read on the map."""
    return tuple(Sign(x, y) for y, x in zip(raw.signs[0::2], raw.signs[1::2], strict=True))


def grid(raw: Raw, profile: Profile, covered: bool) -> Grid:
    """The squares on the screen.

    Args:
        raw: the moment.
        profile: of the cartridge.
        covered: whether the screen shows something else, as in a battle.
    """
    left, top = raw.status[_X] - CENTRE, raw.status[_Y] - CENTRE
    if covered:
        return Grid(left, top, _NOTHING, _NOTHING, _UNSEEN)
    tiles = b"".join(_LOWER_LEFT(raw.tiles)).translate(_HIDES)
    ground = tiles.translate(kinds_of(raw, profile))
    return Grid(left, top, bytes(_occupied(raw, ground, left, top, profile.things)), ground, tiles)


@lru_cache(512)
def _marks(signs: bytes, warps: bytes, left: int, top: int) -> tuple[tuple[int, int], ...]:
    """Place in the grid and code of each sign and warp that is near."""
    found = []
    for table, step, kind in ((signs, 2, Square.SIGN), (warps, 4, Square.WARP)):
        for place in range(0, len(table), step):
            row, column = table[place] - top, table[place + 1] - left
            if 0 <= row < GRID_ROWS and 0 <= column < GRID_COLUMNS:
                found.append((row * GRID_COLUMNS + column, int(kind)))
    return tuple(found)


def _occupied(raw: Raw, ground: bytes, left: int, top: int, things: frozenset[int]) -> bytearray:
    squares = bytearray(ground)
    for place, kind in _marks(raw.signs, raw.warps, left, top):
        if ground[place]:
            squares[place] = kind
    for _, picture, _, x, y in raw.sprites:
        row, column = y - 4 - top, x - 4 - left
        if 0 <= row < GRID_ROWS and 0 <= column < GRID_COLUMNS and squares[row * GRID_COLUMNS + column]:
            squares[row * GRID_COLUMNS + column] = Square.THING if picture in things else Square.PERSON
    squares[_YOU] = Square.YOU
    return squares
