"""Choosing the episodes that show the difference: the same problem, one road right and the other wrong."""

from __future__ import annotations

from dataclasses import dataclass

from .data import AgentInfo, Episode, Run

COUNT = 10


@dataclass(frozen=True)
class Disagreement:
    """One problem that exactly one of the two agents solved."""

    llm: Episode
    specialist: Episode
    winner: AgentInfo


def right(episode: Episode) -> bool:
    """Whether the episode was judged correct."""
    return bool(episode.scores.get("correct"))


def disagreements(run: Run, llm: AgentInfo, specialist: AgentInfo, count: int = COUNT) -> tuple[Disagreement, ...]:
    """Up to `count` of them, from the first training seed of either agent, in a fixed order.

    Both kinds take turns, and within a kind the levels do, so that neither one road's victories nor one level fill
    the page as long as there are others. They come sorted by level, then by seed.
    """
    sides = _first_seed(run, llm), _first_seed(run, specialist)
    piles: dict[tuple[bool, str], list[Disagreement]] = {}
    for key in sorted(sides[0].keys() & sides[1].keys(), key=lambda key: (_natural(key[2]), key[1])):
        pair = sides[0][key], sides[1][key]
        if right(pair[0]) != right(pair[1]):
            winner = llm if right(pair[0]) else specialist
            piles.setdefault((right(pair[0]), key[0]), []).append(Disagreement(*pair, winner))
    order = {level.level: place for place, level in enumerate(run.levels)}
    turns = [_deal([pile for key, pile in sorted(piles.items()) if key[0] is kind]) for kind in (False, True)]
    chosen = _deal(turns)[:count]
    return tuple(sorted(chosen, key=lambda each: (order[each.llm.level], _natural(each.llm.seed))))


def _first_seed(run: Run, agent: AgentInfo) -> dict[tuple[str, str, str], Episode]:
    """The agent's episodes of its lowest training seed by (level, problem, seed)."""
    episodes = [episode for episode in run.episodes if episode.agent == agent.name]
    first = min((episode.training_seed for episode in episodes), default=0)
    return {
        (episode.level, episode.problem_id, episode.seed): episode
        for episode in episodes
        if episode.training_seed == first
    }


def _deal(piles: list[list[Disagreement]]) -> list[Disagreement]:
    """One from the top of each pile in turn until all are empty."""
    longest = max(map(len, piles), default=0)
    return [pile[depth] for depth in range(longest) for pile in piles if depth < len(pile)]


def _natural(text: str) -> tuple[int, str]:
    """Seeds in the order of numbers, 9 before 10."""
    return (int(text), "") if text.isdecimal() and len(text) < 20 else (-1, text)
