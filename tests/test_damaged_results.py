"""Results that a crash, a disk or a person has damaged: each is named, costs its own cell, and the rest stands."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reason_arena.arena.cells import COST
from reason_arena.arena.cells import TestCell as Cell
from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.files import sole_user
from reason_arena.arena.merge import _curve, merge
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import damage_lines, read_run, write_report
from reason_arena.arena.report.scores import score
from reason_arena.arena.verify import verify
from reason_arena.scripts.cli import main
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig

FILE = """
name: small
agents:
  guess: {kind: majority}
  oracle: {kind: oracle}
  learner: {kind: specialist, tested: false}
training_seeds: [0]
primary: {level: 1}
levels: [1, 2]
episodes: 12
"""
PLACES = [(agent, level) for agent in ("guess", "oracle") for level in ("1", "2")]
"""the cells, in the order of their lines"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a comparison with all its tests done, beside its file."""
    top = tmp_path_factory.mktemp("whole")
    (top / "small.yaml").write_text(FILE)
    plan = Plan(told(top))
    for cell in plan.tests():
        cell.run()
    for cell in plan.training():  # as if it had been trained
        (cell.folder / "metrics.jsonl").parent.mkdir(parents=True)
        row = {"score": 0.5, "samples": 1, "cpu_seconds": 1.0, "train_flops": 1.0, "stage": "ppo"}
        (cell.folder / "metrics.jsonl").write_text(json.dumps(row) + "\n")
        (cell.folder / COST).write_text("{}")
        cell.marker.touch()
    merge(plan, "")
    return top


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "copy")
    return tmp_path / "copy"


def told(top: Path) -> Comparison:
    return read_comparison(top / "small.yaml", out=str(top / "out"))


def scores(folder: Path) -> dict[tuple[str, str], float | None]:
    data = read_run(folder)
    found = {place: score(data, *place) for place in PLACES}
    return {place: interval.mean if interval else None for place, interval in found.items()}


Change = Callable[[list[str]], list[str]]


def edit(place: int, **values: Any) -> Change:
    """Other values in a line."""

    def change(lines: list[str]) -> list[str]:
        lines[place] = json.dumps({**json.loads(lines[place]), **values})
        return lines

    return change


def nowhere(lines: list[str]) -> list[str]:
    """The oracle's lines lose the metric."""
    rows = [json.loads(line) for line in lines]
    return [json.dumps({key: row[key] for key in row if key != "correct" or row["agent"] != "oracle"}) for row in rows]


HARM: dict[str, tuple[Change, set[int], str]] = {
    "cut in the last line": (lambda a: [*a[:-1], a[-1][:90]], {3}, "results.jsonl, line 48: not JSON"),
    "cut in the middle": (lambda a: [*a[:5], a[5][:90], *a[6:]], {0}, "11 of 12 lines are there"),
    "zeros of a power cut": (lambda a: [*a[:5], "\0" * 90, *a[6:]], {0}, "results.jsonl, line 6: not JSON"),
    "no object": (lambda a: [*a[:5], "[1]", *a[6:]], {0}, "line 6: expected a JSON object, got list"),
    "a cell that is not there": (
        lambda a: a[12:],
        {0},
        "seed 0 on level 1 of Reason-Arithmetic-v0 is left out: 0 of 12",
    ),
    "lines too many": (lambda a: [*a, a[12].replace('"seed": 0', '"seed": 99')], {1}, "13 of 12 lines are there"),
    "NaN": (edit(0, correct=math.nan), {0}, "1 of 12 lines have no correct that is a number"),
    "infinite": (edit(30, correct=math.inf), {2}, "1 of 12 lines have no correct that is a number"),
    "a number too large": (edit(30, correct=10**400), {2}, "1 of 12 lines have no correct that is a number"),
    "a text": (edit(47, correct="yes"), {3}, "1 of 12 lines have no correct that is a number"),
    "a metric missing in one agent": (nowhere, {2, 3}, "12 of 12 episodes of oracle seed 0 on level 1"),
    "a line twice": (
        lambda a: [*a, a[0]],
        set(),
        "1 lines of guess seed 0 on level 1 of Reason-Arithmetic-v0 stand there",
    ),
    "two outcomes": (
        lambda a: [*a, *edit(0, correct=False, verdict="wrong")(a[24:25])],
        {2},
        "1 of its episodes have two lines with different outcomes",
    ),
    "another's lines": (lambda a: [*a, *edit(0, agent="nobody")(a[:1])], set(), "1 lines of nobody, who is no agent"),
    "lines of another version": (edit(20, task_version=7), {1}, "some of its lines are of another version"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_line_is_named_and_costs_its_own_cell(harm: str, run: Path) -> None:
    change, lost, words = HARM[harm]
    folder, before = run / "out", scores(run / "out")
    assert None not in before.values()
    assert damage_lines(folder) == []
    path = folder / "results.jsonl"
    content = "\n".join(change(path.read_text().splitlines()))
    path.write_text(content if harm == "cut in the last line" else content + "\n")
    assert scores(folder) == {place: None if i in lost else before[place] for i, place in enumerate(PLACES)}
    assert any(words in line for line in damage_lines(folder)), damage_lines(folder)
    merge(Plan(told(run)), "")  # what `reason compare` does when all cells are done
    assert damage_lines(folder) == []
    assert scores(folder) == before


def test_page_and_terminal_name_it(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run / "out" / "results.jsonl"
    path.write_text(path.read_text()[:-200])
    assert main(["report", str(run / "out")]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    words = "oracle seed 0 on level 2 of Reason-Arithmetic-v0 is left out: 11 of 12 lines are there"
    assert f"damaged: {words}" in printed
    page = (run / "out" / "report.html").read_text()
    assert words in page


@pytest.mark.parametrize("content", ["", "\n", "{", '{"agent": "oracle"'])
def test_an_empty_file_is_no_result(content: str, run: Path) -> None:
    (run / "out" / "results.jsonl").write_text(content)
    with pytest.raises(BadConfig, match=r"results\.jsonl holds no episode"):
        write_report(run / "out")


def test_a_manifest_of_another_version_is_named(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, before = run / "out", scores(run / "out")
    monkeypatch.setattr(registry.load("arithmetic"), "VERSION", 2)
    (line,) = damage_lines(folder)
    assert "are of version 1 of its problems, and version 2 is installed here" in line
    assert scores(folder) == before
    with pytest.raises(BadConfig, match="are of version 1 of the problems of Reason-Arithmetic-v0, and version 2 is"):
        verify(told(run), 0)
    assert not any(cell.done for cell in Plan(told(run)).tests())
    monkeypatch.undo()
    manifest = json.loads((folder / "comparison.json").read_text())
    manifest["environments"][0]["task_version"] = 2
    (folder / "comparison.json").write_text(json.dumps(manifest))
    with pytest.raises(BadConfig, match="holds no episode that counts"):
        read_run(folder)


CELL: dict[str, tuple[str, Change]] = {
    "cut": ("lines.jsonl", lambda a: [*a[:-1], a[-1][:90]]),
    "shorter": ("lines.jsonl", lambda a: a[:-1]),
    "zeros": ("lines.jsonl", lambda a: [*a[:5], "\0" * 90, *a[6:]]),
    "NaN": ("lines.jsonl", edit(3, **{"return": math.nan})),
    "another's": ("lines.jsonl", edit(3, agent="guess")),
    "twice": ("lines.jsonl", lambda a: [*a[:-1], a[0]]),
    "no lines": ("lines.jsonl", lambda a: []),
    "no bill": (COST, lambda a: ["{"]),
}


@pytest.mark.parametrize("harm", CELL)
def test_a_damaged_cell_is_played_again_and_no_other(harm: str, run: Path) -> None:
    name, change = CELL[harm]
    cells = Plan(told(run)).tests()
    assert all(cell.done for cell in cells)
    harmed = cells[3]
    path = harmed.marker.with_name(name)
    before = untimed(harmed)
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))
    assert [cell for cell in cells if not cell.done] == [harmed]
    assert {verify(told(run), seed, "oracle").cell for seed in range(3)} == {
        "oracle seed 0 on level 1 of Reason-Arithmetic-v0"
    }
    harmed.run()
    assert harmed.done
    assert untimed(harmed) == before


def untimed(cell: Cell) -> list[dict[str, Any]]:
    return [{**json.loads(line), "seconds": 0} for line in cell.marker.read_text().splitlines()]


@pytest.mark.parametrize("content", ["", "{\n{}\n", "\0\0\n"])
def test_a_damaged_curve_costs_itself(content: str, run: Path) -> None:
    plan, damage = Plan(told(run)), []  # type: tuple[Plan, list[str]]
    (cell,) = plan.training()
    assert len(_curve(plan, "learner", damage)) == 1
    assert damage == []
    (cell.folder / "metrics.jsonl").write_text(content)
    assert _curve(plan, "learner", damage) == []
    assert damage[0].startswith("the learning curve of learner seed 0 is left out: ")
    merge(plan, "")
    assert any("the learning curve of learner seed 0" in line for line in damage_lines(run / "out"))


def test_a_second_comparison_in_the_same_folder_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (run / "out" / "results.jsonl").read_bytes()
    with sole_user(run / "out"):
        assert main(["compare", str(run / "small.yaml"), "--out", str(run / "out")]) == 2
        assert "another comparison is at work there" in capsys.readouterr().err
        assert scores(run / "out")  # reading is no harm
    assert (run / "out" / "results.jsonl").read_bytes() == before
