"""Reading moves out of what is said: hand-written cases, and python-chess as the oracle."""

from __future__ import annotations

import random

import chess
import pytest

from reason_arena.tasks.chess.notation import Notation, read_move, show
from reason_arena.tasks.chess.view import legal
from reason_arena.tasks.errors import UnknownName

START = chess.STARTING_FEN
CASTLE = "r3k2r/pppq1ppp/8/8/8/8/PPPQ1PPP/R3K2R w KQkq - 0 1"
BLACK = "r3k2r/pppq1ppp/8/8/8/8/PPPQ1PPP/R3K2R b KQkq - 0 1"
KNIGHTS = "4k3/8/8/8/8/8/3N4/4K1N1 w - - 0 1"  # both reach f3
ROOKS = "4k3/8/8/R7/8/8/8/R3K3 w - - 0 1"  # both reach a3
PROMOTE = "3r3k/4P3/8/8/8/8/8/4K3 w - - 0 1"  # e8, or takes d8
PASSING = "4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1"
TAKES = "4k3/8/8/3p4/2P1P3/8/8/4K3 w - - 0 1"  # c4 and e4 both take d5
PINNED = "4k3/4r3/8/8/8/8/4N3/4K3 w - - 0 1"
CHECKED = "4k3/8/8/8/8/8/4r3/R3K3 w Q - 0 1"
BISHOP = "4k3/7p/8/5n2/8/3B4/8/4K3 w - - 0 1"
B_FILE = "4k3/8/8/2n5/1P6/8/1B6/4K3 w - - 0 1"  # bxc5 is the pawn's, B... the bishop's

READ = [
    # coordinates
    (START, "e2e4", "e2e4"),
    (START, "E2E4", "e2e4"),
    (START, "e2-e4", "e2e4"),
    (START, "e2 - e4", "e2e4"),
    (START, " e2e4\n", "e2e4"),
    (START, "g1f3", "g1f3"),
    (START, "Ng1f3", "g1f3"),
    (START, "Ng1-f3", "g1f3"),
    (B_FILE, "B2D4", "b2d4"),
    (B_FILE, "b4xc5", "b4c5"),
    # standard notation
    (START, "e4", "e2e4"),
    (START, "Pe4", "e2e4"),
    (START, "Nf3", "g1f3"),
    (START, "Nf3+", "g1f3"),
    (START, "Nf3!?", "g1f3"),
    (START, "Nf3#!!", "g1f3"),
    (START, "Nf3.", "g1f3"),
    (START, "12. Nf3", "g1f3"),
    (START, "12.Nf3", "g1f3"),
    (START, "1... Nf3", "g1f3"),
    (START, "1…Nf3", "g1f3"),
    (KNIGHTS, "Ngf3", "g1f3"),
    (KNIGHTS, "Ndf3", "d2f3"),
    (KNIGHTS, "N1f3", "g1f3"),
    (ROOKS, "R1a3", "a1a3"),
    (ROOKS, "R5a3", "a5a3"),
    (TAKES, "exd5", "e4d5"),
    (TAKES, "ed5", "e4d5"),
    (TAKES, "cd5", "c4d5"),
    (TAKES, "c:d5", "c4d5"),
    (TAKES, "e4xd5", "e4d5"),
    (BISHOP, "Bxf5", "d3f5"),
    (BISHOP, "Bf5", "d3f5"),
    (BISHOP, "Bd3×f5", "d3f5"),
    (B_FILE, "bxc5", "b4c5"),
    (PASSING, "exd6", "e5d6"),
    (PASSING, "exd6 e.p.", "e5d6"),
    (PASSING, "exd6ep", "e5d6"),
    (PASSING, "e5d6", "e5d6"),
    # castling five ways, on both sides and for both colours
    (CASTLE, "O-O", "e1g1"),
    (CASTLE, "0-0", "e1g1"),
    (CASTLE, "o-o", "e1g1"),
    (CASTLE, "e1g1", "e1g1"),
    (CASTLE, "e1h1", "e1g1"),
    (CASTLE, "O-O-O", "e1c1"),
    (CASTLE, "0-0-0", "e1c1"),
    (CASTLE, "o-o-o", "e1c1"),
    (CASTLE, "e1c1", "e1c1"),
    (CASTLE, "e1a1", "e1c1"),
    (BLACK, "O-O", "e8g8"),
    (BLACK, "0-0", "e8g8"),
    (BLACK, "o-o", "e8g8"),
    (BLACK, "e8g8", "e8g8"),
    (BLACK, "E8H8", "e8g8"),
    (BLACK, "e8a8", "e8c8"),
    (BLACK, "12... O-O-O+", "e8c8"),
    (CASTLE, "O–O", "e1g1"),
    (CASTLE, "Kg1", "e1g1"),
    # promotion
    (PROMOTE, "e8=Q", "e7e8q"),
    (PROMOTE, "e8Q", "e7e8q"),
    (PROMOTE, "e7e8q", "e7e8q"),
    (PROMOTE, "e7e8=Q", "e7e8q"),
    (PROMOTE, "e8=n", "e7e8n"),
    (PROMOTE, "e8(R)", "e7e8r"),
    (PROMOTE, "e8 = Q", "e7e8q"),
    (PROMOTE, "E7E8Q", "e7e8q"),
    (PROMOTE, "exd8=B+", "e7d8b"),
    (PROMOTE, "ed8N", "e7d8n"),
    (PROMOTE, "e8=♕", "e7e8q"),
    # figurines
    (START, "♘f3", "g1f3"),
    (START, "♞f3", "g1f3"),
    (START, "♙e4", "e2e4"),
    (START, "♘\ufe0ef3", "g1f3"),
    # where the answer stands, and what is wrapped around it
    (START, r"\boxed{e2e4}", "e2e4"),
    (START, r"\boxed{d2d4} no, \boxed{e2e4}", "e2e4"),
    (START, r"<think>\boxed{d2d4}</think>\boxed{e2e4}", "e2e4"),
    (START, r"\boxed{\text{Nf3}}", "g1f3"),
    (START, r"\boxed{\mathrm{N}f3}", "g1f3"),
    (START, r"\boxed{\boxed{Nf3}}", "g1f3"),
    (START, r"$\boxed{\textbf{e2e4.}}$", "e2e4"),
    (BISHOP, r"\boxed{\text{B}\times f5\#}", "d3f5"),
    (START, "<answer> Nf3 </answer>", "g1f3"),
    (START, "The answer is **Nf3**.", "g1f3"),
    (START, "The answer is e2e4, which takes the centre and e5.", "e2e4"),
    (START, "Final answer: Nf3 because it develops", "g1f3"),
    (START, "#### e2e4", "e2e4"),
    (START, "`e2e4`", "e2e4"),
    (START, "“e2e4”", "e2e4"),
    (START, "(e2e4)", "e2e4"),
    # one move said twice is one move
    (START, "Nf3 (g1f3)", "g1f3"),
    (START, "e4, e2e4", "e2e4"),
]

ILLEGAL = [
    (START, "e2e5", "a pawn does not move like that"),
    (START, "Bd3", "path blocked at e2"),
    (BISHOP, "Bd3xh7", "Bd3xh7: path blocked at f5"),
    (START, "e5e6", "no piece on e5"),
    (START, "e7e5", "the pawn on e7 is not yours"),
    (START, "g1e2", "your own pawn stands on e2"),
    (START, "a1a1", "a rook does not move like that"),
    (START, "Ne4", "no such knight of yours can go to e4"),
    (START, "Kd4", "a king does not move like that"),
    (START, "Q1e4", "no such queen of yours can go to e4"),
    (START, "exd3", "there is nothing to take on d3"),
    (TAKES, "d5", "named with its file, such as exd5"),
    ("4k3/8/4p3/4P3/8/8/8/4K3 w - - 0 1", "e6", "does not take straight ahead: path blocked at e6"),
    ("4k3/8/8/8/4p3/8/4P3/4K3 w - - 0 1", "e4", "path blocked at e4"),
    ("4k3/8/8/8/8/4p3/4P3/4K3 w - - 0 1", "e2e4", "path blocked at e3"),
    ("4k3/8/8/8/8/4P3/8/4K3 w - - 0 1", "e3e5", "two squares only from where it began"),
    (KNIGHTS, "Nf3", "two knights can go there, say Ndf3 or Ngf3"),
    (ROOKS, "Ra3", "two rooks can go there, say R1a3 or R5a3"),
    (PINNED, "Nc3", "your king would be in check"),
    (PINNED, "e2c3", "your king would be in check"),
    (CHECKED, "Ra2", "your king is in check, and this does not end it"),
    (CHECKED, "O-O-O", "no castling while your king is in check"),
    (CASTLE.replace("KQkq", "Qkq"), "O-O", "the king or that rook has moved"),
    (CASTLE.replace("KQkq", "Qkq"), "e1h1", "the king or that rook has moved"),
    (START, "O-O", "path blocked at f1"),
    ("4k3/8/8/8/8/5r2/8/R3K2R w KQ - 0 1", "e1g1", "your king would pass over f1, which is attacked"),
    ("4k3/8/8/8/8/6r1/8/R3K2R w KQ - 0 1", "0-0", "your king would be in check"),
    (PROMOTE, "e7e8", "the pawn needs a piece to become, such as e7e8q"),
    (PROMOTE, "e8", "the pawn needs a piece to become, such as e8=Q"),
    (PROMOTE, "exd8", "the pawn needs a piece to become, such as exd8=Q"),
    (PROMOTE, "e8=K", "a pawn can become a queen, a rook, a bishop or a knight"),
    (PROMOTE, "e7e8p", "a pawn can become a queen, a rook, a bishop or a knight"),
    (START, "e2e4q", "only a pawn that reaches the last rank becomes another piece"),
    (CASTLE, "e1g1q", "only a pawn that reaches the last rank becomes another piece"),
    (CASTLE, "e1h1q", "only a pawn that reaches the last rank becomes another piece"),
    (START, "Nf3=Q", "only a pawn that reaches the last rank becomes another piece"),
    (START, "0000", "you have to move"),
    (START, "--", "you have to move"),
    (START, "Z0", "you have to move"),
]


@pytest.mark.parametrize(("fen", "text", "uci"), READ)
def test_a_move_is_read(fen: str, text: str, uci: str) -> None:
    board = chess.Board(fen)
    reading = read_move(text, board)
    assert (reading.reason, reading.uci, reading.why) == ("ok", uci, "")
    assert reading.move == chess.Move.from_uci(uci)
    assert board.fen() == chess.Board(fen).fen()


@pytest.mark.parametrize(("fen", "text", "why"), ILLEGAL)
def test_a_move_against_the_rules_is_told_which(fen: str, text: str, why: str) -> None:
    reading = read_move(text, chess.Board(fen))
    assert (reading.move, reading.uci, reading.reason) == (None, "", "illegal")
    assert why in reading.why


def positions(count: int) -> list[chess.Board]:
    """Positions of games of random moves, every third ply of them."""
    rng, found = random.Random(5), list[chess.Board]()
    board = chess.Board()
    while len(found) < count:
        moves = sorted(board.legal_moves, key=chess.Move.uci)
        if not moves or board.ply() > 150:
            board = chess.Board()
            continue
        if board.ply() % 3 == 2:
            found.append(board.copy(stack=False))
        board.push(rng.choice(moves))
    return found


def test_every_legal_move_of_many_positions_is_read_back_from_both_notations() -> None:
    kinds = set[str]()
    for board in positions(2_000):
        for move in board.legal_moves:
            san = board.san(move)
            assert read_move(san, board).move == read_move(move.uci(), board).move == move, (board.fen(), san)
            kinds |= {mark for mark in "=xO+#" if mark in san}
    assert kinds == set("=xO+#")


def test_squares_are_judged_as_python_chess_judges_them() -> None:
    # Every pair of squares, with and without a queen to become, on positions that hold the special moves.
    for fen in (START, CASTLE, BLACK, PROMOTE, PASSING, PINNED, CHECKED, TAKES):
        board = chess.Board(fen)
        for text in (a + b + piece for a in chess.SQUARE_NAMES for b in chess.SQUARE_NAMES for piece in ("", "q")):
            try:
                oracle = board.parse_uci(text)
            except ValueError:
                oracle = None
            if oracle and len(text) > 4 and not oracle.promotion:
                oracle = None  # python-chess lets a king become a queen by castling
            reading = read_move(text, board)
            assert reading.move == oracle, (fen, text)
            assert reading.reason == ("ok" if oracle else "illegal")
            assert bool(reading.why) == (oracle is None)


def test_pieces_are_judged_as_python_chess_judges_them() -> None:
    for fen in (CASTLE, BLACK, PROMOTE, PASSING, PINNED, TAKES, ROOKS):
        board = chess.Board(fen)
        for piece in ("", "N", "B", "R", "Q", "K"):
            for origin in ("", *"abcdefgh", *"12345678"):
                for square in chess.SQUARE_NAMES:
                    text = f"{piece}{origin}{square}"
                    try:
                        oracle = board.parse_san(text)
                    except ValueError:
                        oracle = None
                    move = read_move(text, board).move
                    if piece == "K" and move and board.is_castling(move):
                        continue  # a choice of ours, as with coordinates
                    assert move == oracle, (fen, text)


def test_moves_are_shown_in_either_notation() -> None:
    board = chess.Board(PROMOTE)
    move = chess.Move.from_uci("e7d8b")
    assert (show(move, board, "uci"), show(move, board, "san")) == ("e7d8b", "exd8=B")
    assert legal(chess.Board("7k/8/8/8/8/8/8/K6r w - - 0 1"), "san") == ["Ka2", "Kb2"]
    assert legal(chess.Board("7k/8/8/8/8/8/8/K6r w - - 0 1"), "uci") == ["a1a2", "a1b2"]


@pytest.mark.parametrize("call", [lambda b, n: show(chess.Move.null(), b, n), legal])
def test_another_notation_is_refused(call: object) -> None:
    other: Notation = "lan"  # type: ignore[assignment]
    with pytest.raises(UnknownName, match="unknown notation 'lan'"):
        call(chess.Board(), other)  # type: ignore[operator]
