"""Where a specialist practises and where it is judged: batched environments, and what is put around them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gymnasium.vector import VectorEnv

from ...tasks.problem import Level
from ..learning.streams import derive
from ..registry import Place
from .config import SpecialistConfig

if TYPE_CHECKING:
    from .selfplay import Copy

Envs = VectorEnv[Any, Any, Any]


class Grounds:
    """The environments of a run.

    Args:
        config: of the specialist.
        seed: of the run.
        copy: who sits at the seat of an opponent called "self", if anybody does.
    """

    def __init__(self, config: SpecialistConfig, seed: int, copy: Copy | None) -> None:
        self._config, self._seed, self._copy = config, seed, copy

    def check(self, level: Level) -> None:
        """Raise what making the environments of a level raises."""
        self._seated(self._place("train", level).make("array", 1)).close()

    def practice(self, level: Level, before: Envs | None = None) -> Envs:
        """Those that are trained in.

        Args:
            level: of these.
            before: those of the level that is left for it; what a swarm found there goes on.
        """
        config = self._config
        spread = {"workers": min(config.workers, config.num_envs)} if config.workers else {}
        envs = self._place("train", level).make("array", config.num_envs, reward=config.reward, **spread)
        if not config.swarm:
            return self._seated(envs)
        from ...envs.pokemon.scout import Scout  # needs the extra pokemon
        from ...envs.pokemon.swarm import SwarmReset

        scout = Scout(self._place("train", level).single("array"), config.scout) if config.scout else None
        swarm = SwarmReset(envs, config.swarm, seed=derive(self._seed, "swarm"), scout=scout, novelty=config.novelty)
        if isinstance(before, SwarmReset):
            swarm.take_over(before)
        return swarm

    def judging(self) -> Envs:
        """Those of the evaluations in between."""
        episodes = max(1, self._config.evaluate_episodes)
        return self._seated(self._place("validation", self._config.level).many("array", episodes))

    def _place(self, split: str, level: Level) -> Place:
        return Place(self._config.env_id, split, level, self._config.place)

    def _seated(self, envs: Envs) -> Envs:
        """With the copy as an opponent, where there is one."""
        if self._copy:
            self._copy.seat(envs)
        return envs


def clock(envs: Envs) -> float:
    """CPU-seconds of this process, and of those that environments are in."""
    others = getattr(envs.unwrapped, "cpu_seconds", None)
    return time.process_time() + (others() if others else 0.0)
