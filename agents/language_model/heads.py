"""From hidden states to log-probabilities, a chunk of tokens at a time: no (tokens x vocabulary) tensor is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..learning.checkpoint import reading

HEADS = "heads.safetensors"
CHUNK = 2**24
"""numbers in the logits of a chunk: 64 MB in float32, so that the output layer's own size does not tell"""
ELSEWHERE = 8
"""times as many are in a chunk where there is more memory, and launching costs more than computing"""


class ScalarHead(nn.Linear):
    """A number from a hidden state: a value or a reward. It begins with 0 everywhere."""

    def __init__(self, width: int) -> None:
        super().__init__(width, 1, bias=True)
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)


def save_heads(heads: nn.ModuleDict, folder: Path) -> None:
    """Write the weights of heads, if there are any, as safetensors."""
    if len(heads):
        save_file({name: weight.cpu().contiguous() for name, weight in heads.state_dict().items()}, folder / HEADS)


def load_heads(heads: nn.ModuleDict, folder: Path) -> None:
    """Read them back.

    Raises:
        BadCheckpoint: not there, unreadable, or of other heads.
    """
    if len(heads):
        with reading(folder, HEADS):
            heads.load_state_dict(load_file(folder / HEADS))


def token_statistics(
    hidden: Tensor, head: nn.Module, tokens: Tensor, temperature: float = 1.0
) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probability of each token, mean log-probability over the vocabulary, and entropy.

    Args:
        hidden: (n, width) the state before each token.
        head: output layer.
        tokens: (n,).
        temperature: divides the logits.

    Returns:
        Three tensors (n,), float32 or wider, in nats, with gradient.
    """
    if type(head) is nn.Linear and head.bias is None:
        found: tuple[Tensor, Tensor, Tensor] = _Statistics.apply(hidden, head.weight, tokens, temperature)
        return found

    def chunk(states: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        distribution = torch.log_softmax(_wide(head(states)) / temperature, dim=-1)
        return (
            distribution.gather(-1, chosen[:, None])[:, 0],
            distribution.mean(dim=-1),
            -(distribution.exp() * distribution).sum(dim=-1),
        )

    parts = in_chunks(chunk, getattr(head, "out_features", 2**15), hidden, tokens)
    first, second, third = (torch.cat(part) for part in zip(*parts, strict=True))
    return first, second, third


def in_chunks(function: Callable[..., Any], vocabulary: int, *tensors: Tensor) -> list[Any]:
    """A function of rows, applied to chunks of them; backward computes each chunk anew instead of keeping it.

    Args:
        function: tensors (m, ...) to whatever.
        vocabulary: how many numbers it makes of a row.
        tensors: (n, ...) each.
    """
    size = _rows(vocabulary, tensors[0])
    pieces = zip(*(torch.split(tensor, size) for tensor in tensors), strict=True)
    return [checkpoint(function, *piece, use_reentrant=False) for piece in pieces]


def _rows(vocabulary: int, hidden: Tensor) -> int:
    """Of a chunk."""
    return max(1, CHUNK * (1 if hidden.device.type == "cpu" else ELSEWHERE) // vocabulary)


def _wide(logits: Tensor) -> Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()


class _Statistics(torch.autograd.Function):
    r"""What `token_statistics` returns, with logits computed anew in backward.

    With logits $z$, $p = \mathrm{softmax}(z)$ and $\ell = \log p$: $\partial \ell_y / \partial z = e_y - p$, the mean's
    is $1/V - p$, and the entropy's is $-p (\ell + H)$.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, tokens: Tensor, temperature: float) -> tuple[Tensor, ...]:
        size = _rows(len(weight), hidden)
        found: list[tuple[Tensor, ...]] = []
        for states, chosen in zip(torch.split(hidden, size), torch.split(tokens, size), strict=True):
            logits = _logits(states, weight, temperature)
            top = logits.amax(dim=-1)
            taken, evenly = logits.gather(-1, chosen[:, None])[:, 0] - top, logits.mean(dim=-1) - top
            odds = logits.sub_(top[:, None]).exp()
            total = odds.sum(dim=-1)
            normaliser = total.log()
            spread = odds.mul_(logits).sum(dim=-1) / total
            found.append((taken - normaliser, evenly - normaliser, normaliser - spread, normaliser + top))
        logprobs, evenly, entropy, normalisers = (torch.cat(each) for each in zip(*found, strict=True))
        ctx.save_for_backward(hidden, weight, tokens, entropy, normalisers)
        ctx.temperature = temperature
        return logprobs, evenly, entropy

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, tokens, entropy, normalisers = ctx.saved_tensors
        size = _rows(len(weight), hidden)
        by_state = torch.empty_like(hidden)
        by_weight = torch.zeros_like(weight, dtype=_wide(weight[:0]).dtype) if ctx.needs_input_grad[1] else None
        first, second, third = gradients
        # d/dz = g1 (e_y - p) + g2 (1/V - p) - g3 p (l + H)
        level, spread, even = first + second + third * entropy, bool(third.any()), bool(second.any())
        tensors = (hidden, tokens, normalisers, first, second, third, level, by_state)
        for states, chosen, normaliser, one, two, three, all_, out in zip(
            *(tensor.split(size) for tensor in tensors), strict=True
        ):
            change = _logits(states, weight, ctx.temperature).sub_(normaliser[:, None])
            if spread:
                p = change.exp()
                change.mul_(-three[:, None]).sub_(all_[:, None]).mul_(p)
            else:
                change.exp_().mul_(-all_[:, None])
            if even:
                change += (two / len(weight))[:, None]
            change.scatter_add_(1, chosen[:, None], one[:, None])
            if ctx.temperature != 1:
                change /= ctx.temperature
            out.copy_(change.to(weight.dtype) @ weight)
            if by_weight is not None:
                torch.addmm(by_weight, change.to(by_weight.dtype).T, states.to(by_weight.dtype), out=by_weight)
        return by_state, None if by_weight is None else by_weight.to(weight.dtype), None, None


def _logits(hidden: Tensor, weight: Tensor, temperature: float) -> Tensor:
    logits = _wide(F.linear(hidden, weight.to(hidden.dtype)))
    return logits if temperature == 1 else logits.div_(temperature)
