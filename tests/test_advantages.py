"""Advantages against sums worked by hand, plain loops and Stable-Baselines3, and what must not change them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import RolloutBuffer
from torch import Tensor

from reason_arena.agents.learning.advantages import gae, group_advantages, informative, to_go, whiten
from reason_arena.agents.learning.objectives import reinforce
from reason_arena.tasks.errors import UnknownName

torch.set_num_threads(1)


def double(*rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def equal(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)


def test_group_advantages_by_hand() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    torch.testing.assert_close(
        group_advantages(rewards, 4), torch.tensor([0.75, -0.25, -0.25, -0.25, 0.0, 0.0, 0.0, 0.0]), rtol=0, atol=0
    )
    # The standard deviation of 1, 0, 0, 0 with n - 1 is sqrt((0.75^2 + 3 * 0.25^2) / 3) = 0.5.
    scaled = group_advantages(rewards, 4, scale=True, epsilon=0.0)[0]
    torch.testing.assert_close(scaled, torch.tensor(1.5), rtol=1e-6, atol=0)


def test_leaving_oneself_out_of_the_baseline() -> None:
    rewards = double(1, 0, 0, 3, 7, 7, 7, 7)
    # 1 - (0 + 0 + 3) / 3, then 0 - (1 + 0 + 3) / 3 twice, then 3 - (1 + 0 + 0) / 3
    expected = double(0, -4 / 3, -4 / 3, 8 / 3, 0, 0, 0, 0)
    equal(group_advantages(rewards, 4, baseline="leave_one_out"), expected)
    equal(group_advantages(rewards, 4, baseline="leave_one_out"), group_advantages(rewards, 4) * 4 / 3)


def test_without_a_baseline_the_reward_is_the_advantage() -> None:
    rewards = double(1, 1, 0, 2)
    equal(group_advantages(rewards, 2, baseline="none"), rewards)
    with pytest.raises(ValueError, match="scale"):
        group_advantages(rewards, 2, True, baseline="none")
    with pytest.raises(UnknownName, match="did you mean 'mean'"):
        group_advantages(rewards, 2, baseline="meen")  # type: ignore[arg-type]


@pytest.mark.parametrize("baseline", ["mean", "leave_one_out"])
@pytest.mark.parametrize("scale", [False, True])
def test_a_group_of_equal_rewards_teaches_nothing_whatever_rounding_says(baseline: Any, scale: bool) -> None:
    rewards = torch.full((6,), 0.1)  # the mean of six 0.1 is not 0.1 in float32
    for group in (6, 1):
        assert not group_advantages(rewards, group, scale=scale, epsilon=0.0, baseline=baseline).any()
    assert informative(torch.tensor([0.1, 0.1, 0.1, 0.2]), 2).tolist() == [False, True]


def test_what_is_still_to_come_by_hand() -> None:
    values = double([1.0, math.nan, 2.0, 4.0], [7.0, 7.0, 7.0, 7.0])
    mask = double([1, 0, 1, 1], [0, 0, 0, 0])
    equal(to_go(values, mask), double([7, 0, 6, 4], [0] * 4))


def test_the_divergence_to_go_has_the_gradient_of_the_divergence_between_sequences() -> None:
    """Two tokens of three kinds: all nine sequences, each as often as the policy draws it."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 3, generator=generator, dtype=torch.float64).requires_grad_()  # first; second behind each
    reference = torch.randn(4, 3, generator=generator, dtype=torch.float64).log_softmax(dim=-1)
    policy = logits.log_softmax(dim=-1)
    pairs = [(first, second) for first in range(3) for second in range(3)]

    def scored(table: Tensor) -> Tensor:
        return torch.stack([torch.stack([table[0, first], table[1 + first, second]]) for first, second in pairs])

    now, before = scored(policy), scored(reference)
    drawn = now.sum(dim=1).exp()
    (expected,) = torch.autograd.grad((drawn * (now - before).sum(dim=1)).sum(), logits, retain_graph=True)
    mask = torch.ones(9, 2)
    losses = torch.stack([reinforce(now[[row]], -to_go(now - before, mask)[[row]], mask[[row]]) for row in range(9)])
    (found,) = torch.autograd.grad((drawn.detach() * losses).sum(), logits)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_gae_by_hand_over_what_an_environment_said_in_between() -> None:
    mask, rewards, values = (
        torch.tensor([[1, 0, 1, 0]] * 2),
        double([0, 99, 1, 9], [0, 99, 1, 9]),
        double([0.5, 77, 0.25, 9]).tile(2, 1),
    )
    advantages, returns = gae(rewards, values, mask, 0.5, 0.5, double(2, 0))
    # Cut short, the state after it worth 2: delta = 1 + 0.5 * 2 - 0.25 = 1.75, before it 0 + 0.5 * 0.25 - 0.5 = -0.375,
    # so A = -0.375 + 0.25 * 1.75 = 0.0625. Ended: delta = 0.75 and A = -0.375 + 0.25 * 0.75 = -0.1875.
    equal(advantages, double([0.0625, 0, 1.75, 0], [-0.1875, 0, 0.75, 0]))
    equal(returns, double([0.5625, 0, 2.0, 0], [0.3125, 0, 1.0, 0]))


def episodes(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Rewards, values, a mask with holes and with an empty row, and what stands off it is garbage."""
    generator = torch.Generator().manual_seed(seed)
    rewards, values = (torch.randn(5, 9, generator=generator, dtype=torch.float64) for _ in range(2))
    mask = torch.rand(5, 9, generator=generator) < 0.6
    mask[3] = False
    return rewards, values, mask, torch.randn(5, generator=generator, dtype=torch.float64)


def test_gae_is_the_sum_of_its_equation() -> None:
    rewards, values, mask, bootstrap = episodes()
    gamma, lam = 0.9, 0.8
    advantages, returns = gae(rewards, values, mask.float(), gamma, lam, bootstrap)
    for row in range(len(rewards)):
        own = mask[row].nonzero()[:, 0].tolist()
        worth = [float(values[row, t]) for t in own] + [float(bootstrap[row])]
        deltas = [float(rewards[row, t]) + gamma * worth[k + 1] - worth[k] for k, t in enumerate(own)]
        for k, t in enumerate(own):
            summed = sum((gamma * lam) ** j * delta for j, delta in enumerate(deltas[k:]))
            assert advantages[row, t].item() == pytest.approx(summed, rel=1e-12)
            assert returns[row, t].item() == pytest.approx(summed + worth[k], rel=1e-12)
    assert not advantages[~mask].any()
    assert not returns[~mask].any()


def test_gae_takes_no_notice_of_what_is_off_the_mask_and_of_gradients() -> None:
    rewards, values, mask, bootstrap = episodes()
    expected = gae(rewards, values, mask, 0.9, 0.8, bootstrap)
    for garbage in (math.nan, math.inf, -1e30):
        dirty = [torch.where(mask, kept, garbage) for kept in (rewards, values)]
        found = gae(dirty[0].requires_grad_(), dirty[1].requires_grad_(), mask, 0.9, 0.8, bootstrap.requires_grad_())
        for ours, clean in zip(found, expected, strict=True):
            assert torch.equal(ours, clean)
            assert not ours.requires_grad


def test_gae_is_that_of_stable_baselines() -> None:
    rewards, values, _, bootstrap = episodes()
    steps, copies = 9, 5
    buffer = RolloutBuffer(steps, spaces.Discrete(2), spaces.Discrete(2), "cpu", 0.8, 0.9, copies)
    buffer.rewards, buffer.values = rewards.T.float().numpy(), values.T.float().numpy()
    ended = np.array([True, False, False, True, False])
    buffer.compute_returns_and_advantage(bootstrap.float(), ended)
    after = torch.where(torch.from_numpy(ended), 0.0, bootstrap)
    advantages, returns = gae(rewards, values, torch.ones(copies, steps), 0.9, 0.8, after)
    torch.testing.assert_close(advantages.float(), torch.from_numpy(buffer.advantages).T, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(returns.float(), torch.from_numpy(buffer.returns).T, rtol=1e-5, atol=1e-5)


def test_without_values_gae_is_the_return_to_go() -> None:
    rewards, _, mask, _ = episodes()
    advantages, returns = gae(rewards, torch.zeros_like(rewards), mask, 1.0, 1.0, torch.zeros(5, dtype=torch.float64))
    kept = rewards * mask
    equal(advantages, (kept.sum(1, keepdim=True) - kept.cumsum(1) + kept) * mask)
    equal(returns, advantages)


def test_whitening_by_hand() -> None:
    advantages, mask = double([1, 99, 3], [5, math.nan, math.inf]), torch.tensor([[1, 0, 1], [1, 0, 0]])
    # 1, 3, 5: mean 3, deviation sqrt((4 + 0 + 4) / 2) = 2
    equal(whiten(advantages, mask, epsilon=0.0), double([-1, 0, 0], [1, 0, 0]))
    assert not whiten(torch.full((2, 3), 0.1), torch.ones(2, 3)).any()
    assert not whiten(torch.ones(2, 3), torch.zeros(2, 3)).any()
    assert whiten(double([1, 2]), torch.tensor([[1, 0]])).tolist() == [[0, 0]]
