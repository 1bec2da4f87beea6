"""Which of Stable-Baselines3's algorithms trains, and the policy network that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import gymnasium as gym
import torch
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy

from ...tasks.errors import BadConfig
from .config import Algorithm, SpecialistConfig

ALGORITHMS: dict[Algorithm, tuple[type[PPO], type[ActorCriticPolicy]]] = {
    "ppo": (PPO, ActorCriticPolicy),
    # They offer all that we use of the two above, though they are no subclasses.
    "maskable_ppo": (cast(type[PPO], MaskablePPO), cast(type[ActorCriticPolicy], MaskableActorCriticPolicy)),
}


def choose(config: SpecialistConfig, env: Any) -> Algorithm:
    """The algorithm that a configuration asks for, or that suits the environment.

    Args:
        config: of the specialist.
        env: in its array view, single or batched.

    Raises:
        BadConfig: masks are asked for where there are none.
    """
    masked = hasattr(env.unwrapped, "action_masks")
    if config.algorithm == "maskable_ppo" and not masked:
        raise BadConfig(
            f"algorithm 'maskable_ppo': {config.env_id} has no action masks; expected 'ppo', or leave it out"
        )
    return config.algorithm or ("maskable_ppo" if masked else "ppo")


def build_policy(config: SpecialistConfig, env: gym.Env[Any, Any]) -> ActorCriticPolicy:
    """The actor-critic network for the spaces of an environment, weights from torch's global stream."""
    _, policy = ALGORITHMS[choose(config, env)]
    return policy(env.observation_space, env.action_space, lambda _: 0.0, **policy_kwargs(config.net_arch))


def policy_kwargs(net_arch: Sequence[int]) -> dict[str, Any]:
    """What SB3 is told about the network and its optimiser."""
    return {
        "net_arch": list(net_arch),
        "activation_fn": torch.nn.ReLU,
        "optimizer_kwargs": {"fused": True, "eps": 1e-5},
    }
