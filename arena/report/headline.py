"""The result in a few plain sentences, computed from the data and as sure as the data are."""

from __future__ import annotations

import math
from dataclasses import replace

from ..statistics import verdict
from .data import AgentInfo, Run
from .missing import shortfall
from .planned import lead, observations, sentences
from .scores import bill, difference, differences, per_episode, rivals, score, top
from .tables import bounds, change, flops, plain, value


def headlines(run: Run) -> list[str]:
    """What came out, the headline first, then what combinations come to."""
    planned = sentences(run)
    if (pair := rivals(run)) is not None:
        return [_duel(run, *pair), *planned]
    return planned or [_alone(run)]


def headline(run: Run) -> str:
    """Who is ahead on the primary metric at the primary level."""
    return headlines(run)[0]


def _duel(run: Run, llm: AgentInfo, specialist: AgentInfo) -> str:
    """The language model and the specialist."""
    found = difference(run, specialist.name, llm.name, run.primary)
    scores = f"{_scored(run, llm)}, {_scored(run, specialist)}"
    if found is None or not found.items:
        return f"{scores}; they share no problem on {run.place}, so no difference can be given."
    gap = found.interval
    if not gap.known:
        return f"{scores}; there is not enough data to say who is ahead."
    if found.incomplete:
        return f"{scores}; nobody is called ahead, for {found.incomplete}."
    planned = [
        each.p for each in differences(run) if [each.first, each.second] in ([llm, specialist], [specialist, llm])
    ]
    found = replace(found, p=planned[0]) if planned else found
    extent = f"{change(run, gap.mean)}, 95 % interval {bounds(run, gap, signed=True)}"
    if verdict(gap, found.p, found.margin).kind not in ("first", "second"):
        said = found.verdict.replace(": ", ", ")
        return f"No clear winner, {said}: {scores} ({llm.label} less {specialist.label}: {extent})."
    ahead, behind = (llm, specialist) if gap.mean > 0 else (specialist, llm)
    rest = "." if planned else "; no planned pair, so this is an observation."
    return f"{ahead.label} is ahead of {behind.label} by {lead(run, gap)}: {scores}{rest}"


def details(run: Run) -> list[str]:
    """What the headline rests on: the task, what the interval covers, and what either side cost."""
    said = [_question(run)]
    pair = rivals(run)
    found = difference(run, pair[1].name, pair[0].name, run.primary) if pair else None
    if found is not None and found.interval.known:
        said.append(f"The interval is over {found.interval.unit}.")
    elif pair is None and (units := {each.interval.unit for each in differences(run) if each.interval.known}):
        said.append(f"The intervals are over {' or '.join(sorted(units))}.")
    if pair:
        said += _price(*pair, run)
    return [sentence for sentence in [*said, *observations(run)] if sentence]


def inherited(run: Run) -> str:
    """Compute that others spent before the training that was measured; always said, excluded from the columns."""
    parts = []
    for agent in run.agents:
        values = [row.get("inherited_flops") for row in run.costs if row["agent"] == agent.name]
        if not values and agent.trained:
            parts.append(f"{agent.label} not recorded")
        elif any(value == "unknown" for value in values):
            parts.append(f"{agent.label} an unknown amount")
        elif any(isinstance(value, int | float) and value > 0 for value in values):
            parts.append(f"{agent.label} {flops(bill(run, agent.name, 'inherited_flops'))} FLOPs")
    if not run.costs:
        return "No costs were recorded."
    what = "Inherited compute (pre-training, teachers), not in the columns above: "
    return what + (", ".join(parts) if parts else "none for any agent") + "."


def _question(run: Run) -> str:
    level = run.level(run.primary)
    named = level.title + (f" ({level.label})" if level.label else "")
    metric = "share of problems answered correctly" if run.metric == "correct" else f"mean of “{run.metric}”"
    return f"Measured is the {metric} on {named}" + (f" of {run.env_id}." if run.env_id else ".")


def _price(llm: AgentInfo, specialist: AgentInfo, run: Run) -> list[str]:
    sentences = []
    seconds = [bill(run, agent.name, "train_cpu_seconds") for agent in (llm, specialist)]
    if all(math.isfinite(each) for each in seconds) and any(seconds):
        took = f"{plain(seconds[0])} CPU-seconds for {llm.label} and {plain(seconds[1])} for {specialist.label}"
        sentences.append(f"Training took {took}.")
    work = [per_episode(run, agent.name, "flops") for agent in (llm, specialist)]
    if all(each > 0 for each in work):
        more, less = (llm, specialist) if work[0] >= work[1] else (specialist, llm)
        ratio = max(work) / min(work)
        times = plain(float(f"{ratio:.2g}"))
        sentences.append(f"One episode costs {more.label} {times} times the FLOPs of {less.label}.")
    return sentences


def _scored(run: Run, agent: AgentInfo) -> str:
    interval = score(run, agent.name, run.primary)
    short = shortfall(run, agent.name, run.primary)
    return f"{agent.label} {value(run, math.nan if interval is None else interval.mean)}" + (
        f" ({short})" if short else ""
    )


def _alone(run: Run) -> str:
    """The sentence where nobody is compared: no language model with a specialist, and no pair was planned."""
    present = [agent for agent in run.agents if (agent.name, run.primary) in run.cells]
    best = top(run, [agent for agent in present if agent.road != "baseline"] or present)
    interval = score(run, best.name, run.primary) if best else None
    if best is None or interval is None:
        return f"No agent has a score on {run.place} yet."
    sure = f" (95 % interval {bounds(run, interval)}, over {interval.unit})" if interval.known else ""
    rest = "only one road was run" if best.road != "baseline" else "only baselines were run"
    if len({agent.road for agent in present} - {"baseline"}) > 1:
        rest = "no pair was planned"
    return f"{best.label} scores {value(run, interval.mean)}{sure}; {rest}, so there is nothing to compare it with."
