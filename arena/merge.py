"""What a finished comparison leaves for the report: the lines of its cells in one file a kind, and what it was."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..agents.language_model.config import PRACTICE, LanguageModelConfig, Stage
from ..agents.learning import checkpoint
from ..agents.learning.progress import read_lines
from ..agents.registry import BUILT, MANY, ROUTER
from ..agents.specialist.config import SpecialistConfig
from ..agents.test_time.config import SAMPLES
from ..envs.parity import parity
from ..tasks import registry
from ..tasks.errors import StorageError
from .bills import costs, spent
from .cells import TestCell
from .config import Comparison
from .executors.host import class_of, cpu_name, described
from .files import write_whole
from .meters import METERS, as_lines, latencies
from .plan import Plan
from .schedule import NotRun, not_run
from .sums import write_sums
from .venue import Trial, Venue

RESULTS, CURVES, COSTS, COMPARISON = "results.jsonl", "curves.jsonl", "costs.jsonl", "comparison.json"


def merge(plan: Plan, command: str) -> None:
    """Write one file a kind of line, from the files of the cells, in the order of the comparison.

    Cells that are not done have no part in it, and are named under `not_run` of the comparison.

    Args:
        plan: as far as it was run.
        command: how the comparison was called.

    Raises:
        StorageError: the disk refused.
    """
    comparison, folder = plan.comparison, plan.comparison.folder
    tests = [cell for cell in plan.tests() if cell.done]
    results = [{**line, "host": host} for cell in tests for host, line in _with_host(cell)]
    _write_lines(folder / RESULTS, results)
    _write_lines(folder / COSTS, costs(plan, tests, results))
    damage: list[str] = []
    _write_lines(folder / CURVES, [row for name in comparison.agents for row in _curve(plan, name, damage)])
    missing = [_not_run(each) for each in not_run(plan.cells())]
    measured = latencies(plan)
    write_whole(folder / METERS, as_lines(measured))
    hosts = described([cell.marker.parent for cell in [*plan.cells(), *plan.latencies()] if cell.done])
    told = {"hosts": hosts, "not_run": missing, "damage": damage, "latency": measured, "spent": spent(plan)}
    checkpoint.write_json(folder / COMPARISON, {**_described(comparison, command), **told})
    write_sums(folder, left_by(plan))


def left_by(plan: Plan) -> list[Path]:
    """The files that hold what came out: those of all cells together, and the lines of each test cell that is done."""
    merged = (plan.comparison.folder / name for name in (RESULTS, COSTS, CURVES, METERS, COMPARISON))
    return [*merged, *(cell.marker for cell in plan.tests() if cell.done)]


def _with_host(cell: TestCell) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """The lines of a cell, each with the class of the host that it was played on."""
    host = class_of(cell.marker.parent)
    return ((host, line) for line in read_lines(cell.marker))


def _not_run(missing: NotRun) -> dict[str, Any]:
    cell = missing.cell
    where = {"env_id": cell.env_id, "level": cell.level} if isinstance(cell, TestCell) else {}
    return {
        "cell": cell.name,
        "agent": cell.agent,
        "training_seed": cell.seed,
        **where,
        "reason": missing.reason,
        "skipped": missing.skipped,
    }


def _curve(plan: Plan, name: str, damage: list[str]) -> list[dict[str, Any]]:
    """The validation scores of an agent's training, on top of what those it came from had used up.

    A record that cannot be read costs the curve of its training seed from there on, and is named in `damage`.
    """
    entry = plan.comparison.agents[name]
    rows = []
    for seed in plan.comparison.training_seeds if entry.trains else ():
        used = {"samples": 0.0, "cpu_seconds": 0.0, "train_flops": 0.0}
        cells = [plan.trained(source, seed) for source in plan.chain(name)]
        for cell in cells if all(cell and cell.done for cell in cells) else ():
            assert cell is not None
            try:
                lines = read_lines(cell.folder / (cell.stage or "") / "metrics.jsonl")
            except StorageError as error:
                damage.append(f"the learning curve of {name} seed {seed} is left out: {error}")
                break
            if not lines:
                damage.append(f"the learning curve of {name} seed {seed} is left out: {cell.name} has no metrics")
                break
            for line in lines:
                if "score" in line:
                    spent = {key: used[key] + line[key] for key in used}
                    head = {"agent": name, "training_seed": seed, "stage": line["stage"]}
                    where = {"env_id": cell.config.env_id, "level": cell.config.level, "split": "validation"}
                    far = {"furthest": line["score_furthest"]} if "score_furthest" in line else {}
                    rows.append({**head, **spent, **where, "score": line["score"], **far})
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
            "tested_in": list(comparison.tested_in(name)),
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
        "host": {"cpu": cpu_name(), "cores": os.cpu_count(), "system": platform.system()},
    }


def _recipe(comparison: Comparison, name: str) -> dict[str, Any]:
    """How an agent came about and what it plays with, as far as fairness asks for it."""
    entry = comparison.agents[name]
    config = comparison.training(entry.weights or name) if entry.road != "baseline" else None
    stage = comparison.agents[entry.weights or name].trained_stage
    return {
        "kind": entry.kind,
        "stage": entry.trained_stage,
        "origin": {key: getattr(entry, key) for key in ("start", "teacher", "weights", "specialist")},
        "reward": "shaped" if _shaped(config, stage) else "outcome",
        "options": {key: getattr(entry, key) for key in ("temperature", "max_new_tokens")},
        **({"judge": entry.judge, "n": SAMPLES if entry.n is None else entry.n} if entry.kind in MANY else {}),
        **({"parts": _parts(comparison, name), "price": entry.price or 0.0} if entry.kind == ROUTER else {}),
        "harness": _harness(entry.kind, config),
        "own_data": _own_data(config),
        "adviser": _adviser(config, stage),
        "player": _player(config, stage),
        "tuning": asdict(entry.tuning) if entry.tuning else None,
        "without_harness_of": list(entry.bare_of),
        "at_budget_of": entry.at_budget_of,
    }


def _shaped(config: Any, stage: Stage | None) -> bool:
    """Whether training paid for more than the outcome; a language model reads rewards only while it practises."""
    if isinstance(config, LanguageModelConfig):
        return stage in PRACTICE and config.env_options.get("reward", "outcome") != "outcome"
    return isinstance(config, SpecialistConfig)  # who trains on `config.reward`, shaped in one way or another


def _harness(kind: str, config: Any) -> str:
    """What stands around the model, empty if nothing does."""
    if isinstance(config, LanguageModelConfig) and kind == "llm":
        return "notes" if config.memory.policy == "notes" else ""
    return kind if kind in (ROUTER, *BUILT) else ""


def _own_data(config: Any) -> list[str]:
    """The stages that read files of somebody's own in place of what the task shows; a specialist reads none."""
    if not isinstance(config, LanguageModelConfig):
        return []
    return [stage for stage in ("pretrain", "sft", "reward", "dpo") if getattr(config, stage).data is not None]


def _adviser(config: Any, stage: Stage | None) -> str:
    """By whose knowledge, beyond what the task shows, an agent was paid while it practised; empty if by nobody's."""
    found = parity(config.env_id, config.level) if _shaped(config, stage) else None
    return found.adviser if found else ""


def _player(config: Any, stage: Stage | None) -> str:
    """Whose games an agent was shown, where who played them knows more than is shown; empty if nobody's."""
    shown = isinstance(config, LanguageModelConfig) and stage == "sft" and config.shows_games and not config.sft.data
    found = parity(config.env_id, config.level) if shown else None
    return found.player if found else ""


def _parts(comparison: Comparison, name: str) -> list[str]:
    """Whom a router chooses from."""
    entry = comparison.agents[name]
    return list(comparison.agents[entry.weights or name].parts)


def _concerned(comparison: Comparison, name: str) -> list[str]:
    """The environments that an agent has to do with: where it is tested, and where it was trained."""
    trained = [comparison.trained_in(name)] if comparison.agents[name].trains else []
    return list(dict.fromkeys([*comparison.tested_in(name), *trained]))


def _venue(comparison: Comparison, venue: Venue) -> dict[str, Any]:
    return {
        "env_id": venue.env_id,
        "task_version": registry.load(registry.task_of(venue.env_id)).VERSION,
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


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    write_whole(path, "".join(json.dumps(row) + "\n" for row in rows))
