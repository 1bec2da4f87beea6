"""A model whose weights, gradients and optimiser state are shared out among processes (FSDP2), and a whole one to play.

`torch.distributed.fsdp.fully_shard` (Zhao et al. 2023, arXiv:2304.11277) keeps of each weight a slice a process, and
puts a layer together for the time it computes. A step of generation is too short for that, so every process keeps the
whole weights too, for playing and saving; they are brought up to date after each update.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.utils import clip_grad_norm_, clip_grads_with_norm_, get_total_norm
from transformers.modeling_layers import GradientCheckpointingLayer

from .world import World

READ = "read_tokens"
"""name of the method of a sharded model that stands for its body's forward"""


def shard(model: Any, world: World) -> Any:
    """A copy of a model whose weights are shared out, or the model itself where one process is alone.

    Gradients come out added up over the processes. Input and output embeddings stay put together from a forward to its
    backward, since the output layer is applied outside of the model's own forward.
    """
    if world.size == 1:
        return model
    mesh = init_device_mesh(model.device.type, (world.size,))
    shards = copy.deepcopy(model)
    for module in [each for each in shards.modules() if isinstance(each, GradientCheckpointingLayer)]:
        fully_shard(module, mesh=mesh)
    fully_shard(shards, mesh=mesh, reshard_after_forward=False)
    for module in shards.modules():
        if isinstance(module, FSDPModule):
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)  # Gloo cannot scale on the way
    setattr(shards, READ, MethodType(_read, shards))
    register_fsdp_forward_method(shards, READ)
    return shards


def _read(self: Any, **inputs: Any) -> Any:
    return self.base_model(**inputs)


@torch.no_grad()
def refresh(model: Any, shards: Any) -> None:
    """Bring the whole weights up to date with their slices."""
    if shards is not model:
        for weight, part in zip(model.parameters(), shards.parameters(), strict=True):
            if weight.requires_grad:
                weight.copy_(part.full_tensor())


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor that may be shared out. Every process takes part."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(tensor: Tensor, weight: Tensor) -> Tensor:
    """A tensor that every process holds, on the weight's device and shared out as it is, if of its shape."""
    tensor = tensor.to(weight.device)
    if isinstance(weight, DTensor) and tensor.shape == weight.shape:
        return distribute_tensor(tensor, weight.device_mesh, weight.placements, src_data_rank=None)
    return tensor


def clip_gradient(weights: Iterable[nn.Parameter], max_norm: float) -> float:
    """Scale the gradients down to a norm over all weights and processes; the norm before."""
    parts: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for weight in weights:
        (parts if isinstance(weight, DTensor) else others).append(weight)
    if not parts:
        return float(clip_grad_norm_(others, max_norm))
    norm = torch.linalg.vector_norm(torch.stack([_norm(parts), _norm(others).to(parts[0].device)]))
    for group in (parts, others):
        clip_grads_with_norm_(group, max_norm, norm)
    return float(norm)


def _norm(weights: list[nn.Parameter]) -> Tensor:
    return whole(get_total_norm([weight.grad for weight in weights if weight.grad is not None]))
