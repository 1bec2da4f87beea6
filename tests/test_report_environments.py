"""The page of a comparison in several environments: a part for each, and nothing of one in another."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from report_sample import AGENTS, SECOND, Page, report, write_run, write_several

from reason_arena.arena.report import read_run, read_runs, results_tables, write_figure
from reason_arena.arena.report.headline import headline
from reason_arena.arena.report.palette import looks
from reason_arena.tasks.errors import UnknownName

FIRST = "Reason-Arithmetic-v0"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_several(tmp_path_factory.mktemp("several") / "run")


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    return report(run)


def test_every_environment_has_its_sentence_and_its_part(run: Path, page: Page) -> None:
    for each in read_runs(run):
        assert headline(each) in page.text
        assert page.count("section", id=each.slug.rstrip("-")) == 1
        for name in ("results", "levels", "learning", "cost", "replays", "failures"):
            assert page.count("section", id=each.slug + name) == 1
    assert page.count("section", id="method") == 1
    assert "Left out: AIME 2025 (no such file)." in page.text


def test_ids_are_unique_and_every_reference_has_its_target(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for value in attributes.values():
            for target in re.findall(r"^#(.+)|url\(#([^)]+)\)", value or ""):
                assert "".join(target) in ids


def test_headings_go_down_by_one(page: Page) -> None:
    order = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert order[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(order))


def test_the_numbers_of_one_are_not_those_of_the_other(run: Path, page: Page) -> None:
    alone = report(write_run(run.parent / "alone"))
    assert page.tables[f"Results on level 2 of {FIRST}"] == alone.tables["Results on level 2"]
    names = [row[0] for row in page.tables[f"Results on new families of {SECOND}"][1:]]
    assert names == [agent["label"] for agent in AGENTS if agent["road"] != "specialist"]
    scores = [row[2] for row in page.tables[f"Results on new families of {SECOND}"][1:]]
    assert scores[0] != page.tables[f"Results on level 2 of {FIRST}"][1][2]
    pairs = page.tables[f"Differences on new families of {SECOND}, same problems on both sides"]
    assert [row[:2] for row in pairs[1:]] == [["LLM, GRPO", "LLM, SFT only"]]
    levels = [row[0] for row in page.tables[f"Score by level of {SECOND}, with 95 % intervals"][1:]]
    assert levels == ["0", "new families", "9", "AIME 2024"]


def test_who_learnt_elsewhere_has_no_curve_here(run: Path) -> None:
    first, second = read_runs(run)
    assert first.points
    assert not second.points


def test_an_agent_looks_the_same_everywhere(run: Path) -> None:
    first, second = (looks(each) for each in read_runs(run))
    assert first == second


def test_the_figure_is_of_the_environment_that_is_asked_for(run: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.svg", tmp_path / "other.svg"
    write_figure(run, one)
    write_figure(run, other, SECOND)
    assert "Specialist, PPO" in one.read_text()
    assert "new families" in other.read_text()
    assert "Specialist, PPO" not in other.read_text()
    with pytest.raises(UnknownName, match="did you mean 'Reason-AIME-v0'"):
        read_run(run, "Reason-AIM-v0")


def test_the_terminal_shows_both(run: Path) -> None:
    titles = [str(table.title) for table in results_tables(run)]
    assert sum(title.endswith(FIRST) or f"{FIRST}," in title for title in titles) == 4
    assert sum(title.endswith(SECOND) or f"{SECOND}," in title for title in titles) == 4


def test_an_environment_in_which_nobody_has_played_yet_is_passed_over(tmp_path: Path) -> None:
    folder = write_several(tmp_path)
    lines = (folder / "results.jsonl").read_text().splitlines(keepends=True)
    (folder / "results.jsonl").write_text("".join(line for line in lines if SECOND not in line))
    assert [each.env_id for each in read_runs(folder)] == [FIRST]
    report(folder)
