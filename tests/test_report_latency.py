"""The report's table of times to decide, and their axis: numbers worked by hand, hosts never mixed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from report_sample import report, write_run

from reason_arena.arena.report import read_run, results_tables
from reason_arena.arena.report.frontier import frontiers
from reason_arena.arena.report.latency import decision_seconds, duration, latency_table


def row(agent: str, host: str | None = "aa", alone: float = 0.02, share: float = 1.0) -> dict[str, Any]:
    one = {"batch": 1, "timed": 30, "p50_seconds": alone, "p95_seconds": 2 * alone, "p50_cpu_seconds": alone}
    many = {"batch": 16, "timed": 8, "p50_seconds": 4 * alone, "p95_seconds": 5 * alone, "p50_cpu_seconds": alone}
    batches = [{**each, "cpu_share": share} for each in (one, many)] if host else None
    head = {"meter": "latency", "agent": agent, "training_seed": 0, "env_id": "Reason-Arithmetic-v0", "level": 2}
    return {
        **head,
        "host": host,
        "cold_seconds": 0.5 if host else None,
        "batches": batches,
        "why": "" if host else "no",
    }


def texts(folder: Path, *rows: dict[str, Any]) -> list[list[str]]:
    return [[cell.text for cell in each] for each in latency_table(read_run(write_run(folder, meters=rows))).rows]


def test_a_row_has_times_alone_and_in_the_batch_and_how_many_decide_a_second(tmp_path: Path) -> None:
    # A batch of 16 in 80 ms is 200 decisions a second.
    assert texts(tmp_path, row("specialist")) == [
        ["Specialist, PPO", "20 ms", "40 ms", "20 ms", "80 ms", "100 ms", "200", "500 ms", "30 and 8"]
    ]


def test_what_was_not_measured_says_so_with_its_reason(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path, meters=[row("llm-grpo", None), row("specialist", share=0.31)]))
    bare, waited = latency_table(run).rows
    assert [cell.text for cell in bare[1:]] == ["not measured", *["–"] * 7]
    assert bare[1].note == "no"
    assert waited[1].note == "had 31% of a CPU"
    assert math.isnan(decision_seconds(run, "llm-grpo"))


def test_the_terminal_has_the_times_too(tmp_path: Path) -> None:
    run = write_run(tmp_path, meters=[row("llm-grpo", None), row("specialist")])
    (table,) = (each for each in results_tables(run) if str(each.title).startswith("Time to decide"))
    heads = [str(column.header) for column in table.columns]
    assert heads == [
        *("Agent", "Alone, median", "Alone, 95th percentile", "Alone, CPU"),
        *("Batch of 16, median", "Decisions a second"),
    ]
    told = [[str(cell) for cell in column.cells] for column in table.columns]
    assert told == [
        ["LLM, GRPO", "Specialist, PPO"],
        ["not measured", "20 ms"],
        *(["–", each] for each in ("40 ms", "20 ms", "80 ms", "200")),
    ]


def test_hosts_of_other_classes_stand_apart_and_on_no_axis_together(tmp_path: Path) -> None:
    rows = [row("llm-sft", "bb", 0.3), row("llm-grpo", alone=0.1), row("specialist", alone=0.001)]
    run = read_run(write_run(tmp_path, meters=rows))
    table = latency_table(run)
    assert table.columns[1].name == "Host class"
    assert [(each[0].agent, each[1].text) for each in table.rows] == [
        ("llm-sft", "bb"),
        ("llm-grpo", "aa"),
        ("specialist", "aa"),
    ]
    (axis,) = (each for each in frontiers(run) if each.axis.key == "latency")
    assert {place.agent.name: place.cost for place in axis.places} == {"llm-grpo": 0.1, "specialist": 0.001}
    assert [agent.name for agent in axis.missing] == ["llm-sft"]
    assert axis.axis.exponent


def test_one_of_an_unknown_host_stands_once(tmp_path: Path) -> None:
    rows = [{**row("llm-sft"), "host": None}, row("llm-grpo"), row("specialist", None)]
    assert [each[:2] for each in texts(tmp_path, *rows)] == [
        ["LLM, GRPO", "aa"],
        ["LLM, SFT only", "–"],
        ["Specialist, PPO", "–"],
    ]


def test_the_page_shows_it_and_does_without(tmp_path: Path) -> None:
    with_times = report(write_run(tmp_path / "a", meters=[row("specialist"), row("random", alone=2e-5)]))
    assert "Time to decide on level 2" in with_times.tables
    assert with_times.count("input", value="latency") == 1
    assert "20 µs" in with_times.text
    assert "Time to decide" not in report(write_run(tmp_path / "b")).text


ODD = [
    {"batches": "many"},
    {"batches": [None, {"batch": 16}]},
    {"batches": [{"batch": 16, "p50_seconds": -1.0}]},
    {"batches": [{"batch": 1e400, "p50_seconds": "x"}], "cold_seconds": []},
    {"host": ["<b>"], "batches": [{"batch": 16, "p50_seconds": 0}]},
]


@pytest.mark.parametrize("change", ODD, ids=range(len(ODD)))
def test_odd_rows_spoil_no_page(tmp_path: Path, change: dict[str, Any]) -> None:
    page = report(write_run(tmp_path, meters=[{**row("specialist"), **change}, row("llm-sft", "cc")]))
    assert "Specialist, PPO" in page.text


def test_durations_have_three_digits_and_a_unit() -> None:
    assert [duration(each) for each in (math.nan, 0.0, 0.9996, 59.94, 1.0)] == ["–", "0 µs", "1 s", "59.9 s", "1 s"]
