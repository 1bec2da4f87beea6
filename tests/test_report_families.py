"""Differences on problems that come in families, and with training seeds and problems both drawn anew."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_sample import COMPARISON, report, results, write_run

from reason_arena.agents.baselines import problem_of
from reason_arena.arena.compare import compare
from reason_arena.arena.config import read_comparison
from reason_arena.arena.report import read_run
from reason_arena.arena.report.scores import both_drawn, difference
from reason_arena.arena.statistics import crossed
from reason_arena.arena.verify import verify

FILE = """
name: small
agents:
  guess: {kind: random}
  majority: {kind: majority}
environments:
  Reason-AIME-v0: {primary: {level: &few "families=digit-sum-count+divisor-sum+gcd-count"}, levels: [*few]}
episodes: 30
pairs: [[guess, majority]]
workers: 1
"""
CAPTION = "Differences on level 2, same problems on both sides"


def lines(right: dict[str, list[set[int]]], families: str) -> list[dict[str, Any]]:
    """Lines on level 2, as many problems as families are named, right at those of the training seed."""
    return [
        {**row, "correct": row["seed"] in right[row["agent"]][row["training_seed"]], "family": families[row["seed"]]}
        for row in results(3)
        if row["agent"] in right and row["level"] == 2 and row["seed"] < len(families)
        if row["training_seed"] < len(right[row["agent"]])
    ]


def test_problems_of_one_family_count_as_one(tmp_path: Path) -> None:
    """Differences 1 1, 1 0 and 0 0 of three families: mean 1/2, and what is above it sums up to 1, 0 and -1.

    The error is sqrt(3/2 · 2) / 6 = 0.288675; Student's t of two degrees of freedom is 4.302653 at 0.975, and of
    1/2 / 0.288675 = sqrt(3) its two tails hold 1 - sqrt(3) / sqrt(5) = 0.225403.
    """
    right = {"random": [set[int]()], "oracle": [{0, 1, 2}]}
    told = {**COMPARISON, "pairs": [["random", "oracle"]]}
    folder = write_run(tmp_path, results=lines(right, "aabbcc"), comparison=told)
    found = difference(read_run(folder), "random", "oracle", "2")
    assert found is not None
    assert found.interval.mean == 0.5
    assert [found.interval.low, found.interval.high] == [pytest.approx(0.5 - 4.302653 * math.sqrt(3) / 6), 1.0]
    assert found.p == pytest.approx(1 - math.sqrt(3 / 5), abs=1e-6)
    assert math.isnan(found.exact), "McNemar's test takes problems to be independent"
    assert found.interval.unit == "6 shared items of 3 families"
    (row,) = report(folder).tables[CAPTION][1:]
    # Of n families that scatter by 0.5 zero is out once Student's t is below √n: of 6 it is 2.571, of 7 2.447.
    assert row[-1] == "not enough data: about 4 more problem families needed"


@pytest.mark.parametrize("families", ["abcdef", "aaaaaa", ["a", "a", "", "b", "b", "b"]])
def test_where_families_say_nothing_problems_count(tmp_path: Path, families: str) -> None:
    right = {"random": [set[int]()], "oracle": [{0, 1, 2}]}
    run = read_run(write_run(tmp_path, results=lines(right, families)))
    found = difference(run, "random", "oracle", "2")
    assert found is not None
    assert found.interval.unit == "6 shared episodes"
    assert found.exact == 0.25


def test_where_training_seeds_scored_the_same_families_are_drawn_and_not_their_problems(tmp_path: Path) -> None:
    """Both seeds are right at three of six problems more; of the families the first gains 1 1, the second 1 0."""
    right = {"llm-sft": [set[int](), set[int]()], "llm-grpo": [{0, 1, 2}, {0, 1, 2}]}
    told = {**COMPARISON, "pairs": [["llm-sft", "llm-grpo"]]}
    folder = write_run(tmp_path, results=lines(right, "aabbcc"), comparison=told)
    found = difference(read_run(folder), "llm-sft", "llm-grpo", "2")
    assert found is not None
    assert found.uncut.low == pytest.approx(0.5 - 4.302653 * math.sqrt(3) / 6), "as of one policy each"
    assert found.interval.unit == "6 shared items of 3 families; 2 training seeds scored the same"
    assert math.isnan(found.exact)
    (row,) = report(folder).tables[CAPTION][1:]
    assert row[-1] == "not enough data: about 4 more problem families needed"


def test_of_trained_agents_the_seeds_decide_and_both_drawn_anew_is_told_beside(tmp_path: Path) -> None:
    right = {"llm-sft": [{0}, {0, 1}, {2}], "llm-grpo": [{0, 1, 2}, {1, 3}, {0, 2, 4}], "random": [{5}]}
    folder = write_run(tmp_path, results=lines(right, "aabbcc"))
    run = read_run(folder)
    found = difference(run, "llm-sft", "llm-grpo", "2")
    assert found is not None
    assert found.interval.unit == "3 training seeds, matched"
    # Seed by seed, problem by problem, the second less the first.
    table = [[0, 1, 1, 0, 0, 0], [-1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 1, 0]]
    expected = crossed(np.array(table), resamples=2_000, families="aabbcc")
    drawn = both_drawn(run, "llm-sft", "llm-grpo", "2")
    assert drawn is not None
    assert (drawn.mean, drawn.low, drawn.high) == (expected.mean, expected.low, expected.high)
    assert drawn.unit == "3 training seeds and 3 families, both drawn anew"
    one_sided = both_drawn(run, "random", "llm-grpo", "2")
    assert one_sided is not None
    assert one_sided.mean == pytest.approx(8 / 18 - 1 / 6)
    page = report(folder)
    assert " two-way" in page.text
    assert "where training seeds and problems are both drawn anew, problems of one family together" in page.text


def test_without_seeds_of_the_same_number_nothing_is_drawn_both_ways(tmp_path: Path) -> None:
    right = {"llm-sft": [{0}, {1}], "llm-grpo": [{0, 1, 2}, {1, 3}, {2}], "random": [{5}], "oracle": [{1}]}
    run = read_run(write_run(tmp_path, results=lines(right, "aabbcc")))
    assert both_drawn(run, "llm-sft", "llm-grpo", "2") is None
    assert both_drawn(run, "random", "oracle", "2") is None
    assert both_drawn(run, "random", "specialist", "2") is None


def test_lines_name_the_family_and_old_ones_still_hold(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(FILE)
    comparison = read_comparison(tmp_path / "small.yaml", out=str(tmp_path / "out"))
    compare(comparison)
    rows = [json.loads(line) for line in (comparison.folder / "results.jsonl").read_text().splitlines()]
    assert all(row["family"] == problem_of(row["problem_id"]).facts["family"] for row in rows)
    found = difference(read_run(comparison.folder), "guess", "majority", rows[0]["level"])
    assert found is not None
    assert found.interval.unit == "30 shared items of 3 families, all the same", "no guess was right"
    assert verify(comparison, 0).holds
    for path in comparison.folder.rglob("lines.jsonl"):
        kept = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps({k: v for k, v in row.items() if k != "family"}) + "\n" for row in kept))
    assert verify(comparison, 0).holds


def test_two_games_from_one_opening_are_a_family() -> None:
    pytest.importorskip("chess")
    facts = [problem_of(f"chess-v1/test/opponent=random/{seed}").facts for seed in range(4)]
    assert facts[0]["family"] == facts[1]["family"] != facts[2]["family"] == facts[3]["family"]
    assert "family" not in problem_of("chess-v1/test/opponent=random,opening=0/0").facts
