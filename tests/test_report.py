"""The report of a comparison that is incomplete, damaged or empty: plain words for what is missing."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_sample import COMPARISON, costs, curves, report, results, write_run

from reason_arena.arena.report import read_run, results_tables, write_figure, write_report
from reason_arena.arena.report.scores import score
from reason_arena.arena.report.tables import big, flops, plain
from reason_arena.tasks.errors import BadConfig, ReasonError, StorageError


def kept(condition: Callable[[dict[str, Any]], bool], seeds: int = 2, **changes: Any) -> list[dict[str, Any]]:
    return [row | changes for row in results(seeds) if condition(row)]


def unscored(name: str) -> list[dict[str, Any]]:
    return [row | {"correct": None} if row["agent"] == name else row for row in results(2)]


def compared(**changes: Any) -> dict[str, Any]:
    return {"comparison": COMPARISON | changes}


MISSING: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "no curves": (lambda: {"curves": None}, "No learning curves were recorded in this run."),
    "an empty curve file": (lambda: {"curves": []}, "No learning curves"),
    "NaN in the curves": (lambda: {"curves": [row | {"score": math.nan} for row in curves(1)]}, "No learning curves"),
    "no costs": (lambda: {"costs": None}, "No costs were recorded."),
    "no cost of one agent": (lambda: {"costs": costs(2)[2:]}, "LLM, SFT only not recorded"),
    "unknown pre-training": (
        lambda: {"costs": [row | {"inherited_flops": "unknown"} for row in costs(2)]},
        "LLM, GRPO an unknown amount",
    ),
    "no FLOPs": (lambda: {"results": kept(lambda _: True, flops=None), "costs": None}, "No FLOPs were recorded"),
    "one training seed": (lambda: {"seeds": 1}, "1 training seed: interval covers evaluation noise only"),
    "an agent without scores": (lambda: {"results": unscored("llm-grpo")}, "not evaluated on this level"),
    "no score at all": (lambda: {"results": kept(lambda _: True, correct=None)}, "No agent has a score"),
    "only baselines": (
        lambda: {"results": kept(lambda row: row["agent"] in ("random", "oracle"))},
        "only baselines were run",
    ),
    "only one road": (
        lambda: {"results": kept(lambda row: row["view"] == "text"), **compared(pairs=[])},
        "only one road was run",
    ),
    "no disagreement": (
        lambda: {"results": kept(lambda _: True, correct=True)},
        "only Specialist, PPO 0, only LLM, GRPO 0, and neither 0",
    ),
    "an agent missing on a level": (
        lambda: {"results": kept(lambda row: (row["agent"], row["level"]) != ("llm-grpo", 3))},
        "No clear winner",
    ),
    "no shared problem": (
        lambda: {"results": kept(lambda row: (row["agent"] == "specialist") == (row["seed"] < 20))},
        "they share no problem",
    ),
    "nothing declared": (lambda: {"comparison": {}}, "llm-grpo"),
    "empty lists": (lambda: {"comparison": {"agents": [], "levels": None, "primary": None}}, "llm-grpo"),
    "another metric": (lambda: compared(primary={"metric": "return", "level": 1}), "mean of “return”"),
    "an unknown level": (lambda: compared(primary={"level": 99}), "No agent has a score on level 99"),
}


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_said_in_words(case: str, tmp_path: Path) -> None:
    parts, words = MISSING[case]
    folder = write_run(tmp_path, **{"seeds": 2, **parts()})
    text = re.sub(r"\s+", " ", report(folder).text)
    assert words in text
    assert "nan" not in text.lower().split()
    results_tables(folder)


def test_equal_training_seeds_do_not_claim_certainty(tmp_path: Path) -> None:
    rows = [row | {"correct": row["seed"] % 2 == row["training_seed"] % 2} for row in results(2)]
    folder = write_run(tmp_path, 2, results=rows)
    interval = score(read_run(folder), "specialist", "2")
    assert interval is not None
    assert interval.mean == 0.5
    assert interval.unit == "40 episodes; 2 training seeds scored the same"


WARNING = re.compile(r'<ul class="warning prose">.*?</ul>')


def test_a_half_written_last_line_is_named_and_nothing_else_changes(tmp_path: Path) -> None:
    whole = write_report(write_run(tmp_path, 2)).read_text()
    for name in ("results", "curves", "costs"):
        with (tmp_path / f"{name}.jsonl").open("a") as file:
            file.write('{"agent": "llm-grpo", "training_se')
    page = write_report(tmp_path).read_text()
    assert page.count(": not JSON (") == 3
    assert WARNING.sub("", page) == whole


def test_a_problem_tried_again_after_a_resume_counts_once(tmp_path: Path) -> None:
    whole = write_report(write_run(tmp_path / "a", 2)).read_text()
    rows = results(2)
    page = write_report(write_run(tmp_path / "b", 2, results=rows[:50] + rows)).read_text()
    assert "40 lines of llm-sft seed 0 on level 1 of Reason-Arithmetic-v0 stand there twice, and count once" in page
    assert WARNING.sub("", page) == whole


Harm = Callable[[Path], object]


def spoil(name: str, content: str) -> Harm:
    return lambda folder: (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "no comparison.json in it"),
        (lambda folder: (folder / "comparison.json").unlink(), "no comparison.json in it"),
        (lambda folder: (folder / "results.jsonl").unlink(), "holds no episode"),
        (spoil("results.jsonl", "\n"), "holds no episode"),
        (spoil("results.jsonl", '{"agent": "a"\n{"agent": "a"}\n'), r"results.jsonl, line 1: not JSON"),
        (spoil("results.jsonl", "[1]\n"), "line 1: expected a JSON object, got list"),
        (spoil("results.jsonl", '{"agent": "a", "training_seed": "x"}'), "another shape"),
        (spoil("comparison.json", "{"), "comparison.json: not JSON"),
        (spoil("comparison.json", "[]"), "expected a JSON object, got list"),
        (spoil("comparison.json", '{"agents": [1]}'), "another shape"),
    ],
)
def test_a_folder_that_is_no_run_is_one_clear_line(harm: Harm, message: str, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", 1)
    harm(folder)
    for verb in (write_report, results_tables, lambda run: write_figure(run, tmp_path / "figure.svg")):
        with pytest.raises(BadConfig, match=message) as caught:
            verb(folder)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "figure.svg").exists()


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"comparison\.json"):
        write_figure(write_run(tmp_path, 1), tmp_path / "comparison.json" / "figure.svg")
    with pytest.raises(StorageError, match="expected a file or nothing there"):
        write_figure(tmp_path, Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
    assert issubclass(StorageError, ReasonError)


def test_numbers_read_like_numbers() -> None:
    assert [big(n) for n in (17_355, 1_863_424, 9_999, 2e9)] == ["17.4\u202fk", "1.86\u202fM", "9\u202f999", "2\u202fG"]
    assert [flops(n) for n in (0.0, 34_176.0, 1.2e9, float("nan"))] == ["0", "3.4 × 10⁴", "1.2 × 10⁹", "–"]
    assert [plain(n) for n in (0.0, 0.0123, 42.25, 1806.4)] == ["0", "0.0123", "42.2", "1\u202f806"]


def test_importing_the_report_imports_neither_torch_nor_matplotlib() -> None:
    heavy = "'torch', 'matplotlib', 'scipy'"
    code = f"import sys, reason_arena.arena.report; print([name for name in ({heavy}) if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
