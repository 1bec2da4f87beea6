"""How long a router takes to decide: by a clock that only it and its parts move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from reason_arena.agents.agent import Agent, View
from reason_arena.agents.registry import Place, make
from reason_arena.agents.router.agent import RouterAgent
from reason_arena.agents.router.bandit import Bandit
from reason_arena.agents.router.config import RouterConfig
from reason_arena.agents.router.parts import Part
from reason_arena.arena.latency import SERVING, timings
from reason_arena.arena.latency_routed import routed_decisions

SUMS = Place(level=1)


@dataclass
class Clock:
    """Told time; the CPU's is half of it."""

    wall: float = 0.0

    def __call__(self) -> tuple[float, float]:
        return self.wall, self.wall / 2


class Says(Agent):
    """Answers in text, a second a row."""

    view: ClassVar[View] = "text"

    def __init__(self, clock: Clock) -> None:
        self.name, self.clock, self.asked = "says", clock, list[tuple[str, ...]]()

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        self.asked.append(tuple(observations))
        self.clock.wall += len(infos)
        return ("7",) * len(infos)


class Types(Agent):
    """Types into the array view, a tenth of a second a key, however many rows there are."""

    view: ClassVar[View] = "array"

    def __init__(self, clock: Clock) -> None:
        self.name, self.clock, self.inner = "types", clock, make("random", SUMS, "array")

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        self.inner.reset(seeds, repeats)

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> Any:
        self.clock.wall += 0.1
        return self.inner.act(observations, infos)


class Router(RouterAgent):
    """Takes ten seconds to send problems on, to its parts in turn."""

    def __init__(self, clock: Clock, *agents: Agent) -> None:
        parts = [Part(f"part {place}", "random") for place in range(len(agents))]
        super().__init__(Bandit(8, 2, len(agents)), RouterConfig(), parts, agents)
        self.clock, self.read = clock, list[str]()

    def choose(self, texts: Sequence[str]) -> NDArray[np.int64]:
        self.clock.wall += 10
        self.read += texts
        return np.arange(len(texts)) % len(self.agents)


def test_a_batch_takes_the_choice_and_each_part_for_its_own_rows() -> None:
    clock = Clock()
    one, other = Says(clock), Says(clock)
    router = Router(clock, one, other)
    found = list(islice(routed_decisions(router, SUMS, 3, range(5), clock), 2))
    # Ten for the choice, two rows for the first part and one for the second; CPU half of that.
    assert found == [(13, 6.5)] * 2
    assert len(router.read) == 6
    assert one.asked == [(router.read[0], router.read[2]), (router.read[3], router.read[5])]
    assert other.asked == [(router.read[1],), (router.read[4],)]
    assert router.read[5] == router.read[0], "of five seeds the sixth is the first again"


def test_every_time_has_the_choice_in_it_though_an_episode_has_several_decisions() -> None:
    clock = Clock()
    router = Router(clock, Types(clock))
    found = [round(wall, 6) for wall, _ in islice(routed_decisions(router, SUMS, 1, range(5), clock), 12)]
    assert found == [10.1] * 12
    assert len(router.read) == 12


def test_a_router_is_warmed_up_and_summed_up_as_others_are() -> None:
    clock = Clock()
    router = Router(clock, Says(clock))
    cold, (alone, together) = timings(lambda rows: routed_decisions(router, SUMS, rows, range(5), clock))
    assert (cold, alone.p50_seconds, alone.timed) == (11, 11, 3)
    assert (together.batch, together.p50_seconds, together.p50_cpu_seconds) == (SERVING, 26, 13)
