"""Results that are not as they were written: what is taken out, and the words that say so.

A line that cannot be read, or that is missing, twice there with two outcomes, or of problems of another version, costs
the cell it belongs to: the lines of one agent, training seed and level. Such a cell is left out whole and named among
those that were not run, for a number from what is left of it would look complete.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from ...tasks import registry
from ...tasks.errors import ReasonError
from .data import Row, number, short, text
from .missing import DAMAGED, is_damaged, not_run

DAMAGE = "damage"
"""key of what is said about the whole comparison"""
_SHOWN = 20
"""sentences that are shown; the others are counted"""
_OUTCOME = ("correct", "return", "furthest", "verdict", "answer")
Cell = tuple[str, int, str, str]
"""agent, training seed, environment, level"""


def sound(
    comparison: Row, venues: Sequence[Row], rows: Iterable[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines that can be counted, and the comparison with what is said of the others.

    Args:
        comparison: what the comparison says of itself; a file that says of an environment's levels how many episodes
            each has is held to it, one that does not (of an earlier version) is not.
        venues: its environments.
        rows: the lines of all episodes.
    """
    told: list[str] = []
    known = {text(entry.get("name")) for entry in comparison.get("agents") or ()}
    cells: dict[Cell, list[dict[str, Any]]] = {}
    strangers: Counter[str] = Counter()
    first = text(venues[0].get("env_id"))
    for row in rows:
        env_id, seed = text(row.get("env_id", first)), int(row.get("training_seed") or 0)
        if known and text(row["agent"]) not in known:
            strangers[text(row["agent"])] += 1
            continue
        cells.setdefault((text(row["agent"]), seed, env_id, text(row.get("level", ""))), []).append(row)
    for name, count in strangers.items():
        told.append(f"{count} lines of {short(name)}, who is no agent of the comparison, are left out")
    expected = _expected(comparison, venues)
    versions = {text(venue.get("env_id")): venue.get("task_version") for venue in venues}
    recorded = {env_id: _most(env_id, cells) if version is None else version for env_id, version in versions.items()}
    told += [line for env_id, version in recorded.items() if (line := _of_another_version(env_id, version))]
    kept, void = [], []
    absent = _not_run(comparison)
    for cell in dict.fromkeys([*(each for each in expected if each not in absent), *cells]):
        lines, again = _once(cells.get(cell, []))
        why = _trouble(lines, expected.get(cell), versions.get(cell[2])) or _gaps(lines, _metric(venues, cell[2]))
        if why:
            void.append(_named(cell, why))
            continue
        if again:
            told.append(f"{again} lines of {_name(cell)} stand there twice, and count once")
        if unscored := _unscored(lines, _metric(venues, cell[2])):
            told.append(f"{len(unscored)} of {len(lines)} episodes of {_name(cell)} have no score, and are left out")
        kept += lines
    missing = [*(comparison.get("not_run") or ()), *void]
    return kept, {**comparison, "not_run": missing, DAMAGE: [*(comparison.get(DAMAGE) or ()), *told]}


def damage_lines(comparison: Row) -> list[str]:
    """What is wrong with the results, a sentence each."""
    void = [row for row in not_run(comparison) if is_damaged(row)]
    lines = [f"{text(row.get('cell'))} of {text(row.get('env_id'))} is left out: {text(row['reason'])}" for row in void]
    lines = [short(line.replace(DAMAGED, "", 1), 300) for line in (*lines, *(comparison.get(DAMAGE) or ()))]
    more = [f"and {len(lines) - _SHOWN} more of this kind"] if len(lines) > _SHOWN else []
    return [f"damaged: {line}" for line in (*lines[:_SHOWN], *more)]


def damage_html(comparison: Row) -> str:
    """The same for the page, under its headline; empty if all is sound."""
    items = "".join(f"<li>{escape(line[0].upper() + line[1:])}</li>" for line in damage_lines(comparison))
    return f'<ul class="warning prose">{items}</ul>' if items else ""


def _expected(comparison: Row, venues: Sequence[Row]) -> dict[Cell, int]:
    """How many lines each cell was to have, as far as the comparison says it."""
    found: dict[Cell, int] = {}
    for venue in venues:
        env_id = text(venue.get("env_id"))
        for level in venue.get("levels") or ():
            count = number(level.get("episodes")) * number(level.get("samples", 1))
            for entry in comparison.get("agents") or () if math.isfinite(count) else ():
                tested = entry.get("tested_in")
                if isinstance(tested, list) and env_id in tested:
                    seeds = comparison.get("training_seeds") or () if entry.get("trained") else (0,)
                    cells = ((text(entry.get("name")), int(seed), env_id, text(level.get("level"))) for seed in seeds)
                    found |= dict.fromkeys(cells, int(count))
    return found


def _once(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The lines without those that repeat another, and how many did. Two outcomes of one episode both stay."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        found[tuple(repr(row.get(key)) for key in ("problem_id", "seed", "sample", *_OUTCOME))] = row
    return list(found.values()), len(rows) - len(found)


def _trouble(rows: Sequence[Row], expected: int | None, version: object) -> str:
    """Why a cell cannot be counted; empty if it can."""
    episodes = {tuple(text(row.get(key)) for key in ("problem_id", "seed", "sample")) for row in rows}
    if len(episodes) < len(rows):
        return f"{len(rows) - len(episodes)} of its episodes have two lines with different outcomes"
    if version is not None and any(row.get("task_version", version) != version for row in rows):
        return "some of its lines are of another version of the problems"
    if expected is not None and len(rows) != expected:
        return f"{len(rows)} of {expected} lines are there"
    return ""


def _gaps(rows: Sequence[Row], metric: str) -> str:
    """That some episodes have no number, and for no reason; a metric that an agent has nowhere is none of its own."""
    lost = [row for row in _unscored(rows, metric) if not row.get("failed")]
    return (
        f"{len(lost)} of {len(rows)} lines have no {short(metric)} that is a number"
        if 0 < len(lost) < len(rows)
        else ""
    )


def _not_run(comparison: Row) -> set[Cell]:
    """Cells that the comparison itself says it has not."""
    rows = [row for row in not_run(comparison) if "level" in row]
    return {
        (text(row.get("agent")), int(row.get("training_seed") or 0), text(row.get("env_id")), text(row["level"]))
        for row in rows
    }


def _most(env_id: str, cells: Mapping[Cell, Sequence[Row]]) -> object:
    """The version of the problems of most lines, where the comparison does not say it; fairness looks at the others."""
    lines = (row.get("task_version") for cell, rows in cells.items() if cell[2] == env_id for row in rows)
    common = Counter(version for version in lines if isinstance(version, int)).most_common(1)
    return common[0][0] if common else None


def _of_another_version(env_id: str, version: object) -> str:
    """That the installed problems are not those of the record; empty if they are, or nobody knows."""
    try:
        installed = registry.load(registry.task_of(env_id)).VERSION
    except (ReasonError, ImportError, ValueError, LookupError):
        return ""
    if version is None or version == installed:
        return ""
    return (
        f"the lines of {short(env_id)} are of version {short(version)} of its problems, and version {installed} is"
        " installed here: `reason compare` trains and tests anew, and `reason verify` finds nothing to repeat"
    )


def _unscored(rows: Sequence[Row], metric: str) -> list[Row]:
    """The lines that have no number to be scored by."""
    return [row for row in rows if not math.isfinite(number(row.get(metric)))]


def _metric(venues: Sequence[Row], env_id: str) -> str:
    primary = next((venue.get("primary") for venue in venues if text(venue.get("env_id")) == env_id), None) or {}
    return text(primary.get("metric") or "correct")


def _name(cell: Cell) -> str:
    agent, seed, env_id, level = cell
    return f"{short(agent)} seed {seed} on level {short(level)} of {short(env_id)}"


def _named(cell: Cell, why: str) -> dict[str, Any]:
    """A cell that is left out, as the comparison names those that were not run."""
    agent, seed, env_id, level = cell
    name = f"{short(agent)} seed {seed} on level {short(level)}"
    where = {"agent": agent, "training_seed": seed, "env_id": env_id, "level": level}
    return {"cell": name, **where, "reason": f"{DAMAGED}{why}", "skipped": False}
