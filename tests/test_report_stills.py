"""Episodes of a console side by side: the first press that differs, pictures and ways of real games."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from report_sample import Page

pytest.importorskip("pyboy")

from reason_arena.arena import cells
from reason_arena.arena.replays import film
from reason_arena.arena.report import read_run, write_report
from reason_arena.arena.report.sides import replays
from reason_arena.tasks.pokemon.records import lengthened, read, shortened

ENV, LEVEL = "Reason-Pokemon-v0", "until=4,steps=200"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the scripted player and a random one do with two games."""
    found = []
    for agent, view in (("oracle", "text"), ("random", "array")):
        marker = tmp_path_factory.mktemp(agent) / "lines.jsonl"
        cells.TestCell(agent, agent, view, 0, LEVEL, ENV, 2, marker).run()
        found += [json.loads(line) for line in marker.read_text().splitlines()]
    return found


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    told = {
        "name": "walk",
        "env_id": ENV,
        "primary": {"metric": "furthest", "level": LEVEL},
        "levels": [{"level": LEVEL, "label": "to the fourth milestone"}],
        "agents": [{"name": name, "road": "baseline", "trained": False} for name in ("oracle", "random")],
        "pairs": [["random", "oracle"]],
    }
    (folder / "comparison.json").write_text(json.dumps(told))
    return folder


def changed(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A line with something else in its record."""
    return row | {"record": json.dumps(asdict(read(row["record"])) | fields)}


def test_the_first_press_that_differs_is_told_and_pictured(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    source = replays(read_run(written(tmp_path, lines)))
    page = Page(source)
    assert page.count("div", **{"class": "example meet"}) == 2
    assert "<h4>Only oracle is right: furthest" in source
    for seed in range(2):
        presses = [read(row["record"]).buttons for row in reversed(lines) if row["seed"] == seed]
        place = next(n for n in range(200) if presses[0][n] != presses[1][n])
        words = f"Step {place + 1}: {presses[0][place] or 'a command'}"
        assert f'<a href="#pair-0-{seed}"><bdi>{words}' in source
        assert f'id="pair-0-{seed}" tabindex="-1">Where they part, after {place} steps' in source
    assert page.count("svg", **{"class": "world"}) == 2
    assert page.count("path", **{"class": "way"}) == page.count("path", **{"class": "way other"}) == 2
    # Before they part; then of each the press itself and a moment more.
    assert page.count("img", **{"class": "screen"}) == 2 * (1 + 2 * 2)
    assert len(source) < 2 * 40_000


def test_a_way_goes_through_the_squares_that_were_stood_on(lines: list[dict[str, Any]]) -> None:
    record = read(lines[0]["record"])
    made = film(record, also=(5, 10_000))
    assert len(made.path) == len(record.presses) + 1
    assert made.path[0] is None, "the title"
    spots = [spot for spot in made.path if spot]
    assert len(set(spots)) == made.squares
    end = made.moments[-1].state.position
    assert spots[-1] == (end.map, end.x, end.y)
    for before, here in pairwise(spots):
        if before[0] == here[0]:
            assert abs(before[1] - here[1]) + abs(before[2] - here[2]) <= 1
    assert set(made.asked) == {5}
    assert 5 in made.screens


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cartridge": "00" * 20}, "They cannot be played again here"),
        ({"presses": shortened(lengthened("s2") + "." * 15_000)}, "An episode of 15,002 steps is too long"),
        ({"problem_id": "<b>"}, "They cannot be played again here"),
    ],
)
def test_what_cannot_be_played_again_is_told_without_pictures(
    change: dict[str, Any], said: str, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    rows = [changed(row, **change) if row["agent"] == "oracle" else row for row in lines]
    source = replays(read_run(written(tmp_path, rows)))
    assert source.count(said) == 2
    assert "Where they part, after" in source
    assert "<img" not in source
    assert "<b>" not in re.sub(r"<dd><b>[a-z ]*</b>", "", source)


def test_the_whole_page_has_every_id_once(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    source = write_report(written(tmp_path, lines)).read_text(encoding="utf-8")
    page = Page(source)
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert "://" not in source
    assert len(source) < 400_000
