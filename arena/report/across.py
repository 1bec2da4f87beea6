"""Several environments at once: who is put together with whom, on which scale, and what comes of it.

Nothing is chosen by its result. Two sides are compared wherever a pair that the comparison file planned has them both,
and the ends of each environment's scale are what its random player and its oracle scored on the same problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..statistics import Interval, anchored, improvement, iqm, profile, stratified
from .data import AgentInfo, Run, told_of
from .missing import shortfall
from .scores import training_runs

ROADS = ("llm", "specialist")
FLOOR, CEILING = "random", "oracle"
"""kinds of the agents that are 0 and 1"""
THRESHOLDS = tuple(place / 10 for place in range(11))


@dataclass(frozen=True)
class Place:
    """One environment at its primary level."""

    run: Run
    agents: tuple[AgentInfo, AgentInfo]
    raw: tuple[list[float], list[float]]
    """of either agent one score a training run"""
    anchors: tuple[float, float]
    """raw scores that become 0 and 1"""

    def anchored(self, side: int) -> list[float]:
        """The scores of the first agent (0) or the second (1) on the common scale, ties as they were."""
        found: list[float] = anchored(self.raw[side], *self.anchors).round(12).tolist()
        return found


@dataclass(frozen=True)
class Across:
    """Two sides in two environments or more."""

    names: tuple[str, str]
    places: tuple[Place, ...]
    left_out: tuple[tuple[str, str], ...]
    """environments that do not count, and why"""
    by_road: bool
    """whether a side is a road, which has another agent in every environment"""

    def scores(self, side: int) -> list[list[float]]:
        """Of every environment the anchored scores of one side."""
        return [place.anchored(side) for place in self.places]

    def iqm(self, side: int) -> Interval:
        """The interquartile mean of a side, over training runs drawn anew in each environment."""
        return _sure(stratified(self.scores(side), iqm), self.scores(side))

    def mean(self, side: int) -> Interval:
        """The mean of a side, all environments weighing the same, over training runs drawn anew in each."""
        scores = self.scores(side)
        return _sure(stratified(scores, lambda drawn: float(np.mean([task.mean() for task in drawn]))), scores)

    def profile(self, side: int) -> list[float]:
        """The shares of a side's runs above each of `THRESHOLDS`, all environments weighing the same."""
        found: list[float] = profile(self.scores(side), THRESHOLDS).tolist()
        return found

    def improvement(self) -> Interval:
        """How likely a run of the second side beats one of the first in the same environment, both drawn anew."""
        first, second = self.scores(0), self.scores(1)
        count = len(first)
        found = stratified([*first, *second], lambda drawn: improvement(drawn[count:], drawn[:count]))
        runs = " and ".join(str(sum(map(len, each))) for each in (first, second))
        found = replace(found, unit=f"{runs} runs of {count} tasks")
        return _sure(found, [*first, *second], "never cross")


def across(runs: Sequence[Run]) -> list[Across]:
    """The two roads, where planned pairs hold both, and every planned pair of agents that play two environments.

    Empty where nothing spans two environments that have a random player and an oracle.
    """
    found = [_put_together(runs, None)] if len(runs) > 1 else []
    ends = {agent.name for run in runs for agent in run.agents if _kind(run, agent) in (FLOOR, CEILING)}
    every = dict.fromkeys(pair for run in runs for pair in run.pairs)
    planned = [pair for pair in every if ends.isdisjoint(pair)] if len(runs) > 1 else []
    found += [_put_together(runs, pair) for pair in planned]
    spanning = [each for each in found if len(each.places) > 1]
    seen: dict[tuple[object, ...], Across] = {}
    for each in spanning:  # roads that are the same two agents everywhere are told under the agents' names
        seen[tuple((place.run.env_id, frozenset(agent.name for agent in place.agents)) for place in each.places)] = each
    return list(seen.values())


def _put_together(runs: Sequence[Run], pair: tuple[str, str] | None) -> Across:
    places, left_out, names = [], [], ("LLM", "Specialist")
    for run in runs:
        agents = _roads(run) if pair is None else _both(run, pair)
        if agents is None:
            missing = "no planned pair of an LLM and a specialist" if pair is None else "not played by both"
            left_out.append((run.env_id, missing))
            continue
        names = names if pair is None else (agents[0].label, agents[1].label)
        place = _place(run, agents)
        if isinstance(place, Place):
            places.append(place)
        else:
            left_out.append((run.env_id, place))
    return Across(names, tuple(places), tuple(left_out), pair is None)


def _roads(run: Run) -> tuple[AgentInfo, AgentInfo] | None:
    """The language model and the specialist of the first planned pair that has one of each."""
    for pair in run.pairs:
        by_road = {run.agent(name).road: run.agent(name) for name in pair}
        if set(ROADS) <= set(by_road) and _both(run, pair):
            return by_road[ROADS[0]], by_road[ROADS[1]]
    return None


def _both(run: Run, pair: tuple[str, str]) -> tuple[AgentInfo, AgentInfo] | None:
    if pair not in run.pairs or any((name, run.primary) not in run.cells for name in pair):
        return None
    return run.agent(pair[0]), run.agent(pair[1])


def _place(run: Run, agents: tuple[AgentInfo, AgentInfo]) -> Place | str:
    """The environment, or why it cannot be put on the common scale."""
    short = [f"{agent.label} ran with {told}" for agent in agents if (told := shortfall(run, agent.name, run.primary))]
    if short:
        return " and ".join(short)
    ends = [_anchor(run, kind) for kind in (FLOOR, CEILING)]
    if None in ends:
        return "no random player or no oracle on its primary level"
    floor, ceiling = (float(np.mean(training_runs(run, end.name))) for end in ends if end is not None)
    if not floor < ceiling:
        return "its oracle is no better than its random player"
    return Place(
        run, agents, (training_runs(run, agents[0].name), training_runs(run, agents[1].name)), (floor, ceiling)
    )


def _anchor(run: Run, kind: str) -> AgentInfo | None:
    """The best agent of a kind that was tested on the primary level: there may be one in either view."""
    tested = [agent for agent in run.agents if (agent.name, run.primary) in run.cells and _kind(run, agent) == kind]
    return max(tested, key=lambda agent: float(np.mean(training_runs(run, agent.name))), default=None)


def _kind(run: Run, agent: AgentInfo) -> object:
    return told_of(run, agent.name).get("kind")


def _sure(interval: Interval, scores: Sequence[Sequence[float]], still: str = "are all alike") -> Interval:
    """Without its ends where runs drawn anew would always be themselves: single ones, and those that are all alike."""
    if not interval.known:
        return interval
    if min(map(len, scores)) == 1:
        return replace(interval, low=None, high=None, unit=f"{interval.unit}, some with a single run: no interval")
    if interval.low == interval.high:
        return replace(interval, low=None, high=None, unit=f"{interval.unit} that {still}: no interval")
    return interval
