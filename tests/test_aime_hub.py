"""Real problems off the hub: read by the hub's own library, from a folder where it would look first, or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reason_arena.tasks.aime import dataset
from reason_arena.tasks.aime.dataset import NAMED, load
from reason_arena.tasks.aime.records import is_hub_id
from reason_arena.tasks.errors import BadData


def write(path: Path, years: range) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"ID": f"{year}-I-{number}", "Problem": f"How many in {year}, {number}?", "Answer": number * 11}
        for year in years
        for number in (1, 2)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Under names of real data sets the tests load their own."""
    dataset._read_hub.cache_clear()
    yield
    dataset._read_hub.cache_clear()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which `datasets` finds "owner/name" before it asks the network."""
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    return tmp_path


@pytest.mark.parametrize("source", ["owner/name", "owner/name@0123abc", "owner/name:default"])
def test_a_data_set_is_read_by_its_id(source: str, hub: Path) -> None:
    write(hub / "owner/name/test.jsonl", range(2001, 2003))
    assert [(row.id, row.answer) for row in load(source).rows] == [
        ("2001-I-1", 11),
        ("2001-I-2", 22),
        ("2002-I-1", 11),
        ("2002-I-2", 22),
    ]


@pytest.mark.parametrize("name", NAMED)
def test_a_name_stands_for_a_data_set_and_its_years(name: str, hub: Path) -> None:
    known = NAMED[name]
    write(hub / known.hub_id / f"{known.split}.jsonl", range(2022, 2025))
    years = {row.year for row in load(name).rows}
    assert years == ({2022, 2023} if known.years else {2022, 2023, 2024})


def test_the_test_split_is_taken_and_several_others_are_refused(hub: Path) -> None:
    write(hub / "owner/both/train.jsonl", range(2001, 2002))
    write(hub / "owner/both/test.jsonl", range(2002, 2003))
    assert {row.year for row in load("owner/both").rows} == {2002}
    write(hub / "owner/others/train.jsonl", range(2001, 2002))
    write(hub / "owner/others/validation.jsonl", range(2002, 2003))
    with pytest.raises(BadData, match=r"expected a split 'test', or one alone; it has train, validation"):
        load("owner/others")


def test_bad_rows_are_told_by_number(hub: Path) -> None:
    path = hub / "owner/bad/test.jsonl"
    write(path, range(2001, 2002))
    path.write_text(path.read_text().replace("22", "2222"))
    with pytest.raises(BadData, match=r"owner/bad: 1 of 2 rows cannot be used: row 2: answer: expected 0 to 999"):
        load("owner/bad")


CODE = """
from reason_arena.tasks.aime.dataset import load
try:
    load({!r})
except ValueError as error:
    print(error)
"""


def test_without_a_network_a_file_is_asked_for_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    words = [sys.executable, "-c", CODE.format("aime-2026")]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot read MathArena/aime_2026 off the hub: ")
    assert done.stdout.endswith("; without a network give a file .jsonl, .json, .csv\n")
    assert done.stdout.count("\n") == 1


def test_without_datasets_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)  # what Python itself writes for a module that is not there
    with pytest.raises(BadData, match=r"AIME_2024: .* pip install 'reason-arena\[data\]'"):
        load("aime-2024")


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        ("owner/name", True),
        ("o.w-n/n_a.me@main:AIME2025-I", True),
        ("owner/name@refs/pr/1", True),
        ("name", False),
        ("a/b/c", False),
        ("/a/b", False),
        ("own er/name", False),
        ("owner/name:", False),
    ],
)
def test_ids_of_the_hub_are_told_from_others(source: str, is_one: bool) -> None:
    assert is_hub_id(source) is is_one
