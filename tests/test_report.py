"""The report of a small synthetic comparison: right numbers, sound HTML, and plain words for what is missing."""

from __future__ import annotations

import io
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from reason_arena.arena.report import read_run, results_table, write_figure, write_report
from reason_arena.arena.report.examples import chosen, disagreements
from reason_arena.arena.report.scores import rivals, score
from reason_arena.arena.report.tables import big, flops, plain
from reason_arena.arena.statistics import t_interval, wilson
from reason_arena.tasks.errors import BadConfig, ReasonError, StorageError

EPISODES = 40
AGENTS: list[dict[str, Any]] = [
    {"name": "llm-sft", "label": "LLM, SFT only", "road": "llm", "trained": True, "note": "the start of GRPO"},
    {"name": "llm-grpo", "label": "LLM, GRPO", "road": "llm", "trained": True, "note": ""},
    {"name": "specialist", "label": "Specialist, PPO", "road": "specialist", "trained": True, "note": ""},
    {"name": "random", "label": "Random", "road": "baseline", "trained": False, "note": ""},
    {"name": "oracle", "label": "Oracle", "road": "baseline", "trained": False, "note": ""},
]
SKILL = {"llm-sft": 0.55, "llm-grpo": 0.78, "specialist": 0.9, "random": 0.05, "oracle": 1.0}
LEVELS: list[dict[str, Any]] = [
    {"level": 1, "label": "sums, 1-2 digits", "trained_on": ["llm-sft", "llm-grpo", "specialist"]},
    {"level": 2, "label": "sums and differences, 1-3 digits", "trained_on": ["llm-sft", "llm-grpo", "specialist"]},
    {"level": 3, "label": "four operations, 1-4 digits", "trained_on": ["specialist"]},
    {"level": "operators=+-,digits=50", "label": "sums and differences, 50 digits", "trained_on": []},
]
COMPARISON: dict[str, Any] = {
    "name": "quick",
    "title": "Arithmetic: an LLM with GRPO against a PPO specialist",
    "primary": {"metric": "correct", "level": 2},
    "env_id": "Reason-Arithmetic-v0",
    "levels": LEVELS,
    "agents": AGENTS,
    "pairs": [["llm-sft", "llm-grpo"], ["specialist", "llm-grpo"]],
    "training_seeds": [0, 1, 2],
    "episodes": EPISODES,
    "command": "reason compare presets/quick.yaml",
    "versions": {"reason-arena": "0.1.0", "torch": "2.13.0", "numpy": "2.4.6"},
    "host": {"cpu": "an ordinary processor", "cores": 2},
}


def results(seeds: int, skill: dict[str, float] = SKILL) -> list[dict[str, Any]]:
    rng = np.random.default_rng(7)
    rows = []
    for agent in AGENTS:
        name, is_llm = agent["name"], agent["road"] == "llm"
        for training_seed in range(seeds if agent["trained"] else 1):
            luck = rng.normal(0, 0.03) if agent["trained"] else 0.0
            for place, level in enumerate(LEVELS):
                for seed in range(EPISODES):
                    a, b = 100 + 37 * seed, 12 + 11 * seed
                    chance = 1.0 if name == "oracle" else (skill[name] + luck) * (1 - 0.22 * place)
                    correct = bool(rng.random() < chance)
                    verdict = "correct" if correct else str(rng.choice(["wrong", "wrong", "unparsable", "too_long"]))
                    answer = str(a + b if correct else a + b + 10) if verdict in ("correct", "wrong") else ""
                    steps = (
                        f"{a} + {b}\nunits: {a % 10} + {b % 10} = {a % 10 + b % 10}\ncarry {(a % 10 + b % 10) // 10}"
                    )
                    pad = f" {a}\n+{b:>4}\n-----\n{answer:>5}"
                    rows.append(
                        {
                            "agent": name,
                            "view": "text" if is_llm else "array",
                            "training_seed": training_seed,
                            "env_id": "Reason-Arithmetic-v0",
                            "task_version": 1,
                            "split": "test",
                            "level": level["level"],
                            "seed": seed,
                            "problem_id": f"arithmetic-v1/test/{level['level']}/{seed}",
                            "question": f"What is {a} + {b}?",
                            "expected": str(a + b),
                            "return": float(correct),
                            "correct": correct,
                            "verdict": verdict,
                            "answer": answer,
                            "transcript": f"{steps}\nThe answer is \\boxed{{{answer}}}" if is_llm else pad,
                            "length": 1 if is_llm else 6,
                            "tokens": 40 + seed % 5 if is_llm else None,
                            "seconds": 0.01,
                            "flops": {"llm": 1.6e8, "specialist": 4.1e5}.get(agent["road"], 0.0),
                        }
                    )
    return rows


def curves(seeds: int) -> list[dict[str, Any]]:
    rng, rows = np.random.default_rng(8), []
    plans = {
        "llm-sft": [("sft", 10, 2e4, 300.0)],
        "llm-grpo": [("sft", 10, 2e4, 300.0), ("grpo", 14, 6e4, 1500.0)],
        "specialist": [("ppo", 16, 4e5, 120.0)],
    }
    for name, plan in plans.items():
        for training_seed in range(seeds):
            samples = seconds = 0.0
            steps = sum(count for _, count, _, _ in plan)
            done = 0
            for stage, count, more, cost in plan:
                for _ in range(count):
                    done, samples, seconds = done + 1, samples + more / count, seconds + cost / count
                    level = SKILL[name] * (1 - np.exp(-3.5 * done / steps)) + rng.normal(0, 0.02)
                    row = {"agent": name, "training_seed": training_seed, "stage": stage, "split": "validation"}
                    row |= {"samples": int(samples), "cpu_seconds": seconds * (1 + 0.05 * training_seed), "level": 2}
                    rows.append(row | {"train_flops": seconds * 1e10, "score": float(np.clip(level, 0, 1))})
    return rows


def costs(seeds: int) -> list[dict[str, Any]]:
    bills = {
        "llm-sft": (1_863_424, 3e12, 300.0, 0, 20_000),
        "llm-grpo": (1_863_424, 2.1e13, 1800.0, 60_000, 80_000),
        "specialist": (17_355, 8.5e10, 120.0, 400_000, 400_000),
        "random": (0, 0.0, 0.0, 0, 0),
        "oracle": (0, 0.0, 0.0, 0, 0),
    }
    rows = []
    for agent in AGENTS:
        parameters, work, seconds, steps, episodes = bills[agent["name"]]
        for training_seed in range(seeds if agent["trained"] else 1):
            row = {
                "agent": agent["name"],
                "training_seed": training_seed,
                "parameters": parameters,
                "train_flops": work,
            }
            row |= {"train_env_steps": steps, "train_episodes": episodes, "train_tokens": 0, "train_gpu_seconds": 0.0}
            row |= {"train_cpu_seconds": seconds + 6 * training_seed, "inherited_flops": 0.0, "energy_joules": None}
            rows.append(row | {"decision_flops": 0.0})
    return rows


def write_run(folder: Path, seeds: int = 3, **parts: Any) -> Path:
    """A run folder; a part given as None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {
        "results": results(seeds),
        "curves": curves(seeds),
        "costs": costs(seeds),
        "comparison": COMPARISON,
    } | parts
    for name, rows in found.items():
        if name == "comparison" and rows is not None:
            (folder / "comparison.json").write_text(json.dumps(rows))
        elif rows is not None:
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


class Page(HTMLParser):
    """Collects what the tests ask about and refuses tags that do not pair."""

    VOID = frozenset({"meta", "link", "br", "wbr", "hr", "img"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text = ""
        self._caption = ""
        self.feed(source)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            self.tables[self._caption].append([])
        if tag in ("th", "td"):
            self.tables[self._caption][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"
        if tag == "caption":
            self.tables[self._caption] = []

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if "caption" in self.open:
            self._caption += data
        elif "small" not in self.open and {"th", "td"} & set(self.open):
            self.tables[self._caption][-1][-1] += data

    def count(self, tag: str, **attributes: str) -> int:
        return sum(t == tag and attributes.items() <= a.items() for t, a in self.tags)


def report(run: Path) -> Page:
    path = write_report(run)
    assert path == run / "report.html"
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    return report(run)


def test_the_page_stands_alone(run: Path, page: Page) -> None:
    source = (run / "report.html").read_text(encoding="utf-8")
    assert page.count("script") == page.count("img") == page.count("iframe") == 0
    assert "://" not in source
    assert "@import" not in source
    assert "\nurl(" not in source.replace("url(#", "")
    policy = [a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert len(source) < 1_500_000
    assert not [path.name for path in run.iterdir() if path.name.endswith(".part")]


def test_ids_are_unique_and_every_reference_has_its_target(page: Page) -> None:
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for value in attributes.values():
            for target in re.findall(r"^#(.+)|url\(#([^)]+)\)", value or ""):
                assert "".join(target) in ids


def test_colours_in_charts_follow_the_reader(run: Path) -> None:
    source = (run / "report.html").read_text(encoding="utf-8")
    charts = re.findall(r'<svg class="chart".*?</svg>', source, flags=re.DOTALL)
    assert len(charts) == 5
    style = source[source.index("<style>") : source.index("</style>")]
    for chart in charts:
        assert not re.search(r"#[0-9a-f]{6}\b(?![-\w])", re.sub(r'"#[^"]*"|\(#[^)]*\)', "", chart))
        for variable in re.findall(r"var\((--\w+)\)", chart):
            assert style.count(f"{variable}:") == 3, "light, dark and print each define the colour"


def mean_of(lines: list[dict[str, Any]], **where: Any) -> float:
    return float(np.mean([line["correct"] for line in lines if where.items() <= line.items()]))


def test_the_main_table_holds_the_numbers_of_the_lines(run: Path, page: Page) -> None:
    lines = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    means = [mean_of(lines, agent="specialist", level=2, training_seed=seed) for seed in range(3)]
    interval = t_interval(means)
    assert interval.low is not None
    assert interval.high is not None
    rows = {row[0]: row for row in page.tables["Results on level 2"]}
    expected = ["Specialist, PPO", "Specialist", f"{100 * np.mean(means):.1f} %"]
    expected += [f"{100 * interval.low:.1f} to {100 * interval.high:.1f}", "3 training seeds", "17.4\u202fk", "126"]
    assert rows["Specialist, PPO"] == [*expected, "8.5 × 10¹⁰", "400\u202fk", "4.1 × 10⁵", "–"]
    oracle = wilson(EPISODES, EPISODES)
    assert oracle.low is not None
    assert rows["Oracle"][2:5] == ["100.0 %", f"{100 * oracle.low:.1f} to 100.0", f"{EPISODES} episodes"]
    assert rows["LLM, GRPO"][-1] == "42"


def test_the_differences_are_paired_by_training_seed(run: Path, page: Page) -> None:
    lines = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    means = {
        name: np.array([mean_of(lines, agent=name, level=2, training_seed=seed) for seed in range(3)])
        for name in ("llm-grpo", "specialist")
    }
    gap = t_interval(means["llm-grpo"] - means["specialist"])
    row = page.tables["Differences on level 2, same problems on both sides"][2]
    assert row[:2] == ["LLM, GRPO", "Specialist, PPO"]
    assert row[2] == f"{100 * gap.mean:+.1f} points".replace("-", "−")
    assert row[3] == f"{100 * (gap.low or 0):+.1f} to {100 * (gap.high or 0):+.1f}".replace("-", "−")
    assert row[4:] == ["3 training seeds, matched", "Specialist, PPO ahead"]
    assert "Specialist, PPO is ahead of LLM, GRPO by" in page.text


def test_every_chart_has_its_numbers_as_a_table(run: Path, page: Page) -> None:
    data = read_run(run)
    levels = page.tables["Score by level, with 95 % intervals"]
    for row, level in zip(levels[1:], data.levels, strict=True):
        for cell, agent in zip(row[1:], data.agents, strict=True):
            found = score(data, agent.name, level.level)
            assert found is not None
            assert cell.removeprefix("• ") == f"{100 * found.mean:.1f} %"
            assert cell.startswith("•") == (agent.name in level.trained_on)
    time = page.tables["Score against training time: the numbers"]
    assert len(time) == 1 + 10 + 24 + 16 + 2  # checkpoints of three agents, and two baselines drawn as lines
    points = [json.loads(line) for line in (run / "curves.jsonl").read_text().splitlines()]
    last = [[p for p in points if p["agent"] == "specialist" and p["training_seed"] == s][-1] for s in range(3)]
    scores = [point["score"] for point in last]
    shown = [row for row in time if row[0] == "Specialist, PPO"][-1]
    assert shown[1:3] == ["ppo", plain(float(np.mean([point["cpu_seconds"] for point in last])))]
    assert shown[3] == f"{100 * np.mean(scores):.1f} %"
    assert shown[4] == f"{100 * min(scores):.1f} to {100 * max(scores):.1f}"
    assert page.tables["Score against training compute: the numbers"][2][:2] == ["LLM, GRPO", "2.1 × 10¹³"]
    assert page.count("svg", role="img") == page.count("figure") == 5


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run, tmp_path / "elsewhere")
    assert write_report(copy).read_bytes() == write_report(run).read_bytes()
    a, b = write_figure(copy, tmp_path / "a.svg"), write_figure(run, tmp_path / "b.svg")
    assert a.read_bytes() == b.read_bytes()


def test_the_examples_disagree_and_are_spread(run: Path, page: Page) -> None:
    data = read_run(run)
    pair = rivals(data)
    assert pair is not None
    assert [agent.name for agent in pair] == ["llm-grpo", "specialist"]
    found = disagreements(data, *pair)
    shown = chosen(data, found)
    assert len(shown) == page.count("details", **{"class": "example"}) == 10
    assert [sum(each.winner == agent for each in shown) for agent in pair] == [5, 5]
    assert {each.llm.level for each in shown} == {level.level for level in data.levels}
    for each in found:
        assert each.llm.item == each.specialist.item
        assert each.llm.scores["correct"] is not each.specialist.scores["correct"]


def test_texts_of_a_run_stay_texts(tmp_path: Path) -> None:
    attack = "<script>alert(1)</script></pre><img src=x onerror=alert(2)>\u0000\ud800 $title &amp; $\\frac{$"
    rows = results(1)
    for row in rows:
        row |= {"transcript": attack, "question": attack, "answer": attack, "expected": attack, "verdict": attack}
    comparison = COMPARISON | {"title": attack, "command": attack, "host": {attack: attack}}
    comparison["agents"] = [agent | {"label": f"{agent['label']} {attack}", "note": attack} for agent in AGENTS]
    comparison["levels"] = [level | {"label": attack} for level in LEVELS]
    page = report(write_run(tmp_path, 1, results=rows, comparison=comparison))
    assert page.count("script") == page.count("img") == 0
    assert "<script>alert(1)</script></pre><img src=x onerror=alert(2)>\ufffd\ufffd $title &amp; $\\frac{$" in page.text
    write_figure(tmp_path, tmp_path / "figure.svg")
    assert "<script" not in (tmp_path / "figure.svg").read_text(encoding="utf-8")


def test_a_long_transcript_is_cut_and_counted(tmp_path: Path) -> None:
    rows = results(1)
    for row in rows:
        row["transcript"] = "x" * 5000
    assert "… 1000 more characters" in report(write_run(tmp_path, 1, results=rows)).text


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
    "only one road": (lambda: {"results": kept(lambda row: row["view"] == "text")}, "only one road was run"),
    "no disagreement": (
        lambda: {"results": kept(lambda _: True, correct=True)},
        "agree on every problem that both tried",
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
    results_table(folder)


def test_equal_training_seeds_do_not_claim_certainty(tmp_path: Path) -> None:
    rows = [row | {"correct": row["seed"] % 2 == row["training_seed"] % 2} for row in results(2)]
    folder = write_run(tmp_path, 2, results=rows)
    interval = score(read_run(folder), "specialist", "2")
    assert interval is not None
    assert interval.mean == 0.5
    assert interval.unit == "40 episodes; 2 training seeds scored the same"


def test_a_half_written_last_line_is_ignored(tmp_path: Path) -> None:
    whole = write_report(write_run(tmp_path, 2)).read_bytes()
    for name in ("results", "curves", "costs"):
        with (tmp_path / f"{name}.jsonl").open("a") as file:
            file.write('{"agent": "llm-grpo", "training_se')
    assert write_report(tmp_path).read_bytes() == whole


def test_a_problem_tried_again_after_a_resume_counts_once(tmp_path: Path) -> None:
    whole = write_report(write_run(tmp_path / "a", 2)).read_bytes()
    rows = results(2)
    assert write_report(write_run(tmp_path / "b", 2, results=rows[:50] + rows)).read_bytes() == whole


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
    for verb in (write_report, results_table, lambda run: write_figure(run, tmp_path / "figure.svg")):
        with pytest.raises(BadConfig, match=message) as caught:
            verb(folder)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "figure.svg").exists()


def test_a_place_that_cannot_be_written_is_a_storage_error(run: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="missing"):
        write_figure(run, tmp_path / "missing" / "figure.svg")
    assert issubclass(StorageError, ReasonError)


def test_the_terminal_shows_the_same_table(run: Path, page: Page) -> None:
    console = Console(width=240, record=True, file=io.StringIO())
    console.print(results_table(run))
    shown = console.export_text()
    for row in page.tables["Results on level 2"][1:]:
        assert all(cell in shown for cell in row)


def test_the_figure_is_opaque_and_stands_alone(run: Path, tmp_path: Path) -> None:
    source = write_figure(run, tmp_path / "figure.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(source)
    assert root.tag.endswith("svg")
    assert "var(--" not in source
    assert source.index("fill: #ffffff") < source.index("<text")
    assert set(re.findall(r"\w+://[^\"]*", source)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert all(words in source for words in ("LLM, GRPO", "Specialist, PPO", "CPU-seconds of training"))
    assert "Oracle" not in source


def test_numbers_read_like_numbers() -> None:
    assert [big(n) for n in (17_355, 1_863_424, 9_999, 2e9)] == ["17.4\u202fk", "1.86\u202fM", "9\u202f999", "2\u202fG"]
    assert [flops(n) for n in (0.0, 34_176.0, 1.2e9, float("nan"))] == ["0", "3.4 × 10⁴", "1.2 × 10⁹", "–"]
    assert [plain(n) for n in (0.0, 0.0123, 42.25, 1806.4)] == ["0", "0.0123", "42.2", "1\u202f806"]


def test_importing_the_report_imports_neither_torch_nor_matplotlib() -> None:
    heavy = "'torch', 'matplotlib', 'scipy'"
    code = f"import sys, reason_arena.arena.report; print([name for name in ({heavy}) if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the chromium package")
def test_a_browser_lays_it_out_without_a_complaint(run: Path, tmp_path: Path) -> None:
    write_report(run)
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--window-size=360,800"]
    command += ["--dump-dom", (run / "report.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.count('<svg class="chart"') == 5
    assert done.stdout.rstrip().endswith("</html>")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert "Content Security Policy" not in done.stderr, done.stderr


if __name__ == "__main__":  # a page to look at: python tests/test_report.py FOLDER [SEEDS]
    made = write_run(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    print(write_report(made), write_figure(made, made / "figure.svg"))
