"""The kernel beside known counts, python-chess and OpenSpiel: moves, ends of games, planes and masks, in step."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from functools import cache

import chess
import numpy as np
import pytest
from numpy.typing import NDArray

from reason_arena.tasks.chess import outcome
from reason_arena.tasks.chess.boards import Backend, Boards, arrays, boards, id_of, move_of
from reason_arena.tasks.chess.moves import COMPACT, COMPACT_OF, PLANES, POSSIBLE, TO, move_id, squares
from reason_arena.tasks.chess.perft import perft

COUNTS = {  # the numbers of sequences of 1, 2, ... moves, as published (chessprogramming.org, Perft Results)
    chess.STARTING_FEN: (20, 400, 8_902, 197_281, 4_865_609),
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1": (48, 2_039, 97_862, 4_085_603, 193_690_690),
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1": (14, 191, 2_812, 43_238, 674_624),
    "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1": (6, 264, 9_467, 422_333, 15_833_292),
    "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8": (44, 1_486, 62_379, 2_103_487, 89_941_194),
    "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10": (
        46,
        2_079,
        89_890,
        3_894_594,
        164_075_551,
    ),
}


@pytest.mark.parametrize("fen", COUNTS)
@pytest.mark.parametrize("depth", [1, 2, 3, 4, pytest.param(5, marks=pytest.mark.slow)])
def test_as_many_sequences_of_moves_as_are_known(fen: str, depth: int) -> None:
    for board in (chess.Board(fen), chess.Board(fen).mirror()):
        assert perft(*arrays(board), depth) == COUNTS[fen][depth - 1]


STARTS = (
    chess.STARTING_FEN,
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "8/PPP4k/8/8/8/8/4Kppp/8 w - - 0 1",  # promotions
    "4k3/pppppppp/8/8/8/8/PPPPPPPP/4K3 b - - 0 1",  # captures in passing
    "r3k2r/8/8/8/8/8/8/R3K2R b KQkq - 0 1",
    "7k/8/8/8/8/8/5Q2/K7 w - - 0 1",  # stalemates
    "8/8/3k4/8/8/3KBN2/5b2/8 w - - 90 60",  # little material, and nearly a hundred plies
)


@pytest.mark.parametrize("plies", [15_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_the_kernel_goes_in_step_with_python_chess(plies: int) -> None:
    """Random play, every other board shuffling pieces, and most games from where rare rules apply."""
    count, rng = 16, np.random.default_rng(2026)
    ours, theirs = boards(count, "numba"), boards(count, "python-chess")
    rows = np.arange(count)
    seen = [Occurrences(chess.Board()) for _ in range(count)]
    ends: Counter[int] = Counter()
    played = 0
    while played < plies:
        compare(ours, theirs, rows)
        for row in rows:
            board = theirs.board(int(row))
            assert ours.fen(row) == board.fen()
            assert ours.ends[row] == seen[row].end(board), board.fen()
        row = int(rng.integers(count))
        assert (ours.planes(np.array([row]))[0] == planes_of(theirs.board(row))).all()
        ends.update(ours.ends.tolist())
        for row in np.flatnonzero(ours.ends):
            start = STARTS[rng.integers(len(STARTS))]
            for side in (ours, theirs):
                side.place(int(row), start)
            seen[row] = Occurrences(chess.Board(start))
        live = rows[(ours.ends == 0)]
        moves = np.array([shuffled(ours, int(row), rng) if row % 2 else any_move(ours, int(row), rng) for row in live])
        for side in (ours, theirs):
            side.push(live, moves)
        for row in live:
            seen[row].add(theirs.board(int(row)))
        played += len(live)
    assert min(ends[end] for end in range(outcome.THREEFOLD + 1)) > 0, ends


def compare(ours: Boards, theirs: Boards, rows: NDArray[np.int64]) -> None:
    assert (ours.legal == theirs.legal).all()
    assert (ours.counts == theirs.counts).all()
    assert (ours.ends == theirs.ends).all()
    assert (ours.white(rows) == theirs.white(rows)).all()
    assert (ours.planes(rows) == theirs.planes(rows)).all()
    for compact in (False, True):
        assert (ours.mask(rows, compact) == theirs.mask(rows, compact)).all()


def any_move(games: Boards, row: int, rng: np.random.Generator) -> int:
    return int(games.legal[row, rng.integers(games.counts[row])])


def shuffled(games: Boards, row: int, rng: np.random.Generator) -> int:
    """A legal move, mostly one of the first three that neither capture nor move a pawn."""
    legal = games.legal[row, : games.counts[row]]
    cells, _ = games.positions(np.array([row]))
    still = legal[(cells[0, legal // PLANES] != 1) & (cells[0, TO[legal]] == 0)][:3]
    if len(still) and rng.random() < 0.85:
        return int(still[rng.integers(len(still))])
    return any_move(games, row, rng)


class Occurrences:
    """How often each position of a game came up, by its FEN: not by python-chess's own count, and not by ours."""

    def __init__(self, board: chess.Board) -> None:
        self.seen: Counter[str] = Counter()
        self.add(board)

    def add(self, board: chess.Board) -> None:
        self.seen[board.epd()] += 1

    def end(self, board: chess.Board) -> int:
        if board.is_checkmate():
            return outcome.CHECKMATE
        if board.is_insufficient_material():
            return outcome.INSUFFICIENT
        if board.is_stalemate():
            return outcome.STALEMATE
        if board.halfmove_clock >= 100:
            return outcome.FIFTY
        return outcome.THREEFOLD if self.seen[board.epd()] >= 3 else outcome.RUNNING


def planes_of(board: chess.Board) -> NDArray[np.uint8]:
    """The planes as `Boards.planes` describes them, square by square."""
    planes = np.zeros((18, 8, 8), np.uint8)
    view = board if board.turn else board.mirror()  # the mover's side is White's in both
    for square, piece in view.piece_map().items():
        planes[piece.piece_type - 1 + 6 * (not piece.color), square // 8, square % 8] = 1
    if view.has_legal_en_passant():
        assert view.ep_square is not None
        planes[12, view.ep_square // 8, view.ep_square % 8] = 1
    planes[13], planes[14] = view.has_kingside_castling_rights(True), view.has_queenside_castling_rights(True)
    planes[15], planes[16] = view.has_kingside_castling_rights(False), view.has_queenside_castling_rights(False)
    planes[17] = min(view.halfmove_clock, 100)
    return planes


def test_the_planes_of_a_position_worked_by_hand() -> None:
    games = boards(1)
    games.place(0, "4k2r/8/8/8/4Pp2/8/8/RN2K3 b Qk e3 0 9")
    (planes,) = games.planes(np.array([0]))
    # Black sees the board from a8: its king on e1 of that view, its pawn on f5, White's pawn on e5.
    assert np.argwhere(planes[:13]).tolist() == [
        [0, 4, 5],  # the pawn f4
        [3, 0, 7],  # the rook h8
        [5, 0, 4],  # the king e8
        [6, 4, 4],  # White's pawn e4
        [7, 7, 1],  # its knight b1
        [9, 7, 0],  # its rook a1
        [11, 7, 4],  # its king e1
        [12, 5, 4],  # e3, on which Black may capture
    ]
    assert [planes[k].min() for k in (13, 14, 15, 16, 17)] == [1, 0, 0, 1, 0]
    assert [planes[k].max() for k in (13, 14, 15, 16, 17)] == [1, 0, 0, 1, 0]


def test_every_id_has_its_move_and_back() -> None:
    assert len(POSSIBLE) == COMPACT == 1858
    assert (COMPACT_OF[POSSIBLE] == np.arange(COMPACT)).all()
    assert (COMPACT_OF >= 0).sum() == COMPACT
    for white in (True, False):
        moves = {squares(int(i), white) for i in POSSIBLE}
        assert len(moves) == COMPACT
        assert all(move_id(*squares(int(i), white), white) == i for i in POSSIBLE)
    with pytest.raises(KeyError):
        move_id(0, 0, 0, True)
    with pytest.raises(KeyError):
        move_id(chess.E2, chess.E4, chess.KNIGHT, True)


@cache
def positions_of_every_id() -> list[chess.Board]:
    """Positions in which, taken together, every id is a legal move: a queen, a knight or a pawn, and two kings."""
    rng, found = np.random.default_rng(3), []
    for square in range(64):
        for piece in (chess.QUEEN, chess.KNIGHT):
            found += [placed({square: chess.Piece(piece, chess.WHITE)}, rng) for _ in range(4)]
    for square in range(chess.A7, chess.H7 + 1):
        near = {square: chess.Piece(chess.PAWN, chess.WHITE)}
        for file in (square % 8 - 1, square % 8 + 1):
            if 0 <= file < 8:
                near[56 + file] = chess.Piece(chess.ROOK, chess.BLACK)
        found += [placed(near, rng), placed(near, rng)]
    return [board for white in found for board in (white, white.mirror())]


def placed(pieces: dict[chess.Square, chess.Piece], rng: np.random.Generator) -> chess.Board:
    """A position with these pieces, kings where no check is given, and a black pawn so that mate is possible."""
    while True:
        board = chess.Board(None)
        board.set_piece_map(pieces)
        own, other, pawn = (int(square) for square in rng.choice(64, 3, replace=False))
        if not {own, other, pawn} & set(pieces):
            board.set_piece_at(own, chess.Piece(chess.KING, chess.WHITE))
            board.set_piece_at(other, chess.Piece(chess.KING, chess.BLACK))
            board.set_piece_at(pawn, chess.Piece(chess.PAWN, chess.BLACK))
            if board.is_valid() and not board.is_check():
                return board


def test_every_id_is_a_move_of_python_chess() -> None:
    games, seen = boards(1), set()
    for board in positions_of_every_id():
        games.place(0, board.fen())
        ids = games.legal[0, : games.counts[0]].tolist()
        assert ids == sorted(id_of(move, board) for move in board.legal_moves)
        assert {move_of(i, board) for i in ids} == set(board.legal_moves)
        seen.update(ids)
    assert seen == set(POSSIBLE.tolist())


@cache
def spiel_numbers() -> dict[int, int]:
    """OpenSpiel's number of each id, read off positions through the names of the moves."""
    game = pytest.importorskip("pyspiel").load_game("chess")
    numbers: dict[int, int] = {}
    for board in positions_of_every_id():
        state = game.new_initial_state(board.fen())
        for action in state.legal_actions():
            ours = id_of(board.parse_san(state.action_to_string(action)), board)
            assert numbers.setdefault(ours, action) == action
    return numbers


def test_openspiel_numbers_the_same_moves_in_another_order() -> None:
    """Squares file by file, and the planes in an order of its own; moves are relative to the mover in both."""
    numbers = spiel_numbers()
    assert len(numbers) == len(set(numbers.values())) == COMPACT
    planes: dict[int, int] = {}
    for ours, theirs in numbers.items():
        square, plane = divmod(theirs, PLANES)
        assert square == ours // PLANES % 8 * 8 + ours // PLANES // 8
        assert planes.setdefault(ours % PLANES, plane) == plane
    assert sorted(planes) == sorted(planes.values()) == list(range(PLANES))


def test_openspiel_plays_the_same_games() -> None:
    game = pytest.importorskip("pyspiel").load_game("chess")
    games, rng, row = boards(1), np.random.default_rng(8), np.array([0])
    ends: Counter[int] = Counter()
    for number in range(30):
        start = STARTS[number % len(STARTS)]
        games.place(0, start)
        state = game.new_initial_state(start)
        while not games.ends[0]:
            board = games.board(0)
            assert not state.is_terminal(), board.fen()
            actions = {spiel_action(int(move), board): int(move) for move in games.legal[0, : games.counts[0]]}
            assert sorted(actions) == state.legal_actions(), board.fen()
            move = shuffled(games, 0, rng) if number % 2 else int(rng.choice(list(actions.values())))
            state.apply_action(spiel_action(move, board))
            games.push(row, np.array([move]))
        assert state.is_terminal()
        won = games.ends[0] == outcome.CHECKMATE
        assert state.returns() == ([0, 0] if not won else [1, -1] if games.white(row)[0] else [-1, 1])  # Black first
        ends[int(games.ends[0])] += 1
    assert len(ends) == outcome.THREEFOLD, ends


def spiel_action(move: int, board: chess.Board) -> int:
    """OpenSpiel's number of a legal move: castling has two of its own."""
    made = move_of(move, board)
    if board.is_castling(made):
        return 4672 if made.to_square < made.from_square else 4673
    return spiel_numbers()[move]


def trajectory(backend: Backend | None = None, plies: int = 60, count: int = 6) -> str:
    """A digest of some random games, with all that can be read of them."""
    games, rng = boards(count, backend), np.random.default_rng(4)
    seen = hashlib.sha256()
    for _ in range(plies):
        live = np.flatnonzero(games.ends == 0)
        moves = np.array([any_move(games, int(row), rng) for row in live])
        games.push(live, moves)
        for array in (games.legal, games.ends, games.planes(live), games.mask(live, True)):
            seen.update(array.tobytes())
        seen.update(" ".join(games.fen(row) for row in range(count)).encode())
    return seen.hexdigest()


MISSING = "import sys; sys.modules['numba'] = None\n"


@pytest.mark.parametrize(
    ("backend", "before", "switch"),
    [("None", MISSING, ""), ("'numba'", MISSING, ""), ("'python-chess'", MISSING, ""), ("None", "", "1")],
)
def test_without_numba_games_go_the_same_way(backend: str, before: str, switch: str) -> None:
    script = (
        f"{before}from reason_arena.tasks.chess.jit import COMPILED; assert not COMPILED\n"
        f"from tests.test_chess_kernel import trajectory; print(trajectory({backend}))"
    )
    env = {**os.environ, "NUMBA_DISABLE_JIT": switch}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == trajectory()
