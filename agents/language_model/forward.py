"""The training forward: log-probabilities, with gradient, of tokens that are already there, and what it all costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...tasks.errors import BadConfig
from ..learning.batch import Batch, Completion

RESHAPING = ("logit_scale", "logits_scaling", "final_logit_softcapping", "lm_head_multiplier")
"""settings of transformers' models that scale or cap logits after the output layer"""


@dataclass(frozen=True)
class Scored:
    """A batch under a model, in nats."""

    logprobs: Tensor
    """(B, T) of `batch.tokens`, with gradient; 0 where the policy chose nothing"""
    evenly: Tensor
    """(B, T) mean log-probability over the vocabulary in the same places, with gradient: for label smoothing"""
    entropy: Tensor
    """(n,) of the distribution at each chosen token, without gradient"""


def token_logprobs(model: Any, batch: Batch, temperature: float = 1.0) -> Scored:
    """Score a batch under a model.

    The logits are computed where the policy chose a token and nowhere else.

    Args:
        model: a causal language model of transformers.
        batch: right-padded, so causal attention needs no mask for the padding.
        temperature: the one that the tokens were drawn with; divides the logits. 0 counts as 1.
    """
    mask = batch.mask.clone()
    mask[:, 0] = False  # nothing stands before the first token
    before = mask[:, 1:]
    hidden = model.base_model(batch.tokens[:, :-1], use_cache=False).last_hidden_state  # (B, T - 1, width)
    logits = model.get_output_embeddings()(hidden[before]).float()  # (n, V)
    if temperature not in (0.0, 1.0):
        logits = logits / temperature
    distribution = torch.log_softmax(logits, dim=-1)
    chosen = distribution.gather(-1, batch.tokens[:, 1:][before][:, None])[:, 0]
    with torch.no_grad():
        entropy = -(distribution.exp() * distribution).sum(-1)
    blank = torch.zeros(batch.tokens.shape, dtype=chosen.dtype)
    return Scored(blank.masked_scatter(mask, chosen), blank.masked_scatter(mask, distribution.mean(-1)), entropy)


@torch.no_grad()
def check_head(model: Any) -> None:
    """See that a model's logits are its output layer's, as `token_logprobs` takes them.

    Raises:
        BadConfig: it scales or caps them afterwards, so training would follow another policy than the one that plays.
    """
    settings = model.config.get_text_config()
    found = {name: value for name in RESHAPING if (value := getattr(settings, name, None)) not in (None, 1)}
    tokens = torch.arange(min(4, settings.vocab_size))[None]
    hidden = model.base_model(tokens, use_cache=False).last_hidden_state
    # A cap leaves the small logits of an untrained model as they are, so the settings are asked too.
    if found or not torch.allclose(
        model.get_output_embeddings()(hidden), model(tokens, use_cache=False).logits, rtol=1e-3, atol=1e-3
    ):
        told = ", ".join(f"{name}={value}" for name, value in found.items()) or "in its forward pass"
        raise BadConfig(
            f"model.source: {type(model).__name__} changes its logits after the output layer ({told}): expected a "
            "model that does not, since training reads the output layer"
        )


def sampling_flops(model: Any, completions: Iterable[Completion]) -> float:
    """Floating-point operations of drawing completions: 2 a weight a token, and attention.

    A prompt shared by several completions counts once. Rows that idle and padding are not counted: what the model
    needs, not what a program wastes.
    """
    weights, span = _shape(model)
    held = list(completions)
    total = sum(_forward(weights, span, 0, len(prompt)) for prompt in {completion.prompt_ids for completion in held})
    for completion in held:
        # The last token is drawn but never read.
        total += _forward(weights, span, len(completion.prompt_ids), len(completion) - 1)
    return total


def training_flops(model: Any, lengths: Iterable[int]) -> float:
    """Floating-point operations of forward and backward over sequences: three times the forward."""
    weights, span = _shape(model)
    return 3 * sum(_forward(weights, span, 0, length) for length in lengths)


def _forward(weights: int, span: int, start: int, end: int) -> float:
    """Tokens `start` to `end` of a sequence, one forward pass.

    Two operations a weight (Kaplan et al. 2020, arXiv:2001.08361, section 2.1), and 4 * layers * width for each earlier
    token that is looked at: one product for the score, one for the mixture.
    """
    tokens = end - start
    looked_at = (start + 1 + end) * tokens / 2
    return 2.0 * weights * tokens + 4.0 * span * looked_at


def _shape(model: Any) -> tuple[int, int]:
    """Weights that multiply (a lookup costs nothing, but a tied embedding is also the output layer), layers * width."""
    weights = sum(weight.numel() for weight in model.parameters())
    if not model.config.tie_word_embeddings:
        weights -= model.get_input_embeddings().weight.numel()
    return weights, model.config.num_hidden_layers * model.config.hidden_size
