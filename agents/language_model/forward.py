"""The training forward: a batch through a model once, and what objectives want to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...tasks.errors import BadConfig
from ..learning.batch import Batch, Completion, collate
from . import llama
from .attention import Layout, pack, packing
from .heads import in_chunks, token_statistics
from .models import check_length, context
from .precision import full_precision
from .sharding import READ

RESHAPING = ("logit_scale", "logits_scaling", "final_logit_softcapping", "lm_head_multiplier")
"""settings of transformers' models that scale or cap logits after the output layer"""


@dataclass(frozen=True)
class Scored:
    """The tokens of a batch under a model, in nats: (B, T) each, with gradient, 0 where the policy chose nothing."""

    logprobs: Tensor
    """of `batch.tokens`"""
    evenly: Tensor
    """mean log-probability over the vocabulary in the same places: for label smoothing"""
    entropy: Tensor
    """of the distribution in the same places"""


class Reading:
    """A batch that went through a model once. What is asked of it is computed from the hidden states."""

    def __init__(self, model: Any, batch: Batch, last: bool = False) -> None:
        """Read.

        Each distinct prompt is read once, nothing is padded.

        Args:
            model: a causal language model of transformers.
            batch: what to read, wherever it is.
            last: read the last token of each row too, for `ends`.

        Raises:
            BadConfig: a sequence is longer than the model's context, or the model's layers cannot be packed.
        """
        batch = batch.to(torch.device("cpu"))  # where it is looked at and laid out
        rows = zip(batch.prompt.tolist(), batch.lengths.tolist(), strict=True)
        longest = max(len(batch.prompts[prompt]) + length for prompt, length in rows)
        check_length(longest, context(model), "a sequence to learn from or to judge")
        layout, before = pack(batch, last)
        self._before = before.to(model.device)
        layout = layout.to(model.device)
        hidden = llama.read(model, layout) if llama.applies(model) else _read(model, layout)
        if layout.layers < model.config.get_text_config().num_hidden_layers:
            raise BadConfig(
                f"model.source: {type(model).__name__} has layers that attend in a way of their own, or not at all: "
                "expected a model all of whose layers go through transformers' AttentionInterface"
            )
        self.model, self.batch = model, batch.to(model.device)
        """the batch is where the model is"""
        self.hidden: Tensor = hidden
        """(N, width)"""

    def score(self, temperature: float = 1.0) -> Scored:
        """Log-probabilities of the chosen tokens and what goes with them.

        Args:
            temperature: the one that the tokens were drawn with; divides the logits. 0 counts as 1.
        """
        mask = self.batch.mask
        head = self.model.get_output_embeddings()
        with full_precision(self.hidden):
            found = token_statistics(self.chosen, head, self.batch.tokens[mask], temperature or 1.0)
        return Scored(*(self._placed(values) for values in found))

    @property
    def chosen(self) -> Tensor:
        """(n, width) the state before each chosen token, row after row."""
        return self.hidden.index_select(0, self._before[:, :-1][self.batch.mask])

    def values(self, head: nn.Module) -> Tensor:
        """(B, T) a number of the state before each chosen token; 0 elsewhere."""
        with full_precision(self.hidden):
            return self._placed(head(self.chosen)[:, 0])

    def ends(self, head: nn.Module) -> Tensor:
        """(B,) a number of the state behind each row's last token; needs `last`."""
        places = self._before.gather(1, self.batch.lengths[:, None])[:, 0]
        with full_precision(self.hidden):
            return head(self.hidden.index_select(0, places))[:, 0]  # type: ignore[no-any-return]

    def compare(self, other: Reading, divergence: Any) -> Tensor:
        """(B, T) a divergence between two models' distributions at each chosen token; 0 elsewhere.

        Args:
            other: the same batch under another model; no gradient flows into it.
            divergence: of two tensors of logits (m, V), this model's and the other's, gives (m,).
        """
        mine, theirs = self.model.get_output_embeddings(), other.model.get_output_embeddings()

        def chunk(states: Tensor, others: Tensor) -> Tensor:
            with torch.no_grad():
                target = theirs(others).float()
            return divergence(mine(states).float(), target)  # type: ignore[no-any-return]

        vocabulary = mine.weight.shape[0]
        with full_precision(self.hidden):
            return self._placed(torch.cat(in_chunks(chunk, vocabulary, self.chosen, other.chosen.detach())))

    def _placed(self, values: Tensor) -> Tensor:
        blank = torch.zeros(self.batch.mask.shape, dtype=values.dtype, device=values.device)
        return blank.masked_scatter(self.batch.mask, values)


def _read(model: Any, layout: Layout) -> Tensor:
    """The states of a layout by the model's own modules."""
    with packing(model):
        out = getattr(model, READ, model.base_model)(
            input_ids=layout.tokens[None], position_ids=layout.positions[None], use_cache=False, packed=layout
        )
    return out.last_hidden_state[0]  # type: ignore[no-any-return]


def token_logprobs(model: Any, batch: Batch, temperature: float = 1.0) -> Scored:
    """Score a batch under a model. See Reading."""
    return Reading(model, batch).score(temperature)


@torch.no_grad()
def check_model(model: Any) -> None:
    """See that a model computes for packed tokens what it computes for one sequence at a time.

    Raises:
        BadConfig: it attends in a way of its own, or scales or caps its logits behind the output layer, so training
            would follow another policy than the one that plays.
    """
    settings = model.config.get_text_config()
    # A cap leaves the small logits of an untrained model as they are, so the settings are asked first.
    found = {name: value for name in RESHAPING if (value := getattr(settings, name, None)) not in (None, 1)}
    length = min(12, context(model) or 12)
    tokens, prompt = [token % settings.vocab_size for token in range(length)], max(1, 5 * length // 12)
    rows = [
        Completion(tuple(tokens[:prompt]), tuple(tokens[start:])) for start in (prompt, min(prompt + 2, length - 1))
    ]
    if not found:
        batch = collate(rows)
        ours = torch.cat(
            [each[:length] for each, length in zip(token_logprobs(model, batch).logprobs, batch.lengths, strict=True)]
        )
    if found or not torch.allclose(ours, torch.cat([_alone(model, row) for row in rows]), rtol=1e-2, atol=1e-2):
        told = ", ".join(f"{name}={value}" for name, value in found.items()) or "in its forward pass"
        raise BadConfig(
            f"model.source: {type(model).__name__} changes its logits after the output layer ({told}): expected a "
            "model that does not, since training reads the output layer"
        )


def _alone(model: Any, row: Completion) -> Tensor:
    """Log-probabilities of a completion by the model's own forward."""
    whole = torch.tensor(row.prompt_ids + row.token_ids).to(model.device)
    logprobs = torch.log_softmax(model(whole[None], use_cache=False).logits[0, :-1].float(), dim=-1)
    return logprobs.gather(1, whole[1:, None])[len(row.prompt_ids) - 1 :, 0]
