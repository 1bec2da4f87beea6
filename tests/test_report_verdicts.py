"""What the report says of planned pairs: Holm's count, margins, and how much more would be needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_sample import COMPARISON, costs, report, results, write_run
from scipy import stats

from reason_arena.arena.report import read_run, results_tables
from reason_arena.arena.report.headline import headline
from reason_arena.arena.report.scores import difference, differences, score
from reason_arena.arena.statistics import wilson

CAPTION = "Differences on level 2, same problems on both sides"


def scored(means: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Lines on level 2 in which a share of the forty problems, one share a training seed, is right."""
    rows = []
    for row in results(3):
        if row["agent"] in means and row["level"] == 2:
            right = row["seed"] < round(40 * means[row["agent"]][row["training_seed"]])
            rows.append({**row, "correct": right, "verdict": "correct" if right else "wrong"})
    return rows


def test_p_values_are_multiplied_by_how_many_pairs_are_planned(tmp_path: Path) -> None:
    """Differences 0.3, 0.4 and 0.5 by seed: t = 0.4 / (0.1 / sqrt(3)) = 6.93 with 2 degrees of freedom, p = 0.0202."""
    means = {"llm-sft": [0.2, 0.2, 0.2], "llm-grpo": [0.5, 0.6, 0.7], "specialist": [0.5, 0.6, 0.7]}
    run = read_run(write_run(tmp_path, results=scored(means)))
    alone = difference(run, "llm-sft", "llm-grpo", "2")
    assert alone is not None
    assert alone.p == pytest.approx(0.0202, abs=1e-4)
    first, second = differences(run)
    assert first.p == pytest.approx(2 * alone.p)
    assert (first.verdict, second.p) == ("LLM, GRPO ahead", 1.0)
    six = {**COMPARISON, "pairs": [["llm-sft", "llm-grpo"], ["llm-sft", "specialist"], ["specialist", "llm-grpo"]]}
    found = differences(read_run(write_run(tmp_path / "six", results=scored(means), comparison=six)))
    assert [each.p for each in found] == [pytest.approx(3 * alone.p), pytest.approx(3 * alone.p), 1.0]
    said = "not enough data: the lead does not hold once the environment’s planned pairs are corrected for (Holm)"
    assert found[0].verdict == said, "0.0606 once three are planned"
    page = report(tmp_path / "six")
    assert page.tables[CAPTION][1][-1] == said
    assert "all planned pairs of an environment are corrected for by Holm’s method" in page.text


def test_of_unequally_many_training_seeds_the_p_is_welchs(tmp_path: Path) -> None:
    means = {"llm-sft": [0.2, 0.2, 0.25], "llm-grpo": [0.45, 0.8]}
    rows = scored({**means, "llm-grpo": [*means["llm-grpo"], 0.0]})
    rows = [row for row in rows if (row["agent"], row["training_seed"]) != ("llm-grpo", 2)]
    found = difference(read_run(write_run(tmp_path, results=rows)), "llm-sft", "llm-grpo", "2")
    assert found is not None
    assert found.interval.unit == "2 and 3 training seeds"
    assert found.p == pytest.approx(stats.ttest_ind(means["llm-grpo"], means["llm-sft"], equal_var=False).pvalue)


def test_a_tie_lies_within_the_margin_of_the_file(tmp_path: Path) -> None:
    means = {"llm-sft": [0.5, 0.5, 0.5], "llm-grpo": [0.5, 0.55, 0.45], "specialist": [0.9, 0.5, 0.1]}
    told = {**COMPARISON, "primary": {**COMPARISON["primary"], "margin": 0.3}}
    for comparison, expected in ((COMPARISON, "not enough data"), (told, "tie within 0.3")):
        folder = tmp_path / expected[:3]
        table = report(write_run(folder, results=scored(means), costs=costs(3), comparison=comparison)).tables[CAPTION]
        assert table[1][-1].startswith(expected)
    assert table[2][-1].startswith("not enough data: about "), "training seeds that scatter like this say nothing"


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([["specialist", "llm-grpo"]], "LLM, GRPO is ahead of Specialist, PPO by 40.0 points"),
        # p = 0.0202 three times is 0.0606 once Holm has counted them.
        (
            [["specialist", "llm-grpo"], ["llm-sft", "llm-grpo"], ["llm-sft", "specialist"]],
            "No clear winner, not enough data, the lead does not hold once the environment’s planned pairs are "
            "corrected for (Holm): LLM, GRPO",
        ),
        ([["llm-sft", "llm-grpo"]], "no planned pair, so this is an observation."),
    ],
)
def test_the_headline_goes_by_the_same_rule(tmp_path: Path, pairs: list[list[str]], said: str) -> None:
    means = {"llm-sft": [0.2, 0.2, 0.2], "llm-grpo": [0.5, 0.6, 0.7], "specialist": [0.2, 0.2, 0.2]}
    run = read_run(write_run(tmp_path, results=scored(means), comparison={**COMPARISON, "pairs": pairs}))
    assert said in headline(run)


def once(right: dict[str, set[int]]) -> list[dict[str, Any]]:
    """Lines on level 2 of one run an agent, right at the problems named."""
    return [
        {**row, "correct": row["seed"] in right[row["agent"]], "verdict": "correct"}
        for row in results(1)
        if row["agent"] in right and row["level"] == 2
    ]


def test_two_that_tried_once_are_told_apart_by_mcnemars_exact_test(tmp_path: Path) -> None:
    """One is right where the other is wrong at 0, the other at 1 to 6: p = 2 (1 + 7) / 2^7 = 0.125. 9 to 0: 2 / 2^9."""
    nine = set(range(10, 19))
    right = {"random": {0, 30}, "oracle": {1, 2, 3, 4, 5, 6, 30}, "llm-sft": set[int](), "llm-grpo": nine}
    told = {**COMPARISON, "pairs": [["random", "oracle"], ["llm-sft", "llm-grpo"]]}
    folder = write_run(tmp_path, results=once(right), comparison=told)
    first, second = differences(read_run(folder))
    assert (first.exact, first.p, second.exact, second.p) == (0.125, 0.125, 2 / 2**9, 2 * 2 / 2**9)
    assert first.verdict.startswith("not enough data")
    assert second.verdict == "LLM, GRPO ahead"
    page = report(folder)
    assert page.tables[CAPTION][0][-2:] == ["McNemar’s p", "Reading"]
    assert [row[-2] for row in page.tables[CAPTION][1:]] == ["0.12", "0.0039"]
    assert "McNemar’s exact p is of the problems" in page.text
    assert "McNemar’s p" in [str(column.header) for column in results_tables(folder)[1].columns]


def test_of_several_training_seeds_there_is_no_mcnemar(tmp_path: Path) -> None:
    means = {"llm-sft": [0.2, 0.2, 0.2], "llm-grpo": [0.5, 0.6, 0.7], "specialist": [0.5, 0.6, 0.7]}
    page = report(write_run(tmp_path, results=scored(means)))
    assert page.tables[CAPTION][0][-2:] == ["Interval over", "Reading"]
    assert "McNemar" not in page.text


def test_forty_problems_on_which_two_agree_are_no_tie_within_two_points(tmp_path: Path) -> None:
    """None of 40 differs: up to 1 - 0.025^(1/40) = 0.0881 may, and of 183 up to 0.01996."""
    means = {name: [0.5, 0.5, 0.5] for name in ("llm-sft", "llm-grpo")}
    pair = {**COMPARISON, "pairs": [["llm-sft", "llm-grpo"], ["random", "oracle"]]}
    alone = once({"random": {1, 2}, "oracle": {1, 2}})
    found = differences(read_run(write_run(tmp_path, results=[*scored(means), *alone], comparison=pair)))
    assert {each.verdict for each in found} == {"not enough data: about 143 more shared problems needed"}
    for each in found:
        assert [each.interval.low, each.interval.high] == [pytest.approx(-0.0881, abs=1e-4), -(each.interval.low or 0)]
    assert [each.interval.unit for each in found] == [
        "40 shared episodes, all the same; 3 training seeds scored the same",
        "40 shared episodes, all the same",
    ]


@pytest.mark.parametrize("samples", [1, 2])
def test_a_metric_that_is_no_rate_and_says_the_same_of_all_has_no_verdict(tmp_path: Path, samples: int) -> None:
    told = {**COMPARISON, "primary": {"metric": "length", "level": 2}, "pairs": [["random", "oracle"]]}
    rows = [{**row, "sample": k} for row in once({"random": set(), "oracle": set()}) for k in range(samples)]
    folder = write_run(tmp_path, results=rows, comparison=told)
    (found,) = differences(read_run(folder))
    assert (found.interval.known, found.verdict) == (False, "not enough data")
    page = report(folder)
    (row,) = page.tables[CAPTION][1:]
    assert "not known" in row
    alone = score(read_run(folder), "random", "2")
    assert alone is not None
    assert (alone.mean, alone.known) == (6.0, False)
    unit = "40 episodes" if samples == 1 else "40 problems, 2 samples each"
    assert alone.unit == f"{unit}, all the same: no interval"
    assert "6 to 6" not in page.text


def test_seeds_and_episodes_that_all_say_the_same_number_are_not_certain_of_it(tmp_path: Path) -> None:
    told = {**COMPARISON, "primary": {"metric": "length", "level": 2}}
    found = score(read_run(write_run(tmp_path, comparison=told)), "specialist", "2")
    assert found is not None
    assert (found.mean, found.known) == (6.0, False)
    assert found.unit == "40 episodes, all the same: no interval; 3 training seeds scored the same"


def test_a_rate_that_is_the_same_half_at_each_problem_gets_wilsons_interval(tmp_path: Path) -> None:
    """Of two training seeds one is right at even problems and one at odd ones: 20 of 40 either way."""
    rows = results(2)
    for row in rows:
        row["correct"] = (row["seed"] + row["training_seed"]) % 2 == 0
    found = score(read_run(write_run(tmp_path, results=rows)), "specialist", "2")
    assert found is not None
    assert (found.low, found.high) == (wilson(20, 40).low, wilson(20, 40).high)
