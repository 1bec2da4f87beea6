"""Matches: pairs that begin alike with the colours swapped, python-chess's rules, and the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import chess
import pytest

from reason_arena.arena import matches
from reason_arena.arena.bench import ladder
from reason_arena.arena.matches import OPENING, Game, match, results
from reason_arena.arena.ratings import Pair
from reason_arena.envs.chess.opponents import opponent
from reason_arena.envs.chess.stockfish import Stockfish
from reason_arena.envs.chess.uci import Engine, EngineError
from reason_arena.tasks.chess.boards import how_it_stands, move_of
from reason_arena.tasks.chess.outcome import RUNNING
from reason_arena.tasks.chess.players import player
from reason_arena.tasks.errors import BadConfig

WEAK, STRONG = player("random"), player("greedy")


def replayed(game: Game) -> chess.Board:
    board = chess.Board()
    for move in game.moves:
        assert how_it_stands(board, any(board.legal_moves)) == RUNNING, "it was over already"
        board.push(move_of(move, board))
    return board


def test_games_are_legal_and_end_as_python_chess_ends_them() -> None:
    ends = set()
    for game in match(STRONG, WEAK, 12, seed=0):
        board = replayed(game)
        assert board.is_valid()
        assert how_it_stands(board, any(board.legal_moves)) == game.end
        won = {"1-0": 1.0, "0-1": 0.0}.get(board.result(), 0.5)
        assert game.points == won
        ends.add(won)
    assert ends == {0.0, 0.5, 1.0}


def test_a_pair_begins_alike_with_the_colours_swapped() -> None:
    games = match(STRONG, WEAK, 8, seed=1)
    openings = [game.moves[:OPENING] for game in games]
    assert openings[::2] == openings[1::2]
    assert len(set(openings)) == 8
    assert [(game.white, game.black) for game in games] == [("greedy", "random"), ("random", "greedy")] * 8
    assert all(one.moves != other.moves for one, other in zip(games[::2], games[1::2], strict=True))


def test_points_of_a_pair_are_those_of_its_first_player() -> None:
    mate, mated = (1,) * 5, (1,) * 6  # White's fifth move, and Black's reply to it
    won = [Game("a", "b", mate, end=1), Game("b", "a", mated, end=1)]
    mixed = [Game("a", "b", mated, end=1), Game("b", "a", mate, end=4)]
    assert results([*won, *mixed]) == [Pair("a", "b", 2.0), Pair("a", "b", 0.5)]


def test_a_longer_match_begins_with_the_shorter() -> None:
    assert match(STRONG, WEAK, 5, seed=2)[:4] == match(STRONG, WEAK, 2, seed=2)
    assert match(STRONG, WEAK, 2, seed=3) != match(STRONG, WEAK, 2, seed=2)


def test_a_game_without_end_is_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matches, "MOST", 12)
    games = match(WEAK, player("greedy@0.9"), 3, seed=0)
    assert {(len(game.moves), game.end, game.points) for game in games} == {(12, RUNNING, 0.5)}


def test_an_opening_that_ends_the_game_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of all random games are over after some 300 plies."""
    monkeypatch.setattr(matches, "OPENING", 300)
    games = match(STRONG, WEAK, 6, seed=0)
    assert all(len(game.moves) > 300 for game in games)
    assert len({game.moves[:300] for game in games}) == 6
    for game in games:
        replayed(game)


def test_a_player_that_fails_ends_the_match(tmp_path: Path) -> None:
    missing = Stockfish(10, Engine(str(tmp_path / "missing")))
    with pytest.raises(EngineError, match=r"stockfish-10 gave no move for 'r.*see whether its engine runs"):
        match(missing, WEAK, 1, seed=0)


DIGEST = """
import sys
from reason_arena.arena.bench.ladder import rungs
from reason_arena.arena.matches import match
from reason_arena.envs.chess.opponents import opponent
for name in rungs():
    games = match(opponent(name), opponent("greedy@0.5"), 1, seed=5)
    print(name, *(f"{game.end}:{','.join(map(str, game.moves))}" for game in games))
"""


def test_two_runs_play_the_same_games_to_the_byte_on_every_rung() -> None:
    """In two processes, whose hashes and environments differ."""
    said = []
    for hashes in ("0", "77"):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            check=True,
        )
        said.append(done.stdout)
    lines = said[0].decode().splitlines()
    assert [line.split()[0] for line in lines] == ladder.rungs()
    assert all(len(line.split()) == 3 and line.count(",") > 40 for line in lines)
    assert hashlib.sha256(said[0]).digest() == hashlib.sha256(said[1]).digest()


def test_neighbours_meet_up_to_two_places_apart() -> None:
    assert ladder.matches(["a", "b", "c", "d"]) == [("a", "b"), ("a", "c"), ("b", "c"), ("b", "d"), ("c", "d")]


def test_without_stockfish_our_own_rungs_are_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from reason_arena.envs.chess import uci

    monkeypatch.delenv("STOCKFISH_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(uci, "GAMES", str(tmp_path))
    with pytest.warns(UserWarning, match="rungs of Stockfish are left out: no Stockfish"):
        names = ladder.rungs()
    assert names == [name for name in ladder.RUNGS if "stockfish" not in name]
    assert len(names) >= 8
    monkeypatch.setenv("STOCKFISH_PATH", "/nowhere")
    with pytest.raises(BadConfig, match="STOCKFISH_PATH"):
        ladder.rungs()


def test_every_rung_is_an_opponent() -> None:
    for name in ladder.rungs():
        assert opponent(name).name == name


def test_the_bench_prints_matches_and_rungs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "RUNGS", {"random": 6, "greedy@0.5": 6, "greedy": 6})
    rows = list(ladder.ladder())
    assert len(rows) == ladder.rows() == 6
    assert [row.row for row in rows[:3]] == ["greedy@0.5 v random", "greedy v random", "greedy v greedy@0.5"]
    rungs = [row for row in rows if isinstance(row, ladder.Rung)]
    assert [rung.row for rung in rungs] == ["random", "greedy@0.5", "greedy"]
    assert rungs[0].as_dict()["peer"] is None
    middle = rungs[1]
    assert (middle.peer, middle.peer_name, middle.games) == (0, "random", 24)
    assert middle.low < middle.ours < middle.high
    # between the lowest two the gap is the rating itself, and the odds are 10^(Elo / 400)
    assert (middle.gap_low, middle.gap_high) == (middle.low, middle.high)
    assert middle.ratio == pytest.approx(10 ** (middle.ours / 400))
    assert "[" in middle.cells()["above the rung below"]
    assert rows[1].ours + rows[1].peer == 1
