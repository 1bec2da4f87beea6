"""Masks: which tokens of a padded batch count. Shapes: (B, T) is B sequences of T tokens.

A mask is bool or float, 1 where the policy (or the teacher) chose the token and 0 on prompts, tool output and padding.
"""

from __future__ import annotations

from torch import Tensor, where


def keep(values: Tensor, mask: Tensor) -> Tensor:
    """The values on the mask and 0 off it, in the shape and dtype of `values`.

    A product would let inf and nan through, into the value or into the gradient; this choice does not.
    """
    return where(mask.bool(), values, 0.0)


def masked_mean(values: Tensor, mask: Tensor, total: float | None = None) -> Tensor:
    """Mean over the tokens on the mask: a number; 0 where there are none.

    Args:
        values: (B, T).
        mask: (B, T).
        total: tokens in the whole batch, if this is a piece of one.
    """
    return keep(values, mask).sum() / (mask.bool().sum().clamp(min=1) if total is None else total)
