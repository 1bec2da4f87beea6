r"""What `ppo` and `grpo` share: the ratio of two policies, its clip, and the mean over a batch.

$\rho_{it} = \pi(y_{it}) / \pi_\mathrm{behaviour}(y_{it})$ says how much likelier a token has become since it was drawn.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from ....tasks.errors import UnknownName
from ..masks import keep, masked_mean

Importance = Literal["token", "sequence"]
Normalisation = Literal["token", "sequence", "constant"]


def importance_ratio(logprobs: Tensor, behaviour: Tensor, mask: Tensor, level: Importance = "token") -> Tensor:
    r"""How much likelier the tokens are now than when they were drawn: (B, T), 1 off the mask.

    - "token": $\rho_{it}$.
    - "sequence": $s_i = \exp\big(\frac{1}{T_i} \sum_t \log \rho_{it}\big)$ in every place of a row, with the gradient
      of the place's own token, $s_i \nabla \log \pi(y_{it})$: GSPO-token (Zheng et al. 2025, arXiv:2507.18071, section
      4.3). Under an advantage that is constant over the row its sum has the value and the gradient of GSPO's (equation
      5); under any other, credit stays with its token.

    Args:
        logprobs: (B, T) of the sampled tokens now, with gradient.
        behaviour: (B, T) of the same tokens when they were sampled. Carries no gradient.
        mask: (B, T).
        level: what a ratio belongs to.
    """
    change = keep(logprobs - behaviour.detach(), mask)
    if level == "sequence":
        now = change.detach()
        mean = now.sum(dim=1, keepdim=True) / mask.bool().sum(dim=1, keepdim=True).clamp(min=1)
        change = keep(mean + (change - now), mask)
    elif level != "token":
        raise UnknownName("importance level", level, get_args(Importance))
    return torch.exp(change)


def clipped_surrogate(
    ratio: Tensor, advantage: Tensor, clip_low: float, clip_high: float, dual_clip: float | None = None
) -> Tensor:
    r"""PPO's gain of each token: (B, T), in units of the advantage, to be made large.

    $\min(\rho A, \mathrm{clip}(\rho, 1 - \epsilon_\mathrm{low}, 1 + \epsilon_\mathrm{high}) A)$ (Schulman et al. 2017,
    arXiv:1707.06347, equation 7). The minimum leaves one case open, a token with $A < 0$ that has become much likelier:
    its loss grows with the ratio. `dual_clip` bounds the ratio there, $\max(\ldots, c A)$ where $A < 0$ (Ye et al.
    2020, arXiv:1912.09729; INTELLECT-2, 2025, arXiv:2505.07291, and TRL call $c$ delta).

    Args:
        ratio: (B, T).
        advantage: (B, T) or (B, 1).
        clip_low: how far the ratio may fall below 1 and still be rewarded.
        clip_high: how far it may rise above 1.
        dual_clip: c, at least 1 + clip_high; None leaves the case open.
    """
    clipped = ratio.clamp(1 - clip_low, 1 + clip_high)
    if dual_clip is not None:
        if dual_clip < 1 + clip_high:
            raise ValueError(f"dual_clip={dual_clip}: expected at least 1 + clip_high = {1 + clip_high}, or None")
        ratio = ratio.clamp(max=dual_clip)
    return torch.minimum(ratio * advantage, clipped * advantage)


def per_token(advantage: Tensor, mask: Tensor) -> Tensor:
    """An advantage that fits (B, T), without gradient: (B, 1) of one a row, (B, T), 0 off the mask, of one a token."""
    advantage = advantage.detach()
    return advantage[:, None] if advantage.dim() == 1 else keep(advantage, mask)


def normalise(
    gain: Tensor, mask: Tensor, normalisation: Normalisation, constant: float = 1.0, total: float | None = None
) -> Tensor:
    """The mean gain of a batch: a number. `grpo` says what the normalisations are.

    Args:
        gain: (B, T).
        mask: (B, T).
        normalisation: what the sum is divided by.
        constant: for "constant".
        total: for a piece of a batch, the whole batch's number of tokens ("token") or of sequences (the others).
    """
    if normalisation == "token":
        return masked_mean(gain, mask, total)
    gain, sequences = keep(gain, mask), len(gain) if total is None else total
    if normalisation == "sequence":
        return (gain.sum(dim=1) / mask.bool().sum(dim=1).clamp(min=1)).sum() / sequences
    if normalisation == "constant":
        return gain.sum() / (sequences * constant)
    raise UnknownName("normalisation", normalisation, get_args(Normalisation))


def truncated_importance(logprobs: Tensor, sampled: Tensor, mask: Tensor, cap: float = 2.0) -> Tensor:
    r"""Weights for tokens that another engine drew: (B, T) in [0, cap], without gradient, 1 off the mask.

    $\min(\pi_\mathrm{trainer} / \pi_\mathrm{sampler}, C)$ of the policy that drew the tokens, scored by two programs
    (another kernel, another precision) that do not quite agree. Truncated importance sampling (Ionides 2008, "Truncated
    importance sampling", section 2) trades a small bias for a bounded variance. To be given to `grpo` as `correction`,
    whose `behaviour` is then the trainer's.

    Args:
        logprobs: (B, T) of the sampled tokens by the trainer, with the weights that drew them.
        sampled: (B, T) of the same tokens as the sampler reported them.
        mask: (B, T).
        cap: C.
    """
    return torch.exp(keep(logprobs - sampled, mask)).clamp(max=cap).detach()
