"""The words and the menu on the screen, read off its tiles as a player would, without a table of menus."""

from __future__ import annotations

from functools import lru_cache

from . import addresses as at
from .charset import CURSOR, FRAME, IDLE_CURSOR, MORE, SPACE
from .parts import Menu
from .profiles import Profile

_GAP = "\0"
_MARGIN = 3
"""spaces that may stand between a cursor and its label"""
_BATTLE_LABELS = ((14, 10, 15), (14, 16, 20), (16, 10, 15), (16, 16, 20))
"""row and columns, from and to, of the four labels of the battle menu"""
_BATTLE_CURSORS = (9, 15)
_BATTLE_CORNER = 12 * at.COLUMNS + 8


def lines(tiles: bytes, profile: Profile) -> tuple[str, ...]:
    """The words on the screen in reading order: one piece for each stretch of letters that frames or pictures end."""
    found = []
    for row in range(0, len(tiles), at.COLUMNS):
        text = _letters(tiles[row : row + at.COLUMNS], profile)
        if text.strip(" \0"):
            for piece in text.split(_GAP):
                if piece.strip():
                    found.append(" ".join(piece.split()))
    return tuple(found)


def more(tiles: bytes) -> bool:
    """Whether a text waits to be gone on with."""
    return MORE in tiles


def menu(tiles: bytes, profile: Profile, scroll: int, in_battle: bool) -> Menu | None:
    """The menu that the cursor stands in; None where there is no cursor.

    Args:
        tiles: the screen.
        profile: of the cartridge.
        scroll: the game's own count of choices above.
        in_battle: whether this may be the battle menu, whose labels stand in two columns.
    """
    cursor = tiles.find(CURSOR)
    if cursor < 0:
        return None
    row, column = divmod(cursor, at.COLUMNS)
    if in_battle and column in _BATTLE_CURSORS and row in (14, 16) and tiles[_BATTLE_CORNER] in FRAME:
        labels = tuple(
            _letters(tiles[r * at.COLUMNS + c : r * at.COLUMNS + end], profile).strip(" \0")
            for r, c, end in _BATTLE_LABELS
        )
        return Menu(labels, (row == 16) * 2 + (column == 15), scroll)
    # Up and down from the cursor to the frame, or to the edge of the screen.
    first, last = row, row
    while first and tiles[(first - 1) * at.COLUMNS + column] not in FRAME:
        first -= 1
    while last < at.ROWS - 1 and tiles[(last + 1) * at.COLUMNS + column] not in FRAME:
        last += 1
    labelled = [(r, _label(tiles, r, column, profile)) for r in range(first, last + 1)]
    labels = tuple(label for r, label in labelled if label or r == row)
    return Menu(labels, sum(1 for r, label in labelled if label and r < row), scroll)


def _label(tiles: bytes, row: int, column: int, profile: Profile) -> str:
    """The label of a row whose cursor would stand in a column, empty if there is none."""
    if tiles[row * at.COLUMNS + column] not in (SPACE, CURSOR, IDLE_CURSOR):
        return ""
    return _label_of(tiles[row * at.COLUMNS + column + 1 : (row + 1) * at.COLUMNS], profile)


@lru_cache(1024)
def _label_of(cells: bytes, profile: Profile) -> str:
    """The label in what lies to the right of a cursor's place. Remembered, for it stays when the cursor moves on."""
    text = _letters(cells, profile)
    body = text.lstrip(" ")
    if len(text) - len(body) > _MARGIN:
        return ""
    return body.split(_GAP)[0].split("  ")[0].strip()


@lru_cache(1024)
def _letters(cells: bytes, profile: Profile) -> str:
    table = _table(profile)
    return "".join([table[cell] for cell in cells])


@lru_cache(16)
def _table(profile: Profile) -> tuple[str, ...]:
    return tuple(profile.letters.get(code, _GAP) for code in range(256))
