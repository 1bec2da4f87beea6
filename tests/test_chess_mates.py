"""Draws, mates and generated mates: the kernel's word against plain arithmetic and python-chess's exhaustive search."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

chess = pytest.importorskip("chess")

from reason_arena.tasks.chess import draws, mates, playouts  # noqa: E402
from reason_arena.tasks.chess.boards import KernelBoards, arrays, id_of, move_of  # noqa: E402
from reason_arena.tasks.errors import BadConfig  # noqa: E402
from reason_arena.tasks.problem import SPLITS, Split, split_of  # noqa: E402


def mixed(key: int, number: int) -> int:
    """What `draws.mixed` is to be, on integers of any size."""
    value = (key + (number + 1) * 0x9E3779B97F4A7C15) % 2**62
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**62
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**62
    return value ^ value >> 31


def wins(board: chess.Board, n: int) -> bool:
    """Whether the mover mates within n moves, by python-chess and nothing left out."""
    return any(keeps(board, move, n) for move in board.legal_moves)


def keeps(board: chess.Board, move: chess.Move, n: int) -> bool:
    """Whether a move mates within n moves, it being the first."""
    board.push(move)
    mated = board.is_checkmate()
    replies = list(board.legal_moves) if n > 1 else []
    found = mated or (bool(replies) and all(_answered(board, reply, n) for reply in replies))
    board.pop()
    return found


def _answered(board: chess.Board, reply: chess.Move, n: int) -> bool:
    board.push(reply)
    found = wins(board, n - 1)
    board.pop()
    return found


def length(board: chess.Board, most: int) -> int:
    return next((n for n in range(1, most + 1) if wins(board, n)), 0)


def positions(seed: int, most: int, every: int = 7) -> Iterator[chess.Board]:
    """Positions of games played at random by python-chess."""
    rng, seen = random.Random(seed), 0
    while seen < most:
        board = chess.Board()
        while not board.is_game_over() and board.ply() < 220 and seen < most:
            board.push(rng.choice(list(board.legal_moves)))
            if board.ply() % every == 0 and not board.is_game_over():
                seen += 1
                yield board.copy(stack=False)


def as_board(cells: np.ndarray, state: np.ndarray) -> chess.Board:
    kept = KernelBoards(1)
    kept.cells[0], kept.states[0] = cells, state
    return kept.board(0)


def found(text: str, n: int, split: Split = "train") -> chess.Board:
    return as_board(*playouts.find(draws.key_of(text), n, split))


def ids(board: chess.Board, n: int) -> list[int]:
    return mates.mating_moves(*arrays(board), n).tolist()


def test_draws_are_those_of_integers_without_bounds() -> None:
    rng = random.Random(3)
    keys = [0, 1, draws.MASK, draws.key_of("a game"), *(rng.getrandbits(62) for _ in range(200))]
    for key in keys:
        for ply in (0, 1, 299, 2**62 - 2):
            assert draws.mixed(key, ply) == mixed(key, ply)
            assert draws.below(key, ply, 218) == mixed(key, ply) % 218
    assert len({draws.mixed(key, ply) for key in keys for ply in range(50)}) == 50 * len(set(keys))


def test_mates_in_one_are_those_of_python_chess() -> None:
    keys = 0
    for board in positions(1, 700):
        expected = sorted(id_of(move, board) for move in board.legal_moves if keeps(board, move, 1))
        assert ids(board, 1) == expected, board.fen()
        assert mates.mates_in(*arrays(board), 1) == bool(expected), board.fen()
        keys += len(expected)
    assert keys > 10


def test_mates_in_two_are_those_of_python_chess() -> None:
    lengths = [0, 0, 0]
    for board in positions(2, 70, every=23):
        expected = length(board, 2)
        assert mates.mates_in(*arrays(board), 2) == expected, board.fen()
        lengths[expected] += 1
    assert all(lengths)


@pytest.mark.parametrize(
    ("fen", "moves"),
    [
        ("6k1/5ppp/8/8/8/8/8/4R1K1 w - - 0 1", "e1e8"),  # the back rank
        ("4r1k1/8/8/8/8/8/5PPP/6K1 b - - 0 1", "e8e1"),
        ("6rk/6pp/7N/8/8/8/8/6K1 w - - 0 1", "h6f7"),  # smothered
        ("7k/5K2/8/6Q1/8/8/8/8 w - - 0 1", "g5g7 g5g8 g5h4 g5h5 g5h6"),  # g5g6 is stalemate
        ("7k/8/8/8/8/2q5/8/K7 w - - 0 1", ""),
        ("8/8/8/8/8/8/8/k1KB4 w - - 0 1", ""),
    ],
)
def test_positions_worked_by_hand(fen: str, moves: str) -> None:
    board = chess.Board(fen)
    assert {move_of(i, board).uci() for i in ids(board, 1)} == set(moves.split())


@pytest.mark.parametrize(
    ("fen", "move"),
    [
        ("rr6/1p2bn2/3n4/p1NkNp2/PPp3P1/B6P/4R3/R3K3 w Q - 7 35", "e1c1"),
        ("r1b2rk1/pp1p4/n5p1/2p2n1p/P4pPP/P4p2/3B1K2/R1Qq2NR b - g3 0 25", "f4g3"),  # in passing
        ("2rq1Qnr/p1pk4/2np2p1/3PpP1p/P6B/1pP2P2/RP5P/1N1K1bNR w - e6 0 17", "d5e6"),
        ("4N1nr/p1p2P1p/b2p2kP/6P1/p1P1p2K/3q1R2/n2b4/R7 w - - 1 47", "f7f8n"),
        ("8/1k6/8/p3r3/K4B2/2r5/2p5/3b4 b - - 1 129", "c2c1n"),
        ("n4r2/1p4k1/6Pp/p6K/4P2p/8/3p4/4b3 b - - 2 81", "d2d1b"),
        ("rn2k2N/ppp3p1/5n1B/4q1b1/P2P4/1P2P2b/2PQ2p1/5RK1 b - - 0 29", "g2f1r"),
        ("4k1r1/p7/3r3n/P7/1P2np1P/2p4R/6pK/8 b - - 6 63", "g2g1q"),
        ("6Bn/8/8/1R6/n5p1/6P1/8/k3K2R w - - 12 103", "e1f2"),  # the king uncovers a rook
    ],
)
def test_uncommon_mates_are_seen(fen: str, move: str) -> None:
    board = chess.Board(fen)
    expected = {other.uci() for other in board.legal_moves if keeps(board, other, 1)}
    assert move in expected
    assert {move_of(i, board).uci() for i in ids(board, 1)} == expected


def test_generated_mates_are_of_their_length_and_both_sides_move() -> None:
    turns: set[tuple[int, bool]] = set()
    for n, many in ((1, 60), (2, 8), (3, 3)):
        for number in range(many):
            board = found(f"length {number}", n)
            assert board.is_valid()
            assert not wins(board, n - 1) or n == 1, board.fen()
            right = set(ids(board, n))
            assert right, board.fen()
            moves = {id_of(move, board): move for move in board.legal_moves}
            tried = moves if n < 3 else list(right)[:2] + [other for other in moves if other not in right][:3]
            for each in tried:
                assert keeps(board, moves[each], n) == (each in right), (board.fen(), moves[each])
                assert mates.keeps_mate(*arrays(board), each, n) == (each in right)
            turns.add((n, board.turn))
    assert {(n, turn) for n in (1, 2) for turn in (False, True)} <= turns


def test_a_position_and_its_mirror_in_the_other_colours_belong_to_one_split() -> None:
    for split in SPLITS:
        for number in range(20):
            board = found(f"mirror {number}", 1, split)
            content = playouts.content(arrays(board)[0])
            assert content == playouts.content(arrays(board.mirror())[0])
            assert split_of(content) == split
            assert ids(board, 1) == ids(board.mirror(), 1)


def test_a_key_is_a_puzzle_and_another_key_another() -> None:
    first = [found(f"key {number}", 1).fen() for number in range(200)]
    assert first == [found(f"key {number}", 1).fen() for number in range(200)]
    assert len(set(first)) == len(first)


def test_the_best_defence_delays_the_mate_longest() -> None:
    several = 0
    for number in range(6):
        board = found(f"defence {number}", 2)
        board.push(move_of(ids(board, 2)[0], board))
        lengths = {}
        for move in board.legal_moves:
            board.push(move)
            lengths[move.uci()] = length(board, 2) or 3
            board.pop()
        longest = {move for move, value in lengths.items() if value == max(lengths.values())}
        replies = {move_of(mates.best_defence(*arrays(board), key, 7, 2), board).uci() for key in range(60)}
        assert replies == longest, board.fen()
        several += len(longest) > 1
    assert several


def test_a_length_that_is_not_looked_for_is_refused() -> None:
    board = arrays(chess.Board())
    for n in (0, 4):
        with pytest.raises(BadConfig, match="expected 1 to 3"):
            mates.mates_in(*board, n)
        with pytest.raises(BadConfig, match="expected 1 to 3"):
            playouts.find(1, n, "train")


PLAIN = """
import sys
if sys.argv[1] == "plain":
    sys.modules["numba"] = None
from reason_arena.tasks.chess import draws, jit, mates, playouts
assert jit.COMPILED == (sys.argv[1] != "plain")
for number in range(3):
    board, state = playouts.find(draws.key_of(f"plain {number}"), 1, "train")
    print(playouts.content(board), state.tolist(), mates.mating_moves(board, state, 1).tolist())
print(mates.mates_in(board, state), draws.mixed(12345, 678))
"""


def test_without_numba_the_puzzles_are_the_same() -> None:
    pytest.importorskip("numba")
    commands = [[sys.executable, "-W", "error", "-c", PLAIN, how] for how in ("plain", "numba")]
    plain, compiled = (subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in commands)
    assert plain == compiled != ""
