"""What a finished comparison leaves for the report: the lines of its cells in one file a kind, and what it was."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..agents.language_model.config import LanguageModelConfig
from ..agents.learning import checkpoint
from ..agents.learning.progress import read_lines
from ..tasks import registry
from .cells import COST
from .config import Comparison
from .files import write_whole
from .plan import Plan
from .venue import Trial, Venue

RESULTS, CURVES, COSTS, COMPARISON = "results.jsonl", "curves.jsonl", "costs.jsonl", "comparison.json"


def merge(plan: Plan, command: str) -> None:
    """Write one file a kind of line, from the files of the cells, in the order of the comparison.

    Args:
        plan: all cells of which are done.
        command: how the comparison was called.

    Raises:
        StorageError: the disk refused.
    """
    comparison, folder = plan.comparison, plan.comparison.folder
    tests = plan.tests()
    results = [line for cell in tests for line in read_lines(cell.marker)]
    trained = {(cell.agent, cell.seed): cell.folder / COST for cell in plan.training()}
    bills = trained | {(cell.agent, cell.seed): cell.marker.with_name(COST) for cell in tests}
    bills = {(name, seed): bill for name in comparison.agents for (agent, seed), bill in bills.items() if agent == name}
    costs = {who: json.loads(bill.read_text(encoding="utf-8")) for who, bill in bills.items()}
    _write_lines(folder / RESULTS, results)
    _write_lines(
        folder / COSTS, [{"agent": name, "training_seed": seed, **cost} for (name, seed), cost in costs.items()]
    )
    _write_lines(folder / CURVES, [row for name in comparison.agents for row in _curve(plan, name)])
    checkpoint.write_json(folder / COMPARISON, _described(comparison, command))


def _curve(plan: Plan, name: str) -> list[dict[str, Any]]:
    """The validation scores of an agent's training, on top of what those it came from had used up."""
    entry = plan.comparison.agents[name]
    rows = []
    for seed in plan.comparison.training_seeds if entry.trains else ():
        used = {"samples": 0.0, "cpu_seconds": 0.0, "train_flops": 0.0}
        for source in plan.chain(name):
            cell = plan.trained(source, seed)
            assert cell is not None
            lines = read_lines(cell.folder / (cell.stage or "") / "metrics.jsonl")
            for line in lines:
                if "score" in line:
                    spent = {key: used[key] + line[key] for key in used}
                    head = {"agent": name, "training_seed": seed, "stage": line["stage"]}
                    where = {"env_id": cell.config.env_id, "level": cell.config.level, "split": "validation"}
                    rows.append({**head, **spent, **where, "score": line["score"]})
            used = {key: used[key] + lines[-1][key] for key in used}
    return rows


def _described(comparison: Comparison, command: str) -> dict[str, Any]:
    """What the report says about the comparison itself."""
    agents = [
        {
            "name": name,
            "label": entry.label or name,
            "road": entry.road,
            "trained": entry.road != "baseline",
            "env_ids": _concerned(comparison, name),
            "note": entry.note,
            **_recipe(comparison, name),
        }
        for name, entry in comparison.agents.items()
    ]
    return {
        "name": comparison.name,
        "title": comparison.title or comparison.name,
        "environments": [_venue(comparison, venue) for venue in comparison.venues.values()],
        "agents": agents,
        "pairs": [list(pair) for pair in comparison.pairs],
        "training_seeds": list(comparison.training_seeds),
        "command": command,
        "versions": checkpoint.versions(),
        "host": {"cpu": _cpu_name(), "cores": os.cpu_count(), "system": platform.system()},
    }


def _recipe(comparison: Comparison, name: str) -> dict[str, Any]:
    """How an agent came about and what it plays with, as far as fairness asks for it."""
    entry = comparison.agents[name]
    config = comparison.training(entry.weights or name) if entry.road != "baseline" else None
    own = config.env_options.get("reward", "outcome") if isinstance(config, LanguageModelConfig) else config
    return {
        "kind": entry.kind,
        "stage": entry.trained_stage,
        "origin": {key: getattr(entry, key) for key in ("start", "teacher", "weights", "specialist")},
        "reward": "outcome" if own in (None, "outcome") else "shaped",
        "options": {key: getattr(entry, key) for key in ("temperature", "max_new_tokens")},
        "tuning": asdict(entry.tuning) if entry.tuning else None,
        "without_harness_of": entry.without_harness_of,
        "at_budget_of": entry.at_budget_of,
    }


def _concerned(comparison: Comparison, name: str) -> list[str]:
    """The environments that an agent has to do with: where it is tested, and where it was trained."""
    trained = [comparison.trained_in(name)] if comparison.agents[name].trains else []
    return list(dict.fromkeys([*comparison.tested_in(name), *trained]))


def _venue(comparison: Comparison, venue: Venue) -> dict[str, Any]:
    return {
        "env_id": venue.env_id,
        "primary": asdict(venue.primary),
        "levels": [_level(comparison, venue, trial) for trial in venue.trials],
        "left_out": [{"level": each.level, "name": each.label, "why": why} for each, why in venue.left_out],
        "evaluation_seed": venue.evaluation_seed,
    }


def _level(comparison: Comparison, venue: Venue, trial: Trial) -> dict[str, Any]:
    task = registry.load(registry.task_of(venue.env_id))
    trained = {name: entry.weights or name for name, entry in comparison.agents.items() if entry.road != "baseline"}
    settings = {name: comparison.training(source) for name, source in trained.items()}
    return {
        "level": trial.level,
        "name": trial.label,
        "label": task.describe(trial.level),
        "episodes": trial.episodes,
        "samples": trial.samples,
        "trained_on": [
            name for name, told in settings.items() if (told.env_id, told.level) == (venue.env_id, trial.level)
        ],
    }


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    write_whole(path, "".join(json.dumps(row) + "\n" for row in rows))
