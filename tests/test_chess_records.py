"""Games written down and read back by python-chess: the same moves, the tags that were asked for, and no clock."""

from __future__ import annotations

import io
from random import Random

import chess
import chess.pgn
import pytest

from reason_arena.tasks.chess.positions import BadPosition
from reason_arena.tasks.chess.records import pgn

NAMES = {"Event": "Reason-Chess-v0", "Round": "3", "White": "specialist", "Black": "greedy"}


def moves(text: str, fen: str = chess.STARTING_FEN) -> list[chess.Move]:
    board = chess.Board(fen)
    return [board.push_san(word) for word in text.split()]


def read(text: str) -> chess.pgn.Game:
    file = io.StringIO(text)
    game = chess.pgn.read_game(file)
    assert game is not None
    assert game.errors == []
    assert chess.pgn.read_game(file) is None, "one game and no more"
    return game


def test_the_shortest_game_reads_as_the_standard_says() -> None:
    assert pgn(chess.STARTING_FEN, moves("f3 e5 g4 Qh4#"), NAMES, "checkmate", "0-1") == (
        '[Event "Reason-Chess-v0"]\n'
        '[Site "?"]\n'
        '[Date "????.??.??"]\n'
        '[Round "3"]\n'
        '[White "specialist"]\n'
        '[Black "greedy"]\n'
        '[Result "0-1"]\n'
        '[Termination "checkmate"]\n'
        "\n"
        "1. f3 e5 2. g4 Qh4# 0-1\n"
    )


def test_a_position_given_is_told_and_played_on_from() -> None:
    fen = "8/P7/8/8/8/1k6/8/1K6 b - - 3 41"
    text = pgn(fen, moves("Kc3 a8=Q", fen), {}, "length", "*")
    assert '[SetUp "1"]' in text
    assert f'[FEN "{fen}"]' in text
    assert text.endswith("\n\n41... Kc3 42. a8=Q *\n")
    assert [move.uci() for move in read(text).mainline_moves()] == ["b3c3", "a7a8q"]
    assert "SetUp" not in pgn(chess.STARTING_FEN, [], {}, "", "*")


@pytest.mark.parametrize("seed", range(6))
def test_any_game_is_read_back_move_by_move(seed: int) -> None:
    rng, board, played = Random(seed), chess.Board(), []
    while not board.is_game_over() and len(played) < 300:
        played.append(rng.choice(list(board.legal_moves)))
        board.push(played[-1])
    text = pgn(chess.STARTING_FEN, played, NAMES, "length", board.result())
    game = read(text)
    assert list(game.mainline_moves()) == played
    assert game.end().board().fen() == board.fen()
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    "name",
    ['a "quoted" name', 'x"]\n[Result "1-0', "back\\", "two\r\nlines\x00", "{comment} ; (variation)", "Стокфиш ♞", ""],
)
def test_no_name_breaks_out_of_its_tag(name: str) -> None:
    text = pgn(chess.STARTING_FEN, moves("e4"), {"White": name, "Black": "b"}, name, "0-1")
    game = read(text)
    assert game.headers["Result"] == "0-1"
    assert game.headers["Black"] == "b"
    assert [move.uci() for move in game.mainline_moves()] == ["e2e4"]
    assert text.count("\n[") == 6 + bool(name)
    assert '"' not in game.headers["White"]
    assert "\\" not in game.headers["White"]


def test_what_is_no_game_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of 1-0, 0-1, 1/2-1/2"):
        pgn(chess.STARTING_FEN, [], {}, "", "won")
    with pytest.raises(ValueError, match="ply 1: e2e4 is not legal in rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b"):
        pgn(chess.STARTING_FEN, [chess.Move.from_uci("e2e4")] * 2, {}, "", "*")
    with pytest.raises(BadPosition, match="White has no king"):
        pgn("4k3/8/8/8/8/8/8/8 w - - 0 1", [], {}, "", "*")
