"""Advantages: how much better a completion, or a token of it, did than was to be expected."""

from __future__ import annotations

import torch
from torch import Tensor


def group_advantages(rewards: Tensor, group: int, scale: bool = False, epsilon: float = 1e-4) -> Tensor:
    """Reward less the mean of its group, over the group's standard deviation if `scale`.

    With `scale` as in GRPO (Shao et al. 2024, arXiv:2402.03300, section 4.1.2), without as in Dr. GRPO (Liu et al.
    2025, arXiv:2503.20783), which shows that the division favours questions that are nearly always or never solved.

    Args:
        rewards: (B,), group after group.
        group: how many completions share a prompt; it divides B.
        scale: divide by the standard deviation (of a sample: n - 1) plus `epsilon`.
        epsilon: in units of reward.

    Returns:
        (B,). Exactly zero in a group of equal rewards: rounding must not pass for a difference.
    """
    grouped = rewards.view(-1, group)
    advantage = grouped - grouped.mean(dim=1, keepdim=True)
    if scale:
        advantage = advantage / (grouped.std(dim=1, keepdim=True) + epsilon)
    return torch.where(informative(rewards, group)[:, None], advantage, 0.0).flatten()


def informative(rewards: Tensor, group: int) -> Tensor:
    """(B / group,) bool: False for a group whose rewards are all equal, which has nothing to teach."""
    grouped = rewards.view(-1, group)
    return grouped.amax(dim=1) > grouped.amin(dim=1)
