"""From what a policy wrote to what an objective reads: one padded batch of token sequences.

Tokens in, tokens out: text is never tokenised again between sampling and training, so the ids trained on are the ids
drawn. Padding stands on the right and is told apart by length, never by id; the end-of-sequence token is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

Finish = Literal["stop", "length"]


def looked_at(start: int, end: int) -> int:
    """How many tokens those from `start` to `end` of a sequence look at in all: each at those before it and itself.

    >>> looked_at(2, 4)
    7
    """
    return (start + 1 + end) * (end - start) // 2


@dataclass(frozen=True)
class Bill:
    """What an action took that was written."""

    read: int
    """tokens of prompts, and of what else was told"""
    written: int
    """tokens"""
    looked_at: int
    """by all of them, see the function; the last token of a completion is drawn and looks at nothing"""
    completions: int = 1
    flops: float = 0.0
    """floating-point operations beside those of its tokens"""


@dataclass(frozen=True)
class Completion:
    """One continuation of one prompt, as drawn from a policy or as shown by a teacher."""

    prompt_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    """the continuation; ends with the end-of-sequence token if that is what made `finish_reason` "stop" """
    logprobs: tuple[float, ...] = ()
    """nats, one a token, under the distribution it was drawn from (temperature included); empty for a teacher's"""
    text: str = ""
    """the continuation without special tokens and without the stop string that ended it"""
    finish_reason: Finish = "stop"
    entropies: tuple[float, ...] = ()
    """nats, one a token, of the distribution it was drawn from; empty for a teacher's"""

    def __len__(self) -> int:
        return len(self.prompt_ids) + len(self.token_ids)

    @property
    def bill(self) -> Bill:
        """The prompt is read and the continuation written."""
        return Bill(len(self.prompt_ids), len(self.token_ids), looked_at(0, len(self) - 1))


@dataclass(frozen=True)
class Trajectory:
    """One sequence to learn from: a prompt, then tokens of which the policy chose some, turn by turn."""

    prompt_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    """all that follows the prompt: completions and what the environment said between them"""
    turns: tuple[int, ...]
    """one a token: the number of the completion it belongs to, within the episode; -1 where nobody chose"""
    logprobs: tuple[float, ...]
    """nats, one a token; 0 where nobody chose"""
    cut: tuple[int, ...] = ()
    """numbers of the completions that were cut for their length"""

    def __len__(self) -> int:
        return len(self.prompt_ids) + len(self.token_ids)


def join(completions: Sequence[Completion], first: int = 0) -> list[Trajectory]:
    """The completions of one episode as few sequences as possible.

    A turn whose prompt begins with all that was read and written up to then goes on with the same sequence, so an
    episode of an agent that remembers everything is one sequence, and one that forgets is several. Nothing is
    approximated: each completion stands behind exactly the prompt that it was drawn from.

    Args:
        completions: in the order in which they were drawn.
        first: number of the first one within the episode.
    """
    joined: list[Trajectory] = []
    for number, turn in enumerate(completions, start=first):
        logprobs = turn.logprobs or (0.0,) * len(turn.token_ids)
        chosen = (number,) * len(turn.token_ids)
        cut = (number,) if turn.finish_reason == "length" else ()
        last = joined[-1] if joined else None
        said = last.prompt_ids + last.token_ids if last else ()
        if last and turn.prompt_ids[: len(said)] == said:
            told = turn.prompt_ids[len(said) :]
            joined[-1] = Trajectory(
                last.prompt_ids,
                last.token_ids + told + turn.token_ids,
                last.turns + (-1,) * len(told) + chosen,
                last.logprobs + (0.0,) * len(told) + logprobs,
                last.cut + cut,
            )
        else:
            joined.append(Trajectory(turn.prompt_ids, turn.token_ids, chosen, logprobs, cut))
    return joined


@dataclass(frozen=True)
class Batch:
    """B sequences: prompts, each held once however many sequences begin with it, and what follows them.

    What follows is padded on the right to the longest, T. All (B, T) tensors speak of it alone.
    """

    prompts: tuple[tuple[int, ...], ...]
    """P distinct prompts, none empty"""
    prompt: Tensor
    """(B,) int64: which of them a row begins with"""
    tokens: Tensor
    """(B, T) int64 behind the prompt"""
    mask: Tensor
    """(B, T) bool: True where the policy chose the token, its end of sequence included"""
    logprobs: Tensor
    """(B, T) nats when drawn; 0 where `mask` is False"""
    advantage: Tensor
    """(B, T) or (B,) float, in units of reward (or of its group's standard deviation)"""
    lengths: Tensor
    """(B,) int64: tokens behind the prompt, before the padding"""
    extra: Mapping[str, Tensor] = field(default_factory=dict)
    """what else an objective wants of each row, (B,) or (B, T): values, returns, margins ..."""
    unit: int = 1
    """rows that stay together: 2 for pairs, which stand one behind the other and share their prompt"""
    sampled: int = 0
    """sequences that were drawn for it, if some that teach nothing were left out; 0: all are here"""

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def chosen(self) -> int:
        """How many tokens the policy chose."""
        return int(self.mask.sum())

    def to(self, device: torch.device) -> Batch:
        """The same rows there; itself if it is there already."""
        if self.tokens.device == device:
            return self
        names = ("prompt", "tokens", "mask", "logprobs", "advantage", "lengths")
        moved = {name: getattr(self, name).to(device) for name in names}
        return replace(self, **moved, extra={name: values.to(device) for name, values in self.extra.items()})

    def select(self, rows: Tensor) -> Batch:
        """These rows, cut to the longest among them, with the prompts they need."""
        longest = int(self.lengths[rows].max())
        kept, prompt = torch.unique(self.prompt[rows], return_inverse=True)

        def cut(values: Tensor) -> Tensor:
            return values[rows] if values.ndim == 1 else values[rows, :longest]

        return Batch(
            prompts=tuple(self.prompts[index] for index in kept.tolist()),
            prompt=prompt,
            tokens=cut(self.tokens),
            mask=cut(self.mask),
            logprobs=cut(self.logprobs),
            advantage=cut(self.advantage),
            lengths=self.lengths[rows],
            extra={name: cut(values) for name, values in self.extra.items()},
            unit=self.unit,
        )

    def with_extra(self, **values: Tensor) -> Batch:
        """The same rows with more to go by; "advantage" replaces the advantage."""
        advantage = values.pop("advantage", self.advantage)
        return replace(self, advantage=advantage, extra={**self.extra, **values})

    def micro_batches(self, max_tokens: int) -> Iterator[Batch]:
        """All rows once, longest first, in pieces of at most `max_tokens` tokens (or one unit of rows).

        Rows of one prompt stay together as far as they fit, since a piece reads each of its prompts once.
        """
        lengths, prompt = self.lengths.tolist(), self.prompt.tolist()
        units = [range(first, first + self.unit) for first in range(0, len(self), self.unit)]
        longest: dict[int, int] = {}
        for row, number in enumerate(prompt):
            longest[number] = max(longest.get(number, 0), lengths[row])

        def order(unit: range) -> tuple[int, int, int]:
            number = prompt[unit[0]]
            return -longest[number] - len(self.prompts[number]), number, -max(lengths[row] for row in unit)

        rows: list[int] = []
        held: set[int] = set()
        size = 0
        for unit in sorted(units, key=order):
            number = prompt[unit[0]]
            behind = sum(lengths[row] for row in unit)
            more = behind + (0 if number in held else len(self.prompts[number]))
            if rows and size + more > max_tokens:
                yield self.select(torch.tensor(rows))
                rows, held, size = [], set(), 0
                more = behind + len(self.prompts[number])
            rows.extend(unit)
            held.add(number)
            size += more
        yield self.select(torch.tensor(rows))


def collate(
    sequences: Sequence[Trajectory | Completion],
    advantages: Tensor | None = None,
    unit: int = 1,
    **extra: Tensor,
) -> Batch:
    """Put sequences into one batch.

    Args:
        sequences: at least one; completions count as sequences of one turn. None has an empty prompt.
        advantages: (B,), or (B, T) with T the longest sequence behind its prompt; ones unless given.
        unit: rows that stay together in micro-batches.
        extra: what else an objective wants of each row, (B,) or (B, T).
    """
    rows = [each if isinstance(each, Trajectory) else join([each])[0] for each in sequences]
    count, longest = len(rows), max(len(row.token_ids) for row in rows)
    tokens = torch.zeros(count, longest, dtype=torch.int64)
    mask = torch.zeros(count, longest, dtype=torch.bool)
    logprobs = torch.zeros(count, longest)
    for place, row in enumerate(rows):
        end = len(row.token_ids)
        tokens[place, :end] = torch.tensor(row.token_ids, dtype=torch.int64)
        mask[place, :end] = torch.tensor(row.turns, dtype=torch.int64) >= 0
        logprobs[place, :end] = torch.tensor(row.logprobs)
    prompts = {prompt: number for number, prompt in enumerate(dict.fromkeys(row.prompt_ids for row in rows))}
    if () in prompts:
        raise ValueError("a sequence without a prompt: nothing stands before its first token to draw it from")
    return Batch(
        prompts=tuple(prompts),
        prompt=torch.tensor([prompts[row.prompt_ids] for row in rows]),
        tokens=tokens,
        mask=mask,
        logprobs=logprobs,
        advantage=torch.ones(count) if advantages is None else advantages,
        lengths=torch.tensor([len(row.token_ids) for row in rows]),
        extra=extra,
        unit=unit,
    )
