"""Answers that name no single move, tricks with characters, and texts without end: no move is read, and none raises."""

from __future__ import annotations

import random

import chess
import pytest

from reason_arena.tasks.chess.notation import read_move

CASTLE = "r3k2r/pppq1ppp/8/8/8/8/PPPQ1PPP/R3K2R w KQkq - 0 1"

UNPARSABLE = [
    "",
    " ",
    ".",
    "resign",
    "I pass.",
    "e2e4 or d2d4",
    "e4 or d4",
    "e4 e5",
    "e2 e4",
    "e2e4, d2d4",
    "e2e4 d2d4",
    "e2e4/d2d4",
    "1. e4 e5 2. Nf3",
    "Nf3 Nf6",
    "e2e4e7e5",
    r"\boxed{e2e4 \text{ or } d2d4}",
    r"\boxed{e2e4}\boxed{d2d4 e7e5}",
    r"\boxed{}",
    r"\boxed{e2e4",
    r"<think>\boxed{e2e4}",
    "The answer is Nf3 or Nc3.",
    "The answer is Nf3, or perhaps not.",
    "The answer is not e4.",
    "The answer is Nf3, then Nc3.",
    "e4 is best, because it opens lines",  # bare prose
    "Nf3, which attacks e5",
    "nf3",
    "NF3",
    "Nf9",
    "i2i4",
    "e2e4x",
    "e8=X",
    "e7e8=",
    "Nf3..",
    "1-0",
    "O-O-O-O",
    "0-0-0-0",
    "O_O",
    "е2е4",
    "Nf3".replace("N", "Ν"),
    "О-О",
    "ｅ２ｅ４",
    "e２e4",
    "e2e٤",
    "𝐞2e4",
    "Ⓝf3",
    "e2e4\u200b",
    "e2\u200de4",
    "\ufeffe2e4",
    "e2\u00ade4",
    "\u202ee2e4",
    "e2e4\u0301",
    "e2\x00e4",
    "\ud800e2e4",
    r"\frac{e2}{e4}",
    "e2e4" * 50_000,
    "\\boxed{" + "e2e4 " * 5_000 + "}",
    "\\boxed{" + " " * 5_000 + "x}",
]

WHYS = [
    ("e4 e5", "several moves; say one"),
    ("е2е4", "U+0435 CYRILLIC SMALL LETTER IE is no character of a move"),
    ("e2e4\u200b", "an invisible character, U+200B ZERO WIDTH SPACE"),
    ("I pass.", "I pass: not a move; write it like e2e4 or Nf3"),
    ("", "no answer found"),
    ("\\boxed{" + "e2e4 " * 5_000 + "}", "the answer has 24999 characters"),
]


@pytest.mark.parametrize("text", UNPARSABLE, ids=range(len(UNPARSABLE)))
def test_what_names_no_single_move_is_unparsable(text: str) -> None:
    reading = read_move(text, chess.Board())
    assert (reading.move, reading.uci, reading.reason) == (None, "", "unparsable")
    assert 0 < len(reading.why) < 120
    reading.why.encode()  # no half of a surrogate pair, which could not be written down


@pytest.mark.parametrize(("text", "why"), WHYS, ids=range(len(WHYS)))
def test_an_unparsable_answer_is_told_why(text: str, why: str) -> None:
    assert why in read_move(text, chess.Board()).why


@pytest.mark.parametrize("text", ["moves", "legal moves", "Legal Moves?", r"\boxed{MOVES}", "<answer>moves.</answer>"])
def test_the_legal_moves_can_be_asked_for(text: str) -> None:
    assert read_move(text, chess.Board()).reason == "request"


@pytest.mark.parametrize("text", ["moves please", "moveſ", "legal moves e2e4", "<think>moves"])
def test_other_words_ask_for_nothing(text: str) -> None:
    assert read_move(text, chess.Board()).reason == "unparsable"


def test_no_text_raises_and_none_reads_as_an_illegal_move() -> None:
    rng, board = random.Random(6), chess.Board(CASTLE)
    pieces = [
        "e1",
        "g1",
        "h1",
        "N",
        "K",
        "Q",
        "x",
        "=",
        "+",
        "-",
        "O",
        "0",
        "1.",
        "...",
        " ",
        "\\boxed{",
        "}",
        "{",
        "$",
    ]
    pieces += [
        "<answer>",
        "</answer>",
        "<think>",
        "</think>",
        "\\text{",
        "The answer is ",
        "or",
        "♘",
        "\u200b",
        "\n",
        "é",
    ]
    for _ in range(4_000):
        text = "".join(rng.choices(pieces, k=rng.randrange(12)))
        reading = read_move(text, board)
        assert (reading.move is not None) == (reading.reason == "ok") == (reading.uci != "")
        assert reading.move is None or board.is_legal(reading.move)
    for _ in range(1_000):
        read_move("".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(40))), board)


@pytest.mark.parametrize("piece", [" ", "\\", "e2e4 ", "1.", "x", "(", "Nf3, a", "\\text{", "}", "\u200b", "=", "- "])
@pytest.mark.parametrize("frame", ["{}", "The answer is Nf3{}", "\\boxed{{{}}}"])
def test_a_piece_repeated_without_end_never_raises(piece: str, frame: str) -> None:
    for times in (3, 100, 1_000, 200_000):  # quadratic time would be hours here
        reading = read_move(frame.format(piece * times), chess.Board())
        assert times < 1_000 or "e2e4" not in piece or reading.reason == "unparsable"
