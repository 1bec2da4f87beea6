"""A specialist: a small network that acts on the array view, greedily, a batch at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy

from ...envs.posing import ACTION_MASK as MASK
from ...tasks.errors import BadCheckpoint
from ..agent import Agent, Cost, View
from ..learning import checkpoint
from .algorithms import build_policy
from .config import SpecialistConfig
from .gathering import GatheredPolicy

KIND = "specialist"
WEIGHTS, COST = "model.safetensors", "cost.json"


class SpecialistAgent(Agent):
    """Acts greedily on a trained policy network."""

    view: ClassVar[View] = "array"
    deterministic = True

    def __init__(self, policy: ActorCriticPolicy, config: SpecialistConfig, cost: Cost | None = None) -> None:
        self.name = KIND
        self.policy = policy
        self._masked = isinstance(policy, MaskableActorCriticPolicy)
        self.config = config
        self._cost = cost or Cost(parameters=count_parameters(policy))
        self._cost = Cost(**{**self._cost.as_dict(), "decision_flops": forward_flops(policy)})

    def act(self, observations: NDArray[np.float32], infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """The likeliest action of each row, (n,)."""
        masks: dict[str, Any] = {}
        if self._masked:
            masks["action_masks"] = np.stack([info[MASK] for info in infos])
        actions, _ = self.policy.predict(observations, deterministic=True, **masks)
        return np.asarray(actions, np.int64)

    def cost(self) -> Cost:
        """What training and one action cost."""
        return self._cost

    def save(self, path: Path, identity: Mapping[str, Any] | None = None) -> None:
        """Write weights, configuration and bill into a checkpoint folder.

        Args:
            path: the folder.
            identity: manifest fields that tell the run that made it.

        Raises:
            StorageError: the disk refused.
        """

        def write(folder: Path) -> None:
            save_file({name: value.contiguous() for name, value in self.policy.state_dict().items()}, folder / WEIGHTS)
            (folder / COST).write_text(json.dumps(self._cost.as_dict()))

        manifest = {"kind": KIND, "env_id": self.config.env_id, "config": self.config.as_dict(), **(identity or {})}
        checkpoint.save(path, write, manifest)

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read a checkpoint folder.

        Raises:
            BadCheckpoint: it is missing, damaged, of another kind, or its weights do not fit its configuration.
        """
        manifest = checkpoint.load_manifest(path)
        if manifest.get("kind") != KIND:
            raise BadCheckpoint(f"{path}: expected a checkpoint of a specialist, got one of {manifest.get('kind')!r}")
        place = checkpoint.locate(path)
        with checkpoint.reading(path, f"config in {checkpoint.MANIFEST}"):
            settings = {name: _frozen(value) for name, value in manifest["config"].items()}
            # A file without the shape of its weights is damaged, whatever the default is.
            config = SpecialistConfig(**{**settings, "net_arch": settings["net_arch"]})
            env = gym.make(config.env_id, view="array", **config.place)
            policy = build_policy(config, env)
        with checkpoint.reading(path, WEIGHTS):
            policy.load_state_dict(load_file(place / WEIGHTS))
        with checkpoint.reading(path, COST):
            cost = Cost(**json.loads((place / COST).read_text(encoding="utf-8")))
        policy.set_training_mode(False)
        return cls(policy, config, cost)


def _frozen(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def count_parameters(policy: torch.nn.Module) -> int:
    """Trainable numbers."""
    return sum(parameter.numel() for parameter in policy.parameters())


def fingerprint(policy: torch.nn.Module) -> str:
    """12 hexadecimal digits that tell a policy's weights from others'."""
    digest = hashlib.sha256()
    for name, weight in policy.state_dict().items():
        digest.update(name.encode())
        digest.update(weight.contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def forward_flops(policy: ActorCriticPolicy) -> float:
    """FLOPs of one decision: two for each multiplication of the actor, whose critic is not asked."""
    if isinstance(policy, GatheredPolicy):
        return 2.0 * policy.net.multiplications(value=False)
    actor = [*policy.mlp_extractor.policy_net.parameters(), *policy.action_net.parameters()]
    return 2.0 * sum(weight.numel() for weight in actor if weight.ndim == 2)


def train_flops(policy: ActorCriticPolicy, n_epochs: int) -> float:
    """FLOPs of a step of training: two for each multiplication to collect it, six to learn from it in each epoch."""
    net = policy.net if isinstance(policy, GatheredPolicy) else None
    return (net.multiplications(value=True) if net else count_parameters(policy)) * (2.0 + 6.0 * n_epochs)
