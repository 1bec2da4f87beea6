"""Prompts in, completions with their log-probabilities and entropies out.

What is drawn for a request depends on its prompt and its seed alone, not on what else is under way. A prompt that
several requests share is read once, rows that have ended leave, and waiting requests take their places. A request that
names a session goes on from what that session has read and written before, as far as its prompt begins alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ..learning.batch import Completion
from .choosing import choose
from .config import Sampling
from .decoder import Decoder
from .models import context, decode, stop_ids
from .precision import fast_products
from .static import StaticDecoder, fastest
from .store import KeyValues, Past

IDLE_SHARE = 1 / 8
"""share of ended rows at which the batch is made smaller; copying the slots costs about one step"""
SLOTS = 32
"""tokens for which room is made at a time"""


@dataclass(frozen=True)
class Request:
    """A completion that is wanted."""

    prompt_ids: tuple[int, ...]
    seed: int = 0
    """of its random numbers; unused at temperature 0"""
    session: Hashable | None = None
    """whose keys and values to go on from, and to keep for its next request; None keeps nothing"""
    most: int | None = None
    """tokens that it may have, where these are fewer than its Sampling says"""


class Sampler:
    """Draws from a model as it is now; after its weights have changed, call `forget`."""

    def __init__(
        self,
        model: PreTrainedModel,
        text: PreTrainedTokenizerBase,
        sampling: Sampling,
        engine: type[Decoder] | None = None,
    ) -> None:
        """Make one.

        Args:
            model: a causal language model in evaluation mode (dropout would make another policy of it).
            text: its tokenizer, which names the token that ends a sequence.
            sampling: temperature, length, and how many rows at a time.
            engine: how to step the model; the fastest that fits unless given.
        """
        self.model, self.text, self.sampling = model, text, sampling
        self._engine = engine
        self._static: StaticDecoder | None = None  # kept, with what it has recorded
        self._sessions: dict[Hashable, Past] = {}

    def forget(self) -> None:
        """Drop what sessions have kept."""
        self._sessions.clear()

    @torch.inference_mode()
    @fast_products()
    def draw(self, requests: Sequence[Request]) -> list[Completion]:
        """Draw one completion a request.

        Returns:
            One Completion a request, in order. Its log-probabilities are those of the distribution it was drawn from;
            at temperature 0 those of the model at temperature 1.

        Raises:
            ValueError: a prompt that is empty, or that leaves no room in the model's context.
        """
        record = _Record(self.model, self.text, requests, self.sampling)
        engine = self._stepper()
        waiting = deque(range(len(requests)))
        room = min(len(requests), self.sampling.max_rows), record.widest
        store, who = engine.store(*room), torch.empty(0, dtype=torch.int64)  # (B,) the request of each row
        logits = torch.empty(0)  # where the model is, once there are some; what is drawn and decided is on the CPU
        while waiting or len(who):
            free = self.sampling.max_rows - len(who)
            if waiting and free >= min(len(waiting), self.sampling.max_rows * IDLE_SHARE):
                new = [waiting.popleft() for _ in range(min(free, len(waiting)))]
                first = self._admit(engine, store, [requests[index] for index in new])
                who = torch.cat([who, torch.tensor(new)])
                logits = torch.cat([logits, first]) if len(logits) else first
            drawn = record.take(who, logits)
            over = record.ended[who]
            if over.all() and not waiting:
                self._remember(store, record, who, over)
                break
            if over.sum() >= IDLE_SHARE * len(who) or record.overrun(store.position, over):
                self._remember(store, record, who, over)
                rows = (~over).nonzero()[:, 0]
                who, drawn = who[rows], drawn[rows]
                store.keep(rows)
            if len(who):
                store.begin_step(min(SLOTS, record.longest))
                logits = engine.step(store, drawn)
                store.end_step()
            else:
                store, logits = engine.store(*room), torch.empty(0)
        return record.completions()

    def _stepper(self) -> Decoder:
        """What steps the model as it is now."""
        kind: Any = self._engine or fastest(self.model, self.sampling.engine)
        if not issubclass(kind, StaticDecoder):
            return kind(self.model)  # type: ignore[no-any-return]
        if self._static is None:
            self._static = kind(self.model)
        else:
            self._static.renew()
        return self._static

    def _admit(self, engine: Decoder, store: KeyValues, requests: list[Request]) -> Tensor:
        """Read the prompts of new rows; the logits (b, V) behind them."""
        prompts: dict[tuple[Hashable, tuple[int, ...]], int] = {}
        rows = []
        for request in requests:
            # A session's keys and values are its own; prompts without one are read once for all.
            key = (request.session if request.session in self._sessions else None, request.prompt_ids)
            rows.append(prompts.setdefault(key, len(prompts)))
        pasts = [
            _beginning(self._sessions.get(session), prompt) if session is not None else None
            for session, prompt in prompts
        ]
        logits, known = engine.read([prompt for _, prompt in prompts], pasts)
        index = torch.tensor(rows)
        store.admit(known, index)
        return logits[index.to(logits.device)]

    def _remember(self, store: KeyValues, record: _Record, who: Tensor, over: Tensor) -> None:
        """Keep keys and values of the rows that are over for their sessions."""
        for row in over.nonzero()[:, 0].tolist():
            request = record.requests[int(who[row])]
            if request.session is not None:
                self._sessions[request.session] = store.past(row, record.read(int(who[row])))


def _beginning(past: Past | None, prompt: tuple[int, ...]) -> Past | None:
    """As much of what was read as the prompt begins with, its last token excepted."""
    if past is None:
        return None
    same = 0
    for mine, theirs in zip(past.tokens, prompt[:-1], strict=False):
        if mine != theirs:
            break
        same += 1
    if not same:
        return None
    return Past(past.tokens[:same], [(keys[:same], values[:same]) for keys, values in past.pairs])


def room(prompt: tuple[int, ...], most: int, context: int | None) -> int:
    """How many tokens fit: `most`, or what the model's context leaves beside the prompt. Raises ValueError."""
    if not prompt:
        raise ValueError("an empty prompt: nothing stands before the first token to draw it from")
    if context is None:
        return most
    if len(prompt) >= context:
        raise ValueError(f"a prompt of {len(prompt)} tokens leaves no room in the model's context of {context}")
    return min(most, context - len(prompt))


def limit(request: Request, sampling: Sampling, context: int | None) -> int:
    """How many tokens a completion may have. Raises ValueError."""
    most = sampling.max_new_tokens
    return room(request.prompt_ids, most if request.most is None else min(request.most, most), context)


class _Record:
    """What has been drawn so far, a row a request."""

    def __init__(
        self,
        model: PreTrainedModel,
        text: PreTrainedTokenizerBase,
        requests: Sequence[Request],
        sampling: Sampling,
    ) -> None:
        self.requests, self._text, self._sampling = requests, text, sampling
        self._context = context(model)
        budgets = [limit(request, sampling, self._context) for request in requests]
        self.longest = max(budgets, default=0)
        lengths = (len(request.prompt_ids) for request in requests)
        self.widest = max(map(sum, zip(lengths, budgets, strict=True)), default=0)
        """tokens of the longest prompt and completion together"""
        shape = (len(requests), self.longest)
        self._budgets = torch.tensor(budgets, dtype=torch.int64)
        self._uniforms = torch.zeros(shape, dtype=torch.float64)
        if sampling.temperature > 0:
            for row, request in zip(self._uniforms, requests, strict=True):
                row.uniform_(generator=torch.Generator().manual_seed(request.seed))
        self._tokens = torch.zeros(shape, dtype=torch.int64)
        self._logprobs, self._entropies = torch.zeros(shape), torch.zeros(shape)
        self._lengths = torch.zeros(len(requests), dtype=torch.int64)
        self.ended = torch.zeros(len(requests), dtype=torch.bool)
        """(n,) whose last token is drawn"""
        self._stopped = torch.zeros(len(requests), dtype=torch.bool)
        self._stops = torch.tensor(sorted(stop_ids(model, text)), dtype=torch.int64)
        self._cuts: dict[int, str] = {}  # texts that a stop string ended

    def take(self, who: Tensor, logits: Tensor) -> Tensor:
        """Draw a token for each row and write it down, unless the row's request has ended: (B,) tokens."""
        places = self._lengths[who].clamp(max=self.longest - 1)
        drawn, logprobs, entropies = choose(logits, self._sampling.temperature, self._uniforms[who, places])
        going = ~self.ended[who]
        live, at, tokens = who[going], places[going], drawn[going]
        self._tokens[live, at] = tokens
        self._logprobs[live, at], self._entropies[live, at] = logprobs[going], entropies[going]
        self._lengths[live] += 1
        self._stopped[live] = torch.isin(tokens, self._stops)
        if self._sampling.stop:
            self._look_for_stops(live.tolist())
        self.ended[live] = self._stopped[live] | (self._lengths[live] >= self._budgets[live])
        return drawn

    def _look_for_stops(self, live: list[int]) -> None:
        """End the rows whose text now holds a stop string."""
        reach = 2 * max(map(len, self._sampling.stop)) + 8  # a character takes a few tokens at most
        for row in live:
            length = int(self._lengths[row])
            (tail,) = decode(self._text, [self._tokens[row, max(0, length - reach) : length].tolist()])
            if any(stop in tail for stop in self._sampling.stop):
                (whole,) = decode(self._text, [self._tokens[row, :length].tolist()])
                ends = [whole.find(stop) for stop in self._sampling.stop if stop in whole]
                self._cuts[row] = whole[: min(ends)]
                self._stopped[row] = True

    def overrun(self, positions: Tensor, over: Tensor) -> bool:
        """Whether a row that is over, and still rides along, would leave the model's context."""
        return self._context is not None and bool((positions[over] >= self._context).any())

    def read(self, row: int) -> tuple[int, ...]:
        """The tokens whose keys and values a row has: all but the last."""
        return self.requests[row].prompt_ids + tuple(self._tokens[row, : int(self._lengths[row]) - 1].tolist())

    def completions(self) -> list[Completion]:
        """All requests answered."""
        lengths = self._lengths.tolist()

        def cut(values: Tensor) -> list[list[float]]:
            return [row[:length] for row, length in zip(values.tolist(), lengths, strict=True)]

        ids = cast("list[list[int]]", cut(self._tokens))
        texts = decode(self._text, ids) if ids else []
        rows = zip(
            self.requests, ids, cut(self._logprobs), cut(self._entropies), texts, self._stopped.tolist(), strict=True
        )
        return [
            Completion(
                prompt_ids=request.prompt_ids,
                token_ids=tuple(tokens),
                logprobs=tuple(logprobs),
                text=self._cuts.get(row, text),
                finish_reason="stop" if stopped else "length",
                entropies=tuple(entropies),
            )
            for row, (request, tokens, logprobs, entropies, text, stopped) in enumerate(rows)
        ]
