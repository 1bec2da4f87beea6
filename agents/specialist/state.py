"""What a specialist's run keeps to go on from: tensors as safetensors, the rest in a pickle that runs nothing."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from safetensors.torch import save as packed
from torch import Tensor

from ..learning import plain_pickle

STATE, PARAMETERS = "state.pickle", "parameters.safetensors"
_GROUPS = "parameter groups"
_EARLIER = "parameters.pt"
"""how tensors were kept before"""


def write(folder: Path, state: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
    """Write both files.

    Args:
        folder: of the checkpoint in the making.
        state: values and arrays, the environments' included.
        tensors: `policy` and `copy` by the names of weights, `optimizer` as torch's `state_dict`, and `torch_rng`.
    """
    optimizer = tensors["optimizer"]
    flat = {f"{part}/{name}": value for part in ("policy", "copy") for name, value in tensors[part].items()}
    flat |= {f"optimizer/{i}/{name}": value for i, row in optimizer["state"].items() for name, value in row.items()}
    flat["torch_rng"] = tensors["torch_rng"]
    whole = {**state, _GROUPS: optimizer["param_groups"]}
    (folder / STATE).write_bytes(pickle.dumps(whole))
    # Weights that two parts of a policy share lie in one memory, which the format refuses.
    (folder / PARAMETERS).write_bytes(packed({name: value.detach().clone() for name, value in flat.items()}))


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """State and tensors as they were given to `write`.

    Raises:
        BadCheckpoint: the state names what is no value.
    """
    state = plain_pickle.loads((folder / STATE).read_bytes())
    if (folder / _EARLIER).is_file():
        warnings.warn(
            f"{folder / _EARLIER} is a pickle of an earlier version: torch reads it by a list of harmless names, which "
            "is safer than trust and less safe than safetensors; go on only with a run of your own",
            stacklevel=2,
        )
        return state, torch.load(folder / _EARLIER, weights_only=True)
    flat = load_file(folder / PARAMETERS)
    rows: dict[int, dict[str, Tensor]] = {}
    for name, value in flat.items():
        if name.startswith("optimizer/"):
            _, i, key = name.split("/")
            rows.setdefault(int(i), {})[key] = value
    parts = {
        part: {name.removeprefix(f"{part}/"): value for name, value in flat.items() if name.startswith(f"{part}/")}
        for part in ("policy", "copy")
    }
    optimizer = {"state": rows, "param_groups": state.pop(_GROUPS)}
    return state, {**parts, "optimizer": optimizer, "torch_rng": flat["torch_rng"]}
