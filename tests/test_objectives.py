"""Objectives and advantages against sums worked by hand, and what must not change them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from reason_arena.agents.learning.objectives import clipped_fraction, grpo, k3, next_token

LOG2 = math.log(2)


def close(value: torch.Tensor, expected: float) -> None:
    torch.testing.assert_close(value, torch.tensor(expected), rtol=1e-6, atol=0)


def test_next_token_is_the_mean_over_all_chosen_tokens() -> None:
    logprobs = torch.tensor([[-1.0, -2.0, -9.0], [-4.0, -9.0, -9.0]])
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]])
    close(next_token(logprobs, mask), 7 / 3)  # (1 + 2 + 4) / 3, not the mean (1.5 + 4) / 2 of the two rows' means


def test_pieces_of_a_batch_add_up_to_its_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    logprobs = -torch.rand(6, 5, generator=generator)
    behaviour = -torch.rand(6, 5, generator=generator)
    advantage = torch.randn(6, generator=generator)
    mask = torch.rand(6, 5, generator=generator) < 0.6
    mask[:, 0] = True
    for normalisation, total in (("token", int(mask.sum())), ("sequence", 6), ("constant", 6)):
        setting: dict[str, Any] = {"normalisation": normalisation, "constant": 8}
        whole = grpo(logprobs, behaviour, advantage, mask, **setting)
        rows = (slice(0, 1), slice(1, 6))
        pieces = [grpo(logprobs[r], behaviour[r], advantage[r], mask[r], total=total, **setting) for r in rows]
        torch.testing.assert_close(pieces[0] + pieces[1], whole, rtol=1e-6, atol=1e-7)


def test_a_ratio_beyond_the_clip_adds_no_gradient() -> None:
    behaviour = torch.zeros(1, 2)
    now = torch.tensor([[2.0, 0.5]]).log().requires_grad_()
    loss = grpo(now, behaviour, torch.tensor([1.0]), torch.ones(1, 2), clip_low=0.2, clip_high=0.28)
    # gains: min(2, 1.28) = 1.28 and min(0.5, 0.8) = 0.5, so the loss is -(1.28 + 0.5) / 2
    close(loss.detach(), -0.89)
    loss.backward()
    assert now.grad is not None
    assert now.grad[0, 0] == 0
    close(now.grad[0, 1], -0.25)  # d(-ratio / 2) / d log-probability = -ratio / 2


def test_a_bad_answer_is_clipped_below_and_punished_above() -> None:
    now = torch.tensor([[2.0, 0.5]]).log().requires_grad_()
    loss = grpo(now, torch.zeros(1, 2), torch.tensor([-1.0]), torch.ones(1, 2), clip_low=0.2, clip_high=0.28)
    close(loss.detach(), (2.0 + 0.8) / 2)  # gains: min(-2, -1.28) = -2 and min(-0.5, -0.8) = -0.8
    loss.backward()
    assert now.grad is not None
    assert now.grad[0, 1] == 0
    fraction = clipped_fraction(now.detach(), torch.zeros(1, 2), torch.tensor([-1.0]), torch.ones(1, 2), 0.2, 0.28)
    assert fraction == 0.5


def test_the_three_normalisations_weigh_lengths_as_their_papers_say() -> None:
    # One token with advantage 1 and three with advantage -1, all ratios 1: gains +1 and -1, -1, -1.
    zero, advantage = torch.zeros(2, 3), torch.tensor([1.0, -1.0])
    mask = torch.tensor([[1, 0, 0], [1, 1, 1]])
    close(grpo(zero, zero, advantage, mask, normalisation="token"), 2 / 4)
    close(grpo(zero, zero, advantage, mask, normalisation="sequence") + 1, 1.0)  # -(1 / 1 - 3 / 3) / 2 = 0
    close(grpo(zero, zero, advantage, mask, normalisation="constant", constant=10), 2 / 20)


def test_the_divergence_penalty() -> None:
    reference = torch.tensor([[0.25, 0.5]]).log()
    now = torch.tensor([[0.5, 0.5]]).log()
    # d = log(1/4) - log(1/2) = -log 2: e^d - d - 1 = 1/2 + log 2 - 1
    close(k3(now, reference, torch.ones(1, 2))[0, 0], LOG2 - 0.5)
    loss = grpo(now, now, torch.tensor([0.0]), torch.ones(1, 2), beta=0.1, reference=reference)
    close(loss, 0.1 * (LOG2 - 0.5) / 2)
    with pytest.raises(ValueError, match="reference"):
        grpo(now, now, torch.tensor([0.0]), torch.ones(1, 2), beta=0.1)


def test_what_stands_off_the_mask_changes_nothing() -> None:
    mask = torch.tensor([[0, 1, 1, 0]])
    now, before = torch.tensor([[-1.0, -2.0, -0.5, -3.0]]), torch.tensor([[-1.5, -2.5, -0.25, -1.0]])
    garbage = torch.tensor([[500.0, 0.0, 0.0, -500.0]])
    expected = grpo(now, before, torch.tensor([0.7]), mask)
    assert grpo(now + garbage, before, torch.tensor([0.7]), mask) == expected
    assert next_token(now + garbage, mask) == next_token(now, mask)


def test_label_smoothing_spreads_a_share_of_the_target() -> None:
    logprobs, evenly, mask = torch.tensor([[-1.0, -9.0]]), torch.tensor([[-3.0, -9.0]]), torch.tensor([[1, 0]])
    close(next_token(logprobs, mask, smoothing=0.1, evenly=evenly), 1.2)  # 0.9 * 1 + 0.1 * 3
    with pytest.raises(ValueError, match=r"smoothing=0\.1"):
        next_token(logprobs, mask, smoothing=0.1)
