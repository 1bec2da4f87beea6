"""Real problems from files and the hub: every format reads alike, and what cannot be used is named by its line.

The statements here are made up. The real ones are read where the project's notes are at hand, and never copied.
"""

from __future__ import annotations

import csv
import json
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from reason_arena.tasks.aime.dataset import load
from reason_arena.tasks.aime.rows import Row
from reason_arena.tasks.errors import BadData, UnknownName

GOOD = [
    {"id": "2001-I-1", "problem": "How many primes are below 10?", "answer": 4},
    {"id": "2001-I-2", "problem": "What is the area in the figure?", "answer": 100},
    {"id": "2001-II-3", "problem": "[asy]draw((0,0)--(1,0));[/asy] How long is it?", "answer": 1},
]
Write = Callable[[Path, Sequence[Any]], Path]


def json_lines(folder: Path, rows: Sequence[Any]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def json_list(folder: Path, rows: Sequence[Any]) -> Path:
    path = folder / "rows.json"
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return path


def comma_separated(folder: Path, rows: Sequence[Any]) -> Path:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return path


def raw(folder: Path, content: bytes, name: str = "rows.jsonl") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def line(**fields: Any) -> bytes:
    return json.dumps({"problem": "How many?", "answer": 1, **fields}).encode() + b"\n"


each_format = pytest.mark.parametrize("write", [json_lines, json_list, comma_separated])


@each_format
def test_every_format_gives_the_same_rows(write: Write, tmp_path: Path) -> None:
    loaded = load(str(write(tmp_path, GOOD)))
    assert loaded.rows == (
        Row("2001-I-1", GOOD[0]["problem"], 4, "", 2001, "I", 1),  # type: ignore[arg-type]
        Row("2001-I-2", GOOD[1]["problem"], 100, "missing", 2001, "I", 2),  # type: ignore[arg-type]
        Row("2001-II-3", GOOD[2]["problem"], 1, "code", 2001, "II", 3),  # type: ignore[arg-type]
    )
    assert loaded.skipped == ()
    assert loaded.content_hash == load(str(json_lines(tmp_path, GOOD))).content_hash


def test_the_hash_is_of_what_is_asked_and_right(tmp_path: Path) -> None:
    path = str(json_lines(tmp_path, GOOD))
    whole = load(path).content_hash
    assert whole == load(str(json_lines(tmp_path, [{**row, "source": "elsewhere"} for row in GOOD]))).content_hash
    for change in ({"answer": 5}, {"problem": "How many primes are below 11?"}, {"id": "2001-I-9"}):
        assert load(str(json_lines(tmp_path, [{**GOOD[0], **change}, *GOOD[1:]]))).content_hash != whole
    assert load(str(json_lines(tmp_path, GOOD)), figures="none").content_hash != whole


@pytest.mark.parametrize(("figures", "kept"), [("all", [1, 2, 3]), ("code", [1, 3]), ("none", [1])])
def test_problems_with_figures_are_left_out_on_demand(figures: str, kept: list[int], tmp_path: Path) -> None:
    assert [row.number for row in load(str(json_lines(tmp_path, GOOD)), figures).rows] == kept


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (25, 25),
        ("25", 25),
        ("025", 25),
        ("000", 0),
        (0, 0),
        (" 7 ", 7),
        (25.0, 25),
        ("25.0", 25),
        ("+9", 9),
        (999, 999),
    ],
)
def test_answers_are_read_in_every_notation(given: object, value: int, tmp_path: Path) -> None:
    assert load(str(json_lines(tmp_path, [{"problem": "How many?", "answer": given}]))).rows[0].answer == value


@pytest.mark.parametrize(
    ("row", "identity"),
    [
        ({"ID": "2024-I-1", "Problem": "Why?", "Solution": r"\boxed{3}", "Answer": 3}, ("2024-I-1", 2024, "I", 1)),
        ({"id": 61, "problem": "Why?", "answer": "3", "year": "2024"}, ("61", 2024, "", None)),
        ({"problem_idx": 16, "problem": "Why?", "answer": 3}, ("16", None, "", None)),
        ({"id": "aime25-3", "prompt": "Why?", "expected_answer": 3}, ("aime25-3", None, "", None)),
        (
            {"ID": "1999-2", "Year": 1999, "Problem Number": 2, "Question": "Why?", "Answer": 3, "Part": None},
            ("1999-2", 1999, "", 2),
        ),
        (
            {"problem": "Why?", "answer": "3", "year": 2023, "aime_number": 2, "problem_number": 4},
            ("2023-II-4", 2023, "II", 4),
        ),
        ({"problem": "Why?", "answer": 3, "year": 2023, "problem_number": 4}, ("1", 2023, "", 4)),
        ({"problem": "Why?", "answer": 3, "year": 1990, "number": 0}, ("1", 1990, "", None)),
        (
            {"id": 60, "problem": "Why?", "answer": "3", "url": "wiki/2024_AIME_II_Problems/Problem_12"},
            ("60", 2024, "II", 12),
        ),
    ],
)
def test_columns_of_public_copies_are_known(row: dict[str, Any], identity: tuple[Any, ...], tmp_path: Path) -> None:
    (found,) = load(str(json_lines(tmp_path, [row]))).rows
    assert (found.question, found.answer) == ("Why?", 3)
    assert (found.id, found.year, found.exam, found.number) == identity


BAD_ROWS: list[tuple[bytes, str]] = [
    (line(answer=1000), "answer: expected 0 to 999, got 1000"),
    (line(answer=-1), "answer: expected 0 to 999, got -1"),
    (line(answer="7" * 5000), "answer: expected 0 to 999, got '777"),
    (line(answer="0" * 100_000 + "x"), "answer: expected an integer, got '000"),
    (b'{"problem": "How many?", "answer": ' + b"7" * 5000 + b"}\n", "no JSON: Exceeds the limit"),
    (line(answer=2.5), "answer: expected an integer, got 2.5"),
    (line(answer=float("nan")), "answer: expected an integer, got nan"),
    (line(answer=1e300), "answer: expected an integer, got 1e+300"),
    (line(answer=True), "answer: expected an integer, got True"),
    (line(answer=[7]), "answer: expected an integer, got [7]"),
    (line(answer="4/2"), "answer: expected an integer, got '4/2'"),
    (line(answer="２５"), "answer: expected an integer, got '２５'"),
    (line(answer=""), "answer: expected an integer, got ''"),
    (line(answer=None), "no answer: expected a field answer or expected_answer, the row has ['problem']"),
    (b'{"answer": 3}\n', "no statement: expected a field problem or question or prompt, the row has ['answer']"),
    (line(problem=" \n"), "the statement is empty"),
    (line(problem=["Why?"]), "statement: expected a text, got ['Why?']"),
    (line(problem=r"How many? Adding gives $\boxed{096}$."), r"the statement holds a boxed answer, '\\boxed{096}$.'"),
    (line(problem=r"How many? \fbox {\textbf{096}}"), "the statement holds a boxed answer"),
    (line(problem="na\ufffdve"), "wrong encoding"),
    (line(problem="\ud800"), "wrong encoding"),
    ('{"problem": "Für welches n?", "answer": 3}\n'.encode("latin-1"), "wrong encoding: expected UTF-8"),
    (b'{"problem": "How many?", "answer": 3\n', "no JSON: Expecting"),
    (b"[" * 100_000 + b"\n", "no JSON: maximum recursion"),
    (b"[1, 2]\n", "expected a JSON object, got list"),
    (line(id="2001-I-1"), "id '2001-I-1' is there twice, first on line 1"),
    (line(problem=" How many primes are below  10?"), "this statement is there twice, first on line 1"),
    (line(id=""), "id: expected a printable name, got ''"),
    (line(id="a\nb"), "id: expected a printable name"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_ROWS, ids=range(len(BAD_ROWS)))
def test_a_bad_row_is_named_and_refused_and_the_rest_used_if_asked(bad: bytes, reason: str, tmp_path: Path) -> None:
    good = [json.dumps(row).encode() + b"\n" for row in GOOD]
    path = raw(tmp_path, good[0] + b"\n" + bad + good[1] + good[2])
    with pytest.raises(BadData) as error:
        load(path)
    told = str(error.value)
    assert f"1 of 4 rows cannot be used: line 3: {reason}" in told
    assert "\n" not in told
    assert told.isprintable()
    loaded = load(path, skip_bad=True)
    assert [row.id for row in loaded.rows] == [row["id"] for row in GOOD]
    assert [fault.place for fault in loaded.skipped] == ["line 3"]
    assert str(pickle.loads(pickle.dumps(error.value))) == told


def test_a_home_folder_and_a_mark_of_utf_8_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    raw(tmp_path, b"\xef\xbb\xbf" + line(answer=9), "marked.jsonl")
    assert load("~/marked.jsonl").rows[0].answer == 9


def test_an_instruction_with_an_empty_box_is_no_leak(tmp_path: Path) -> None:
    assert load(raw(tmp_path, line(problem=r"How many? Put it into \boxed{}."))).rows[0].answer == 1


def test_an_error_lists_the_first_bad_rows_and_counts_the_others(tmp_path: Path) -> None:
    rows = [{"id": number, "problem": f"Which? {number}", "answer": number} for number in range(995, 1010)]
    with pytest.raises(BadData, match=r"10 of 15 rows cannot be used: line 6: .*line 10: .*; and 5 more; mend them"):
        load(str(json_lines(tmp_path, rows)))


BAD_FILES = [
    ("rows.csv", b'id,problem,answer\n\n1,"two\nlines",5\n2,Why?,5,6\n', "line 5: expected 3 fields .*, got 4"),
    ("rows.csv", b"id,problem,answer\n1,Why?\n", "line 2: expected 3 fields as in the first line, got 2"),
    ("rows.csv", b'id,problem,answer\n1,"Why?,5\n2,How?,5\n', "line 2: no CSV: unexpected end of data"),
    ("rows.csv", b'id,problem,answer\n1,"Why"?,5\n', "line 2: no CSV"),
    ("rows.csv", "id,problem,answer\n1,Für?,5\n".encode("latin-1"), "line 2: wrong encoding"),
    (
        "rows.csv",
        "id,problem,answer\n1,Why?,5\n".encode("utf-16"),
        "rows.csv: wrong encoding: expected UTF-8, it begins like UTF-16",
    ),
    ("rows.csv", b"", "it is empty"),
    ("rows.csv", b"id,problem,answer\n", "it is empty"),
    ("rows.jsonl", b"\n\n", "it is empty"),
    ("rows.json", b"[]", "it is empty"),
    ("rows.json", b'{"problem": "Why?", "answer": 5}', "expected a JSON list of objects, got dict"),
    ("rows.json", b'[{"problem": "Why?", "answer": 5},', "no JSON"),
    ("rows.json", b'[{"problem": "Why?", "answer": 5}, 6]', "row 2: expected a JSON object, got int"),
    ("rows.txt", b"{}", "expected a file whose name ends in .jsonl, .json, .csv"),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_bad_file_is_refused_in_one_line(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=message) as error:
        load(raw(tmp_path, content, name))
    assert name in str(error.value)
    assert str(error.value).isprintable()


def test_what_is_no_source_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"expected one of aime-2024, .*, a file .jsonl, .json, .csv, or 'owner/name'"):
        load("aime-2040")
    with pytest.raises(BadData, match=r"cannot read .*nowhere.jsonl: No such file"):
        load(str(tmp_path / "nowhere.jsonl"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadData, match=r"cannot read .*folder.csv: Is a directory"):
        load(str(tmp_path / "folder.csv"))
    with pytest.raises(UnknownName, match=r"unknown figures 'some': .* code, none"):
        load(str(json_lines(tmp_path, GOOD)), figures="some")
    with pytest.raises(BadData, match="no problem is left, with figures='none'"):
        load(str(json_lines(tmp_path, GOOD[1:])), figures="none")
    with pytest.raises(BadData, match=r"no problem is left, .*1 of 1 rows cannot be used"):
        load(raw(tmp_path, line(answer=-1), "bad.jsonl"), skip_bad=True)


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path = json_lines(tmp_path, GOOD)
    first = load(str(path))
    assert load(str(path)).rows[0] is first.rows[0]
    path.write_text(path.read_text().replace("4}", "5}"))
    os.utime(path, ns=(1, 1))
    assert load(str(path)).rows[0].answer == 5
