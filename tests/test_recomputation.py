"""Gradient checkpointing: the same gradients from a fraction of what is kept, in the mode in which the model plays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from test_packing import objective, ragged, tokens
from tiny import READER, silent
from zoo import ZOO, doubled, make

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.forward import token_logprobs
from reason_arena.agents.language_model.recomputation import recompute
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)


def gradients(model: Any) -> torch.Tensor:
    batch = ragged()
    model.zero_grad()
    for piece in batch.micro_batches(12):
        loss = objective(token_logprobs(model, piece).logprobs, piece, batch.chosen)
        loss.backward()  # type: ignore[no-untyped-call]
    return torch.cat([weight.grad.flatten() for weight in model.parameters()])


@pytest.mark.parametrize("name", ZOO)
def test_gradients_are_those_of_the_plain_pass(name: str) -> None:
    model = doubled(make(name))  # GPT-2 comes with dropout of 0.1 in its configuration
    expected = gradients(model)
    assert expected.norm() > 0.01
    runs: list[str] = []
    recompute(model)
    layer = next(module for module in model.modules() if "forward" in vars(module))
    layer.register_forward_hook(lambda *_: runs.append("called"))
    next(layer.children()).register_forward_hook(lambda *_: runs.append("ran"))
    torch.testing.assert_close(gradients(model), expected, rtol=1e-9, atol=1e-9)
    # In each piece the layer is called once, and what is inside it runs once more in backward.
    pieces = len(list(ragged().micro_batches(12)))
    assert pieces > 2
    assert runs.count("called") == pieces
    assert runs.count("ran") == 2 * pieces
    assert not model.training
    assert model.config._attn_implementation != "reason_packed"


def kept(model: Any, batch: Any) -> int:
    """Numbers that a pass keeps for its backward, weights aside."""
    weights = {weight.data_ptr() for weight in model.parameters()}
    held: dict[int, int] = {}

    def hold(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if tensor.is_floating_point() and storage.data_ptr() not in weights:
            held[storage.data_ptr()] = storage.nbytes() // tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(hold, lambda tensor: tensor):
        loss = token_logprobs(model, batch).logprobs.sum()
    loss.backward()  # type: ignore[no-untyped-call]
    return sum(held.values())


def test_of_a_layer_its_input_is_kept_and_no_more() -> None:
    shape = ModelConfig(layers=8, width=32, heads=4, feedforward=64, context=64)
    batch = collate([Completion(tokens(6, 0), tokens(20, 1))])
    read, width, layers = 25, 32, 8
    plain = kept(models.build(shape, seed=0), batch)
    model = models.build(shape, seed=0)
    recompute(model)
    fewer = kept(model, batch)
    # The least that a layer keeps in a plain pass: inputs of q, k and v (one), o, gate and up (one), and down.
    assert plain > layers * read * (width + width + width + 64)
    # An input a layer, and beside the layers: the last norm's input and output, the states before the 20 tokens and
    # four numbers for each of them, cosines and sines, one gain a norm.
    assert layers * read * width <= fewer <= (layers + 4) * read * width + 4 * 20 + 2 * read * 8


def test_a_trained_model_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    folders = [
        train_language_model(
            replace(READER, gradient_checkpointing=on, score_every=0), tmp_path / str(on), seed=0, report=silent
        )
        for on in (False, True)
    ]
    plain, anew = (load_file(folder / "model.safetensors") for folder in folders)
    assert all(torch.equal(plain[name], anew[name]) for name in plain)


@pytest.mark.parametrize("name", ["ours", "qwen3"])
def test_playing_is_not_changed(name: str) -> None:
    model, text = make(name), models.tokenizer()
    requests = [Request(tokens(5, seed), seed) for seed in range(3)]
    before = Sampler(model, text, Sampling(1.0, 8)).draw(requests)
    recompute(model)
    assert Sampler(model, text, Sampling(1.0, 8)).draw(requests) == before


def test_what_cannot_be_run_twice_is_refused() -> None:
    with pytest.raises(BadConfig, match="gradient_checkpointing: Linear has no layers"):
        recompute(torch.nn.Linear(2, 2))
