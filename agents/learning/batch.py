"""From what a policy wrote to what an objective reads: one padded batch of token sequences.

Tokens in, tokens out: text is never tokenised again between sampling and training, so the ids trained on are the ids
drawn. Padding stands on the right and is told apart by length, never by id; the end-of-sequence token is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from .advantages import group_advantages as group_advantages
from .advantages import informative as informative

Finish = Literal["stop", "length"]


@dataclass(frozen=True)
class Completion:
    """One continuation of one prompt, as drawn from a policy or as shown by a teacher."""

    prompt_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    """the continuation; ends with the end-of-sequence token if `finish_reason` is "stop" """
    logprobs: tuple[float, ...] = ()
    """nats, one a token, under the distribution it was drawn from (temperature included); empty for a teacher's"""
    text: str = ""
    """the continuation without special tokens"""
    finish_reason: Finish = "stop"

    def __len__(self) -> int:
        return len(self.prompt_ids) + len(self.token_ids)


@dataclass(frozen=True)
class Batch:
    """B sequences of prompt and completion, padded on the right to the longest, T."""

    tokens: Tensor
    """(B, T) int64"""
    mask: Tensor
    """(B, T) bool: True where the policy chose the token, its end of sequence included"""
    logprobs: Tensor
    """(B, T) nats when drawn; 0 where `mask` is False"""
    advantage: Tensor
    """(B,) float, in units of reward (or of its group's standard deviation)"""
    lengths: Tensor
    """(B,) int64: tokens before the padding"""

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def chosen(self) -> int:
        """How many tokens the policy chose."""
        return int(self.mask.sum())

    def select(self, rows: Tensor) -> Batch:
        """These rows, cut to the longest among them."""
        longest = int(self.lengths[rows].max())
        return Batch(
            tokens=self.tokens[rows, :longest],
            mask=self.mask[rows, :longest],
            logprobs=self.logprobs[rows, :longest],
            advantage=self.advantage[rows],
            lengths=self.lengths[rows],
        )

    def micro_batches(self, max_tokens: int) -> Iterator[Batch]:
        """All rows once, longest first, in pieces of at most `max_tokens` tokens (or one row), so little is padding."""
        order = torch.argsort(self.lengths, descending=True, stable=True)
        first = 0
        while first < len(order):
            rows = max(1, max_tokens // int(self.lengths[order[first]]))
            yield self.select(order[first : first + rows])
            first += rows


def collate(completions: Sequence[Completion], advantages: Tensor | None = None) -> Batch:
    """Put completions into one batch.

    Args:
        completions: at least one.
        advantages: (B,), constant over a completion; ones unless given.
    """
    count, longest = len(completions), max(len(completion) for completion in completions)
    tokens = torch.zeros(count, longest, dtype=torch.int64)
    mask = torch.zeros(count, longest, dtype=torch.bool)
    logprobs = torch.zeros(count, longest)
    for row, completion in enumerate(completions):
        start, end = len(completion.prompt_ids), len(completion)
        tokens[row, :end] = torch.tensor(completion.prompt_ids + completion.token_ids)
        mask[row, start:end] = True
        if completion.logprobs:
            logprobs[row, start:end] = torch.tensor(completion.logprobs)
    lengths = torch.tensor([len(completion) for completion in completions])
    return Batch(tokens, mask, logprobs, torch.ones(count) if advantages is None else advantages, lengths)
