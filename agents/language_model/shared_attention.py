r"""Attention of rows behind prompts that they share, on a CPU: products of matrices, a block at a time, nothing kept.

Each query looks at its prompt, which G rows have in common and which stands in memory once, and at its own row up to
itself. With scores $s = c\,q k^\top$ of both parts under one softmax, $p = \exp(s - \mathrm{lse}(s))$ and $o = p v$.
Backward computes $p$ anew from the log-sum-exp that was kept (Dao et al. 2022, FlashAttention, algorithm 4):
$\partial v = p^\top \partial o$, $\partial s = p \odot (\partial o\,v^\top - \langle \partial o, o \rangle)$,
$\partial q = c\,\partial s\,k$, $\partial k = c\,\partial s^\top q$.

Shapes: P prompts of L tokens, G rows each of S tokens, K key-value heads for R query heads each, D numbers a head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

BLOCK = 2**20
"""scores computed at a time: 4 MB in float32, about what stays in a cache"""
Place = tuple[slice, slice]
"""a range of prompts, and a range of places in the rows behind them"""


def shared_attention(
    query: Tensor, key: Tensor, value: Tensor, scale: float, keys: Tensor, values: Tensor, lengths: Tensor
) -> Tensor:
    """Attention, with gradient.

    Args:
        query: (P * G, S, K * R, D), the rows of a prompt one after the other.
        key: (P * G, S, K, D) of the rows themselves.
        value: (P * G, S, K, D).
        scale: what scores are multiplied by.
        keys: (P, L, K, D) of the prompts.
        values: (P, L, K, D).
        lengths: (P,) how many of its L tokens each prompt has.

    Returns:
        (P * G, S, K * R, D).
    """
    mixed: Tensor = _SharedAttention.apply(query, key, value, keys, values, lengths, scale)  # type: ignore[no-untyped-call]
    return mixed


@dataclass(frozen=True)
class _Part:
    """Keys and values that stand together: of rows (p, K, G, s, D), or of prompts (p, K, L, D), which G rows share."""

    key: Tensor
    value: Tensor
    bias: Tensor
    """of the scores, (p, 1, 1, 1, L) or (s, s): -inf where none may look"""
    shared: bool

    def against(self, rows: Tensor, other: Tensor) -> Tensor:
        """(p, K, G, M, D) times keys or values: (p, K, G, M, n)."""
        return (self._laid(rows) @ other.transpose(-1, -2)).view(*rows.shape[:-1], -1)

    def mixed(self, weights: Tensor, other: Tensor) -> Tensor:
        """(p, K, G, M, n) times keys or values: (p, K, G, M, D)."""
        return (self._laid(weights) @ other).view(*weights.shape[:-1], -1)

    def gathered(self, weights: Tensor, rows: Tensor) -> Tensor:
        """What keys or values get from (p, K, G, M, D)."""
        return self._laid(weights).transpose(-1, -2) @ self._laid(rows)

    def scores(self, asked: Tensor, scale: float, inner: int) -> Tensor:
        """Scores (p, K, G, M, n); of each query head's `inner` places the last keys are the own ones."""
        found = self.against(asked, self.key).mul_(scale)
        if self.shared:
            return found.add_(self.bias)
        found.view(*found.shape[:3], -1, inner, found.shape[-1])[..., -inner:] += self.bias
        return found

    def _laid(self, rows: Tensor) -> Tensor:
        """Rows of one prompt under one another, if they share it."""
        return rows.flatten(2, 3) if self.shared else rows


class _Work:
    """The tensors with heads before places, and the blocks they are worked through in."""

    def __init__(
        self, query: Tensor, key: Tensor, value: Tensor, keys: Tensor, values: Tensor, lengths: Tensor
    ) -> None:
        self.prompts, self.heads, places = len(keys), key.shape[2], keys.shape[1]
        self.query = self.headed(query)
        self.key, self.value = (self.headed(each)[:, :, :, 0] for each in (key, value))
        self.keys, self.values = keys.transpose(1, 2).contiguous(), values.transpose(1, 2).contiguous()
        beyond = torch.arange(places, device=lengths.device) >= lengths[:, None, None, None, None]  # (P, 1, 1, 1, L)
        self.beyond = query.new_zeros(beyond.shape).masked_fill_(beyond, -torch.inf)
        steps = query.shape[1]
        self.ahead = query.new_full((steps, steps), -torch.inf).triu_(1)

    def headed(self, rows: Tensor) -> Tensor:
        """(P * G, S, K * R, D) as (P, K, G, R, S, D)."""
        count, steps, _, size = rows.shape
        groups = count // self.prompts
        return rows.view(self.prompts, groups, steps, self.heads, -1, size).permute(0, 3, 1, 4, 2, 5).contiguous()

    def places(self) -> Iterator[Place]:
        """Blocks of about BLOCK scores."""
        _, heads, groups, shared, steps, _ = self.query.shape
        wide = steps + self.keys.shape[2]
        one = heads * groups * shared * wide  # scores of one place of a prompt's rows
        size = max(1, min(steps, BLOCK // one))
        more = max(1, BLOCK // (one * steps))
        for first in range(0, self.prompts, more):
            for begin in range(0, steps, size):
                yield slice(first, first + more), slice(begin, min(begin + size, steps))

    def parts(self, place: Place) -> list[_Part]:
        """What the queries of a block look at."""
        at, steps = place
        inner = steps.stop - steps.start
        upto = at, slice(None), slice(None), slice(steps.stop)
        own = _Part(self.key[upto], self.value[upto], self.ahead[:inner, :inner], False)
        if not self.keys.shape[2]:
            return [own]
        return [_Part(self.keys[at], self.values[at], self.beyond[at], True), own]


def _taken(rows: Tensor, place: Place) -> Tensor:
    """The block (p, K, G, R * s, D) of (P, K, G, R, S, D)."""
    return rows[place[0], :, :, :, place[1]].flatten(3, 4)


def _put(rows: Tensor, place: Place, block: Tensor) -> None:
    there = rows[place[0], :, :, :, place[1]]
    there.copy_(block.view(there.shape))


def _gain(total: Tensor, place: Place, part: _Part, more: Tensor) -> None:
    """Add what keys or values get from a block; blocks come in order, so what is new to one holds nothing yet."""
    at, steps = place
    known = steps.start if not part.shared else total.shape[2] if steps.start else 0
    there = total[at] if part.shared else total[at, :, :, : steps.stop]
    there[..., :known, :] += more[..., :known, :]
    there[..., known:, :] = more[..., known:, :]


def _back(rows: Tensor) -> Tensor:
    """(P, K, G, R, S, D) as (P * G, S, K * R, D)."""
    return rows.permute(0, 2, 4, 1, 3, 5).flatten(0, 1).flatten(2, 3)


class _SharedAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Tensor:
        *tensors, scale = inputs
        work = _Work(*tensors)
        mixed, sums = torch.empty_like(work.query), work.query.new_empty(*work.query.shape[:-1], 1)
        for place in work.places():
            parts, asked, inner = work.parts(place), _taken(work.query, place), place[1].stop - place[1].start
            scores = [part.scores(asked, scale, inner) for part in parts]
            top = torch.stack([each.amax(-1, keepdim=True) for each in scores]).amax(0)
            weights = [each.sub_(top).exp_() for each in scores]
            total = torch.stack([each.sum(-1, keepdim=True) for each in weights]).sum(0)
            out = torch.zeros_like(asked)
            for part, each in zip(parts, weights, strict=True):
                out += part.mixed(each, part.value)
            _put(mixed, place, out / total)
            _put(sums, place, top + total.log())
        ctx.save_for_backward(*tensors, mixed, sums)
        ctx.scale = scale
        return _back(mixed)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        *tensors, mixed, sums = ctx.saved_tensors
        work, scale = _Work(*tensors), ctx.scale
        given = work.headed(gradients[0])
        share = (given * mixed).sum(-1, keepdim=True)  # (P, K, G, R, S, 1)
        by_query = torch.empty_like(work.query)
        sums_of = [torch.empty_like(each) for each in (work.keys, work.values, work.key, work.value)]
        for place in work.places():
            asked, told, inner = _taken(work.query, place), _taken(given, place), place[1].stop - place[1].start
            found: list[Tensor] = []
            for part in work.parts(place):
                by_key, by_value = sums_of[:2] if part.shared else sums_of[2:]
                weights = part.scores(asked, scale, inner).sub_(_taken(sums, place)).exp_()
                _gain(by_value, place, part, part.gathered(weights, told))
                weights.mul_(part.against(told, part.value).sub_(_taken(share, place))).mul_(scale)
                _gain(by_key, place, part, part.gathered(weights, asked))
                found.append(part.mixed(weights, part.key))
            _put(by_query, place, torch.stack(found).sum(0) if len(found) > 1 else found[0])
        keys, values, key, value = sums_of
        back = (_back(by_query), *(_back(each.unsqueeze(3)) for each in (key, value)))
        return (*back, keys.transpose(1, 2), values.transpose(1, 2), None, None)
