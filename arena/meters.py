"""What was measured apart from the tests: a line an agent and environment, with the host that it was measured on."""

from __future__ import annotations

import json
from typing import Any

from .executors.host import class_of
from .latency import read_latency
from .plan import Plan
from .schedule import not_run

METERS = "meters.jsonl"


def latencies(plan: Plan) -> list[dict[str, Any]]:
    """How long each agent takes to decide, in the order of the comparison; null, and why, where it is not known."""
    rows = []
    cells = plan.latencies()
    reasons = {each.cell.marker: each.reason for each in not_run([*plan.cells(), *cells])}
    for cell in cells:
        told = read_latency(cell.marker)
        batches = told.get("batches")
        rows.append(
            {
                "meter": "latency",
                "agent": cell.agent,
                "training_seed": cell.seed,
                "env_id": cell.env_id,
                "level": cell.level,
                "host": class_of(cell.marker.parent) if batches else None,
                "cold_seconds": told.get("cold_seconds"),
                "batches": batches,
                "why": "" if batches else reasons.get(cell.marker, "it was not tried"),
            }
        )
    return rows


def as_lines(rows: list[dict[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)
