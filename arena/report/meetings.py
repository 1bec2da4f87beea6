"""Choosing the episodes of a planned pair that are shown side by side: few, of every kind, and always the same.

Only the first tries of the first training runs take part, as in every comparison of single episodes in the report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .boards import moves, record
from .data import AgentInfo, Episode, Run, text
from .examples import deal, first_tries, natural, right
from .scores import rivals

MOST = 40
"""meetings on a page"""
A_PAIR = 4
"""meetings of a pair at most"""


@dataclass(frozen=True)
class Meeting:
    """Two agents' episodes at one problem."""

    first: Episode
    second: Episode
    gap: float
    """score of the second less score of the first; NaN where one has none"""

    @property
    def both(self) -> tuple[Episode, Episode]:
        """The two in the order of the pair."""
        return self.first, self.second

    @property
    def kind(self) -> str:
        """In what the two are compared: moves on a board, presses, text, or else answers."""
        records = [record(episode) for episode in self.both]
        if all(records):
            return "presses" if all(each.startswith("{") for each in records) else "moves"
        alike = self.first.scores.get("view") == self.second.scores.get("view")
        return "text" if alike and all(episode.transcript.strip() for episode in self.both) else "answers"

    @property
    def differs(self) -> bool:
        """Whether the two did anything differently."""
        one, other = (_done(episode, self.kind) for episode in self.both)
        return one != other


def answer(episode: Episode) -> str:
    """What was read as the answer; empty if nothing could be."""
    return text(episode.scores.get("parsed")) or (episode.answer if episode.scores.get("view") == "array" else "")


def _done(episode: Episode, kind: str) -> str:
    if kind == "answers":
        return answer(episode)
    return episode.transcript if kind == "text" else moves(record(episode))


def pairs(run: Run) -> list[tuple[AgentInfo, AgentInfo]]:
    """The planned pairs, of more than a page can show the first; without any, the rivals of the headline."""
    planned = [(run.agent(first), run.agent(second)) for first, second in run.pairs]
    others = rivals(run)
    if not planned:
        return [others] if others else []
    return planned if _planned(run) <= MOST else planned[: MOST // run.places]


def share(run: Run) -> int:
    """How many meetings each pair may have, so that the page has at most `MOST`."""
    return min(A_PAIR, max(1, MOST // max(_planned(run), run.places)))


def _planned(run: Run) -> int:
    """How many pairs are planned in all environments of the page."""
    told = run.comparison
    places = [text(venue.get("env_id")) for venue in told.get("environments") or ({"env_id": run.env_id},)]
    where = {text(agent.get("name")): agent.get("env_ids") or places for agent in told.get("agents") or ()}
    known = {agent.name for agent in run.cast}
    planned = [tuple(map(text, pair)) for pair in told.get("pairs") or ()]
    return sum(
        known.issuperset(pair) and all(place in where.get(name, places) for name in pair)
        for pair in planned
        for place in places
    )


def meetings(run: Run, pair: tuple[AgentInfo, AgentInfo]) -> list[Meeting]:
    """All problems that both tried, the primary level first, then in the order of levels and seeds."""
    first, second = (first_tries(run, agent) for agent in pair)
    order = {level.level: place for place, level in enumerate(run.levels)}
    found = [
        Meeting(first[key], second[key], second[key].number(run.metric) - first[key].number(run.metric))
        for key in first
        if key in second and not any(side[key].scores.get("failed") for side in (first, second))
    ]
    place = {level: (level != run.primary, at) for level, at in order.items()}
    return sorted(found, key=lambda e: (place[e.first.level], *natural(e.first.seed), e.first.problem_id))


def chosen(found: Sequence[Meeting], count: int) -> list[tuple[str, Meeting]]:
    """Up to `count` of them with the kind of each, one of every kind before a second of any.

    Kinds are "first" and "second", in which that agent is ahead by most; "right" and "wrong", in which both are and
    did it differently; and "median", in the middle of all differences, where these are not all of one size. Within a
    kind levels take turns.

    Args:
        found: as `meetings` has them, whose order decides between equals.
        count: how many to choose.
    """
    scored = [each for each in found if math.isfinite(each.gap)]
    even = [each for each in found if not each.gap and each.differs]  # a NaN is no zero
    piles = {
        "first": _by_level(sorted((each for each in scored if each.gap < 0), key=lambda each: each.gap)),
        "second": _by_level(sorted((each for each in scored if each.gap > 0), key=lambda each: -each.gap)),
        "right": _by_level([each for each in even if right(each.first)]),
        "median": _median(scored),
        "wrong": _by_level([each for each in even if not right(each.first)]),
    }
    dealt: list[tuple[str, Meeting]] = []
    for kind, each in deal([[(kind, each) for each in pile] for kind, pile in piles.items()]):
        if len(dealt) < count and each.differs and all(each is not other for _, other in dealt):
            dealt.append((kind, each))
    return sorted(dealt, key=lambda one: list(piles).index(one[0]))


def _by_level(found: Sequence[Meeting]) -> list[Meeting]:
    levels: dict[str, list[Meeting]] = {}
    for each in found:
        levels.setdefault(each.first.level, []).append(each)
    return deal(list(levels.values()))


def _median(scored: Sequence[Meeting]) -> list[Meeting]:
    """The one in the middle, none where all differences are of one size."""
    if len({abs(each.gap) for each in scored if each.gap}) < 2:
        return []
    return [sorted(scored, key=lambda each: each.gap)[len(scored) // 2]]
