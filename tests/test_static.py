"""Steps that are recorded and replayed: the tokens and log-probabilities of steps that are not.

CUDA graphs need CUDA. What they ask for, that nothing but the tensors that stay changes from step to step, is tested
here with a recording of torch's own: `make_fx` writes down the operations of one step with all numbers that Python
decided, and replays them.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from elsewhere import elsewhere
from torch.fx.experimental.proxy_tensor import make_fx
from zoo import TEXT, lively, make

from reason_arena.agents.language_model import models, static
from reason_arena.agents.language_model.adapters import adapt
from reason_arena.agents.language_model.config import LoraConfig, ModelConfig, Sampling
from reason_arena.agents.language_model.decoder import LlamaDecoder, ModuleDecoder
from reason_arena.agents.language_model.precision import casting
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.static import StaticDecoder, Step, fastest
from reason_arena.agents.learning.batch import Completion

torch.set_num_threads(1)
TEXTS = ("7+5", "What is 12 + 345?", "7+5", "9", "7+5", "what a long way to go, what a long way", "9", "1")
PROMPTS = [tuple(models.encode(TEXT, text, special=True)) for text in TEXTS]


def traced(step: Step) -> Step:
    """Written down operation by operation; nothing is decided anew."""
    return make_fx(step, tracing_mode="real")()  # type: ignore[no-any-return]


class Traced(StaticDecoder):
    record = staticmethod(traced)


class Recorded:
    """Replays by doing nothing: what a step wrote is still there."""

    def replay(self) -> None:
        pass


class Plain(StaticDecoder):
    def record(self, step: Step) -> Step:
        return step


def draw(sampler: Sampler, prompts: Sequence[tuple[int, ...]] = PROMPTS, seed: int = 0) -> list[Completion]:
    first = sampler.draw([Request(prompt, 100 * seed + row, session=row) for row, prompt in enumerate(prompts)])
    more = [
        Request(answer.prompt_ids + answer.token_ids + (9, 8), row, session=row)
        for row, answer in enumerate(first)
        if len(answer) < 50
    ]
    return first + sampler.draw(more)


def sampler(model: Any, engine: Any, **settings: Any) -> Sampler:
    return Sampler(model, TEXT, Sampling(**{"max_new_tokens": 20, "stop": ("7", "a", "Q"), **settings}), engine)


def check_equal(found: list[Completion], expected: list[Completion], most: float = 1e-4) -> None:
    assert [each.token_ids for each in found] == [each.token_ids for each in expected]
    for mine, theirs in zip(found, expected, strict=True):
        for name in ("logprobs", "entropies"):
            ours, other = (torch.tensor(getattr(each, name)) for each in (mine, theirs))
            torch.testing.assert_close(ours, other, rtol=most, atol=most)


@pytest.mark.parametrize("name", ["ours", "grouped"])
@pytest.mark.parametrize("engine", [Plain, Traced])
@pytest.mark.parametrize("rows", [3, 256])
def test_recorded_steps_draw_what_others_draw(name: str, engine: Any, rows: int) -> None:
    model = make(name)
    expected = draw(sampler(model, LlamaDecoder, max_rows=rows))
    lengths = {len(each.token_ids) for each in expected}
    assert len(lengths) > 3  # rows leave, and others come where there is no room for all
    check_equal(draw(sampler(model, engine, max_rows=rows)), expected)


def test_a_step_is_recorded_once_for_each_size() -> None:
    sizes: list[tuple[int, int]] = []

    class Counted(StaticDecoder):
        def record(self, step: Step) -> Step:
            replay = traced(step)
            sizes.append(tuple(replay().shape))  # type: ignore[arg-type]
            return replay

    model = lively(models.build(ModelConfig(layers=2, width=32, heads=4, feedforward=64, context=256), 0))
    long: dict[str, Any] = {"max_new_tokens": 200, "stop": ("7a", "Q1")}
    made = sampler(model, Counted, **long)
    check_equal(draw(made), draw(sampler(model, LlamaDecoder, **long)))
    once = len(sizes)
    assert once == len(made._static._steps) > 2  # type: ignore[union-attr]
    assert {rows for rows, _ in sizes} <= {1, 2, 4, 8}
    assert {slots for _, slots in made._static._steps} == {128, 256}  # type: ignore[union-attr]
    check_equal(draw(made, seed=1), draw(sampler(model, LlamaDecoder, **long), seed=1))
    assert len(sizes) <= once + 2  # other lengths, mostly the same sizes


def test_recorded_steps_follow_the_weights() -> None:
    model = make("ours")
    made = sampler(model, Traced)
    before = draw(made)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.02 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(5)))
    made.forget()
    after = draw(made)
    check_equal(after, draw(sampler(model, LlamaDecoder)))
    assert [each.token_ids for each in after] != [each.token_ids for each in before]


def test_recorded_steps_follow_adapters_and_formats() -> None:
    model = make("ours")
    adapt(model, LoraConfig(rank=2), 0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".lora_B." in name:
                weight.add_(0.1)
    made = sampler(model, Traced)
    check_equal(draw(made), draw(sampler(model, LlamaDecoder)))
    with casting(torch.bfloat16, torch.device("cpu")):
        made.forget()
        narrow, expected = draw(made), draw(sampler(model, LlamaDecoder))
    made.forget()
    wide = draw(made)
    check_equal(narrow, expected, 2e-2)  # rounded to 8 bits
    assert [each.logprobs for each in narrow] != [each.logprobs for each in wide]
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".lora_B." in name:
                weight.sub_(0.05)
    made.forget()
    check_equal(draw(made), draw(sampler(model, LlamaDecoder)))


def test_room_grows_with_what_is_asked_for() -> None:
    made, model = sampler(make("ours"), Traced), make("ours")
    for count in (1, 3, 8, 2):
        made.forget()
        check_equal(draw(made, PROMPTS[:count]), draw(sampler(model, LlamaDecoder), PROMPTS[:count]))


def test_graphs_share_memory_only_with_graphs_that_are_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # torch refuses the handle of a pool whose graphs are all gone (pytorch's CUDACachingAllocator, use_count > 0).
    handles, pools, devices = itertools.count(), list[int](), list[torch.device]()
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: next(handles))
    monkeypatch.setattr(torch.cuda, "device", lambda there: nullcontext(devices.append(there)))

    def graph(step: Step, pool: int) -> Step:
        pools.append(pool)
        return step

    monkeypatch.setattr(static, "graph", graph)
    made = StaticDecoder(make("ours"))
    for rows in (1, 2, 1):  # the third has room and is recorded already
        store = made.store(8, 16)
        pasts = made.read([PROMPTS[0]], [None])[1]
        store.admit(pasts, torch.zeros(rows, dtype=torch.int64))
        store.begin_step()
        made.step(store, torch.full((rows,), 5))
    assert pools == [0, 0]
    store = made.store(16, 16)  # larger: what was recorded is gone
    store.admit(pasts, torch.zeros(1, dtype=torch.int64))
    made.step(store, torch.tensor([5]))
    assert pools == [0, 0, 1]
    assert devices == [torch.device("cpu")] * 3  # where the model is


def test_a_graph_keeps_what_its_step_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    # A CUDA graph knows addresses: what is freed is somebody else's memory when it is replayed.
    stream = SimpleNamespace(wait_stream=lambda other: None)
    for name, stand_in in (("Stream", lambda: stream), ("current_stream", lambda: stream), ("CUDAGraph", Recorded)):
        monkeypatch.setattr(torch.cuda, name, stand_in)
    for name in ("stream", "graph"):
        monkeypatch.setattr(torch.cuda, name, lambda *_, **__: nullcontext())

    def recorded() -> tuple[Step, weakref.ref[torch.Tensor]]:
        read = torch.ones(1)
        return static.graph(lambda: read + 1, None), weakref.ref(read)

    replay, read = recorded()
    assert read() is not None
    assert replay().item() == 2


def test_recorded_steps_are_where_the_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = draw(sampler(make("grouped"), LlamaDecoder, max_rows=3))
    with elsewhere(monkeypatch) as device:
        check_equal(draw(sampler(make("grouped").to(device), Plain, max_rows=3)), expected)


def test_graphs_are_for_llamas_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    llama, other = make("ours"), make("gpt2")
    assert fastest(llama, "auto") is fastest(llama, "eager") is LlamaDecoder
    for model in (llama, other):
        monkeypatch.setattr(type(model), "device", torch.device("cuda", 0))
    assert fastest(llama, "auto") is StaticDecoder
    assert fastest(llama, "eager") is LlamaDecoder
    assert fastest(other, "auto") is ModuleDecoder
