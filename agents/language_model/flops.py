"""Floating-point operations of drawing, reading and learning token sequences, by formula from their lengths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import nn

from ..learning.batch import Batch, Completion, looked_at


@dataclass(frozen=True)
class Work:
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
        return 4.0 * self.span * looked_at(start, end)


def sampling_flops(model: Any, completions: Iterable[Completion]) -> float:
    """Floating-point operations of drawing completions: 2 for each number that a token is multiplied by, and attention.

    (Kaplan et al. 2020, arXiv:2001.08361, section 2.1.) A prompt shared by several completions counts once. Rows that
    idle and padding are not counted: what the model needs, not what a program wastes.
    """
    work, held = work_of(model), list(completions)
    prompts = {completion.prompt_ids for completion in held}
    drawn = sum(len(completion.token_ids) for completion in held)
    read = sum(map(len, prompts)) + drawn - len(held)  # the last token is drawn but never read
    attention = sum(work.attention(0, len(prompt)) for prompt in prompts)
    for completion in held:
        attention += work.attention(len(completion.prompt_ids), len(completion) - 1)
    return 2.0 * work.body * read + 2.0 * work.head * drawn + attention


def reading_flops(model: Any, batch: Batch) -> float:
    """Floating-point operations of reading a batch to its last tokens, without its output layer."""
    work = work_of(model)
    starts = [len(prompt) for prompt in batch.prompts]
    ends = [(starts[prompt], starts[prompt] + length) for prompt, length in _rows(batch)]
    read = sum(starts) + sum(end - start for start, end in ends)
    return (
        2.0 * work.body * read
        + sum(work.attention(0, start) for start in starts)
        + sum(work.attention(start, end) for start, end in ends)
    )


def training_flops(model: Any, batch: Batch) -> float:
    """Floating-point operations of forward and backward, counted as in `sampling_flops`.

    Backward takes as many as forward for the gradients of the activations, and as many again for those of the weights
    that learn: 6 a number, and 4 where it is frozen. Of the first layer's inputs the former are counted too, which need
    none if the embedding is frozen. What is computed anew to save memory is not counted.
    """
    work = work_of(model)
    starts = [len(prompt) for prompt in batch.prompts]
    rows = _rows(batch)
    read = sum(starts) + sum(length - 1 for _, length in rows)
    attention = sum(work.attention(0, start) for start in starts)
    attention += sum(work.attention(starts[prompt], starts[prompt] + length - 1) for prompt, length in rows)
    layers = (4.0 * (work.body + work.adapters) + 2.0 * work.trained) * read
    return layers + (4.0 * work.head + 2.0 * work.head_trained) * batch.chosen + 3 * attention


def _rows(batch: Batch) -> list[tuple[int, int]]:
    """The prompt and the length behind it of each row."""
    return list(zip(batch.prompt.tolist(), batch.lengths.tolist(), strict=True))


def work_of(model: Any) -> Work:
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
    return Work(
        body=sum(weight.numel() for weight in matrices.values()) - adapters,
        head=head.numel(),
        adapters=adapters,
        trained=sum(weight.numel() for weight in matrices.values() if weight.requires_grad),
        head_trained=head.numel() if head.requires_grad else 0,
        span=settings.num_hidden_layers * heads * size,
    )
