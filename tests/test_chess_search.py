"""The built-in opponents' thinking: what each depth sees, and that pruning changes no value."""

from __future__ import annotations

import chess
import numpy as np
import pytest

from reason_arena.tasks.chess import search
from reason_arena.tasks.chess.boards import arrays, boards, id_of, move_of
from reason_arena.tasks.chess.evaluation import evaluate
from reason_arena.tasks.chess.players import player

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


def chosen(name: str, fen: str, key: int = 0) -> chess.Move:
    games = boards(1)
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


def test_black_thinks_as_white_does() -> None:
    board = chess.Board("r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1")
    ours, theirs = np.zeros(search.MOVES, np.int64), np.zeros(search.MOVES, np.int64)
    for depth in (1, 2, 3):
        assert search.values(*arrays(board), depth, ours) == search.values(*arrays(board.mirror()), depth, theirs) == 48
        assert (ours == theirs).all()


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
