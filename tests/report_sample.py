"""A small synthetic comparison for the tests of the report, and a reader of its page.

python tests/report_sample.py FOLDER [SEEDS]
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from reason_arena.arena.report import write_figure, write_report

EPISODES = 40
SECOND = "Reason-AIME-v0"
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


def write_several(folder: Path, seeds: int = 3, **changes: Any) -> Path:
    """A run folder with a second environment, in which the specialist has no part, nor has anyone learnt there."""
    second = {1: 0, 2: "families=held", 3: 9, "operators=+-,digits=50": "dataset=2024.jsonl"}
    names = {"families=held": "new families", "dataset=2024.jsonl": "AIME 2024"}
    venues = [
        {key: COMPARISON[key] for key in ("env_id", "primary", "levels", "episodes")},
        {
            "env_id": SECOND,
            "primary": {"level": "families=held", "metric": "correct"},
            "levels": [{"level": level, "name": names.get(level, ""), "label": "sums"} for level in second.values()],
            "left_out": [{"level": "dataset=2025.jsonl", "name": "AIME 2025", "why": "no such file"}],
        },
    ]
    lower = {name: 0.4 * chance for name, chance in SKILL.items()}
    rows = [
        {**row, "env_id": SECOND, "level": second[row["level"]]}
        for row in results(seeds, lower)
        if row["agent"] != "specialist"
    ]
    both, one = [COMPARISON["env_id"], SECOND], [COMPARISON["env_id"]]
    where = {agent["name"]: one if agent["road"] == "specialist" else both for agent in AGENTS}
    told = {key: value for key, value in COMPARISON.items() if key not in venues[0]}
    told |= {"environments": venues, "agents": [{**agent, "env_ids": where[agent["name"]]} for agent in AGENTS]}
    points = [{**row, "env_id": COMPARISON["env_id"]} for row in curves(seeds)]
    parts = {"results": results(seeds) + rows, "curves": points, "comparison": {**told, **changes}}
    return write_run(folder, seeds, **parts)


class Page(HTMLParser):
    """Collects what the tests ask about and refuses tags that do not pair."""

    VOID = frozenset({"meta", "link", "br", "wbr", "hr", "img", "input"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text = ""
        self.scripts: list[tuple[str | None, str]] = []
        self._caption = ""
        self.feed(source)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))
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
        if "script" in self.open:
            kind, before = self.scripts[-1]
            self.scripts[-1] = kind, before + data
        elif "style" not in self.open:
            self.text += data
        if "caption" in self.open:
            self._caption += data
        elif "small" not in self.open and {"th", "td"} & set(self.open):
            self.tables[self._caption][-1][-1] += data

    @property
    def policy(self) -> str:
        (found,) = (a["content"] for t, a in self.tags if t == "meta" and a.get("http-equiv"))
        return found or ""

    def strangers(self) -> list[str]:
        """Scripts that are neither numbers nor let in by the page's policy."""
        running = [
            gzip.decompress(b64decode(source)).decode() if kind == "application/gzip" else source
            for kind, source in self.scripts
            if kind != "application/json"
        ]
        digests = [b64encode(sha256(source.encode()).digest()).decode() for source in running]
        return [source for source, digest in zip(running, digests, strict=True) if digest not in self.policy]

    def count(self, tag: str, **attributes: str) -> int:
        return sum(t == tag and attributes.items() <= a.items() for t, a in self.tags)


def bare(source: str) -> str:
    """The page without what the report adds to draw charts: libraries, their licences, our script, the numbers."""
    source = re.sub(r"<!-- (?:d3|plot)\nCopyright .*?-->\n", "", source, flags=re.DOTALL)
    return re.sub(r"<script[^>]*>.*?</script>", "", source, flags=re.DOTALL)


def report(run: Path) -> Page:
    path = write_report(run)
    assert path == run / "report.html"
    return Page(path.read_text(encoding="utf-8"))


if __name__ == "__main__":  # a page to look at: python tests/report_sample.py FOLDER [SEEDS]
    made = write_run(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    print(write_report(made), write_figure(made, made / "figure.svg"))
