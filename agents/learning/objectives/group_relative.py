"""Group-relative policy optimisation and what counts its clipping."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from .divergence import k3

Normalisation = Literal["token", "sequence", "constant"]


def grpo(
    logprobs: Tensor,
    behaviour: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    beta: float = 0.0,
    reference: Tensor | None = None,
    normalisation: Normalisation = "token",
    constant: float = 1.0,
    total: float | None = None,
) -> Tensor:
    r"""Group-relative policy optimisation: PPO's clipped surrogate with an advantage that needs no critic.

    With $\rho_{it} = \pi(y_{it}) / \pi_\mathrm{behaviour}(y_{it})$ and
    $g_{it} = \min(\rho_{it} A_i, \mathrm{clip}(\rho_{it}, 1 - \epsilon_\mathrm{low}, 1 + \epsilon_\mathrm{high}) A_i)
    - \beta\, k_{3,it}$ the loss is minus

    - "sequence": $\frac{1}{B} \sum_i \frac{1}{T_i} \sum_t g_{it}$, GRPO (Shao et al. 2024, arXiv:2402.03300,
      equation 3); a long wrong answer costs no more than a short one.
    - "token": $\frac{1}{\sum_i T_i} \sum_{i,t} g_{it}$, DAPO (Yu et al. 2025, arXiv:2503.14476, equation 8, where
      `clip_high` is 0.28 and `beta` 0).
    - "constant": $\frac{1}{B\,C} \sum_{i,t} g_{it}$ with $C$ the longest completion allowed, Dr. GRPO (Liu et al. 2025,
      arXiv:2503.20783, section 3.2).

    The advantages come from `batch.group_advantages`. $k_3 = e^d - d - 1$ with $d = \log \pi_\mathrm{ref} - \log \pi$
    (Schulman 2020, "Approximating KL divergence") estimates $KL(\pi \| \pi_\mathrm{ref})$ on tokens that $\pi$ drew;
    put into a loss as here, its gradient is that of the forward KL.

    Args:
        logprobs: (B, T) of the sampled tokens now, with gradient, at the temperature they were sampled with.
        behaviour: (B, T) of the same tokens when they were sampled.
        advantage: (B,), constant over a completion.
        mask: (B, T).
        clip_low: how far the ratio may fall below 1 and still be rewarded.
        clip_high: how far it may rise above 1.
        beta: weight of the KL penalty; 0 needs no reference.
        reference: (B, T) log-probabilities under the reference policy, without gradient.
        normalisation: what the sum is divided by.
        constant: C, for "constant".
        total: for a piece of a batch, the whole batch's number of tokens ("token") or of sequences (the others).
    """
    weight = mask.to(logprobs.dtype)
    ratio = torch.exp((logprobs - behaviour) * weight)  # (B, T); exactly 1 where nothing was chosen
    clipped = ratio.clamp(1 - clip_low, 1 + clip_high)
    gain = torch.minimum(ratio * advantage[:, None], clipped * advantage[:, None])  # (B, T)
    if beta:
        if reference is None:
            raise ValueError(f"beta={beta} weighs a divergence from a reference policy: give its log-probabilities")
        gain = gain - beta * k3(logprobs, reference, weight)
    gain = gain * weight
    if normalisation == "token":
        return -gain.sum() / (weight.sum() if total is None else total)
    sequences = len(logprobs) if total is None else total
    if normalisation == "sequence":
        return -(gain.sum(dim=1) / weight.sum(dim=1).clamp(min=1)).sum() / sequences
    return -gain.sum() / (sequences * constant)


def clipped_fraction(
    logprobs: Tensor, behaviour: Tensor, advantage: Tensor, mask: Tensor, clip_low: float, clip_high: float
) -> Tensor:
    """Share of the chosen tokens whose gradient the clip of `grpo` removes: a number in [0, 1]. Shapes as in `grpo`."""
    weight = mask.to(logprobs.dtype)
    ratio = torch.exp((logprobs - behaviour) * weight)
    gain = advantage[:, None]
    removed = ((ratio > 1 + clip_high) & (gain > 0)) | ((ratio < 1 - clip_low) & (gain < 0))
    return (removed * weight).sum() / weight.sum()
