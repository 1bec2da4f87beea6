"""Our batched environments as the `VecEnv` that Stable-Baselines3 trains on.

SB3 does not take `gymnasium.vector` environments (DLR-RM/stable-baselines3#1745), and its own `DummyVecEnv` spends most
of its time in Python once per environment and step. Here a step is one call over arrays; a dictionary is made only for
environments that ended. The bridge keeps `Monitor`'s books itself, so SB3 adds no wrapper.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv

from ...tasks.errors import BadConfig

Array = NDArray[Any]


class VectorBridge(VecEnv):
    """A `gymnasium.vector` environment (SAME_STEP autoreset) as an SB3 `VecEnv`.

    Args:
        env: the vector environment; observations are an array, or a dict of arrays, with one row an environment.
        seed: passed to the first reset.
        final: reasons of `info["termination"]` that end an episode for good, truncated or not: SB3 then adds no value
            of what might have followed.

    Raises:
        BadConfig: the environment resets in another mode than SAME_STEP, which would waste a step an episode.
    """

    def __init__(
        self, env: VectorEnv[Any, Any, Any], seed: int | None = None, final: Collection[str] = frozenset()
    ) -> None:
        self.change(env, seed)
        self._final_reasons = final
        self._actions: Array = np.zeros(env.num_envs, np.int64)
        self._running: dict[str, Any] = {}
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
        self.returns = np.zeros(env.num_envs)
        self.lengths = np.zeros(env.num_envs, np.int64)

    def change(self, env: VectorEnv[Any, Any, Any], seed: int | None = None) -> None:
        """Go on with another environment of as many rows and the same spaces; `reset` begins it."""
        mode = env.metadata.get("autoreset_mode")
        if mode != AutoresetMode.SAME_STEP:
            raise BadConfig(f"expected a vector environment with AutoresetMode.SAME_STEP, got {mode}")
        self.env, self._seed = env, seed

    def reset(self) -> Any:
        """First observations, (n, ...)."""
        observations, _ = self.env.reset(seed=self._seed)
        self._seed = None
        self.returns[:] = 0
        self.lengths[:] = 0
        return observations

    def step_async(self, actions: Array) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, Array, Array, list[dict[str, Any]]]:
        """One step of all environments."""
        observations, rewards, terminated, truncated, infos = self.env.step(self._actions)
        dones = terminated | truncated
        self.returns += rewards
        self.lengths += 1
        # SB3 only reads these dictionaries, so all running environments may share one.
        rows: list[dict[str, Any]] = [self._running] * self.num_envs
        for i in np.flatnonzero(dones):
            rows[i] = self._final(int(i), bool(truncated[i] and not terminated[i]), infos)
        self.returns[dones] = 0
        self.lengths[dones] = 0
        return observations, rewards.astype(np.float32), dones, rows

    def _final(self, i: int, truncated: bool, infos: dict[str, Any]) -> dict[str, Any]:
        told = _row(infos["final_info"], i)
        info = {
            "episode": {"r": float(self.returns[i]), "l": int(self.lengths[i]), "t": 0.0},
            "terminal_observation": infos["final_obs"][i],
            "TimeLimit.truncated": truncated and told.get("termination") not in self._final_reasons,
        }
        return {**info, **told}

    @property
    def _stateful(self) -> Any:
        """The environment with its wrapper, where that has a state of its own."""
        return self.env if hasattr(self.env, "get_state") else self.env.unwrapped

    def get_state(self) -> dict[str, Any]:
        """The environments' state and the books of the running episodes."""
        inner = self._stateful.get_state()
        return {"env": inner, "returns": self.returns.copy(), "lengths": self.lengths.copy()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self._stateful.set_state(state["env"])
        self.returns[:] = state["returns"]
        self.lengths[:] = state["lengths"]

    def close(self) -> None:
        """Close the environments."""
        self.env.close()

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset: environment i gets seed + i."""
        self._seed = seed
        return [None if seed is None else seed + i for i in range(self.num_envs)]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the batched environment, once for each index."""
        return [getattr(self.env.unwrapped, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the batched environment."""
        setattr(self.env.unwrapped, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Rows of what a method of the batched environment returns, as MaskablePPO asks for `action_masks`."""
        rows = getattr(self.env.unwrapped, method_name)(*args, **kwargs)
        return [rows[i] for i in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """True for `Monitor`, whose books the bridge keeps."""
        return [wrapper_class is Monitor] * len(list(self._get_indices(indices)))


def _row(infos: dict[str, Any], i: int) -> dict[str, Any]:
    """The info of one environment out of a vector environment's infos, where `_key` masks who has a `key`."""
    mine = (key for key in infos if not key.startswith("_") and infos[f"_{key}"][i])
    return {key: _row(infos[key], i) if isinstance(infos[key], dict) else infos[key][i] for key in mine}
