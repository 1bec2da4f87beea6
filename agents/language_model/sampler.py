"""Prompts in, completions with their log-probabilities out.

A prompt that occurs several times is read once. Rows that have ended leave the batch as soon as an eighth of it is
idle. Neither changes what is drawn: the random numbers of a row are fixed before the first token.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ..learning.batch import Completion
from .config import Sampling
from .decoder import Decoder, decoder
from .models import decode, stop_ids

IDLE_SHARE = 1 / 8
"""share of ended rows at which the batch is made smaller; copying the slots costs about one step"""


@torch.inference_mode()
def sample(
    model: PreTrainedModel,
    text: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    generator: torch.Generator,
    engine: Decoder | None = None,
) -> list[Completion]:
    """Draw one completion a prompt.

    Args:
        model: a causal language model in evaluation mode (dropout would make another policy of it).
        text: its tokenizer, which names the token that ends a sequence.
        prompts: B lists of token ids, none empty; equal ones are read once.
        sampling: temperature and length.
        generator: source of randomness; unused at temperature 0.
        engine: how to step the model; the fastest that fits unless given.

    Returns:
        One Completion a prompt, in order. Its log-probabilities are those of the distribution it was drawn from; at
        temperature 0 those of the model at temperature 1.
    """
    if not prompts:
        return []
    engine = engine or decoder(model)
    distinct = list(dict.fromkeys(tuple(prompt) for prompt in prompts))
    index = {prompt: row for row, prompt in enumerate(distinct)}
    budget = _budget(model, sampling, max(map(len, distinct)))
    uniforms = torch.empty(len(prompts), budget, dtype=torch.float64)
    if sampling.temperature > 0:
        uniforms.uniform_(generator=generator)
    stops = torch.tensor(sorted(stop_ids(model, text)), dtype=torch.int64)

    tokens = torch.zeros(len(prompts), budget, dtype=torch.int64)
    logprobs = torch.zeros(len(prompts), budget)
    lengths = torch.full((len(prompts),), budget)
    ended = torch.zeros(len(prompts), dtype=torch.bool)
    alive = torch.arange(len(prompts))  # the row of the result behind each row of the engine
    logits = engine.begin(distinct, torch.tensor([index[tuple(prompt)] for prompt in prompts]), budget)
    for place in range(budget):
        drawn, logprob = choose(logits, sampling.temperature, uniforms[alive, place])
        tokens[alive, place], logprobs[alive, place] = drawn, logprob
        # A row that ended but still rides along writes beyond its length, where nobody looks.
        stopped = torch.isin(drawn, stops) & ~ended[alive]
        lengths[alive[stopped]] = place + 1
        ended[alive[stopped]] = True
        going = ~ended[alive]
        if place == budget - 1 or not going.any():
            break
        if (~going).sum() >= IDLE_SHARE * len(alive):
            rows = going.nonzero()[:, 0]
            engine.keep(rows)
            alive, drawn = alive[rows], drawn[rows]
        logits = engine.step(drawn)
    return _completions(text, prompts, tokens, logprobs, lengths, ended)


def choose(logits: Tensor, temperature: float, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Draw a token a row by inverting the cumulative distribution: one random number a row, whatever the vocabulary.

    Args:
        logits: (B, V) float32.
        temperature: divides the logits; 0 takes the largest.
        uniforms: (B,) in [0, 1), float64.

    Returns:
        Token ids (B,) and their log-probabilities (B,) in nats.
    """
    logprobs = torch.log_softmax(logits / temperature if temperature > 0 else logits, dim=-1)
    if temperature > 0:
        cumulative = logprobs.double().exp().cumsum(dim=-1)
        # Scaled by the sum, which rounding leaves just off 1, so that the last token is never overrun.
        drawn = torch.searchsorted(cumulative, (uniforms * cumulative[:, -1])[:, None], right=True)[:, 0]
        drawn = drawn.clamp(max=logits.shape[-1] - 1)
    else:
        drawn = logprobs.argmax(dim=-1)
    return drawn, logprobs.gather(-1, drawn[:, None])[:, 0]


def _budget(model: PreTrainedModel, sampling: Sampling, longest: int) -> int:
    """How many tokens fit: `max_new_tokens`, or what the model's context leaves beside the longest prompt."""
    context = int(getattr(model.config, "max_position_embeddings", 0) or longest + sampling.max_new_tokens)
    if longest >= context:
        raise ValueError(f"a prompt of {longest} tokens leaves no room in the model's context of {context}")
    return min(sampling.max_new_tokens, context - longest)


def _completions(
    text: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    tokens: Tensor,
    logprobs: Tensor,
    lengths: Tensor,
    ended: Tensor,
) -> list[Completion]:
    ids = [row[:length] for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True)]
    nats = [row[:length] for row, length in zip(logprobs.tolist(), lengths.tolist(), strict=True)]
    return [
        Completion(tuple(prompt), tuple(token_ids), tuple(nat), string, "stop" if stop else "length")
        for prompt, token_ids, nat, string, stop in zip(
            prompts, ids, nats, decode(text, ids), ended.tolist(), strict=True
        )
    ]
