"""How many training seeds reached a score, and the median cost of all of them: every number worked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_sample import COMPARISON, report, results, write_run

from reason_arena.arena.report import read_run
from reason_arena.arena.report.reached import Goal, goal, reached_table
from reason_arena.arena.report.tables import flops

PLAYERS = ("random", "oracle", "llm-grpo", "specialist")


def lines(random: float = 0.1, oracle: float = 0.9) -> list[dict[str, Any]]:
    """Lines on level 2; the share of forty problems that the two baselines solve is told."""
    shares = {"random": random, "oracle": oracle}
    return [
        {**row, "correct": row["seed"] < round(40 * shares.get(row["agent"], 0.5))}
        for row in results(3)
        if row["level"] == 2 and row["agent"] in PLAYERS
    ]


def curve(agent: str, seed: int, *scores: float, level: int = 2) -> list[dict[str, Any]]:
    """Checkpoints at 10, 20, 30 ... CPU-seconds, a second more a seed; 100 episodes and 1e6 FLOPs apart."""
    head = {"agent": agent, "training_seed": seed, "stage": "ppo", "split": "validation", "level": level}
    return [
        {**head, "samples": 100 * at, "cpu_seconds": 10.0 * at + seed, "train_flops": 1e6 * at, "score": score}
        for at, score in enumerate(scores, start=1)
    ]


def rows(folder: Path, *points: list[dict[str, Any]], **parts: Any) -> list[list[str]]:
    found = [point for each in points for point in each]
    run = read_run(write_run(folder, curves=found, **{"results": lines(), **parts}))
    return [[cell.text for cell in row] for row in reached_table(run).rows]


def test_the_goal_lies_half_way_between_random_play_and_the_oracle(tmp_path: Path) -> None:
    found = goal(read_run(write_run(tmp_path, results=lines())))
    assert found == Goal(0.1, 0.9)
    assert found.share == pytest.approx(0.5)
    assert found.words.startswith("Half-way between what random play solves (10.0 %) and the oracle (90.0 %), at")


def test_without_anchors_it_lies_between_nothing_and_all_and_without_room_there_is_none(tmp_path: Path) -> None:
    bare = [row for row in lines() if row["agent"] not in ("random", "oracle")]
    assert goal(read_run(write_run(tmp_path / "a", results=bare))) == Goal(0.0, 1.0)
    run = read_run(write_run(tmp_path / "b", results=lines(0.9, 0.9)))
    assert goal(run) is None
    assert not reached_table(run).rows


def test_the_median_is_over_all_seeds_with_infinity_for_those_that_did_not(tmp_path: Path) -> None:
    some = curve("specialist", 0, 0.2, 0.5, 0.4), curve("specialist", 1, 0.2, 0.3, 0.6), curve("specialist", 2, 0.1)
    # Seeds 0 and 1 get there at 20 and 31 seconds, seed 2 never: the middle of 20, 31 and infinity is 31.
    assert rows(tmp_path, *some) == [["Specialist, PPO", "2 of 3 seeds", "31", "300", flops(3e6)]]


def test_where_most_do_not_nor_does_the_median(tmp_path: Path) -> None:
    one = curve("specialist", 0, 0.9), curve("specialist", 1, 0.2), curve("specialist", 2, 0.4)
    assert rows(tmp_path, *one) == [["Specialist, PPO", "1 of 3 seeds", *["not reached"] * 3]]


def test_of_an_even_number_the_middle_two_are_averaged_and_half_is_too_few(tmp_path: Path) -> None:
    both = curve("llm-grpo", 0, 0.5), curve("llm-grpo", 1, 0.1, 0.2, 0.7)
    # 10 and 31 seconds, 100 and 300 episodes.
    assert rows(tmp_path / "a", *both)[0][:4] == ["LLM, GRPO", "2 of 2 seeds", "20.5", "200"]
    half = curve("llm-grpo", 0, 0.5), curve("llm-grpo", 1, 0.1)
    assert rows(tmp_path / "b", *half)[0][1:3] == ["1 of 2 seeds", "not reached"]


def test_a_seed_without_a_curve_is_told_and_an_unknown_cost_stays_unknown(tmp_path: Path) -> None:
    points = [{**point, "train_flops": None} for point in curve("specialist", 0, 0.7)]
    assert rows(tmp_path, points) == [["Specialist, PPO", "1 of 1 seed", "10", "100", "–"]]
    note = reached_table(read_run(tmp_path)).rows[0][1].note
    assert note == "2 more without a curve"


def test_other_levels_do_not_count_where_the_primary_one_was_scored(tmp_path: Path) -> None:
    points = curve("specialist", 0, 0.9, level=1), curve("specialist", 0, 0.1)
    assert rows(tmp_path, *points)[0][1] == "0 of 1 seed"


@pytest.mark.parametrize("seeds", [None, "many", [[0], {}, "x"]])
def test_odd_seeds_spoil_no_page(tmp_path: Path, seeds: object) -> None:
    told = {**COMPARISON, "training_seeds": seeds}
    assert rows(tmp_path, curve("specialist", 0, 0.9), comparison=told)[0][1] == "1 of 1 seed"


def test_the_page_has_the_table_under_the_curves(tmp_path: Path) -> None:
    page = report(write_run(tmp_path, results=lines(), curves=curve("specialist", 0, 0.2, 0.6)))
    assert page.tables["Training until 50.0 % are solved"][1:] == [
        ["Specialist, PPO", "1 of 1 seed", "20", "200", flops(2e6)]
    ]
    assert "Half-way between what random play solves" in page.text
    assert "Training until" not in report(write_run(tmp_path / "none", curves=[])).text
