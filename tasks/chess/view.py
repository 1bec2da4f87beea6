"""What a reader is shown of a position: board, FEN, moves so far, and perhaps which moves are legal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from ..errors import BadLevel
from ..spec import Reader, flag, one_of, whole

if TYPE_CHECKING:
    import chess

Notation = Literal["uci", "san"]
Hint = Literal["none", "on_request", "list"]
READERS: dict[str, Reader] = {
    "notation": one_of("uci", "san"),
    "hint": one_of("none", "on_request", "list"),
    "board": flag,
    "pieces": flag,
    "terse": flag,
    "history": whole(0, 400),
    "tries": whole(1, 20),
}
"""settings of the text view, in every chess task"""
_WRITTEN = {"uci": "UCI notation, such as e2e4 or e7e8q", "san": "standard notation, such as Nf3 or e8=Q"}


_FEN = re.compile(r"^FEN: (.+)$", re.MULTILINE)
_ROW = re.compile(r"^[1-8] ([.pnbrqkPNBRQK]{8})$", re.MULTILINE)
_SIDES = ("Yours", "Theirs")
_MEN = re.compile(r"^(?:Yours|Theirs): ([KQRBNP][a-h][1-8](?: [KQRBNP][a-h][1-8])*)$", re.MULTILINE)
_SIDE = re.compile(r"^You (?:play|have) (White|Black)", re.MULTILINE)


@dataclass(frozen=True)
class View:
    """How a position is put into words."""

    notation: Notation = "uci"
    """of the moves that are shown and asked for; either is understood"""
    hint: Hint = "none"
    """list: the legal moves are shown; on_request: they are to whoever answers "moves"."""
    board: bool = True
    """whether the board is drawn beside its FEN"""
    pieces: bool = False
    """whether the men of both sides are listed with their squares"""
    terse: bool = False
    """board or list alone, for a reader that was taught how to answer: neither FEN nor how a move is written"""
    history: int = 10
    """how many of the last plies are shown"""
    tries: int = 3
    """answers to a position that may be unreadable or illegal before the episode is forfeited"""


def view_of(settings: Mapping[str, Any]) -> View:
    """The view that some settings ask for; others among them are left alone.

    Raises:
        BadLevel: the board alone, and no board and no list.
    """
    view = View(**{field.name: settings[field.name] for field in fields(View) if field.name in settings})
    if view.terse and not (view.board or view.pieces):
        raise BadLevel("terse=true, board=false: expected pieces=true with them, or there is no position to be seen")
    return view


def describe(board: chess.Board, view: View, lead: str, start: int = 0, note: str = "", listed: bool = False) -> str:
    """A position as a question.

    Args:
        board: with the moves that led to it on its stack, of which the last are shown.
        view: how.
        lead: what it is about, a sentence or two.
        start: how many of the first moves on the stack are not part of what the reader is told.
        note: what became of the last answer.
        listed: whether the legal moves are shown although the view has no list of them.
    """
    lines = [lead, ""]
    if view.board:
        lines += [diagram(board), ""]
    if view.pieces:
        lines += [pieces(board), ""]
    if not view.terse:
        lines.append(f"FEN: {board.fen()}")
    moves = board.move_stack[start:][-view.history :] if view.history else []
    if moves:
        lines.append(f"Last moves: {_line(board, moves, view.notation)}")
    if listed or view.hint == "list":
        lines.append(f"Legal moves: {' '.join(legal(board, view.notation))}")
    if note:
        lines.append(note)
    if view.terse:
        return "\n".join(lines).rstrip()
    ask = f"Give your move in {_WRITTEN[view.notation]}, as \\boxed{{move}}."
    lines.append(ask + (" To see the legal moves, answer \\boxed{moves}." if _offers(view, listed) else ""))
    return "\n".join(lines)


def _offers(view: View, listed: bool) -> bool:
    return view.hint == "on_request" and not listed


def diagram(board: chess.Board) -> str:
    """The board from White's side, a character a square: capitals are White's, points empty; ranks and files labelled.

    >>> import chess
    >>> print(diagram(chess.Board()).splitlines()[0])
    8 rnbqkbnr
    """
    rows = str(board).replace(" ", "").splitlines()
    return "\n".join([*(f"{8 - i} {row}" for i, row in enumerate(rows)), "  abcdefgh"])


def pieces(board: chess.Board) -> str:
    """The men of both sides with their squares, from the king to the pawns.

    >>> import chess
    >>> print(pieces(chess.Board("4k3/8/8/8/8/8/4P3/4K2R b K - 0 1")))
    Yours: Ke8
    Theirs: Ke1 Rh1 Pe2
    """
    return "\n".join(
        f"{whose}: {_men(board, side)}" for whose, side in zip(_SIDES, (board.turn, not board.turn), strict=True)
    )


def _men(board: chess.Board, side: chess.Color) -> str:
    import chess

    return " ".join(
        f"{chess.piece_symbol(kind).upper()}{chess.square_name(square)}"
        for kind in reversed(chess.PIECE_TYPES)
        for square in board.pieces(kind, side)
    )


def legal(board: chess.Board, notation: Notation) -> list[str]:
    """The legal moves, sorted as texts, without the marks of check and mate, which would tell what is to be found."""
    from .notation import show

    return sorted(show(move, board, notation).rstrip("+#") for move in board.legal_moves)


def _line(board: chess.Board, moves: Sequence[chess.Move], notation: Notation) -> str:
    """The last moves that led to a position, with numbers in standard notation."""
    if notation == "uci":
        return " ".join(move.uci() for move in moves)
    before = board.copy()
    for _ in moves:
        before.pop()
    return before.variation_san(list(moves))


def position_in(text: str) -> chess.Board | None:
    """The position that a question shows: by its FEN, its drawn board or its list of men; None where it shows none.

    Board and list do not tell who may castle or capture in passing, so nobody may; "You play Black" tells who moves.
    """
    import chess

    if found := _FEN.search(text):
        return chess.Board(found[1])
    side, rows, men = _SIDE.search(text), _ROW.findall(text), _MEN.findall(text)
    if side is None:
        return None
    board = chess.Board(None)
    board.turn = side[1] == "White"
    if len(rows) == 8:
        drawn = zip(chess.SQUARES_180, "".join(rows), strict=True)
        board.set_piece_map({square: chess.Piece.from_symbol(symbol) for square, symbol in drawn if symbol != "."})
    elif len(men) == len(_SIDES):
        for line, colour in zip(men, (board.turn, not board.turn), strict=True):
            for man in line.split():
                kind = chess.Piece.from_symbol(man[0]).piece_type
                board.set_piece_at(chess.parse_square(man[1:]), chess.Piece(kind, colour))
    else:
        return None
    return board
