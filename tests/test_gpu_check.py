"""The check for graphics processors, on the CPU: it finds what it looks for, and nothing that fails stops it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from elsewhere import elsewhere

from reason_arena.agents.language_model import attention, devices
from reason_arena.arena.bench import gpu, gpu_stages
from reason_arena.arena.bench.gpu import SECTIONS, Setting
from reason_arena.arena.bench.measurement import Finding
from reason_arena.scripts import gpu_check

CPU = Setting(torch.device("cpu"), quick=True)


@pytest.mark.parametrize("name", [name for name in SECTIONS if name != "step"])
def test_a_section_finds_numbers_and_nothing_wrong(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_stages, "LESSONS", 160)
    found = list(SECTIONS[name][1](CPU))
    assert len(found) > 2
    assert all(math.isfinite(each.value) and each.value >= 0 and not each.wrong for each in found)
    assert any(each.most is not None for each in found) == (name != "train")


@pytest.mark.parametrize("name", [name for name in SECTIONS if name not in ("step", "stages")])
def test_a_section_works_where_the_model_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the device that refuses whatever was not moved there; it takes no time and holds nothing."""
    monkeypatch.setattr(devices, "clock", lambda device: time.perf_counter)
    monkeypatch.setattr(devices, "peak_memory", lambda device: 0.0)
    with elsewhere(monkeypatch) as device:
        found = list(SECTIONS[name][1](Setting(device, quick=True)))
    assert not any(each.wrong for each in found)


def test_a_step_is_held_against_trls() -> None:
    found = {each.row: each for each in gpu.step(CPU)}
    for part in ("step", "sample", "train"):
        ours, theirs = (found[f"{part}: {side}"].value for side in ("ours", "TRL"))
        assert found[f"{part}: ours over TRL"].value == pytest.approx(ours / theirs)
        assert ours > 0
    assert not found["gradient on TRL's batch"].wrong


def test_a_learner_that_looks_ahead_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that cannot fail is none."""

    causal = attention._on_cpu

    def ahead(own: Sequence[torch.Tensor], *rest: Any) -> torch.Tensor:
        query, _, value = own
        return causal(own, *rest) + value.roll(-1, dims=1).repeat_interleave(query.shape[2] // value.shape[2], 2)

    monkeypatch.setattr(attention, "_on_cpu", ahead)
    first = next(gpu.packed(CPU))
    assert first.wrong
    assert first.value > 0.1


def test_records_are_held_against_each_other_update_by_update() -> None:
    here = [{"loss": 2.0, "grad_norm": 0.5}, {"loss": 1e-9, "grad_norm": 0.4}]
    assert gpu_stages._gap(here, [dict(row) for row in here]) == 0
    there = [{"loss": 2.1, "grad_norm": 0.5}, {"loss": 0.04, "grad_norm": 0.3}]
    assert gpu_stages._gap(here, there) == pytest.approx(0.25)  # of 0.05, 0, 0.04 of one at least, 0.1 of 0.4
    assert math.isnan(gpu_stages._gap([{"loss": 0.0, "grad_norm": 1e-7}], [{"loss": 0.0, "grad_norm": 1e-7}]))
    with pytest.raises(ValueError, match="shorter"):
        gpu_stages._gap(here, there[:1])  # an update less was recorded


def test_a_stage_that_computes_something_else_elsewhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second run of a stage has other questions its losses differ by more than the limit."""
    train, seeds = gpu_stages.train_language_model, iter([0, *[0, 1] * 2])
    monkeypatch.setattr(
        gpu_stages,
        "train_language_model",
        lambda config, folder, _, *rest, **options: train(config, folder, next(seeds), *rest, **options),
    )
    monkeypatch.setattr(gpu_stages, "RECIPES", {name: gpu_stages.RECIPES[name] for name in ("sft", "grpo")})
    monkeypatch.setattr(gpu_stages, "LESSONS", 20)
    _, *found = gpu_stages.compared(torch.device("cpu"))
    assert [each.wrong for each in found] == [True, True]


def test_no_number_is_wrong_where_there_is_a_limit() -> None:
    assert Finding("gap", math.nan, "nats", 1.0).wrong
    assert not Finding("gap", 1.0, "nats", 1.0).wrong
    assert not Finding("rate", math.inf, "tokens / s").wrong


def test_what_fails_or_takes_too_long_is_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sections run in processes: "late" has no time at all, "lost" is none that they know."""
    times = {"late": (0.0, SECTIONS["packed"][1]), "lost": (60.0, SECTIONS["packed"][1])}
    monkeypatch.setattr(gpu, "SECTIONS", {**times, "sampler": SECTIONS["sampler"]})
    assert gpu_check.main(["--device", "cpu", "--quick", "--json"]) == gpu_check.WRONG
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    ends = {row["section"]: row for row in rows if row["wrong"]}
    assert ends["late"]["row"] == "not done after 0 s"
    assert "lost" in ends["lost"]["row"]
    assert "sampler" not in ends
    assert {row["section"] for row in rows if row["row"] == "all of it"} == {"late", "lost", "sampler"}
    assert sum(row["section"] == "sampler" for row in rows) == 5


def test_the_limits_of_all_sections_are_less_than_eight_minutes() -> None:
    assert sum(budget for budget, _ in SECTIONS.values()) < 480


def test_the_table_names_what_was_found(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str, budget: float, options: object) -> Iterator[gpu_check.Row]:
        yield gpu_check.Row(name, "gap", 0.25, "nats", 0.1, True)
        yield gpu_check.Row(name, "rate", 12345.6, "tokens / s")

    monkeypatch.setattr(gpu_check, "_section", found)
    assert gpu_check.main(["--device", "cpu", "--sections", "packed"]) == gpu_check.WRONG
    told = capsys.readouterr().out
    for words in ("packed", "0.25 nats", "0.1", "WRONG", "12,346 tokens / s", "gpu_check on cpu, torch"):
        assert words in told


def test_bad_words_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_check.main(["--device", "cpu", "--sections", "pakced"]) == 2
    assert "pakced" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert gpu_check.main([]) == 2
        assert "CUDA" in capsys.readouterr().err


def test_the_model_on_a_graphics_processor_is_of_smollm2s_shape() -> None:
    case = replace(CPU, quick=False).case
    assert (case.layers, case.width, case.heads, case.kv_heads) == (30, 576, 9, 3)
    assert (case.feedforward, case.vocabulary) == (1536, 49152)
