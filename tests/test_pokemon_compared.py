"""A comparison in the Game Boy world whose file names no labels: whose results they are, and what its curves draw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

pytest.importorskip("pyboy")

from report_sample import report

from reason_arena.arena.config import read_comparison
from reason_arena.arena.merge import merge
from reason_arena.arena.plan import Plan
from reason_arena.arena.report.reading import read_run
from reason_arena.arena.report.series import curve_charts
from reason_arena.arena.venue import EnvironmentEntry, LevelEntry, Primary, venue

ENV = "Reason-Pokemon-v0"
LEVEL = "until=4,steps=16,commands=goto,terse=true"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model that was shown a game, and a specialist that pressed 64 buttons."""
    folder = tmp_path_factory.mktemp("compared")
    where = {"env_id": ENV, "level": LEVEL}
    words = ["press ", "goto ", "start", "MILESTONES ", "WHERE "]
    small = {"layers": 1, "width": 32, "heads": 2, "feedforward": 64, "context": 224, "words": words}
    shown = {"updates": 2, "batch": 2, "games": 1, "warmup": 0}
    steps = {"total_timesteps": 64, "num_envs": 2, "n_steps": 32, "batch_size": 64, "n_epochs": 1, "net_arch": [16]}
    reader = {
        **where,
        "model": small,
        "sft": shown,
        "score_every": 1,
        "score_problems": 2,
        "memory": {"policy": "none"},
    }
    agents = {
        "reader": {"kind": "llm", "max_new_tokens": 8, "train": reader},
        "presser": {"kind": "specialist", "train": {**where, **steps, "evaluate_every": 1, "evaluate_episodes": 2}},
    }
    told = {"levels": [LEVEL], "primary": {"level": LEVEL, "metric": "furthest"}}
    plan = {"environments": {ENV: told}, "episodes": 2, "training_seeds": [0], "agents": agents}
    (folder / "file.yaml").write_text(yaml.safe_dump({**plan, "out": str(folder / "out")}))
    made = Plan(read_comparison(folder / "file.yaml"))
    for cell in made.cells():
        cell.run()
    merge(made, "")
    return folder / "out"


def test_both_roads_keep_how_far_they_came_in_training(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "curves.jsonl").read_text().splitlines()]
    assert [row["agent"] for row in rows] == ["presser", *["reader"] * 3]
    assert all(0 <= row["furthest"] <= 4 for row in rows)
    data = read_run(folder)
    assert [point.furthest for point in data.points] == [row["furthest"] for row in rows]
    assert [chart.title for chart in curve_charts(data)] == ["Score against training time", "Score against experience"]


def test_a_level_without_a_label_is_called_by_its_cartridge(folder: Path) -> None:
    data, page = read_run(folder), report(folder)
    assert data.level(LEVEL).title == f"HEARTHWAY, level {LEVEL}"
    assert f"Results on HEARTHWAY, level {LEVEL}" in page.tables


def test_the_name_is_the_cartridge_s_unless_the_file_has_another() -> None:
    def names(env_id: str) -> list[str]:
        entry = EnvironmentEntry(Primary(1), levels=(1, LevelEntry(2, "two")))
        return [trial.label for trial in venue(env_id, entry, 1, 0, 1).trials]

    assert names(ENV) == ["HEARTHWAY, level 1", "two"]
    assert names("Reason-Arithmetic-v0") == ["", "two"]
