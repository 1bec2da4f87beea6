"""What every executor promises: a failure costs its own cell and those that need it, and all of it is named."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from odd_cells import OddCell

from reason_arena.arena.executors import Cluster, Executor, make_executor
from reason_arena.arena.files import held_by_another, sole_user
from reason_arena.arena.schedule import FAILED, not_run, run_all
from reason_arena.tasks.errors import BadConfig, StorageError

TESTS = Path(__file__).resolve().parent
KINDS = [
    "local",
    *(
        pytest.param(kind, marks=pytest.mark.skipif(not importlib.util.find_spec(needs), reason=f"needs {needs}"))
        for kind, needs in (("slurm", "submitit"), ("ray", "ray"))
    ),
]
Make = Callable[..., Executor]


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes executors of a kind; its workers find the cells of these tests."""
    here = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), *filter(None, [here])]))

    def made(workers: int = 1) -> Executor:
        return make_executor(request.param, workers, Cluster(scheduler="local"), tmp_path)

    return made


def record(cell: OddCell) -> dict[str, Any]:
    return json.loads((cell.folder / FAILED).read_text())  # type: ignore[no-any-return]


def test_a_failure_costs_its_own_cell_and_those_that_need_it(make: Make, tmp_path: Path) -> None:
    root = OddCell("root", tmp_path, "diverge", effort=9)
    child = OddCell("child", tmp_path, needs=(root.marker,))
    grandchild = OddCell("grandchild", tmp_path, needs=(child.marker,))
    fatal, torn, fine = (
        OddCell("fatal", tmp_path, "die"),
        OddCell("torn", tmp_path, "die once"),
        OddCell("fine", tmp_path),
    )
    odd = OddCell("odd", tmp_path, "err")
    last = OddCell("last", tmp_path, needs=(fine.marker, torn.marker))
    cells = [root, child, grandchild, fatal, torn, fine, odd, last]
    with sole_user(tmp_path):
        run_all(cells, make(), 1, "test")  # type: ignore[arg-type]

    assert [cell.name for cell in cells if cell.done] == ["torn", "fine", "last"]
    assert {cell.name: cell.tries for cell in cells} == {
        "root": 1,  # what a cell raises it would raise again
        "child": 0,
        "grandchild": 0,
        "fatal": 2,  # once, and tried again once
        "torn": 2,
        "fine": 1,
        "odd": 1,
        "last": 1,
    }
    why = {str(each.cell.name): (each.reason, each.skipped) for each in not_run(cells)}  # type: ignore[arg-type]
    assert why["root"] == ("the loss is nan", False)
    assert why["child"] == why["grandchild"] == ("it needs root, which failed: the loss is nan", True)
    assert why["fatal"][0].startswith("its worker was lost 2 times")
    assert why["odd"] == ("ZeroDivisionError: one over none", False)
    assert "odd_cells.py" in record(odd)["traceback"]
    assert record(root)["traceback"] == ""
    assert record(fatal)["attempts"] == 2
    assert not (fine.folder / FAILED).exists()
    assert fine.marker.read_text() == "1"  # thread
    assert json.loads((fine.folder / "host.json").read_text())["class"]

    mended = [replace(cell, deed="write") for cell in cells]
    with sole_user(tmp_path):
        run_all(mended, make(), 0, "test")  # type: ignore[arg-type]
    assert all(cell.done for cell in mended)
    assert fine.tries == 1
    assert not list(tmp_path.rglob(FAILED))
    assert not not_run(mended)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [kind for kind in KINDS if "slurm" not in str(kind)], indirect=True)
def test_who_is_interrupted_keeps_a_checkpoint_and_is_no_failure(make: Make, tmp_path: Path) -> None:
    cell, executor = OddCell("long", tmp_path, "linger"), make()
    with sole_user(tmp_path):
        future = executor.submit(cell)  # type: ignore[arg-type]
        while not (cell.folder / "begun").exists() and not future.done():
            wait([future], timeout=0.02)
        executor.interrupt()
    assert (cell.folder / "kept").exists()
    assert not cell.done
    assert not (cell.folder / FAILED).exists()


def test_the_longest_chain_goes_first(tmp_path: Path) -> None:
    short = OddCell("short", tmp_path, effort=4)
    first = OddCell("first", tmp_path, effort=1)
    second = OddCell("second", tmp_path, effort=5, needs=(first.marker,))
    run_all([short, first, second], make_executor("local", 1, Cluster(), tmp_path), 0, "test")  # type: ignore[arg-type]
    made = {cell.name: cell.marker.stat().st_mtime_ns for cell in (short, first, second)}
    assert sorted(made, key=made.__getitem__) == ["first", "second", "short"]


def test_who_holds_a_folder_is_named(tmp_path: Path) -> None:
    assert not held_by_another(tmp_path)
    with sole_user(tmp_path):
        assert held_by_another(tmp_path)
        with (
            pytest.raises(BadConfig, match=rf"another comparison .*\(process {os.getpid()} on .*\)"),
            sole_user(tmp_path),
        ):
            pass
    with sole_user(tmp_path):
        pass


def test_a_file_system_without_locks_is_no_second_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(StorageError, match="cannot lock"), sole_user(tmp_path):
        pass


def test_a_cell_tells_when_locks_do_not_reach_its_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from reason_arena.arena.executors.work import Workplace, work

    cell = OddCell("a", tmp_path)
    assert not work(cell, Workplace(Path.cwd(), tmp_path)).locks_hold  # type: ignore[arg-type]
    with sole_user(tmp_path):
        assert work(cell, Workplace(Path.cwd(), tmp_path)).locks_hold  # type: ignore[arg-type]
    with pytest.raises(BadConfig, match="expected a file system that all machines share"):
        work(cell, Workplace(tmp_path / "elsewhere"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"retries": -1}, "retries: expected 0"),
        ({"minutes": 0}, "minutes: expected more"),
        ({"gpus": -1.0}, "gpus: exp"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        Cluster(**settings)
