"""Masked PPO whose policy works out the logits of legal actions only.

Stock MaskablePPO gives every action a logit, legal or not: in chess 1858 of them where some thirty moves are legal.
Here the mask is turned into a list of (row, action) pairs, the network gives one logit a pair, and what is left of a
row is padded to the longest row of the batch. Probabilities, entropies and gradients are those of the dense masked
distribution; no float tensor has a column for each action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer, MaskableRolloutBufferSamples
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.buffers import RolloutBuffer
from torch import Tensor, nn


@dataclass(frozen=True)
class Legal:
    """The ones of a batch of masks: m of them, ordered by row, then by action."""

    rows: Tensor
    """row of each: (m,)"""
    places: Tensor
    """how many come before it in its row: (m,)"""
    actions: Tensor
    """(m,)"""
    shape: tuple[int, int]
    """rows, and length of the longest"""

    @classmethod
    def of(cls, masks: Any) -> Legal:
        """Read masks of zeros and ones, (n, actions) or of one row (actions,), an array or a tensor."""
        dense = np.atleast_2d(np.asarray(masks))
        dense = dense.view(np.bool_) if dense.dtype.itemsize == 1 else dense.astype(np.bool_)
        rows, actions = np.divmod(np.flatnonzero(dense), dense.shape[1])
        counts = np.bincount(rows, minlength=len(dense))
        first = np.cumsum(counts) - counts
        places = np.arange(len(rows)) - first[rows]
        return cls(
            torch.from_numpy(rows),
            torch.from_numpy(places),
            torch.from_numpy(actions),
            (len(dense), int(counts.max(initial=1))),
        )

    def pad(self, values: Tensor, filler: float) -> Tensor:
        """One value a pair, (m,), as rows: (n, longest)."""
        padded = values.new_full(self.shape, filler)
        return padded.index_put((self.rows, self.places), values)


class GatheredCategorical:
    """A categorical distribution over each row's legal actions.

    Args:
        legal: who is legal.
        logits: one a pair, (m,).
    """

    def __init__(self, legal: Legal, logits: Tensor) -> None:
        self._legal = legal
        self._actions = legal.pad(legal.actions, -1)
        # Padding is finite, so that a probability of zero times its logarithm is zero and not nan.
        self._log = torch.log_softmax(legal.pad(logits, torch.finfo(logits.dtype).min), dim=1)

    def log_prob(self, actions: Tensor) -> Tensor:
        """Logarithm of the probability of one action a row, (n,) -> (n,): -inf for an illegal one."""
        hit = self._actions == actions.reshape(-1, 1)
        chosen = self._log.gather(1, hit.to(torch.int8).argmax(1, keepdim=True))[:, 0]
        return torch.where(hit.any(1), chosen, -torch.inf)

    def entropy(self) -> Tensor:
        """In nats, (n,)."""
        return -(self._log.exp() * self._log.clamp_min(torch.finfo(self._log.dtype).min / 2)).sum(1)

    def mode(self) -> Tensor:
        """The likeliest action of each row, of equals the first: (n,)."""
        return self._actions.gather(1, self._log.argmax(1, keepdim=True))[:, 0]

    def sample(self) -> Tensor:
        """One action a row, by torch's global stream: (n,)."""
        return self._actions.gather(1, torch.multinomial(self._log.exp(), 1))[:, 0]

    def at(self, places: Tensor) -> Tensor:
        """The actions on which numbers from 0 to 1 fall that are drawn evenly, (n,) -> (n,): samples of one's own."""
        sums = self._log.double().exp().cumsum(1)
        reached = (sums <= (places * sums[:, -1])[:, None]).sum(1, keepdim=True)
        return self._actions.gather(1, reached)[:, 0]


class GatheringNet(nn.Module):
    """What `GatheredPolicy` asks of a network: a view of the observations, then values of rows and logits of pairs.

    Args:
        actions: how many there are, legal or not.
        widths: of its layers.
    """

    def __init__(self, actions: int, widths: list[int]) -> None:
        nn.Module.__init__(self)

    def encode(self, observations: Tensor) -> Any:
        """Whatever the two others need of a batch."""
        raise NotImplementedError

    def value(self, encoded: Any) -> Tensor:
        """Value of each row: (n, 1)."""
        raise NotImplementedError

    def logits(self, encoded: Any, rows: Tensor, actions: Tensor) -> Tensor:
        """One logit a pair, (m,), (m,) -> (m,)."""
        raise NotImplementedError

    def multiplications(self, value: bool) -> int:
        """Multiplications of a forward pass of one row, with an average number of legal actions.

        Args:
            value: whether the value is asked for too.
        """
        raise NotImplementedError

    def seeing(self) -> int:
        """Those of `multiplications` in layers that see the observation as it is, whose gradient nobody asks for."""
        raise NotImplementedError


class GatheredPolicy(MaskableActorCriticPolicy):
    """An actor-critic policy over legal actions only, by a `GatheringNet`.

    Args:
        observation_space: of the environment.
        action_space: Discrete.
        lr_schedule: of the optimiser.
        net: class of the network, which is built with the number of actions and the widths.
        net_arch: widths of its layers.
        optimizer_kwargs: what Adam is built with.
    """

    net: GatheringNet

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Discrete,
        lr_schedule: Any,
        net: type[GatheringNet],
        net_arch: list[int],
        optimizer_kwargs: dict[str, Any],
    ) -> None:
        self._net_class = net
        super().__init__(
            observation_space, action_space, lr_schedule, net_arch, optimizer_kwargs=optimizer_kwargs, ortho_init=False
        )

    def _build(self, lr_schedule: Any) -> None:
        self.net = self._net_class(int(cast(spaces.Discrete, self.action_space).n), cast(list[int], self.net_arch))
        self.optimizer = torch.optim.Adam(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)

    def _distribution(self, encoded: Any, masks: Any) -> GatheredCategorical:
        legal = Legal.of(masks)
        return GatheredCategorical(legal, self.net.logits(encoded, legal.rows, legal.actions))

    def forward(
        self, obs: Tensor, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, values and logarithms of the actions' probabilities: (n,), (n, 1), (n,)."""
        encoded = self.net.encode(obs)
        distribution = self._distribution(encoded, action_masks)
        actions = distribution.mode() if deterministic else distribution.sample()
        return actions, self.net.value(encoded), distribution.log_prob(actions)

    def evaluate_actions(self, obs: Tensor, actions: Tensor, action_masks: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        """Values, logarithms of the probabilities of given actions, and entropies: (n, 1), (n,), (n,)."""
        encoded = self.net.encode(obs)
        distribution = self._distribution(encoded, action_masks)
        return self.net.value(encoded), distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any, action_masks: Any = None) -> Any:
        """The distribution over the legal actions of each row, a `GatheredCategorical`."""
        return self._distribution(self.net.encode(obs), action_masks)

    def predict_values(self, obs: Any) -> Tensor:
        """Values alone: (n, 1)."""
        return self.net.value(self.net.encode(obs))

    def _predict(self, observation: Any, deterministic: bool = False, action_masks: Any = None) -> Tensor:
        distribution: GatheredCategorical = self.get_distribution(observation, action_masks)
        return distribution.mode() if deterministic else distribution.sample()


class BitMaskBuffer(MaskableRolloutBuffer):
    """A rollout buffer that keeps a mask in bits, where SB3's keeps a float of four bytes for each action.

    What a minibatch gets is bytes: MaskablePPO only hands the masks on to the policy.
    """

    def reset(self) -> None:
        """Empty the buffer."""
        RolloutBuffer.reset(self)
        self.mask_dims = int(cast(spaces.Discrete, self.action_space).n)
        self.action_masks = np.zeros((self.buffer_size, self.n_envs, -(-self.mask_dims // 8)), np.uint8)

    def add(self, *args: Any, action_masks: NDArray[Any] | None = None, **kwargs: Any) -> None:
        """Add a step of all environments, masks (n, actions)."""
        assert action_masks is not None, "the policy needs masks"
        self.action_masks[self.pos] = np.packbits(action_masks.astype(np.bool_, copy=False), axis=-1)
        RolloutBuffer.add(self, *args, **kwargs)

    def _get_samples(self, batch_inds: NDArray[np.int64], env: Any = None) -> Any:
        masks = np.unpackbits(self.action_masks[batch_inds], axis=-1, count=self.mask_dims)
        return MaskableRolloutBufferSamples(
            self.to_torch(self.observations[batch_inds]),
            self.to_torch(self.actions[batch_inds]),
            self.to_torch(self.values[batch_inds].flatten()),
            self.to_torch(self.log_probs[batch_inds].flatten()),
            self.to_torch(self.advantages[batch_inds].flatten()),
            self.to_torch(self.returns[batch_inds].flatten()),
            action_masks=cast(Tensor, masks),
        )
