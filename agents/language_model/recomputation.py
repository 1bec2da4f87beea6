"""Activations computed anew in the backward pass: of each layer only its input is kept (Chen et al. 2016).

"Training deep nets with sublinear memory cost", arXiv:1604.06174. transformers has a switch for it too, but that one
works in training mode alone, and training mode turns dropout on: the model that learns would not be the one that plays.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers.modeling_layers import GradientCheckpointingLayer

from ...tasks.errors import BadConfig
from .attention import packing


def recompute(model: Any) -> None:
    """From now on a pass with gradient keeps the inputs of the model's layers, and backward runs each layer once more.

    Raises:
        BadConfig: its layers do not tell that they can be run twice.
    """
    layers = [module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)]
    if not layers:
        raise BadConfig(
            f"gradient_checkpointing: {type(model).__name__} has no layers of transformers' GradientCheckpointingLayer;"
            " expected false"
        )
    for layer in layers:
        layer.forward = partial(_forward, model, layer)


def _forward(model: Any, layer: Any, *arguments: Any, **settings: Any) -> Any:
    run = partial(type(layer).forward, layer, **settings)
    if not torch.is_grad_enabled():
        return run(*arguments)

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        # Backward comes after `packing` was left, and the layer has to attend as it did before.
        return nullcontext(), packing(model)

    # No layer draws random numbers, as the model is in evaluation mode.
    return checkpoint(run, *arguments, use_reentrant=False, preserve_rng_state=False, context_fn=contexts)
