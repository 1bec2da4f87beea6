"""bfloat16 products beside float32 weights, and float32 products that stay exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from safetensors.torch import load_file
from tiny import READER, silent
from zoo import TEXT, ZOO, make

from reason_arena.agents.language_model import models, precision
from reason_arena.agents.language_model.config import DpoConfig, Sampling, Stage
from reason_arena.agents.language_model.forward import token_logprobs
from reason_arena.agents.language_model.optimiser import Optimiser
from reason_arena.agents.language_model.precision import casting, casts_to, chosen, fast_products
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.agents.learning.progress import read_lines
from reason_arena.tasks.errors import UnknownName

CPU = torch.device("cpu")
PROMPTS = [tuple(models.encode(TEXT, question, special=True)) for question in ("7+5", "What is 12 + 345?", "7+5")]


def test_fast_products_keep_all_of_float32() -> None:
    matmul: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(200, 200, generator=generator) for _ in range(2))
    with fast_products():
        product = a @ b
    # In float32 each of 200 summands of size 1 is off by 2^-24 of it; rounded to bfloat16 by 2^-9.
    assert (product - a.double() @ b.double()).abs().max() < 200 * 16 * 2**-24
    assert matmul.fp32_precision == before


@pytest.mark.parametrize("instructions", [{"avx512_bf16", "amx_bf16", "amx_tile"}, {"amx_int8"}])
def test_where_large_products_would_be_rounded_nothing_is_changed(
    instructions: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # On an Intel Xeon with AMX a product of 64 x 64 came out exact, and one of 500 x 300 with 300 x 200 off by 0.19.
    matmul: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    monkeypatch.setattr(precision, "_found", lambda: instructions)
    assert not precision._exact.__wrapped__()
    monkeypatch.setattr(precision, "_exact", precision._exact.__wrapped__)
    before = matmul.fp32_precision
    with fast_products():
        assert matmul.fp32_precision == before


def test_exactness_is_tried_on_large_matrices_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = list[int]()

    def multiplied(size: int) -> bool:
        sizes.append(size)
        return size < 512  # as AMX did

    monkeypatch.setattr(precision, "_found", set)
    monkeypatch.setattr(precision, "_multiplied_exactly", multiplied)
    assert not precision._exact.__wrapped__()
    assert max(sizes) >= 512


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_cuda_rounds_what_is_left_in_float32_where_bfloat16_is_asked_for(
    name: Literal["float32", "bfloat16"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matmul: Any = torch.backends.cuda.matmul
    before, seen, step = matmul.fp32_precision, list[str](), Optimiser.step

    def watched(self: Optimiser, *rest: float) -> float:
        seen.append(matmul.fp32_precision)
        return step(self, *rest)

    monkeypatch.setattr(Optimiser, "step", watched)
    config = replace(READER, sft=replace(READER.sft, updates=2), precision=name, score_every=0)
    train_language_model(config, tmp_path, 0, report=silent, stage="sft")
    assert seen == [before if name == "float32" else "tf32"] * 2
    assert matmul.fp32_precision == before != "tf32"


def test_auto_is_a_format_and_others_are_named() -> None:
    assert chosen("auto", CPU) in (torch.float32, torch.bfloat16)
    assert chosen("bfloat16", CPU) == torch.bfloat16
    with pytest.raises(UnknownName, match="float32"):
        chosen("float16", CPU)


@pytest.mark.parametrize("name", ZOO)
def test_in_bfloat16_the_sampler_still_draws_from_what_the_learner_reads(name: str) -> None:
    model = make(name)
    requests = [Request(prompt, row) for row, prompt in enumerate(PROMPTS)]
    with casting(torch.bfloat16, CPU):
        drawn = Sampler(model, TEXT, Sampling(1.0, 24)).draw(requests)
        batch = collate(drawn, [0.0] * len(drawn))
        read = token_logprobs(model, batch).logprobs[batch.mask]
    full = token_logprobs(model, batch).logprobs[batch.mask]
    told = torch.cat([torch.tensor(each.logprobs) for each in drawn])
    assert (read - full).abs().max() > 1e-4  # it is another format
    # These models' weights are a dozen times larger than trained ones, and so is the rounding.
    assert (told - full).abs().mean() < 0.1
    assert (told - read).abs().mean() < 0.1
    assert all(weight.dtype == torch.float32 for weight in model.parameters())


def test_a_model_trains_in_bfloat16_and_its_weights_are_float32(tmp_path: Path) -> None:
    config = replace(READER, precision="bfloat16")
    ends = {}
    for each in (config, READER):
        done = train_language_model(each, tmp_path / each.precision, 0, report=silent)
        ends[each.precision] = load_file(done / "model.safetensors")
    rows = read_lines(tmp_path / "bfloat16" / "grpo" / "metrics.jsonl")
    assert 1e-6 < rows[1]["max_sampler_gap"] < 0.1
    assert {weight.dtype for weight in ends["bfloat16"].values()} == {torch.float32}
    assert any(not torch.equal(ends["bfloat16"][name], ends["float32"][name]) for name in ends["float32"])


def test_pairs_are_drawn_in_the_format_of_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    formats = list[Any]()
    draw = Sampler.draw

    def listening(sampler: Sampler, requests: Sequence[Request]) -> list[Completion]:
        formats.append(casts_to(sampler.model.device))
        return draw(sampler, requests)

    monkeypatch.setattr(Sampler, "draw", listening)
    config = replace(READER, score_every=0, dpo=DpoConfig(updates=1, pairs=2, batch=2, labeller="correct"))
    stages: tuple[Stage, ...] = ("sft", "dpo")
    for name in ("float32", "bfloat16"):
        made = replace(config, precision=name)
        for stage in stages:
            train_language_model(made, tmp_path / name, 0, report=silent, stage=stage)
        assert set(formats) == {torch.bfloat16 if name == "bfloat16" else None}
        formats.clear()
