"""Mates that come about in random games: a stream of puzzles that no book and no page of the internet holds.

A key plays random games and looks at their positions, from a random ply on, until one is a mate in the asked number of
moves, and belongs to the split. To look at everything takes longest for mates in three, so that only those are found
that can begin with a check, and they are looked for where they are ten times as common as elsewhere: three moves or
more may give check, and the other side has at most 14 points, pawns counting 1, knights and bishops 3, rooks 5 and
queens 9.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..errors import BadConfig
from ..problem import TENTHS, Split
from .draws import below, mixed
from .jit import njit
from .kernel import CASTLE, CLOCK, COLUMNS, EP, WHITE, Bytes, Ints, legal_moves, make
from .mates import asked, check_mates, checks, room, shortest
from .outcome import insufficient

LETTERS = "kqrbnp.PNBRQK"
_CODES = np.frombuffer(LETTERS.encode(), np.uint8).astype(np.int64)
_BYTES = np.array([crc32(bytes([i])) for i in range(256)], np.int64)
_CRC = np.array([_BYTES[i] ^ _BYTES[0] for i in range(256)], np.int64)
"""the table of CRC-32, so that compiled code knows splits as `problem.split_of` does"""
_ONES = (1 << 32) - 1
_POINTS = np.array([0, 1, 3, 3, 5, 9, 0], np.int64)
_LATEST, _PLIES, _STALE = 60, 300, 80
"""no later does the looking begin; a game's longest; the most its clock may show"""
_SPACING = (0, 1, 5, 5)
"""by length of the mate, plies from one look to the next: to look for a mate in one takes no longer than to play on"""
_FEW, _MANY = 14, 3
"""where mates in three are looked for: at most so many points, and at least so many moves that may give check"""
_GAMES = 1_000_000
_BEGIN = 1 << 20
"""the number of the draw of the first ply looked at, beyond all plies"""


def content(board: Bytes) -> str:
    """What makes two positions one for the splits: the pieces as the mover sees them, from its first rank on.

    Args:
        board: (64,), see `kernel`.
    """
    return "".join(LETTERS[piece + 6] for piece in board.tolist())


def find(key: int, n: int, split: Split) -> tuple[Bytes, Ints]:
    """A mate in exactly n moves, either side to move.

    Args:
        key: 0 to 2^62 - 1; it decides which.
        n: 1 to 3.
        split: of the position's content.

    Returns:
        Board (64,) and state (8,), see `kernel`.
    """
    board, state = np.zeros(64, np.int8), np.zeros(COLUMNS, np.int64)
    wanted = np.array([owner == split for owner in TENTHS])
    if not _find(key, asked(n), wanted, room(), board, state):
        raise BadConfig(f"no mate in {n} for the split {split!r} in {_GAMES} games")
    return board, state


@njit
def _find(key: int, n: int, wanted: NDArray[np.bool_], room: Any, board: Bytes, state: Ints) -> bool:
    legal = np.zeros(218, np.int16)
    for number in range(_GAMES):
        game = mixed(key, number)
        _open(board, state)
        first = below(game, _BEGIN, _LATEST)
        for ply in range(_PLIES):
            count = legal_moves(board, state, legal)
            if count == 0 or state[CLOCK] > _STALE or insufficient(board):
                break
            if ply >= first and (ply - first) % _SPACING[n] == 0 and wanted[_lot(board)]:
                room[0][0], room[1][0] = board, state
                if n < 3 and shortest(room, n) == n:
                    return True
                if n == 3 and _promising(room) and shortest(room, 2) == 0 and check_mates(room, 3):
                    return True
            make(board, state, legal[below(game, ply, count)])
    return False


@njit
def _open(board: Bytes, state: Ints) -> None:
    """Set up the opening position."""
    board[:] = 0
    for file in range(8):
        board[8 + file], board[48 + file] = 1, -1
        piece = (4, 2, 3, 5, 6, 3, 2, 4)[file]
        board[file], board[56 + file] = piece, -piece
    state[:] = 0
    state[WHITE], state[CASTLE] = 1, 15
    state[EP] = -1


@njit
def _lot(board: Bytes) -> int:
    """The last decimal digit of the CRC-32 of `content`."""
    code = _ONES
    for square in range(64):
        code = _CRC[(code ^ _CODES[board[square] + 6]) & 255] ^ (code >> 8)
    return (code ^ _ONES) % 10


@njit
def _promising(room: Any) -> bool:
    points = 0
    for square in range(64):
        if room[0][0, square] < 0:
            points += _POINTS[-room[0][0, square]]
    return points <= _FEW and checks(room) >= _MANY
