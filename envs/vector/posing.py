"""What the batched environments share: streams of seeds as n single environments have them, infos, saved state."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np
from gymnasium.utils.seeding import np_random
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from ...tasks.errors import BadConfig
from ...tasks.problem import Problem
from ..posing import RENDER_MODES, Poser, check_posed, check_render_mode, plain

Observations = TypeVar("Observations")
Actions = TypeVar("Actions")


def gather(num_envs: int, rows: Sequence[int], infos: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Infos of some environments in Gymnasium's vector form, as `VectorEnv._add_info` makes it one by one.

    Args:
        num_envs: how many environments there are.
        rows: which of them the infos belong to.
        infos: one each, all with the same keys.
    """
    gathered: dict[str, Any] = {}
    mask = np.zeros(num_envs, np.bool_)
    mask[list(rows)] = True
    for key, first in infos[0].items():
        values = [info[key] for info in infos]
        if isinstance(first, dict):
            gathered[key] = gather(num_envs, rows, values)
        else:
            array = (
                np.zeros(num_envs, type(first)) if isinstance(first, int | float) else np.full(num_envs, None, object)
            )
            for row, value in zip(rows, values, strict=True):
                array[row] = value
            gathered[key] = array
        gathered[f"_{key}"] = mask.copy()
    return gathered


class PosedVectorEnv(VectorEnv[Observations, Actions, Any]):
    """n problems side by side; an environment that ends poses its next problem within the same step.

    It walks the trajectories of `SyncVectorEnv` with `AutoresetMode.SAME_STEP` over n single environments: the same
    problems, observations, rewards and infos for the same seeds and actions.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - Gymnasium's own declaration
        "render_modes": list(RENDER_MODES),
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }
    _volatile: tuple[str, ...] = ("problems",)

    def __init__(
        self,
        num_envs: int,
        poser: Poser,
        spaces: tuple[gym.Space[Any], gym.Space[Any]],
        render_mode: str | None = None,
    ) -> None:
        if num_envs < 1:
            raise BadConfig(f"num_envs: expected 1 or more, got {num_envs}")
        self.render_mode = check_render_mode(render_mode)
        self.num_envs = num_envs
        self.poser = poser
        self.single_observation_space, self.single_action_space = spaces
        self.observation_space = batch_space(spaces[0], num_envs)
        self.action_space = batch_space(spaces[1], num_envs)
        self.problems: list[Problem] = []
        self._streams: list[np.random.Generator] = []

    def _pose_all(self, seed: int | Sequence[int | None] | None) -> dict[str, Any]:
        """New problems for all; the infos of the reset."""
        seeds = self._seeds(seed)
        if not self._streams:
            self._streams = [np_random(each)[0] for each in seeds]
        else:
            self._streams = [
                old if each is None else np_random(each)[0] for old, each in zip(self._streams, seeds, strict=True)
            ]
        self.problems = [self.poser.pose(each, own) for each, own in zip(seeds, self._streams, strict=True)]
        return gather(self.num_envs, range(self.num_envs), [{"problem_id": problem.id} for problem in self.problems])

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        """One seed, or None, for each environment, numpy's integers made Python's."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, int | np.integer):
            return [int(seed) + i for i in range(self.num_envs)]
        seeds = [plain(each) for each in seed]
        if len(seeds) != self.num_envs:
            raise ValueError(f"expected one seed for each of the {self.num_envs} environments, got {len(seeds)}")
        return seeds

    def _check_posed(self, call: str) -> None:
        check_posed(bool(self.problems), call)

    def _pose_next(self, i: int) -> Problem:
        """The next problem of one environment, from its own stream."""
        self.problems[i] = problem = self.poser.pose(None, self._streams[i])
        return problem

    def get_state(self) -> dict[str, Any]:
        """All episodes and random streams, as a copy that later steps leave alone. Raises ResetNeeded."""
        self._check_posed("get_state")
        state = {name: getattr(self, name) for name in self._volatile}
        return deepcopy({**state, "streams": [stream.bit_generator.state for stream in self._streams]})

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        state = deepcopy(state)
        saved = state.pop("streams")
        if len(saved) != self.num_envs:
            raise BadConfig(f"expected the state of {self.num_envs} environments, got one of {len(saved)}")
        self._streams = [np_random(0)[0] for _ in saved]
        for stream, inner in zip(self._streams, saved, strict=True):
            stream.bit_generator.state = inner
        for name, value in state.items():
            setattr(self, name, value)
