"""The page, the figure and the table of a small synthetic comparison: right numbers, sound HTML, equal bytes."""

from __future__ import annotations

import io
import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from report_sample import AGENTS, COMPARISON, EPISODES, LEVELS, Page, bare, report, results, write_run
from rich.console import Console

from reason_arena.arena.report import read_run, results_tables, write_figure, write_report
from reason_arena.arena.report.scores import score
from reason_arena.arena.report.series import curve_charts
from reason_arena.arena.report.tables import plain
from reason_arena.arena.statistics import t_interval, wilson


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    return report(run)


def test_the_page_stands_alone(run: Path, page: Page) -> None:
    whole = (run / "report.html").read_text(encoding="utf-8")
    source = bare(whole)
    assert page.count("img") == page.count("iframe") == 0
    assert page.strangers() == []
    assert "://" not in source
    assert "@import" not in source
    assert "\nurl(" not in source.replace("url(#", "")
    digest = r"'sha256-[\w+/]{43}='"
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src "
    assert re.fullmatch(f"{re.escape(policy)}{digest} {digest} {digest} {digest}", page.policy)
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert len(whole.encode()) < 1_500_000
    assert not [path.name for path in run.iterdir() if path.name.endswith(".part")]


def test_every_column_has_a_name_and_only_cards_repeat_it(run: Path, page: Page) -> None:
    assert all(head for rows in page.tables.values() for head in rows[0])
    source = (run / "report.html").read_text(encoding="utf-8")
    for kind, repeated in (("cards", True), ("wide", False)):
        tables = re.findall(rf'<table class="{kind}">.*?</table>', source, re.DOTALL)
        assert tables
        assert [("data-label" in table) for table in tables] == [repeated] * len(tables), kind


def test_ids_are_unique_and_every_reference_has_its_target(page: Page) -> None:
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for value in attributes.values():
            for target in re.findall(r"^#(.+)|url\(#([^)]+)\)", value or ""):
                assert "".join(target) in ids


def test_colours_in_charts_follow_the_reader(run: Path) -> None:
    source = (run / "report.html").read_text(encoding="utf-8")
    charts = re.findall(r'<svg class="chart".*?</svg>', source, flags=re.DOTALL)
    assert len(charts) == 5
    style = source[source.index("<style>") : source.index("</style>")]
    for chart in charts:
        assert not re.search(r"#[0-9a-f]{6}\b(?![-\w])", re.sub(r'"#[^"]*"|\(#[^)]*\)', "", chart))
        for variable in re.findall(r"var\((--\w+)\)", chart):
            assert style.count(f"{variable}:") == 3, "light, dark and print each define the colour"


def mean_of(lines: list[dict[str, Any]], **where: Any) -> float:
    return float(np.mean([line["correct"] for line in lines if where.items() <= line.items()]))


def test_the_main_table_holds_the_numbers_of_the_lines(run: Path, page: Page) -> None:
    lines = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    means = [mean_of(lines, agent="specialist", level=2, training_seed=seed) for seed in range(3)]
    interval = t_interval(means)
    assert interval.low is not None
    assert interval.high is not None
    rows = {row[0]: row for row in page.tables["Results on level 2"]}
    expected = ["Specialist, PPO", "Specialist", f"{100 * np.mean(means):.1f} %"]
    expected += [
        f"{100 * interval.low:.1f} to {100 * interval.high:.1f}",
        "3 training seeds",
        "17.4\u202fk",
        "126",
        "0",
    ]
    assert rows["Specialist, PPO"] == [*expected, "8.5 × 10¹⁰", "400\u202fk", "4.1 × 10⁵", "–"]
    oracle = wilson(EPISODES, EPISODES)
    assert oracle.low is not None
    assert rows["Oracle"][2:5] == ["100.0 %", f"{100 * oracle.low:.1f} to 100.0", f"{EPISODES} episodes"]
    assert rows["LLM, GRPO"][-1] == "42"


def test_the_differences_are_paired_by_training_seed(run: Path, page: Page) -> None:
    lines = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    means = {
        name: np.array([mean_of(lines, agent=name, level=2, training_seed=seed) for seed in range(3)])
        for name in ("llm-grpo", "specialist")
    }
    gap = t_interval(means["llm-grpo"] - means["specialist"])
    row = page.tables["Differences on level 2, same problems on both sides"][2]
    assert row[:2] == ["LLM, GRPO", "Specialist, PPO"]
    assert row[2] == f"{100 * gap.mean:+.1f} points".replace("-", "−")
    assert row[3] == f"{100 * (gap.low or 0):+.1f} to {100 * (gap.high or 0):+.1f}".replace("-", "−")
    assert row[4:] == ["3 training seeds, matched", "Specialist, PPO ahead"]
    assert "Specialist, PPO is ahead of LLM, GRPO by" in page.text


def test_every_chart_has_its_numbers_as_a_table(run: Path, page: Page) -> None:
    data = read_run(run)
    levels = page.tables["Score by level, with 95 % intervals"]
    for row, level in zip(levels[1:], data.levels, strict=True):
        for cell, agent in zip(row[1:], data.agents, strict=True):
            found = score(data, agent.name, level.level)
            assert found is not None
            assert cell.removeprefix("• ") == f"{100 * found.mean:.1f} %"
            assert cell.startswith("•") == (agent.name in level.trained_on)
    time = page.tables["Score against training time: the numbers"]
    assert len(time) == 1 + 10 + 24 + 16 + 2  # checkpoints of three agents, and two baselines drawn as lines
    points = [json.loads(line) for line in (run / "curves.jsonl").read_text().splitlines()]
    last = [[p for p in points if p["agent"] == "specialist" and p["training_seed"] == s][-1] for s in range(3)]
    scores = [point["score"] for point in last]
    shown = [row for row in time if row[0] == "Specialist, PPO"][-1]
    assert shown[1:3] == ["ppo", plain(float(np.mean([point["cpu_seconds"] for point in last])))]
    assert shown[3] == f"{100 * np.mean(scores):.1f} %"
    assert shown[4] == f"{100 * min(scores):.1f} to {100 * max(scores):.1f}"
    assert page.tables["Score against training compute: the numbers"][2][:2] == ["LLM, GRPO", "2.1 × 10¹³"]
    assert page.count("svg", role="img") == page.count("figure") - 1 == 5, "the script fills the sixth"


def test_training_that_scores_by_another_measure_than_the_tests_is_drawn_apart(run: Path) -> None:
    """Steps of an episode and shares of problems solved cannot share an axis."""
    data = replace(read_run(run), metric="length")
    for chart in curve_charts(data):
        assert chart.title.startswith("Share solved against ")
        assert chart.caption.startswith("Share solved on validation problems of ")
        assert [series.agent for series in chart.series] == ["llm-sft", "llm-grpo", "specialist"]
    assert [chart.title for chart in curve_charts(read_run(run))] == [
        "Score against training time",
        "Score against experience",
    ]


def test_curves_are_of_milestones_where_these_count_and_all_points_have_them(run: Path) -> None:
    data = read_run(run)
    assert not any(math.isfinite(point.furthest) for point in data.points), "as of a run from before they were kept"
    far = tuple(replace(point, furthest=5 * point.score) for point in data.points)
    chart, _ = curve_charts(replace(data, metric="furthest", points=far))
    solved, _ = curve_charts(replace(data, metric="furthest"))
    assert (chart.title, solved.title) == ("Score against training time", "Share solved against training time")
    assert chart.caption.startswith("Score on validation problems of level 2 during training.")
    for one, other in zip(chart.series, solved.series, strict=True):
        reached, shares = ([spot.interval.mean for spot in series.spots] for series in (one, other))
        assert reached == pytest.approx([5 * share for share in shares])
    assert curve_charts(replace(data, metric="furthest", points=(*far[:-1], data.points[-1])))[0] == solved
    assert curve_charts(replace(data, points=far)) == curve_charts(data), "what is solved is what counts"


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run, tmp_path / "elsewhere")
    assert write_report(copy).read_bytes() == write_report(run).read_bytes()
    a, b = write_figure(copy, tmp_path / "a.svg"), write_figure(run, tmp_path / "b.svg")
    assert a.read_bytes() == b.read_bytes()


def test_texts_of_a_run_stay_texts(tmp_path: Path) -> None:
    attack = "<script>alert(1)</script></pre><img src=x onerror=alert(2)>\u0000\ud800 $title &amp; $\\frac{$"
    rows = results(1)
    for row in rows:
        row |= {"transcript": attack, "question": attack, "answer": attack, "expected": attack, "verdict": attack}
    comparison = COMPARISON | {"title": attack, "command": attack, "host": {attack: attack}}
    comparison["agents"] = [agent | {"label": f"{agent['label']} {attack}", "note": attack} for agent in AGENTS]
    comparison["levels"] = [level | {"label": attack} for level in LEVELS]
    page = report(write_run(tmp_path, 1, results=rows, comparison=comparison))
    assert page.strangers() == []
    assert [kind for kind, _ in page.scripts] == ["application/json", *["application/gzip"] * 3, None]
    assert page.count("img") == 0
    assert "<script>alert(1)</script></pre><img src=x onerror=alert(2)>\ufffd\ufffd $title &amp; $\\frac{$" in page.text
    write_figure(tmp_path, tmp_path / "figure.svg")
    assert "<script" not in (tmp_path / "figure.svg").read_text(encoding="utf-8")


def test_the_terminal_shows_the_same_table(run: Path, page: Page) -> None:
    console = Console(width=240, record=True, file=io.StringIO())
    console.print(*results_tables(run))
    shown = console.export_text()
    header, *rows = page.tables["Results on level 2"]
    names = [name.removeprefix("Training, ") for name in header]
    kept = [index for index, name in enumerate(names) if name in shown]  # the page has room for more columns
    assert {"Agent", "Score", "95 % interval", "Parameters", "CPU-seconds"} <= {names[index] for index in kept}
    for row in rows:
        assert all(row[index] in shown for index in kept)


def test_the_figure_is_opaque_and_stands_alone(run: Path, tmp_path: Path) -> None:
    source = write_figure(run, tmp_path / "figure.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(source)
    assert root.tag.endswith("svg")
    assert "var(--" not in source
    assert source.index("fill: #ffffff") < source.index("<text")
    assert set(re.findall(r"\w+://[^\"]*", source)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert all(words in source for words in ("LLM, GRPO", "Specialist, PPO", "CPU-seconds of training"))
    assert "Oracle" not in source


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the chromium package")
def test_a_browser_lays_it_out_without_a_complaint(run: Path, tmp_path: Path) -> None:
    write_report(run)
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--window-size=360,800"]
    command += ["--dump-dom", (run / "report.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.count('<svg class="chart"') == 5
    assert done.stdout.rstrip().endswith("</html>")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert "Content Security Policy" not in done.stderr, done.stderr
