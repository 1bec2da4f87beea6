r"""Estimates of the divergence $KL(\pi \| \pi_\mathrm{ref})$ from tokens that $\pi$ drew, in nats a token.

After Schulman 2020, "Approximating KL divergence". With $d = \log \pi_\mathrm{ref}(y_t) - \log \pi(y_t)$, and in the
mean over tokens that $\pi$ drew, this is what an estimate is worth and what its gradient does as a term of a loss:

- `k1` $= -d$. Exact, of high variance, often negative. Gradient $\nabla \log \pi$, zero in the mean: as a loss it
  teaches nothing.
- `k2` $= d^2 / 2$. Biased, by little where the two are close. Gradient $-d\, \nabla \log \pi$, that of
  $KL(\pi \| \pi_\mathrm{ref})$.
- `k3` $= e^d - d - 1$. Exact, of low variance. Gradient $(1 - e^d)\, \nabla \log \pi$, that of
  $KL(\pi_\mathrm{ref} \| \pi)$: the other direction.

So `k1` belongs into the reward, `k2` into the loss and `k3` into the metrics. Times the ratio
$\rho = \pi / \pi_\mathrm{behaviour}$, with its gradient, `k1` and `k3` stay exact where another policy drew the
tokens, and both get the gradient of $KL(\pi \| \pi_\mathrm{ref})$: $\rho\, (1 - d)\, \nabla \log \pi$ and, the same in
the mean, $-\rho\, d\, \nabla \log \pi$ (DeepSeek-V3.2, 2025, arXiv:2512.02556).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..masks import keep


def k1(logprobs: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Log-ratio to the reference policy: (B, T) nats a token, of either sign, 0 off the mask.

    Args:
        logprobs: (B, T) of the sampled tokens, with gradient.
        reference: (B, T) of the same tokens under the reference policy. Carries no gradient.
        mask: (B, T).
    """
    return keep(logprobs - reference.detach(), mask)


def k2(logprobs: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Half the squared log-ratio: (B, T) nats a token, never negative, 0 off the mask. Arguments as in `k1`."""
    return k1(logprobs, reference, mask).square() / 2


def k3(logprobs: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Estimate of the divergence from the reference policy: (B, T) nats a token, never negative, 0 off the mask.

    Arguments as in `k1`.
    """
    difference = -k1(logprobs, reference, mask)
    return torch.exp(difference) - difference - 1
