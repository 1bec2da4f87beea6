"""Twelve requirements of a fair comparison, each looked up in what the comparison left, and printed with its reason.

They come from what earlier head-to-heads of language models and specialists were criticised for (docs/fairness.md).
A requirement that is not met does not spoil a result: it says what the result does not show. Nothing here is taken on
trust that can be counted in the lines; what only people know, such as how much was tuned, counts as not met until the
comparison file tells it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..envs.parity import parity
from .report.data import AgentInfo, Row, Run, number, text, told_of
from .report.missing import host_classes, not_run

SEEDS = {"specialist": 5, "llm": 3, "hybrid": 3}
"""training seeds that are asked for"""


class Check(NamedTuple):
    """One requirement."""

    title: str
    met: bool
    why: str


def checks(run: Run) -> list[Check]:
    """All twelve, of one environment of a comparison, in their order."""
    return [Check(title, *look(run)) for title, look in _CHECKS.items()]


Found = tuple[bool, str]


def _dynamics(run: Run) -> Found:
    versions = sorted({text(each.scores.get("task_version")) for each in run.episodes})
    shaped = [agent.label for agent in run.agents if told_of(run, agent.name).get("reward") == "shaped"]
    said = f"{run.env_id}, version {' and '.join(versions)} for everybody"
    if shaped:
        said += f"; shaped reward in the training of {', '.join(shaped)}, never in tests"
    return len(versions) == 1, said


def _information(run: Run) -> Found:
    found = parity(run.env_id, run.primary)
    return (found.information, found.shows) if found else (False, "nothing is declared of this environment")


def _actions(run: Run) -> Found:
    found = parity(run.env_id, run.primary)
    return (found.actions, found.offers) if found else (False, "nothing is declared of this environment")


def _illegal(run: Run) -> Found:
    tries = [each.scores.get("counts") for each in run.episodes]
    counted = sum(bool(each) for each in tries)
    if counted:
        return True, "the environment's rule for everybody; readable and legal tries are in the tables"
    spoilt = sum(each.verdict in ("unparsable", "illegal", "too_long") for each in run.episodes)
    return True, f"one answer, judged by one function; {spoilt} of {len(run.episodes)} could not be read"


def _items(run: Run) -> Found:
    seen: dict[str, dict[str, frozenset[tuple[str, str]]]] = {}
    for (agent, level), episodes in run.cells.items():
        seen.setdefault(level, {})[agent] = frozenset(each.item for each in episodes)
    uneven = [run.level(level).short for level, sets in seen.items() if len(set(sets.values())) > 1]
    every = sorted({item for sets in seen.values() for items in sets.values() for item in items})
    digest = hashlib.sha256(repr(every).encode()).hexdigest()[:12]
    splits = {text(each.scores.get("split", "test")) for each in run.episodes}
    if uneven:
        return False, f"not everybody met the same problems on {', '.join(uneven)}"
    if splits != {"test"}:
        return False, f"problems of the split {' and '.join(sorted(splits))}"
    return True, f"{len(every)} problems of the test split, from which no training draws; digest {digest}"


def _replication(run: Run) -> Found:
    failed = [row for row in not_run(run.comparison) if row.get("env_id", run.env_id) == run.env_id]
    if failed:
        return False, f"cells not run: {len(failed)}, the first {text(failed[0].get('cell'))}"
    short = []
    for agent in _tested(run):
        seeds = {each.training_seed for each in run.episodes if each.agent == agent.name}
        if agent.trained and len(seeds) < SEEDS.get(agent.road, 3):
            short.append(f"{agent.label} {len(seeds)} of {SEEDS.get(agent.road, 3)}")
    if short:
        return False, f"training seeds: {', '.join(short)}"
    return True, "every seed that was trained counts; the best of several is never taken"


def _budgets(run: Run) -> Found:
    missing = []
    for agent in (agent for agent in _tested(run) if agent.trained):
        rows = [row for row in run.costs if row.get("agent") == agent.name]
        axes = ("train_episodes", "train_flops", "train_cpu_seconds")
        missing += [agent.label] if not rows or any(_unknown(row, axes) for row in rows) else []
    if missing:
        return False, f"not recorded for {', '.join(dict.fromkeys(missing))}"
    energy = any(math.isfinite(number(row.get("energy_joules"))) for row in run.own_costs)
    return True, "samples, FLOPs and seconds are recorded; energy " + ("too" if energy else "is not measured")


def _inherited(run: Run) -> Found:
    blank = [
        agent.label
        for agent in _tested(run)
        if agent.trained
        and not any(row.get("inherited_flops") is not None for row in run.costs if row.get("agent") == agent.name)
    ]
    return (
        not blank,
        f"not recorded for {', '.join(blank)}" if blank else "recorded, or said to be unknown, for everybody",
    )


def _tuning(run: Run) -> Found:
    trained = [agent for agent in _tested(run) if agent.trained]
    blank = [agent.label for agent in trained if not told_of(run, agent.name).get("tuning")]
    if blank:
        return False, f"the file does not tell how much was tried for {', '.join(blank)}"
    told = ", ".join(f"{agent.label} {_tuned(told_of(run, agent.name)['tuning'])}" for agent in trained)
    return True, f"tried while the recipes were chosen: {told}"


def _harness(run: Run) -> Found:
    around = {agent.name: told_of(run, agent.name).get("harness") for agent in _tested(run)}
    alone = {model_of(run, name) for name, what in around.items() if what == ""}
    stands_for = {name: _names(told_of(run, name).get("without_harness_of")) for name in around}
    alone |= {model_of(run, name) for name, others in stands_for.items() if others}
    named = {other for others in stands_for.values() for other in others}
    readers = [agent for agent in _tested(run) if agent.trained and agent.road in ("llm", "hybrid")]
    # One that is the model alone of others has no harness itself.
    within = [agent for agent in readers if around[agent.name] != "" and not stands_for[agent.name]]
    if not within:
        return True, "nothing stands around a model" if readers else "nobody has one"
    blank = [
        agent.label
        for agent in within
        if agent.name not in named
        and alone.isdisjoint(
            model_of(run, each) for each in [*_names(told_of(run, agent.name).get("parts")), agent.name]
        )
    ]
    if blank:
        return False, f"no row without the harness of {', '.join(blank)}"
    return True, "what stands around each model is in the file, and each is tested without it too"


def _anchors(run: Run) -> Found:
    kinds = {text(told_of(run, agent.name).get("kind")) for agent in _tested(run)}
    swapped = any(told_of(run, agent.name).get("at_budget_of") for agent in _tested(run) if agent.trained)
    missing = [name for name, there in (("random", "random" in kinds), ("oracle", _ceiling(kinds))) if not there]
    missing += [] if swapped else ["a specialist at the language model's budget, or the reverse"]
    return not missing, f"missing: {', '.join(missing)}" if missing else "the floor, the ceiling and a swapped budget"


def _path(run: Run) -> Found:
    silent = sum(not math.isfinite(number(each.scores.get("seconds"))) for each in run.episodes)
    if silent:
        return False, f"{silent} of {len(run.episodes)} lines without seconds"
    classes = host_classes([each.scores for each in run.episodes])
    if len(classes) > 1:
        return False, f"timed on hosts of {len(classes)} classes, {', '.join(classes)}; compare seconds within one only"
    return True, "one runner played, timed and billed everybody, one thread each; every line is in results.jsonl"


_CHECKS: dict[str, Callable[[Run], Found]] = {
    "Same dynamics": _dynamics,
    "Same information": _information,
    "Same actions": _actions,
    "One rule for illegal actions": _illegal,
    "Same test problems": _items,
    "Enough training seeds": _replication,
    "Budgets on all axes": _budgets,
    "Inherited compute told": _inherited,
    "Tuning told": _tuning,
    "Tested without harness": _harness,
    "Anchors and swapped budgets": _anchors,
    "One measuring path": _path,
}


def _tested(run: Run) -> list[AgentInfo]:
    names = {name for name, _ in run.cells}
    return [agent for agent in run.agents if agent.name in names]


def model_of(run: Run, name: str) -> str:
    """The agent whose training made the weights that one plays with."""
    origin: Row = told_of(run, name).get("origin") or {}
    return text(origin.get("weights") or name)


def _names(told: object) -> list[str]:
    """One name, several or none: results of earlier versions have a name in place of a list."""
    return [text(each) for each in (told if isinstance(told, list) else [told]) if each]


def _unknown(row: Row, names: Iterable[str]) -> bool:
    return any(not math.isfinite(number(row.get(name))) for name in names)


def _ceiling(kinds: Iterable[str]) -> bool:
    return any(kind in ("oracle", "perfect") or kind.startswith(("engine-", "stockfish-")) for kind in kinds)


def _tuned(told: Row) -> str:
    return f"{text(told.get('trials'))} settings, {text(told.get('cpu_seconds'))} CPU-seconds"
