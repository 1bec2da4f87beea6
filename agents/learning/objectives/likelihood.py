"""Likelihood: pre-training, supervised fine-tuning, and how likely a whole completion is."""

from __future__ import annotations

from torch import Tensor

from ..masks import keep, masked_mean


def next_token(
    logprobs: Tensor,
    mask: Tensor,
    total: float | None = None,
    smoothing: float = 0.0,
    evenly: Tensor | None = None,
) -> Tensor:
    r"""Negative log-likelihood a token: pre-training and supervised fine-tuning.

    $-\frac{1}{\sum_{i,t} m_{it}} \sum_{i,t} m_{it} \log \pi(y_{it} \mid y_{i,<t})$, the mean over all tokens.

    Args:
        logprobs: (B, T) of the tokens that stand there, with gradient.
        mask: (B, T).
        total: tokens in the whole batch, if this is a piece of one.
        smoothing: label smoothing (Szegedy et al. 2016, arXiv:1512.00567, section 7): the share of each target that is
            spread evenly over the vocabulary, so that no token is ruled out.
        evenly: (B, T) mean log-probability over the vocabulary, for smoothing.
    """
    if smoothing:
        if evenly is None:
            raise ValueError(f"smoothing={smoothing} needs the mean log-probability over the vocabulary")
        logprobs = (1 - smoothing) * logprobs + smoothing * evenly
    return -masked_mean(logprobs, mask, total)


def sequence_logprobs(logprobs: Tensor, mask: Tensor) -> Tensor:
    """Log-probability of each completion: (B,) nats, the sum over its tokens, with gradient. What `dpo` compares."""
    return keep(logprobs, mask).sum(dim=1)
