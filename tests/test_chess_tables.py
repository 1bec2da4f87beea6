"""Endgame tables against theory and python-chess, and what becomes of them on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

chess = pytest.importorskip("chess")

from reason_arena.tasks.chess import boards, material, tables  # noqa: E402
from reason_arena.tasks.chess.material import BadMaterial  # noqa: E402
from reason_arena.tasks.chess.perfect import Perfect  # noqa: E402
from reason_arena.tasks.chess.tables import DRAWN, Table  # noqa: E402

THREE = ("KQK", "KRK", "KPK")
LONGEST = {"KQK": 10, "KRK": 16, "KPK": 28, "KBBK": 19, "KBNK": 33, "KQKR": 35, "KRKN": 40}
"""moves to mate by best play from the worst position: the theory of these endgames, known since the 1980s"""
SOLVED = [*THREE, *(pytest.param(name, marks=pytest.mark.slow) for name in LONGEST if name not in THREE)]
NO_NUMBA = """
import sys
sys.modules["numba"] = None
import zlib
import chess
from reason_arena.tasks.chess import jit, tables
assert not jit.COMPILED
table = tables.solve("KQK")
print(zlib.crc32(table.values["KQK"]))
for fen in sys.argv[1:]:
    board = chess.Board(fen)
    print(table.distance(board), *table.best_moves(board))
"""


def positions(name: str, count: int, seed: int) -> list[chess.Board]:
    """Positions of a set of men with either side's colour, by python-chess's rules, drawn evenly."""
    rng = np.random.default_rng(seed)
    found: list[chess.Board] = []
    while len(found) < count:
        board, white = chess.Board(None), bool(rng.integers(2))
        squares = rng.choice(64, len(name), replace=False)
        second = name.index("K", 1)
        for place, (letter, square) in enumerate(zip(name, squares, strict=True)):
            board.set_piece_at(
                int(square), chess.Piece(chess.PIECE_SYMBOLS.index(letter.lower()), white == (place < second))
            )
        board.turn = bool(rng.integers(2))
        if not board.status() & ~chess.STATUS_IMPOSSIBLE_CHECK:
            found.append(board)
    return found


def distances(table: Table, positions: list[chess.Board]) -> list[int | None]:
    found = table.distances(np.stack([boards.arrays(board)[0] for board in positions]))
    return [None if value == DRAWN else int(value) for value in found]


@pytest.mark.parametrize("name", SOLVED)
def test_the_longest_mate_is_that_of_theory(name: str) -> None:
    values = tables.values(name)
    attacker = values[0][(values[0] < 254) & (values[0] % 2 == 1)]
    assert attacker.max() == 2 * LONGEST[name] - 1


@pytest.mark.parametrize(("name", "won"), [("KQK", 144_508), ("KRK", 175_168)])
def test_as_many_positions_are_won_as_an_independent_program_found(name: str, won: int) -> None:
    # the prototype of the research file counted every placing of the men, White to move, without symmetries
    cells = np.zeros((64, 64, 64, 64), np.int8)
    king, other, man = np.ogrid[:64, :64, :64]
    for kind, square in ((chess.KING, king), (-chess.KING, other), (chess.PIECE_SYMBOLS.index(name[1].lower()), man)):
        cells[king, other, man, square] = kind
    apart = (king != other) & (king != man) & (other != man)
    found = np.empty(apart.sum(), np.int16)
    tables.probe.look_up_all(tables.solve(name)._library, cells[apart], found)
    assert (found > 0).sum() == won


@pytest.mark.parametrize("name", SOLVED)
def test_a_distance_is_one_more_than_that_of_the_best_move_by_the_rules_of_python_chess(name: str) -> None:
    table = tables.solve(name)
    seen = positions(name, 2_000, seed=len(name))
    children: list[chess.Board] = []
    starts = [0]
    for board in seen:
        for move in board.legal_moves:
            board.push(move)
            children.append(board.copy(stack=False))
            board.pop()
        starts.append(len(children))
    after = distances(table, children)
    for board, distance, start, end in zip(seen, distances(table, seen), starts, starts[1:], strict=False):
        lost = [value for value in after[start:end] if value is not None and value % 2 == 0]
        won = [value for value in after[start:end] if value is not None and value % 2 == 1]
        if start == end:
            expected = 0 if board.is_checkmate() else None
        elif lost:
            expected = 1 + min(lost)
        else:
            expected = 1 + max(won) if len(won) == end - start else None
        assert distance == expected, board.fen()


@pytest.mark.parametrize("name", SOLVED)
def test_colours_and_mirrors_make_no_difference(name: str) -> None:
    table = tables.solve(name)
    seen = positions(name, 300, seed=7)
    turns = [chess.flip_horizontal]
    if "P" not in name:
        turns += [chess.flip_vertical, chess.flip_diagonal]
    there = distances(table, seen)
    assert distances(table, [board.mirror() for board in seen]) == there
    for turn in turns:
        assert distances(table, [board.transform(turn) for board in seen]) == there


@pytest.mark.parametrize("name", THREE)
def test_perfect_play_mates_in_exactly_the_distance(name: str) -> None:
    table, many = tables.solve(name), boards.boards(200)
    won = [board for board in positions(name, 1_500, seed=3) if table.distance(board)][:200]
    assert len(won) == 200
    left = np.array(distances(table, won))
    for row, board in enumerate(won):
        many.place(row, board.fen())
    keys = np.arange(200, dtype=np.uint64)
    while left.max() > 0:
        rows = np.flatnonzero(left > 0)
        assert (many.ends[rows] == boards.outcome.RUNNING).all()
        many.push(rows, Perfect().choose(many, rows, keys[rows]))
        left -= 1
        assert (many.ends[left == 0] == boards.outcome.CHECKMATE).all()


def test_a_perfect_player_is_a_function_of_key_and_ply_and_draws_among_equals() -> None:
    many = boards.boards(400)
    for row in range(400):
        many.place(row, "8/8/8/3k4/8/8/8/KQ6 b - - 0 1")
    rows, keys = np.arange(400), np.arange(400, dtype=np.uint64)
    chosen = Perfect().choose(many, rows, keys)
    assert (Perfect().choose(many, rows[::-1], keys[::-1]) == chosen[::-1]).all()
    best = tables.solve("KQK").best_moves(many.board(0))
    ids = [boards.id_of(move, many.board(0)) for move in best]
    counts = [int((chosen == move).sum()) for move in ids]
    assert sum(counts) == 400
    assert len(best) > 1
    assert min(counts) > 0.6 * 400 / len(best)


@pytest.mark.parametrize(
    ("fen", "distance", "moves"),
    [
        ("k7/8/1K6/8/8/8/8/6Q1 w - - 0 1", 1, ["g1g8"]),
        ("K7/8/1k6/8/8/8/8/6q1 b - - 0 1", 1, ["g1g8"]),
        ("k5Q1/8/1K6/8/8/8/8/8 b - - 0 1", 0, []),
        ("k7/8/1K6/8/8/8/8/7R w - - 0 1", 1, ["h1h8"]),
        ("1k6/8/1K6/8/8/8/8/7R b - - 0 1", 4, ["b8c8"]),  # Rd1 Kb8 Rd8; after Ka8 at once Rh8
        ("4k3/4P3/4K3/8/8/8/8/8 b - - 0 1", None, []),  # stalemate
        ("k7/8/K7/P7/8/8/8/8 w - - 0 1", None, None),  # a pawn on the edge, the king before it
        ("8/8/8/8/8/4k3/4p3/4K3 w - - 0 1", None, []),
    ],
)
def test_positions_worked_by_hand(fen: str, distance: int | None, moves: list[str] | None) -> None:
    board = chess.Board(fen)
    table = tables.holding(boards.arrays(board)[0][None])
    assert table.distance(board) == distance
    if moves is not None:
        assert [move.uci() for move in table.best_moves(board)] == moves


def test_the_king_in_front_of_its_pawn_on_the_sixth_rank_wins_whoever_moves() -> None:
    table = tables.solve("KPK")
    for turn, odd in (("w", 1), ("b", 0)):
        distance = table.distance(chess.Board(f"4k3/8/4K3/4P3/8/8/8/8 {turn} - - 0 1"))
        assert distance is not None
        assert distance % 2 == odd


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("KQQQK", "up to 4"),
        ("KPKP", "one side"),
        ("QK", "such as"),
        ("", "such as"),
        ("kqk", "such as"),
        ("KXK", "such as"),
    ],
)
def test_a_set_of_men_that_cannot_be_solved_is_refused(name: str, expected: str) -> None:
    with pytest.raises(BadMaterial, match=f"expected.*{expected}"):
        tables.solve(name)


def test_positions_outside_the_tables_are_refused() -> None:
    table = tables.solve("KQK")
    for fen in (chess.STARTING_FEN, "k7/8/8/8/8/8/R7/7K b - - 0 1", "k7/8/8/8/8/8/Q7/7K w - - 0 1"):
        with pytest.raises(BadMaterial, match="expected positions of KK, KQK"):
            table.distance(chess.Board(fen))
    with pytest.raises(BadMaterial, match="expected boards of up to 4 men"):
        tables.holding(boards.arrays(chess.Board())[0][None])


def test_thirty_five_sets_of_men_have_names() -> None:
    # two kings; one man more: 5; two more: 15 on one side, and of 15 pairs on both sides not the two pawns
    assert len(material.names()) == 1 + 5 + 15 + 14
    assert {material.read(name) for name in material.names()} == {(name, False) for name in material.names()}


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REASON_CACHE", str(tmp_path / "cache"))
    tables.values.cache_clear()
    yield tmp_path / "cache" / "endgames"
    tables.values.cache_clear()


def test_a_table_is_kept_and_a_damaged_file_is_solved_again(own_cache: Path) -> None:
    first = tables.values("KRK").copy()
    kept = sorted(path.name for path in own_cache.iterdir())
    assert kept == ["KK-1", "KRK-1"]
    file = own_cache / "KRK-1"
    whole = file.read_bytes()
    assert len(whole) < 60_000
    for damaged in (
        b"",
        whole[:-1],
        whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
        (own_cache / "KK-1").read_bytes(),
    ):
        file.write_bytes(damaged)
        tables.values.cache_clear()
        assert (tables.values("KRK") == first).all()
        assert file.read_bytes() == whole
    assert sorted(path.name for path in own_cache.iterdir()) == kept


def test_a_kept_table_is_what_is_used(own_cache: Path) -> None:
    fake = np.full(material.shape("KK"), 7, np.uint8)
    packed = zlib.compress(fake.tobytes())
    own_cache.mkdir(parents=True)
    (own_cache / "KK-1").write_bytes(tables._seal("KK", packed) + packed)
    assert (tables.values("KK") == 7).all()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(own_cache: Path) -> None:
    own_cache.parent.mkdir()
    own_cache.write_text("a file where the folder should be")
    assert (tables.values("KK") >= 254).all()
    assert own_cache.read_text() == "a file where the folder should be"


def test_without_numba_the_same_is_solved_and_answered(tmp_path: Path) -> None:
    seen = [board.fen() for board in positions("KQK", 20, seed=5)]
    table = tables.solve("KQK")
    expected = [
        " ".join(map(str, (table.distance(board), *table.best_moves(board)))) for board in map(chess.Board, seen)
    ]
    alone = {**os.environ, "REASON_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", NO_NUMBA, *seen], env=alone, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [str(zlib.crc32(table.values["KQK"])), *expected]
