"""LoRA: what a model with adapters computes, what is trained of it, what it costs, and what stands on the disk.

Run as a script, `test_adapters.py FOLDER BASE UPDATE`, this file trains and kills itself after that update.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from test_packing import alone, ragged, tokens
from tiny import READER, silent, stop_after
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM
from zoo import TEXT, ZOO, doubled, make

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.adapters import adapt, merged
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.assembly import fingerprint
from reason_arena.agents.language_model.config import LanguageModelConfig, LoraConfig, Sampling, SftConfig
from reason_arena.agents.language_model.decoder import ModuleDecoder, decoder, fits
from reason_arena.agents.language_model.flops import sampling_flops, training_flops
from reason_arena.agents.language_model.forward import check_model, token_logprobs
from reason_arena.agents.language_model.optimiser import Optimiser
from reason_arena.agents.language_model.recomputation import recompute
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.agents.learning.progress import read_lines
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

torch.set_num_threads(1)
LORA = LoraConfig(rank=4, alpha=8.0)
ADAPTING = replace(READER, lora=LORA, grpo=replace(READER.grpo, learning_rate=3e-2))


def adapted(name: str) -> Any:
    """One of the zoo whose adapters are far from 0."""
    model = make(name)
    adapt(model, LORA, seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for full_name, weight in model.named_parameters():
            if "lora_B" in full_name:
                weight.normal_(0, 0.3, generator=generator)
    return model


def count(model: Any, what: Callable[[str], bool]) -> int:
    return sum(weight.numel() for name, weight in model.named_parameters() if what(name))


@pytest.mark.parametrize("name", ZOO)
def test_adapters_change_nothing_at_first_and_alone_are_trained(name: str) -> None:
    plain, model = make(name), make(name)
    before = torch.get_rng_state()
    adapt(model, LORA, seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert type(model) is type(plain)
    assert not any(module.training for module in model.modules())
    ids = torch.tensor([tokens(9, 0)])
    with torch.no_grad():
        assert torch.equal(model(ids).logits, plain(ids).logits)
    trained = {each for each, weight in model.named_parameters() if weight.requires_grad}
    assert trained == {each for each, _ in model.named_parameters() if ".lora_" in each}
    linear = [m for m in plain.modules() if type(m).__name__ in ("Linear", "Conv1D")]
    # A (4, in) and B (out, 4) for every matrix before the output layer: 4 (in + out).
    expected = sum(4 * sum(layer.weight.shape) for layer in linear if layer is not plain.get_output_embeddings())
    assert count(model, lambda each: ".lora_" in each) == expected
    assert models.parameters(model) == models.parameters(plain)


@pytest.mark.parametrize("name", ZOO)
def test_the_sampler_draws_from_the_model_that_is_trained(name: str) -> None:
    model, plain = adapted(name), make(name)
    check_model(model)
    assert fits(model) == fits(plain)
    requests = [Request(tokens(6, seed // 2), seed) for seed in range(6)]
    drawn = {}
    for engine in {ModuleDecoder, type(decoder(model))}:
        drawn = Sampler(model, TEXT, Sampling(1.0, 12), engine).draw(requests)
        batch = collate(drawn)
        with torch.no_grad():
            found = token_logprobs(model, batch).logprobs
            torch.testing.assert_close(found, batch.logprobs, rtol=1e-4, atol=1e-4)
            assert ((found - token_logprobs(plain, batch).logprobs)[batch.mask].abs() > 0.05).any()
            for row in range(len(batch)):
                length = int(batch.lengths[row])
                torch.testing.assert_close(found[row, :length], alone(model, batch, row), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ZOO)
def test_merged_it_is_the_plain_model_that_computes_the_same(name: str) -> None:
    model, plain = adapted(name), make(name)
    state = merged(model)
    assert state.keys() == plain.state_dict().keys()
    plain.load_state_dict(state)
    ids = torch.tensor([tokens(9, 0)])
    with torch.no_grad():
        torch.testing.assert_close(plain(ids).logits, model(ids).logits, rtol=1e-4, atol=1e-4)


def test_adapters_derive_from_the_seed_and_only_named_layers_get_some() -> None:
    few = replace(LORA, targets=("q_proj", "mlp.down_proj"))
    first, again, other = (make("ours") for _ in range(3))
    for model, seed in ((first, 0), (again, 0), (other, 1)):
        torch.manual_seed(seed + 5)
        adapt(model, few, seed)
    own = {name: weight for name, weight in first.named_parameters() if "lora_A" in name}
    assert {name.split(".lora_A")[0].split("layers.")[1] for name in own} == {
        f"{layer}.{place}" for layer in (0, 1) for place in ("self_attn.q_proj", "mlp.down_proj")
    }
    assert all(torch.equal(weight, dict(again.named_parameters())[name]) for name, weight in own.items())
    assert not any(torch.equal(weight, dict(other.named_parameters())[name]) for name, weight in own.items())
    bound = 32**-0.5  # q_proj reads 32 numbers
    drawn = own["model.layers.0.self_attn.q_proj.lora_A.default.weight"]
    assert 0.9 * bound < drawn.abs().max() <= bound
    assert abs(drawn.mean()) < 0.2 * bound


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_the_optimiser_steps_adapters_alone(kind: Any) -> None:
    model = adapted("ours")
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    token_logprobs(model, ragged()).logprobs.sum().backward()  # type: ignore[no-untyped-call]
    Optimiser(model, SftConfig(optimiser=kind)).step(1e-2, 1.0)
    moved = {name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])}
    assert moved == {name for name in before if ".lora_" in name}


def test_layers_that_are_computed_anew_give_adapters_the_same_gradient() -> None:
    found = []
    for anew in (False, True):
        model = doubled(adapted("grouped"))
        if anew:
            recompute(model)
        token_logprobs(model, ragged()).logprobs.sum().backward()  # type: ignore[no-untyped-call]
        found.append(torch.cat([w.grad.flatten() for w in model.parameters() if w.grad is not None]))
    torch.testing.assert_close(found[1], found[0], rtol=1e-9, atol=1e-9)
    assert found[0].norm() > 0.01


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"rank": -1}, r"lora\.rank=-1"),
        ({"rank": 2, "alpha": float("nan")}, r"lora\.alpha=nan"),
        ({"rank": 2, "dropout": 0.1}, r"lora\.dropout=0\.1: expected 0"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_named(values: Any, told: str) -> None:
    with pytest.raises(BadConfig, match=told):
        LoraConfig(**values)


@pytest.mark.parametrize("target", ["lm_head", "embed_tokens", "proj", "input_layernorm"])
def test_a_target_that_is_no_inner_linear_layer_is_named(target: str) -> None:
    with pytest.raises(BadConfig, match=rf"lora\.targets: '{target}' .*expected of down_proj, gate_proj, k_proj"):
        adapt(make("grouped"), replace(LORA, targets=("q_proj", target)), seed=0)


def test_without_peft_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(BadConfig, match=r"peft; pip install 'reason-arena\[train\]'"):
        adapt(make("ours"), LORA, seed=0)
    adapt(make("ours"), LoraConfig(), seed=0)


PRODUCTS = {"mm", "addmm"}


def products(function: Callable[[], Any]) -> float:
    """Operations of matrix products, as torch counts them: attention aside, which it counts as if all saw all."""
    with FlopCounterMode(display=False) as counter:
        function()
    found = counter.get_flop_counts()["Global"]
    return sum(value for operation, value in found.items() if str(operation).split(".")[-1] in PRODUCTS)


@pytest.mark.parametrize("lora", [False, True])
def test_training_costs_what_torch_counts(lora: bool) -> None:
    model = adapted("grouped") if lora else make("grouped")
    prompt, answer = 6, 11
    batch = collate([Completion(tokens(prompt, 0), tokens(answer, 1))])
    read, width, layers, vocabulary = prompt + answer - 1, 32, 2, len(TEXT)
    counted = products(lambda: token_logprobs(model, batch).logprobs.sum().backward())  # type: ignore[no-untyped-call]
    # Each head of 4 mixes for a token itself and those before it, 16 numbers for the score and 16 for the mixture,
    # and takes three times that with backward.
    attention = 3 * layers * 4 * (2 * 16 + 2 * 16) * read * (read + 1) / 2
    # Ours computes the logits of the answer once more in backward, and that is no part of the bill.
    counted -= 2 * answer * width * vocabulary
    if lora:  # nothing below the first q, k and v learns, so the gradient of their inputs is left out
        counted += 2 * read * (32 * 64 + 2 * 32 * 32 + 3 * 4 * 32)
    assert training_flops(model, batch) == counted + attention
    # By hand. A layer: q and o (32, 64), k and v (32, 32), three of (32, 48).
    body = layers * (2 * 32 * 64 + 2 * 32 * 32 + 3 * 32 * 48)
    small = layers * 4 * (2 * (32 + 64) + 2 * (32 + 32) + 3 * (32 + 48)) if lora else 0
    head = width * vocabulary
    learnt = 4 * (body * read + head * answer) + 6 * small * read
    assert training_flops(model, batch) - attention == (learnt if lora else 6 * (body * read + head * answer))


def test_sampling_costs_what_the_merged_model_does() -> None:
    model, plain = adapted("grouped"), make("grouped")
    drawn = [Completion(tokens(6, 0), tokens(4, 1)), Completion(tokens(6, 0), tokens(1, 2))]
    # The prompt is read once, 3 + 0 tokens of the answers are; 4 + 1 are drawn.
    body = 2 * (2 * 32 * 64 + 2 * 32 * 32 + 3 * 32 * 48)
    looked_at = 6 * 7 / 2 + 7 + 8 + 9
    expected = 2 * body * 9 + 2 * 32 * len(TEXT) * 5 + 2 * 4 * (2 * 16 + 2 * 16) * looked_at
    assert sampling_flops(plain, drawn) == sampling_flops(model, drawn) == expected


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    return train_language_model(READER, folder, seed=0, stage="sft", report=silent)


@pytest.fixture(scope="module")
def unbroken(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    return train_language_model(ADAPTING, folder, seed=0, stage="grpo", start=base, report=silent)


def rewards(folder: Path) -> list[tuple[int, float, float]]:
    rows = read_lines(folder.parent / "metrics.jsonl")
    return [(row["update"], row.get("loss", 0.0), row.get("reward", 0.0)) for row in rows]


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(unbroken: Path, base: Path, tmp_path: Path) -> None:
    process = subprocess.run([sys.executable, __file__, str(tmp_path), str(base), "3"], check=False)
    assert process.returncode == -signal.SIGKILL
    under_way = tmp_path / "grpo" / "checkpoint"
    assert checkpoint.load_manifest(under_way)["totals"]["update"] == 2
    assert not (under_way / "model.safetensors").exists()  # the weights that do not change are not written
    ended = train_language_model(ADAPTING, tmp_path, seed=0, stage="grpo", start=base, report=silent)
    for name in ("model.safetensors", "adapter/adapter_model.safetensors", "optimizer.safetensors"):
        ours, theirs = load_file(ended / name), load_file(unbroken / name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert rewards(ended) == rewards(unbroken)


def test_a_finished_run_is_an_ordinary_model_with_its_adapters_beside_it(unbroken: Path, base: Path) -> None:
    ids = torch.tensor([tokens(9, 0)])
    whole, start = (AutoModelForCausalLM.from_pretrained(folder) for folder in (unbroken, base))
    assert {name for name, _ in whole.named_parameters()} == {name for name, _ in start.named_parameters()}
    with torch.no_grad():
        before = start(ids).logits
        with_adapters = PeftModel.from_pretrained(start, unbroken / "adapter").eval()  # peft's own reader
        torch.testing.assert_close(with_adapters(ids).logits, whole(ids).logits, rtol=1e-4, atol=1e-4)
        assert (whole(ids).logits - before).abs().max() > 1e-2
    agent = LanguageModelAgent.load(unbroken)
    assert agent.cost().parameters == models.parameters(whole)
    grown = read_lines(unbroken.parent / "metrics.jsonl")[-1]
    before_it = LanguageModelAgent.load(base).cost()
    assert agent.cost().train_flops == before_it.train_flops + grown["train_flops"]


def test_the_next_stage_goes_on_from_it(unbroken: Path, tmp_path: Path) -> None:
    config = replace(ADAPTING, sft=replace(ADAPTING.sft, updates=1), score_every=0)
    again = train_language_model(config, tmp_path, seed=1, stage="sft", start=unbroken, report=silent)
    assert checkpoint.load_manifest(again)["start"] == fingerprint(models.load(unbroken)[0])
    assert (again / "model.safetensors").exists()


def test_what_is_under_way_cannot_play_and_goes_on_only_as_it_began(base: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train_language_model(ADAPTING, tmp_path, seed=0, stage="grpo", start=base, report=stop_after(1, "grpo"))
    with pytest.raises(BadCheckpoint, match="adapters of a run that has not ended"):
        LanguageModelAgent.load(tmp_path / "grpo" / "checkpoint")
    wider = replace(ADAPTING, lora=replace(LORA, rank=5))
    with pytest.raises(BadCheckpoint, match=r"config\.lora\.rank=4, now it is 5"):
        train_language_model(wider, tmp_path, seed=0, stage="grpo", start=base, report=silent)
    with pytest.raises(BadCheckpoint, match=r"config\.lora={"):
        train_language_model(
            replace(ADAPTING, lora=LoraConfig()), tmp_path, seed=0, stage="grpo", start=base, report=silent
        )


def test_a_run_without_adapters_does_not_speak_of_them() -> None:
    assert "lora" not in LanguageModelConfig().identity("grpo")


if __name__ == "__main__":
    target, start, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

    def die(row: Mapping[str, Any]) -> None:
        if row["update"] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    train_language_model(ADAPTING, target, seed=0, stage="grpo", start=start, report=die)
