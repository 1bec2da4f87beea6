"""The built-in opponents: what they see, that they are pure functions, and that pruning changes no value."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import cache

import chess
import numpy as np
import pytest

from reason_arena.tasks.chess import search
from reason_arena.tasks.chess.boards import Backend, Boards, arrays, boards, id_of, move_of
from reason_arena.tasks.chess.evaluation import evaluate
from reason_arena.tasks.chess.kernel import PLY
from reason_arena.tasks.chess.players import NAMES, Mixture, draws, parted, player
from reason_arena.tasks.errors import BadConfig, UnknownName

MATES_IN_ONE = (
    ("6k1/5ppp/8/8/8/8/5PPP/3R2K1 w - - 0 1", "d1d8"),
    ("3r2k1/5ppp/8/8/8/8/5PPP/6K1 b - - 0 1", "d8d1"),
    ("r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4", "h5f7"),
    ("rnbqkbnr/pppp1ppp/8/4p3/6P1/5P2/PPPPP2P/RNBQKBNR b KQkq - 0 2", "d8h4"),
    ("7k/1P4pp/8/8/8/8/8/7K w - - 0 60", None),  # a rook does as well as a queen
    ("6k1/5ppp/8/8/8/8/5PPP/3R2K1 w - - 99 60", "d1d8"),  # a mate on the hundredth ply wins
)
MATES_IN_TWO = (
    ("kbK5/pp6/1P6/8/8/8/8/R7 w - - 0 1", "a1a6"),  # Morphy: the rook is offered
    ("6k1/5ppp/8/8/8/8/1R3PPP/2R3K1 w - - 0 1", None),
    ("k7/8/2K5/8/8/8/8/1R6 w - - 0 1", None),
)


def chosen(name: str, fen: str, key: int = 0, backend: Backend | None = None) -> chess.Move:
    games = boards(1, backend)
    games.place(0, fen)
    (move,) = player(name).choose(games, np.array([0]), np.array([key], np.uint64))
    return move_of(int(move), chess.Board(fen))


@pytest.mark.parametrize("name", ["greedy", "engine-2", "engine-3", "engine-4"])
@pytest.mark.parametrize(("fen", "best"), MATES_IN_ONE)
def test_a_mate_in_one_is_played(name: str, fen: str, best: str | None) -> None:
    for key in range(4):
        board = chess.Board(fen)
        board.push(chosen(name, fen, key))
        assert board.is_checkmate()
        assert best in (None, board.peek().uci())


@pytest.mark.parametrize(("fen", "best"), MATES_IN_TWO)
def test_three_plies_see_a_mate_in_two(fen: str, best: str | None) -> None:
    board = chess.Board(fen)
    mates = {move.uci() for move in board.legal_moves if mates_in_two(board, move)}
    assert mates
    for name in ("engine-3", "engine-4"):
        assert {chosen(name, fen, key).uci() for key in range(8)} <= mates
    assert best is None or mates == {best}


def mates_in_two(board: chess.Board, move: chess.Move) -> bool:
    """By python-chess: after the move every reply, of which there is one, allows a mate."""

    def mates(after: chess.Board) -> bool:
        for last in after.legal_moves:
            after.push(last)
            done = after.is_checkmate()
            after.pop()
            if done:
                return True
        return False

    board = board.copy()
    board.push(move)
    if board.is_checkmate() or not any(board.legal_moves):
        return board.is_checkmate()
    for reply in list(board.legal_moves):
        board.push(reply)
        answered = mates(board)
        board.pop()
        if not answered:
            return False
    return True


def test_two_plies_do_not() -> None:
    board = chess.Board(MATES_IN_TWO[0][0])
    worth = np.zeros(search.MOVES, np.int64)
    for depth, seen in ((2, False), (3, True), (4, True)):
        search.values(*arrays(board), depth, worth)
        best = max(worth[id_of(move, board)] for move in board.legal_moves)
        assert (best == search.MATE - 3) == seen


POSITIONS = (  # fen, plies
    (chess.STARTING_FEN, 2),
    ("r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1", 0),
    ("r1bqk2r/pppp1ppp/2n2n2/2b1p3/2B1P3/3P1N2/PPP2PPP/RNBQK2R b KQkq - 0 5", 1),
    ("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1", 3),
    ("8/8/8/2k5/3pP3/8/1K6/8 b - e3 0 1", 4),
    ("8/P5k1/8/8/8/8/1p4K1/8 w - - 0 1", 3),
    ("7k/5Q2/8/6K1/8/8/8/8 w - - 10 80", 3),  # three moves stalemate
    ("k7/8/1K6/8/8/8/8/7R w - - 96 90", 3),
    ("k7/8/1K6/8/8/3P4/8/8 w - - 98 90", 3),
    ("8/8/4k3/8/2b5/8/3N1K2/8 w - - 0 1", 3),
    ("4k3/8/8/8/8/8/4P3/R3K2R w KQ - 0 1", 2),
    ("6k1/5ppp/8/8/8/2q5/5PPP/3R2K1 w - - 0 1", 3),
    ("2kr4/ppp5/8/8/8/8/1PPr4/1K1R3R b - - 3 20", 2),
)


@pytest.mark.parametrize(("fen", "plies"), POSITIONS)
def test_pruning_changes_no_value(fen: str, plies: int) -> None:
    board = chess.Board(fen)
    if plies == 0:  # too many captures for a search without pruning: compare depth 1 with a shallow quiet end
        assert best_set(board, 1) == best_set(board.mirror(), 1, mirrored=True)
        return
    exact = {}
    for move in board.legal_moves:
        board.push(move)
        exact[id_of_last(board)] = -minimax(board, 1, plies - 1)
        board.pop()
    worth = np.full(search.MOVES, 77, np.int64)
    count = search.values(*arrays(board), plies, worth)
    assert count == len(exact)
    assert (worth == 77).sum() == search.MOVES - count
    best = max(exact.values())
    slack = 0 if abs(best) > search.MATE - 1000 else search.NEAR
    for move_id, value in exact.items():
        if value >= best - slack:
            assert worth[move_id] == value
        else:
            assert value <= worth[move_id] < best - slack


def id_of_last(board: chess.Board) -> int:
    before = board.copy()
    move = before.pop()
    return id_of(move, before)


def best_set(board: chess.Board, depth: int, mirrored: bool = False) -> set[str]:
    worth = np.zeros(search.MOVES, np.int64)
    search.values(*arrays(board), depth, worth)
    ids = {move: worth[id_of(move, board)] for move in board.legal_moves}
    best = max(ids.values())
    flip = 56 if mirrored else 0
    return {
        f"{move.from_square ^ flip} {move.to_square ^ flip} {move.promotion}"
        for move, value in ids.items()
        if value >= best - search.NEAR
    }


def minimax(board: chess.Board, ply: int, left: int) -> int:
    """The value without any pruning, on python-chess; only the evaluation of a still position is ours."""
    if left == 0:
        return quiet(board, ply, search.QUIET)
    moves = list(board.legal_moves)
    if not moves:
        return ply - search.MATE if board.is_check() else 0
    if board.is_insufficient_material() or board.halfmove_clock >= 100:
        return 0
    values = []
    for move in moves:
        board.push(move)
        values.append(-minimax(board, ply + 1, left - 1))
        board.pop()
    return max(values)


def quiet(board: chess.Board, ply: int, left: int) -> int:
    key = (board.fen(), ply, left)
    if key not in _QUIET:
        _QUIET[key] = unkept_quiet(board, ply, left)
    return _QUIET[key]


_QUIET: dict[tuple[str, int, int], int] = {}


def unkept_quiet(board: chess.Board, ply: int, left: int) -> int:
    if board.is_insufficient_material():
        return 0
    check, drawn = board.is_check(), board.halfmove_clock >= 100
    still = 0 if drawn else int(evaluate(arrays(board)[0]))
    if left == 0 or (drawn and not check):
        return still
    moves = list(board.legal_moves)
    if check and (drawn and moves):
        return 0
    best = ply - search.MATE if check else still
    for move in moves:
        queens = move.promotion == chess.QUEEN
        if check or (move.promotion in (None, chess.QUEEN) and (board.is_capture(move) or queens)):
            board.push(move)
            best = max(best, -quiet(board, ply + 1, left - 1))
            board.pop()
    return best


def test_a_position_is_worth_the_opposite_to_the_other_side() -> None:
    rng = np.random.default_rng(5)
    board = chess.Board()
    for _ in range(300):
        if board.is_game_over():
            board.reset()
        board.push(rng.choice(list(board.legal_moves)))  # type: ignore[arg-type]
        cells, _ = arrays(board)
        other = -cells.reshape(8, 8)[::-1].reshape(64)
        assert evaluate(cells) == -evaluate(np.ascontiguousarray(other))


def test_a_winning_engine_does_not_stalemate() -> None:
    fen = "7k/5Q2/8/6K1/8/8/8/8 w - - 10 80"
    for name in ("engine-2", "engine-3", "engine-4"):
        for key in range(8):
            board = chess.Board(fen)
            board.push(chosen(name, fen, key))
            assert not board.is_stalemate()


def test_a_winning_engine_moves_a_pawn_before_the_hundredth_ply() -> None:
    fen = "7k/8/8/8/8/8/R6P/K7 w - - 99 120"
    for name in ("engine-2", "engine-3", "engine-4"):
        assert chosen(name, fen).uci() in ("h2h3", "h2h4")


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
def digest(backend: Backend | None = None, plies: int = 40, last: int = 4) -> str:
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
        "import sys; sys.modules['numba'] = None\n"
        "from tests.test_chess_players import digest; print(digest(plies=2, last=2))"
    )
    assert elsewhere(script, "0") == digest(plies=2, last=2)


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
