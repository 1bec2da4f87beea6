"""Many games side by side in one process: single environments, each with a console of its own."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.utils.seeding import np_random
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from numpy.typing import NDArray

from ...tasks.errors import BadCheckpoint, BadConfig, ReasonError
from ..posing import check_keys, check_origin, check_posed
from ..vector.posing import checked_choices, checked_texts
from ..vector.seeds import each_seed
from .array import PokemonArrayEnv
from .text import PokemonTextEnv


class PokemonVectorEnv(SyncVectorEnv[Any, Any]):
    """n games; the same problems, observations, rewards and infos as n single environments.

    Args:
        num_envs: how many.
        view: "text" or "array".
        options: of the single environments.
        autoreset_mode: when a game that is over begins its next one; with `DISABLED` a `reset` with a `reset_mask` has
            to do it, so that nobody waits for the longest game of a batch.
    """

    def __init__(
        self,
        num_envs: int,
        view: str,
        options: dict[str, Any],
        autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP,
    ) -> None:
        check_num_envs(num_envs)
        kind: Any = PokemonTextEnv if view == "text" else PokemonArrayEnv
        self._posed = False
        super().__init__([lambda: kind(**options)] * num_envs, autoreset_mode=autoreset_mode)
        self.games: list[Any] = list(self.envs)
        self.poser = self.games[0].poser
        self._over: set[int] = set()
        """environments that wait for a reset"""

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start the games of the seeds (of seed, seed + 1, … for an integer).

        Args:
            seed: of all, or one each.
            options: `start`: "intro" or a snapshot for all, or a sequence of one each, None among them for the
                environment's own; `reset_mask` as Gymnasium has it, (num_envs,) of booleans.

        Raises:
            BadConfig: no such start, or not one each.
            BadCheckpoint: a snapshot does not fit. All games are then as they were, as with a BadConfig.
            ResetNeeded: some are to be reset, and there are no games yet.
            ClosedEnvironmentError: after `close`.
        """
        seeds, options, mask, given = checked_reset(seed, options, self.num_envs, self._posed)
        before = {i: self.games[i].next_start for i in given}
        self.set_next_starts(given)
        try:
            told = super().reset(seed=seeds, options=options if mask.all() else {**options, "reset_mask": mask.copy()})
        except ReasonError:
            self.set_next_starts(before)  # what is refused is not to come back with the next episode
            raise
        self._posed = True
        self._over.difference_update(np.flatnonzero(mask).tolist())
        return told

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """A step of each game; those that are over begin their next one.

        Raises:
            ResetNeeded: there are no games yet, or one is over and waits for a reset; no game has moved then.
            InvalidAction: not one action of the space for each.
            ClosedEnvironmentError: after `close`.
        """
        check_posed(self._posed, "step")
        if self._over:
            raise waiting(self._over)
        space: Any = self.single_action_space
        check: Any = checked_choices if isinstance(space, gym.spaces.Discrete) else checked_texts
        told = super().step(check(actions, self.num_envs, space))
        if self.autoreset_mode == AutoresetMode.DISABLED:
            self._over.update(np.flatnonzero(self._autoreset_envs).tolist())
        return told

    def set_next_starts(self, starts: Mapping[int, str | bytes | None]) -> None:
        """Where the next episodes of these environments begin, once: "intro", a snapshot, or None for their own.

        Raises:
            BadConfig: no such start or environment, or past the milestone that the games are until.
            BadCheckpoint: a snapshot does not fit.
        """
        check_rows(starts, self.num_envs)
        for i, start in starts.items():
            self.games[i].check_start(start)
        for i, start in starts.items():
            self.games[i].next_start = start

    def snapshots(self, environments: Sequence[int]) -> list[bytes]:
        """The games of these environments as they stand, to be the start of others. Raises BadConfig, ResetNeeded."""
        check_rows(dict.fromkeys(environments), self.num_envs)
        return [self.games[i].snapshot() for i in environments]

    @property
    def milestone_steps(self) -> NDArray[np.int64]:
        """The step at which each milestone was first reached in the running episodes: (n, milestones); -1 for none."""
        check_posed(self._posed, "milestone_steps")
        return np.stack([game.milestone_steps for game in self.games])

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each button that a game listens to, in the array view: (n, 8). Raises ResetNeeded."""
        return np.stack([game.action_masks() for game in self.games])

    def render(self) -> Any:
        """What is at hand, one for each game; None without a render mode. Raises ResetNeeded."""
        if self.render_mode is None:
            return None
        check_posed(self._posed, "render")
        return super().render()

    def get_state(self) -> dict[str, Any]:
        """All episodes and random streams, as a copy that later steps leave alone. Raises ResetNeeded."""
        check_posed(self._posed, "get_state")
        return {"games": [game.get_state() for game in self.games], "origin": self._origin()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned, here or in another such environment. Raises BadCheckpoint."""
        games = each_game(state, self._origin(), self.num_envs)
        for game, own in zip(self.games, games, strict=True):
            game.check_state(own)
        for game, own in zip(self.games, games, strict=True):
            game.set_state(own)
        self._env_obs = [game._observe() for game in self.games]
        self._terminations[:] = [game.game.reached for game in self.games]
        self._truncations[:] = [game.game.broken for game in self.games]
        self._autoreset_envs = self._terminations | self._truncations
        self._over = set(np.flatnonzero(self._autoreset_envs).tolist())
        self._posed = True

    def _origin(self) -> dict[str, Any]:
        one = self.games[0]._origin()
        return {**one, "environment": f"{one['environment']} vector", "num_envs": self.num_envs}


def waiting(over: Collection[int]) -> ResetNeeded:
    """What a step is refused with while some environments wait for a reset."""
    return ResetNeeded(f"environment {min(over)} has no game that goes on: reset it, with reset_mask, before a step")


def checked_reset(
    seed: Any, options: Mapping[str, Any] | None, n: int, posed: bool
) -> tuple[list[int | None], dict[str, Any], NDArray[np.bool_], dict[int, Any]]:
    """What the reset of n environments asks for: seeds, other options, which are reset, the starts that some are given.

    Raises:
        BadConfig: a start, a seed or a boolean that is not one each, or a mask that names none.
        Error: a seed that is none.
        ResetNeeded: some are to be reset, and there are no games yet.
    """
    seeds, others = checked_seeds(seed, n), dict(options or {})
    starts = each_start(others.pop("start", None), n)
    mask = reset_mask(others, n)
    if not posed and not mask.all():
        raise ResetNeeded("reset_mask before the first reset: there are no games yet; reset all environments first")
    return seeds, others, mask, {i: start for i, start in enumerate(starts) if start is not None and mask[i]}


def each_start(start: Any, n: int) -> list[Any]:
    """The starts of n environments, out of one for all or one each. Raises BadConfig: not one for each."""
    if not isinstance(start, list | tuple):
        return [start] * n
    if len(start) != n:
        raise BadConfig(f"start: expected one for each of the {n} environments, got {len(start)}")
    return list(start)


def each_game(state: Any, origin: Mapping[str, Any], n: int) -> list[dict[str, Any]]:
    """The states of n environments, out of that of all. Raises BadCheckpoint: it does not fit here."""
    check_origin(state, origin)
    check_keys("the state", state, ("games",))
    games = state["games"]
    if not isinstance(games, list | tuple) or len(games) != n:
        raise BadCheckpoint(f"the state: expected the games of {n} environments, got {reprlib.repr(games)}")
    return list(games)


def check_num_envs(num_envs: Any) -> None:
    """Raises BadConfig for what is no number of environments."""
    if not isinstance(num_envs, int | np.integer) or isinstance(num_envs, bool):
        raise BadConfig(f"num_envs: expected a whole number, got {num_envs!r}")
    if num_envs < 1:
        raise BadConfig(f"num_envs: expected 1 or more, got {num_envs}")


def check_rows(starts: Mapping[int, Any], n: int) -> None:
    """Raises BadConfig where starts are given for other than n environments."""
    if strange := [row for row in starts if row not in range(n)]:
        raise BadConfig(f"expected environments from 0 to {n - 1}, got {reprlib.repr(strange[0])}")


def checked_seeds(seed: Any, n: int) -> list[int | None]:
    """`each_seed`, each of them tried, so that none is refused when others have begun. Raises as it does, and Error."""
    seeds = each_seed(seed, n)
    for own in seeds:
        if own is not None:
            np_random(own)
    return seeds


def reset_mask(options: dict[str, Any], n: int) -> NDArray[np.bool_]:
    """Which environments are to be reset: what `reset_mask` says, which is taken out, else all.

    Raises:
        BadConfig: it is not an array of n booleans, or it names none.
    """
    mask = options.pop("reset_mask", None)
    if mask is None:
        return np.ones(n, np.bool_)
    if not isinstance(mask, np.ndarray) or mask.shape != (n,) or mask.dtype != np.bool_ or not mask.any():
        raise BadConfig(f"reset_mask: expected an array of {n} booleans, one of them True, got {mask!r}")
    return mask
