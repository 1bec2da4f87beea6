"""Worked solutions: what the table says of a position, in words."""

from __future__ import annotations

import chess

from ..chess.notation import show
from ..chess.tables import Table, solve
from ..chess.view import Notation

_SHOWN = 8
"""moves of a list; the others are counted"""


def worked(board: chess.Board, material: str, notation: Notation) -> list[str]:
    """The men, the moves that win, and why the first of the best does.

    Args:
        board: the position, which the mover wins.
        material: of a table that holds it.
        notation: of the moves.
    """
    table = solve(material)
    best, mate = table.best_moves(board), _moves(table, board)
    legal = list(board.legal_moves)
    winning = [move for move in legal if _lost_in(table, board, move) is not None]
    lines = [f"{_men(board, chess.WHITE)}. {_men(board, chess.BLACK)}. {_colour(board.turn)} moves."]
    lines.append(
        f"{len(winning)} of {len(legal)} moves keep the win. Quickest, mate in {mate}: {_list(board, best, notation)}."
    )
    if mate == 1:
        return [*lines, _mated(board, best[0], notation)]
    return [*lines, _replies(board, best[0], table, notation)]


def brief(board: chess.Board, material: str, notation: Notation) -> list[str]:
    """The best move, how long the mate takes, and the other side's answers."""
    table = solve(material)
    move = table.best_moves(board)[0]
    if (mate := _moves(table, board)) == 1:
        return [f"{show(move, board, notation)} mates."]
    after = board.copy()
    after.push(move)
    return [f"{show(move, board, notation)} mates in {mate}, after {_list(after, list(after.legal_moves), notation)}."]


def _moves(table: Table, board: chess.Board) -> int:
    """The mover's moves to its mate."""
    return ((table.distance(board) or 0) + 1) // 2


def _lost_in(table: Table, board: chess.Board, move: chess.Move) -> int | None:
    """Plies to the mate of the other side after a move; None if that is none."""
    board.push(move)
    distance = table.distance(board)
    board.pop()
    return None if distance is None or distance % 2 else distance


def _men(board: chess.Board, colour: chess.Color) -> str:
    men = [(piece.piece_type, square) for square, piece in board.piece_map().items() if piece.color == colour]
    men.sort(key=lambda man: (-man[0], man[1]))
    named = (f"{chess.piece_name(kind)} {chess.square_name(square)}" for kind, square in men)
    return f"{_colour(colour)}: {', '.join(named)}"


def _colour(colour: chess.Color) -> str:
    return "White" if colour else "Black"


def _list(board: chess.Board, moves: list[chess.Move], notation: Notation) -> str:
    shown = sorted(show(move, board, notation) for move in moves[:_SHOWN])
    more = len(moves) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")


def _replies(board: chess.Board, move: chess.Move, table: Table, notation: Notation) -> str:
    """Each answer to a move with the moves that the mate then takes."""
    after = board.copy()
    after.push(move)
    told = []
    for reply in sorted(after.legal_moves, key=lambda reply: reply.uci())[:_SHOWN]:
        text = show(reply, after, notation)
        after.push(reply)
        told.append(f"{text} mate in {_moves(table, after)}")
        after.pop()
    return f"After {show(move, board, notation)}: {', '.join(told)}."


def _mated(board: chess.Board, move: chess.Move, notation: Notation) -> str:
    """Which men keep a king from each square around it after a move that mates."""
    after = board.copy()
    after.push(move)
    king = after.king(after.turn)
    assert king is not None
    bare = after.copy()
    bare.remove_piece_at(king)
    told = []
    for square in chess.SquareSet(chess.BB_KING_ATTACKS[king]):
        guards = bare.attackers(not after.turn, square)
        if guards:
            guard = bare.piece_type_at(min(guards))
            told.append(f"{chess.square_name(square)} ({chess.piece_name(guard or chess.KING)})")
    where = chess.square_name(king)
    return f"After {show(move, board, notation)} the king on {where} is in check and cannot go to {', '.join(told)}."
