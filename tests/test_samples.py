"""A comparison in which every problem is answered several times: what is played, what is written, what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_sample import AGENTS, COMPARISON, Page, report, results, write_run

from reason_arena.agents.settings import build
from reason_arena.arena import cells
from reason_arena.arena.compare import compare
from reason_arena.arena.config import Comparison
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import read_run
from reason_arena.arena.report.scores import difference, score
from reason_arena.arena.sampling import over_problems
from reason_arena.arena.statistics import Interval, t_interval
from reason_arena.scripts.cli import main
from reason_arena.tasks.answer import parse_integer
from reason_arena.tasks.errors import BadConfig

K = 3
SMALL = {"model": {"layers": 1, "width": 32, "heads": 2, "feedforward": 64}, "score_every": 0, "checkpoint_seconds": 0}
PLAN: dict[str, Any] = {
    "name": "sampled",
    "primary": {"level": 0},
    "levels": [0],
    "episodes": 8,
    "samples": K,
    "training_seeds": [0],
    "agents": {
        "random": {"kind": "random"},
        "oracle": {"kind": "oracle"},
        "llm": {
            "kind": "llm",
            "max_new_tokens": 12,
            "train": {"level": 0, "sft": {"updates": 40, "batch": 16}, **SMALL},
        },
        "greedy": {"kind": "llm", "weights": "llm", "temperature": 0, "max_new_tokens": 12},
    },
    "pairs": [["random", "oracle"], ["greedy", "llm"]],
}
Lines = list[dict[str, Any]]


def lines_of(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a comparison, its cells run one after another in this process."""
    plan = Plan(build(Comparison, {**PLAN, "out": str(tmp_path_factory.mktemp("sampled"))}, "file"))
    for cell in plan.cells():
        cell.run()
        assert cell.done
    return compare(plan.comparison)


@pytest.fixture(scope="module")
def lines(run: Path) -> Lines:
    return lines_of(run / "results.jsonl")


def of(lines: Lines, agent: str) -> Lines:
    return [line for line in lines if line["agent"] == agent]


def test_everyone_answers_every_problem_k_times(lines: Lines) -> None:
    for agent in PLAN["agents"]:
        tries = [(line["seed"], line["sample"]) for line in of(lines, agent)]
        assert tries == [(seed, sample) for seed in range(8) for sample in range(K)], agent


def test_sampled_answers_differ_and_others_are_repeated(lines: Lines) -> None:
    def ways(agent: str) -> list[int]:
        wrote: dict[int, set[str]] = {}
        for line in of(lines, agent):
            wrote.setdefault(line["seed"], set()).add(line["transcript"])
        return [len(each) for each in wrote.values()]

    assert max(ways("random")) > 1
    assert max(ways("llm")) == K
    assert set(ways("oracle")) == set(ways("greedy")) == {1}


def test_the_samples_are_the_same_in_another_batch(run: Path, lines: Lines, tmp_path: Path) -> None:
    weights = next(run.glob("cells/llm-*/seed-0/sft/checkpoint"))
    marker, options = tmp_path / "lines.jsonl", {"max_new_tokens": 12}
    more = {"samples": 5, "evaluation_seed": 4}
    cells.TestCell("llm", "llm", None, 0, 0, "Reason-Arithmetic-v0", 2, marker, weights, options, **more).run()  # type: ignore[arg-type]
    again = [(line["seed"], line["sample"], line["transcript"]) for line in lines_of(marker)]
    before = [(line["seed"], line["sample"], line["transcript"]) for line in of(lines, "llm") if line["seed"] in (4, 5)]
    assert [line for line in again if line[1] < K] == before


def test_what_was_read_is_in_the_lines(lines: Lines) -> None:
    for line in lines:
        assert line["parsed"] == parse_integer(line["transcript"])
        assert line["correct"] == (line["parsed"] == line["expected"])
        assert (line["parsed"] is None) == (line["verdict"] in ("unparsable", "too_long"))
        assert (line["cut_short"] is None) == (line["agent"] in ("random", "oracle"))
        assert not line["cut_short"] or line["tokens"] == 12


def test_the_first_answers_tell_how_likely_each_token_was(lines: Lines) -> None:
    for line in lines:
        drawn = line["drawn"]
        if line["sample"] or line["tokens"] is None:
            assert drawn is None
            continue
        assert sum(drawn["characters"]) == len(line["transcript"])
        assert set(drawn["characters"]) <= {0, 1}, "a model that reads characters"
        # The token that ends an answer says nothing.
        assert len(drawn["characters"]) == len(drawn["logprobs"]) == line["tokens"] - (not line["cut_short"])
        assert all(logprob <= 0 for logprob in drawn["logprobs"])
    assert any(logprob < -0.5 for line in of(lines, "llm") if line["drawn"] for logprob in line["drawn"]["logprobs"])


def test_the_settings_of_old_comparisons_keep_their_places(tmp_path: Path) -> None:
    def places(**changes: Any) -> list[Path]:
        plan = Plan(build(Comparison, {**PLAN, "out": str(tmp_path), **changes}, "file"))
        return [cell.marker for cell in plan.tests()]

    once = {key: value for key, value in PLAN.items() if key != "samples"}
    assert places(samples=1) == [
        c.marker for c in Plan(build(Comparison, {**once, "out": str(tmp_path)}, "file")).tests()
    ]
    assert set(places(samples=1)).isdisjoint(places(samples=2))
    # As it was before a comparison could ask for samples.
    assert places(samples=1)[0].parent.name == "4122fae8f629"


def test_no_sample_at_all_is_refused() -> None:
    with pytest.raises(BadConfig, match="samples: expected 1 or more, got 0"):
        build(Comparison, {**PLAN, "samples": 0}, "file")


def test_the_page_tells_avg_pass_and_maj(run: Path, lines: Lines) -> None:
    page = report(run)
    table = page.tables["Several answers to each problem"]
    assert table[0][2:6] == ["avg@3", "95 % interval", "pass@3", "maj@3"]
    by_agent = {row[0]: row for row in table[1:]}
    right = {(line["seed"], line["sample"]): line["correct"] for line in of(lines, "llm")}
    mean = sum(right.values()) / (8 * K)
    some = sum(any(right[seed, sample] for sample in range(K)) for seed in range(8)) / 8
    assert by_agent["llm"][2] == f"{100 * mean:.1f} %"
    assert by_agent["llm"][4] == f"{100 * some:.1f} %"
    assert by_agent["oracle"][2:6] == ["100.0 %", "67.6 to 100.0", "100.0 %", "100.0 %"]
    assert by_agent["oracle"][6:] == ["8 problems, 3 samples each", "–", "0.0 %"]
    cut = sum(line["cut_short"] for line in of(lines, "llm")) / (8 * K)
    assert by_agent["llm"][7] == f"{100 * cut:.1f} %"


def sampled(folder: Path, seeds: int, k: int = 4) -> Path:
    """The sample run, each of its tries made k times with luck of its own; an answer is "0", "1" or unreadable."""
    rng = np.random.default_rng(9)
    rows = []
    for row in results(seeds):
        for sample in range(k):
            right = bool(rng.random() < (0.8 if row["correct"] else 0.3))
            parsed = "1" if right else rng.choice(["0", ""]) or None
            verdict = "correct" if right else "wrong" if parsed else "unparsable"
            rows.append({**row, "sample": sample, "correct": right, "parsed": parsed, "verdict": verdict})
    return write_run(folder, seeds, results=rows)


def means(folder: Path, agent: str, seed: int = 0, level: Any = 2) -> list[float]:
    tries: dict[int, list[bool]] = {}
    for line in lines_of(folder / "results.jsonl"):
        if (line["agent"], line["level"], line["training_seed"]) == (agent, level, seed):
            tries.setdefault(line["seed"], []).append(line["correct"])
    return [float(np.mean(each)) for each in tries.values()]


def found(interval: Interval | None) -> tuple[float, float | None, float | None, str]:
    assert interval is not None
    return pytest.approx(interval.mean), pytest.approx(interval.low), pytest.approx(interval.high), interval.unit


def test_problems_are_the_unit_with_one_training_seed_and_without_training(tmp_path: Path) -> None:
    run = read_run(sampled(tmp_path, 1))
    expected = over_problems(means(tmp_path, "random"), 4)
    assert found(score(run, "random", "2")) == found(expected)
    expected = over_problems(means(tmp_path, "llm-grpo"), 4)
    told = score(run, "llm-grpo", "2")
    assert told is not None
    assert (told.low, told.high) == (expected.low, expected.high)
    assert told.unit == "40 problems, 4 samples each; 1 training seed: evaluation noise only"
    gap = difference(run, "specialist", "llm-grpo", "2")
    assert gap is not None
    apart = np.array(means(tmp_path, "llm-grpo")) - np.array(means(tmp_path, "specialist"))
    assert found(gap.interval)[:3] == found(over_problems(apart, rate=False))[:3]
    assert gap.interval.unit == "40 shared problems, 4 samples each, evaluation noise only"


def test_training_seeds_are_the_unit_where_there_are_several(tmp_path: Path) -> None:
    run = read_run(sampled(tmp_path, 3))
    seeds = [np.mean(means(tmp_path, "specialist", seed)) for seed in range(3)]
    assert found(score(run, "specialist", "2")) == found(t_interval(seeds))
    gap = difference(run, "llm-grpo", "specialist", "2")
    assert gap is not None
    apart = [np.mean(means(tmp_path, "specialist", s)) - np.mean(means(tmp_path, "llm-grpo", s)) for s in range(3)]
    assert found(gap.interval)[:3] == found(t_interval(apart))[:3]


def test_the_table_has_a_row_an_agent_and_level(tmp_path: Path) -> None:
    page: Page = report(sampled(tmp_path, 2))
    table = page.tables["Several answers to each problem"]
    assert len(table) == 1 + len(AGENTS) * len(COMPARISON["levels"])
    assert "maj@k takes the commonest answer" in page.text
    assert page.count("section", id="samples") == 1
    assert "Several answers to each problem" not in report(write_run(tmp_path / "once", 2)).tables


def test_eval_prints_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = f"eval random --level 1 --episodes 20 --samples 5 --out {tmp_path / 'lines.jsonl'}"
    assert main(words.split()) == 0
    told = capsys.readouterr().out
    right: dict[int, list[bool]] = {}
    for line in lines_of(tmp_path / "lines.jsonl"):
        right.setdefault(line["seed"], []).append(line["correct"])
    assert {len(each) for each in right.values()} == {5}
    assert f"avg@5 {np.mean(list(right.values())):.3f} [" in told
    assert f"pass@5 {np.mean([any(each) for each in right.values()]):.3f} [" in told
    assert "over 20 problems, 5 samples each" in told
    assert all(f"  {name} 0." in told for name in ("pass@2", "pass@4", "maj@5"))
