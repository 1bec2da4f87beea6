r"""Moves as text: reading one out of a completion, and writing one.

The answer stands where `answer.extract` finds it. What stands there is read as coordinates (UCI: e2e4, e7e8q) or as
standard algebraic notation (SAN: Nf3, exd5, e8=Q, O-O), whichever of the two the environment shows. Marks that say
nothing about the move may be there or not: x, +, #, !, ?, a move number, LaTeX and Markdown around it. A move that is
named twice is one move; two different ones are none.

"unparsable" is a text that is no name of a move (`naming.py`), "illegal" a name of a move that is not one, or not one
alone, of this position: so an ambiguous Nf3, a null move and a promotion without its piece are illegal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import chess

from ..answer import extract
from ..errors import UnknownName
from ..problem import Reason, Verdict
from . import naming
from .naming import Name
from .refusals import castles, why_no_castling, why_none, why_not

Notation = Literal["uci", "san"]
NOTATIONS: tuple[Notation, ...] = get_args(Notation)
REQUESTS = frozenset({"moves", "legal moves"})
"""answers that ask for the list of legal moves"""
_LONGEST = 4_096
"""characters of an answer, an aside about the move included"""


_REASONS: dict[str, Reason] = {"unparsable": "unparsable", "request": "unparsable", "illegal": "illegal"}


@dataclass(frozen=True)
class Reading:
    """What a text says about the move to make."""

    move: chess.Move | None
    """None unless `reason` is "ok" """
    uci: str
    """the move in coordinates; empty without one"""
    reason: Literal["ok", "unparsable", "illegal", "request"]
    """"request": the text asks for the legal moves"""
    why: str = ""
    """for the one who wrote the text: what is wrong with it; empty where nothing is"""


def read_move(text: str, board: chess.Board) -> Reading:
    r"""The move that a completion answers with. Never raises; the time is linear in the length of the text.

    Args:
        text: all that was said, thoughts included.
        board: the position; is not changed.

    >>> board = chess.Board()
    >>> read_move(r"<think>1. e4?</think> I play \boxed{\text{Nf3}}.", board).uci
    'g1f3'
    >>> read_move("Bd3", board).why
    'Bd3: path blocked at e2'
    """
    answer = extract(text, whole=True)
    if answer is None:
        return _unread(r"no answer found: give one move, such as \boxed{e2e4}")
    if len(answer) > _LONGEST:
        return _unread(f"the answer has {len(answer)} characters: give one move, such as e2e4 or Nf3")
    if invisible := naming.hidden(answer):
        return _unread(f"the answer holds an invisible character, {invisible}")
    plain = naming.plain(answer)
    if plain.isascii() and plain.rstrip(".?! ").lower() in REQUESTS:
        return Reading(None, "", "request")
    # Only a marked answer may go on about its move: what is picked out of bare prose was perhaps never meant.
    names = naming.names(plain) or (naming.names(naming.aside(plain)) if extract(text) is not None else [])
    if not names:
        return _unread(naming.why_unread(plain))
    readings = {reading.uci or reading.why: reading for reading in (_resolve(name, board) for name in names)}
    if len(readings) > 1:
        return _unread(f"{naming.short(plain)}: several moves; say one")
    return readings.popitem()[1]


def judge(text: str, board: chess.Board, right: Callable[[chess.Move], bool]) -> Verdict:
    """The verdict on a completion by the move that it answers with. Never raises.

    Args:
        text: all that was said, thoughts included.
        board: the position; `right` may change it.
        right: whether a legal move is.
    """
    reading = read_move(text, board)
    if reading.move is None:
        return Verdict(False, _REASONS[reading.reason])
    correct = right(reading.move)
    return Verdict(correct, "correct" if correct else "wrong")


def show(move: chess.Move, board: chess.Board, notation: Notation) -> str:
    """A legal move as text. Raises UnknownName for another notation."""
    if notation not in NOTATIONS:
        raise UnknownName("notation", notation, NOTATIONS)
    return move.uci() if notation == "uci" else board.san(move)


def _unread(why: str) -> Reading:
    return Reading(None, "", "unparsable", why)


def _found(move: chess.Move) -> Reading:
    return Reading(move, move.uci(), "ok")


def _refuse(name: Name, why: str) -> Reading:
    return Reading(None, "", "illegal", f"{naming.short(name.text)}: {why}")


def _resolve(name: Name, board: chess.Board) -> Reading:
    """The move of a name on a board."""
    if name.null:
        return _refuse(name, "you have to move")
    if name.castling:
        return _castle(name, board)
    if name.start is not None:
        return _move_between(name, chess.Move(name.start, name.to, name.promotion), board)
    return _move_piece(name, board)


def _castle(name: Name, board: chess.Board) -> Reading:
    home, short = chess.E1 if board.turn else chess.E8, name.castling == "short"
    move = chess.Move(home, home + 2 if short else home - 2)
    if castles(move, board) and board.is_legal(move):
        return _found(move)
    return _refuse(name, why_no_castling(board, short))


def _move_between(name: Name, move: chess.Move, board: chess.Board) -> Reading:
    if castles(move, board):  # the king may have been sent onto its rook
        towards = 2 if move.to_square > move.from_square else -2
        move = chess.Move(move.from_square, move.from_square + towards, move.promotion)
    return _found(move) if board.is_legal(move) else _refuse(name, why_not(move, board))


def _move_piece(name: Name, board: chess.Board) -> Reading:
    """A piece's move, by standard notation's rules: a pawn's capture has to name the file."""
    own = board.pieces(name.kind, board.turn)
    if name.file is not None:
        own &= chess.BB_FILES[name.file]
    if name.rank is not None:
        own &= chess.BB_RANKS[name.rank]
    if name.kind == chess.KING and own:
        return _move_between(name, chess.Move(min(own), name.to, name.promotion), board)
    pawn = name.kind == chess.PAWN and name.file is None
    going = own & chess.BB_FILES[chess.square_file(name.to)] if pawn else own
    moves = list(board.generate_legal_moves(int(going), chess.BB_SQUARES[name.to]))
    fitting = [move for move in moves if move.promotion == name.promotion]
    if len(fitting) == 1:
        return _found(fitting[0])
    if fitting:
        return _refuse(name, _ambiguous(fitting, board))
    if moves and name.promotion is None:
        example = board.san(next(move for move in moves if move.promotion == chess.QUEEN))
        return _refuse(name, f"the pawn needs a piece to become, such as {example.rstrip('+#')}")
    if moves:
        return _refuse(name, why_not(chess.Move(moves[0].from_square, name.to, name.promotion), board))
    taking = next(board.generate_legal_moves(int(own), chess.BB_SQUARES[name.to]), None)
    if taking is not None:
        example = board.san(taking).rstrip("+#")
        return _refuse(name, f"a pawn that takes is named with its file, such as {example}")
    return _refuse(name, why_none(name.kind, going, name.to, board))


def _ambiguous(moves: list[chess.Move], board: chess.Board) -> str:
    ways = sorted(board.san(move) for move in moves)
    number = "two" if len(ways) == 2 else "several"
    kind = chess.piece_name(board.piece_type_at(moves[0].from_square) or chess.PAWN)
    return f"{number} {kind}s can go there, say {', '.join(ways[:-1])} or {ways[-1]}"
