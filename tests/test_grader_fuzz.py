"""The judge under attack: a hundred thousand completions made to break graders, and the measurement of them."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from reason_arena.arena.bench import graders
from reason_arena.arena.bench.completions import EXPECTED, MEGABYTE, fuzzed, ordinary
from reason_arena.tasks.answer import extract, judge_integer
from reason_arena.tasks.problem import Reason


def digits(text: str) -> str:
    """All decimal digits of a text, of any script, in their order."""
    return "".join(str(unicodedata.decimal(char)) for char in text if unicodedata.category(char) == "Nd")


def test_no_hard_completion_raises_or_has_two_answers() -> None:
    reasons: Counter[str] = Counter()
    longest = 0
    for text in fuzzed(100_000):
        longest = max(longest, len(text))
        verdict = judge_integer(text, EXPECTED)
        reasons[verdict.reason] += 1
        assert verdict.correct == (verdict.reason == "correct")
        if verdict.correct:
            assert EXPECTED in digits(text)
            assert judge_integer(text, "0" + EXPECTED).correct
            assert not any(judge_integer(text, other).correct for other in ("0", "7", "617", f"-{EXPECTED}", "1000"))
    # All kinds of verdicts occur, and so do texts of a megabyte: the loop above does test something.
    assert set(reasons) == set(get_args(Reason)) - {"illegal"}
    assert min(reasons.values()) > 500
    assert longest >= MEGABYTE


def test_whatever_is_extracted_is_in_the_text() -> None:
    found = 0
    for text in fuzzed(5_000, seed=1):
        answer = extract(text)
        found += answer is not None
        assert answer is None or answer in text
    assert found > 500


def test_hard_completions_are_those_of_their_seed() -> None:
    assert list(fuzzed(50, seed=3)) == list(fuzzed(80, seed=3))[:50]
    assert len(set(fuzzed(300, seed=3)) & set(fuzzed(300, seed=4))) < 30


def test_ordinary_completions_are_right_and_differ() -> None:
    for pairs in ordinary(100).values():
        assert len({completion for completion, _ in pairs}) == 100
        assert all(judge_integer(completion, expected).correct for completion, expected in pairs)


def test_the_measurement_has_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("math_verify")
    cases = tmp_path / "cases.jsonl"
    rows = [
        {"id": "a", "problem_answer": "6", "output": r"\boxed{6}", "correct": True},
        {"id": "b", "problem_answer": "6", "output": r"\boxed{2 \cdot 3}", "correct": False},
    ]
    cases.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    for name, value in (("KINDS", 2), ("REPEATS", 1), ("HARD", 20), ("THEIRS", 1), ("CASES", cases)):
        monkeypatch.setattr(graders, name, value)
    measured = list(graders.graders())
    assert [row.row for row in measured] == [
        *ordinary(1),
        "all of these",
        "the slowest of 20 hard completions",
        "judged cases",
    ]
    assert all(row.ours > 0 and row.peer > 0 and row.peer_name.startswith("math-verify 0.") for row in measured)
    # Copying the product out of the question is right for math-verify.
    assert (measured[-1].ours, measured[-1].peer) == (2, 1)
