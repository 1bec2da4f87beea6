"""The optimiser of all weights: Muon for matrices or AdamW throughout, one learning rate, a state of plain tensors."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ...tasks.errors import BadCheckpoint
from ..learning.checkpoint import reading
from .muon import Muon
from .sharding import clip_gradient, like, whole
from .stage_config import StageConfig

EMBEDDING_SHARE = 0.3
"""of the learning rate, for what AdamW steps beside Muon"""


class Optimiser:
    """Steps every weight of a model.

    Muon takes the nearest orthogonal matrix for a step; on a small decoder it needs a third of AdamW's updates to learn
    to add. Its steps are scaled to the size of AdamW's, so one learning rate serves both.
    """

    def __init__(self, model: nn.Module, config: StageConfig, heads: nn.ModuleDict | None = None) -> None:
        """Make one.

        Args:
            model: whose weights to step, those that ask for a gradient.
            config: kind ("muon" leaves embeddings, the output layer and whatever is no matrix to AdamW, at a third of
                the rate), momentum, and the rate of the gains of normalisations over that of everything else.
            heads: further weights, stepped by AdamW at the full rate.
        """
        weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        beside = dict(heads.named_parameters(prefix="heads")) if heads is not None else {}
        self._weights = weights | beside
        kind, momentum, gain_rate = config.optimiser, config.momentum, config.gain_rate
        matrices: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        gains: list[nn.Parameter] = []
        norms = [module for module in model.modules() if "norm" in type(module).__name__.lower()]
        gaining = {id(weight) for module in norms for weight in module.parameters(recurse=False)}
        for name, weight in weights.items():
            table = any(part in name for part in ("embed", "lm_head", "wte", "wpe"))
            muon = kind == "muon" and weight.ndim == 2 and not table
            (gains if id(weight) in gaining else matrices if muon else others).append(weight)
        # The rate is set before each step; "share" is what it is multiplied by.
        groups = [
            {"params": others, "share": EMBEDDING_SHARE if matrices else 1.0},
            {"params": gains, "share": gain_rate},
            {"params": list(beside.values()), "share": getattr(config, "value_rate", 1.0)},
        ]
        groups = [group for group in groups if group["params"]]
        betas = (min(momentum, 0.9), 0.95)
        self._parts: list[torch.optim.Optimizer] = []
        if groups:
            self._parts.append(torch.optim.AdamW(groups, lr=0.0, betas=betas, weight_decay=0.0, fused=True))
        if matrices:
            self._parts.append(Muon([{"params": matrices, "share": 1.0}], lr=0.0, momentum=momentum))

    def step(self, rate: float, max_gradient: float) -> float:
        """Apply and clear the gradients; their norm before they were scaled down to `max_gradient`."""
        norm = clip_gradient(self._weights.values(), max_gradient)
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate * group["share"]
            part.step()
            part.zero_grad(set_to_none=True)
        return norm

    def state(self) -> dict[str, Tensor]:
        """On the CPU, a tensor named `<weight>/<key>`. All processes take part."""
        state: dict[str, Tensor] = {}
        for name, weight in self._weights.items():
            for part in self._parts:
                state.update({f"{name}/{key}": whole(value).cpu() for key, value in part.state.get(weight, {}).items()})
        return state

    def load(self, path: Path) -> None:
        """Read the state back.

        Raises:
            BadCheckpoint: unreadable, or of another model.
        """
        with reading(path.parent, path.name):
            state = load_file(path)
        owner = {weight: part for part in self._parts for group in part.param_groups for weight in group["params"]}
        for full_name, value in state.items():
            name, _, key = full_name.rpartition("/")
            if name not in self._weights:
                raise BadCheckpoint(f"{path} holds the state of {name}, which this model has not")
            weight = self._weights[name]
            owner[weight].state[weight][key] = like(value, weight)
