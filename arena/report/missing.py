"""What a comparison could not run, and on which hosts the rest was timed: numbers must not look more than they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from .data import Row, Run, number, short, text

DAMAGED = "damaged: "
"""how the reason begins of a cell that was run"""
_REASON = 1_000
SHOWN = 200
"""characters of a reason that a table has room for"""


def not_run(comparison: Row) -> list[Row]:
    """The cells that the comparison names as not run."""
    return [row for row in comparison.get("not_run") or () if isinstance(row, Mapping)]


def is_damaged(row: Row) -> bool:
    """Whether a cell was run, and its lines are damaged."""
    return text(row.get("reason")).startswith(DAMAGED)


def not_run_lines(comparison: Row) -> list[str]:
    """A sentence for each cell that failed, and one for those that were skipped because they need such a one."""
    missing = [row for row in not_run(comparison) if not is_damaged(row)]
    lines = [f"not run: {_name(row)}: {short(row.get('reason'), _REASON)}" for row in missing if not row.get("skipped")]
    skipped = [_name(row) for row in missing if row.get("skipped")]
    return [*lines, *([f"not run, for want of these: {'; '.join(skipped)}"] if skipped else [])]


def not_run_html(comparison: Row) -> str:
    """The same for the page, under its headline; empty if everything ran."""
    items = "".join(f"<li>{escape(line[0].upper() + line[1:])}</li>" for line in not_run_lines(comparison))
    return f'<ul class="soft prose">{items}</ul>' if items else ""


def failed_seeds(run: Run, agent: str, level: str) -> dict[int, str]:
    """The training seeds with which an agent could not be tested on a level, each with the reason."""
    found = {}
    for row in not_run(run.comparison):
        here = text(row.get("env_id")) == run.env_id and text(row.get("level")) == level
        if here and row.get("agent") == agent:
            found[int(number(row.get("training_seed")))] = text(row.get("reason"))
    return found


def shortfall(run: Run, agent: str, level: str) -> str:
    """`2 of 3 training seeds` where some are missing, else empty."""
    failed = failed_seeds(run, agent, level)
    if not failed or not run.agent(agent).trained:
        return ""
    seeds = {episode.training_seed for episode in run.cells.get((agent, level), ())}
    return f"{len(seeds - set(failed))} of {len(seeds | set(failed))} training seeds"


def why_none(run: Run, agent: str, level: str) -> str:
    """Why an agent has no score on a level."""
    failed = failed_seeds(run, agent, level)
    if not failed:
        return "not evaluated on this level"
    reason = next(iter(failed.values()))
    return f"{'' if reason.startswith(DAMAGED) else 'not run: '}{reason[:SHOWN]}{'…' if len(reason) > SHOWN else ''}"


def host_classes(rows: Iterable[Row]) -> list[str]:
    """The classes of hosts that lines name, in their order; none of lines from before hosts were recorded."""
    return list(dict.fromkeys(text(row["host"]) for row in rows if row.get("host")))


def timed(rows: Sequence[Row], field: str) -> Sequence[Row]:
    """The rows from which a mean of a field may be taken: none if they were timed on hosts of several classes."""
    return () if field.endswith("seconds") and len(host_classes(rows)) > 1 else rows


def hosts_told(run: Run) -> list[tuple[str, str]]:
    """Each class of hosts by name, with what it is; empty where all cells ran on one."""
    known = run.comparison.get("hosts")
    if not isinstance(known, Mapping) or len(known) < 2:
        return []
    return [(f"Host class {name}", _described(row)) for name, row in known.items() if isinstance(row, Mapping)]


def hosts_line(run: Run) -> str:
    """A warning where cells were timed on hosts of several classes, else empty."""
    classes = host_classes([*(episode.scores for episode in run.episodes), *run.own_costs])
    if len(classes) < 2:
        return ""
    return (
        f"seconds{run.where} are of {len(classes)} host classes ({', '.join(classes)}): compare them within one only;"
        " no mean is taken over several"
    )


def _name(row: Row) -> str:
    return text(row.get("cell")) + (f" of {text(row['env_id'])}" if row.get("env_id") else "")


def _described(row: Row) -> str:
    versions = row.get("versions")
    named = [f"{key} {value}" for key, value in versions.items()] if isinstance(versions, Mapping) else []
    parts = [row.get("cpu"), row.get("machine"), row.get("system"), *(row.get("accelerators") or ()), *named]
    cells = number(row.get("cells"))
    return ", ".join(text(part) for part in parts if part) + ("" if math.isnan(cells) else f"; {cells:.0f} cells")
