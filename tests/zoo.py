"""Tiny random models of several architectures, lively enough that their distributions are far from uniform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import ModelConfig

TEXT = models.tokenizer()
SMALL = ModelConfig(layers=2, width=32, heads=4, feedforward=64, context=64)
V = len(TEXT)
ENDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def lively(model: Any, factor: float = 12) -> Any:
    """Weights large enough that the distributions are far from uniform."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                weight.mul_(factor)
    return model.eval()


def ours() -> Any:
    return lively(models.build(SMALL, seed=0))


def grouped() -> Any:
    """Fewer key-value heads than heads, a head size of its own, an output layer of its own."""
    shape: Any = {"vocab_size": V, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    return lively(
        LlamaForCausalLM(
            LlamaConfig(
                **shape, num_attention_heads=4, num_key_value_heads=2, head_dim=16, max_position_embeddings=64, **ENDS
            )
        )
    )


def gpt2() -> Any:
    return lively(GPT2LMHeadModel(GPT2Config(vocab_size=V, n_embd=32, n_layer=2, n_head=2, n_positions=64, **ENDS)), 6)


def qwen3() -> Any:
    shape: Any = {"vocab_size": V, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    return lively(
        Qwen3ForCausalLM(
            Qwen3Config(
                **shape, num_attention_heads=4, num_key_value_heads=2, head_dim=8, max_position_embeddings=64, **ENDS
            )
        )
    )


def neox() -> Any:
    shape: Any = {"vocab_size": V, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    return lively(GPTNeoXForCausalLM(GPTNeoXConfig(**shape, num_attention_heads=4, max_position_embeddings=64, **ENDS)))


ZOO: dict[str, Callable[[], Any]] = {"ours": ours, "grouped": grouped, "gpt2": gpt2, "qwen3": qwen3, "neox": neox}


def make(name: str) -> Any:
    """One of them, the same weights every time."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return ZOO[name]()


def doubled(model: Any) -> Any:
    """In float64 throughout: transformers' RMSNorm rounds to float32 on the way, torch's does not."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child).__name__.endswith("RMSNorm"):
                exact = nn.RMSNorm(child.weight.shape, eps=child.variance_epsilon)
                exact.weight = child.weight
                setattr(module, name, exact)
    return model.double()
