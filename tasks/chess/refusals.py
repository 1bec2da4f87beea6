"""Why a move cannot be made, in one sentence of the rules for whoever tried it.

The sentences say what the board and the rules say already, and nothing about which move is good.
"""

from __future__ import annotations

import chess

_HOMES = {chess.WHITE: chess.E1, chess.BLACK: chess.E8}
_STRAY = "does not move like that"


def why_not(move: chess.Move, board: chess.Board) -> str:
    """What rule an illegal move breaks.

    >>> why_not(chess.Move.from_uci("f1d3"), chess.Board())
    'path blocked at e2'
    """
    piece, taken = board.piece_at(move.from_square), board.piece_at(move.to_square)
    if piece is None:
        return f"no piece on {_name(move.from_square)}"
    if piece.color != board.turn:
        return f"the {_kind(piece.piece_type)} on {_name(move.from_square)} is not yours"
    if castles(move, board):
        return _becoming(move, chess.KING, board) or why_no_castling(board, move.to_square > move.from_square)
    if taken is not None and taken.color == board.turn and move.from_square != move.to_square:
        return f"your own {_kind(taken.piece_type)} stands on {_name(move.to_square)}"
    if broken := _shape(move, board, piece.piece_type):
        return broken
    if broken := _becoming(move, piece.piece_type, board):
        return broken
    if board.is_check() and piece.piece_type != chess.KING:
        return "your king is in check, and this does not end it"
    return "your king would be in check"


def why_none(kind: chess.PieceType, squares: chess.SquareSet, end: chess.Square, board: chess.Board) -> str:
    """Why no piece of a kind, of those that stand on some squares, can go to a square."""
    last = chess.square_rank(end) in (0, 7) and kind == chess.PAWN
    tries = [chess.Move(square, end, chess.QUEEN if last else None) for square in squares]
    reasons = [why_not(move, board) for move in tries]
    near = (reason for reason in reasons if not reason.endswith(_STRAY))
    return next(near, f"no such {_kind(kind)} of yours can go to {_name(end)}")


def castles(move: chess.Move, board: chess.Board) -> bool:
    """Whether a move is meant as castling: the king's two squares from home, or the king onto its own rook."""
    home = _HOMES[board.turn]
    king = board.piece_at(home)
    if move.from_square != home or king != chess.Piece(chess.KING, board.turn):
        return False
    if move.to_square in (home + 2, home - 2):
        return True
    return move.to_square in (home + 3, home - 4) and board.piece_at(move.to_square) == chess.Piece(
        chess.ROOK, board.turn
    )


def why_no_castling(board: chess.Board, short: bool) -> str:
    """What stands in the way of castling on the king's side (short) or the queen's, where it is not legal."""
    home = _HOMES[board.turn]
    rook, step = (home + 3, 1) if short else (home - 4, -1)
    if not board.clean_castling_rights() & chess.BB_SQUARES[rook]:
        return "no castling on that side any more: the king or that rook has moved or is gone"
    if at := _blocked(home, rook, board):
        return at
    if board.is_check():
        return "no castling while your king is in check"
    if board.is_attacked_by(not board.turn, home + step):
        return f"your king would pass over {_name(home + step)}, which is attacked"
    return "your king would be in check"


def _shape(move: chess.Move, board: chess.Board, kind: chess.PieceType) -> str:
    """What is wrong with the way of a piece, "" where nothing is."""
    start, end = move.from_square, move.to_square
    files = abs(chess.square_file(end) - chess.square_file(start))
    ranks = abs(chess.square_rank(end) - chess.square_rank(start))
    if kind == chess.PAWN:
        return _pawn(move, board, files)
    straight, diagonal = files == 0 or ranks == 0, files == ranks
    fits = {
        chess.KNIGHT: {files, ranks} == {1, 2},
        chess.BISHOP: diagonal,
        chess.ROOK: straight,
        chess.QUEEN: straight or diagonal,
        chess.KING: files <= 1 and ranks <= 1,
    }
    if start == end or not fits[kind]:
        return f"a {_kind(kind)} {_STRAY}"
    return "" if kind == chess.KNIGHT else _blocked(start, end, board)


def _pawn(move: chess.Move, board: chess.Board, files: int) -> str:
    start, end = move.from_square, move.to_square
    steps = (chess.square_rank(end) - chess.square_rank(start)) * (1 if board.turn else -1)
    if (files, steps) == (1, 1):
        if board.piece_at(end) or end == board.ep_square:
            return ""
        return f"a pawn goes sideways only to take, and there is nothing to take on {_name(end)}"
    if files or steps not in (1, 2):
        return f"a pawn {_STRAY}"
    if steps == 2 and chess.square_rank(start) != (1 if board.turn else 6):
        return "a pawn goes two squares only from where it began"
    if board.piece_at(end) and steps == 1:
        return f"a pawn does not take straight ahead: path blocked at {_name(end)}"
    return _blocked(start, end, board) or (f"path blocked at {_name(end)}" if board.piece_at(end) else "")


def _becoming(move: chess.Move, kind: chess.PieceType, board: chess.Board) -> str:
    """What is wrong with what a piece is to become, "" where nothing is or the move would not be legal with it."""
    last = kind == chess.PAWN and chess.square_rank(move.to_square) in (0, 7)
    if not board.is_legal(chess.Move(move.from_square, move.to_square, chess.QUEEN if last else None)):
        return ""
    if last and move.promotion is None:
        return f"the pawn needs a piece to become, such as {move.uci()}q"
    if last:
        return "a pawn can become a queen, a rook, a bishop or a knight"
    return "only a pawn that reaches the last rank becomes another piece"


def _blocked(start: chess.Square, end: chess.Square, board: chess.Board) -> str:
    """The first occupied square between two, in a sentence; "" where the way is free."""
    between = chess.SquareSet(chess.between(start, end) & board.occupied)
    if not between:
        return ""
    return f"path blocked at {_name(min(between, key=lambda square: chess.square_distance(start, square)))}"


def _kind(kind: chess.PieceType) -> str:
    return chess.piece_name(kind)


def _name(square: chess.Square) -> str:
    return chess.square_name(square)
