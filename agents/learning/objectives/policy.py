"""Policy gradients: REINFORCE, and PPO with its critic."""

from __future__ import annotations

import torch
from torch import Tensor

from ..masks import keep, masked_mean
from .surrogate import clipped_surrogate, importance_ratio, per_token


def reinforce(logprobs: Tensor, advantage: Tensor, mask: Tensor, total: float | None = None) -> Tensor:
    r"""Policy gradient with a baseline, for tokens drawn from the very policy that is trained.

    $-\frac{1}{B} \sum_{i,t} m_{it} A_{it} \log \pi(y_{it} \mid y_{i,<t})$ (Williams 1992, "Simple statistical
    gradient-following algorithms for connectionist reinforcement learning", section 5). The sum over a sequence's
    tokens is the log-probability of the sequence, so the mean is over sequences: its gradient estimates that of the
    expected reward. It is the gradient of `grpo` with ratio 1 and normalisation "constant", C = 1.

    Args:
        logprobs: (B, T) of the sampled tokens, with gradient.
        advantage: (B,), constant over a completion, or (B, T). Carries no gradient.
        mask: (B, T).
        total: sequences in the whole batch, if this is a piece of one.
    """
    weighed = per_token(advantage, mask) * keep(logprobs, mask)
    return -weighed.sum() / (len(logprobs) if total is None else total)


def ppo(
    logprobs: Tensor,
    behaviour: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    dual_clip: float | None = None,
    total: float | None = None,
) -> Tensor:
    r"""Proximal policy optimisation, a token a step: minus the mean of `clipped_surrogate` over all tokens.

    Schulman et al. 2017 (arXiv:1707.06347), equation 7; the whole of their equation 9 is this plus `value_loss` and
    `entropy_bonus`, each with its coefficient. The advantages come from `advantages.gae`.

    Args:
        logprobs: (B, T) of the sampled tokens now, with gradient, at the temperature they were sampled with.
        behaviour: (B, T) of the same tokens when they were sampled. Carries no gradient.
        advantage: (B, T), or (B,) if it is constant over a completion. Carries no gradient.
        mask: (B, T).
        clip_low: how far the ratio may fall below 1 and still be rewarded.
        clip_high: how far it may rise above 1.
        dual_clip: bound on the ratio of a token with a negative advantage.
        total: tokens in the whole batch, if this is a piece of one.
    """
    ratio = importance_ratio(logprobs, behaviour, mask)
    gain = clipped_surrogate(ratio, per_token(advantage, mask), clip_low, clip_high, dual_clip)
    return -masked_mean(gain, mask, total)


def value_loss(
    values: Tensor,
    old_values: Tensor,
    returns: Tensor,
    mask: Tensor,
    clip: float | None = None,
    total: float | None = None,
) -> Tensor:
    r"""The critic's loss: half the squared error of its estimates, the mean over all tokens.

    $\frac{1}{2} \max\big((V - R)^2, (\bar V - R)^2\big)$ with
    $\bar V = V_\mathrm{old} + \mathrm{clip}(V - V_\mathrm{old}, -c, c)$: an estimate that has moved by more than $c$
    towards its target has no gradient left. The clip is that of OpenAI's PPO, not of its paper (Huang et al. 2022, "The
    37 implementation details of proximal policy optimization", detail 9).

    Args:
        values: (B, T) estimates now, with gradient, in units of reward.
        old_values: (B, T) estimates when the tokens were sampled. Carries no gradient.
        returns: (B, T) what they should have been, from `advantages.gae`. Carries no gradient.
        mask: (B, T).
        clip: c, in units of reward; None for the plain squared error.
        total: tokens in the whole batch, if this is a piece of one.
    """
    values, before, target = keep(values, mask), keep(old_values.detach(), mask), keep(returns.detach(), mask)
    error = (values - target).square()
    if clip is not None:
        near = before + (values - before).clamp(-clip, clip)
        error = torch.maximum(error, (near - target).square())
    return masked_mean(error, mask, total) / 2


def entropy_bonus(entropy: Tensor, mask: Tensor, total: float | None = None) -> Tensor:
    """Minus the mean entropy over all tokens, to be added to a loss with a coefficient: it keeps a policy exploring.

    Williams and Peng 1991, "Function optimization using connectionist reinforcement learning algorithms".

    Args:
        entropy: (B, T) nats, of the distribution that each token was drawn from, with gradient.
        mask: (B, T).
        total: tokens in the whole batch, if this is a piece of one.
    """
    return -masked_mean(entropy, mask, total)
