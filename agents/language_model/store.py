"""Keys and values of rows that are being written: a prompt's are held once, however many rows go on from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .attention import Layout, Pair, packing
from .precision import full_precision


@dataclass(frozen=True)
class Past:
    """What was read already, and what came of it."""

    tokens: tuple[int, ...]
    pairs: list[Pair]
    """a layer each: keys and values (L, K, D), L = len(tokens)"""


def read_prompts(model: Any, prompts: list[tuple[int, ...]], pasts: list[Past | None]) -> tuple[Tensor, list[Past]]:
    """Read prompts, going on from what was read before where there is such.

    Args:
        model: a causal language model.
        prompts: token ids, none empty.
        pasts: of each prompt; its tokens are a beginning of the prompt and shorter than it.

    Returns:
        The hidden state (P, width) of the last token of each, and what was read now and before.
    """
    fresh = [prompt[len(past.tokens) if past else 0 :] for prompt, past in zip(prompts, pasts, strict=True)]
    counts = torch.tensor([len(each) for each in fresh])
    starts = counts.cumsum(0) - counts
    before = torch.tensor([len(past.tokens) if past else 0 for past in pasts])
    steps = torch.arange(int(counts.max()))
    places = torch.where(steps < counts[:, None], starts[:, None] + steps, 0)
    anew = not before.any()
    layout = Layout(
        tokens=torch.tensor([token for each in fresh for token in each]),
        positions=torch.cat([torch.arange(int(a), int(a + n)) for a, n in zip(before, counts, strict=True)]),
        prompts=places if anew else places[:, :0],
        lengths=counts if anew else before,
        rows=places[:, None, :0] if anew else places[:, None],
        past=None if anew else _stacked(model, pasts),
        kept=[],
    ).to(model.device)
    with packing(model):
        out = model.base_model(
            input_ids=layout.tokens[None], position_ids=layout.positions[None], use_cache=False, packed=layout
        )
    assert layout.kept is not None
    splits = [[torch.split(each, counts.tolist()) for each in pair] for pair in layout.kept]
    known = [
        Past(prompt, [_joined(past, layer, (keys[row], values[row])) for layer, (keys, values) in enumerate(splits)])
        for row, (prompt, past) in enumerate(zip(prompts, pasts, strict=True))
    ]
    return out.last_hidden_state[0, (starts + counts - 1).to(model.device)], known


def _joined(past: Past | None, layer: int, new: Pair) -> Pair:
    if past is None:
        return new
    keys, values = past.pairs[layer]
    return torch.cat([keys, new[0]]), torch.cat([values, new[1]])


def _stacked(model: Any, pasts: list[Past | None]) -> list[Pair]:
    """Keys and values (P, L, K, D) of each layer, padded on the right."""
    known = next(past for past in pasts if past)
    longest = max(len(past.tokens) for past in pasts if past)
    stacked = []
    for layer, (some, _) in enumerate(known.pairs):
        pair = (
            some.new_zeros(len(pasts), longest, *some.shape[1:]),
            some.new_zeros(len(pasts), longest, *some.shape[1:]),
        )
        for row, past in enumerate(pasts):
            if past:
                for whole, part in zip(pair, past.pairs[layer], strict=True):
                    whole[row, : len(past.tokens)] = part
        stacked.append(pair)
    return stacked


class KeyValues(Protocol):
    """Rows under way, and what is known of each."""

    position: Tensor
    """(B,) of the next token of each row, on the CPU"""

    def __len__(self) -> int: ...

    @property
    def span(self) -> int:
        """No token looks back over more tokens than these, itself included."""

    def admit(self, pasts: list[Past], prompt: Tensor) -> None:
        """More rows."""

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only, in this order."""

    def past(self, row: int, tokens: tuple[int, ...]) -> Past:
        """What a row has read and written, to go on from in another turn."""

    def begin_step(self, slots: int = 1) -> None:
        """Make room for one more token of every row."""

    def end_step(self) -> None:
        """That token was read in every layer."""


class Store:
    """B rows under way behind P prompts. See Attends: each call of `attend` is one more token of every row.

    Keys and values are where the model is, and what says whose they are is on the CPU.

    All rows write to the same slot, however long they have been there, so a row that came later begins further right;
    what stands before it is another's, and a bias keeps it out. Shapes: H heads, K key-value heads, D numbers a head, L
    slots of prompts, S of rows. Keys lie with the slots last, so that each product reads along memory.
    """

    def __init__(self) -> None:
        self._tokens: list[tuple[int, ...]] = []  # of each prompt
        self._prompt = torch.empty(0, dtype=torch.int64)  # (B,) the prompt of each row
        self.position = torch.empty(0, dtype=torch.int64)
        """(B,) of the next token of each row"""
        self._first = torch.empty(0, dtype=torch.int64)  # (B,) the slot of each row's first token
        self._slot = 0
        self._read: list[Pair] = []  # a layer each: (P, K, D, L) and (P, K, L, D)
        self._own: list[Pair] = []  # a layer each: (B, K, D, S) and (B, K, S, D)

    def __len__(self) -> int:
        return len(self._prompt)

    @property
    def span(self) -> int:
        """See Attends."""
        return int(self.position.max()) + 1

    def admit(self, pasts: list[Past], prompt: Tensor) -> None:
        """More rows.

        Args:
            pasts: prompts that were read.
            prompt: (b,) the prompt of each new row, an index into `pasts`.
        """
        self._prompt = torch.cat([self._prompt, prompt + len(self._tokens)])
        self._tokens = self._tokens + [past.tokens for past in pasts]
        self.position = torch.cat([self.position, torch.tensor([len(past.tokens) for past in pasts])[prompt]])
        self._first = torch.cat([self._first, torch.full_like(prompt, self._slot)])
        read = [_laid(pair) for pair in zip(*(past.pairs for past in pasts), strict=True)]
        if not self._own:
            self._read, self._own = read, [(keys[:0, :, :, :0], values[:0, :, :0]) for keys, values in read]
        else:
            longest = max(len(tokens) for tokens in self._tokens)
            self._read = [
                (torch.cat([_wider(a, -1, longest) for a in keys]), torch.cat([_wider(a, -2, longest) for a in values]))
                for keys, values in (zip(*both, strict=True) for both in zip(self._read, read, strict=True))
            ]
        self._own = [(_longer(keys, len(prompt)), _longer(values, len(prompt))) for keys, values in self._own]
        self._arrange()

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only, in this order."""
        held, self._prompt = torch.unique(self._prompt[rows], return_inverse=True)
        if len(held) < len(self._tokens):
            self._tokens = [self._tokens[index] for index in held.tolist()]
            longest = max(map(len, self._tokens), default=0)
            there = held.to(self._device)
            self._read = [(keys[there, ..., :longest], values[there, :, :longest]) for keys, values in self._read]
        self.position, first = self.position[rows], self._first[rows]
        unused = int(first.min()) if len(rows) else self._slot
        there = rows.to(self._device)
        self._own = [(keys[there, :, :, unused:], values[there, :, unused:]) for keys, values in self._own]
        self._first, self._slot = first - unused, self._slot - unused
        self._arrange()

    def past(self, row: int, tokens: tuple[int, ...]) -> Past:
        """What a row has read and written, to go on from in another turn.

        Args:
            row: which.
            tokens: all of them: the prompt's and the row's own but for the last, which no step has read.
        """
        prompt, first = int(self._prompt[row]), int(self._first[row])
        read = len(self._tokens[prompt])
        end = first + len(tokens) - read
        pairs = []
        for (keys, values), (own_keys, own_values) in zip(self._read, self._own, strict=True):
            all_keys = torch.cat([keys[prompt, :, :, :read], own_keys[row, :, :, first:end]], dim=-1)
            all_values = torch.cat([values[prompt, :, :read], own_values[row, :, first:end]], dim=-2)
            pairs.append((all_keys.permute(2, 0, 1), all_values.transpose(0, 1)))
        return Past(tokens, pairs)

    def begin_step(self, slots: int = 1) -> None:
        """Make room for one more token of every row; for more than `slots` of them if there is none, to copy rarely."""
        if self._own[0][0].shape[-1] <= self._slot:
            room = self._slot + slots
            self._own = [(_wider(keys, -1, room), _wider(values, -2, room)) for keys, values in self._own]
        places = torch.arange(self._own[0][0].shape[-1])
        foreign = places > self._slot
        if self._late:
            foreign = foreign | (places < self._first[:, None])
        self._bias = torch.zeros(foreign.shape).masked_fill_(foreign, -torch.inf).to(self._device)
        if self._late:
            self._bias = self._bias[:, None, None]

    def end_step(self) -> None:
        """That token was read in every layer."""
        self._slot += 1
        self.position = self.position + 1

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See Attends."""
        with full_precision(query):
            return self._attend(layer, query, key, value, scale)

    def _attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        rows, heads, size = query.shape
        (read_keys, read_values), (keys, values) = self._read[layer], self._own[layer]
        keys[..., self._slot], values[:, :, self._slot] = key, value
        # Heads that share keys are rows of one product: R = H / K of them, G * R for a prompt with G rows.
        query = (query * scale).to(keys.dtype).view(rows, key.shape[1], -1, size)
        behind = self._gathered(query) @ read_keys  # (P, K, G * R, L)
        if self._read_bias is not None:
            behind += self._read_bias
        own = (query @ keys).add_(self._bias)  # (B, K, R, S); a product with all slots needs no copy of some
        weights = torch.softmax(torch.cat([self._scattered(behind), own], dim=-1), dim=-1)
        split = read_keys.shape[-1]
        mixed = weights[..., split:] @ values
        mixed += self._scattered(self._gathered(weights[..., :split]) @ read_values)
        return mixed.reshape(rows, heads, size).to(value.dtype)

    def _arrange(self) -> None:
        """Say which rows belong to which prompts."""
        lengths = torch.tensor([len(tokens) for tokens in self._tokens], dtype=torch.int64)
        longest = self._read[0][0].shape[-1]
        beyond = torch.arange(longest) >= lengths[:, None]
        self._read_bias = (
            torch.zeros(beyond.shape).masked_fill(beyond, -torch.inf)[:, None, None].to(self._device)
            if beyond.any()
            else None
        )
        self._late = bool(self._first.any())
        counts = torch.bincount(self._prompt, minlength=len(lengths))
        self._groups = int(counts.max()) if len(counts) else 0
        order = torch.argsort(self._prompt, stable=True)
        rank = torch.empty_like(order)
        rank[order] = torch.arange(len(order)) - (counts.cumsum(0) - counts).repeat_interleave(counts)
        back = self._prompt * self._groups + rank  # (B,) a row's place in (P, G)
        places = torch.zeros(len(counts) * self._groups, dtype=torch.int64)  # (P * G,) the row of a place
        places[back] = torch.arange(len(order))
        self._straight = torch.equal(places, torch.arange(len(order)))
        self._back, self._places = back.to(self._device), places.to(self._device)

    @property
    def _device(self) -> torch.device:
        return self._read[0][0].device

    def _gathered(self, rows: Tensor) -> Tensor:
        """(P, K, G * R, X) of (B, K, R, X): the rows of each prompt under one another."""
        rows = rows if self._straight else rows[self._places]
        if self._groups == 1:
            return rows
        grouped = rows.view(-1, self._groups, *rows.shape[1:])
        return grouped.transpose(1, 2).flatten(2, 3)

    def _scattered(self, prompts: Tensor) -> Tensor:
        """(B, K, R, X) of (P, K, G * R, X)."""
        if self._groups > 1:
            count, shared, _, width = prompts.shape
            prompts = prompts.view(count, shared, self._groups, -1, width).transpose(1, 2).flatten(0, 1)
        return prompts if self._straight else prompts[self._back]


def _laid(pairs: tuple[Pair, ...]) -> Pair:
    """(P, K, D, L) and (P, K, L, D) of P pairs of (L, K, D), padded on the right; on a CPU in float32.

    CPUs take several times longer over attention in bfloat16 than in float32.
    """
    keys, values = (pad_sequence([pair[part] for pair in pairs], batch_first=True) for part in (0, 1))
    dtype = values.dtype if values.device.type != "cpu" else torch.promote_types(values.dtype, torch.float32)
    return keys.to(dtype).permute(0, 2, 3, 1).contiguous(), values.to(dtype).transpose(1, 2).contiguous()


def _longer(rows: Tensor, more: int) -> Tensor:
    """With further rows that hold 0."""
    return torch.cat([rows, rows.new_zeros(more, *rows.shape[1:])])


def _wider(slots: Tensor, dim: int, room: int) -> Tensor:
    """A copy with `room` slots along `dim`; those that were there stand first, the others hold 0."""
    shape = list(slots.shape)
    used, shape[dim] = shape[dim], room
    copy = slots.new_zeros(shape)
    copy.narrow(dim, 0, used).copy_(slots)
    return copy
