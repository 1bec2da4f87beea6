"""Episodes that begin where earlier ones got to, so that what lies far from the title is practised too.

    envs = SwarmReset(gym.make_vec("Reason-Pokemon-v0", num_envs=32, view="array", level="until=badge"), seed=0)

After Go-Explore (Ecoffet et al., 2021, "First return, then explore") and the swarm of pokemonred_puffer. Whenever an
episode reaches a further milestone of its way, or with no fewer milestones a higher sum of levels, its game is kept; a
share of the episodes begins at what is kept, the others at the title. What is learnt so is to be judged from the title
alone: `info["start"]` says of each episode at its beginning and at its end whether it is one of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, cast

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from numpy.typing import NDArray

from ...tasks.errors import BadConfig
from ...tasks.pokemon.setting import read
from . import INTRO
from .pool_process import WorkerDied

SIZE = 16
"""games that are kept of each sort"""
ANYWHERE, FRONTIER = 0.4, 0.3
"""shares of the episodes from what is kept that begin after any number of milestones, right after the most there are,
and, the rest, after those with any sum of levels"""
_PER_MILESTONE = 1000
"""more than all levels of a party"""


class SwarmReset(VectorWrapper):
    """Batched games of which some begin at snapshots that earlier ones left.

    Args:
        env: `PokemonVectorEnv` or a pool, in the array view, with SAME_STEP autoreset.
        share: of the episodes that begin at a snapshot, once there is one.
        size: snapshots that are kept of each sort; a new one takes the place of any of them.
        seed: of what is kept and drawn.

    Raises:
        BadConfig: no such share or size, or an environment of another kind.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], share: float = 0.75, size: int = SIZE, seed: int = 0) -> None:
        super().__init__(env)
        if not hasattr(env, "snapshots") or env.metadata.get("autoreset_mode") != AutoresetMode.SAME_STEP:
            raise BadConfig("SwarmReset: expected Reason-Pokemon-v0, batched, with AutoresetMode.SAME_STEP")
        if not hasattr(env.single_observation_space, "spaces"):
            raise BadConfig("SwarmReset: expected view 'array', got view 'text'")
        if not 0 <= share <= 1 or size < 1:
            raise BadConfig(f"SwarmReset: expected a share from 0 to 1 and a size above 0, got {share} and {size}")
        self.share, self.size = share, size
        self.games = cast(Any, env)
        self._target = read(self.games.poser.level).target
        self._rng = np.random.default_rng(seed)
        self.library: dict[int, list[bytes]] = {}
        """snapshots by sort: 1000 for each milestone, and the sum of levels"""
        self._best: NDArray[np.int64] = np.zeros(env.num_envs, np.int64)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment does; the library stays."""
        observations, infos = self.env.reset(seed=seed, options=options)
        self._best = self._sorts(observations)
        self._draw(range(self.num_envs))
        return observations, infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """As the environment does; episodes that follow begin at the title or at a snapshot."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        sorts, over = self._sorts(observations), terminated | truncated
        further = [
            row for row in np.flatnonzero((sorts > self._best) & ~over).tolist() if self._wanted(int(sorts[row]))
        ]
        self._best = np.where(over, sorts, np.maximum(sorts, self._best))
        known = set(self.library)
        if further:
            with suppress(WorkerDied):  # there is nothing to be kept then, and the next step tells of it
                self._keep(sorts[further].tolist(), self.games.snapshots(further))
        # What comes next was drawn when the last episode began, and is drawn anew where there is something new since.
        self._draw(np.flatnonzero(over).tolist() if known.issuperset(self.library) else range(self.num_envs))
        return observations, rewards, terminated, truncated, infos

    def _sorts(self, observations: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
        """How far each game has got, as a number."""
        reached = observations["milestones"][:, : self._target].sum(1, dtype=np.int64)
        levels = (observations["party"][:, :, 1] * 100).round().astype(np.int64).sum(1)
        sorts: NDArray[np.int64] = reached * _PER_MILESTONE + levels
        return sorts

    def _wanted(self, sort: int) -> bool:
        """Whether episodes will begin there: after a milestone, and at the lowest levels where others got further."""
        reached, most = sort // _PER_MILESTONE, max(self.library, default=0) // _PER_MILESTONE
        lowest = min((each for each in self.library if each // _PER_MILESTONE == reached), default=sort)
        return reached > 0 and (reached >= most or sort <= lowest)

    def _keep(self, sorts: list[int], snapshots: list[bytes]) -> None:
        for sort, snapshot in zip(sorts, snapshots, strict=True):
            kept = self.library.setdefault(sort, [])
            if len(kept) < self.size:
                kept.append(snapshot)
            else:
                kept[self._rng.integers(self.size)] = snapshot
        self.library = {sort: kept for sort, kept in self.library.items() if self._wanted(sort)}

    def _draw(self, rows: Any) -> None:
        starts = {int(row): self._start() for row in rows}
        if starts:
            self.games.set_next_starts(starts)

    def _start(self) -> str | bytes:
        sorts = sorted(self.library)
        if not sorts or self._rng.random() >= self.share:
            return INTRO
        place, most = self._rng.random(), sorts[-1] // _PER_MILESTONE
        firsts = {sort // _PER_MILESTONE: sort for sort in reversed(sorts)}
        if place < ANYWHERE:
            among = list(firsts.values())
        elif place < ANYWHERE + FRONTIER:
            among = [firsts[most]]
        else:
            among = [sort for sort in sorts if sort // _PER_MILESTONE == most]
        kept = self.library[among[self._rng.integers(len(among))]]
        return kept[self._rng.integers(len(kept))]

    def get_state(self) -> dict[str, Any]:
        """The environment's, and what is kept, as a copy. Raises ResetNeeded."""
        own = {"library": self.library, "best": self._best, "rng": self._rng.bit_generator.state}
        return {"env": self.games.get_state(), **deepcopy(own)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned. Raises BadCheckpoint."""
        self.games.set_state(state["env"])
        self.library, self._best = deepcopy(state["library"]), state["best"].copy()
        self._rng.bit_generator.state = deepcopy(state["rng"])
