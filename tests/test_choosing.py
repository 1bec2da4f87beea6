"""Drawing tokens: by the distribution, at its edges, and for large vocabularies as for small ones."""

from __future__ import annotations

import pytest
import torch

from reason_arena.agents.language_model.choosing import BLOCK, choose


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([[0.1, 0.2, 0.0, 0.7]]).log()
    count = 10_000
    evenly = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    drawn, logprobs, entropies = choose(logits.expand(count, 4), 1.0, evenly)
    assert torch.bincount(drawn, minlength=4).tolist() == [1000, 2000, 0, 7000]
    torch.testing.assert_close(logprobs, logits[0][drawn], rtol=1e-5, atol=1e-6)
    # -(0.1 ln 0.1 + 0.2 ln 0.2 + 0.7 ln 0.7); what cannot be drawn adds nothing
    assert entropies[0].item() == pytest.approx(0.801819, rel=1e-5)
    # At temperature 1/2 the odds 1 : 2 : 7 become 1 : 4 : 49.
    sharper, _, _ = choose(logits.expand(count, 4), 0.5, evenly)
    assert torch.bincount(sharper, minlength=4).tolist() == [185, 741, 0, 9074]


def test_the_edges_of_the_random_number_are_tokens_too() -> None:
    logits = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]).log()
    lowest, _, _ = choose(logits, 1.0, torch.zeros(2, dtype=torch.float64))
    highest, _, _ = choose(logits, 1.0, torch.full((2,), 1 - 2**-53, dtype=torch.float64))
    assert lowest.tolist() == [0, 1]
    assert highest.tolist() == [1, 2]


@pytest.mark.parametrize("vocabulary", [2 * BLOCK, 2 * BLOCK + 1, 4 * BLOCK, 5000])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_block_by_block_is_token_by_token(vocabulary: int, temperature: float) -> None:
    draw = torch.Generator().manual_seed(vocabulary)
    logits = 4 * torch.randn(300, vocabulary, generator=draw)
    logits[:, 100 : 100 + BLOCK] = -torch.inf  # nothing in a whole block
    uniforms = torch.rand(300, dtype=torch.float64, generator=draw)
    drawn, logprobs, entropies = choose(logits, temperature, uniforms)
    p = torch.softmax(logits.double() / temperature, dim=-1)
    upto = p.cumsum(dim=-1)
    # The first token whose sum is above the random number, but for the rounding of float32.
    assert (upto.gather(1, drawn[:, None])[:, 0] >= uniforms - 1e-6).all()
    assert ((upto - p).gather(1, drawn[:, None])[:, 0] <= uniforms + 1e-6).all()
    torch.testing.assert_close(logprobs.double(), p.gather(1, drawn[:, None])[:, 0].log(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(entropies.double(), torch.special.entr(p).sum(dim=-1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.5, 1 - 2**-53])
@pytest.mark.parametrize("place", [0, BLOCK - 1, BLOCK, 3 * BLOCK, 4 * BLOCK + 6])
def test_what_is_alone_is_drawn(share: float, place: int) -> None:
    logits = torch.full((1, 4 * BLOCK + 7), -torch.inf)
    logits[0, place] = 3.0
    drawn, logprobs, entropies = choose(logits, 1.0, torch.tensor([share], dtype=torch.float64))
    assert (drawn.item(), logprobs.item(), entropies.item()) == (place, 0.0, 0.0)


def test_the_edges_of_blocks_are_tokens_too() -> None:
    logits = torch.zeros(
        1, 4 * BLOCK
    )  # 1024 tokens, one as likely as the other: edges fall on numbers without rounding
    places = torch.arange(4 * BLOCK)
    for shift in (0, 2**-20):
        drawn, _, _ = choose(logits.expand(4 * BLOCK, -1), 1.0, (places.double() + shift) / (4 * BLOCK))
        assert torch.equal(drawn, places)


def test_greedy_takes_the_likeliest() -> None:
    logits = torch.randn(5, 3000, generator=torch.Generator().manual_seed(1))
    drawn, logprobs, _ = choose(logits, 0.0, torch.zeros(5, dtype=torch.float64))
    assert torch.equal(drawn, logits.argmax(dim=-1))
    torch.testing.assert_close(logprobs, torch.log_softmax(logits, dim=-1).amax(dim=-1))
