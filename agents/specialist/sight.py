"""What the pieces of many chess boards attack, worked out from the planes that the array view shows.

A plane is one 64-bit word, bit 0 the left end of the mover's first rank, so that all boards move together in a few
hundred operations on words (the fills of Kogge and Stone, 1973, over the squares of a line). Nothing here knows a move
or a result; it is what the rules say of one position, so that a small network need not find out how a rook moves.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
PIECES, PASSING = 6, 12
"""planes of one side; the plane of the square on which a pawn can be captured in passing"""
PLANES = 20
"""how many `sight` makes"""
_ALL = 0xFFFFFFFFFFFFFFFF
_A, _H = 0x0101010101010101, 0x8080808080808080
_LINES = ((8, 0), (9, _A), (1, _A), (-7, _A), (-8, 0), (-9, _H), (-1, _H), (7, _H))
"""N, NE, E, SE, S, SW, W, NW: how far a bit moves, and the file that it would reach by going round the edge"""
_JUMPS = (
    (17, _A),
    (15, _H),
    (10, _A | _A << 1),
    (6, _H | _H >> 1),
    (-17, _H),
    (-15, _A),
    (-10, _H | _H >> 1),
    (-6, _A | _A << 1),
)


def _shift(words: Words, step: int, edge: int) -> Words:
    """All pieces one step on; what leaves the board is gone."""
    moved = words << np.uint64(step) if step > 0 else words >> np.uint64(-step)
    return moved & np.uint64(~edge & _ALL)


def _ray(pieces: Words, empty: Words, step: int, edge: int) -> Words:
    """Squares that sliding pieces attack in one direction, the first occupied one included."""
    free = empty & np.uint64(~edge & _ALL)
    reached = pieces
    for double in (1, 2, 4):
        reached = reached | free & _far(reached, step * double)
        free = free & _far(free, step * double)
    return _shift(reached, step, edge)


def _far(words: Words, step: int) -> Words:
    return words << np.uint64(step) if step > 0 else words >> np.uint64(-step)


def words_of(planes: NDArray[np.uint8]) -> Words:
    """Planes of zeros and ones as words, (..., 8, 8) -> (...)."""
    bits = np.packbits(planes.reshape(*planes.shape[:-2], 64), axis=-1, bitorder="little")
    return np.ascontiguousarray(bits).view(np.uint64)[..., 0]


def planes_of(words: Words) -> NDArray[np.uint8]:
    """The other way, (...) -> (..., 64)."""
    return np.unpackbits(np.ascontiguousarray(words)[..., None].view(np.uint8), axis=-1, bitorder="little")


def _attacks(own: Words, empty: Words, up: int) -> Iterator[tuple[int, Words]]:
    """Every piece of a side, six words (6, n): its number and what it attacks in one direction.

    Args:
        own: words of pawns, knights, bishops, rooks, queens and king.
        empty: what sliding pieces pass.
        up: 1 where the pawns move up the board, else -1.
    """
    for step, edge in (_LINES[1], _LINES[7]) if up > 0 else (_LINES[3], _LINES[5]):
        yield 0, _shift(own[0], step, edge)
    for step, edge in _JUMPS:
        yield 1, _shift(own[1], step, edge)
    for direction, (step, edge) in enumerate(_LINES):
        yield 2 if direction % 2 else 3, _ray(own[2 if direction % 2 else 3], empty, step, edge)
        yield 4, _ray(own[4], empty, step, edge)
        yield 5, _shift(own[5], step, edge)


def sight(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is attacked, and from where each king is.

    Args:
        planes: (n, 18, 8, 8), see `tasks.chess.boards.Boards.planes`.

    Returns:
        (n, 20, 64) of zeros and ones. Planes 0 to 5: attacked by the mover's pawns, knights, bishops, rooks, queens and
        king, through the other king, which would still stand in check one square on; 6 to 11 likewise the other
        side's. 12, 13: attacked at least twice by the mover, and by the other side. 14 to 17: from where a pawn, a
        knight, a bishop and a rook of the mover would give check. 18: the mover's pieces, and 19 the other side's, that
        stand alone between one of the mover's sliding pieces and the other king.
    """
    words = words_of(planes[:, :PASSING]).T
    own, other = words[:PIECES], words[PIECES:]
    occupied = np.bitwise_or.reduce(words, axis=0)
    seen = np.zeros((PLANES, len(planes)), np.uint64)
    for first, side, king, up in ((0, own, other[5], 1), (6, other, own[5], -1)):
        once = twice = np.zeros(len(planes), np.uint64)
        for piece, attacked in _attacks(side, ~(occupied & ~king), up):
            seen[first + piece] |= attacked
            twice = twice | once & attacked
            once = once | attacked
        seen[12 + first // 6] = twice
    king = other[5]
    for step, edge in (_LINES[3], _LINES[5]):
        seen[14] |= _shift(king, step, edge)
    for step, edge in _JUMPS:
        seen[15] |= _shift(king, step, edge)
    for direction, (step, edge) in enumerate(_LINES):
        bishop = direction % 2
        near = _ray(king, ~occupied, step, edge)
        seen[16 if bishop else 17] |= near
        shield = near & occupied
        beyond = _ray(king, ~occupied | shield, step, edge) & ~near
        sliders = own[4] | own[2 if bishop else 3]
        alone = np.where(beyond & sliders, shield, np.uint64(0))
        seen[18] |= alone & np.bitwise_or.reduce(own, axis=0)
        seen[19] |= alone & np.bitwise_or.reduce(other, axis=0)
    return planes_of(seen.T)
