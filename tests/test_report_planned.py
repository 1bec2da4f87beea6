"""What the first sentences say of agents that are made of others: verdicts of planned pairs, parts, and prices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_sample import COMPARISON, report, results, write_run

from reason_arena.arena.report import read_run
from reason_arena.arena.report.data import Run
from reason_arena.arena.report.headline import details, headlines
from reason_arena.arena.report.planned import best_part, parts, price

LABELS = {"llm-sft": "One", "llm-grpo": "Two", "specialist": "Three"}
FLOPS = {"llm-sft": 100.0, "llm-grpo": 107.0, "specialist": 20.0}
SCORES = {"llm-sft": [0.2, 0.2, 0.2], "llm-grpo": [0.5, 0.6, 0.7], "specialist": [0.4, 0.4, 0.4]}


def made(
    folder: Path,
    kinds: dict[str, dict[str, Any]],
    pairs: list[list[str]],
    scores: Any = SCORES,
    road: str = "hybrid",
    margin: float = 0.02,
) -> Run:
    """Three agents that were told to be of some kinds, with shares of the forty problems right, by training seed."""
    agents = [
        {"name": name, "label": label, "road": road, "trained": True, "kind": "llm", **kinds.get(name, {})}
        for name, label in LABELS.items()
    ]
    rows = []
    for row in results(3):
        if row["agent"] in LABELS and row["level"] == 2:
            right = row["seed"] < round(40 * scores[row["agent"]][row["training_seed"]])
            rows.append({**row, "correct": right, "flops": FLOPS[row["agent"]]})
    told = {**COMPARISON, "agents": agents, "pairs": pairs, "primary": {**COMPARISON["primary"], "margin": margin}}
    return read_run(write_run(folder, results=rows, comparison=told))


ROUTER = {"kind": "router", "parts": ["llm-sft", "specialist"]}
VOTES = {"kind": "votes", "origin": {"weights": "llm-sft", "specialist": None}}


def test_a_combination_is_told_of_first_with_its_best_part_and_its_price(tmp_path: Path) -> None:
    """Differences to One are 0.3, 0.4 and 0.5: 0.4 ± 4.303 * 0.1 / √3 = 0.4 ± 0.248; to Three they are less by 0.2."""
    run = made(tmp_path, {"llm-grpo": ROUTER}, [["llm-sft", "llm-grpo"], ["llm-grpo", "specialist"]])
    assert headlines(run) == [
        "Two (60.0 %) against Three (40.0 %, its best part), at 5.3 times the FLOPs an episode: not enough data, about "
        "1 more training seed needed (+20.0 points, 95 % interval −4.8 to +44.8).",
        "Two (60.0 %) is ahead of One (20.0 %) by 40.0 points (95 % interval 15.2 to 64.8), at 7 % more FLOPs an "
        "episode.",
    ]
    page = report(tmp_path)
    assert all(line in page.text for line in headlines(run))


def test_one_behind_and_one_that_ties(tmp_path: Path) -> None:
    """Differences 0.35, 0.3 and 0.25: 0.3 ± 4.303 * 0.05 / √3 = 0.3 ± 0.124, p = 0.0091, twice that with two pairs.

    Of 40 problems none differs: 1 - 0.025^(1/40) = 0.088 of all may.
    """
    same = {"llm-sft": [0.5, 0.5, 0.5], "llm-grpo": [0.5, 0.5, 0.5], "specialist": [0.15, 0.2, 0.25]}
    kinds = {"specialist": {**ROUTER, "parts": ["llm-sft"]}, "llm-grpo": VOTES}
    run = made(tmp_path, kinds, [["specialist", "llm-sft"], ["llm-sft", "llm-grpo"]], same, margin=0.1)
    assert headlines(run) == [
        "Three (20.0 %) is behind One (50.0 %, its best part) by 30.0 points (95 % interval 17.6 to 42.4), at 20 % of "
        "the FLOPs an episode.",
        "Two (50.0 %) ties with One (50.0 %, the best of its model alone) within 10 points (+0.0 points, 95 % "
        "interval −8.8 to +8.8), at 7 % more FLOPs an episode.",
    ]


def test_holm_counts_here_as_in_the_table(tmp_path: Path) -> None:
    """t = 0.4 / (0.1 / √3) has p = 0.0202, and three times that is above 0.05."""
    scores = {**SCORES, "specialist": [0.2, 0.2, 0.2]}
    pairs = [["llm-sft", "llm-grpo"], ["specialist", "llm-grpo"], ["llm-sft", "specialist"]]
    run = made(tmp_path, {"llm-grpo": VOTES}, pairs, scores)
    assert len(headlines(run)) == 3
    assert not any("ahead" in line for line in headlines(run))
    assert headlines(run)[0].endswith(
        "not enough data, the lead does not hold once the environment’s planned pairs are corrected for (Holm) (+40.0 "
        "points, 95 % interval +15.2 to +64.8)."
    )


def test_a_language_model_and_a_specialist_come_first(tmp_path: Path) -> None:
    kinds = {"llm-sft": {"road": "llm"}, "specialist": {"road": "specialist"}, "llm-grpo": ROUTER}
    pairs = [["llm-sft", "specialist"], ["llm-sft", "llm-grpo"]]
    said = headlines(run := made(tmp_path, kinds, pairs))
    assert said[0].startswith("Three is ahead of One by 20.0 points")
    assert [line[:20] for line in said[1:]] == ["Two (60.0 %) is ahea"]
    assert details(run)[-1].startswith(
        "Two against Three (its best part) was not planned, so it is an observation: +20.0 points"
    )


def test_four_are_told_of_where_four_are_planned_and_three_of_five(tmp_path: Path) -> None:
    kinds = {"llm-sft": {"road": "llm"}, "specialist": {"road": "specialist"}, "llm-grpo": ROUTER}
    combined = [["llm-sft", "llm-grpo"], ["specialist", "llm-grpo"]]
    assert len(headlines(made(tmp_path / "4", kinds, combined * 2))) == 1 + 4
    five = headlines(made(tmp_path / "5", kinds, [*combined * 2, combined[0]]))
    assert len(five) == 1 + 3 + 1
    assert five[-1] == "2 more planned pairs can be found in the table of differences."


def test_parts_are_named_or_have_the_same_weights(tmp_path: Path) -> None:
    tools = {"kind": "tools", "origin": {"weights": "llm-sft", "specialist": "specialist"}}
    run = made(tmp_path, {"llm-grpo": tools}, [])
    assert [each.name for each in parts(run, run.agent("llm-grpo"))] == ["llm-sft", "specialist"]
    assert best_part(run, run.agent("llm-grpo")) == run.agent("specialist")
    assert parts(run, run.agent("llm-sft")) == []
    again = made(tmp_path / "b", {"llm-grpo": {"origin": {"weights": "llm-sft"}}, "specialist": VOTES}, [])
    assert [each.name for each in parts(again, again.agent("specialist"))] == ["llm-sft", "llm-grpo"]
    assert best_part(again, again.agent("specialist")) == again.agent("llm-grpo"), "the same model, asked otherwise"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (100.0, 100.4, ", at as many FLOPs an episode"),
        (107.0, 100.0, ", at 7 % more FLOPs an episode"),
        (94.0, 100.0, ", at 6 % fewer FLOPs an episode"),
        (200.0, 100.0, ", at twice the FLOPs an episode"),
        (8_800.0, 100.0, ", at 88 times the FLOPs an episode"),
        (50.0, 100.0, ", at 50 % of the FLOPs an episode"),
        (0.0, 100.0, ""),
        (100.0, 0.0, ""),
        (100.0, None, ""),
    ],
)
def test_what_an_episode_costs_beside_another(tmp_path: Path, one: float, other: float | None, said: str) -> None:
    flops = {"llm-sft": one, "llm-grpo": other}
    rows = [{**row, "flops": flops.get(row["agent"])} for row in results(1)]
    run = read_run(write_run(tmp_path, 1, results=rows))
    assert price(run, run.agent("llm-sft"), run.agent("llm-grpo")) == said


def test_without_pairs_nobody_is_compared(tmp_path: Path) -> None:
    kinds = {"llm-sft": {"road": "llm"}}
    assert headlines(made(tmp_path, kinds, []))[0].endswith(
        "; no pair was planned, so there is nothing to compare it with."
    )
