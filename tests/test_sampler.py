"""Sampling: what is drawn comes from the model's distribution, however cleverly it is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from zoo import SMALL, TEXT, ZOO, make

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.choosing import choose
from reason_arena.agents.language_model.config import Sampling
from reason_arena.agents.language_model.decoder import LlamaDecoder, ModuleDecoder, decoder
from reason_arena.agents.language_model.forward import token_logprobs
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.language_model.store import Store
from reason_arena.agents.learning.batch import Completion, collate

torch.set_num_threads(1)
QUESTIONS = ("7+5", "What is 12 + 345?", "7+5", "9", "7+5", "what a long way to go, what a long way", "9", "1")
PROMPTS = [tuple(models.encode(TEXT, question, special=True)) for question in QUESTIONS]


def draw(model: Any, engine: Any = None, seed: int = 0, **setting: Any) -> list[Completion]:
    sampling = Sampling(**{"max_new_tokens": 24, **setting})
    requests = [Request(prompt, 100 * seed + row) for row, prompt in enumerate(PROMPTS)]
    return Sampler(model, TEXT, sampling, engine).draw(requests)


def ids(drawn: list[Completion]) -> list[tuple[int, ...]]:
    return [completion.token_ids for completion in drawn]


def reference_logits(model: Any, row: list[int]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([row])).logits[0, -1]


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("engine", [LlamaDecoder, ModuleDecoder])
def test_a_decoder_computes_the_modules_logits(name: str, engine: Any) -> None:
    model = make(name)
    assert isinstance(decoder(model), LlamaDecoder) == (name in ("ours", "grouped"))
    if engine is LlamaDecoder and name not in ("ours", "grouped"):
        return
    stepper, store = engine(model), Store()
    rows = [list(PROMPTS[i]) for i in (0, 1, 1, 3)]
    with torch.inference_mode():
        logits, pasts = stepper.read([PROMPTS[0], PROMPTS[1], PROMPTS[3]], [None] * 3)
        store.admit(pasts, torch.tensor([0, 1, 1, 2]))
        logits = logits[[0, 1, 1, 2]]
        for step in range(8):
            expected = torch.stack([reference_logits(model, row) for row in rows])
            torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
            if step == 2:  # two rows leave, the others change places
                store.keep(torch.tensor([2, 0]))
                rows = [rows[2], rows[0]]
            tokens = torch.tensor([(7 * step + row) % 90 + 5 for row in range(len(rows))])
            rows = [[*row, int(token)] for row, token in zip(rows, tokens, strict=True)]
            store.begin_step()
            logits = stepper.step(store, tokens)
            store.end_step()
            if step == 4:  # a longer prompt comes in, twice, while the others go on
                first, more = stepper.read([PROMPTS[5]], [None])
                store.admit(more, torch.tensor([0, 0]))
                rows += [list(PROMPTS[5])] * 2
                logits = torch.cat([logits, first[[0, 0]]])


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_logprobs_and_entropies_equal_those_of_the_training_forward(name: str, temperature: float) -> None:
    model = make(name)
    drawn = draw(model, temperature=temperature)
    batch = collate(drawn)
    scored = token_logprobs(model, batch, temperature)
    torch.testing.assert_close(scored.logprobs.detach(), batch.logprobs, rtol=1e-4, atol=1e-4)
    entropies = torch.tensor([entropy for completion in drawn for entropy in completion.entropies])
    torch.testing.assert_close(scored.entropy.detach()[batch.mask], entropies, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("max_rows", [256, 3, 1])
def test_what_else_is_under_way_changes_nothing(max_rows: int) -> None:
    """Against a plain loop: one row at a time, the whole sequence through the module for each token."""
    model = make("ours")
    drawn = draw(model, seed=3, temperature=2.0, max_rows=max_rows)
    assert {completion.finish_reason for completion in drawn} == {"stop", "length"}  # so rows did leave early
    for row, completion in enumerate(drawn):
        uniforms = torch.empty(24, dtype=torch.float64)
        uniforms.uniform_(generator=torch.Generator().manual_seed(300 + row))
        tokens = list(PROMPTS[row])
        for place in range(24):
            token, _, _ = choose(reference_logits(model, tokens)[None], 2.0, uniforms[place : place + 1])
            tokens.append(int(token))
            if tokens[-1] == TEXT.eos_token_id:
                break
        assert completion.token_ids == tuple(tokens[len(PROMPTS[row]) :])
        assert completion.text == "".join(models.decode(TEXT, [completion.token_ids]))


@pytest.mark.parametrize("name", ["ours", "grouped"])
def test_both_decoders_draw_the_same(name: str) -> None:
    model = make(name)
    assert ids(draw(model, LlamaDecoder, seed=5)) == ids(draw(model, ModuleDecoder, seed=5))


@pytest.mark.parametrize("name", ZOO)
def test_a_session_goes_on_from_what_it_has_read(name: str) -> None:
    model, sampling = make(name), Sampling(2.0, 6)
    kept = Sampler(model, TEXT, sampling)
    reads: list[int] = []
    talks: list[tuple[int, ...]] = list(PROMPTS)
    for turn in range(3):
        requests = [Request(talk, 10 * turn + row, session=row) for row, talk in enumerate(talks)]
        drawn = kept.draw(requests)
        fresh = Sampler(model, TEXT, sampling).draw([replace(request, session=None) for request in requests])
        assert ids(drawn) == ids(fresh)
        for one, other in zip(drawn, fresh, strict=True):
            torch.testing.assert_close(one.logprobs, other.logprobs, rtol=1e-4, atol=1e-4)
        reads.append(sum(len(past.tokens) for past in kept._sessions.values()))
        said = tuple(models.encode(TEXT, "go on"))
        talks = [each.prompt_ids + each.token_ids + said for each in drawn]
        talks[0] = (*talks[0][:4], 9, *talks[0][5:])  # one that was told otherwise afterwards
    # What is kept are all tokens but the last one drawn: nothing has read that yet.
    first = Sampler(model, TEXT, sampling).draw([Request(prompt, row) for row, prompt in enumerate(PROMPTS)])
    assert reads[0] == sum(len(each) - 1 for each in first)
    assert reads == sorted(reads)
    kept.forget()
    assert not kept._sessions


def test_greedy_equals_generate() -> None:
    model = make("ours")
    for prompt, completion in zip(PROMPTS, draw(model, temperature=0.0), strict=True):
        tokens = torch.tensor([prompt])
        out = model.generate(tokens, attention_mask=torch.ones_like(tokens), do_sample=False, max_new_tokens=24)
        assert list(completion.token_ids) == out[0, len(prompt) :].tolist()


def test_an_end_of_sequence_is_kept_and_nothing_after_it() -> None:
    for completion in draw(make("ours"), seed=3, temperature=2.0):
        inside = completion.token_ids[:-1] if completion.finish_reason == "stop" else completion.token_ids
        assert TEXT.eos_token_id not in inside
        assert len(completion.logprobs) == len(completion.entropies) == len(completion.token_ids)
        if completion.finish_reason == "length":
            assert len(completion.token_ids) == 24


def test_a_stop_string_ends_a_completion_and_is_left_out_of_its_text() -> None:
    model = make("ours")
    free = draw(model, seed=2, temperature=2.0)
    stop = free[1].text[3:5]
    stopped = draw(model, seed=2, temperature=2.0, stop=("never said, ever", stop))
    for one, other in zip(free, stopped, strict=True):
        place = one.text.find(stop)
        if place < 0:
            assert (one.token_ids, one.text, one.finish_reason) == (other.token_ids, other.text, other.finish_reason)
            assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)  # a product is rounded by its size
        else:
            assert (other.text, other.finish_reason) == (one.text[:place], "stop")
            assert other.token_ids == one.token_ids[: place + 2]  # a character a token: the stop string is drawn too


@pytest.mark.parametrize("name", ["ours", "gpt2"])
def test_the_context_bounds_a_completion(name: str) -> None:
    model = make(name)
    long, short = (5,) * (SMALL.context - 3), (5,) * 2
    drawn = Sampler(model, TEXT, Sampling(0.0, 60)).draw([Request(long), Request(short)])
    assert len(drawn[0].token_ids) <= 3
    alone = Sampler(model, TEXT, Sampling(0.0, 60)).draw([Request(short)])
    assert drawn[1].token_ids == alone[0].token_ids
    for prompt, told in (((5,) * SMALL.context, "leaves no room"), ((), "an empty prompt")):
        with pytest.raises(ValueError, match=told):
            Sampler(model, TEXT, Sampling(0.0, 24)).draw([Request(prompt)])


def test_building_is_a_function_of_the_seed_and_leaves_the_global_stream_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    first, again, different = (models.build(SMALL, seed=seed).state_dict() for seed in (0, 0, 1))
    assert torch.rand(1) == expected
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["model.embed_tokens.weight"], different["model.embed_tokens.weight"])
    assert models.parameters(models.build(replace(SMALL, layers=1), 0)) < models.parameters(models.build(SMALL, 0))
