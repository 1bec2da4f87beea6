"""Choosing the episodes that show the difference: the same problem, one road right and the other wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from .data import AgentInfo, Episode, Run

COUNT = 10
T = TypeVar("T")


@dataclass(frozen=True)
class Disagreement:
    """One problem that exactly one of the two agents solved."""

    llm: Episode
    specialist: Episode
    winner: AgentInfo


def right(episode: Episode) -> bool:
    """Whether the episode was judged correct."""
    return bool(episode.scores.get("correct"))


def disagreements(run: Run, llm: AgentInfo, specialist: AgentInfo) -> tuple[Disagreement, ...]:
    """All of them among the first training seeds of the two agents, in the order of levels and seeds."""
    sides = first_tries(run, llm), first_tries(run, specialist)
    found = []
    for key in sides[0].keys() & sides[1].keys():
        pair = sides[0][key], sides[1][key]
        failed = any(episode.scores.get("failed") for episode in pair)
        if not failed and right(pair[0]) != right(pair[1]):
            found.append(Disagreement(*pair, llm if right(pair[0]) else specialist))
    return _sorted(run, found)


def chosen(run: Run, found: Sequence[Disagreement], count: int = COUNT) -> tuple[Disagreement, ...]:
    """Up to `count` to show. Both winners take turns, and for each the levels do, as long as there are others."""
    piles: dict[str, dict[str, list[Disagreement]]] = {}
    for each in found:
        piles.setdefault(each.winner.name, {}).setdefault(each.llm.level, []).append(each)
    turns = [deal(list(levels.values())) for _, levels in sorted(piles.items())]
    return _sorted(run, deal(turns)[:count])


def _sorted(run: Run, found: Sequence[Disagreement]) -> tuple[Disagreement, ...]:
    order = {level.level: place for place, level in enumerate(run.levels)}
    return tuple(sorted(found, key=lambda e: (order[e.llm.level], *natural(e.llm.seed), e.llm.problem_id)))


def first_tries(run: Run, agent: AgentInfo) -> dict[tuple[str, str, str], Episode]:
    """The first answers of an agent in its lowest training seed by (level, problem, seed)."""
    episodes = [episode for episode in run.episodes if episode.agent == agent.name]
    first = min((episode.training_seed for episode in episodes), default=0)
    return {
        (episode.level, episode.problem_id, episode.seed): episode
        for episode in episodes
        if episode.training_seed == first and episode.sample == 0
    }


def deal(piles: list[list[T]]) -> list[T]:
    """One from the top of each pile in turn until all are empty."""
    longest = max(map(len, piles), default=0)
    return [pile[depth] for depth in range(longest) for pile in piles if depth < len(pile)]


def natural(text: str) -> tuple[int, str]:
    """Seeds in the order of numbers, 9 before 10."""
    return (int(text), "") if text.isdecimal() and len(text) < 20 else (-1, text)
