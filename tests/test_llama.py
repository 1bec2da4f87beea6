"""The training forward of Llamas on graphics processors: the states and gradients of transformers' own module."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from elsewhere import elsewhere
from test_packing import objective, ragged, tokens
from torch import Tensor
from zoo import doubled, make

from reason_arena.agents.language_model import llama
from reason_arena.agents.language_model.adapters import adapt
from reason_arena.agents.language_model.attention import Layout, pack
from reason_arena.agents.language_model.config import LoraConfig
from reason_arena.agents.language_model.forward import token_logprobs
from reason_arena.agents.language_model.precision import casting
from reason_arena.agents.language_model.recomputation import recompute
from reason_arena.agents.learning.batch import Batch, Completion, collate

torch.set_num_threads(1)
CPU = torch.device("cpu")


def even() -> Batch:
    """Two prompts of one length with three answers of one length: nothing is padded or out of order."""
    return collate(
        [Completion(tokens(5, place // 3), tokens(4, 10 + place), (-0.1,) * 4) for place in range(6)], torch.ones(6)
    )


def learnt(model: Any, batch: Batch) -> tuple[Tensor, Tensor]:
    """Log-probabilities, and the gradient of a loss over all weights."""
    model.zero_grad()
    logprobs = token_logprobs(model, batch).logprobs
    objective(logprobs.cpu(), batch, batch.chosen).backward()  # type: ignore[no-untyped-call]
    return logprobs.detach().cpu(), torch.cat([weight.grad.cpu().flatten() for weight in model.parameters()])


@pytest.mark.parametrize("name", ["ours", "grouped"])
@pytest.mark.parametrize("batch", [ragged(), even()], ids=["ragged", "even"])
def test_it_computes_what_the_module_computes(name: str, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    model = doubled(make(name))
    expected = learnt(model, batch)
    monkeypatch.setattr(llama, "applies", lambda model: True)
    found = learnt(model, batch)
    assert expected[1].norm() > 0.01
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["ours", "grouped"])
def test_it_is_where_the_model_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here, batch = learnt(make(name), ragged()), ragged()
    with elsewhere(monkeypatch) as device:
        model = make(name).to(device)
        assert llama.applies(model)
        there = learnt(model, batch)
    for mine, theirs in zip(there, here, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)


def test_in_bfloat16_it_is_no_further_off_than_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = make("grouped"), ragged()
    exact = learnt(model, batch)
    gaps = []
    for applies in (False, True):
        monkeypatch.setattr(llama, "applies", lambda model, applies=applies: applies)
        with casting(torch.bfloat16, CPU):
            found = learnt(model, batch)
        gaps.append([float((mine - theirs).norm() / theirs.norm()) for mine, theirs in zip(found, exact, strict=True)])
    for module, mine in zip(*gaps, strict=True):
        assert 1e-4 < mine < 1.5 * module


def test_projections_and_norms_are_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is for: fewer products a layer, 4 instead of 7."""
    model = make("ours")
    layout, _ = pack(ragged())

    def products(run: Any) -> int:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as seen:
            run()
        return sum(event.count for event in seen.key_averages() if event.key == "aten::linear")

    with torch.no_grad():
        assert products(lambda: llama.read(model, layout)) == 4 * 2
        assert products(lambda: token_logprobs(model, ragged())) >= 7 * 2


def test_it_is_for_plain_llamas_elsewhere_than_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not llama.applies(make("ours"))
    with elsewhere(monkeypatch) as device:
        assert llama.applies(make("ours").to(device))
        assert not llama.applies(make("gpt2").to(device))
        adapters, lean = make("ours"), make("ours")
        adapt(adapters, LoraConfig(rank=2), 0)
        recompute(lean)
        assert not llama.applies(adapters.to(device))
        assert not llama.applies(lean.to(device))


def test_layers_are_counted() -> None:
    layout: Layout = pack(ragged())[0]
    llama.read(make("ours"), layout)
    assert layout.layers == 2
