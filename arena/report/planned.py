"""The planned pairs in sentences: what agents that are made of others come to, against these and at what price."""

from __future__ import annotations

import math

from ...agents.registry import BUILT, MANY, ROUTER
from ..fairness import model_of
from ..statistics import Interval, verdict
from .data import AgentInfo, Run, text, told_of
from .scores import Difference, difference, differences, per_episode, rivals, score, top
from .tables import bounds, change, plain, value

COMBINED = (ROUTER, *BUILT)
"""kinds that are made of other agents"""
MOST, ALONE = 3, 5
"""sentences behind one on a language model and a specialist, and where there is none"""
LEAST = 0.01
"""share of the FLOPs below which it is told the other way round"""
NEAR = 0.005
"""share of the FLOPs up to which a difference is none"""


def sentences(run: Run) -> list[str]:
    """The verdicts of planned pairs by the primary metric, those against the best part of a combination first.

    Where a language model and a specialist were run, the headline tells of them, and these only of combinations.
    """
    both = rivals(run)
    found = [each for each in differences(run) if each.items]
    if both is not None:
        told = {agent.name for agent in both}
        found = [each for each in found if _combination(run, each) and {each.first.name, each.second.name} != told]
    ordered = sorted(found, key=lambda each: not _against_best(run, each))  # stable: else as they were planned
    most = ALONE if both is None else MOST
    most += len(ordered) == most + 1  # a line that says that one is missing is as long as that one
    said = [sentence(run, each) for each in ordered[:most]]
    if (more := len(ordered) - most) > 0:
        said.append(f"{more} more planned pairs can be found in the table of differences.")
    return said


def observations(run: Run) -> list[str]:
    """Combinations of planned pairs against their best part, where that was not planned: no verdicts follow."""
    found = differences(run)
    said = []
    for agent in run.agents:
        pairs = [each for each in found if agent in (each.first, each.second)]
        best = best_part(run, agent) if pairs else None
        if best is None or any(best in (each.first, each.second) for each in pairs):
            continue
        seen = difference(run, best.name, agent.name, run.primary)
        if seen is not None and seen.items:
            gap = f"{change(run, seen.interval.mean)}, 95 % interval {bounds(run, seen.interval, signed=True)}"
            names = f"{agent.label} against {best.label} ({_remark(run, agent, best)})"
            said.append(f"{names} was not planned, so it is an observation: {gap}{price(run, agent, best)}.")
    return said


def sentence(run: Run, found: Difference) -> str:
    """One planned pair: who is ahead, by how much, and at what price; the combination is spoken of first."""
    about = _combination(run, found) or found.second
    other = found.first if about == found.second else found.second
    gap = found.interval if about == found.second else _turned(found.interval)
    told = [each for each in (_score(run, other), _remark(run, about, other)) if each]
    names = f"{about.label} ({_score(run, about)})", f"{other.label} ({', '.join(told)})"
    cost = price(run, about, other)
    kind = "open" if found.incomplete else verdict(found.interval, found.p, found.margin).kind
    if kind in ("first", "second"):
        side = "ahead of" if gap.mean > 0 else "behind"
        return f"{names[0]} is {side} {names[1]} by {lead(run, gap)}{cost}."
    extent = f"{change(run, gap.mean)}, 95 % interval {bounds(run, gap, signed=True)}"
    if kind == "tie":
        margin = f"{100 * found.margin:g} points" if run.metric == "correct" else f"{found.margin:g}"
        return f"{names[0]} ties with {names[1]} within {margin} ({extent}){cost}."
    return f"{names[0]} against {names[1]}{cost}: {found.verdict.replace(': ', ', ')} ({extent})."


def lead(run: Run, gap: Interval) -> str:
    """How far ahead or behind somebody is, without a sign; of an interval that excludes zero."""
    mean = abs(gap.mean)
    points = f"{100 * mean:.1f} points" if run.metric == "correct" else f"{mean:.3g}"
    ends = sorted(abs(end) for end in (gap.low or 0.0, gap.high or 0.0))
    shown = [f"{100 * end:.1f}" if run.metric == "correct" else f"{end:.3g}" for end in ends]
    return f"{points} (95 % interval {shown[0]} to {shown[1]})"


def price(run: Run, agent: AgentInfo, other: AgentInfo) -> str:
    """What an agent's episode costs beside that of another; empty where either was not recorded."""
    one, two = (per_episode(run, each.name, "flops") for each in (agent, other))
    ratio = one / two if two > 0 else math.nan
    if not ratio > 0:
        return ""
    if 0.5 < ratio < 2:
        share = abs(ratio - 1)
        if share < NEAR:
            return ", at as many FLOPs an episode"
        return f", at {100 * share:.0f} % {'more' if ratio > 1 else 'fewer'} FLOPs an episode"
    if ratio >= 2:
        times = float(f"{ratio:.2g}")
        return f", at {'twice' if times == 2 else f'{plain(times)} times'} the FLOPs an episode"
    if ratio < LEAST:
        return f", at {plain(float(f'{1 / ratio:.2g}'))} times fewer FLOPs an episode"
    return f", at {100 * ratio:.2g} % of the FLOPs an episode"


def combined(run: Run, agent: AgentInfo) -> bool:
    """Whether an agent is made of others."""
    return told_of(run, agent.name).get("kind") in COMBINED


def parts(run: Run, agent: AgentInfo) -> list[AgentInfo]:
    """The agents that one is made of: those that a router chooses from, else those that play alone with its weights."""
    told = told_of(run, agent.name)
    if not combined(run, agent):
        return []
    if told.get("kind") == ROUTER:
        names = {text(name) for name in told.get("parts") or ()}
        return [each for each in run.agents if each.name in names]
    origin = told.get("origin") or {}
    models = {text(origin.get(key)) for key in ("weights", "specialist")} - {""}
    return [each for each in run.agents if not combined(run, each) and model_of(run, each.name) in models]


def best_part(run: Run, agent: AgentInfo) -> AgentInfo | None:
    """The part with the highest score alone; None if no part was tested at the primary level."""
    return top(run, [each for each in parts(run, agent) if (each.name, run.primary) in run.cells])


def _combination(run: Run, found: Difference) -> AgentInfo | None:
    """Of two combinations the second, which is compared with the first."""
    return next((each for each in (found.second, found.first) if combined(run, each)), None)


def _against_best(run: Run, found: Difference) -> bool:
    about = _combination(run, found)
    return about is not None and best_part(run, about) in (found.first, found.second)


def _remark(run: Run, agent: AgentInfo, other: AgentInfo) -> str:
    """That the other is the best part, if it is."""
    if best_part(run, agent) != other:
        return ""
    return "the best of its model alone" if told_of(run, agent.name).get("kind") in MANY else "its best part"


def _score(run: Run, agent: AgentInfo) -> str:
    interval = score(run, agent.name, run.primary)
    return value(run, math.nan if interval is None else interval.mean)


def _turned(gap: Interval) -> Interval:
    """The first less the second."""
    low, high = gap.low, gap.high
    return Interval(-gap.mean, None if high is None else -high, None if low is None else -low, gap.n, gap.unit)
