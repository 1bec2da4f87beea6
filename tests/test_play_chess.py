"""Chess played by typing moves into the terminal: both notations, refusals, the end and its reason, the record."""

from __future__ import annotations

import io
import re
from pathlib import Path

import chess
import chess.pgn
import pytest
from fake_engine import broken_engine

from reason_arena.scripts.cli import main
from reason_arena.tasks import registry

Read = pytest.CaptureFixture[str]
MATE_IN_ONE = "7k/8/5KQ1/8/8/8/8/8 w - - 0 1"


@pytest.fixture
def play(capsys: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)

    def played(level: str, *typed: str, more: tuple[str, ...] = ()) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*typed, ""])))
        code = main(["play", "Reason-Chess-v0", "--level", level, *more])
        told = capsys.readouterr()
        return code, told.out, told.err

    return played


def games(path: Path) -> list[chess.pgn.Game]:
    file, found = io.StringIO(path.read_text()), []
    while (game := chess.pgn.read_game(file)) is not None:
        assert game.errors == []
        found.append(game)
    return found


@pytest.mark.parametrize("move", ["g6g7", "Qg7#", "\\boxed{Qg7}"])
def test_a_mate_in_either_notation_ends_the_game_and_says_why(play, move: str) -> None:
    code, out, err = play(f"opponent=random,colour=white,opening=0,fen={MATE_IN_ONE}", move, "q")
    assert (code, err) == (0, "")
    assert MATE_IN_ONE in out, "the position is shown"
    assert "\n8 .......k\n7 ........\n6 .....KQ.\n" in out, "and drawn"
    assert "You: Qg7# (g6g7)" in out
    assert "\n7 . . . . . . Q . 7\n6 . . . . . K . . 6\n" in out, "the last position"
    assert "The end: checkmate.\ncorrect. 1 of 1 so far." in out
    assert out.endswith("1 of 1 solved.\n")


def test_the_answer_of_the_opponent_is_shown_in_both_notations(play) -> None:
    # The rook holds the b-file, so the king in the corner has one move.
    code, out, _ = play("opponent=greedy,colour=white,opening=0,fen=k7/8/8/8/8/8/1R6/2K5 w - - 0 1", "Kd2", "q")
    assert code == 0
    assert "You: Kd2 (c1d2). Opponent: Ka7 (a8a7)" in out
    assert out.count("FEN: ") == 2
    assert out.endswith("0 of 0 solved.\n")


def test_what_is_no_move_is_met_with_a_reason_and_at_last_with_the_end(play) -> None:
    code, out, _ = play("opponent=random,colour=white,opening=0", "e2e5", "knight", "e4", "Ke3", "Ke3", "Ke3", "q")
    assert code == 0
    assert out.count("Your last answer is no legal move") == 4
    assert out.count("You: ") == 1
    assert "You: e4 (e2e4). Opponent: " in out
    assert "The end: illegal.\nillegal. 0 of 1 so far." in out


def test_black_sees_what_white_began_with(play) -> None:
    code, out, _ = play("opponent=greedy,colour=black,opening=0", "e5", "q")
    assert code == 0
    first = re.search(r"Last moves: ([a-h][1-8][a-h][1-8])\n", out)
    assert first is not None
    assert re.search(r"You: e5 \(e7e5\)\. Opponent: \S+ \([a-h][1-8]", out)
    assert out.count("Opponent: ") == 1


def test_games_that_end_are_written_as_pgn(play) -> None:
    path = Path("new") / "games.pgn"
    level = f"opponent=random,colour=white,opening=0,fen={MATE_IN_ONE}"
    more = ("--record", str(path), "--seed", "4")
    code, out, err = play(level, "Qg7", "x", "y", "z", "Kf7", "Qe4", "q", more=more)
    assert (code, err) == (0, "")
    assert "The end: stalemate." in out
    won, forfeited, drawn = games(path)  # and the one that was left is not there
    assert (drawn.headers["Result"], drawn.headers["Termination"]) == ("1/2-1/2", "stalemate")
    assert [move.uci() for move in won.mainline_moves()] == ["g6g7"]
    assert (won.headers["Result"], won.headers["Termination"]) == ("1-0", "checkmate")
    assert won.headers["FEN"] == MATE_IN_ONE
    assert (forfeited.headers["Result"], forfeited.headers["Termination"]) == ("0-1", "unparsable")
    ids = [registry.load("chess").generate("train", level, seed).id for seed in (4, 5, 6)]
    assert [game.headers["Round"] for game in (won, forfeited, drawn)] == ids


def test_a_place_without_games_or_without_room_has_no_record(play, capsys: Read) -> None:
    assert main(["play", "Reason-Arithmetic-v0", "--record", "x.pgn"]) == 2
    assert "--record: only games are recorded" in capsys.readouterr().err
    Path("file").write_text("")
    code, _, err = play("0", "e4", more=("--record", "file/x.pgn"))
    assert code == 2
    assert "cannot write file/x.pgn" in err
    assert not Path("x.pgn").exists()


def test_the_board_is_drawn_in_the_array_view_and_moves_are_numbers(play) -> None:
    code, out, _ = play(f"opponent=random,colour=white,opening=0,fen={MATE_IN_ONE}", "0", "q", more=("--view", "array"))
    assert code == 0
    assert "8 . . . . . . . k 8" in out
    assert "action 0-1857> " in out
    assert "The end: illegal." in out


def test_a_game_whose_opponent_failed_is_not_counted(play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKFISH_PATH", str(broken_engine(tmp_path)))
    code, out, _ = play("opponent=stockfish-1,colour=white,opening=0", "e4", "q")
    assert code == 0
    assert "The end: opponent error.\nnot counted: the opponent failed twice in a row.\n" in out
    assert out.endswith("0 of 0 solved.\n")
