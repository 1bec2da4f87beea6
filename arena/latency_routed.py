"""How long a router takes to decide: its choice, and the first action of the part that it sends a problem to.

A router has nothing to say between two moves: the first decision of an episode has the choice in it, and those after it
take what they take of the part alone. Only first ones are timed, for in a median of all the choice would not be seen.
What the environment does in between, to show the part the problem in its own view, is left out as elsewhere. In a batch
each part decides for the rows that are its own, one part after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import cycle, islice

import numpy as np

from ..agents.learning.infos import split_infos
from ..agents.registry import Place, seat
from ..agents.router.agent import RouterAgent
from .latency import Clock, now, reader_of

Seconds = tuple[float, float]


def routed_decisions(
    router: RouterAgent, place: Place, rows: int, seeds: Sequence[int], clock: Clock = now
) -> Iterator[Seconds]:
    """First decisions without end, each with the seconds, on the wall and of the CPU, until all rows had decided.

    Args:
        router: with its parts.
        place: where.
        rows: how many problems are decided at once.
        seeds: of the episodes, again from the first after the last.
        clock: what tells the time.

    Raises:
        BadCheckpoint: a part was trained elsewhere.
    """
    asked = cycle(seeds)
    with closing(place.make("text", rows)) as reader:
        while True:
            batch = list(islice(asked, rows))
            texts, _ = reader.reset(seed=batch)  # type: ignore[arg-type]  # the base class names int only
            began = clock()
            chosen = router.choose(list(texts))
            spent = _since(began, clock)
            for part in np.unique(chosen).tolist():
                taken = _first(router, place, part, [batch[row] for row in np.flatnonzero(chosen == part)], clock)
                spent = spent[0] + taken[0], spent[1] + taken[1]
            yield spent


def _first(router: RouterAgent, place: Place, part: int, seeds: Sequence[int], clock: Clock) -> Seconds:
    """What a part takes for the first action of each of its episodes."""
    agent = router.agents[part]
    seated = seat(agent, place, router.parts[part].weights)
    with closing(seated.make(agent.view, len(seeds))) as env:
        observations, infos = env.reset(seed=seeds)  # type: ignore[arg-type]
        agent.reset(seeds)
        told, read = split_infos(infos, len(seeds)), reader_of(seated, agent.view)(observations)
        began = clock()
        read(agent.act(observations, told))
        return _since(began, clock)


def _since(began: Seconds, clock: Clock) -> Seconds:
    ended = clock()
    return ended[0] - began[0], ended[1] - began[1]
