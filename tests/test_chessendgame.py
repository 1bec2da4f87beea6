"""The endgame task: positions that are won as said, a judge that the tables back, and views that agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

chess = pytest.importorskip("chess")

from reason_arena.tasks import chessendgame as task  # noqa: E402
from reason_arena.tasks.chess import boards, tables  # noqa: E402
from reason_arena.tasks.chess.positions import checked  # noqa: E402
from reason_arena.tasks.chess.view import diagram  # noqa: E402
from reason_arena.tasks.errors import BadLevel  # noqa: E402
from reason_arena.tasks.problem import SPLITS, Problem, Split, split_of  # noqa: E402

LEVELS = [*task.TABLE, "material=KRK,mate=2-5,colour=white", "material=KQK+KPK,mate=3"]


def some(level: int | str, count: int, split: Split = "train") -> list[Problem]:
    return [task.generate(split, level, seed) for seed in range(count)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_problem_is_a_possible_position_that_its_mover_wins_in_as_many_moves_as_asked(level: int | str) -> None:
    from reason_arena.tasks.chessendgame.setting import read

    low, high = read(level).mate
    for problem in some(level, 60):
        facts = problem.facts
        board = checked(facts["fen"])
        assert board.turn == facts["white"]
        assert (board.halfmove_clock, board.fullmove_number) == (0, 1)
        distance = tables.solve(facts["material"]).distance(board)
        assert distance == facts["distance"]
        assert low <= (distance + 1) // 2 <= high
        own, other = facts["material"][1:].split("K")
        for letters, colour in ((own, board.turn), (other, not board.turn)):
            men = sorted(str(piece).upper() for piece in board.piece_map().values() if piece.color == colour)
            assert men == sorted("K" + letters)


def test_both_colours_and_all_lengths_come_as_often() -> None:
    problems = some("material=KRK,mate=1-5", 1_000)
    assert 400 < sum(problem.facts["white"] for problem in problems) < 600
    lengths = Counter(problem.facts["distance"] for problem in problems)
    assert sorted(lengths) == [1, 3, 5, 7, 9]
    assert min(lengths.values()) > 140  # of 200 expected, four standard deviations less is 149
    assert all(problem.facts["white"] for problem in some("0,colour=white", 50))
    assert not any(problem.facts["white"] for problem in some("0,colour=black", 50))


@pytest.mark.parametrize("level", LEVELS)
def test_the_judge_agrees_with_the_rules_and_the_tables(level: int | str) -> None:
    for problem in some(level, 15):
        board = chess.Board(problem.facts["fen"])
        table = tables.solve(problem.facts["material"])
        seen = Counter[str]()
        for move in board.legal_moves:
            board.push(move)
            left = table.distance(board)
            board.pop()
            wins = left is not None and left % 2 == 0
            for text in (move.uci(), rf"I play \boxed{{{board.san(move)}}}."):
                verdict = task.verify(problem, text)
                assert (verdict.correct, verdict.reason) == (wins, "correct" if wins else "wrong"), (board.fen(), text)
            seen[str(wins)] += 1
        assert seen["True"]
        assert task.verify(problem, problem.answer).correct
        board.push_uci(problem.answer)
        assert table.distance(board) == problem.facts["distance"] - 1


def test_where_every_problem_is_a_mate_in_one_only_a_mate_is_right() -> None:
    for problem in some("material=KQK+KRK,mate=1", 40):
        board = chess.Board(problem.facts["fen"])
        for move in board.legal_moves:
            board.push(move)
            mate = board.is_checkmate()
            board.pop()
            assert task.verify(problem, move.uci()).correct == mate


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "unparsable"), ("moves", "unparsable"), (r"\boxed{a1a1}", "illegal"), (r"\boxed{Ke9}", "unparsable")],
)
def test_what_is_no_legal_move_is_told_apart(text: str, reason: str) -> None:
    assert task.verify(task.generate("train", 0, 0), text).reason == reason


@pytest.mark.parametrize("style", task.STYLES)
@pytest.mark.parametrize("notation", ["uci", "san"])
def test_a_worked_solution_is_accepted_and_says_what_is_so(style: str, notation: str) -> None:
    for level in (0, 3, 5):
        for problem in some(f"{level},notation={notation}", 40):
            text = task.solution(problem, style)
            assert task.verify(problem, text).correct
            mates = (problem.facts["distance"] + 1) // 2
            assert f"mate in {mates}" in text or f"mates in {mates}" in text or " mates." in text
            board = chess.Board(problem.facts["fen"])
            move = chess.Move.from_uci(problem.answer)
            assert text.endswith(rf"\boxed{{{move.uci() if notation == 'uci' else board.san(move)}}}")


def test_a_worked_solution_to_the_letter() -> None:
    problem = task.generate("train", 0, 0)
    facts = {**problem.facts, "fen": "k7/8/1K6/8/8/8/8/6Q1 w - - 0 1", "distance": 1}
    mate = Problem("chessendgame", 1, "train", 0, 0, "", "g1g8", facts)
    assert task.solution(mate).splitlines()[0] == "White: king b6, queen g1. Black: king a8. White moves."
    assert task.solution(mate).splitlines()[2:] == [
        "After g1g8 the king on a8 is in check and cannot go to a7 (king), b7 (king), b8 (queen).",
        r"\boxed{g1g8}",
    ]
    assert task.solution(mate, "brief") == "g1g8 mates.\n\\boxed{g1g8}"


@pytest.mark.parametrize("level", [0, 5, 6])
def test_the_arrays_hold_the_position(level: int) -> None:
    for problem in some(level, 40):
        arrays: dict[str, Any] = task.encode(problem)
        white = bool(arrays["white"])
        board = chess.Board(None)
        for plane, row, file in np.argwhere(arrays["planes"][:12]):
            square = int(row) * 8 + int(file)
            piece = chess.Piece(int(plane) % 6 + 1, white == (int(plane) < 6))
            board.set_piece_at(square if white else square ^ 56, piece)
        board.turn = white
        assert board.fen() == problem.facts["fen"]
        assert not arrays["planes"][12:].any()
        ids = sorted(boards.id_of(move, board) for move in board.legal_moves)
        assert arrays["legal"].tolist() == ids + [-1] * (218 - len(ids))


def test_the_question_shows_the_position_and_nothing_of_the_answer() -> None:
    for problem in some(2, 30):
        board = chess.Board(problem.facts["fen"])
        assert diagram(board) in problem.question
        assert board.fen() in problem.question
        assert f"You play {'White' if board.turn else 'Black'}" in problem.question
        assert problem.answer not in problem.question


def test_distinct_counts_every_position_once() -> None:
    # White or Black to move and win, by the counts of the prototype; of king and pawn, as in the literature
    assert task.distinct(2) == 2 * 144_508
    assert task.distinct("material=KRK,colour=white") == 175_168
    assert task.distinct("material=KPK,colour=black") == 124_960
    assert task.distinct("material=KQK+KRK") == task.distinct(2) + task.distinct(4)


def test_every_position_of_a_short_level_is_drawn_in_its_split_and_no_other() -> None:
    level = "material=KPK,mate=1,colour=white"
    total = int(task.distinct(level))
    drawn = {split: {p.facts["fen"] for p in some(level, 12 * total, split)} for split in SPLITS}
    assert sum(map(len, drawn.values())) == total
    for split in SPLITS:
        for problem in some(level, 50, split):
            assert split_of(problem.facts["content"]) == split


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("material=KQ", "sets of men"),
        ("material=KPKP", "pawns on one side"),
        ("material=KQK,mate=0", "an integer from 1 to 43"),
        ("mate=5-3", "a range of them"),
        ("colour=green", "both or white or black"),
        ("material=", "a name"),
        ("hints=list", "expected 0 to 6, or settings out of material, mate, opponent"),
    ],
)
def test_a_level_that_cannot_be_read_says_what_could(level: str, expected: str) -> None:
    for asked in (task.describe, task.distinct, lambda wrong: task.generate("train", wrong, 0)):
        with pytest.raises(BadLevel, match=expected):
            asked(level)


def test_a_level_without_positions_says_so() -> None:
    for level in ("material=KBK", "material=KQK,mate=11-43", "material=KQK+KNK", "material=KKR"):
        with pytest.raises(BadLevel, match=r"expected positions of the split 'train'.*found none"):
            task.generate("train", level, 0)


def test_a_level_in_words() -> None:
    assert task.describe(0) == "KQK, mate in 1 to 2"
    assert task.describe("material=KQK+KKR,mate=3-43,opponent=perfect@0.5,colour=white") == (
        "KQK or KKR, mate in 3 or more, against perfect@0.5, as White"
    )


@pytest.mark.slow
@pytest.mark.parametrize("material", ["KBBK", "KBNK", "KQKR", "KQKP"])
def test_four_men(material: str) -> None:
    for problem in some(f"material={material}", 100):
        assert checked(problem.facts["fen"]).turn == problem.facts["white"]
        assert task.verify(problem, task.solution(problem)).correct


@pytest.mark.parametrize("seed", range(6))
def test_a_seed_poses_one_position_whoever_defends_it_and_however_it_is_shown(seed: int) -> None:
    same = (
        "2",
        "2,hint=list",
        "material=KQK,mate=1-43",
        "material=KQK,notation=san,board=false",
        "material=KQK,opponent=random",
    )
    fens = {task.generate("test", level, seed).facts["fen"] for level in same}
    assert len(fens) == 1
    assert task.generate("test", "material=KQK,mate=1-2", seed).facts["fen"] not in fens
