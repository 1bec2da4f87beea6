"""What the report says of several tasks together: who stands for a road, the common scale, and sums worked by hand."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_sample import report, write_run, write_several

from reason_arena.arena.report import read_runs, results_tables
from reason_arena.arena.report.across import across

FIRST, SECOND, THIRD = "Reason-Arithmetic-v0", "Reason-ChessPuzzle-v0", "Reason-AIME-v0"
RIGHT = {  # of twenty problems, one number a training seed
    FIRST: {"random": [2], "oracle": [20], "llm-a": [2, 11, 20], "ppo-a": [11, 11, 11], "better": [20, 20, 20]},
    SECOND: {"chance": [0], "oracle": [20], "llm-b": [4, 8, 12], "ppo-b": [8, 8, 16]},
    THIRD: {"random": [1], "oracle": [20], "ppo-c": [19, 19, 19]},
}
KINDS = {"random": "random", "chance": "random", "oracle": "oracle"}
PAIRS = [["llm-a", "ppo-a"], ["llm-a", "better"], ["llm-b", "ppo-b"]]


def agent(name: str, where: list[str]) -> dict[str, Any]:
    road = "llm" if name.startswith("llm") else "baseline" if name in KINDS else "specialist"
    told = {"name": name, "label": name.upper(), "road": road, "trained": road != "baseline", "env_ids": where}
    return {**told, "kind": KINDS.get(name, road)}


def write(folder: Path, pairs: list[list[str]] = PAIRS, right: dict[str, dict[str, list[int]]] = RIGHT) -> Path:
    names = list(dict.fromkeys(name for scores in right.values() for name in scores))
    venue = {"primary": {"level": 1, "metric": "correct"}, "levels": [{"level": 1, "label": "sums"}]}
    comparison = {
        "title": "Several tasks",
        "environments": [{"env_id": env_id, **venue} for env_id in right],
        "agents": [agent(name, [env_id for env_id in right if name in right[env_id]]) for name in names],
        "pairs": pairs,
    }
    rows = [
        {
            "agent": name,
            "training_seed": training_seed,
            "env_id": env_id,
            "split": "test",
            "level": 1,
            "seed": seed,
            "problem_id": f"{env_id}/{seed}",
            "correct": seed < count,
            "verdict": "correct" if seed < count else "wrong",
        }
        for env_id, scores in right.items()
        for name, counts in scores.items()
        for training_seed, count in enumerate(counts)
        for seed in range(20)
    ]
    return write_run(folder, results=rows, comparison=comparison, curves=None, costs=None)


def test_roads_are_those_of_the_first_planned_pair_on_a_scale_from_random_to_oracle(tmp_path: Path) -> None:
    (found,) = across(read_runs(write(tmp_path)))
    assert found.names == ("LLM", "Specialist")
    assert [[each.name for each in place.agents] for place in found.places] == [["llm-a", "ppo-a"], ["llm-b", "ppo-b"]]
    assert found.left_out == ((THIRD, "no planned pair of an LLM and a specialist"),)
    # 2, 11 and 20 of 20 between 2 and 20: 0, 9/18 and 1.
    assert found.scores(0) == [pytest.approx([0.0, 0.5, 1.0]), pytest.approx([0.2, 0.4, 0.6])]
    assert found.scores(1) == [pytest.approx([0.5, 0.5, 0.5]), pytest.approx([0.4, 0.4, 0.8])]


def test_what_they_come_to_worked_by_hand(tmp_path: Path) -> None:
    (found,) = across(read_runs(write(tmp_path)))
    # Of 0, 0.2, 0.4, 0.5, 0.6, 1 the four in the middle; of 0.4, 0.4, 0.5, 0.5, 0.5, 0.8 likewise.
    assert [found.iqm(side).mean for side in (0, 1)] == pytest.approx([1.7 / 4, 1.9 / 4])
    assert [found.mean(side).mean for side in (0, 1)] == pytest.approx([(0.5 + 0.4) / 2, (0.5 + 1.6 / 3) / 2])
    # 0.5 beats 0, ties with 0.5, loses to 1: 1/2. 0.4 beats 0.2 and ties with 0.4, twice, and 0.8 beats all: 6/9.
    assert found.improvement().mean == pytest.approx((1 / 2 + 6 / 9) / 2)
    # Above 0: 2 of 3 and 3 of 3. Above 0.5: 1 of 3 and 1 of 3. Above 0.6: 1 of 3 and none, and above 1 nobody.
    shares = found.profile(0)
    assert [shares[place] for place in (0, 5, 6, 10)] == pytest.approx([5 / 6, 1 / 3, 1 / 6, 0])
    assert found.profile(1)[5] == pytest.approx((0 + 1 / 3) / 2)


def test_its_interval_is_that_of_all_ways_to_draw_runs_anew(tmp_path: Path) -> None:
    (found,) = across(read_runs(write(tmp_path)))
    first, second = (list(product(runs, repeat=3)) for runs in ([0.0, 0.5, 1.0], [0.2, 0.4, 0.6]))
    ways = [(np.mean(one) + np.mean(other)) / 2 for one in first for other in second]
    interval = found.mean(0)
    assert [interval.low, interval.high] == pytest.approx(np.quantile(ways, [0.025, 0.975]), abs=0.02)
    assert interval.unit == "6 runs of 2 tasks"


def test_runs_that_never_cross_and_single_runs_have_no_interval(tmp_path: Path) -> None:
    apart = {**RIGHT, FIRST: {**RIGHT[FIRST], "ppo-a": [20, 20, 20], "llm-a": [2, 3, 4]}}
    apart[SECOND] = {**RIGHT[SECOND], "ppo-b": [1, 2, 3]}
    (found,) = across(read_runs(write(tmp_path / "apart", right=apart)))
    assert found.improvement().mean == 0.5
    assert found.improvement().unit == "6 and 6 runs of 2 tasks that never cross: no interval"
    alike = {**RIGHT, FIRST: {**RIGHT[FIRST], "llm-a": [5, 5, 5]}, SECOND: {**RIGHT[SECOND], "llm-b": [4, 4, 4]}}
    (found,) = across(read_runs(write(tmp_path / "alike", right=alike)))
    for interval in (found.iqm(0), found.mean(0)):  # drawn anew they are what they are, which is no certainty
        assert (interval.known, interval.unit) == (False, "6 runs of 2 tasks that are all alike: no interval")
    single = {**RIGHT, SECOND: {**RIGHT[SECOND], "llm-b": [4]}}
    (found,) = across(read_runs(write(tmp_path / "single", right=single)))
    assert not found.iqm(0).known
    assert not found.improvement().known
    assert found.iqm(1).known


def test_the_page_and_the_terminal_tell_it(tmp_path: Path) -> None:
    folder = write(tmp_path)
    page = report(folder)
    assert page.count("section", id="across-tasks") == 1
    assert page.count("a", href="#across-tasks") == 1
    assert page.tables["Raw scores of LLM and Specialist"][1:] == [
        [FIRST, "10.0 %", "100.0 %", "55.0 %", "55.0 %"],
        [SECOND, "0.0 %", "100.0 %", "40.0 %", "53.3 %"],
    ]
    together = page.tables["LLM and Specialist, 2 tasks together"][1:]
    assert [[row[0], row[2]] for row in together] == [["LLM", "0.45"], ["Specialist", "0.52"]]
    assert page.tables["Performance profile of LLM and Specialist"][1][:2] == ["LLM", "83 %"]
    for words in (
        "level 1, correct",
        "LLM-A, 0.50",
        "Probability of improvement: 0.58",
        "an observation and no verdict",
    ):
        assert words in page.text
    titles = [str(table.title) for table in results_tables(folder)]
    assert titles[-2:] == ["Raw scores of LLM and Specialist", "LLM and Specialist, 2 tasks together"]


def test_agents_that_play_both_are_told_under_their_names(tmp_path: Path) -> None:
    both = {env_id: {**scores, "llm-x": [2, 4, 6], "ppo-x": [8, 8, 8]} for env_id, scores in RIGHT.items()}
    found = across(read_runs(write(tmp_path, [["llm-x", "ppo-x"]], both)))
    assert [each.names for each in found] == [("LLM-X", "PPO-X")], "and not as roads besides"
    found = across(read_runs(write(tmp_path / "turned", [["ppo-x", "llm-x"]], both)))
    assert [each.names for each in found] == [("PPO-X", "LLM-X")], "nor the other way round"


def test_nobody_is_put_together_with_an_end_of_the_scale_and_the_better_random_player_is_its_zero(
    tmp_path: Path,
) -> None:
    both = {env_id: {**scores, "llm-x": [2, 4, 6]} for env_id, scores in RIGHT.items()}
    both[SECOND]["random"] = [3]
    found = across(read_runs(write(tmp_path, [*PAIRS, ["random", "llm-x"], ["llm-x", "oracle"]], both)))
    assert [each.names for each in found] == [("LLM", "Specialist")]
    assert found[0].places[1].anchors == (0.15, 1.0), "3 of 20, and not the 0 of the other"


@pytest.mark.parametrize(
    ("without", "why"),
    [({"oracle"}, "no random player or no oracle on its primary level"), ({"ppo-b"}, "no planned pair")],
)
def test_an_environment_that_does_not_count_is_named_and_one_alone_makes_no_section(
    tmp_path: Path, without: set[str], why: str
) -> None:
    right = {
        env_id: {name: counts for name, counts in scores.items() if name not in without or env_id != SECOND}
        for env_id, scores in RIGHT.items()
    }
    folder = write(tmp_path, right=right)
    assert across(read_runs(folder)) == []
    assert report(folder).count("section", id="across-tasks") == 0
    third = {**right, THIRD: {**RIGHT[THIRD], "llm-c": [1, 2, 3]}}
    (found,) = across(read_runs(write(tmp_path / "third", [*PAIRS, ["llm-c", "ppo-c"]], third)))
    assert found.left_out[0][0] == SECOND
    assert why in found.left_out[0][1]


def test_without_a_random_player_and_an_oracle_nothing_is_put_together(tmp_path: Path) -> None:
    assert across(read_runs(write_several(tmp_path))) == []  # its agents have no kinds
