"""Which of Stable-Baselines3's algorithms trains, and the policy network that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import gymnasium as gym
import torch
from gymnasium import spaces
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import CombinedExtractor

from ...tasks.errors import BadConfig
from .boards import BoardNet, plays_chess
from .config import Algorithm, SpecialistConfig
from .games import GameNet, plays_games
from .gathering import BitMaskBuffer, GatheredPolicy

ALGORITHMS: dict[Algorithm, tuple[type[PPO], type[ActorCriticPolicy]]] = {
    "ppo": (PPO, ActorCriticPolicy),
    # They offer all that we use of the two above, though they are no subclasses.
    "maskable_ppo": (cast(type[PPO], MaskablePPO), cast(type[ActorCriticPolicy], MaskableActorCriticPolicy)),
}
OPTIMIZER = {"fused": True, "eps": 1e-5}


def choose(config: SpecialistConfig, env: Any) -> Algorithm:
    """The algorithm that a configuration asks for, or that suits the environment.

    Args:
        config: of the specialist.
        env: in its array view, single or batched.

    Raises:
        BadConfig: masks are asked for where there are none.
    """
    space = getattr(env, "single_observation_space", env.observation_space)
    masked = hasattr(env.unwrapped, "action_masks")
    if config.algorithm == "maskable_ppo" and not masked:
        raise BadConfig(
            f"algorithm 'maskable_ppo': {config.env_id} has no action masks; expected 'ppo', or leave it out"
        )
    # The masks of a game only say what a script does not listen to: not worth asking for at every step, unless told.
    return config.algorithm or ("maskable_ppo" if masked and not plays_games(space) else "ppo")


def build_policy(config: SpecialistConfig, env: gym.Env[Any, Any]) -> ActorCriticPolicy:
    """The actor-critic network for the spaces of an environment, weights from torch's global stream."""
    policy, settings, _ = network(config, env, env.observation_space, env.action_space)
    return policy(env.observation_space, env.action_space, lambda _: 0.0, **settings)


def network(
    config: SpecialistConfig, env: Any, observations: spaces.Space[Any], actions: spaces.Space[Any]
) -> tuple[type[ActorCriticPolicy], dict[str, Any], type[RolloutBuffer] | None]:
    """What SB3 is told about the policy: its class, the settings of network and optimiser, and where steps are kept.

    Args:
        config: of the specialist.
        env: in its array view, single or batched.
        observations: of a single environment.
        actions: of a single environment.

    Raises:
        BadConfig: the network that is asked for does not suit the environment.
    """
    algorithm = choose(config, env)
    fits = algorithm == "maskable_ppo" and plays_chess(observations, actions)
    if config.network == "board" and not fits:
        raise BadConfig(
            f"network 'board': {config.env_id} shows no chess boards with action masks; expected 'mlp', or leave it out"
        )
    _, policy = ALGORITHMS[algorithm]
    if config.network == "game" and not plays_games(observations):
        raise BadConfig(
            f"network 'game': {config.env_id} does not show a game's arrays; expected 'mlp', or leave it out"
        )
    if config.network in ("auto", "game") and plays_games(observations):
        look = {"features_extractor_class": GameNet, "features_extractor_kwargs": {"widths": config.net_arch}}
        return policy, policy_kwargs(()) | look, None
    if config.network == "mlp" or not fits:
        several = {"features_extractor_class": CombinedExtractor} if isinstance(observations, spaces.Dict) else {}
        return policy, policy_kwargs(config.net_arch) | several, None
    settings = {"net": BoardNet, "net_arch": list(config.net_arch), "optimizer_kwargs": OPTIMIZER}
    return cast(type[ActorCriticPolicy], GatheredPolicy), settings, BitMaskBuffer


def policy_kwargs(net_arch: Sequence[int]) -> dict[str, Any]:
    """What SB3 is told about a network that takes its observation as a list of numbers, and about its optimiser."""
    return {"net_arch": list(net_arch), "activation_fn": torch.nn.ReLU, "optimizer_kwargs": OPTIMIZER}
