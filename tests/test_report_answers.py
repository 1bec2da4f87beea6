"""The report on answers: how long they are and whose is preferred, against sums worked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_sample import AGENTS, COMPARISON, report, results, write_run

from reason_arena.arena.report import read_run, results_tables
from reason_arena.arena.report.answers import lengths_table, preferences_table, preferred
from reason_arena.arena.report.palette import looks

SEEDS, PROBLEMS = 2, 4
BEFORE = [[(1, 30), (1, 30), (0, 20), (0, 40)], [(1, 30), (1, 20), (0, 20), (1, 10)]]
"""by training seed and problem: whether it was right, and in how many tokens"""
AFTER = [[(1, 20), (0, 10), (1, 90), (0, 10)], [(1, 30), (1, 30), (0, 90), (1, 10)]]
# The second is preferred in 1, 0, 1 and 1/2 of the first seed's problems: 0.625; in 1/2, 0, 1/2, 1/2 of the other's.
SHARES = [0.625, 0.375]


def run(folder: Path, **changes: Any) -> Path:
    """Two language models on four problems; the rest of the sample is left out."""
    rows = []
    for name, answers in (("llm-sft", BEFORE), ("llm-grpo", AFTER)):
        for row in results(SEEDS):
            if row["agent"] == name and row["level"] == 2 and row["seed"] < PROBLEMS:
                right, tokens = answers[row["training_seed"]][row["seed"]]
                rows.append({**row, "correct": bool(right), "return": float(right), "tokens": tokens, **changes})
    comparison = {**COMPARISON, "agents": AGENTS[:2], "pairs": [["llm-sft", "llm-grpo"]]}
    return write_run(folder, SEEDS, results=rows, comparison=comparison)


def texts(rows: tuple[Any, ...]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in rows]


def test_whose_answer_is_preferred(tmp_path: Path) -> None:
    found = preferred(read_run(run(tmp_path)), "llm-sft", "llm-grpo")
    assert found is not None
    assert found.mean == pytest.approx(sum(SHARES) / 2)
    # Student's interval of two: 12.706 half differences either way, cut to a share.
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.unit == "2 training seeds"
    turned = preferred(read_run(tmp_path), "llm-grpo", "llm-sft")
    assert turned is not None
    assert turned.mean == pytest.approx(1 - found.mean), "each problem is won by one of them, or by halves"


def test_lengths_are_means_over_seeds_and_over_right_answers(tmp_path: Path) -> None:
    table = lengths_table(read_run(run(tmp_path)))
    # 120 and 80 tokens in four answers each; right ones 30, 30, 30, 20, 10. After: 130 and 160; 20, 90, 30, 30, 10.
    assert texts(table.rows) == [
        ["LLM, SFT only", "25", "−38.5 to 88.5", "2 training seeds", "24"],
        ["LLM, GRPO", "36.2", "−11.4 to 83.9", "2 training seeds", "36"],
    ]


def test_the_difference_is_the_second_less_the_first(tmp_path: Path) -> None:
    (row,) = texts(preferences_table(read_run(run(tmp_path))).rows)
    # (130 - 120) / 4 and (160 - 80) / 4 tokens: 2.5 and 20.
    assert row[:3] == ["LLM, GRPO", "LLM, SFT only", "+11.2"]
    assert row[4] == "50.0 %"


def test_the_page_and_the_terminal_show_them(tmp_path: Path) -> None:
    page = report(run(tmp_path))
    assert page.tables["Length of answers on level 2"][1][:2] == ["LLM, SFT only", "25"]
    assert page.tables["Length and preference on level 2, same problems on both sides"][1][4] == "50.0 %"
    assert "of two right ones the shorter" in page.text
    assert len(results_tables(tmp_path)) == 4


def test_who_writes_nothing_is_left_out(tmp_path: Path) -> None:
    page = report(run(tmp_path, tokens=None))
    assert not any("Length" in caption for caption in page.tables)
    assert preferred(read_run(tmp_path), "llm-sft", "llm-grpo") is None
    assert len(results_tables(tmp_path)) == 2


def test_no_two_of_many_agents_look_alike(tmp_path: Path) -> None:
    agents = [{**AGENTS[0], "name": f"llm-{place}", "label": f"LLM {place}"} for place in range(20)]
    rows = [{**row, "agent": each["name"]} for row in results(1)[:1] for each in agents]
    folder = write_run(tmp_path, 1, results=rows, comparison={**COMPARISON, "agents": agents, "pairs": []})
    found = [(look.variable, look.marker, look.dash) for look in looks(read_run(folder)).values()]
    assert len(found) == len(set(found)) == 20


def test_agents_that_share_no_problem_or_no_seed_are_not_compared(tmp_path: Path) -> None:
    whole = read_run(run(tmp_path))
    assert preferred(whole, "llm-sft", "nobody") is None
