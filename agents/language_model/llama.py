"""The training forward of a Llama for graphics processors: what its module computes, in a third of the launches.

A small model keeps a graphics processor waiting: its kernels take microseconds, and each is a few dozen to launch.
transformers takes some sixty of them for a layer's forward pass, and backward as many again and more. Here projections
of one input are one product, norms are one kernel, and each matrix is cast once.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .adapters import adapted
from .attention import Layout
from .decoder import fits
from .precision import casts_to, full_precision


def applies(model: Any) -> bool:
    """Whether `read` computes what the module computes, and faster."""
    return model.device.type != "cpu" and fits(model) and not adapted(model) and not _recomputes(model)


def _recomputes(model: Any) -> bool:
    """Whether its layers are run anew in backward: see recomputation."""
    return any("forward" in vars(layer) for layer in model.model.layers)


def read(model: Any, layout: Layout) -> Tensor:
    """The states (N, width) of the tokens of a layout, behind the last norm, with gradient."""
    body = model.model
    weight = body.embed_tokens.weight
    dtype = casts_to(weight.device) or weight.dtype
    x = F.embedding(layout.tokens, weight)
    turns = _turns(body, x, layout.positions)
    with full_precision(x):
        for index, layer in enumerate(body.layers):
            x = _layer(layer, index, x, layout, turns, dtype)
        return _normed(body.norm, x, body.config.rms_norm_eps)


def _turns(body: Any, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine, and sine with the sign that each half of a head takes it with: (N, 1, D) each."""
    cosine, sine = (each[0][:, None] for each in body.rotary_emb(x[None], positions[None]))
    first, second = sine.chunk(2, dim=-1)
    return cosine, torch.cat([-first, second], dim=-1)


def _layer(
    layer: Any, index: int, x: Tensor, layout: Layout, turns: tuple[Tensor, Tensor], dtype: torch.dtype
) -> Tensor:
    attention, mlp, (cosine, sine) = layer.self_attn, layer.mlp, turns
    size, epsilon = cosine.shape[-1], attention.config.rms_norm_eps
    y = _normed(layer.input_layernorm, x, epsilon).to(dtype)
    mixed = _projected(y, attention.q_proj, attention.k_proj, attention.v_proj).view(len(x), -1, size)
    heads, kv_heads = attention.config.num_attention_heads, attention.config.num_key_value_heads
    turned, value = mixed.split_with_sizes([heads + kv_heads, kv_heads], dim=1)
    turned = (turned * cosine + turned.roll(size // 2, dims=-1) * sine).to(dtype)
    found = layout.attend_together(index, torch.cat([turned, value], dim=1), heads, attention.scaling)
    x = x + _projected(found.reshape(len(x), -1), attention.o_proj)
    y = _normed(layer.post_attention_layernorm, x, epsilon).to(dtype)
    gate, up = _projected(y, mlp.gate_proj, mlp.up_proj).chunk(2, dim=-1)
    return x + _projected(F.silu(gate) * up, mlp.down_proj)


def _normed(norm: Any, x: Tensor, epsilon: float) -> Tensor:
    return F.rms_norm(x, norm.weight.shape, norm.weight, epsilon)


def _projected(x: Tensor, *projections: Any) -> Tensor:
    """By all of them at once, in the format that x is in."""
    weights = [each.weight for each in projections]
    return F.linear(x, (torch.cat(weights) if len(weights) > 1 else weights[0]).to(x.dtype))
