"""Preferences: DPO and reward models worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from reason_arena.agents.learning.objectives import dpo, dpo_margin, reward_model, sequence_logprobs

torch.set_num_threads(1)

LOG2, LOG3 = math.log(2), math.log(3)


def double(*rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def check(loss: Tensor, value: float, leaves: tuple[Tensor, ...], slopes: tuple[list[float], ...]) -> None:
    torch.testing.assert_close(loss.detach(), torch.tensor(value, dtype=torch.float64), rtol=1e-12, atol=0)
    for found, expected in zip(torch.autograd.grad(loss, leaves), slopes, strict=True):
        torch.testing.assert_close(found, double(*expected), rtol=1e-12, atol=1e-15)


def test_a_completion_is_as_likely_as_its_tokens_together() -> None:
    logprobs, mask = double([-1, -2, -9], [-4, -9, -9]), torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert sequence_logprobs(logprobs, mask).tolist() == [-3, -4]


def answers() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log-ratios to the reference of log 9 and 0 for the chosen, 0 and log 9 for the rejected completions."""
    chosen, rejected = double(-4 + 2 * LOG3, -7).requires_grad_(), double(-5, -1 + 2 * LOG3).requires_grad_()
    return chosen, rejected, double(-4, -7), double(-5, -1)


def test_dpo_by_hand() -> None:
    given = answers()
    # With beta 1/2 the margins are log 3 and -log 3, sigmoids 3/4 and 1/4: losses log 4/3 and log 4. The slope by the
    # chosen is -beta (1 - sigmoid) / 2 = -1/16 and -3/16, by the rejected the opposite.
    torch.testing.assert_close(dpo_margin(*given, beta=0.5).detach(), double(LOG3, -LOG3), rtol=1e-12, atol=0)
    loss = dpo(*given, beta=0.5)
    check(loss, (4 * LOG2 - LOG3) / 2, given[:2], ([-1 / 16, -3 / 16], [1 / 16, 3 / 16]))


def test_dpo_with_smoothing_by_hand() -> None:
    given = answers()
    # 0.9 log 4/3 + 0.1 log 4 and 0.9 log 4 + 0.1 log 4/3; slopes -beta (0.9 - sigmoid) / 2
    loss = dpo(*given, beta=0.5, label_smoothing=0.1)
    check(loss, (4 * LOG2 - LOG3) / 2, given[:2], ([-0.15 / 4, -0.65 / 4], [0.15 / 4, 0.65 / 4]))
    first = tuple(part[:1] for part in given)
    loss = dpo(*first, beta=0.5, label_smoothing=0.1)
    assert loss.item() == pytest.approx(2 * LOG2 - 0.9 * LOG3)
    for wrong in (0.5, -0.1):
        with pytest.raises(ValueError, match=f"label_smoothing={wrong}"):
            dpo(*given, beta=0.5, label_smoothing=wrong)


def test_dpo_starts_at_a_tossed_coin_and_far_margins_stay_finite() -> None:
    start = double(-3, -4)
    assert dpo(start, start - 1, start, start - 1, beta=0.1).item() == pytest.approx(LOG2)
    far = torch.tensor([-1e4], requires_grad=True)
    loss = dpo(far, torch.zeros(1), torch.zeros(1), torch.zeros(1), beta=1.0)
    loss.backward()
    assert loss.item() == 1e4
    assert far.grad is not None
    assert far.grad.item() == -1


def test_a_reward_model_by_hand() -> None:
    chosen, rejected = double(LOG3, 0).requires_grad_(), double(0, LOG3).requires_grad_()
    # Sigmoids 3/4 and 1/4 as above; the slope is -(1 - sigmoid) / 2.
    check(reward_model(chosen, rejected), (4 * LOG2 - LOG3) / 2, (chosen, rejected), ([-1 / 8, -3 / 8], [1 / 8, 3 / 8]))
    # A margin of log 3 for the first pair: sigmoids 1/2 and 1/4.
    loss = reward_model(chosen, rejected, margin=double(LOG3, 0))
    check(loss, 3 * LOG2 / 2, (chosen, rejected), ([-1 / 4, -3 / 8], [1 / 4, 3 / 8]))
    # Centred with 0.1: both sums are log 3, which adds 0.1 log^2 3 and 0.1 log 3 to every slope.
    loss = reward_model(chosen, rejected, centre=0.1)
    value = (4 * LOG2 - LOG3) / 2 + 0.1 * LOG3**2
    extra = 0.1 * LOG3
    slopes = ([extra - 1 / 8, extra - 3 / 8], [extra + 1 / 8, extra + 3 / 8])
    check(loss, value, (chosen, rejected), slopes)


def test_pieces_of_a_batch_of_pairs_add_up() -> None:
    generator = torch.Generator().manual_seed(0)
    given = [torch.randn(6, generator=generator, dtype=torch.float64) for _ in range(4)]
    parts = [[tensor[rows] for tensor in given] for rows in (slice(0, 1), slice(1, 6))]
    for settings in ({}, {"label_smoothing": 0.2}):
        pieces = sum(dpo(*part, beta=0.3, total=6, **settings) for part in parts)
        torch.testing.assert_close(pieces, dpo(*given, beta=0.3, **settings), rtol=1e-14, atol=0)
    pieces = sum(reward_model(p[0], p[1], margin=p[2], centre=0.1, total=6) for p in parts)
    whole = reward_model(given[0], given[1], margin=given[2], centre=0.1)
    torch.testing.assert_close(pieces, whole, rtol=1e-14, atol=0)


def test_the_reference_and_the_margin_carry_no_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    leaves = [torch.randn(6, generator=generator).requires_grad_() for _ in range(5)]
    (dpo(*leaves[:4], beta=0.3) + reward_model(leaves[0], leaves[1], margin=leaves[4])).backward()
    assert [leaf.grad is not None for leaf in leaves] == [True, True, False, False, False]
