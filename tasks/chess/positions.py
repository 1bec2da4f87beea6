"""Positions from outside: read, and refused where no game could reach them."""

from __future__ import annotations

import reprlib
from textwrap import shorten

import chess

from ..errors import ReasonError


class BadPosition(ReasonError, ValueError):
    """A text that is no position of chess, or one that no engine should be given."""


_NAMES = {
    chess.STATUS_NO_WHITE_KING: "White has no king",
    chess.STATUS_NO_BLACK_KING: "Black has no king",
    chess.STATUS_TOO_MANY_KINGS: "a side has several kings",
    chess.STATUS_TOO_MANY_WHITE_PAWNS: "White has more than eight pawns",
    chess.STATUS_TOO_MANY_BLACK_PAWNS: "Black has more than eight pawns",
    chess.STATUS_PAWNS_ON_BACKRANK: "a pawn stands on the first or last rank",
    chess.STATUS_TOO_MANY_WHITE_PIECES: "White has more than 16 pieces",
    chess.STATUS_TOO_MANY_BLACK_PIECES: "Black has more than 16 pieces",
    chess.STATUS_BAD_CASTLING_RIGHTS: "castling rights without king and rook at home",
    chess.STATUS_INVALID_EP_SQUARE: "no pawn just moved past the en-passant square",
    chess.STATUS_OPPOSITE_CHECK: "the side that does not move is in check",
    chess.STATUS_EMPTY: "the board is empty",
    chess.STATUS_TOO_MANY_CHECKERS: "more pieces give check than can",
    chess.STATUS_IMPOSSIBLE_CHECK: "the check could not have come about",
}
_LONGEST = 9_999
"""moves of a game, and plies on its clock: more than the rules let any have, and far from what arrays cannot hold"""


def checked(fen: str) -> chess.Board:
    """The board of a FEN.

    Raises:
        BadPosition: it cannot be read, or is no position of a game; all that is wrong is named.
    """
    try:
        board = chess.Board(fen)
    except ValueError as error:
        why = shorten(str(error), 120, placeholder="...")
        raise BadPosition(f"position {reprlib.repr(fen)}: expected six fields of FEN; {why}") from None
    wrong = board.status()
    # Rows of six rooks and nine pawns are odd but playable; what engines fall over is refused.
    if wrong:
        said = [text for flag, text in _NAMES.items() if wrong & flag]
        raise BadPosition(f"position {reprlib.repr(fen)}: {', '.join(said) or 'no such position can come about'}")
    if max(board.halfmove_clock, board.fullmove_number) > _LONGEST:
        raise BadPosition(f"position {reprlib.repr(fen)}: expected a clock and a move number up to {_LONGEST}")
    return board
