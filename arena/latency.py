"""How long a decision takes: one alone, and a batch of them, measured apart from the tests of a comparison.

The clock on the wall runs from an observation to an action that the environment can play: tokens made of the text, the
network, action masks, and reading the move or the answer out of what was written. What the environment does with it, an
emulator say, is not in it. All rows of a batch are playing: as soon as one episode ends, a new batch of them begins.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from ..agents.agent import Agent
from ..agents.learning.infos import split_infos
from ..agents.registry import ROUTER, Place, seat
from ..agents.test_time.answers import reader as reader_in
from ..tasks.errors import BadConfig
from .agent_cell import AgentCell
from .files import write_whole
from .threads import single_thread

WARM_UP = 20
"""decisions that are not timed, at least, in batches of the serving size; and then 3 alone"""
ALONE = 3
SERVING = 16
"""rows of the serving batch, of every agent"""
SINGLES, BATCHES, LEAST = 50, 20, 3
"""how many decisions alone and how many batches are timed at most, and how many of either at least"""
SECONDS, PATIENCE = 0.6, 3.0
"""of CPU and on the wall, after which no more are timed"""
Clock = Callable[[], tuple[float, float]]
"""seconds on the wall, and seconds of this process's CPU"""
Deciding = Callable[[int], Iterator[tuple[float, float]]]
"""gets how many rows decide at once, and gives what each of their decisions takes"""
Read = Callable[[Any], object]


@dataclass(frozen=True)
class Timing:
    """Seconds until all rows of a batch had decided."""

    batch: int
    timed: int
    """how many of these batches"""
    p50_seconds: float
    p95_seconds: float
    """on the wall; nearest ranks: both were seen"""
    p50_cpu_seconds: float
    """of the process, which is what a decision takes on a CPU that has nothing else to do"""
    cpu_share: float
    """CPU-seconds a second on the wall; far below 1 where the process had to wait for its turn, or for a GPU"""


def now() -> tuple[float, float]:
    """The clock on the wall, and that of this process."""
    return time.perf_counter(), time.process_time()


def summary(batch: int, seconds: Sequence[tuple[float, float]]) -> Timing:
    """Median and 95th percentile by nearest rank.

    Args:
        batch: its rows.
        seconds: wall and CPU of each, one at least.
    """
    wall, cpu = ([each[clock] for each in seconds] for clock in (0, 1))
    half, most, used = _rank(wall, 0.5), _rank(wall, 0.95), _rank(cpu, 0.5)
    return Timing(batch, len(seconds), half, most, used, _short(sum(cpu) / sum(wall)) if sum(wall) else 1.0)


def _rank(values: Sequence[float], share: float) -> float:
    return _short(float(np.quantile(values, share, method="inverted_cdf")))


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def decisions(
    agent: Agent, env: VectorEnv[Any, Any, Any], seeds: Sequence[int], reader: Callable[[Any], Read], clock: Clock = now
) -> Iterator[tuple[float, float]]:
    """Decisions without end, each with the seconds, on the wall and of the CPU, until all rows had decided.

    Args:
        agent: who decides.
        env: a vector environment in its view.
        seeds: of the episodes, again from the first after the last.
        reader: gets what the rows see and gives what reads their actions, as the environment will.
        clock: what tells the time.
    """
    rows, asked = env.num_envs, cycle(seeds)
    while True:
        batch = list(islice(asked, rows))
        observations, infos = env.reset(seed=batch)  # type: ignore[arg-type]  # the base class names int only
        agent.reset(batch)
        playing = True
        while playing:
            told, read = split_infos(infos, rows), reader(observations)
            began = clock()
            actions = agent.act(observations, told)
            read(actions)
            ended = clock()
            yield ended[0] - began[0], ended[1] - began[1]
            observations, _, terminated, truncated, infos = env.step(actions)
            playing = not (any(terminated) or any(truncated) or any(agent.resigned()))


def timed(found: Iterator[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """The next decisions: `most` of them, or fewer once they have taken their time, but never below `LEAST`."""
    kept: list[tuple[float, float]] = []
    wall = cpu = 0.0
    while len(kept) < most and (len(kept) < LEAST or (cpu < SECONDS and wall < PATIENCE)):
        kept.append(next(found))
        wall, cpu = wall + kept[-1][0], cpu + kept[-1][1]
    return kept


def reader_of(place: Place, view: str) -> Callable[[Any], Read]:
    """What reads the actions there: texts as votes are read, and numbers need not be read."""
    if view == "array":
        return _numbers
    try:
        reader = reader_in(place)
    except BadConfig:  # a task that judges whole texts
        return _numbers

    def of(seen: Sequence[str]) -> Read:
        reads = [reader(text) for text in seen]
        return lambda texts: [read(text) for read, text in zip(reads, texts, strict=True)]

    return of


def _numbers(seen: Any) -> Read:
    """Nothing to read."""
    return lambda actions: None


@dataclass(frozen=True)
class LatencyCell(AgentCell):
    """Time one agent, as trained with one seed, on one level."""

    effort: float = 2.0

    @property
    def name(self) -> str:
        """For people."""
        return f"latency of {super().name}"

    @property
    def done(self) -> bool:
        """Whether it was measured and can be read."""
        return bool(read_latency(self.marker))

    def run(self) -> None:
        """Measure, and write it down.

        Raises:
            BadCheckpoint: the weights cannot be used here.
            StorageError: the disk refused.
        """
        self.made()  # imports what it needs, which is no part of a cold start
        began = time.perf_counter()
        agent = self.made()
        loaded = time.perf_counter() - began
        with single_thread(agent):
            cold, found = self._measured(agent)
        told = {
            "view": agent.view,
            "cold_seconds": _short(loaded + cold),
            "batches": [asdict(each) for each in found],
        }
        write_whole(self.marker, json.dumps(told, allow_nan=False) + "\n")

    def _measured(self, agent: Agent) -> tuple[float, list[Timing]]:
        """Of a router that hands whole episodes on, or of an agent that plays them itself."""
        if self.kind != ROUTER:
            return measure(agent, seat(agent, self.place, self.weights), self.seeds)
        from ..agents.router.agent import RouterAgent
        from .latency_routed import routed_decisions

        assert isinstance(agent, RouterAgent)
        return timings(lambda rows: routed_decisions(agent, self.place, rows, self.seeds))


def measure(agent: Agent, place: Place, seeds: Sequence[int], clock: Clock = now) -> tuple[float, list[Timing]]:
    """Time the agent alone and in the serving batch.

    Args:
        agent: as it was just made.
        place: where it plays.
        seeds: of the problems.
        clock: what tells the time.

    Returns:
        Seconds of its very first decision, and the timings of batch 1 and of `SERVING` rows, warmed up.
    """
    reader = reader_of(place, agent.view)
    with ExitStack() as stack:
        envs = {rows: stack.enter_context(closing(place.make(agent.view, rows))) for rows in (1, SERVING)}
        return timings(lambda rows: decisions(agent, envs[rows], seeds, reader, clock))


def timings(begin: Deciding) -> tuple[float, list[Timing]]:
    """What `measure` gives, of decisions that can be begun anew at any time."""
    alone, together = begin(1), begin(SERVING)
    first, _ = next(alone)
    for _ in range(math.ceil(WARM_UP / SERVING)):
        next(together)
    served = summary(SERVING, timed(together, BATCHES))
    alone = begin(1)  # the agent has begun other episodes since
    for _ in range(ALONE):
        next(alone)
    return first, [summary(1, timed(alone, SINGLES)), served]


def read_latency(path: Path) -> dict[str, Any]:
    """What a cell has measured; empty if nothing that can be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and told.get("batches") else {}
