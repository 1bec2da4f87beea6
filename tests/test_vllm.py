"""Rollouts by vLLM: what is asked of it and what is made of its answers. The engine itself needs CUDA."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from zoo import TEXT, make

from reason_arena.agents.language_model import models, vllm_sampler
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import Sampling
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.vllm_sampler import VllmSampler, completion, parameters
from reason_arena.tasks.errors import BadConfig

SAMPLING = Sampling(0.7, 12, stop=("Q",), max_rows=5, engine="vllm")
PROMPTS = [tuple(models.encode(TEXT, text, special=True)) for text in ("7+5", "What is 12 + 345?", "9")]
REQUESTS = [Request(prompt, seed) for seed, prompt in enumerate(PROMPTS)]


def output(**fields: Any) -> Any:
    """A `RequestOutput` as vLLM documents it, with one `CompletionOutput`."""
    said = {
        "index": 0,
        "text": "4",
        "token_ids": [20, 2],
        "cumulative_logprob": -1.0,
        "logprobs": [
            {20: SimpleNamespace(logprob=-0.25, rank=1, decoded_token="4")},
            {7: SimpleNamespace(logprob=-0.1, rank=1, decoded_token="x"), 2: SimpleNamespace(logprob=-0.75, rank=3)},
        ],
        "finish_reason": "stop",
        "stop_reason": None,
    }
    return SimpleNamespace(prompt_token_ids=[1, 5], outputs=[SimpleNamespace(**{**said, **fields})], finished=True)


class Engine:
    """A stand-in for `vllm.LLM` that keeps weights of its own, as vLLM does, and draws with our sampler."""

    made: list[Engine] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(self, model: str, **settings: Any) -> None:
        self.model, self.text = models.load(Path(model))
        self.settings, self.resets = settings, 0
        runner = SimpleNamespace(model=SimpleNamespace(load_weights=self.load_weights))
        worker = SimpleNamespace(model_runner=runner)
        self.llm_engine = SimpleNamespace(model_executor=SimpleNamespace(driver_worker=worker))
        self.made.append(self)

    def load_weights(self, weights: Any) -> None:
        self.model.load_state_dict(dict(weights))

    def reset_prefix_cache(self) -> None:
        self.resets += 1

    def generate(self, prompts: list[Any], sampling_params: list[Any], use_tqdm: bool) -> list[Any]:
        found = []
        for prompt, asked in zip(prompts, sampling_params, strict=True):
            sampling = Sampling(asked.temperature, asked.max_tokens, tuple(asked.stop))
            assert set(asked.stop_token_ids) == models.stop_ids(self.model, self.text)
            request = Request(tuple(prompt["prompt_token_ids"]), asked.seed)
            (drawn,) = Sampler(self.model, self.text, sampling).draw([request])
            rows = zip(drawn.token_ids, drawn.logprobs, strict=True)
            logprobs = [{token: SimpleNamespace(logprob=logprob)} for token, logprob in rows]
            told = {"token_ids": list(drawn.token_ids), "text": drawn.text, "finish_reason": drawn.finish_reason}
            found.append(output(**told, logprobs=logprobs))
        return found


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> type[Engine]:
    monkeypatch.setitem(
        sys.modules, "vllm", SimpleNamespace(LLM=Engine, SamplingParams=lambda **each: SimpleNamespace(**each))
    )
    monkeypatch.setattr(Engine, "made", [])
    return Engine


def test_a_request_becomes_sampling_parameters() -> None:
    assert parameters(Request((1, 5), 77), SAMPLING, 9, [2, 3]) == {
        "temperature": 0.7,
        "top_p": 1.0,
        "top_k": 0,
        "seed": 77,
        "max_tokens": 9,
        "stop": ["Q"],
        "stop_token_ids": [2, 3],
        "logprobs": 0,
        "skip_special_tokens": True,
    }


def test_an_output_becomes_a_completion() -> None:
    found = completion(Request((1, 5)), output())
    assert (found.prompt_ids, found.token_ids, found.text, found.finish_reason) == ((1, 5), (20, 2), "4", "stop")
    assert found.logprobs == (-0.25, -0.75)  # of the token that was drawn, not of the likeliest
    assert found.entropies == ()
    assert completion(Request((1,)), output(finish_reason="length")).finish_reason == "length"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"finish_reason": "abort"}, "'abort'"),
        ({"finish_reason": None}, "None"),
        ({"logprobs": None}, "0 log-probabilities of 2 tokens"),
        ({"logprobs": [{}]}, "1 log-probabilities of 2 tokens"),
    ],
)
def test_an_output_that_says_too_little_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        completion(Request((1,)), output(**wrong))


def test_it_draws_with_the_weights_as_they_are(engine: type[Engine]) -> None:
    model = make("ours")
    ours, theirs = Sampler(model, TEXT, SAMPLING), VllmSampler(model, TEXT, SAMPLING)
    first = theirs.draw(REQUESTS)
    assert [each.token_ids for each in first] == [each.token_ids for each in ours.draw(REQUESTS)]
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(0.7)
    assert theirs.draw(REQUESTS) == first  # nobody said that they had changed
    theirs.forget()
    second = theirs.draw(REQUESTS)
    assert [each.token_ids for each in second] == [each.token_ids for each in ours.draw(REQUESTS)]
    assert second != first
    VllmSampler(model, TEXT, SAMPLING).draw(REQUESTS)
    (made,) = engine.made  # samplers of one model share it
    assert made.resets == 2
    assert made.settings["logprobs_mode"] == "processed_logprobs"
    assert (made.settings["max_model_len"], made.settings["max_num_seqs"]) == (64, 5)


def test_prompts_that_cannot_be_answered_are_refused(engine: type[Engine]) -> None:
    made = VllmSampler(make("ours"), TEXT, SAMPLING)
    for prompt, told in (((), "empty prompt"), ((5,) * 64, "no room")):
        with pytest.raises(ValueError, match=told):
            made.draw([Request(prompt)])


def test_an_agent_plays_with_it(engine: type[Engine]) -> None:
    agent = LanguageModelAgent(make("ours"), TEXT, SAMPLING)
    agent.reset((1, 2))
    assert agent.act(["7+5", "9"], [{}, {}])
    assert len(engine.made) == 1


def test_without_vllm_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(BadConfig, match=r"reason-arena\[vllm\]"):
        LanguageModelAgent(make("ours"), TEXT, SAMPLING)


def test_it_is_for_one_process(monkeypatch: pytest.MonkeyPatch, engine: type[Engine]) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadConfig, match="torchrun"):
        VllmSampler(make("ours"), TEXT, SAMPLING)


@pytest.mark.skipif(
    not (torch.cuda.is_available() and importlib.util.find_spec("vllm")), reason="needs CUDA and the extra vllm"
)
def test_the_engine_draws_from_the_models_distribution() -> None:
    from reason_arena.agents.language_model.forward import token_logprobs
    from reason_arena.agents.learning.batch import collate

    model = make("ours").to("cuda")
    batch = collate(vllm_sampler.VllmSampler(model, TEXT, SAMPLING).draw(REQUESTS))
    found = token_logprobs(model, batch, SAMPLING.temperature).logprobs.detach().cpu()
    torch.testing.assert_close(found, batch.logprobs, rtol=0, atol=2e-2)
