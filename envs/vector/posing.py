"""What the batched environments share: streams of seeds as n single environments have them, infos, saved state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np
from gymnasium.error import InvalidAction
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ...tasks.errors import BadConfig
from ...tasks.problem import Problem, Verdict
from ..posing import RENDER_MODES, Poser, check_action, check_origin, check_posed, check_render_mode
from .digits import Ints
from .seeds import SeedStreams

Observations = TypeVar("Observations")
Actions = TypeVar("Actions")


def spread(num_envs: int, rows: Sequence[int] | Ints, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Infos of some environments in Gymnasium's vector form, as `VectorEnv._add_info` makes it one by one.

    Args:
        num_envs: how many environments there are.
        rows: which of them the infos belong to.
        columns: by key, one value each: an array of numbers or of rows of them, a sequence of anything else, or
            columns again.
    """
    infos: dict[str, Any] = {}
    mask = np.zeros(num_envs, np.bool_)
    mask[rows] = True
    for key, values in columns.items():
        if isinstance(values, Mapping):
            infos[key] = spread(num_envs, rows, values)
        elif isinstance(values, np.ndarray):
            infos[key] = np.zeros((num_envs, *values.shape[1:]), values.dtype)
            infos[key][rows] = values
        else:
            infos[key] = _objects(num_envs, rows, values)
        infos[f"_{key}"] = mask.copy()
    return infos


def _objects(num_envs: int, rows: Sequence[int] | Ints, values: Sequence[Any]) -> NDArray[np.object_]:
    array = np.empty(num_envs, object)  # of None
    for row, value in zip(rows, values, strict=True):
        array[row] = value
    return array


def final_infos(ids: Sequence[str], verdicts: Sequence[Verdict], answers: Sequence[str]) -> dict[str, Any]:
    """What is told when episodes are over, as columns: the batched twin of `final_info`."""
    return {
        "problem_id": ids,
        "verdict": [verdict.reason for verdict in verdicts],
        "correct": np.array([verdict.correct for verdict in verdicts], np.bool_),
        "answer": answers,
    }


def checked_choices(actions: NDArray[np.int64], num_envs: int, space: gym.spaces.Discrete) -> NDArray[np.int64]:
    """Actions as int64, each of which a single environment would take.

    Args:
        actions: one a row.
        num_envs: how many rows there are.
        space: of a single action; it begins with 0.

    Raises:
        InvalidAction: another shape, no integers, or one that is not in the space.
    """
    given = np.asarray(actions)
    if given.shape != (num_envs,):
        raise InvalidAction(f"actions: expected an array of shape ({num_envs},), got {given.shape}")
    if given.dtype.kind not in "iu" or not np.can_cast(given.dtype, np.int64):
        raise InvalidAction(f"actions: expected integers, got {given.dtype}")
    actions = given.astype(np.int64, copy=False)
    outside = actions.view(np.uint64) >= space.n  # negative ones are huge
    if outside.any():
        wrong = int(outside.argmax())
        check_action(space, int(given[wrong]), f"action of environment {wrong}")
    return actions


def checked_texts(actions: Sequence[str], num_envs: int, space: gym.Space[Any]) -> tuple[str, ...]:
    """Actions as texts, each of which a single environment would take.

    Args:
        actions: one a row.
        num_envs: how many rows there are.
        space: of a single action.

    Raises:
        InvalidAction: not so many texts.
    """
    if isinstance(actions, str):  # a sequence of texts too: of its characters
        raise InvalidAction(f"actions: expected a sequence of {num_envs} texts, got a single text")
    texts = tuple(actions)
    if len(texts) != num_envs:
        raise InvalidAction(f"actions: expected {num_envs} texts, got {len(texts)}")
    for i, text in enumerate(texts):
        check_action(space, text, f"action of environment {i}")
    return texts


class PosedVectorEnv(VectorEnv[Observations, Actions, Any]):
    """n problems side by side; an environment that ends poses its next problem within the same step.

    It walks the trajectories of `SyncVectorEnv` with `AutoresetMode.SAME_STEP` over n single environments: the same
    problems, observations, rewards and infos for the same seeds and actions.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - Gymnasium's own declaration
        "render_modes": list(RENDER_MODES),
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }
    _volatile: tuple[str, ...] = ()

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
        self.seeds = SeedStreams(num_envs)
        self._posed = False

    def _check_posed(self, call: str) -> None:
        check_posed(self._posed, call)

    def _first(self, seed: int | Sequence[int | None] | None) -> list[Problem]:
        """The problems of the seeds of a reset, in environments without one those of their streams."""
        indices = self.seeds.begin(seed)
        with self.seeds.drawing([i for i, index in enumerate(indices) if index is None]) as resumed:
            following = iter(resumed)
            return [self.poser.generate(next(following) if index is None else index) for index in indices]

    def _next(self, done: Sequence[int]) -> list[Problem]:
        """The problems that follow in these environments."""
        with self.seeds.drawing(done) as indices:
            return [self.poser.generate(index) for index in indices]

    def render(self) -> tuple[str, ...] | None:
        """What is at hand, a text for each environment; None without a render mode. Raises ResetNeeded."""
        if self.render_mode is None:
            return None
        self._check_posed("render")
        return self._rendered()

    def _rendered(self) -> tuple[str, ...]:
        raise NotImplementedError

    def get_state(self) -> dict[str, Any]:
        """All episodes and random streams, as a copy that later steps leave alone. Raises ResetNeeded."""
        self._check_posed("get_state")
        state = {name: getattr(self, name) for name in self._volatile}
        return {**deepcopy(state), "seeds": self.seeds.get_state(), "origin": self._origin()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned, here or in another such environment. Raises BadCheckpoint."""
        check_origin(state, self._origin())
        self.seeds.set_state(state["seeds"])
        for name in self._volatile:
            setattr(self, name, deepcopy(state[name]))
        self._posed = True

    def _origin(self) -> dict[str, Any]:
        """What a state must be of to be restored here."""
        return {"environment": type(self).__name__, "num_envs": self.num_envs, **self.poser.origin}
