"""Packed batches: prompts read once and nothing padded, and yet the numbers of one sequence at a time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import pytest
import torch
from zoo import TEXT, ZOO, doubled, make

from reason_arena.agents.language_model import heads
from reason_arena.agents.language_model.attention import pack
from reason_arena.agents.language_model.forward import Reading, check_model, token_logprobs
from reason_arena.agents.language_model.heads import ScalarHead, token_statistics
from reason_arena.agents.learning.batch import Batch, Completion, Trajectory, collate, join
from reason_arena.agents.learning.objectives import grpo
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)
V = len(TEXT)


def tokens(count: int, seed: int) -> tuple[int, ...]:
    return tuple(torch.randint(3, V, (count,), generator=torch.Generator().manual_seed(seed)).tolist())


def ragged() -> Batch:
    """Three prompts of 7, 1 and 4 tokens with 3, 2 and 1 answers of 1 to 9 tokens, out of order."""
    prompts = [tokens(7, 0), tokens(1, 1), tokens(4, 2)]
    rows = [(0, 5), (1, 9), (0, 1), (2, 3), (1, 1), (0, 6)]
    completions = [
        Completion(prompts[prompt], tokens(length, 10 + place), tuple(-0.1 * k for k in range(length)))
        for place, (prompt, length) in enumerate(rows)
    ]
    return collate(completions, torch.tensor([0.5, -1.0, 0.3, 2.0, 1.0, -0.7]))


def single() -> Batch:
    """One answer behind each of four prompts of 7, 1, 4 and 12 tokens."""
    rows = [(7, 5), (1, 9), (4, 1), (12, 4)]
    completions = [
        Completion(tokens(prompt, place), tokens(length, 10 + place), tuple(-0.1 * k for k in range(length)))
        for place, (prompt, length) in enumerate(rows)
    ]
    return collate(completions, torch.tensor([0.5, -1.0, 0.3, 2.0]))


def alone(model: Any, batch: Batch, row: int) -> torch.Tensor:
    """Log-probabilities of a row's tokens behind its prompt: the model's own forward on that one sequence."""
    prompt, length = batch.prompts[int(batch.prompt[row])], int(batch.lengths[row])
    whole = torch.tensor([*prompt, *batch.tokens[row, :length].tolist()])
    distribution = torch.log_softmax(model(whole[None], use_cache=False).logits[0, :-1], dim=-1)
    return distribution.gather(1, whole[1:, None])[len(prompt) - 1 :, 0]


def objective(logprobs: torch.Tensor, batch: Batch, total: int) -> torch.Tensor:
    return grpo(logprobs, batch.logprobs.to(logprobs.dtype), batch.advantage, batch.mask, total=total)


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize(("made", "max_tokens"), [(ragged, 10_000), (ragged, 12), (single, 10_000)])
def test_a_packed_batch_has_loss_and_gradients_of_one_sequence_at_a_time(
    name: str, dtype: torch.dtype, most: float, made: Callable[[], Batch], max_tokens: int
) -> None:
    model, batch = make(name), made()
    model = doubled(model) if dtype == torch.float64 else model
    weights = list(model.parameters())
    expected = torch.zeros((), dtype=dtype)
    for row in range(len(batch)):
        one = batch.select(torch.tensor([row]))
        loss = objective(alone(model, batch, row)[None], one, batch.chosen)
        loss.backward()  # type: ignore[no-untyped-call]
        expected += loss.detach()
    theirs = torch.cat([weight.grad.flatten() for weight in weights])  # type: ignore[union-attr]
    model.zero_grad()
    found = torch.zeros((), dtype=dtype)
    for piece in batch.micro_batches(max_tokens):
        loss = objective(token_logprobs(model, piece).logprobs, piece, batch.chosen)
        loss.backward()  # type: ignore[no-untyped-call]
        found += loss.detach()
    ours = torch.cat([weight.grad.flatten() for weight in weights])  # type: ignore[union-attr]
    assert abs(found - expected) <= most * abs(expected)
    assert (ours - theirs).norm() <= most * theirs.norm()
    assert theirs.norm() > 0.01


def test_nothing_is_padded_and_a_prompt_is_read_once() -> None:
    batch = ragged()
    layout, _ = pack(batch)
    # 7 + 1 + 4 prompt tokens; of the answers all tokens but the last of each: 4 + 8 + 0 + 2 + 0 + 5.
    assert len(layout.tokens) == 12 + 19
    assert layout.positions[:12].tolist() == [*range(7), 0, *range(4)]
    with_last, _ = pack(batch, last=True)
    assert len(with_last.tokens) == 12 + 25
    assert [len(piece.prompts) for piece in batch.micro_batches(10_000)] == [3]


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("made", [ragged, single])
def test_the_state_behind_the_last_token(name: str, made: Callable[[], Batch]) -> None:
    model, batch = make(name), made()
    head = ScalarHead(32)
    torch.nn.init.normal_(head.weight, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = Reading(model, batch, last=True).ends(head)
        values = Reading(model, batch).values(head)
        for row in range(len(batch)):
            prompt, length = batch.prompts[int(batch.prompt[row])], int(batch.lengths[row])
            whole = torch.tensor([[*prompt, *batch.tokens[row, :length].tolist()]])
            expected = head(model.base_model(whole, use_cache=False).last_hidden_state[0])[:, 0]
            torch.testing.assert_close(found[row], expected[-1], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(values[row, :length], expected[len(prompt) - 1 : -1], rtol=1e-4, atol=1e-5)


def plain(hidden: Any, head: Any, chosen: torch.Tensor, temperature: float) -> Any:
    distribution = torch.log_softmax(head(hidden) / temperature, dim=-1)
    entropy = -(distribution.exp() * distribution).sum(-1)
    return distribution.gather(-1, chosen[:, None])[:, 0], distribution.mean(-1), entropy


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_statistics_in_chunks_are_those_of_the_whole(
    bias: bool, temperature: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "CHUNK", 3 * 11)  # three rows of eleven logits a chunk
    torch.manual_seed(0)
    head = torch.nn.Linear(5, 11, bias=bias).double()
    hidden, chosen = torch.randn(8, 5, dtype=torch.float64, requires_grad=True), torch.randint(0, 11, (8,))
    weights = torch.randn(3, 8, dtype=torch.float64)
    inputs = [hidden, *head.parameters()]
    results = []
    for function in (plain, token_statistics):
        found = function(hidden, head, chosen, temperature)
        value = sum((each * weight).sum() for each, weight in zip(found, weights, strict=True))
        results.append((*found, *torch.autograd.grad(value, inputs)))  # type: ignore[arg-type]
    for expected, got in zip(*results, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)


def test_turns_that_go_on_are_one_sequence_and_others_are_not() -> None:
    first = Completion((1, 5), (6, 2), (-1.0, -2.0))
    goes_on = Completion((1, 5, 6, 2, 7, 8), (9,), (-3.0,), finish_reason="length")
    elsewhere = Completion((1, 7), (2,), (-4.0,))
    assert join([first, goes_on, elsewhere]) == [
        Trajectory((1, 5), (6, 2, 7, 8, 9), (0, 0, -1, -1, 1), (-1.0, -2.0, 0.0, 0.0, -3.0), (1,)),
        Trajectory((1, 7), (2,), (2,), (-4.0,)),
    ]
    batch = collate(join([first, goes_on]))
    assert batch.mask.tolist() == [[True, True, False, False, True]]
    assert batch.chosen == 3


@pytest.mark.parametrize("name", ["ours", "gpt2"])
def test_a_joined_episode_scores_as_its_turns_do(name: str) -> None:
    model = make(name)
    first = Completion(tokens(4, 0), tokens(3, 1))
    second = Completion(first.prompt_ids + first.token_ids + tokens(5, 2), tokens(2, 3))
    together = token_logprobs(model, collate(join([first, second]))).logprobs[0]
    apart = [token_logprobs(model, collate([turn])).logprobs[0] for turn in (first, second)]
    torch.testing.assert_close(together, torch.cat([apart[0], torch.zeros(5), apart[1]]), rtol=1e-4, atol=1e-5)


def zeros(prompt: int, answer: int, value: float) -> Completion:
    """Token ids that are all 0, which is also the padding."""
    return Completion((0,) * prompt, (0,) * answer, (value,) * answer)


def test_padding_is_told_apart_by_length_and_the_end_is_trained() -> None:
    batch = collate([zeros(2, 3, -1.0), zeros(1, 1, -2.0)])
    assert batch.prompts == ((0, 0), (0,))
    assert batch.mask.int().tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch.logprobs.tolist() == [[-1, -1, -1], [-2, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert batch.chosen == 4
    with pytest.raises(ValueError, match="without a prompt"):
        collate([zeros(0, 3, -1.0)])


def test_the_longest_rows_come_first_and_a_prompt_counts_once_a_piece() -> None:
    batch = collate([zeros(1, n, -float(n)) for n in (1, 5, 2, 4, 3)], torch.arange(5.0))
    pieces = list(batch.micro_batches(max_tokens=12))
    # 1 + 5 + 4 = 10 tokens, with 3 more 13; then 1 + 3 + 2 + 1 = 7.
    assert [piece.advantage.tolist() for piece in pieces] == [[1.0, 3.0], [4.0, 2.0, 0.0]]
    assert [tuple(piece.tokens.shape) for piece in pieces] == [(2, 5), (3, 3)]
    assert sum(piece.logprobs.sum() for piece in pieces) == batch.logprobs.sum()


def test_pieces_hold_every_row_once_and_keep_pairs_together() -> None:
    rows = [
        Completion(tokens(3 + pair % 2, pair % 2), tokens(1 + (7 * pair + k) % 9, pair))
        for pair in range(6)
        for k in (0, 1)
    ]
    batch = collate(rows, unit=2, place=torch.arange(12))
    pieces = list(batch.micro_batches(20))
    assert len(pieces) > 2
    places = [piece.extra["place"].tolist() for piece in pieces]
    assert sorted(chain(*places)) == list(range(12))
    for each in places:
        assert all(second == first + 1 for first, second in list(pairwise(each))[::2])
    for piece, each in zip(pieces, places, strict=True):
        size = sum(map(len, piece.prompts)) + int(piece.lengths.sum())
        assert size <= 20 or len(piece) == 2
        for row, place in enumerate(each):
            assert piece.prompts[int(piece.prompt[row])] == rows[place].prompt_ids
            assert tuple(piece.tokens[row, : int(piece.lengths[row])].tolist()) == rows[place].token_ids


def test_a_model_that_attends_in_its_own_way_is_refused() -> None:
    from transformers import BloomConfig, BloomForCausalLM, MistralConfig, MistralForCausalLM

    with pytest.raises(BadConfig, match="BloomForCausalLM"):
        check_model(BloomForCausalLM(BloomConfig(vocab_size=V, hidden_size=32, n_layer=1, n_head=2)).eval())
    shape: Any = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = MistralForCausalLM(MistralConfig(vocab_size=V, num_key_value_heads=2, sliding_window=8, **shape)).eval()
    with pytest.raises(BadConfig, match=r"sliding_window.: 8"):
        check_model(model)
    model.config.sliding_window = 64
    for layer in model.model.layers:
        layer.self_attn.sliding_window = 64
    check_model(model)
