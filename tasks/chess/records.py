"""Games as text: the PGN of what was played, the same bytes for the same game, without a clock or a place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import chess
import chess.pgn

from .positions import checked

RESULTS = ("1-0", "0-1", "1/2-1/2", "*")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def pgn(start_fen: str, moves: Sequence[chess.Move], headers: Mapping[str, str], termination: str, result: str) -> str:
    """A game in Portable Game Notation, export format, without comments.

    Args:
        start_fen: where it began; tags `SetUp` and `FEN` tell of it unless it is the usual array.
        moves: what was played from there, in order.
        headers: tags such as Event, Round, White and Black; those of the seven that are missing read "?". Quotes,
            backslashes and line ends in a value, which readers of PGN do not agree on, are written as something else.
        termination: how it ended, such as "checkmate" or "illegal"; no tag where it is empty.
        result: "1-0", "0-1", "1/2-1/2" or "*".

    Returns:
        The text, which ends with a line end.

    Raises:
        BadPosition: `start_fen` is no position.
        ValueError: another result, or a move that cannot be played where it stands.
    """
    if result not in RESULTS:
        raise ValueError(f"result {result!r}: expected one of {', '.join(RESULTS)}")
    board = checked(start_fen)
    game = chess.pgn.Game()
    game.setup(board)
    for name, value in headers.items():
        game.headers[name] = _value(value)
    game.headers["Result"] = result
    if termination:
        game.headers["Termination"] = _value(termination)
    node: chess.pgn.GameNode = game
    for ply, move in enumerate(moves):
        if not board.is_legal(move):
            raise ValueError(f"ply {ply}: {move.uci()} is not legal in {board.fen()}")
        board.push(move)
        node = node.add_variation(move)
    return game.accept(chess.pgn.StringExporter(comments=False, variations=False)) + "\n"


def _value(text: str) -> str:
    """A tag value that every reader of PGN reads alike: python-chess reads no escapes, others need them."""
    return _UNFIT.sub(" ", text).replace("\\", "/").replace('"', "'")
