"""A comparison whose cells are played again: one that holds, and one whose record was touched."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from reason_arena.arena.compare import compare
from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.sums import SUMS, changed
from reason_arena.arena.verify import verify
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadConfig

FILE = """
name: small
agents:
  guess: {kind: random}
  oracle: {kind: oracle}
primary: {level: 1}
levels: [1, 2]
episodes: 30
workers: 1
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("run")
    (folder / "small.yaml").write_text(FILE)
    comparison = read_comparison(folder / "small.yaml", out=str(folder / "out"))
    compare(comparison)
    return comparison


def test_every_cell_holds_and_seeds_come_to_all_of_them(run: Comparison) -> None:
    found = [verify(run, seed) for seed in range(20)]
    assert all(each.holds and each.episodes == 30 for each in found)
    assert len({each.cell for each in found}) == 4
    assert {verify(run, seed, "oracle").cell.split()[0] for seed in range(5)} == {"oracle"}


def test_a_record_that_was_touched_is_found_out(run: Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    cells = sorted((run.folder / "cells" / "guess-test").rglob("lines.jsonl"))
    kept = [cell.read_text() for cell in cells]
    try:
        for cell, text in zip(cells, kept, strict=True):
            lines = [json.loads(line) for line in text.splitlines()]
            lines[7] |= {"correct": True, "seconds": 99.0}
            cell.write_text("".join(json.dumps(line) + "\n" for line in lines))
        found = verify(run, 0, "guess")
        assert [name for _, name in found.differing] == ["correct"]
        path = run.folder.parent / "small.yaml"
        assert main(["verify", str(path), "--out", str(run.folder), "--agent", "guess"]) == 2
        assert "30 episodes, not as on record: correct of arithmetic-v" in capsys.readouterr().err
    finally:
        for cell, text in zip(cells, kept, strict=True):
            cell.write_text(text)
    assert main(["verify", str(path), "--out", str(run.folder), "--agent", "guess"]) == 0
    assert "30 episodes played again, all as on record" in capsys.readouterr().out


def test_what_was_not_run_cannot_be_verified(run: Comparison, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no finished test of agent 'nobody'"):
        verify(run, 0, "nobody")
    other = read_comparison(run.folder.parent / "small.yaml", out=str(tmp_path / "none"))
    with pytest.raises(BadConfig, match="no finished test to be played again"):
        verify(other, 0)


def test_files_are_those_that_the_comparison_left_as_other_tools_see_it(
    run: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    def check() -> int:
        return subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=run.folder, capture_output=True).returncode

    path, results = run.folder.parent / "small.yaml", run.folder / "results.jsonl"
    again = ["verify", str(path), "--out", str(run.folder)]
    assert (main(again), check()) == (0, 0)
    assert "files: as the comparison left them" in capsys.readouterr().out
    named = {line.split("  ")[1] for line in (run.folder / SUMS).read_text().splitlines()}
    merged = {"results.jsonl", "costs.jsonl", "curves.jsonl", "comparison.json", "meters.jsonl"}
    assert named == merged | {
        file.relative_to(run.folder).as_posix() for file in (run.folder / "cells").rglob("*-test/**/lines.jsonl")
    }
    assert len(named) == 5 + 4
    kept = results.read_text()
    results.write_text(kept.replace('"correct": false', '"correct": true', 1))
    (run.folder / "curves.jsonl").rename(run.folder / "away")
    try:
        assert sorted(changed(run.folder, []) or ()) == ["curves.jsonl", "results.jsonl"]
        assert (main(again), check()) == (2, 1)
        assert f"not as the comparison left them, by {SUMS}: results.jsonl, curves.jsonl" in capsys.readouterr().err
        (run.folder / SUMS).write_text("")  # nobody gets round it by leaving lines out
        assert main(again) == 2
        assert "by SHA256SUMS: results.jsonl, costs.jsonl, curves.jsonl, meters.jsonl, comparison.json and 4 more" in (
            capsys.readouterr().err
        )
        (run.folder / SUMS).write_text("no digest\n")
        assert main(again) == 2
        assert "expected lines of a digest, two spaces and a file's name" in capsys.readouterr().err
        (run.folder / SUMS).unlink()
        assert main(again) == 0
        assert f"files: no {SUMS}" in capsys.readouterr().out
    finally:
        results.write_text(kept)
        (run.folder / "away").rename(run.folder / "curves.jsonl")
        compare(run)  # writes the digests again
    assert (main(again), check()) == (0, 0)
