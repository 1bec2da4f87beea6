"""One token more for every row: the forward pass of generation, behind one small protocol.

`LlamaDecoder` reads the weights of a Llama-shaped transformers module and steps it with fused projections, key-value
slots allocated once and no mask building; `ModuleDecoder` steps any causal language model through its own forward. Both
prefill each distinct prompt once, whatever the number of its continuations, and can drop rows that have finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DynamicCache, LlamaForCausalLM, PreTrainedModel


class Decoder(Protocol):
    """The rows under way; each call returns the logits (rows, vocabulary) of the next token, float32."""

    def begin(self, prompts: Sequence[Sequence[int]], rows: Tensor, budget: int) -> Tensor:
        """Read prompts and start rows.

        Args:
            prompts: token ids, each prompt once.
            rows: (B,) the prompt of each row.
            budget: most tokens a row will get.
        """

    def step(self, tokens: Tensor) -> Tensor:
        """Append one token (B,) to every row."""

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only, in this order."""


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


class LlamaDecoder:
    """Decoding over a Llama's own weights.

    A row's key-value slots are its prompt, right-padded to the longest (P slots), then its tokens. So all rows write to
    the same slot, and the padding is one additive bias, computed once. Shapes: B rows, H heads, K key-value heads, D
    numbers a head, S slots.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        shape = model.config
        self._heads, self._kv_heads = shape.num_attention_heads, shape.num_key_value_heads
        self._size = getattr(shape, "head_dim", None) or shape.hidden_size // self._heads
        self._layers = [
            (
                layer.input_layernorm.weight,
                torch.cat(
                    [layer.self_attn.q_proj.weight, layer.self_attn.k_proj.weight, layer.self_attn.v_proj.weight]
                ),
                layer.self_attn.o_proj.weight,
                layer.post_attention_layernorm.weight,
                torch.cat([layer.mlp.gate_proj.weight, layer.mlp.up_proj.weight]),
                layer.mlp.down_proj.weight,
            )
            for layer in model.model.layers
        ]
        self._epsilon = shape.rms_norm_eps

    def begin(self, prompts: Sequence[Sequence[int]], rows: Tensor, budget: int) -> Tensor:
        """See Decoder. Prompts go through the module itself; causal attention never sees padding on the right."""
        tokens, lengths = _right_padded(prompts)
        longest = tokens.shape[1]
        out = self._model.model(tokens, use_cache=True)
        last = out.last_hidden_state[torch.arange(len(prompts)), lengths - 1]
        self._slot = longest
        room = longest + budget
        # Keys lie with the slots last, (B, K, D, S), values (B, K, S, D): each product then reads along memory.
        self._keys = [
            _extended(layer.keys.transpose(2, 3)[rows], -1, longest, room) for layer in out.past_key_values.layers
        ]
        self._values = [_extended(layer.values[rows], -2, longest, room) for layer in out.past_key_values.layers]
        self._position = lengths[rows]
        padding = torch.arange(room)[None] >= lengths[rows][:, None]
        padding[:, longest:] = False
        self._bias = torch.zeros(padding.shape).masked_fill(padding, -torch.inf)[:, None, None]  # (B, 1, 1, S)
        positions = torch.arange(int(lengths.max()) + budget)[None]
        cosine, sine = self._model.model.rotary_emb(last, positions)
        self._cosine, self._sine = cosine[0], sine[0]  # (positions, D)
        return self._head(last)[rows]

    def step(self, tokens: Tensor) -> Tensor:
        """See Decoder."""
        width = self._heads * self._size
        cosine, sine = self._cosine[self._position][:, None], self._sine[self._position][:, None]  # (B, 1, D)
        x = self._model.model.embed_tokens.weight[tokens]  # (B, width)
        for index, (norm, qkv, out, second_norm, gate_up, down) in enumerate(self._layers):
            y = F.rms_norm(x, norm.shape, norm, self._epsilon)
            mixed = F.linear(y, qkv).view(len(tokens), -1, self._size)  # (B, H + 2K, D)
            turned, value = mixed.split_with_sizes([self._heads + self._kv_heads, self._kv_heads], dim=1)
            turned = turned * cosine + _half_turn(turned) * sine
            query, key = turned.split_with_sizes([self._heads, self._kv_heads], dim=1)
            x = x + F.linear(self._attend(index, query, key, value).reshape(len(tokens), width), out)
            y = F.rms_norm(x, second_norm.shape, second_norm, self._epsilon)
            gate, up = F.linear(y, gate_up).chunk(2, dim=-1)
            x = x + F.linear(F.silu(gate) * up, down)
        self._slot += 1
        self._position = self._position + 1
        return self._head(self._model.model.norm(x))

    def _head(self, x: Tensor) -> Tensor:
        return F.linear(x, self._model.lm_head.weight).float()

    def _attend(self, index: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Store this token's key and value in layer `index`, and mix the values so far: (B, K, H / K, D)."""
        keys, values, end = self._keys[index], self._values[index], self._slot + 1
        keys[..., self._slot], values[:, :, self._slot] = key, value
        # Heads that share a key-value head are rows of one small matrix product.
        query = query.view(len(query), self._kv_heads, -1, self._size) * self._size**-0.5
        scores = query @ keys[..., :end] + self._bias[..., :end]
        return torch.softmax(scores, dim=-1) @ values[:, :, :end]

    def keep(self, rows: Tensor) -> None:
        """See Decoder."""
        used, room = self._slot, self._bias.shape[-1]
        self._keys = [_extended(keys[rows, :, :, :used], -1, used, room) for keys in self._keys]
        self._values = [_extended(values[rows, :, :used], -2, used, room) for values in self._values]
        self._position, self._bias = self._position[rows], self._bias[rows]


class ModuleDecoder:
    """Decoding through the forward of any causal language model of transformers."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def begin(self, prompts: Sequence[Sequence[int]], rows: Tensor, budget: int) -> Tensor:
        """See Decoder."""
        tokens, lengths = _right_padded(prompts)
        mask = torch.arange(tokens.shape[1])[None] < lengths[:, None]
        cache = DynamicCache(config=self._model.config)
        out = self._model(tokens, attention_mask=mask.long(), past_key_values=cache, use_cache=True)
        self._cache = out.past_key_values
        self._cache.batch_select_indices(rows)
        self._mask, self._position = mask.long()[rows], lengths[rows]
        return out.logits[torch.arange(len(prompts)), lengths - 1][rows].float()  # type: ignore[no-any-return]

    def step(self, tokens: Tensor) -> Tensor:
        """See Decoder."""
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
        out = self._model(
            tokens[:, None],
            attention_mask=self._mask,
            position_ids=self._position[:, None],
            past_key_values=self._cache,
            use_cache=True,
        )
        self._position = self._position + 1
        return out.logits[:, -1].float()  # type: ignore[no-any-return]

    def keep(self, rows: Tensor) -> None:
        """See Decoder."""
        self._cache.batch_select_indices(rows)
        self._mask, self._position = self._mask[rows], self._position[rows]


def _right_padded(prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids (P, T), padded with 0, and lengths (P,)."""
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    tokens = torch.zeros(len(prompts), int(lengths.max()), dtype=torch.int64)
    for row, prompt in zip(tokens, prompts, strict=True):
        row[: len(prompt)] = torch.tensor(prompt)
    return tokens, lengths


def _extended(slots: Tensor, dim: int, used: int, room: int) -> Tensor:
    """A copy with `room` slots along `dim`, the first `used` of them filled."""
    shape = list(slots.shape)
    shape[dim] = room
    copy = slots.new_empty(shape)
    copy.narrow(dim, 0, used).copy_(slots)
    return copy


def _half_turn(x: Tensor) -> Tensor:
    """The rotary embedding's partner of each number: (-second half, first half)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], dim=-1)
