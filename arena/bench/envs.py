"""Environments beside Gymnasium's, reasoning-gym's and SB3's: stepping, generating, and the cost of learning."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import reason_arena.envs  # noqa: F401 - registers the ids

from ...agents.baselines import flawless_counter
from ...tasks import registry
from ...tasks.errors import BadConfig
from .measurement import ROUNDS, Measurement, in_turn

ENV_ID = "Reason-Arithmetic-v0"

LEVELS: dict[str, int | str] = {
    **{f"level {level}": level for level in range(10)},
    **{f"sums of {digits} digits": f"operators=+-,digits={digits}" for digits in (20, 50)},
}
"""that are stepped"""


def envs() -> Iterator[Measurement]:
    """Stepping, generating and verifying, and the cost of learning."""
    _peer()
    yield learning()
    for label, level in LEVELS.items():
        ours = partial(_stepping, partial(gym.make_vec, ENV_ID, num_envs=512, view="array", level=level))
        peer = partial(_stepping, partial(_sync, 64, level))
        yield in_turn("envs", f"batched 512, {label}", "steps / CPU-s", ours, peer, "SyncVectorEnv(64)")
    yield in_turn("envs", "generate and verify", "items / CPU-s", _our_items, peer_items, "reasoning-gym chain_sum")


def _sync(count: int, level: int | str) -> SyncVectorEnv:
    return SyncVectorEnv(
        [partial(gym.make, ENV_ID, view="array", level=level)] * count, autoreset_mode=AutoresetMode.SAME_STEP
    )


def _stepping(make: Callable[[], gym.vector.VectorEnv[Any, Any, Any]], steps: int = 600) -> float:
    """Environment steps a CPU-second; a flawless hand acts, and its time is not counted."""
    env = make()
    observations, _ = env.reset(seed=0)
    spent = 0.0
    for _ in range(steps):
        actions = flawless_counter(observations)
        began = time.process_time()
        observations, *_ = env.step(actions)
        spent += time.process_time() - began
    return steps * env.num_envs / spent


CHAINS = "operators=+-,digits=1-4,terms=2-6"
"""what reasoning-gym's chain_sum asks for by default: 2 to 6 numbers of 1 to 4 digits"""
_ITEMS = 4000


def _our_items() -> float:
    task = registry.load("arithmetic")
    began = time.process_time()
    for seed in range(_ITEMS):
        problem = task.generate("train", CHAINS, seed)
        assert task.verify(problem, problem.answer)
    return _ITEMS / (time.process_time() - began)


def _peer() -> Any:
    try:
        import reasoning_gym
    except ImportError:
        raise BadConfig("bench envs: the peer reasoning-gym is missing; pip install 'reason-arena[dev]'") from None
    return reasoning_gym


def peer_items() -> float:
    """Plain sums that reasoning-gym generates and verifies in a CPU-second."""
    dataset = _peer().create_dataset("chain_sum", seed=0, size=_ITEMS)
    began = time.process_time()
    for index in range(_ITEMS):
        item = dataset[index]
        assert dataset.score_answer(item["answer"], item) == 1.0
    return _ITEMS / (time.process_time() - began)


TARGET, WINDOW = 0.5, 400
"""the score to reach: this share of the last episodes right"""
_ROLLOUT = 8192
_LIMIT = 600_000


def learning() -> Measurement:
    """CPU-seconds of SB3's PPO to one score, through the bridge and through `DummyVecEnv(8)`, equal settings."""
    from ...agents.specialist.trainer import single_thread

    with single_thread():
        pairs = [(_to_target(_bridged, seed), _to_target(_dummy, seed)) for seed in range(ROUNDS)]
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    row = f"SB3 PPO to {TARGET:.0%} on level 0, bridge of 256"
    return Measurement("envs", row, "CPU-s", ours, peer, "SB3 DummyVecEnv(8)", peer / ours)


def _bridged(seed: int) -> Any:
    from ...agents.specialist.bridge import VectorBridge

    return VectorBridge(gym.make_vec(ENV_ID, num_envs=256, view="array", level=0, reward="shaped"), seed)


def _dummy(seed: int) -> Any:
    from stable_baselines3.common.env_util import make_vec_env

    return make_vec_env(ENV_ID, 8, seed, env_kwargs={"view": "array", "level": 0, "reward": "shaped"})


def _to_target(make: Callable[[int], Any], seed: int) -> float:
    """CPU-seconds until the last episodes reach the target; infinite if they never do."""
    from stable_baselines3 import PPO

    from ...agents.specialist.algorithms import policy_kwargs

    env = make(seed)
    stop = _until_target()
    began = time.process_time()
    model = PPO(
        "MlpPolicy",
        env,
        n_steps=_ROLLOUT // env.num_envs,
        batch_size=512,
        n_epochs=4,
        gamma=0.95,
        ent_coef=0.05,
        learning_rate=1e-3,
        policy_kwargs=policy_kwargs((64, 64)),
        seed=seed,
        device="cpu",
    )
    model.learn(_LIMIT, callback=stop)
    return time.process_time() - began if stop.reached else float("inf")


def _until_target() -> Any:
    """A callback that ends training when the last episodes reach the target."""
    from collections import deque

    from stable_baselines3.common.callbacks import BaseCallback

    class UntilTarget(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.last: deque[bool] = deque(maxlen=WINDOW)
            self.reached = False

        def _on_step(self) -> bool:
            self.last.extend(bool(info["correct"]) for info in self.locals["infos"] if "correct" in info)
            self.reached = len(self.last) == WINDOW and bool(np.mean(self.last) >= TARGET)
            return not self.reached

    return UntilTarget()
