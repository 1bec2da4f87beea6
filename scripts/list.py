"""What there is: environments with their levels, agents, models that need no network, objectives, presets.

reason list --verbose
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

import reason_arena.envs

from ..agents.language_model.sources import MODELS
from ..agents.registry import KINDS, RUNGS, VIEWS, Place
from ..arena.config import presets
from ..tasks import registry
from .parsing import parse

FEW = 100_000
"""a level with no more problems repeats itself in ordinary training"""
OBJECTIVES = {
    "next_token": "cross-entropy on the tokens of documents (pre-training) or worked solutions (SFT)",
    "distillation": "divergence of a student from its teacher, token by token, or the teacher's answers",
    "reinforce": "policy gradient with no baseline, the group's mean, or the mean of the others",
    "ppo": "clipped policy gradient with a value head; Stable-Baselines3's for specialists",
    "grpo": "clipped policy gradient with group-relative advantages, and its named variants",
    "reward_model": "which of two answers is preferred, as a difference of rewards (Bradley-Terry)",
    "dpo": "preferences learnt by the policy itself, against where it started from",
}


@dataclass(frozen=True)
class List:
    """What to show."""

    verbose: bool = False
    """levels too, how many problems each holds, and which hold few"""
    json: bool = False
    """one JSON object instead of tables"""


def main(words: list[str]) -> None:
    """Print the inventory."""
    options = parse(List, "list", words, __doc__)
    found = inventory()
    if options.json:
        print(json.dumps(found, indent=2))
        return
    console = Console()
    for kind in ("environments", "agents", "models", "objectives", "presets"):
        table = Table(title=kind, title_justify="left", show_header=False, box=None, pad_edge=False)
        for row in found[kind]:
            table.add_row(row["name"], row["about"])
        console.print(table, "")
    if options.verbose:
        for row in found["environments"]:
            console.print(_levels(row), "")
            if row["levels_by_name"]:
                console.print(f"by name: {', '.join(row['levels_by_name'])}", "")
            if not row["ready"]:
                console.print(f"to pose them: pip install 'reason-arena[{row['extra']}]'", "", markup=False)


def inventory() -> dict[str, list[dict[str, Any]]]:
    """Everything by kind, each with a name and a line about it."""
    return {
        "environments": [_environment(env_id) for env_id in reason_arena.envs.IDS],
        "agents": [{"name": name, "about": about} for name, about in (KINDS | RUNGS).items()],
        "models": [{"name": name, "about": about} for name, about in MODELS.items()],
        "objectives": [{"name": name, "about": about} for name, about in OBJECTIVES.items()],
        "presets": [{"name": name, "about": _title(path)} for name, path in presets().items()],
    }


def _environment(env_id: str) -> dict[str, Any]:
    task = registry.load(Place(env_id).task)
    levels = [
        {"level": number, "about": about, "distinct": task.distinct(number), "few": task.distinct(number) <= FEW}
        for number, about in task.levels().items()
    ]
    about = (task.__doc__ or "").partition("\n")[0]
    extra, ready = registry.extra(task.NAME), registry.ready(task.NAME)
    named = list(task.names()) if ready and hasattr(task, "names") else []
    needs = {"extra": extra or None, "ready": ready}
    return {"name": env_id, "about": about, "views": list(VIEWS), "levels": levels, "levels_by_name": named, **needs}


def _levels(environment: dict[str, Any]) -> Table:
    table = Table(title=f"levels of {environment['name']}", title_justify="left", box=None, pad_edge=False)
    for heading in ("level", "asks for", "different problems, at most", ""):
        table.add_column(heading)
    for row in environment["levels"]:
        remark = (
            f"few: about {row['distinct'] / 10:,.0f} in the test split, so seeds repeat problems" if row["few"] else ""
        )
        table.add_row(str(row["level"]), row["about"], f"{row['distinct']:.3g}", remark)
    return table


def _title(path: Any) -> str:
    from ..agents.settings import read_yaml

    return str(read_yaml(path).get("title", ""))
