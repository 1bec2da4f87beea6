r"""Low-rank adapters (LoRA): a pretrained model stays as it is, and small matrices beside its own are trained.

A layer with weight $W$ computes $(W + \frac{\alpha}{r} B A) x$, where $A$ is (r, in), and $B$ is (out, r) and begins
with 0 (Hu et al. 2021, arXiv:2106.09685, section 4.1). The adapters are peft's, put into the model in place, so it
remains the transformers module that everything else knows. They are kept in peft's own format.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from ...tasks.errors import BadCheckpoint, BadConfig
from ..learning.checkpoint import reading
from ..learning.streams import derive
from .config import LoraConfig

FILE = "adapter_model.safetensors"
PREFIX = "base_model.model."
"""of peft's names, where a model stands inside of two others"""
NAME = ".default"
"""of the adapter, which peft leaves out of its files"""


def adapt(model: Any, config: LoraConfig, seed: int) -> None:
    """Put adapters into a model in place and freeze everything else. It computes what it did before.

    Args:
        model: a causal language model without adapters.
        config: rank, scale and place; rank 0 changes nothing.
        seed: of the training run; A derives from it and from nothing else, uniform in +-1 / sqrt(in).

    Raises:
        BadConfig: peft is missing, or a target is no linear layer of the model.
    """
    if not config.rank:
        return
    try:
        from peft import LoraConfig as Recipe
        from peft import inject_adapter_in_model
    except ImportError:
        raise BadConfig("lora.rank needs peft; pip install 'reason-arena[train]'") from None
    recipe = Recipe(
        r=config.rank,
        lora_alpha=config.alpha,  # type: ignore[arg-type] # annotated as int, only divided by the rank
        target_modules=_targets(model, config.targets),
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
    )
    with torch.random.fork_rng(devices=[]):  # peft draws from the global stream
        inject_adapter_in_model(recipe, model)
    model.train(False)  # the new modules come in training mode
    generator = torch.Generator().manual_seed(derive(seed, "adapters"))
    with torch.no_grad():
        for name, weight in _weights(model).items():
            if ".lora_A." in name:
                bound = weight.shape[1] ** -0.5
                weight.copy_(torch.empty(weight.shape).uniform_(-bound, bound, generator=generator))


def _targets(model: Any, wanted: tuple[str, ...]) -> list[str]:
    """Full names of the linear layers that are meant: all but the output layer, or those that end like a wanted one."""
    head = model.get_output_embeddings()
    layers = [
        name for name, module in model.named_modules() if isinstance(module, nn.Linear | Conv1D) and module is not head
    ]
    for target in wanted:
        if not any(_ends(name, target) for name in layers):
            known = ", ".join(sorted({name.rpartition(".")[2] for name in layers}))
            raise BadConfig(f"lora.targets: {target!r} is no linear layer before the output layer; expected of {known}")
    return [name for name in layers if not wanted or any(_ends(name, target) for target in wanted)]


def _ends(name: str, target: str) -> bool:
    return f".{name}".endswith(f".{target}")


def adapted(model: Any) -> bool:
    """Whether a model has adapters."""
    return bool(getattr(model, "peft_config", None))


def whole_weight(layer: Any) -> Tensor:
    """The matrix that a linear layer multiplies by, what its adapters add included."""
    weight: Tensor = layer.weight
    for name in getattr(layer, "active_adapters", ()):
        weight = weight + layer.get_delta_weight(name)
    return weight


def merged(model: Any) -> dict[str, Tensor]:
    """The state of a model with its adapters added in: the names and shapes of the model without any."""
    modules = dict(model.named_modules())
    state = {}
    for name, value in model.state_dict().items():
        owner, inner, part = name.partition(".base_layer.")
        if inner:
            state[f"{owner}.{part}"] = whole_weight(modules[owner]).detach() if part == "weight" else value
        elif ".lora_" not in name:
            state[name] = value
    return state


def save_adapters(model: Any, folder: Path) -> None:
    """Write the adapters as peft does: `PeftModel.from_pretrained` puts them onto the model that they were trained on.

    Raises:
        OSError, SafetensorError: the disk refused.
    """
    folder.mkdir()
    (recipe,) = model.peft_config.values()
    recipe.save_pretrained(folder)
    held = {
        PREFIX + name.replace(NAME, ""): weight.detach().cpu().contiguous() for name, weight in _weights(model).items()
    }
    save_file(held, folder / FILE)


@torch.no_grad()
def load_adapters(model: Any, folder: Path) -> None:
    """Read them back into a model that was adapted alike.

    Raises:
        BadCheckpoint: missing, unreadable, or of another model.
    """
    with reading(folder, FILE):
        held = load_file(folder / FILE)
    own = {PREFIX + name.replace(NAME, ""): weight for name, weight in _weights(model).items()}
    shapes = [{name: weight.shape for name, weight in each.items()} for each in (held, own)]
    if shapes[0] != shapes[1]:
        raise BadCheckpoint(f"{folder / FILE} holds the adapters of another model, or of another lora.rank or targets")
    for name, weight in own.items():
        weight.copy_(held[name])


def _weights(model: Any) -> dict[str, Tensor]:
    return {name: weight for name, weight in model.named_parameters() if ".lora_" in name}
