"""Stockfish as an opponent: the moves of a plain UCI session, mixtures, names, and rows whose engine failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import chess
import numpy as np
import pytest
from fake_engine import stockfish

from reason_arena.envs.chess.opponents import opponent
from reason_arena.envs.chess.stockfish import Stockfish
from reason_arena.envs.chess.uci import Engine, EngineError
from reason_arena.tasks.chess.boards import BACKENDS, Backend, Boards, boards, move_of
from reason_arena.tasks.chess.players import RandomPlayer
from reason_arena.tasks.errors import BadConfig, UnknownName

FENS = (
    chess.STARTING_FEN,
    "r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4",
    "rnbqkbnr/pppp1ppp/8/4p3/6P1/5P2/PPPPP2P/RNBQKBNR b KQkq - 0 2",
    "8/4kp2/8/6pP/8/4K3/8/8 w - g6 0 40",
    "8/P6k/8/8/8/8/7K/8 w - - 0 60",
    "8/7k/8/8/8/8/p6K/8 b - - 9 60",
)
KEYS = np.arange(len(FENS), dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
ROWS = np.arange(len(FENS))


def placed(backend: Backend | None = None) -> Boards:
    games = boards(len(FENS), backend)
    for row, fen in enumerate(FENS):
        games.place(row, fen)
    return games


def by_hand(fen: str, nodes: int) -> str:
    """What a new process says that is told everything at once."""
    asked = f"setoption name Hash value 1\nisready\nposition fen {fen}\ngo nodes {nodes}\n"
    process = subprocess.Popen([stockfish()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(asked)
    process.stdin.flush()
    answer = next(line for line in process.stdout if line.startswith("bestmove"))
    process.communicate("quit\n")
    return answer.split()[1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_moves_are_those_of_a_plain_session(backend: Backend) -> None:
    stockfish()
    games, player = placed(backend), opponent("stockfish-200")
    chosen = player.choose(games, ROWS, KEYS)
    moves = [move_of(move, games.board(row)).uci() for row, move in enumerate(chosen.tolist())]
    assert moves == [by_hand(games.fen(row), 200) for row in ROWS]
    assert moves[1:3] == ["h5f7", "d8h4"]  # two mates, one for each side
    some = np.array([4, 2])
    assert player.choose(games, some, KEYS[some]).tolist() == chosen[some].tolist()


def test_a_mixture_is_random_as_often_as_it_says() -> None:
    stockfish()
    games = boards(400)
    rows = np.arange(400)
    keys = np.random.default_rng(0).integers(0, 2**64, 400, np.uint64)
    with Engine(stockfish()) as engine:
        alone, mixed, never, always = (
            opponent(f"stockfish-1{share}", engine).choose(games, rows, keys) for share in ("", "@0.75", "@0", "@1")
        )
    assert len(set(alone.tolist())) == 1
    assert never.tolist() == alone.tolist()
    assert always.tolist() == RandomPlayer().choose(games, rows, keys).tolist()
    # The best move comes with probability 1/4 + 3/4 · 1/20 = 0.2875: 115 of 400, standard deviation 9
    assert 85 < (mixed == alone).sum() < 145
    assert set(mixed[mixed != alone].tolist()) <= set(always.tolist())


def dying(folder: Path, known: str) -> Engine:
    """An engine that dies on every position whose text lacks some words, and plays e2e4 elsewhere."""
    script = folder / "engine.py"
    script.write_text(
        "import sys\n"
        "for line in sys.stdin:\n"
        "    word = line.split()[0]\n"
        "    if word == 'uci': print('uciok', flush=True)\n"
        "    elif word == 'isready': print('readyok', flush=True)\n"
        f"    elif word == 'position' and {known!r} not in line:\n"
        f"        open({str(folder / 'deaths')!r}, 'a').write('x')\n"
        "        sys.exit(1)\n"
        "    elif word == 'go': print('bestmove e2e4', flush=True)\n",
        encoding="utf-8",
    )
    return Engine(sys.executable, ["-I", "-S", str(script)])


def test_a_board_whose_engine_failed_twice_has_no_move(tmp_path: Path) -> None:
    games = boards(5)
    for row in 1, 3:
        games.place(row, FENS[1])
    player = Stockfish(10, dying(tmp_path, "RNBQKBNR w"))
    rows = np.arange(5)
    chosen = player.choose(games, rows, KEYS[:5])
    assert (chosen < 0).tolist() == [False, True, False, True, False]
    assert isinstance(player.trouble, EngineError)
    assert (tmp_path / "deaths").read_text() == "xxxx"  # each was tried twice


def test_an_engine_that_is_gone_is_not_waited_for_on_every_board(tmp_path: Path) -> None:
    player = Stockfish(10, dying(tmp_path, "nothing"))
    assert player.choose(boards(64), np.arange(64), np.arange(64, dtype=np.uint64)).tolist() == [-1] * 64
    assert (tmp_path / "deaths").read_text() == "xxxx"
    player.close()


def test_own_players_need_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKFISH_PATH", "/nowhere")
    for name in ("random", "greedy", "engine-2", "greedy@0.5"):
        assert opponent(name).name == name
    with pytest.raises(BadConfig, match="STOCKFISH_PATH"):
        opponent("stockfish-100@0.5")


@pytest.mark.parametrize("name", ["stockfish-", "stockfish-0", "stockfish-1e3", "stockfish-2000000", "stockfish-05"])
def test_nodes_are_checked(name: str) -> None:
    with pytest.raises(BadConfig, match=r"stockfish-NODES with 1 to 1000000 nodes"):
        opponent(name)


@pytest.mark.parametrize("name", ["stockfish", "stokfish-100", "engine-9", "", "Random"])
def test_an_unknown_name_is_told_what_there_is(name: str) -> None:
    with pytest.raises(UnknownName, match=r"expected one of engine-2, .*random, stockfish-100"):
        opponent(name)
