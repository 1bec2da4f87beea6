"""Models compute where they are told to, and what comes of it does not depend on where that is."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from elsewhere import DEVICE, elsewhere
from safetensors.torch import load_file, save_file
from tiny import READER
from zoo import TEXT, ZOO, lively, make

from reason_arena.agents.language_model import devices, llama, models, train
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.assembly import Assembly, fingerprint
from reason_arena.agents.language_model.config import LanguageModelConfig, LoraConfig, Memory, Sampling, Stage
from reason_arena.agents.language_model.heads import HEADS, save_heads
from reason_arena.agents.language_model.job import Job
from reason_arena.agents.language_model.optimiser import Optimiser
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.trainer import learn
from reason_arena.tasks.errors import BadConfig

PROMPTS = [tuple(models.encode(TEXT, text, special=True)) for text in ("7+5", "What is 12 + 345?", "7+5", "9", "1")]
STAGES: dict[Stage, dict[str, Any]] = {
    "pretrain": {},
    "sft": {},
    "distill": {"student_share": 0.5, "batch": 6},
    "reinforce": {"beta": 0.01},
    "ppo": {"beta": 0.01, "minibatches": 2},
    "grpo": {},
    "reward": {"pairs": 8, "batch": 4},
    "dpo": {"pairs": 8, "batch": 4},
}


def test_the_devices_of_this_machine_have_names() -> None:
    graphics = torch.cuda.is_available()
    assert devices.device("cpu") == torch.device("cpu")
    assert devices.device("auto").type == ("cuda" if graphics else "cpu")
    for name in ("tpu", "cuda0", "cuda:", "CPU", ""):
        with pytest.raises(BadConfig, match="expected auto, cpu, cuda"):
            LanguageModelConfig(device=name)
    with pytest.raises(BadConfig, match="CUDA devices here; expected"):
        devices.device("cuda:9")
    if not graphics:
        with pytest.raises(BadConfig, match="sees 0 CUDA devices"):
            models.load("nowhere", device="cuda")


def test_a_run_is_the_same_run_on_another_device() -> None:
    for stage in STAGES:
        assert replace(READER, device="cuda").identity(stage) == replace(READER, device="cpu").identity(stage)


@pytest.mark.parametrize("name", ZOO)
def test_answers_are_drawn_where_the_model_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(model: Any) -> list[Any]:
        sampler = Sampler(model, TEXT, Sampling(max_new_tokens=20, max_rows=3, stop=("Q7",)))
        first = sampler.draw([Request(prompt, row, session=row) for row, prompt in enumerate(PROMPTS)])
        more = [
            Request(answer.prompt_ids + answer.token_ids + (9,), row, session=row) for row, answer in enumerate(first)
        ]
        return first + sampler.draw(more)

    here = drawn(make(name))
    with elsewhere(monkeypatch) as device:
        model = make(name).to(device)
        assert model.device == device
        there = drawn(model)
    assert [answer.token_ids for answer in there] == [answer.token_ids for answer in here]
    for mine, other in zip(there, here, strict=True):
        torch.testing.assert_close(torch.tensor(mine.logprobs), torch.tensor(other.logprobs), rtol=1e-4, atol=1e-4)


def learnt(stage: Stage, folder: Path, where: torch.device, **settings: Any) -> tuple[dict[str, Any], Optimiser, Any]:
    """Weights and heads after two updates, on the CPU; the optimiser and what it steps."""
    section = replace(getattr(READER, stage), updates=2, optimiser="muon", **STAGES[stage])
    if stage == "distill":
        section = replace(section, teacher=folder / "teacher")
    config = replace(READER, **{stage: section}, **settings)
    start = LanguageModelAgent.load(folder / "start", device=config.device)
    assembly = Assembly(config, stage, 0, start)
    model, text = train._model(assembly, None, folder / "start")
    assert model.device == start.model.device == where
    if not assembly.keeps_start:
        assert model is start.model
    agent = LanguageModelAgent(model, text, config.sampling, memory=Memory())
    with assembly.stage(agent, fresh=True) as made:
        optimiser = Optimiser(model, made.config, made.heads)
        for update in range(2):
            learn(made, model, optimiser, made.data(update), update, Job(folder, {}))
        found = {name: weight.cpu() for name, weight in model.state_dict().items()}
        return found | {name: weight.cpu() for name, weight in made.heads.state_dict().items()}, optimiser, made.heads


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two models, lively enough that their answers differ in length."""
    folder: Path = tmp_path_factory.mktemp("devices")
    for seed, name in enumerate(("start", "teacher")):
        model: Any = lively(models.build(READER.model, seed), 6)
        LanguageModelAgent(model, TEXT).save(folder / name)
    return folder


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_learns_where_the_model_is(stage: Stage, start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, optimiser, _ = learnt(stage, start, torch.device("cpu"))
    save_file(optimiser.state(), start / "here")
    # Another order of sums, which AdamW makes much of where a gradient is next to nothing; test_llama.py holds it.
    monkeypatch.setattr(llama, "applies", lambda model: False)
    with elsewhere(monkeypatch) as device:
        monkeypatch.setattr(devices, "device", lambda name: device)
        there, other, heads = learnt(stage, start, device)
        save_heads(heads, start)
        save_file(other.state(), start / "there")
        other.load(start / "here")  # goes on from what was written elsewhere
        assert {state.device for part in other._parts for each in part.state.values() for state in each.values()} == {
            DEVICE
        }
    assert there.keys() == here.keys()
    for name, weight in here.items():
        torch.testing.assert_close(there[name], weight, rtol=1e-4, atol=1e-4, msg=f"{stage}: {name}")
    if heads:
        assert load_file(start / HEADS).keys() == heads.state_dict().keys()
    states = load_file(start / "here"), load_file(start / "there")
    assert states[0].keys() == states[1].keys()


def test_adapters_learn_where_the_model_is(start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lora = LoraConfig(rank=4)
    here, _, _ = learnt("grpo", start, torch.device("cpu"), lora=lora)
    with elsewhere(monkeypatch) as device:
        monkeypatch.setattr(devices, "device", lambda name: device)
        there, _, _ = learnt("grpo", start, device, lora=lora)
    for name, weight in here.items():
        torch.testing.assert_close(there[name], weight, rtol=1e-4, atol=1e-4, msg=name)


def test_a_fingerprint_does_not_tell_where_a_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make("ours")
    told = fingerprint(model)
    with elsewhere(monkeypatch) as device:
        assert fingerprint(copy.deepcopy(model).to(device)) == told


def test_what_was_not_moved_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretended device is strict: else the tests above would prove nothing."""
    with elsewhere(monkeypatch) as device:
        model = make("ours").to(device)
        with pytest.raises(RuntimeError, match="one device"):
            model(torch.tensor([[1, 2, 3]]))
        with pytest.raises(RuntimeError, match="one device"):
            torch.zeros(3, device=device) + torch.zeros(3)
