"""What agents cost to make and to test, a row an agent and training seed, and what the whole comparison took."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .cells import COST, TestCell, TrainCell
from .executors.host import class_of
from .executors.metering import read_idle, reasons, sources, total
from .plan import Plan

Row = dict[str, Any]


def costs(plan: Plan, tests: Sequence[TestCell], lines: Iterable[Mapping[str, Any]]) -> list[Row]:
    """What each agent cost with each training seed, and on which class of host it was trained.

    Args:
        plan: as far as it was run.
        tests: the cells that are done.
        lines: of these.
    """
    trained = {(cell.agent, cell.seed): cell.folder / COST for cell in plan.training() if cell.done}
    bills = trained | {(cell.agent, cell.seed): cell.marker.with_name(COST) for cell in tests}
    seconds = _tested(lines)
    rows = []
    for name in plan.comparison.agents:
        for seed in (seed for agent, seed in bills if agent == name):
            cost = json.loads(bills[name, seed].read_text(encoding="utf-8"))
            cell = plan.trained(name, seed)
            host = class_of(cell.folder) if cell else None
            played = [each.marker.parent for each in tests if (each.agent, each.seed) == (name, seed)]
            energy = _energy([each.folder for each in plan.made_of(name, seed)], played)
            found = {"agent": name, "training_seed": seed, **cost, **seconds.get((name, seed), _UNTESTED), **energy}
            rows.append({**found, "host": host})
    return rows


def spent(plan: Plan) -> Row:
    """What all cells used together: CPU- and GPU-seconds, and gross joules; null where it is not known of each.

    Cells that ran side by side each count the joules of the whole machine, so their sum is too large for these. So are
    `seconds`, on the wall, over which a machine that draws `idle_watts` would have used joules without any cell.
    """
    cells = [*plan.cells(), *plan.latencies()]
    folders = [cell.marker.parent for cell in cells if cell.done]
    joules = total(folders, "joules")
    return {
        "cpu_seconds": total(folders, "cpu_seconds"),
        "gpu_seconds": _gpu(plan),
        "energy_joules": joules,
        "energy_source": sources(folders) if joules is not None else "",
        "idle_watts": read_idle(plan.comparison.folder),
        "seconds": total(folders, "seconds"),
        "why_no_energy": "" if joules is not None else reasons(folders),
    }


_UNTESTED: Row = {"test_cpu_seconds": None, "test_gpu_seconds": None}


def _tested(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Row]:
    """Seconds of all episodes of an agent and training seed; null where a line does not say them."""
    found: dict[tuple[str, int], Row] = {}
    for line in lines:
        row = found.setdefault((line["agent"], line["training_seed"]), dict.fromkeys(_UNTESTED, 0.0))
        for name, field in zip(_UNTESTED, ("seconds", "gpu_seconds"), strict=True):
            value = line.get(field)
            known = isinstance(value, int | float) and row[name] is not None
            row[name] = row[name] + value if known else None
    return found


def _energy(made: Sequence[Path], played: Sequence[Path]) -> Row:
    """Gross joules of training, that of the agents it came from included, and of testing."""
    both = [*made, *played]
    return {
        "energy_joules": total(made, "joules"),
        "test_energy_joules": total(played, "joules"),
        "energy_source": sources(both),
    }


def _gpu(plan: Plan) -> float | None:
    """GPU-seconds of all training and testing; None where a router trained beside a GPU, whose bill is everybody's."""
    cells = [cell for cell in plan.training() if cell.done]
    bills = {cell.weights: _trained_gpu(cell) for cell in cells}
    own = [bills[cell.weights] - bills.get(cell.start or Path(), 0.0) for cell in cells if not cell.parts]
    tested = [_played_gpu(cell) for cell in plan.tests() if cell.done]
    if any(bills[cell.weights] for cell in cells if cell.parts) or not all(map(math.isfinite, own + tested)):
        return None
    return sum(own) + sum(tested)


def _trained_gpu(cell: TrainCell) -> float:
    told = json.loads((cell.folder / COST).read_text(encoding="utf-8")).get("train_gpu_seconds")
    return float(told) if isinstance(told, int | float) else math.nan


def _played_gpu(cell: TestCell) -> float:
    """From its lines; NaN of lines from before they told it."""
    told = [json.loads(line).get("gpu_seconds") for line in cell.marker.read_text(encoding="utf-8").splitlines()]
    return sum((float(each) if isinstance(each, int | float) else math.nan for each in told), 0.0)
