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
from safetensors.torch import load_model, save_model
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy

import reason_arena.envs

from ...envs.posing import ACTION_MASK as MASK
from ...tasks.errors import BadCheckpoint
from ..agent import Agent, Cost, View, count_repeats
from ..learning import checkpoint
from .algorithms import build_policy
from .config import SpecialistConfig
from .games import GameNet
from .gathering import GatheredCategorical, GatheredPolicy

KIND = "specialist"
WEIGHTS, COST = "model.safetensors", "cost.json"


class SpecialistAgent(Agent):
    """Acts on a trained policy network: takes the likeliest action, or draws one where it is configured to."""

    view: ClassVar[View] = "array"

    def __init__(self, policy: ActorCriticPolicy, config: SpecialistConfig, cost: Cost | None = None) -> None:
        self.name = KIND
        self.policy = policy
        self._masked = isinstance(policy, MaskableActorCriticPolicy)
        self.config = config
        self.deterministic = config.deterministic
        self._streams: list[np.random.Generator] = []
        self._cost = cost or Cost(parameters=count_parameters(policy))
        self._cost = Cost(**{**self._cost.as_dict(), "decision_flops": forward_flops(policy)})

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        """Draw from a stream of its own in each row."""
        self._streams = [
            _stream(seed, repeat) for seed, repeat in zip(seeds, repeats or count_repeats(seeds), strict=True)
        ]

    def begin(self, rows: Sequence[int], seeds: Sequence[int], repeats: Sequence[int]) -> None:
        """Begin new streams in some rows."""
        for row, seed, repeat in zip(rows, seeds, repeats, strict=True):
            self._streams[row] = _stream(seed, repeat)

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """An action of each row, (n,)."""
        masks: dict[str, Any] = {}
        if self._masked:
            masks["action_masks"] = np.stack([info[MASK] for info in infos])
        if not self.deterministic:
            return self._drawn(observations, masks)
        actions, _ = self.policy.predict(observations, deterministic=True, **masks)
        return np.asarray(actions, np.int64)

    def _drawn(self, observations: Any, masks: dict[str, Any]) -> NDArray[np.int64]:
        places = torch.tensor([stream.random() for stream in self._streams], dtype=torch.float64)
        with torch.no_grad():
            distribution: Any = self.policy.get_distribution(self.policy.obs_to_tensor(observations)[0], **masks)
            if isinstance(distribution, GatheredCategorical):
                gathered: NDArray[np.int64] = distribution.at(places).numpy()
                return gathered
            probabilities = distribution.distribution.probs.double().cumsum(1)
        reached = probabilities <= (places * probabilities[:, -1])[:, None]
        drawn: NDArray[np.int64] = reached.sum(1).numpy()
        return drawn

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
            # SB3 lists an extractor that actor and critic share three times; it is written once.
            save_model(self.policy, str(folder / WEIGHTS))
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
            check_env_id(config.env_id, path)
            env = gym.make(config.env_id, view="array", **config.place)
            policy = build_policy(config, env)
        with checkpoint.reading(path, WEIGHTS):
            load_model(policy, place / WEIGHTS)
        with checkpoint.reading(path, COST):
            cost = Cost(**json.loads((place / COST).read_text(encoding="utf-8")))
        policy.set_training_mode(False)
        return cls(policy, config, cost)


def check_env_id(env_id: object, path: Path) -> None:
    """See that a checkpoint asks for an environment of ours: gymnasium imports whatever module another id names.

    Raises:
        BadCheckpoint: another one.
    """
    if env_id not in reason_arena.envs.IDS:
        raise BadCheckpoint(f"{path}: expected a specialist of an environment of ours, got one of {env_id!r}")


def _stream(seed: int, repeat: int) -> np.random.Generator:
    return np.random.default_rng([seed, repeat])


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
    seen = extractor.multiplications() if isinstance(extractor := policy.features_extractor, GameNet) else 0
    actor = [*policy.mlp_extractor.policy_net.parameters(), *policy.action_net.parameters()]
    return 2.0 * (seen + sum(weight.numel() for weight in actor if weight.ndim == 2))


def train_flops(policy: ActorCriticPolicy, n_epochs: int) -> float:
    """FLOPs of a step of training: two for each multiplication to collect it, six to learn from it in each epoch.

    Four in the layers that see the observation as it is: what they see has no gradient.
    """
    if isinstance(policy, GatheredPolicy):
        return policy.net.multiplications(value=True) * (2.0 + 6.0 * n_epochs) - 2.0 * policy.net.seeing() * n_epochs
    matrices = {name: weight.numel() for name, weight in policy.named_parameters() if weight.ndim == 2}
    if isinstance(policy.features_extractor, GameNet):
        critic = [*policy.mlp_extractor.value_net.parameters(), *policy.value_net.parameters()]
        once = forward_flops(policy) / 2 + sum(weight.numel() for weight in critic if weight.ndim == 2)
        return once * (2.0 + 6.0 * n_epochs)
    recurrent = any("lstm" in name for name in matrices)
    seeing = ("weight_ih_l0",) if recurrent else ("policy_net.0.weight", "value_net.0.weight")
    first = sum(count for name, count in matrices.items() if name.endswith(seeing))
    return sum(matrices.values()) * (2.0 + 6.0 * n_epochs) - 2.0 * first * n_epochs
