"""What the comparisons with TRL share: a tiny Llama, its tokenizer, and what it means that two losses are the same."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import Tokenizer, models
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 32
SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "initializer_range": 0.4,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}
COMMON: dict[str, Any] = {
    "report_to": [],
    "use_cpu": True,
    "bf16": False,
    "save_strategy": "no",
    "disable_tqdm": True,
    "activation_checkpointing": False,
}


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({f"t{i}": i for i in range(VOCABULARY)}, unk_token="t0"))
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="t0", eos_token="t1", bos_token="t2", padding_side="left"
    )


def llama(seed: int = 0) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    return LlamaForCausalLM(LlamaConfig(**SHAPE))


def gradient(loss: Tensor, model: nn.Module) -> Tensor:
    found = torch.autograd.grad(loss, [weight for weight in model.parameters() if weight.requires_grad])
    return torch.cat([part.flatten() for part in found])


def same(theirs: Tensor, ours: Tensor, model: nn.Module, tolerance: float = 1e-5) -> None:
    """Values agree, and gradients of every weight, relative to the gradient's norm."""
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=1e-7)
    wanted, found = gradient(theirs, model), gradient(ours, model)
    assert wanted.norm() > 1e-3, "a comparison of zeros shows nothing"
    assert (found - wanted).norm() < tolerance * wanted.norm()
