"""The page of `reason label`: which answer is A, and an answer shown as it is, whatever is in it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from reason_arena.agents.learning.preferences import Answer, Pair, PreferenceFile, read_preferences
from reason_arena.agents.visible import visible
from reason_arena.scripts.label import Page

ANSWERS = re.compile(r"┡.*\n│ (.*?) *│ (.*?) *│\n└")


def told(texts: list[tuple[str, str]], typed: str, out: Path, seed: int = 0) -> str:
    """The page of made-up answers, as a program that reads it gets it."""
    pairs = [
        Pair("question?", Answer(a, (1, 2), False), Answer(b, (3, 2), True), place, "Reason-Arithmetic-v0", 0)
        for place, (a, b) in enumerate(texts)
    ]
    with pytest.MonkeyPatch.context() as patch, PreferenceFile(out) as file:
        patch.setattr("sys.stdin", io.StringIO(typed))
        page = io.StringIO()
        patch.setattr("sys.stdout", page)
        Page(iter(pairs), file, 0, len(pairs), seed).run()
    return page.getvalue()


def test_which_answer_is_a_is_drawn_by_the_seed(tmp_path: Path) -> None:
    def sides(seed: int) -> list[tuple[str, str]]:
        return ANSWERS.findall(told([("first", "second")] * 60, "s\n" * 60, tmp_path / "prefs.jsonl", seed))

    assert set(sides(0)) == {("first", "second"), ("second", "first")}
    # 60 draws of one half: mean 30, standard deviation 3.9
    assert 15 < sides(0).count(("first", "second")) < 45
    assert sides(0) == sides(0) != sides(1)


HOSTILE = "\x1b[31m[red]x[/red]\x1b]0;title\x07 \U0001f600 :smile: \\ [link=http://x]y\r\x9b2J\u202eabc"
SHOWN = r"\x1b[31m[red]x[/red]\x1b]0;title\x07 " + "\U0001f600" + r" :smile: \ [link=http://x]y\r\x9b2J\u202eabc"


def test_an_answer_is_shown_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    page = told([(HOSTILE, "[/]")], "a\nq\n", tmp_path / "prefs.jsonl")
    assert SHOWN in page
    assert "[/]" in page
    assert not set(page) & set("\x1b\x07\r\x9b\u202e")
    (row,) = read_preferences(tmp_path / "prefs.jsonl")
    assert {row.chosen, row.rejected} == {HOSTILE, "[/]"}


def test_nothing_of_a_long_answer_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    word = "".join(chr(ord("!") + place % 90) for place in range(400))
    page = told([(word, "short")], "q\n", tmp_path / "prefs.jsonl")
    left, right = zip(*re.findall(r"^│ (.*?) *│ (.*?) *│$", page, re.MULTILINE), strict=True)
    assert {"".join(left), "".join(right)} == {word, "short"}


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 \u5b57"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("two\nlines\tand a tab", "utf-8", "two\nlines\tand a tab"),
        ("\x1b[0m\x00\x7f\u2028", "utf-8", r"\x1b[0m\x00\x7f\u2028"),
        (FAMILY, "utf-8", FAMILY),
        ("\ud800", "utf-8", r"\ud800"),
        ("caf\u00e9 \U0001f600", "ascii", r"caf\xe9 \U0001f600"),
        ("caf\u00e9 \U0001f600", "cp1252", "caf\u00e9 " + r"\U0001f600"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, encoding: str, expected: str) -> None:
    assert visible(text, encoding) == expected


def test_an_answer_without_text_cannot_be_chosen(tmp_path: Path) -> None:
    page = told([("", "right"), (" ", "right")], "a\nb\nb\na\nq\n", tmp_path / "prefs.jsonl")
    rows = read_preferences(tmp_path / "prefs.jsonl")
    assert [row.chosen for row in rows] == ["right"] * len(rows)
    assert "an answer without text cannot be the better one; s skips the pair" in page
