"""One token more for every row: the forward pass of generation, behind one small protocol.

`ModuleDecoder` steps any causal language model through its own forward; `LlamaDecoder` reads the weights of a
Llama-shaped one and steps them with fused projections. Keys and values are a `Store`'s in both.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedModel

from .adapters import whole_weight
from .attention import packing
from .precision import casts_to, full_precision
from .store import KeyValues, Past, Store, read_prompts


class Decoder(Protocol):
    """A model that reads prompts and then goes on token by token. Logits are float32."""

    def read(self, prompts: list[tuple[int, ...]], pasts: list[Past | None]) -> tuple[Tensor, list[Past]]:
        """Logits (P, V) behind each prompt, and what was read. See store.read_prompts."""

    def store(self, rows: int, slots: int) -> KeyValues:
        """Where at most so many rows of at most so many tokens find room, prompts included; empty."""

    def step(self, store: KeyValues, tokens: Tensor) -> Tensor:
        """Append one token (B,), wherever it is, to every row; the logits (B, V) behind it, where the model is."""


def decoder(model: PreTrainedModel) -> Decoder:
    """The fastest decoder that fits the model."""
    return LlamaDecoder(model) if fits(model) else ModuleDecoder(model)


def fits(model: PreTrainedModel) -> bool:
    """Whether `LlamaDecoder` computes what this module computes."""
    return (
        type(model) is LlamaForCausalLM
        and not model.config.attention_bias
        and not model.config.mlp_bias
        and model.config.hidden_act == "silu"
    )


class ModuleDecoder:
    """Decoding through the forward of a causal language model of transformers."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def read(self, prompts: list[tuple[int, ...]], pasts: list[Past | None]) -> tuple[Tensor, list[Past]]:
        """See Decoder."""
        last, known = read_prompts(self._model, prompts, pasts)
        return self._head(last), known

    def store(self, rows: int, slots: int) -> KeyValues:
        """See Decoder. It grows with what it holds."""
        return Store()

    def step(self, store: KeyValues, tokens: Tensor) -> Tensor:
        """See Decoder."""
        with packing(self._model):
            out = self._model.base_model(
                input_ids=tokens[None].to(self._model.device),
                position_ids=store.position[None].to(self._model.device),
                use_cache=False,
                packed=store,
            )
        return self._head(out.last_hidden_state[0])

    def _head(self, hidden: Tensor) -> Tensor:
        head = self._model.get_output_embeddings()
        with full_precision(hidden):
            return head(hidden.to(head.weight.dtype)).float()  # type: ignore[no-any-return]


class LlamaDecoder(ModuleDecoder):
    """Decoding over a Llama's own weights, as they are when it is made. Prompts go through the module itself.

    Under `torch.autocast` it holds its matrices in that format; states between them, attention and logits are float32.
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        shape = model.config
        self._heads, self._kv_heads = shape.num_attention_heads, shape.num_key_value_heads
        self._size = getattr(shape, "head_dim", None) or shape.hidden_size // self._heads
        self._epsilon = shape.rms_norm_eps
        self._fuse()
        self._cosine, self._sine = torch.empty(0, device=model.device), torch.empty(0, device=model.device)

    def _fuse(self) -> None:
        embedding = self._model.model.embed_tokens.weight
        self._dtype = casts_to(embedding.device) or embedding.dtype
        self._layers = [self._fused(layer) for layer in self._model.model.layers]

    def _fused(self, layer: Any) -> tuple[Tensor, ...]:
        """What a layer multiplies by, in the order in which it does."""
        return (
            layer.input_layernorm.weight,
            self._held(*(getattr(layer.self_attn, f"{name}_proj") for name in "qkv")),
            self._held(layer.self_attn.o_proj),
            layer.post_attention_layernorm.weight,
            self._held(layer.mlp.gate_proj, layer.mlp.up_proj),
            self._held(layer.mlp.down_proj),
        )

    def _held(self, *projections: Any) -> Tensor:
        """The weights of projections of one input, under one another."""
        weights = [whole_weight(each).to(self._dtype) for each in projections]
        return torch.cat(weights) if len(weights) > 1 else weights[0]

    def step(self, store: KeyValues, tokens: Tensor) -> Tensor:
        """See Decoder."""
        with full_precision(self._model.model.embed_tokens.weight):
            return self._step(store, tokens)

    def _step(self, store: Any, tokens: Tensor) -> Tensor:
        rows, turning = len(tokens), self._heads + self._kv_heads
        cosine, sine = self._turns(store)  # (B, 1, D)
        x = self._model.model.embed_tokens.weight[tokens.to(self._model.device)]  # (B, width)
        for index, (norm, qkv, out, second_norm, gate_up, down) in enumerate(self._layers):
            y = F.rms_norm(x, norm.shape, norm, self._epsilon).to(self._dtype)
            mixed = F.linear(y, qkv).to(x.dtype).view(rows, -1, self._size)  # (B, H + 2K, D)
            turned, value = mixed.split_with_sizes([turning, self._kv_heads], dim=1)
            turned = turned * cosine + _half_turn(turned) * sine
            query, key = turned.split_with_sizes([self._heads, self._kv_heads], dim=1)
            found = store.attend(index, query, key, value, self._size**-0.5)
            x = x + F.linear(found.reshape(rows, -1).to(self._dtype), out)
            y = F.rms_norm(x, second_norm.shape, second_norm, self._epsilon).to(self._dtype)
            gate, up = F.linear(y, gate_up).chunk(2, dim=-1)
            x = x + F.linear(F.silu(gate).mul_(up), down)
        return self._head(self._model.model.norm(x))

    def _turns(self, store: Any) -> tuple[Tensor, Tensor]:
        """Cosine and sine of each row's position."""
        if len(self._cosine) < store.span:
            self._turn(2 * store.span)
        position = store.position.to(self._cosine.device)
        return self._cosine[position][:, None], self._sine[position][:, None]

    def _turn(self, count: int) -> None:
        """Make cosines and sines (count, D) of positions."""
        like = self._model.model.embed_tokens.weight
        cosine, sine = self._model.model.rotary_emb(like, torch.arange(count, device=like.device)[None])
        self._cosine, self._sine = cosine[0], sine[0]


def _half_turn(x: Tensor) -> Tensor:
    """The rotary embedding's partner of each number: (-second half, first half)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], dim=-1)
