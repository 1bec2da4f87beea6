"""Games of a console in the report: tables counted again, episodes played again, and a page that stays small."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from report_sample import Page, bare

pytest.importorskip("pyboy")

from reason_arena.arena import cells
from reason_arena.arena.replays import film
from reason_arena.arena.report import read_run, write_report
from reason_arena.arena.report.journeys import milestones_table, reach_table
from reason_arena.tasks.pokemon.records import read

ENV, LEVEL = "Reason-Pokemon-v0", "until=4,steps=200"
SEEDS = 4


def written(folder: Path, change: Any = lambda row: row) -> Path:
    """A comparison of two agents in its folder."""
    rows = []
    for agent, view in (("oracle", "text"), ("random", "array")):
        marker = folder / agent / "lines.jsonl"
        marker.parent.mkdir(parents=True)
        cells.TestCell(agent, agent, view, 0, LEVEL, ENV, SEEDS, marker).run()
        rows += [change(json.loads(line)) for line in marker.read_text().splitlines()]
    (folder / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = {
        "name": "walk",
        "title": "A walk",
        "env_id": ENV,
        "primary": {"metric": "correct", "level": LEVEL},
        "levels": [{"level": LEVEL, "label": "to the fourth milestone"}],
        "agents": [
            {"name": "oracle", "label": "The solver", "road": "baseline", "trained": False},
            {"name": "random", "label": "Random", "road": "baseline", "trained": False},
        ],
        "pairs": [],
    }
    (folder / "comparison.json").write_text(json.dumps(told))
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("walk"))


@pytest.fixture(scope="module")
def source(run: Path) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


def lines(run: Path, agent: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    return [row for row in rows if row["agent"] == agent]


def test_the_tables_say_what_the_lines_say(run: Path) -> None:
    data = read_run(run)
    table = reach_table(data)
    assert [column.name for column in table.columns][2:] == [
        *("Episodes", "Goal reached", "Milestones", "At best", "Steps", "Readable", "Blocked")
    ]
    for row, agent in zip(table.rows, ("oracle", "random"), strict=True):
        told = lines(run, agent)
        records = [read(line["record"]) for line in told]
        presses, blocked = (sum(line["counts"][name] for line in told) for name in ("presses", "blocked"))
        assert [cell.text for cell in row][2:6] == [
            str(SEEDS),
            f"{100 * sum(line['correct'] for line in told) / SEEDS:.1f} %",
            f"{sum(len(record.milestones) for record in records) / SEEDS:.1f}",
            str(max(len(record.milestones) for record in records)),
        ]
        assert float(row[6].text.replace(",", "")) == pytest.approx(presses / SEEDS, abs=0.06)
        said = {
            name: sum(line["counts"][name] for line in told) for name in ("moves", "illegal", "unparsable", "notes")
        }
        assert row[7].text == f"{100 * (1 - said['unparsable'] / sum(said.values())):.1f} %"
        assert row[-1].text == f"{100 * blocked / presses:.1f} %"
    assert table.rows[0][3].text == "100.0 %"
    table = milestones_table(data)
    reached = Counter(number for line in lines(run, "oracle") for number, _ in read(line["record"]).milestones)
    assert [row[0].text.split()[0] for row in table.rows] == ["1", "2", "3", "4"]
    for number, row in enumerate(table.rows, 1):
        steps = [dict(read(line["record"]).milestones)[number] for line in lines(run, "oracle")]
        assert row[1].text == f"{100 * reached[number] / SEEDS:.1f} %"
        assert row[1].note == f"step {median(steps):,.0f}"
    assert table.rows[1][0].text == "2 get a companion from the elder"


def test_the_page_plays_two_pairs_again_and_stays_small(run: Path, source: str) -> None:
    page = Page(source)
    assert "<h2>Journeys</h2>" in source
    assert "<h2>Games</h2>" not in source, "nobody won a game on a board"
    assert page.strangers() == []
    assert "://" not in bare(source)
    assert len(bare(source)) < 300_000
    assert page.count("fieldset", **{"class": "film"}) == page.count("svg", **{"class": "world"}) == 4
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    first = lines(run, "oracle")[0]
    regions = [attributes["aria-label"] for _, attributes in page.tags if attributes.get("role") == "region"]
    assert len(regions) == len(set(regions)), "landmarks are told apart"
    made = film(read(first["record"]))
    shown = re.findall(r'name="film-0a"[^>]* aria-label="([^"]+)"', source)
    assert shown[-1] == f"step {made.steps:,}: {made.moments[-1].told}"
    assert "milestone 4: reach Stonewick" in shown[-1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"record": ""}, "There is no record of this episode."),
        ({"record": "{"}, "There is no record of this episode."),
        ({"cartridge": "00" * 20}, "It cannot be played again here"),
        ({"milestones": [[1, math.inf]]}, "There is no record of this episode."),
        ({"digest": "11" * 20}, "as well, so its presses or its checksum cannot be right."),
        (
            {"digest": "11" * 20, "pyboy": "1.9"},
            "Memory does not end as recorded: the record is of PyBoy 1.9, and this",
        ),
    ],
)
def test_what_cannot_be_played_again_is_told_and_the_rest_stands(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    def changed(row: dict[str, Any]) -> dict[str, Any]:
        if row["agent"] != "oracle":
            return row
        if "record" in change:
            return row | change
        return row | {"record": json.dumps(asdict(read(row["record"])) | change)}

    source = (written(tmp_path, changed) / "report.html").read_text(encoding="utf-8")
    assert "<h2>Journeys</h2>" in source
    if not change.get("record", "some"):
        assert said not in source, "two agents are only compared where both have a record"
    else:
        assert source.count(said) == 2
