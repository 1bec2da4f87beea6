"""A device that is not this processor, for machines that have none: what has to be moved there fails if it was not.

Tensors on it hold their numbers in the memory of this processor and say that they are on torch's "meta" device, which
never computes. Whatever is given tensors of both places raises, as it would with a graphics processor; and a tensor
made without `device=` is on the CPU. Within `elsewhere` numbers made on "meta" are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from reason_arena.agents.language_model.sampler import Sampler

DEVICE = torch.device("meta")
aten = torch.ops.aten
MAY_MIX = (aten.copy_.default, aten._to_copy.default, aten.index.Tensor)  # indices may lie on the CPU
MATH = 0
"""the number of the attention that is made of products and a softmax"""


class Elsewhere(Tensor):
    """A tensor on the device."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> Elsewhere:
        made = Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=DEVICE,
        )
        made.held = held
        return made

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"Elsewhere({self.held!r})"

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


class _Factories(TorchDispatchMode):
    """Sees to it that what is made on the device is made there."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


def _run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    if function is aten._fused_sdp_choice.default:
        return MATH
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = [isinstance(tensor, Elsewhere) for tensor in tensors]
    if any(there) and function not in MAY_MIX:
        strangers = [tensor for tensor, is_there in zip(tensors, there, strict=True) if not is_there and tensor.ndim]
        if strangers:
            raise RuntimeError(
                f"{function}: expected all tensors on one device, got one of {strangers[0].shape} on the CPU"
            )
    wanted = kwargs.get("device")
    stays = any(there) if wanted is None else wanted == DEVICE
    if function is aten.copy_.default:
        stays = there[0]
    if wanted == DEVICE:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    args, kwargs = tree_map_only(Elsewhere, lambda tensor: tensor.held, (args, kwargs))
    found = function(*args, **kwargs)
    return tree_map_only(Tensor, Elsewhere, found) if stays else found


@contextmanager
def elsewhere(patch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """The device, while there is one."""
    patch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # which does not know the device
    patch.setattr(
        import_module("torch.optim.optimizer"), "_get_fused_kernels_supported_devices", lambda: ["cpu", DEVICE.type]
    )
    patch.setattr(Sampler, "draw", torch.no_grad()(Sampler.draw.__wrapped__))  # inference mode knows no such tensors
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)  # tied weights stay tied
    try:
        with _Factories():
            yield DEVICE
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
