"""Episodes that are handed on: a router reads how each begins, and a part plays it in its own view.

Both views pose the same problem for a seed, so a part plays exactly the episode that it would have
played alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from ..agent import Agent
from ..learning.rollout import Episode, rollout
from ..registry import Place, seat
from .agent import RouterAgent


class Played(NamedTuple):
    """An episode, and who played it."""

    agent: Agent
    episode: Episode
    routed: str = ""
    """the name of the part, where a router chose it"""
    flops: float = 0.0
    """of choosing"""


class Routing:
    """A router at work.

    Args:
        router: with its parts.
        place: where.
        episodes: how many will be played, at most.

    Raises:
        BadCheckpoint: a part was trained elsewhere.
    """

    def __init__(self, router: RouterAgent, place: Place, episodes: int) -> None:
        self._router, self._place, self._episodes = router, place, episodes
        self._places = [
            seat(agent, place, part.weights) for part, agent in zip(router.parts, router.agents, strict=True)
        ]
        self._envs: dict[int, VectorEnv[Any, Any, Any]] = {}
        self._reader: VectorEnv[Any, Any, Any] | None = None

    def play(self, seeds: Sequence[int]) -> list[Played]:
        """One episode a seed, in their order; a seed that occurs twice goes to one part both times.

        The CPU-seconds of choosing are shared out evenly.
        """
        begun = time.process_time()
        different = list(dict.fromkeys(seeds))
        if self._reader is None:
            self._reader = self._place.many("text", self._episodes)
        chosen = dict(zip(different, self._router.choose(questions(self._reader, different)).tolist(), strict=True))
        share = (time.process_time() - begun) / max(len(seeds), 1)
        played: dict[int, Played] = {}
        for number, part in enumerate(self._router.parts):
            rows = [row for row, seed in enumerate(seeds) if chosen[seed] == number]
            if not rows:
                continue
            agent = self._router.agents[number]
            for row, episode in zip(rows, rollout(self._env(number), agent, [seeds[row] for row in rows]), strict=True):
                episode = replace(episode, seconds=episode.seconds + share)
                played[row] = Played(agent, episode, part.name, self._router.bandit.flops)
        return [played[row] for row in range(len(seeds))]

    def _env(self, part: int) -> VectorEnv[Any, Any, Any]:
        """The environment of a part, made when it is needed first."""
        if part not in self._envs:
            view = self._router.agents[part].view
            self._envs[part] = self._places[part].many(view, self._episodes, render_mode="ansi")
        return self._envs[part]


def questions(env: VectorEnv[Any, Any, Any], seeds: Sequence[int]) -> list[str]:
    """The first text observation of each seed's episode.

    Args:
        env: in the text view.
        seeds: any number of them.
    """
    rows, found = env.num_envs, list[str]()
    disabled = env.metadata.get("autoreset_mode") == AutoresetMode.DISABLED
    options = {"options": {"reset_mask": np.ones(rows, np.bool_)}} if disabled else {}
    for first in range(0, len(seeds), rows):
        batch = [int(seed) for seed in seeds[first : first + rows]]
        filled = batch + batch[:1] * (rows - len(batch))
        observations, _ = env.reset(seed=filled, **options)  # type: ignore[arg-type]
        found += list(observations[: len(batch)])
    return found
