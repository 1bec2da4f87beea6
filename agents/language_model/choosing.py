"""A token a row, drawn from logits by inverting the cumulative distribution: one random number a row."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 256
"""probabilities that are added up together; only those of the block that a draw falls into are looked at one by one"""
IMPOSSIBLE = -110.0
"""nats: in float32 such a probability is 0"""


def choose(logits: Tensor, temperature: float, uniforms: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a token a row, whatever the size of the vocabulary.

    Args:
        logits: (B, V) float32.
        temperature: divides the logits; 0 takes the largest.
        uniforms: (B,) in [0, 1), float64, on the CPU.

    Returns:
        Token ids (B,), their log-probabilities (B,) and the entropy (B,) of what they were drawn from, in nats; all on
        the CPU.
    """
    if logits.device.type == "mps":
        logits = logits.cpu()  # Metal has no float64
    logprobs = torch.log_softmax(logits / temperature if temperature not in (0, 1) else logits, dim=-1)
    logprobs.clamp_(min=IMPOSSIBLE)  # so that 0 times it is 0
    p = logprobs.exp()
    drawn = _inverted(p, uniforms.to(p.device)) if temperature > 0 else logprobs.argmax(dim=-1)
    chosen = logprobs.gather(-1, drawn[:, None])[:, 0]
    entropies = -p.mul_(logprobs).sum(dim=-1)
    told = torch.stack([drawn.double(), chosen.double(), entropies.double()]).cpu()  # together: to wait once
    return told[0].long(), told[1].to(p.dtype), told[2].to(p.dtype)


def _inverted(p: Tensor, uniforms: Tensor) -> Tensor:
    """(B,) the place where the sum of probabilities (B, V) first exceeds a share (B,) of all of it."""
    rows, count = p.shape
    if count <= 2 * BLOCK:
        return _first_above(p, uniforms[:, None])[:, 0]
    blocks = (F.pad(p, (0, -count % BLOCK)) if count % BLOCK else p).view(rows, -1, BLOCK)
    sums = blocks.sum(dim=-1).double()
    block = _first_above(sums, uniforms[:, None])
    upto = sums.cumsum(dim=-1)
    size = sums.gather(1, block)
    left = (uniforms[:, None] * upto[:, -1:] - upto.gather(1, block) + size) / size
    inside = blocks.gather(1, block[:, :, None].expand(-1, 1, BLOCK))[:, 0]
    place = _first_above(inside, left.clamp(0, 1 - 2**-53))
    return (block * BLOCK + place)[:, 0].clamp(max=count - 1)


def _first_above(weights: Tensor, share: Tensor) -> Tensor:
    """(B, 1) the first of weights (B, n) with which their sum exceeds a share (B, 1), below 1, of all."""
    upto = weights.cumsum(dim=-1, dtype=torch.float64)
    # Of the sum itself, which rounding leaves just off 1, so that the last weight that is not 0 is never overrun.
    return torch.searchsorted(upto, share * upto[:, -1:], right=True).clamp(max=weights.shape[1] - 1)
