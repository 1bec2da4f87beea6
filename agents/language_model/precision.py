"""Number formats of weights, and whether this processor has instructions for the short one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...tasks.errors import UnknownName

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16", "sve_bf16", "svebf16"}
"""that multiply bfloat16: x86's by the names of torch and Linux alike, then ARM's by either's"""
PROBES = (64, 512)
"""sizes of matrices that exactness is tried on"""


def precision(dtype: torch.dtype | str) -> torch.dtype:
    """The format by that name.

    >>> precision("bfloat16"), precision(torch.float32)
    (torch.bfloat16, torch.float32)

    Raises:
        UnknownName: another one. float16 is left out: its range is too small to train in without scaling the loss.
    """
    name = str(dtype).removeprefix("torch.")
    if name not in PRECISIONS:
        raise UnknownName("dtype", name, PRECISIONS)
    return PRECISIONS[name]


def chosen(name: str, device: torch.device) -> torch.dtype:
    """The format to multiply in that a configuration asks for; "auto" is bfloat16 where that is faster."""
    if name != "auto":
        return precision(name)
    fast = fast_bf16() if device.type == "cpu" else torch.get_device_module(device).is_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def casting(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[Any]:
    """Within it products of a model's matrices are taken in `dtype`; weights, norms and softmax stay as they are.

    Each weight is used once a pass, so none is kept: what autocast keeps would be out of date after a step.
    """
    return _autocast(device, dtype=dtype, enabled=dtype == torch.bfloat16, cache_enabled=False)


def casts_to(device: torch.device) -> torch.dtype | None:
    """The format that products are taken in at the moment, if it is not the weights' own."""
    there = torch.amp.is_autocast_available(device.type) and torch.is_autocast_enabled(device.type)
    return torch.get_autocast_dtype(device.type) if there else None


def full_precision(tensor: Tensor) -> AbstractContextManager[Any]:
    """Within it what is computed on the device of this tensor is computed as it comes."""
    return _autocast(tensor.device, enabled=False)


def _autocast(device: torch.device, **settings: Any) -> AbstractContextManager[Any]:
    return torch.autocast(device.type, **settings) if torch.amp.is_autocast_available(device.type) else nullcontext()


@lru_cache(maxsize=1)
def fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 by itself (AVX512-BF16, AMX, ARM's BF16).

    Where it does, a product of matrices takes about a quarter of its time in float32. Where it does not, bfloat16 is
    emulated, and that takes up to eight times as long as float32: then it only halves the memory.
    """
    return multiplies_bf16(_found())


def multiplies_bf16(instructions: Collection[str]) -> bool:
    """Whether a processor with these instruction sets does.

    >>> multiplies_bf16({"avx2", "avx512_bf16"}), multiplies_bf16({"avx2", "f16c"})
    (True, False)
    """
    return not INSTRUCTIONS.isdisjoint(instructions)


@contextmanager
def fast_products() -> Iterator[None]:
    """Within it oneDNN multiplies float32 matrices where that is faster and exact.

    MKL, which torch asks otherwise, leaves the wide instructions of processors that are not Intel's alone: on an AMD
    EPYC with AVX-512 oneDNN takes 0.4 of its time. torch has no setting for it but the one that allows products in
    bfloat16, so where oneDNN would make use of that (AMX), or torch is too old to be asked, nothing is changed.
    """
    if not _exact():
        yield
        return
    matmul: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before


@contextmanager
def short_products(short: bool) -> Iterator[None]:
    """Within it, if `short`, CUDA rounds float32 matrices to 10 bits (TF32) before it multiplies them.

    bfloat16 has 7. So where most products are taken in bfloat16 anyway, this takes the rest, which is the output layer
    and Muon, at several times the rate and tells nobody.
    """
    matmul: Any = torch.backends.cuda.matmul
    before = matmul.fp32_precision
    if short:
        matmul.fp32_precision = "tf32"
    try:
        yield
    finally:
        matmul.fp32_precision = before


@lru_cache(maxsize=1)
def _exact() -> bool:
    """Whether oneDNN keeps all of float32 when it is allowed not to; in bfloat16 1 + 2^-12 is 1.

    With AMX it rounds large matrices and leaves small ones exact, so such processors are not even tried: they are
    Intel's, whom MKL serves well.
    """
    matmul: Any = getattr(torch.backends.mkldnn, "matmul", None)
    if not hasattr(matmul, "fp32_precision") or any(name.startswith("amx") for name in _found()):
        return False
    before = matmul.fp32_precision
    try:
        matmul.fp32_precision = "bf16"
        return all(map(_multiplied_exactly, PROBES))
    finally:
        matmul.fp32_precision = before


def _multiplied_exactly(size: int) -> bool:
    numbers = torch.full((size, size), 1 + 2**-12)
    with full_precision(numbers):
        return torch.equal(numbers @ torch.eye(size), numbers)


def _found() -> set[str]:
    """Instruction sets of this processor: what torch says, or Linux where torch is too old to be asked."""
    ask = getattr(torch.cpu, "get_capabilities", None)
    if ask is not None:
        return {name for name, there in ask().items() if there is True}
    listing = Path("/proc/cpuinfo")
    return set(listing.read_text(encoding="utf-8").split()) if listing.is_file() else set()
