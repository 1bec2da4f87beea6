"""Episodes that begin where earlier ones got to, so that what lies far from the title is practised too.

    envs = SwarmReset(gym.make_vec("Reason-Pokemon-v0", num_envs=32, view="array", level="until=badge"), seed=0)

After Go-Explore (Ecoffet et al., 2021, "First return, then explore") and the swarm of pokemonred_puffer. Whenever an
episode comes to a part of a map, to a trainer's challenge or to a sum of levels there, for the first time with so many
milestones of its way, its game may be kept. A share of the episodes begins at what is kept, the others at the title:
rather after milestones behind which most got stuck lately, and there where few came to or began. What is learnt so is
to be judged from the title alone: `info["start"]` says of each episode, at its beginning and end, whether it is one
of those, and `began` counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, cast

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from numpy.typing import NDArray

from ...tasks.errors import BadCheckpoint, BadConfig
from ...tasks.pokemon.array_view import BATTLE, KINDS, SCALARS
from ...tasks.pokemon.setting import read
from . import INTRO, SNAPSHOT
from .pool_process import WorkerDied
from .runups import DISTANCES, RunUps, Tag
from .scout import Scout
from .vector import each_start

SIZE = 4
"""games that are kept of each cell"""
EASY = 0.1
"""odds of beginning after milestones behind which nobody gets stuck, against 1 + EASY where everybody does"""
RECENT = 1 / 32
"""weight of the latest episode in how many get on"""
RUN_UP = 0.5
"""share of the kept games that are begun with which are moments of a run-up, where there is one"""
BLOCK = 8
"""squares of a map, in either direction, that are one place"""
Place = tuple[int, int, int, bool]
"""a number of milestones, a map, a block of it, whether a trainer is fought there"""
Cell = tuple[int, int, int, bool, int]
"""what Go-Explore calls so: a place, and the sum of the party's levels"""
_MAP, _X, _Y = (SCALARS.index(name) for name in ("map", "x", "y"))
_KIND = BATTLE.index("kind")
_TRAINER = KINDS.index("trainer") / 3
_OWN = ("library", "arrivals", "rates", "scouted", "run_ups", "began", "_begun", "_been", "_tags", "_next")
"""what is kept besides the random generator's state"""
_FOUND = ("library", "arrivals", "rates", "run_ups")
"""what is as good on another level with the same goal"""


class SwarmReset(VectorWrapper):
    """Batched games of which some begin at snapshots that earlier ones left.

    Args:
        env: `PokemonVectorEnv` or a pool, in the array view, with SAME_STEP autoreset.
        share: of the episodes that begin at a snapshot, once there is one.
        size: snapshots that are kept of each cell; a new one takes the place of any of them, and the rarer, the more
            often somebody came there.
        seed: of what is kept and drawn.
        scout: goes for a walk from a game that is kept whenever an episode ends; None for nobody.
        novelty: reward for coming to a place for the first time in an episode, over the root of how often that has
            happened in all (Strehl and Littman 2008; Bellemare et al. 2016). It goes away with time, and is on top of
            the `reward_terms` of the environment.

    Raises:
        BadConfig: no such share, size or seed, or an environment of another kind.
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
        share: float = 0.75,
        size: int = SIZE,
        seed: int = 0,
        scout: Scout | None = None,
        novelty: float = 0.0,
    ) -> None:
        super().__init__(env)
        if not hasattr(env, "snapshots") or env.metadata.get("autoreset_mode") != AutoresetMode.SAME_STEP:
            raise BadConfig("SwarmReset: expected Reason-Pokemon-v0, batched, with AutoresetMode.SAME_STEP")
        if not hasattr(env.single_observation_space, "spaces"):
            raise BadConfig("SwarmReset: expected view 'array', got view 'text'")
        if not 0 <= share <= 1 or size < 1:
            raise BadConfig(f"SwarmReset: expected a share from 0 to 1 and a size above 0, got {share} and {size}")
        if not 0 <= novelty < np.inf:
            raise BadConfig(f"SwarmReset: expected a novelty of 0 or more, got {novelty}")
        self.share, self.size = share, size
        self.games = cast(Any, env)
        self.scout, self.novelty = scout, novelty
        self.scouted = 0
        """presses of the scout so far"""
        self.began = {INTRO: 0, SNAPSHOT: 0}
        """episodes so far, by where they began"""
        game = read(self.games.poser.level)
        self._target, self._cartridge = game.target, game.cartridge
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise BadConfig(f"SwarmReset: expected a whole number from 0 on as seed, got {seed!r}")
        self._rng = np.random.default_rng(seed)
        self.library: dict[Cell, list[bytes]] = {}
        self.arrivals: Counter[Place] = Counter()
        """how often an episode came to a place for the first time, or began there, whatever the levels"""
        self.rates: NDArray[np.float64] = np.zeros(self._target + 1)
        """of those that lately had so many milestones, how many reached another"""
        self.run_ups = RunUps()
        """what led scouts to milestones"""
        self._tags: list[Tag | None] = [None] * env.num_envs
        """of the run-ups that episodes began at"""
        self._next: list[Tag | None] = [None] * env.num_envs
        """and of those that the next ones will"""
        self._begun: NDArray[np.int64] = np.zeros(env.num_envs, np.int64)
        self._been: list[set[Cell]] = [set() for _ in range(env.num_envs)]

    def take_over(self, before: SwarmReset) -> None:
        """Begin with what was found on another level, where its goal and its cartridge are the same; else with nothing.

        Args:
            before: a swarm that is given up for this one, which has not begun.
        """
        if (self._target, self._cartridge) == (before._target, before._cartridge):
            for name in _FOUND:
                setattr(self, name, getattr(before, name))

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment does; the library stays, and so does what is known of games that a `reset_mask` leaves."""
        observations, infos = self.env.reset(seed=seed, options=options)
        cells, asked = self._cells(observations), options or {}
        mask, starts = asked.get("reset_mask"), each_start(asked.get("start"), self.num_envs)
        rows = range(self.num_envs) if mask is None else np.flatnonzero(mask).tolist()
        for row in rows:
            self._been[row], self._begun[row] = {cells[row]}, cells[row][0]
            self._tags[row] = self._next[row] if starts[row] is None else None
        self._tell(infos, rows)
        self._draw(rows)
        return observations, infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """As the environment does; episodes that follow begin at the title or at a snapshot."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        cells, over = self._cells(observations), terminated | truncated
        fresh = [row for row, cell in enumerate(cells) if cell not in self._been[row] and not over[row]]
        places = [row for row in fresh if all(cell[:4] != cells[row][:4] for cell in self._been[row])]
        for row in fresh:
            self._been[row].add(cells[row])
        self._tell(infos, np.flatnonzero(over))
        for row in np.flatnonzero(over).tolist():
            last = self._reached(infos["final_obs"][row]["milestones"][None])[0]
            if (tag := self._tags[row]) is not None:
                self.run_ups.count(tag, last > tag[0])
            # Who began just before a milestone says nothing of how many get there.
            self._count(self._begun[row] + (tag is not None), last)
            self._tags[row] = self._next[row]
            self._been[row], self._begun[row] = {cells[row]}, cells[row][0]
            self.arrivals[cells[row][:4]] += 1
        known = len(self.arrivals)
        self.arrivals.update(cells[row][:4] for row in fresh)
        further = [row for row in fresh if cells[row][0]]
        if self.novelty:
            rewards = rewards.copy()
            for row in places:
                rewards[row] += self.novelty / self.arrivals[cells[row][:4]] ** 0.5
        if wanted := [row for row in further if self._wanted(cells[row])]:
            with suppress(WorkerDied):  # there is nothing to be kept then, and the next step tells of it
                self._keep([cells[row] for row in wanted], self.games.snapshots(wanted))
        for _ in np.flatnonzero(over) if self.library else ():
            self._look_around()
        # What comes next was drawn when the last episode began, and is drawn anew where there is a new place since.
        self._draw(np.flatnonzero(over).tolist() if known == len(self.arrivals) else range(self.num_envs))
        return observations, rewards, terminated, truncated, infos

    def _tell(self, infos: Mapping[str, Any], rows: Iterable[int]) -> None:
        """Count the episodes that these infos are of the beginnings of."""
        for row in rows:
            self.began[infos["start"][row]] += 1

    def _look_around(self) -> None:
        """Keep what the scout, if there is one, is the first to come to, and what led it to a milestone."""
        if self.scout is None:
            return
        start, plan = self._cell(), self.scout.plan(self._rng)
        reached = -1
        for presses, seen in enumerate(self.scout.walk(start, plan)):
            self.scouted += presses > 0
            cell = self._cells({name: array[None] for name, array in seen.items()})[0]
            if cell[0] and cell[0] < self._target and cell not in self.library:
                self._keep([cell], [self.scout.env.snapshot()])
                self.arrivals[cell[:4]] = max(self.arrivals[cell[:4]], 1)
            if 0 <= reached < cell[0]:
                if self.run_ups.wanted(reached, self._rng):
                    before = [presses - distance for distance in DISTANCES]
                    self.run_ups.add(reached, self.scout.moments(start, plan, before), self._rng)
                    self.scouted += max(0, *before)
                return
            reached = cell[0]

    def _cells(self, observations: Mapping[str, NDArray[Any]]) -> list[Cell]:
        """How far each game has got, where and how strong it is."""
        reached = self._reached(observations["milestones"])
        maps, x, y = (observations["scalars"][:, [_MAP, _X, _Y]] * 255).round().astype(np.int64).T
        blocks = y // BLOCK * 256 + x // BLOCK
        levels = (observations["party"][:, :, 1] * 100).round().astype(np.int64).sum(1)
        fights = np.isclose(observations["battle"][:, _KIND], _TRAINER)
        parts = (part.tolist() for part in (reached, maps, blocks, fights, levels))
        return list(zip(*parts, strict=True))

    def _reached(self, milestones: NDArray[Any]) -> NDArray[np.int64]:
        reached: NDArray[np.int64] = milestones[:, : self._target].sum(1, dtype=np.int64)
        return reached

    def _count(self, first: int, last: int) -> None:
        """An episode is over that got from so many milestones to so many."""
        for reached in range(first, last + 1):
            self.rates[reached] += RECENT * ((reached < last) - self.rates[reached])

    def _wanted(self, cell: Cell) -> bool:
        """Whether a game in this cell is to be kept: so that any of those that came there is as likely as another."""
        full = len(self.library.get(cell, ())) >= self.size
        return not full or bool(self._rng.random() < self.size / self.arrivals[cell[:4]])

    def _keep(self, cells: list[Cell], snapshots: list[bytes]) -> None:
        for cell, snapshot in zip(cells, snapshots, strict=True):
            kept = self.library.setdefault(cell, [])
            if len(kept) < self.size:
                kept.append(snapshot)
            else:
                kept[self._rng.integers(self.size)] = snapshot

    def _draw(self, rows: Any) -> None:
        starts: dict[int, str | bytes] = {}
        for row in map(int, rows):
            starts[row], self._next[row] = self._start()
        if starts:
            self.games.set_next_starts(starts)

    def _start(self) -> tuple[str | bytes, Tag | None]:
        return (INTRO, None) if not self.library or self._rng.random() >= self.share else self._kept()

    def _kept(self) -> tuple[bytes, Tag | None]:
        """One of the games that are kept, every other one of a run-up where there are any."""
        reached = self._stage()
        if self._rng.random() < RUN_UP and (found := self.run_ups.draw(reached, self._rng)):
            return found
        return self._cell(reached), None

    def _stage(self) -> int:
        counts = sorted({cell[0] for cell in self.library})
        return counts[self._pick(1 + EASY - self.rates[counts])]

    def _cell(self, reached: int | None = None) -> bytes:
        """A game in a cell with so many milestones."""
        reached = self._stage() if reached is None else reached
        places = sorted({cell[:4] for cell in self.library if cell[0] == reached})
        place = places[self._pick(np.array([self.arrivals[place] for place in places]) ** -0.5)]
        among = sorted(cell for cell in self.library if cell[:4] == place)
        kept = self.library[among[self._rng.integers(len(among))]]
        return kept[self._rng.integers(len(kept))]

    def _pick(self, odds: NDArray[np.float64]) -> int:
        return int(self._rng.choice(len(odds), p=odds / odds.sum()))

    def close(self, **kwargs: Any) -> None:
        """Switch all games off."""
        super().close(**kwargs)
        if self.scout:
            self.scout.close()

    def get_state(self) -> dict[str, Any]:
        """The environment's, and what is kept, as a copy. Raises ResetNeeded."""
        own = {name: getattr(self, name) for name in _OWN}
        return {"env": self.games.get_state(), **deepcopy(own), "rng": self._rng.bit_generator.state}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned. Raises BadCheckpoint."""
        if missing := [name for name in (*_OWN, "env", "rng") if name not in state]:
            raise BadCheckpoint(f"SwarmReset: expected a state of this version, got one without {', '.join(missing)}")
        self.games.set_state(state["env"])
        for name in _OWN:
            setattr(self, name, deepcopy(state[name]))
        self._rng.bit_generator.state = deepcopy(state["rng"])
