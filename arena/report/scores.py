"""From episodes to numbers: a score with its interval, a paired difference, the mean bill of an agent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..sampling import over_problems
from ..statistics import (
    ITEMS_ONLY,
    Interval,
    clustered,
    crossed,
    holm,
    mcnemar,
    over_seeds,
    p_value,
    paired_difference,
    same,
    t_interval,
    unanimous,
    verdict,
    wilson,
)
from .data import AgentInfo, Episode, Run, number
from .missing import shortfall, timed

Matrix = NDArray[np.float64]
EQUAL = "training seeds scored the same"
FAMILY = "problem family"
TABLES = 2_000
"""tables of seeds and problems that are drawn for small print"""
Statistic = Callable[[Sequence[Episode]], float]
"""a number from all samples of one agent and training seed at one problem"""


@dataclass(frozen=True)
class Difference:
    """Score of `second` less score of `first` on the problems that both tried."""

    first: AgentInfo
    second: AgentInfo
    interval: Interval
    """cut to what can be"""
    uncut: Interval
    """as it was computed"""
    items: int
    margin: float
    """up to which it is as good as none"""
    p: float
    """of no difference; of planned pairs as Holm has it, who counts how many there are"""
    exact: float = math.nan
    """McNemar's exact p, of this pair alone, where both were right or wrong once at each problem; else NaN"""
    alone: float = 0.0
    """p before Holm"""
    incomplete: str = ""
    """which of the two was not run with all its training seeds, and then there is no verdict"""

    @property
    def verdict(self) -> str:
        """Who is ahead, in plain words."""
        if self.incomplete:
            return f"no verdict: {self.incomplete}"
        drawn = self.interval.unit.partition(";")[0]  # behind it stands why it is not training seeds
        unit = "training seed" if "training seeds" in drawn else FAMILY if "families" in drawn else "shared problem"
        found = verdict(self.uncut, self.p, self.margin, alone=self.alone)
        return found.words(self.first.label, self.second.label, unit)


def score(run: Run, agent: str, level: str, of: Statistic | None = None) -> Interval | None:
    """The agent's mean on the primary metric at a level; None if it has no scored episode there.

    A trained agent with several training seeds gets an interval over their means; any other the interval over
    its episodes (Wilson's if they are rights and wrongs; over problems if there are several samples), which for a
    trained one covers evaluation noise only. Where all episodes scored the same on a metric that is no rate, nothing
    tells how far others may be off, and there is none.

    Args:
        run: the comparison.
        agent: its name.
        level: the level's name.
        of: a share to be taken of the samples of each problem, instead of their mean on the primary metric.
    """
    episodes = run.cells.get((agent, level), ())
    if not episodes:
        return None
    rows = _by_seed(run, episodes, of)
    rate, samples = of is not None or run.metric == "correct", _samples(episodes)
    if not run.agent(agent).trained:
        interval = _over_items(list(rows.values()), rate, samples)
    elif len(rows) > 1:
        interval = over_seeds([float(np.mean(list(row.values()))) for row in rows.values()])
        if _no_width(interval):  # Student's width of 0 would claim certainty from a coincidence
            over_items = _over_items(list(rows.values()), rate, samples)
            interval = replace(over_items, mean=interval.mean, unit=f"{over_items.unit}; {len(rows)} {EQUAL}")
    else:
        interval = _over_items(list(rows.values()), rate, samples)
        interval = replace(interval, unit=f"{interval.unit}; 1 training seed: {ITEMS_ONLY}")
    if short := shortfall(run, agent, level):
        interval = replace(interval, unit=re.sub(r"\b\d+ training seeds?", short, interval.unit))
    return interval.clipped(0.0, 1.0) if rate else interval


def training_runs(run: Run, agent: str) -> list[float]:
    """The agent's means at the primary level, one a training seed; a single one if it was never trained."""
    rows = _by_seed(run, run.cells.get((agent, run.primary), ()))
    means = [float(np.mean(list(row.values()))) for row in rows.values()]
    return means if run.agent(agent).trained or not means else [float(np.mean(means))]


def difference(run: Run, first: str, second: str, level: str) -> Difference | None:
    """The paired difference, second less first; None if one of them has nothing at this level."""
    shared = _shared(run, first, second, level)
    if shared is None:
        return None
    a, b = shared.rows
    info = run.agent(first), run.agent(second)
    samples = max(_samples(run.cells[name, level]) for name in (first, second))
    rate = run.metric == "correct"
    uncut = _gap(shared, samples, rate)
    interval = uncut.clipped(-1.0, 1.0) if rate else uncut
    short = [f"{each.label} ran with {told}" for each in info if (told := shortfall(run, each.name, level))]
    once = samples == 1 and not shared.families and _once_right_or_wrong(a, b)
    exact = mcnemar(a[0], b[0]) if once else math.nan
    p = p_value(uncut) if math.isnan(exact) else exact
    p = 1.0 if short or not uncut.known else p  # Holm goes on counting the pair
    return Difference(*info, interval, uncut, a.shape[1], run.margin, p, exact, p, " and ".join(short))


def both_drawn(run: Run, first: str, second: str, level: str) -> Interval | None:
    """The difference where training seeds and problems are both drawn anew; None without several seeds and problems.

    Problems of one family stay together.
    Of two trained agents the seeds are matched, so there is none where one has more of them than the other.
    """
    shared = _shared(run, first, second, level)
    if shared is None:
        return None
    a, b = shared.policies
    seeds = {len(each) for each in (a, b)} - {1}
    if len(seeds) != 1 or a.shape[1] < 2:
        return None
    found = crossed(b - a, resamples=TABLES, families=shared.families or None)
    return found.clipped(-1.0, 1.0) if run.metric == "correct" else found


@dataclass(frozen=True)
class _Shared:
    """What two agents scored on the problems that both tried."""

    rows: tuple[Matrix, Matrix]
    """each (training seeds, problems)"""
    trained: tuple[bool, bool]
    families: tuple[str, ...]
    """of every problem; empty unless some come from the same"""

    @property
    def policies(self) -> tuple[Matrix, Matrix]:
        """A row a policy: those of an agent that was never trained are tries of one."""
        pairs = zip(self.rows, self.trained, strict=True)
        first, second = (each if trained else each.mean(axis=0, keepdims=True) for each, trained in pairs)
        return first, second


def _shared(run: Run, first: str, second: str, level: str) -> _Shared | None:
    matrices, seeds = [], []
    for name in (first, second):
        rows = _by_seed(run, run.cells.get((name, level), ()))
        if not rows:
            return None
        matrices.append(list(rows.values()))
        seeds.append(list(rows))
    items = sorted(set.intersection(*(set(row) for matrix in matrices for row in matrix)))
    a, b = (np.array([[row[item] for item in items] for row in matrix]) for matrix in matrices)
    trained = run.agent(first).trained, run.agent(second).trained
    if all(trained) and len(a) == len(b) > 1 and seeds[0] != seeds[1]:
        common = sorted(set(seeds[0]) & set(seeds[1]))  # equally many, but not the same seeds
        a, b = (m[[s.index(seed) for seed in common or s]] for m, s in zip((a, b), seeds, strict=True))
    told = {episode.item: episode.family for episode in run.cells[second, level]}
    families = tuple(told[item] for item in items)
    several = all(families) and 1 < len(set(families)) < len(families)
    return _Shared((a, b), trained, families if several else ())


def _once_right_or_wrong(a: Matrix, b: Matrix) -> bool:
    """Whether both sides have a single row, of zeros and ones."""
    return len(a) == len(b) == 1 and a.size > 0 and bool(np.isin((a, b), (0.0, 1.0)).all())


def _gap(shared: _Shared, samples: int, rate: bool) -> Interval:
    """The second less the first: over training seeds, or over what was asked where these cannot tell."""
    a, b = shared.policies
    seeds = max(len(a), len(b))
    if seeds > 1:
        interval = paired_difference(b, a, trained=(shared.trained[1], shared.trained[0]), rate=rate)
        if not _no_width(interval):
            return interval
    interval = _over_shared(a.mean(axis=0), b.mean(axis=0), shared.families, samples, rate)
    why = f"; {seeds} {EQUAL}" if seeds > 1 else f", {ITEMS_ONLY}" if any(shared.trained) else ""
    return replace(interval, unit=interval.unit + why)


def _over_shared(a: Matrix, b: Matrix, families: tuple[str, ...], samples: int, rate: bool) -> Interval:
    """The second less the first, each (problems,): over families where problems come in such, else over problems."""
    if families:
        return clustered(b - a, families, rate=rate)
    if samples == 1:
        return paired_difference(b, a, trained=(False, False), rate=rate)
    interval = over_problems(b - a, samples, unit="shared problem", rate=False)
    return unanimous(interval.mean, interval.n, interval.unit, rate) if same(b - a) else interval


def differences(run: Run) -> list[Difference]:
    """The planned pairs at the primary level, those without data left out."""
    found = [difference(run, first, second, run.primary) for first, second in run.pairs]
    known = [each for each in found if each is not None]
    adjusted = holm([each.p for each in known])
    return [replace(each, p=p) for each, p in zip(known, adjusted, strict=True)]


def rivals(run: Run) -> tuple[AgentInfo, AgentInfo] | None:
    """The LLM and the specialist that the headline compares: a planned pair if there is one, else the best of each."""
    present = [agent for agent in run.agents if (agent.name, run.primary) in run.cells]
    names = {agent.name for agent in present}
    for pair in run.pairs:
        roads = {run.agent(name).road: run.agent(name) for name in pair if name in names}
        if {"llm", "specialist"} <= set(roads):
            return roads["llm"], roads["specialist"]
    best = [top(run, [agent for agent in present if agent.road == road]) for road in ("llm", "specialist")]
    return (best[0], best[1]) if best[0] and best[1] else None


def top(run: Run, agents: Sequence[AgentInfo]) -> AgentInfo | None:
    """The agent with the highest mean at the primary level; the first of equals."""
    return max(agents, key=lambda agent: _mean(run, agent.name), default=None)


def bill(run: Run, agent: str, field: str) -> float:
    """The mean of a `Cost` field over the agent's training seeds; NaN if not recorded, or timed on unlike hosts."""
    rows = [row for row in run.costs if row["agent"] == agent]
    return finite_mean(number(row.get(field)) for row in timed(rows, field))


def per_episode(run: Run, agent: str, field: str) -> float:
    """The mean of a numeric field over the agent's episodes at the primary level; NaN as that of a bill."""
    rows = [episode.scores for episode in run.cells.get((agent, run.primary), ())]
    return finite_mean(number(row.get(field)) for row in timed(rows, field))


def per_decision(run: Run, agent: str, field: str) -> float:
    """A field summed over the agent's episodes at the primary level, by action; NaN if it was not recorded."""
    pairs = [(one.number(field), one.number("length")) for one in run.cells.get((agent, run.primary), ())]
    known = [pair for pair in pairs if math.isfinite(pair[0]) and pair[1] > 0]
    return sum(total for total, _ in known) / sum(actions for _, actions in known) if known else math.nan


def finite_mean(values: Iterable[float]) -> float:
    """The mean of the values that are numbers; NaN if there are none."""
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan


def _no_width(interval: Interval) -> bool:
    return interval.low is not None and interval.high is not None and interval.high - interval.low < 1e-9


def _mean(run: Run, agent: str) -> float:
    interval = score(run, agent, run.primary)
    return -math.inf if interval is None else interval.mean


def _samples(episodes: Sequence[Episode]) -> int:
    """How often each problem was tried with a training seed."""
    return 1 + max((episode.sample for episode in episodes), default=0)


def _by_seed(
    run: Run, episodes: Sequence[Episode], of: Statistic | None = None
) -> dict[int, dict[tuple[str, str], float]]:
    """A number a training seed and problem: the mean of its samples, unless another statistic of them is asked for."""
    tries: dict[int, dict[tuple[str, str], list[Episode]]] = {}
    for episode in sorted(episodes, key=lambda episode: (episode.training_seed, episode.sample)):
        tries.setdefault(episode.training_seed, {}).setdefault(episode.item, []).append(episode)
    taken = of or (lambda samples: float(np.mean([episode.number(run.metric) for episode in samples])))
    return {seed: {item: taken(samples) for item, samples in row.items()} for seed, row in tries.items()}


def _over_items(rows: Sequence[dict[tuple[str, str], float]], rate: bool, samples: int) -> Interval:
    """Over the episodes of one policy; several tries at a problem are averaged first, as they are not independent."""
    tries: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for item, value in row.items():
            tries.setdefault(item, []).append(value)
    means = [float(np.mean(values)) for values in tries.values()]
    if samples == 1 and rate and (same(means) or all(value in (0.0, 1.0) for value in means)):
        return wilson(min(sum(means), len(means)), len(means))
    interval = over_problems(means, samples, rate=rate) if samples > 1 else t_interval(means, "episode")
    return unanimous(interval.mean, interval.n, interval.unit, rate) if same(means) and not rate else interval
