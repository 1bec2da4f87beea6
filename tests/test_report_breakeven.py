"""The table of break-even points on the sample, whose bills are known."""

from __future__ import annotations

from pathlib import Path

from report_sample import costs, report, results, write_run

CAPTION = "Break-even on level 2"


def test_both_axes_of_each_planned_pair(tmp_path: Path) -> None:
    table = report(write_run(tmp_path)).tables[CAPTION]
    assert [row[:3] for row in table[1:]] == [
        ["LLM, SFT only", "LLM, GRPO", "FLOPs"],
        ["LLM, SFT only", "LLM, GRPO", "CPU-seconds"],
        ["Specialist, PPO", "LLM, GRPO", "FLOPs"],
        ["Specialist, PPO", "LLM, GRPO", "CPU-seconds"],
    ]
    # GRPO goes on from SFT, and an episode costs both the same: what it cost more never comes back.
    assert [row[3:] for row in table[1:3]] == [["never", "never to never", "neither"]] * 2
    # The specialist is cheaper to train, and an episode costs it 4.1e5 FLOPs against 1.6e8.
    assert table[3][3:] == ["from the first", "from the first to from the first", "Specialist, PPO"]


def test_who_is_dear_to_train_and_cheap_to_ask(tmp_path: Path) -> None:
    dear = [{**row, "train_flops": 1e15} if row["agent"] == "specialist" else row for row in costs(3)]
    table = report(write_run(tmp_path, costs=dear)).tables[CAPTION]
    # (1e15 - 2.1e13) / (1.6e8 - 4.1e5) = 6.13e6
    assert table[3][3] == "6.13\u202fM"
    assert table[3][5] == "Specialist, PPO"


def test_what_was_not_recorded_is_said(tmp_path: Path) -> None:
    silent = [{key: value for key, value in row.items() if key != "flops"} for row in results(3)]
    table = report(write_run(tmp_path, results=silent)).tables[CAPTION]
    assert [row[3] for row in table[1:] if row[2] == "FLOPs"] == ["not recorded"] * 2
