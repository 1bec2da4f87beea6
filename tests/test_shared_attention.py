"""Attention in blocks behind shared prompts, against torch's own over copies of the prompts, in float64."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from reason_arena.agents.language_model import shared_attention as module
from reason_arena.agents.language_model.shared_attention import shared_attention

Case = tuple[list[Tensor], list[Tensor], Tensor]


def inputs(prompts: int, groups: int, steps: int, longest: int, kv_heads: int, shared: int) -> Case:
    """Own query, key and value; the prompts' keys and values; how long the prompts are."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()

    rows = prompts * groups
    own = [draw(rows, steps, heads, 6) for heads in (kv_heads * shared, kv_heads, kv_heads)]
    lengths = torch.tensor([longest - (i % max(longest, 1)) for i in range(prompts)])
    return own, [draw(prompts, longest, kv_heads, 6) for _ in range(2)], lengths


def expected(own: list[Tensor], known: list[Tensor], lengths: Tensor, scale: float) -> Tensor:
    query, key, value = own
    groups, steps, longest = len(query) // len(lengths), query.shape[1], known[0].shape[1]
    keys, values = (
        torch.cat([before.repeat_interleave(groups, 0), mine], 1).transpose(1, 2)
        for before, mine in zip(known, (key, value), strict=True)
    )
    there = (torch.arange(longest) < lengths[:, None]).repeat_interleave(groups, 0)[:, None]
    mask = torch.cat(
        [
            there.expand(len(query), steps, longest),
            torch.ones(steps, steps, dtype=torch.bool).tril().expand(len(query), -1, -1),
        ],
        dim=-1,
    )
    mixed = F.scaled_dot_product_attention(
        query.transpose(1, 2), keys, values, mask[:, None], scale=scale, enable_gqa=True
    )
    return mixed.transpose(1, 2)


@pytest.mark.parametrize("block", [2**20, 150, 1])
@pytest.mark.parametrize("shape", [(3, 2, 5, 4, 2, 3), (2, 1, 7, 0, 1, 1), (1, 3, 6, 9, 2, 1), (4, 1, 1, 3, 1, 2)])
def test_values_and_gradients_are_those_of_torchs_attention(
    shape: tuple[int, int, int, int, int, int], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    own, known, lengths = inputs(*shape)
    mine, theirs = shared_attention(*own, 0.3, *known, lengths), expected(own, known, lengths, 0.3)
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)
    weights = torch.randn(mine.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    gradients = [torch.autograd.grad((mixed * weights).sum(), own + known) for mixed in (mine, theirs)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)


def test_what_a_prompt_lacks_is_never_looked_at() -> None:
    own, known, lengths = inputs(3, 2, 5, 4, 1, 1)
    before = shared_attention(*own, 0.3, *known, lengths)
    for each in known:
        each.data[1, int(lengths[1]) :] = 1e6
    assert torch.equal(before, shared_attention(*own, 0.3, *known, lengths))
