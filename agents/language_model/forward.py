"""The training forward: a batch through a model once, and what objectives want to know of it; and what it all costs."""

from __future__ import annotations

from collections.abc import Iterable
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


@dataclass(frozen=True)
class _Work:
    """Numbers by which a model multiplies, and what it has to look at."""

    body: int
    """in its layers: for each token read"""
    head: int
    """in its output layer: for each token predicted"""
    adapters: int
    """beside the layers, for each token read; none once they are merged"""
    trained: int
    """of body and adapters those that learn"""
    head_trained: int
    span: int
    """size of the queries of all heads, over all layers"""

    def attention(self, start: int, end: int) -> float:
        """Tokens `start` to `end` of a sequence: for each token looked at a product for its score, one to mix it in."""
        return 4.0 * self.span * (start + 1 + end) * (end - start) / 2


def sampling_flops(model: Any, completions: Iterable[Completion]) -> float:
    """Floating-point operations of drawing completions: 2 for each number that a token is multiplied by, and attention.

    (Kaplan et al. 2020, arXiv:2001.08361, section 2.1.) A prompt shared by several completions counts once. Rows that
    idle and padding are not counted: what the model needs, not what a program wastes.
    """
    work, held = _work(model), list(completions)
    prompts = {completion.prompt_ids for completion in held}
    drawn = sum(len(completion.token_ids) for completion in held)
    read = sum(map(len, prompts)) + drawn - len(held)  # the last token is drawn but never read
    looked_at = sum(work.attention(0, len(prompt)) for prompt in prompts)
    for completion in held:
        looked_at += work.attention(len(completion.prompt_ids), len(completion) - 1)
    return 2.0 * work.body * read + 2.0 * work.head * drawn + looked_at


def training_flops(model: Any, batch: Batch) -> float:
    """Floating-point operations of forward and backward, counted as in `sampling_flops`.

    Backward takes as many as forward for the gradients of the activations, and as many again for those of the weights
    that learn: 6 a number, and 4 where it is frozen. Of the first layer's inputs the former are counted too, which need
    none if the embedding is frozen. What is computed anew to save memory is not counted.
    """
    work = _work(model)
    starts = [len(prompt) for prompt in batch.prompts]
    rows: list[tuple[int, int]] = list(zip(batch.prompt.tolist(), batch.lengths.tolist(), strict=True))
    read = sum(starts) + sum(length - 1 for _, length in rows)
    looked_at = sum(work.attention(0, start) for start in starts)
    looked_at += sum(work.attention(starts[prompt], starts[prompt] + length - 1) for prompt, length in rows)
    layers = (4.0 * (work.body + work.adapters) + 2.0 * work.trained) * read
    return layers + (4.0 * work.head + 2.0 * work.head_trained) * batch.chosen + 3 * looked_at


def _work(model: Any) -> _Work:
    """Matrices count. Embeddings are looked up, which costs nothing; a tied one is also the output layer."""
    head = model.get_output_embeddings().weight
    looked_up = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    matrices = {
        name: weight
        for name, weight in model.named_parameters()
        if weight.ndim > 1 and weight is not head and id(weight) not in looked_up
    }
    adapters = sum(weight.numel() for name, weight in matrices.items() if ".lora_" in name)
    settings = model.config.get_text_config()
    heads = settings.num_attention_heads
    size = getattr(settings, "head_dim", None) or settings.hidden_size // heads
    return _Work(
        body=sum(weight.numel() for weight in matrices.values()) - adapters,
        head=head.numel(),
        adapters=adapters,
        trained=sum(weight.numel() for weight in matrices.values() if weight.requires_grad),
        head_trained=head.numel() if head.requires_grad else 0,
        span=settings.num_hidden_layers * heads * size,
    )
