"""What a comparison used in all, in a sentence that says when nothing was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .data import Row, number, short, text
from .tables import plain

_SHARED = "gross: idle and neighbours included, and cells side by side each count the whole machine"
_REASON = 200


def energy_line(comparison: Row) -> str:
    """Joules and seconds of all cells; empty for results from before they were recorded.

    >>> nothing = {"cpu_seconds": 41.3, "gpu_seconds": 0.0, "energy_joules": None}
    >>> energy_line({"spent": {**nothing, "why_no_energy": "no readable RAPL, no NVML device"}})
    'energy: not measured (no readable RAPL, no NVML device); 41.3 CPU-s, 0 GPU-s'
    """
    told = comparison.get("spent")
    if not isinstance(told, Mapping):
        return ""
    joules = number(told.get("energy_joules"))
    if math.isfinite(joules):
        said = f"{plain(joules)} J ({short(told.get('energy_source'), _REASON)}, {_SHARED}; {_idle(told)})"
    else:
        said = f"not measured ({short(text(told.get('why_no_energy')) or 'not recorded', _REASON)})"
    return f"energy: {said}; {_seconds(told, 'cpu')}, {_seconds(told, 'gpu')}"


def _idle(told: Row) -> str:
    """What a reader may take off: the joules are those that the counters saw, and stay so."""
    watts, seconds = number(told.get("idle_watts")), number(told.get("seconds"))
    if math.isnan(watts + seconds):
        return "idle draw not measured"
    return f"of which idle: {plain(watts)} W over {plain(seconds)} s"


def _seconds(told: Row, kind: str) -> str:
    found = number(told.get(f"{kind}_seconds"))
    return f"{plain(found)} {kind.upper()}-s" if math.isfinite(found) else f"{kind.upper()}-s not recorded"
