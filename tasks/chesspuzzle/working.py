"""Worked solutions: the other king, the checks and what answers them, and the move that nothing answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import chess

from ..chess import mates
from ..chess.boards import arrays, move_of
from ..chess.notation import Notation, show
from ..problem import Problem
from .posed import position

_SHOWN, _BRIEFLY = 8, 4
"""failing checks and replies that are told at most"""


def solved(problem: Problem, style: str) -> str:
    """The working in a style and the first move of the line, boxed."""
    facts = problem.facts
    board, notation = position(facts), facts["view"].notation
    lines = {"worked": _worked, "brief": _brief, "terse": _terse}[style](board, facts, notation)
    return "\n".join([*lines, f"\\boxed{{{show(chess.Move.from_uci(problem.answer), board, notation)}}}"])


def _worked(board: chess.Board, facts: Mapping[str, Any], notation: Notation) -> list[str]:
    move = chess.Move.from_uci(facts["line"][0])
    lines = [_king(board)]
    for check in _failing(board)[:_SHOWN] if facts["mate"] == 1 else []:
        lines.append(f"{show(check, board, notation)} is check: {_answer(board, check, notation)}.")
    if facts["mate"] == 1:
        return [*lines, f"{show(move, board, notation)} is check, and nothing answers it: mate."]
    if facts["source"] == "generated":
        return [*lines, *_replies(board, move, facts["mate"], notation)]
    return [*lines, *_line(board, facts["line"], notation)]


def _brief(board: chess.Board, facts: Mapping[str, Any], notation: Notation) -> list[str]:
    """At most 80 characters with the box: "kg8: Qd1d8 h7, Qd1h5#", or the line's first three plies.

    Checks are gone through by name until one mates, each with the square from which it is answered.
    """
    move = chess.Move.from_uci(facts["line"][0])
    king = f"k{chess.square_name(_other_king(board))}: "
    if facts["mate"] == 1:
        before = [check for check in _failing(board) if check.uci() < move.uci()][-_BRIEFLY:]
        ends = [chess.square_name(_saving(_after(board, check)).to_square) for check in before]
        told = [f"{_named(board, check)} {end}" for check, end in zip(before, ends, strict=True)]
        return [king + ", ".join([*told, f"{_named(board, move)}#"])]
    told, walked = [], board.copy(stack=False)
    for uci in facts["line"][:3]:
        made = chess.Move.from_uci(uci)
        name = _named(walked, made)
        walked.push(made)
        told.append(name + ("#" if walked.is_checkmate() else "+" if walked.is_check() else ""))
    return [king + " ".join(told)]


def _terse(board: chess.Board, facts: Mapping[str, Any], notation: Notation) -> list[str]:
    """Always as long, but for promotions: "kg8 Qd1h5", or of Black "Kg1 qd8h4", the letters as they are drawn."""
    king, move = _other_king(board), chess.Move.from_uci(facts["line"][0])
    return [f"{board.piece_at(king)}{chess.square_name(king)} {board.piece_at(move.from_square)}{move.uci()}"]


def _other_king(board: chess.Board) -> chess.Square:
    king = board.king(not board.turn)
    assert king is not None  # no position without kings gets as far as this
    return king


def _named(board: chess.Board, move: chess.Move) -> str:
    """A move with its piece and both squares: "Qd1h5"."""
    return chess.piece_symbol(board.piece_type_at(move.from_square) or chess.PAWN).upper() + move.uci()


def _after(board: chess.Board, move: chess.Move) -> chess.Board:
    after = board.copy(stack=False)
    after.push(move)
    return after


def _king(board: chess.Board) -> str:
    """Where the other king is, and where it could go."""
    king, bare = _other_king(board), board.copy(stack=False)
    bare.remove_piece_at(king)
    steps = [
        chess.square_name(square)
        for square in chess.SquareSet(chess.BB_KING_ATTACKS[king] & ~board.occupied_co[not board.turn])
        if not bare.attackers(board.turn, square)
    ]
    side = "Black" if board.turn else "White"
    free = f"could go to {', '.join(steps)}" if steps else "has no square to go to"
    return f"{side}'s king stands on {chess.square_name(king)} and {free}."


def _failing(board: chess.Board) -> list[chess.Move]:
    """The checks that do not mate, by name."""
    checks = [move for move in board.legal_moves if board.gives_check(move)]
    return sorted((move for move in checks if not _after(board, move).is_checkmate()), key=lambda move: move.uci())


def _saving(board: chess.Board) -> chess.Move:
    """A move out of check: of the king if there is one, else what takes the checking piece, else what comes between."""
    king = board.king(board.turn)
    return min(board.legal_moves, key=lambda move: (move.from_square != king, not board.is_capture(move), move.uci()))


def _answer(board: chess.Board, check: chess.Move, notation: Notation) -> str:
    after = _after(board, check)
    saving = _saving(after)
    name = show(saving, after, notation)
    if saving.from_square == after.king(after.turn):
        does = "takes on" if after.is_capture(saving) else "goes to"
        return f"the king {does} {chess.square_name(saving.to_square)}"
    return f"{name} takes" if after.is_capture(saving) else f"{name} comes between"


def _replies(board: chess.Board, move: chess.Move, mate: int, notation: Notation) -> list[str]:
    """Each reply to a move that mates in two or three, and how it goes on."""
    after = _after(board, move)
    lines = [f"{show(move, board, notation)} mates in {mate} whatever the reply:"]
    replies = sorted(after.legal_moves, key=lambda reply: reply.uci())
    for reply in replies[:_SHOWN]:
        then = _after(after, reply)
        left = mates.mates_in(*arrays(then), mate - 1)
        keys = [move_of(each, then) for each in mates.mating_moves(*arrays(then), left).tolist()]
        key = min(keys, key=lambda each: each.uci())
        ends = "mates" if left == 1 else f"mates in {left}"
        lines.append(f"{show(reply, after, notation)}, then {show(key, then, notation)} {ends}.")
    more = len(replies) - _SHOWN
    return [*lines, f"And {more} more replies."] if more > 0 else lines


def _line(board: chess.Board, line: Sequence[str], notation: Notation) -> list[str]:
    """A row's line, a move of the solver and its reply at a time, with what is taken and what is check."""
    lines: list[str] = []
    walked = board.copy(stack=False)
    for number, uci in enumerate(line):
        move = chess.Move.from_uci(uci)
        name, taken = show(move, walked, notation), walked.piece_type_at(move.to_square)
        walked.push(move)
        does = [f"takes the {chess.piece_name(taken)}"] if taken else []
        does += ["is mate"] if walked.is_checkmate() else ["is check"] if walked.is_check() else []
        told = f"{name} {' and '.join(does)}".rstrip()
        if number % 2:
            lines[-1] += f" Then {told}."
        else:
            lines.append(f"{told}.")
    return lines
