"""Sampling: what is drawn comes from the model's distribution, however cleverly it is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.decoder import LlamaDecoder, ModuleDecoder, decoder
from reason_arena.agents.language_model.forward import token_logprobs
from reason_arena.agents.language_model.sampler import choose, sample
from reason_arena.agents.learning.batch import collate

torch.set_num_threads(1)
SMALL = ModelConfig(layers=2, width=32, heads=4, feedforward=64, context=64)
TEXT = models.tokenizer()
PROMPTS = [models.encode(TEXT, question, special=True) for question in ("7+5", "What is 12 + 345?", "7+5", "9", "7+5")]


def lively(model: Any) -> Any:
    """Weights large enough that the distributions are far from uniform."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                weight.mul_(12)
    return model


@pytest.fixture(scope="module")
def llama() -> Any:
    return lively(models.build(SMALL, seed=0))


@pytest.fixture(scope="module")
def grouped_llama() -> Any:
    """Fewer key-value heads than heads, a head size of its own, an output layer of its own."""
    torch.manual_seed(1)
    shape = LlamaConfig(
        vocab_size=len(TEXT), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=64, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    return lively(LlamaForCausalLM(shape)).eval()


@pytest.fixture(scope="module")
def other() -> Any:
    """A model of another shape, which only its own module can step."""
    torch.manual_seed(2)
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=len(TEXT), n_embd=32, n_layer=2, n_head=2, n_positions=64, eos_token_id=2, bos_token_id=1)
    ).eval()


def draw(model: Any, engine: Any = None, seed: int = 0, **setting: Any) -> Any:
    sampling = Sampling(**{"max_new_tokens": 24, **setting})
    return sample(model, TEXT, PROMPTS, sampling, torch.Generator().manual_seed(seed), engine)


def reference_logits(model: Any, row: list[int]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([row])).logits[0, -1]


@pytest.mark.parametrize("name", ["llama", "grouped_llama", "other"])
@pytest.mark.parametrize("engine", [LlamaDecoder, ModuleDecoder])
def test_a_decoder_computes_the_modules_logits(name: str, engine: Any, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    if name == "other" and engine is LlamaDecoder:
        assert isinstance(decoder(model), ModuleDecoder)
        return
    stepper = engine(model)
    rows = [list(PROMPTS[i]) for i in (0, 1, 1, 3)]
    with torch.inference_mode():
        logits = stepper.begin([PROMPTS[0], PROMPTS[1], PROMPTS[3]], torch.tensor([0, 1, 1, 2]), budget=8)
        for step in range(6):
            expected = torch.stack([reference_logits(model, row) for row in rows])
            torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
            if step == 2:  # two rows leave, the others change places
                stepper.keep(torch.tensor([2, 0]))
                rows = [rows[2], rows[0]]
            tokens = torch.tensor([(7 * step + row) % 90 + 5 for row in range(len(rows))])
            rows = [[*row, int(token)] for row, token in zip(rows, tokens, strict=True)]
            logits = stepper.step(tokens)


def test_logprobs_equal_those_of_the_training_forward(llama: Any, other: Any) -> None:
    for model in (llama, other):
        for temperature in (1.0, 0.7):
            drawn = draw(model, temperature=temperature)
            scored = token_logprobs(model, collate(drawn), temperature)
            torch.testing.assert_close(scored.logprobs.detach(), collate(drawn).logprobs, rtol=1e-4, atol=1e-4)
            assert len(scored.entropy) == collate(drawn).chosen
            assert (scored.entropy >= 0).all()


def test_sharing_and_leaving_early_change_nothing(llama: Any) -> None:
    """Against a plain loop: one row at a time, the whole sequence through the module for each token."""
    drawn = draw(llama, seed=3, temperature=2.0)
    assert {completion.finish_reason for completion in drawn} == {"stop", "length"}  # so rows did leave early
    uniforms = torch.empty(len(PROMPTS), 24, dtype=torch.float64)
    uniforms.uniform_(generator=torch.Generator().manual_seed(3))
    for row, completion in enumerate(drawn):
        ids = list(PROMPTS[row])
        for place in range(24):
            token, _ = choose(reference_logits(llama, ids)[None], 2.0, uniforms[row, place : place + 1])
            ids.append(int(token))
            if ids[-1] == TEXT.eos_token_id:
                break
        assert completion.token_ids == tuple(ids[len(PROMPTS[row]) :])
        assert completion.text == "".join(models.decode(TEXT, [completion.token_ids]))


def test_both_decoders_draw_the_same(llama: Any, grouped_llama: Any) -> None:
    for model in (llama, grouped_llama):
        lean, plain = (draw(model, engine(model), seed=5) for engine in (LlamaDecoder, ModuleDecoder))
        assert [completion.token_ids for completion in lean] == [completion.token_ids for completion in plain]


def test_greedy_equals_generate(llama: Any) -> None:
    for prompt, completion in zip(PROMPTS, draw(llama, temperature=0.0), strict=True):
        ids = torch.tensor([prompt])
        out = llama.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=24)
        assert list(completion.token_ids) == out[0, len(prompt) :].tolist()


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([[0.1, 0.2, 0.0, 0.7]]).log()
    count = 10_000
    evenly = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    drawn, logprobs = choose(logits.expand(count, 4), 1.0, evenly)
    assert torch.bincount(drawn, minlength=4).tolist() == [1000, 2000, 0, 7000]
    torch.testing.assert_close(logprobs, logits[0][drawn], rtol=1e-5, atol=1e-6)
    # At temperature 1/2 the odds 1 : 2 : 7 become 1 : 4 : 49.
    sharper, _ = choose(logits.expand(count, 4), 0.5, evenly)
    assert torch.bincount(sharper, minlength=4).tolist() == [185, 741, 0, 9074]


def test_the_edges_of_the_random_number_are_tokens_too() -> None:
    logits = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]).log()
    lowest, _ = choose(logits, 1.0, torch.zeros(2, dtype=torch.float64))
    highest, _ = choose(logits, 1.0, torch.full((2,), 1 - 2**-53, dtype=torch.float64))
    assert lowest.tolist() == [0, 1]
    assert highest.tolist() == [1, 2]


def test_an_end_of_sequence_is_kept_and_nothing_after_it(llama: Any) -> None:
    for completion in draw(llama, seed=3, temperature=2.0):
        inside = completion.token_ids[:-1] if completion.finish_reason == "stop" else completion.token_ids
        assert TEXT.eos_token_id not in inside
        assert len(completion.logprobs) == len(completion.token_ids)
        if completion.finish_reason == "length":
            assert len(completion.token_ids) == 24


def test_the_context_bounds_a_completion(llama: Any) -> None:
    prompt = [5] * (SMALL.context - 3)
    (completion,) = sample(llama, TEXT, [prompt], Sampling(0.0, 24), torch.Generator())
    assert len(completion.token_ids) <= 3
    with pytest.raises(ValueError, match="leaves no room"):
        sample(llama, TEXT, [[5] * SMALL.context], Sampling(0.0, 24), torch.Generator())


def test_building_is_a_function_of_the_seed_and_leaves_the_global_stream_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    first, again, different = (models.build(SMALL, seed=seed).state_dict() for seed in (0, 0, 1))
    assert torch.rand(1) == expected
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["model.embed_tokens.weight"], different["model.embed_tokens.weight"])
    assert models.parameters(models.build(replace(SMALL, layers=1), 0)) < models.parameters(models.build(SMALL, 0))
