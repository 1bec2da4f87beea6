"""Attention over tokens laid end to end: no padding, and each prompt read once however many rows go on from it.

A transformers model is given one row of tokens, (1, N), and their positions. Everything in it works on single tokens,
except attention; that is replaced here through transformers' own `AttentionInterface`, so any model that goes through
it can be trained and stepped this way. Who may look at whom is the business of a `Layout` (a batch: prompts, then the
sequences behind them) or of the sampler's key-value store; both have a method `attend`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from ...tasks.errors import BadConfig
from ..learning.batch import Batch
from .precision import full_precision
from .shared_attention import shared_attention

NAME = "reason_packed"
ALIGNED = 16
"""torch's kernels copy a mask whose rows do not begin at multiples of so many numbers"""
Pair = tuple[Tensor, Tensor]
"""keys and values"""


class Attends(Protocol):
    """Whoever knows which tokens look at which."""

    @property
    def span(self) -> int:
        """No token looks back over more tokens than these, itself included."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Mix values.

        Args:
            layer: index of the layer.
            query: (N, H, D), positions already turned in.
            key: (N, K, D); K divides H.
            value: (N, K, D).
            scale: what scores are multiplied by.

        Returns:
            (N, H, D).
        """


def _packed(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    *,
    packed: Attends,
    **settings: Any,
) -> tuple[Tensor, None]:
    """What transformers calls: (1, H, N, D) in, (1, N, H, D) out."""
    window = settings.get("sliding_window")
    if (window and window < packed.span) or settings.get("softcap") or settings.get("is_causal") is False:
        told = {name: settings[name] for name in ("sliding_window", "softcap", "is_causal") if settings.get(name)}
        raise BadConfig(
            f"{type(module).__name__} wants attention with {told or 'no causal order'}: expected a model that looks "
            f"back over the whole context, here up to {packed.span} tokens"
        )
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    flat_query, flat_key, flat_value = (each[0].transpose(0, 1) for each in (query, key, value))
    return packed.attend(module.layer_idx, flat_query, flat_key, flat_value, scale)[None], None


AttentionInterface.register(NAME, _packed)
AttentionMaskInterface.register(NAME, lambda *_, **__: None)


@contextmanager
def packing(model: Any) -> Iterator[None]:
    """Within it the model's forward takes `packed=` and attends as that says."""
    settings = model.config.get_text_config()
    before = settings._attn_implementation
    settings._attn_implementation = NAME
    try:
        yield
    finally:
        settings._attn_implementation = before


@dataclass
class Layout:
    """N tokens laid end to end: P prompts, then rows that go on from them, G a prompt at most and T tokens at most."""

    tokens: Tensor
    """(N,) int64"""
    positions: Tensor
    """(N,) int64: each row goes on counting where its prompt ends"""
    prompts: Tensor
    """(P, L) int64 into N, padded with 0; (P, 0) if they were read before"""
    lengths: Tensor
    """(P,) int64 tokens of each prompt"""
    rows: Tensor
    """(P, G, T) int64 into N, padded with 0"""
    past: list[Pair] | None = None
    """a layer each: keys and values (P, L, K, D) of prompts that were read before and are not among the N"""
    kept: list[Pair] | None = None
    """filled with keys and values (N, K, D) of each layer, if it is a list"""

    def __post_init__(self) -> None:
        places = torch.cat([self.prompts.flatten(), self.rows.flatten()])
        everything = torch.arange(len(self.tokens))
        self._even = torch.equal(places, everything)  # nothing is padded, and all stands in order
        self._back = torch.empty_like(everything)
        self._back[places] = torch.arange(len(places))
        self._back[:1] = 0  # the padding repeats place 0, which stands first
        self._lines = self._find_lines() if self.past is None and self.rows.shape[1] == 1 else None
        self._mask: Tensor | None = None
        self.layers = 0
        """that have attended"""

    def to(self, device: torch.device) -> Layout:
        """Itself, for a model that is there. What a layout decides is decided on the CPU, where it is made."""
        for name in ("tokens", "positions", "prompts", "lengths", "rows", "_back"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    @property
    def span(self) -> int:
        """See Attends."""
        return int(self.positions.max()) + 1

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See Attends. Prompts look at themselves, rows at their prompt and themselves, never ahead."""
        if self.kept is not None:
            self.kept.append((key, value))
        if query.device.type != "cpu":
            # Under autocast values come in its format, while queries and keys were turned in float32.
            query, key = query.to(value.dtype), key.to(value.dtype)
            return self.attend_together(layer, torch.cat([query, key, value], dim=1), query.shape[1], scale)
        self.layers += 1
        if self._lines is not None:
            return self._attend_lines(query, key, value, scale)
        read, own = zip(*(self._parted(each) for each in (query, key, value)), strict=True)
        mixed = []
        if self.past is None:
            mixed.append(_on_cpu(read, None, self.lengths, scale).flatten(0, 1))
            known: Sequence[Tensor] = read[1:]
        else:
            known = self.past[layer]
        if self.rows.numel():
            mixed.append(_on_cpu(own, known, self.lengths, scale).flatten(0, 1))
        return self._ordered(mixed)

    def _find_lines(self) -> tuple[Tensor, Tensor]:
        """Where one row alone goes on from each prompt: (P, L + T) int64 into N, padded with 0 at the end, and back."""
        width = self.prompts.shape[1]
        steps, line = torch.arange(width + self.rows.shape[2]), torch.arange(len(self.lengths))[:, None]
        ahead = (steps - self.lengths[:, None]).clamp(0, max(0, self.rows.shape[2] - 1))
        behind = self.rows[line, 0, ahead] if self.rows.shape[2] else torch.zeros_like(ahead)
        before = self.prompts[line, steps.clamp(max=max(0, width - 1))] if width else behind
        lines = torch.where(steps < self.lengths[:, None], before, behind)
        lines = lines.masked_fill(steps >= self.lengths[:, None] + self.rows.shape[2], 0)
        back = torch.empty(len(self.tokens), dtype=torch.int64)
        back[lines.flatten()] = torch.arange(lines.numel())
        back[:1] = 0  # the padding repeats place 0, which stands first
        return lines, back

    def _attend_lines(self, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attention of rows that share no prompt, in half the time: each line looks back over itself alone.

        What pads stands at the ends, where nobody looks back from.
        """
        assert self._lines is not None
        lines, back = self._lines
        shared, wide = query.shape[1] // key.shape[1], torch.promote_types(query.dtype, torch.float32)

        def laid(each: Tensor, times: int = 1) -> Tensor:
            lined = each.to(wide).index_select(0, lines.flatten()).view(*lines.shape, *each.shape[1:])
            return lined.transpose(1, 2).repeat_interleave(times, dim=1) if times > 1 else lined.transpose(1, 2)

        with full_precision(query):
            mixed = F.scaled_dot_product_attention(
                laid(query), laid(key, shared), laid(value, shared), is_causal=True, scale=scale
            )
        return mixed.transpose(1, 2).flatten(0, 1).index_select(0, back).to(query.dtype)

    def attend_together(self, layer: int, flat: Tensor, heads: int, scale: float) -> Tensor:
        """The same on a graphics processor, which is waited for longer to start on a product than to end it.

        Args:
            layer: index of the layer.
            flat: (N, H + 2 K, D) queries, keys and values of each token.
            heads: H.
            scale: what scores are multiplied by.
        """
        self.layers += 1
        read, own = self._parted(flat)
        mixed = []
        if self.past is None:
            mixed.append(_attention(read[:, :, :heads], read[:, :, heads:], scale, None).flatten(0, 1))
            known = read[:, :, heads:]
        else:
            known = torch.cat([each.to(flat.dtype) for each in self.past[layer]], dim=2)
        if self.rows.numel():
            behind = known[:, None].expand(-1, self.rows.shape[1], -1, -1, -1).flatten(0, 1)
            pairs = torch.cat([behind, own[:, :, heads:]], dim=1)
            mixed.append(_attention(own[:, :, :heads], pairs, scale, self._bias(flat.dtype)).flatten(0, 1))
        return self._ordered(mixed)

    def _ordered(self, mixed: list[Tensor]) -> Tensor:
        """(N, H, D) of prompts and rows one after the other."""
        together = torch.cat(mixed) if len(mixed) > 1 else mixed[0]
        return together if self._even else together.index_select(0, self._back)

    def _parted(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """Of (N, heads, D): that of prompts (P, L, heads, D) and of rows (P * G, T, heads, D)."""
        places = self.prompts, self.rows.flatten(0, 1)
        if self._even:  # a view; of split the backward pass is one copy, of two slices it is two sums
            taken = list(torch.split_with_sizes(flat, [each.numel() for each in places]))
        else:
            taken = [flat.index_select(0, each.flatten()) for each in places]
        first, second = (each.reshape(*at.shape, *flat.shape[1:]) for each, at in zip(taken, places, strict=True))
        return first, second

    def _bias(self, dtype: torch.dtype) -> Tensor:
        """(P * G, 1, T, L + T): 0 where a token of a row may look, -inf where not."""
        if self._mask is None:
            count, groups, steps = self.rows.shape
            width = self.prompts.shape[1] if self.past is None else self.past[0][0].shape[1]
            device, room = self.rows.device, -(-(width + steps) // ALIGNED) * ALIGNED
            before = torch.arange(width, device=device) < self.lengths[:, None]  # (P, L)
            before = before.repeat_interleave(groups, 0)[:, None].expand(count * groups, steps, width)
            causal = torch.ones(steps, steps, dtype=torch.bool, device=device).tril()
            may = torch.cat([before, causal.expand(count * groups, steps, steps)], dim=-1)
            mask = torch.zeros(count * groups, steps, room, dtype=dtype, device=device)
            mask[..., : width + steps].masked_fill_(~may, -torch.inf)
            self._mask = mask[:, None, :, : width + steps]
        return self._mask


def pack(batch: Batch, last: bool = False) -> tuple[Layout, Tensor]:
    """Lay a batch end to end.

    Args:
        batch: B rows.
        last: also read the last token of each row, which no token follows.

    Returns:
        The layout, and (B, T + 1) int64: where in it the token stands that comes before the j-th of a row. Beyond the
        end of a row the places mean nothing. Both on the CPU.
    """
    batch = batch.to(torch.device("cpu"))
    lengths = torch.tensor([len(prompt) for prompt in batch.prompts])
    tokens = torch.tensor([token for prompt in batch.prompts for token in prompt])
    starts = lengths.cumsum(0) - lengths  # (P,)
    counts = batch.lengths - (0 if last else 1)  # (B,) tokens read of each row
    order = torch.argsort(batch.prompt, stable=True)
    row_starts = torch.empty_like(counts)
    row_starts[order] = counts[order].cumsum(0) - counts[order] + len(tokens)
    steps = torch.arange(batch.tokens.shape[1])
    inside = steps < counts[:, None]  # (B, T)
    most = int(counts.max())
    groups = torch.bincount(batch.prompt)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order)) - (groups.cumsum(0) - groups).repeat_interleave(groups)
    rows = torch.zeros(len(lengths), int(groups.max()), most, dtype=torch.int64)
    rows[batch.prompt, rank] = torch.where(inside, row_starts[:, None] + steps, 0)[:, :most]
    places = torch.arange(int(lengths.max()))
    positions = lengths[batch.prompt][:, None] + steps
    layout = Layout(
        tokens=torch.cat([tokens, batch.tokens[order][inside[order]]]),
        positions=torch.cat(
            [torch.arange(len(tokens)) - starts.repeat_interleave(lengths), positions[order][inside[order]]]
        ),
        prompts=torch.where(places < lengths[:, None], starts[:, None] + places, 0),
        lengths=lengths,
        rows=rows,
    )
    before = row_starts[:, None] + torch.arange(len(steps) + 1) - 1
    before[:, 0] = (starts + lengths - 1)[batch.prompt]
    return layout, before


def _on_cpu(own: Sequence[Tensor], known: Sequence[Tensor] | None, lengths: Tensor, scale: float) -> Tensor:
    """In float32 at least: CPUs take several times longer over attention in bfloat16."""
    dtype, wide = own[0].dtype, torch.promote_types(own[0].dtype, torch.float32)
    query, key, value = (each.to(wide) for each in own)
    keys, values = (each.to(wide) for each in known) if known else (key[:, :0], value[:, :0])
    with full_precision(query):
        return shared_attention(query, key, value, scale, keys, values, lengths).to(dtype)


def _attention(query: Tensor, pairs: Tensor, scale: float, bias: Tensor | None) -> Tensor:
    """(A, S, H, D) of queries over keys and values (A, Z, 2 K, D): each query looks back, or where the bias allows."""
    if (shared := 2 * query.shape[2] // pairs.shape[2]) > 1:
        # Of torch's kernels for graphics processors none takes shared heads and a mask.
        pairs = pairs.repeat_interleave(shared, dim=2)
    key, value = pairs.chunk(2, dim=2)
    with full_precision(query):
        mixed: Tensor = F.scaled_dot_product_attention(
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            bias,
            is_causal=bias is None,
            scale=scale,
        )
    return mixed.transpose(1, 2)
