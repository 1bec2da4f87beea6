"""Objectives: pure functions from log-probabilities to one number to be made small.

Shapes throughout: (B, T) is B sequences of T tokens, in nats where it is a log-probability. `mask` is 1 where the
policy (or the teacher) chose the token and 0 on prompts, tool output and padding; what stands off it changes neither
value nor gradient. A batch that does not fit into memory is given piece by piece with `total`, the normaliser of the
whole batch; the losses of the pieces then add up. Advantages come from `learning.advantages`.
"""

from __future__ import annotations

from .distillation import Divergence, distillation, distillation_advantage, token_divergence
from .divergence import k1, k2, k3
from .group_relative import VARIANTS, Kl, Surrogate, clipped_fraction, grpo
from .likelihood import next_token, sequence_logprobs
from .policy import entropy_bonus, ppo, reinforce, value_loss
from .preference import dpo, dpo_margin, reward_model
from .surrogate import Importance, Normalisation, importance_ratio, truncated_importance

__all__ = [
    "VARIANTS",
    "Divergence",
    "Importance",
    "Kl",
    "Normalisation",
    "Surrogate",
    "clipped_fraction",
    "distillation",
    "distillation_advantage",
    "dpo",
    "dpo_margin",
    "entropy_bonus",
    "grpo",
    "importance_ratio",
    "k1",
    "k2",
    "k3",
    "next_token",
    "ppo",
    "reinforce",
    "reward_model",
    "sequence_logprobs",
    "token_divergence",
    "truncated_importance",
    "value_loss",
]
