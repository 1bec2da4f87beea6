"""The puzzle task: lengths and lines that python-chess confirms, a judge of moves, and worked solutions."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

chess = pytest.importorskip("chess")

from reason_arena.tasks import chesspuzzle as task  # noqa: E402
from reason_arena.tasks.chess import lichess  # noqa: E402
from reason_arena.tasks.chess.notation import read_move  # noqa: E402
from reason_arena.tasks.chesspuzzle.posed import position  # noqa: E402
from reason_arena.tasks.errors import BadData, BadLevel  # noqa: E402
from reason_arena.tasks.problem import SPLITS, Problem, Split, split_of  # noqa: E402

GENERATED = {0: 1, 1: 2, 2: 3}
HEAD = "PuzzleId,FEN,Moves,Rating,RatingDeviation,Popularity,NbPlays,Themes,GameUrl,OpeningTags\n"
MATE = "2R3k1/p4ppp/4rb2/1r1p4/8/PP2P2P/5PP1/4RK2 b - - 1 28,e6e8 c8e8,400,80,90,900,backRankMate mateIn1,,"
"""the rook on c8 is taken back on e8, with mate"""


def some(level: int | str, count: int, split: Split = "train") -> list[Problem]:
    return [task.generate(split, level, seed) for seed in range(count)]


def wins(board: chess.Board, n: int) -> bool:
    """Whether the mover mates within n moves, by python-chess and nothing left out."""
    return any(keeps(board, move, n) for move in board.legal_moves)


def keeps(board: chess.Board, move: chess.Move, n: int) -> bool:
    after = board.copy(stack=False)
    after.push(move)
    replies = list(after.legal_moves) if n > 1 else []
    if after.is_checkmate() or not replies:
        return after.is_checkmate()
    for reply in replies:
        then = after.copy(stack=False)
        then.push(reply)
        if not wins(then, n - 1):
            return False
    return True


@pytest.mark.parametrize(("level", "n", "count"), [(0, 1, 40), (1, 2, 6), (2, 3, 2)])
def test_a_generated_puzzle_is_a_mate_of_its_length_and_the_judge_is_exact(level: int, n: int, count: int) -> None:
    for problem in some(level, count):
        board = position(problem.facts)
        assert board.is_valid()
        assert problem.facts["mate"] == n
        assert n == 1 or not wins(board, n - 1)
        moves = list(board.legal_moves) if n < 3 else list(board.legal_moves)[::4]
        for move in [chess.Move.from_uci(problem.answer), *moves]:
            verdict = task.verify(problem, move.uci())
            expected = keeps(board, move, n)
            assert (verdict.correct, verdict.reason) == (expected, "correct" if expected else "wrong"), board.fen()


@pytest.mark.parametrize(("level", "n"), GENERATED.items())
def test_a_line_of_best_moves_takes_as_many_as_it_says_and_mates(level: int, n: int) -> None:
    for problem in some(level, 10):
        line = problem.facts["line"]
        assert problem.answer == line[0]
        assert len(line) == len(problem.facts["ids"])
        assert len(line) == problem.facts["plies"] == 2 * n - 1
        board = position(problem.facts)
        for uci in line:
            assert not board.is_checkmate()
            board.push_uci(uci)
        assert board.is_checkmate()


def test_a_generated_position_belongs_to_the_split_of_its_pieces() -> None:
    for split in SPLITS:
        for problem in some("mate=1", 30, split):
            board = chess.Board(problem.facts["fen"])
            board = board if board.turn else board.mirror()
            squares = (board.piece_at(square) for square in chess.SQUARES)
            assert split_of("".join(piece.symbol() if piece else "." for piece in squares)) == split


def test_lengths_and_colours_come_as_often() -> None:
    problems = some("mate=1-2", 400)
    lengths = Counter(problem.facts["mate"] for problem in problems)
    assert set(lengths) == {1, 2}
    assert abs(lengths[1] - 200) < 40  # four standard deviations
    assert abs(sum(problem.facts["white"] for problem in problems) - 200) < 40


def test_the_view_does_not_change_the_puzzle() -> None:
    for seed in range(5):
        plain, other = (task.generate("train", level, seed) for level in ("1", "1,hint=list,board=false,notation=san"))
        assert plain.facts["fen"] == other.facts["fen"]
        assert plain.answer == other.answer
        assert "Legal moves: " in other.question
        assert "Legal moves: " not in plain.question
        assert "\n8 " in plain.question
        assert "\n8 " not in other.question
        assert "Mate in 2 moves." in plain.question


@pytest.mark.parametrize("level", [level for level in task.TABLE if level not in GENERATED])
def test_a_row_is_posed_after_its_first_move_and_its_own_line_is_right(level: int) -> None:
    low, high = map(int, re.findall(r"rating=(\d+)-(\d+)|$", task.TABLE[level])[0]) if level < 9 else (0, 9_999)
    rows = {row.id: row for row in lichess.bundled()}
    for split in SPLITS:
        for problem in some(level, 25, split):
            facts = problem.facts
            row = rows[facts["row"]]
            assert split_of(row.id) == split
            assert low <= facts["rating"] <= high
            assert level < 9 or f"mateIn{level - 8}" in row.themes
            board = chess.Board(row.fen)
            board.push_uci(row.moves[0])
            assert board.fen() in problem.question
            assert f"Last moves: {row.moves[0]}" in problem.question
            assert facts["white"] == board.turn
            assert (problem.answer, facts["line"]) == (row.moves[1], row.moves[1:])
            assert ("Mate in" in problem.question) == (level >= 9)
            for move in board.legal_moves:
                expected = move.uci() == row.moves[1] or keeps(board, move, 1)
                assert task.verify(problem, board.san(move)).correct == expected


def test_seeds_go_through_all_rows_before_one_comes_again() -> None:
    count = int(sum(row.split == "test" and "mateIn2" in row.themes for row in lichess.bundled()))
    seen = [problem.facts["row"] for problem in some("source=lichess,mate=2", 2 * count, "test")]
    assert len(set(seen[:count])) == count
    assert seen[:count] == seen[count:]
    ratings = [problem.facts["rating"] for problem in some("source=lichess", 200)]
    assert sum(one > other for one, other in pairwise(ratings)) > 60  # not by rating, as the rows stand


def test_rows_can_be_chosen_by_theme_rating_and_length() -> None:
    for problem in some("rating=1000-1400,themes=fork+pin", 30):
        assert problem.facts["source"] == "lichess"
        assert 1000 <= problem.facts["rating"] <= 1400
        assert {"fork", "pin"} & set(problem.facts["themes"])
    for problem in some("source=lichess,themes=sacrifice,mate=2-3", 30):
        assert problem.facts["mate"] in (2, 3)
        assert "sacrifice" in problem.facts["themes"]
    with pytest.raises(BadLevel, match="expected rows of the split 'test', found none of puzzles of Lichess"):
        task.generate("test", "themes=noSuchTheme", 0)


def test_a_file_of_rows_is_read_and_split_by_its_ids(tmp_path: Path) -> None:
    path = tmp_path / "mine, all.csv"
    path.write_text(HEAD + "".join(f"id{number},{MATE}\n" for number in range(60)) + "broken,row\n")
    level = f"hint=list,dataset={path}"
    for split in SPLITS:
        owned = {f"id{number}" for number in range(60) if split_of(f"id{number}") == split}
        assert {problem.facts["row"] for problem in some(level, len(owned), split)} == owned != set()
    problem = task.generate("train", level, 0)
    assert problem.answer == "c8e8"
    assert problem.id.startswith(f"chesspuzzle-v1/train/{level}/")
    assert task.distinct(level) == 60
    assert task.describe(f"mate=1,dataset={path}") == f"mates in 1 of {path}"
    with pytest.raises(BadData, match="no puzzle is left"):
        task.generate("train", f"mate=2,dataset={path}", 0)
    with pytest.raises(BadData, match="cannot read"):
        task.generate("train", f"dataset={tmp_path / 'none.csv'}", 0)


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0, "mates in 1 from random games"),
        ("mate=1-3", "mates in 1 to 3 from random games"),
        ("rating=400-800", "puzzles of Lichess rated 400 to 800"),
        ("0,rating=400-800", "puzzles of Lichess rated 400 to 800"),
        ("0,source=lichess", "puzzles of Lichess"),
        ("0,source=lichess,mate=1-2", "mates in 1 to 2 of Lichess"),
        ("3,themes=fork", "puzzles of Lichess rated 400 to 799 with fork"),
        ("source=lichess,mate=3,themes=fork+pin", "mates in 3 of Lichess with fork or pin"),
    ],
)
def test_levels_in_words(level: int | str, words: str) -> None:
    assert task.describe(level) == words


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ("mate=4", "expected mate=an integer from 1 to 3"),
        ("source=generated,rating=1-2", "rating is a setting of rows"),
        ("0,source=generated,rating=1-2", "rating is a setting of rows"),
        ("1,themes=fork", "themes is a setting of rows"),
        ("source=lichess,dataset=", "expected dataset=a file"),
        ("mate=1,mate=2", "got mate twice"),
        ("12", "expected 0 to 11"),
    ],
)
def test_bad_levels_say_what_was_expected(level: str, message: str) -> None:
    with pytest.raises(BadLevel, match=message):
        task.generate("train", level, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unparsable"),
        ("moves", "unparsable"),
        (r"\boxed{{moves}}", "unparsable"),
        (r"\boxed{{a1a1}}", "illegal"),
        ("0000", "illegal"),
        ("{answer} or a1a2", "unparsable"),
        (r"<think>\boxed{{{answer}}}", "unparsable"),
        (r"<think>a1a1</think> I play \boxed{{{answer}}}.", "correct"),
        ("The answer is {answer}.", "correct"),
        ("{answer}", "correct"),
    ],
)
def test_what_is_no_legal_move_is_told_apart(text: str, reason: str) -> None:
    for problem in some(0, 10):
        assert task.verify(problem, text.format(answer=problem.answer)).reason == reason


@pytest.mark.parametrize("level", [*task.TABLE, "mate=1-2,notation=san"])
@pytest.mark.parametrize("style", task.STYLES)
def test_a_worked_solution_is_accepted_and_its_moves_are_legal(level: int | str, style: str) -> None:
    for problem in some(level, 12):
        text = task.solution(problem, style)
        assert task.verify(problem, text).correct
        assert read_move(text, position(problem.facts)).uci == problem.answer
        assert style == "worked" or len(text) <= 80, text


def test_worked_solutions_to_the_letter() -> None:
    facts = task.generate("train", 0, 0).facts
    mate = {**facts, "fen": "6k1/5ppp/8/8/8/8/r7/3QR1K1 w - - 0 1", "line": ("d1d8",), "mate": 1}
    problem = Problem("chesspuzzle", 1, "train", 0, 0, "", "d1d8", mate)
    # Queen and rook both mate on the back rank; no other move is check.
    assert task.solution(problem) == (
        "Black's king stands on g8 and could go to f8, h8.\nd1d8 is check, and nothing answers it: mate.\n\\boxed{d1d8}"
    )
    blocked = {**mate, "fen": "2r3k1/5ppp/8/8/8/6Q1/1B6/4R1K1 w - - 0 1", "line": ("g3g7",)}
    problem = Problem("chesspuzzle", 1, "train", 0, 0, "", "g3g7", blocked)
    assert task.solution(problem).splitlines()[1] == "e1e8 is check: c8e8 takes."
    assert task.solution(problem, "brief").splitlines()[0] == "kg8: Re1e8 e8, Qg3g7#"
    assert task.solution(problem, "terse") == "kg8 Qg3g7\n\\boxed{g3g7}"
    mirrored = {**mate, "fen": "4r3/1b6/6q1/8/8/8/5PPP/2R3K1 b - - 0 1", "line": ("g6g2",)}
    problem = Problem("chesspuzzle", 1, "train", 0, 0, "", "g6g2", mirrored)
    assert task.solution(problem, "terse") == "Kg1 qg6g2\n\\boxed{g6g2}"
    two = {**facts, "fen": "6k1/5ppp/8/8/8/8/1R6/R5K1 w - - 0 1", "line": ("a1a8",), "mate": 1}
    problem = Problem("chesspuzzle", 1, "train", 0, 0, "", "a1a8", two)
    assert task.solution(problem, "brief") == "kg8: Ra1a8#\n\\boxed{a1a8}"


def test_the_first_puzzles_stay_as_they_are_until_the_version_is_raised() -> None:
    assert task.VERSION == 1
    assert [
        (position(p.facts).fen(), p.answer) for p in (task.generate("train", level, 0) for level in (0, 1, 2, 3))
    ] == [
        ("r2k4/3r4/3B1p2/1K1P2pR/B7/pP3p2/8/3bn3 w - - 1 61", "h5h8"),
        ("3R1n2/4Pk2/1P3B2/2R5/4p1p1/2K5/1p5r/8 w - - 0 66", "e7f8q"),
        ("8/2Qb2n1/3B4/1k6/7p/2K5/r7/8 w - - 3 108", "c7b7"),
        ("5k1r/pQp1np2/6pr/8/3P2Bq/2P1P2P/P4PR1/6RK b - - 0 27", "h4h3"),
    ]
