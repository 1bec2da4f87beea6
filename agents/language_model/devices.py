"""Where a model computes: a name in a configuration, a torch device in the program.

The bookkeeping of batches, layouts and requests is small and full of decisions, so it stays on the CPU, and what a
model reads follows its weights. Results, checkpoints and fingerprints do not say where they were computed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch

from ...tasks.errors import BadConfig


def device(name: str) -> torch.device:
    """The device by that name, "auto" being the graphics processor if torch finds one that it can use.

    Args:
        name: "auto", "cpu", "cuda", "cuda:1", "mps".

    Raises:
        BadConfig: this machine, or this build of torch, has none such.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    found = torch.device(name)
    if found == torch.device("cuda") and "LOCAL_RANK" in os.environ:  # a process of torchrun's has one of its own
        found = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    if found.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (found.index or 0) >= count:
            raise BadConfig(f"device={name!r}: torch {torch.__version__} sees {count} CUDA devices here; {_INSTEAD}")
    if found.type == "mps" and not torch.backends.mps.is_available():
        raise BadConfig(f"device={name!r}: torch {torch.__version__} has no Metal here; {_INSTEAD}")
    return found


def clock(there: torch.device) -> Callable[[], float]:
    """What a rate is measured with: CPU-seconds on the CPU, elsewhere seconds, once all that was begun is done."""
    if there.type == "cpu":
        return time.process_time

    def waited() -> float:
        torch.accelerator.synchronize(there)
        return time.perf_counter()

    return waited


def peak_memory(there: torch.device) -> float:
    """Megabytes that this process has held at most: of the device, or on the CPU of the machine."""
    if there.type == "cuda":
        return torch.cuda.max_memory_allocated(there) / 2**20
    import resource  # Windows has none

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def name(there: torch.device) -> str:
    """What a person calls it."""
    if there.type == "cuda":
        return f"{torch.cuda.get_device_name(there)}, torch {torch.__version__}"
    return f"{there}, torch {torch.__version__}"


_INSTEAD = 'expected "auto" or "cpu"'
