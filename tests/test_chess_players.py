"""The built-in opponents: pure functions of position, key and ply, each stronger than the one before."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import cache

import chess
import numpy as np
import pytest

from reason_arena.tasks.chess.boards import Backend, Boards, boards, id_of, move_of
from reason_arena.tasks.chess.draws import draws
from reason_arena.tasks.chess.kernel import PLY
from reason_arena.tasks.chess.outcome import CHECKMATE, RUNNING
from reason_arena.tasks.chess.players import NAMES, Mixture, parted, player
from reason_arena.tasks.errors import BadConfig, UnknownName


def chosen(name: str, fen: str, key: int = 0) -> chess.Move:
    games = boards(1)
    games.place(0, fen)
    (move,) = player(name).choose(games, np.array([0]), np.array([key], np.uint64))
    return move_of(int(move), chess.Board(fen))


def test_greedy_takes_what_is_worth_most_and_draws_among_equals() -> None:
    assert chosen("greedy", "4k3/8/8/2r1q3/3P4/8/8/4K3 w - - 0 1").uci() == "d4e5"
    # A queen and a rook more by taking and promoting, against a queen taken by the king's rook.
    assert chosen("greedy", "r2qk3/1P6/8/8/8/8/8/K2R4 w - - 0 1").uci() == "b7a8q"
    fen = "4k3/8/8/2r1r3/3P4/8/8/7K w - - 0 1"
    games = boards(1)
    games.place(0, fen)
    keys = np.arange(2000, dtype=np.uint64)
    moves = player("greedy").choose(Repeated(games), np.zeros(2000, np.int64), keys)
    ids, counts = np.unique(moves, return_counts=True)
    assert {move_of(int(i), chess.Board(fen)).uci() for i in ids} == {"d4c5", "d4e5"}
    assert chi_square(counts) < 10.8  # one degree of freedom: 0.1 % of fair samples exceed it


class Repeated:
    """One board under many rows."""

    def __init__(self, games: Boards) -> None:
        self.positions, self.counts, self.legal = games.positions, games.counts, games.legal


def chi_square(counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
    expected = counts.sum() / len(counts)
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75, 1.0])
def test_a_mixture_plays_at_random_as_often_as_it_says(share: float) -> None:
    fen, tries = "6k1/5ppp/8/8/8/8/5PPP/3R2K1 w - - 0 1", 4000
    games = boards(1)
    games.place(0, fen)
    moves = player(f"engine-2@{share}").choose(
        Repeated(games), np.zeros(tries, np.int64), np.arange(tries, dtype=np.uint64)
    )
    legal = games.legal[0, : games.counts[0]]
    counts = np.array([(moves == move).sum() for move in legal])
    assert counts.sum() == tries
    # The mate is played whenever the coin says so, and else as often as any of the moves.
    expected = np.full(len(legal), share * tries / len(legal))
    expected[legal == id_of(chess.Move.from_uci("d1d8"), chess.Board(fen))] += (1 - share) * tries
    some = expected > 0
    assert counts[~some].sum() == 0
    # 22 moves are legal: 21 degrees of freedom
    assert ((counts - expected)[some] ** 2 / expected[some]).sum() < 46.8


def test_the_numbers_of_a_key_are_unrelated() -> None:
    keys, plies = np.arange(40_000, dtype=np.uint64), np.zeros(40_000, np.int64)
    words = [draws(keys, plies + ply, use) for ply in range(2) for use in range(3)]
    assert all((word >= 0).all() for word in words)
    for i, word in enumerate(words):
        assert chi_square(np.bincount(word % 10, minlength=10)) < 27.9
        for other in words[:i]:
            together = (word % 4) * 4 + other % 4
            assert chi_square(np.bincount(together, minlength=16)) < 37.7


def test_a_draw_is_splitmix() -> None:
    def mixed(word: int) -> int:
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
        return word ^ word >> 31

    key, ply, use = 2**64 - 5, 37, 2
    place = 8 * ply + use + 1
    expected = mixed((mixed(key) + place * 0x9E3779B97F4A7C15) % 2**64) >> 1
    assert draws(np.array([key], np.uint64), np.array([ply]), use).tolist() == [expected]


GAMES = 12


@cache
def digest(backend: Backend | None = None, plies: int = 20, last: int = 4) -> str:
    """Of what all players do in some games, each in turn on each board."""
    games = boards(GAMES, backend)
    keys = draws(np.arange(GAMES, dtype=np.uint64), np.zeros(GAMES, np.int64), 7).astype(np.uint64)
    names = [*NAMES[: last + 1], "greedy@0.5", "engine-2@0.3"]
    seen = []
    for ply in range(plies):
        for number, name in enumerate(names):
            rows = np.flatnonzero((np.arange(GAMES) % len(names) == (number + ply) % len(names)) & (games.ends == 0))
            if len(rows):
                moves = player(name).choose(games, rows, keys[rows])
                games.push(rows, moves)
                seen += moves.tolist()
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def test_players_do_the_same_on_both_kinds_of_boards() -> None:
    assert digest("numba") == digest("python-chess")


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_players_do_the_same_in_another_process(hash_seed: str) -> None:
    script = "from tests.test_chess_players import digest; print(digest())"
    assert elsewhere(script, hash_seed) == digest()


def test_players_do_the_same_without_numba() -> None:
    script = (
        "import sys; sys.modules['numba'] = None\nfrom tests.test_chess_players import digest; print(digest(plies=4))"
    )
    assert elsewhere(script, "0") == digest(plies=4)


DEEP = (
    ("kbK5/pp6/1P6/8/8/8/8/R7 w - - 0 1", {"a1a6"}),  # Morphy's mate in two: the rook is offered
    ("8/P6k/2p5/1pP1p3/1P2P1pp/6p1/5rPK/R7 w - - 0 40", None),  # two ways out of check, and a pawn that promotes
    ("4k3/1p3ppp/p1r5/3p4/3P4/1P1R4/P4PPP/4K3 w - - 0 25", None),  # 20 moves, and captures after them
)


def deep_choices() -> list[list[str]]:
    """What the deepest engines play, by positions, each with three keys."""
    return [[chosen(name, fen, key).uci() for name in ("engine-3", "engine-4") for key in range(3)] for fen, _ in DEEP]


def test_the_deepest_engines_do_the_same_without_numba() -> None:
    found = deep_choices()
    assert all(best is None or set(moves) == best for moves, (_, best) in zip(found, DEEP, strict=True))
    script = (
        "import sys; sys.modules['numba'] = None\n"
        "from tests.test_chess_players import deep_choices\n"
        "from reason_arena.tasks.chess.jit import COMPILED; print(COMPILED, deep_choices())"
    )
    assert elsewhere(script, "0") == f"False {found}"


def elsewhere(script: str, hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_choice_is_a_function_of_the_row_alone() -> None:
    games = boards(6)
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 2**64, 6, np.uint64)
    rows = np.arange(6)
    for ply in range(12):
        for name in ("random", "greedy", "engine-2", "engine-2@0.5"):
            together = player(name).choose(games, rows, keys)
            assert together.dtype == np.int64
            alone = [player(name).choose(games, rows[i : i + 1], keys[i : i + 1])[0] for i in (5, 3, 0)]
            assert together[[5, 3, 0]].tolist() == alone
            assert games.positions(rows)[1][:, PLY].tolist() == [ply] * 6
        games.push(rows, player("random").choose(games, rows, keys))


@pytest.mark.parametrize(("strong", "weak", "least"), [("greedy", "random", 12), ("engine-2", "greedy", 14)])
def test_each_beats_the_one_below(strong: str, weak: str, least: float) -> None:
    """Sixteen games from random openings, each played with both colours."""
    games, rows, random = boards(16), np.arange(16), player("random")
    keys = np.arange(16, dtype=np.uint64)
    for _ in range(4):
        games.push(rows, random.choose(games, rows, keys // 2))
    for _ in range(300):
        going = games.ends[rows] == RUNNING
        first = games.white(rows) == (rows % 2 == 0)
        for name, mine in ((strong, first), (weak, ~first)):
            some = rows[going & mine]
            if len(some):
                games.push(some, player(name).choose(games, some, keys[some]))
    mated = games.ends == CHECKMATE
    lost = games.white(rows) == (rows % 2 == 0)
    assert (mated & ~lost).sum() + 0.5 * (~mated).sum() >= least


def test_names() -> None:
    assert NAMES == ("random", "greedy", "engine-2", "engine-3", "engine-4")
    for name in (*NAMES, "greedy@0.5", "engine-4@0.75", "engine-2@1"):
        assert player(name).name == name
    assert parted("stockfish-100@0.25") == ("stockfish-100", 0.25)
    assert parted("stockfish-100") == ("stockfish-100", None)
    assert Mixture(player("greedy"), 0.5) == player("greedy@0.50")
    for name in ("engine-5", "engine", "", "Random", "gredy@0.5"):
        with pytest.raises(UnknownName, match="expected one of engine-2, engine-3"):
            player(name)
    for name in ("greedy@", "greedy@1.5", "greedy@-0.1", "greedy@nan", "greedy@x", "greedy@0.5@0.5", "random@0.5"):
        with pytest.raises(BadConfig):
            player(name)
