"""Number formats of weights, and whether this processor has instructions for the short one."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

import torch

from ...tasks.errors import UnknownName

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16", "sve_bf16", "svebf16"}
"""that multiply bfloat16: x86's by the names of torch and Linux alike, then ARM's by either's"""


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


def _found() -> set[str]:
    """Instruction sets of this processor: what torch says, or Linux where torch is too old to be asked."""
    ask = getattr(torch.cpu, "get_capabilities", None)
    if ask is not None:
        return {name for name, there in ask().items() if there is True}
    listing = Path("/proc/cpuinfo")
    return set(listing.read_text(encoding="utf-8").split()) if listing.is_file() else set()
