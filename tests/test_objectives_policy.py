"""Policy gradients: REINFORCE, PPO and what GRPO can be set to, by sums worked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from reason_arena.agents.learning.advantages import gae
from reason_arena.agents.learning.objectives import (
    clipped_fraction,
    entropy_bonus,
    grpo,
    importance_ratio,
    k1,
    k2,
    k3,
    ppo,
    reinforce,
    truncated_importance,
    value_loss,
)
from reason_arena.tasks.errors import UnknownName

torch.set_num_threads(1)

LOG2 = math.log(2)


def double(*rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def leaf(*rows: Any) -> Tensor:
    return double(*rows).requires_grad_()


def check(loss: Tensor, value: float, now: Tensor, slope: Sequence[Sequence[float]]) -> None:
    """A loss and its gradient by the log-probabilities, worked by hand."""
    torch.testing.assert_close(loss.detach(), torch.tensor(value, dtype=torch.float64), rtol=1e-12, atol=1e-15)
    (found,) = torch.autograd.grad(loss, now)
    torch.testing.assert_close(found, double(*slope), rtol=1e-12, atol=1e-15)


def test_reinforce_by_hand() -> None:
    now, mask = leaf([-1, -2, -7], [-4, -9, -9]), torch.tensor([[1, 1, 0], [1, 0, 0]])
    # -(0.5 * (-1 - 2) + -1 * -4) / 2 sequences = -1.25, and -A / 2 at each token
    check(reinforce(now, double(0.5, -1), mask), -1.25, now, [[-0.25, -0.25, 0], [0.5, 0, 0]])
    by_token = double([1, 0, 9], [2, 9, 9])
    # -(1 * -1 + 0 * -2 + 2 * -4) / 2 = 4.5
    check(reinforce(now, by_token, mask), 4.5, now, [[-0.5, 0, 0], [-1, 0, 0]])


def test_reinforce_has_the_gradient_of_grpo_on_policy() -> None:
    now, mask = leaf([-1, -2], [-4, -9]), torch.tensor([[1, 1], [1, 0]])
    (ours,) = torch.autograd.grad(reinforce(now, double(0.5, -1), mask), now)
    settings: dict[str, Any] = {"normalisation": "constant", "constant": 1.0}
    (theirs,) = torch.autograd.grad(grpo(now, now.detach(), double(0.5, -1), mask, **settings), now)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)


def test_ppo_by_hand() -> None:
    # Ratios 2, 0.5, 1.1, 0.5 with advantages 1, 1, -2, -2, clipped to [0.8, 1.2]: gains 1.2 (flat), 0.5, -2.2 and
    # min(-1, -1.6) = -1.6 (flat). The slope of a gain that is not flat is ratio * A.
    ratios = double([2, 0.5, 1.1, 0.5])
    now = ratios.log().requires_grad_()
    loss = ppo(now, torch.zeros(1, 4), double([1, 1, -2, -2]), torch.ones(1, 4))
    check(loss, (1.6 + 2.2 - 0.5 - 1.2) / 4, now, [[0, -0.5 / 4, 2.2 / 4, 0]])


def test_the_dual_clip_bounds_what_a_bad_token_costs() -> None:
    now = double([5, 5, 2]).log().requires_grad_()
    advantage, zero, mask = double([-1, 1, -1]), torch.zeros(1, 3), torch.ones(1, 3)
    # min(-5, -1.2) = -5 costs 3 at most and is flat; min(5, 1.2) stays; min(-2, -1.2) = -2 is within 3.
    check(ppo(now, zero, advantage, mask, dual_clip=3.0), (3 - 1.2 + 2) / 3, now, [[0, 0, 2 / 3]])
    check(ppo(now, zero, advantage, mask), (5 - 1.2 + 2) / 3, now, [[5 / 3, 0, 2 / 3]])
    assert clipped_fraction(now, zero, advantage, mask, 0.2, 0.2, dual_clip=3.0) == pytest.approx(2 / 3)
    assert clipped_fraction(now, zero, advantage, mask, 0.2, 0.2) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match=r"dual_clip=1\.1: expected at least 1 \+ clip_high"):
        ppo(now, zero, advantage, mask, dual_clip=1.1)


def test_the_value_loss_by_hand() -> None:
    values, old, returns = leaf([2, 0.5, 1.1, 4]), double([1, 1, 1, 1]), double([3, 0, 2, 1.1])
    mask = torch.ones(1, 4)
    # Squared errors 1, 0.25, 0.81, 8.41; the slope of half the mean is (V - R) / 4.
    check(value_loss(values, old, returns, mask), 10.47 / 8, values, [[-0.25, 0.125, -0.225, 0.725]])
    # Held within 0.2 of the old value: 1.2, 0.8, 1.1, 1.2 and errors 3.24, 0.64, 0.81, 0.01. The larger of each pair
    # counts: the first two have moved towards their target as far as they may, the last has gone past it.
    loss = value_loss(values, old, returns, mask, clip=0.2)
    check(loss, (3.24 + 0.64 + 0.81 + 8.41) / 8, values, [[0, 0, -0.225, 0.725]])


def test_the_entropy_bonus_by_hand() -> None:
    entropy = leaf([1, 2, 9], [3, 9, 9])
    check(
        entropy_bonus(entropy, torch.tensor([[1, 1, 0], [1, 0, 0]])),
        -2.0,
        entropy,
        [[-1 / 3, -1 / 3, 0], [-1 / 3, 0, 0]],
    )


def ppo_by_loops(now: list[float], old: list[float], values: list[float], rewards: list[float], end: float) -> float:
    """Clipped surrogate and value loss of one sequence with GAE, gamma 0.95, lambda 0.9, in floats."""
    advantage, following, advantages, returns = 0.0, end, [0.0] * len(now), [0.0] * len(now)
    for t in reversed(range(len(now))):
        advantage = rewards[t] + 0.95 * following - values[t] + 0.95 * 0.9 * advantage
        following, advantages[t], returns[t] = values[t], advantage, advantage + values[t]
    loss = 0.0
    for t in range(len(now)):
        ratio = math.exp(now[t] - old[t])
        loss -= min(ratio * advantages[t], min(max(ratio, 0.8), 1.2) * advantages[t])
    return loss / len(now)


def test_ppo_with_gae_is_that_of_plain_loops_gradient_included() -> None:
    generator = torch.Generator().manual_seed(0)
    old, values, rewards = (torch.randn(1, 7, generator=generator, dtype=torch.float64) for _ in range(3))
    now = (old + 0.3 * torch.randn(1, 7, generator=generator, dtype=torch.float64)).requires_grad_()
    mask = torch.ones(1, 7)
    advantages, _ = gae(rewards, values, mask, 0.95, 0.9, double(0.7))
    loss = ppo(now, old, advantages, mask)
    given = [tensor[0].tolist() for tensor in (now, old, values, rewards)]
    assert loss.item() == pytest.approx(ppo_by_loops(*given, 0.7), rel=1e-12)
    (slope,) = torch.autograd.grad(loss, now)
    for t in range(7):
        shifted = [[*given[0][:t], given[0][t] + step, *given[0][t + 1 :]] for step in (1e-6, -1e-6)]
        up, down = (ppo_by_loops(moved, *given[1:], 0.7) for moved in shifted)
        assert slope[0, t].item() == pytest.approx((up - down) / 2e-6, abs=1e-8)
    assert 0 < (slope != 0).sum() < 7


def test_the_ratio_of_a_sequence_by_hand() -> None:
    now = leaf([LOG2, 3 * LOG2, 50], [LOG2, 50, 50])
    mask, zero = torch.tensor([[1, 1, 0], [1, 0, 0]]), torch.zeros(2, 3)
    ratio = importance_ratio(now, zero, mask, "sequence")
    # exp((log 2 + log 8) / 2) = 4 in the whole row, 2 in the other; 1 off the mask
    torch.testing.assert_close(ratio.detach(), double([4, 4, 1], [2, 1, 1]), rtol=1e-12, atol=0)
    settings: dict[str, Any] = {"importance": "sequence", "normalisation": "sequence"}
    # -(4 + -2 * 2) / 2, the row's gradient shared by its tokens: -4 / 2 / 2 and 2 * 2 / 2
    loss = grpo(now, zero, double(1, -2), mask, clip_high=9.0, **settings)
    check(loss, 0.0, now, [[-1, -1, 0], [2, 0, 0]])
    # Clipped at 1.2: -(1.2 - 4) / 2, and the first row has no gradient left.
    check(grpo(now, zero, double(1, -2), mask, **settings), 1.4, now, [[0, 0, 0], [2, 0, 0]])
    # Of an advantage a token, each token gets its own: -(4 * 1 + 4 * -3) / 2 / 2 = 2.
    loss = grpo(now, zero, double([1, -3, 9], [0, 9, 9]), mask, clip_high=9.0, **settings)
    check(loss, 2.0, now, [[-1, 3, 0], [0, 0, 0]])


def test_clipping_by_sequence_takes_the_row() -> None:
    now, zero, mask = double([LOG2, 3 * LOG2], [-LOG2, 0]), torch.zeros(2, 2), torch.tensor([[1, 1], [1, 0]])
    for advantage, by_token, by_row in (
        ([1, 1], 2 / 3, 2 / 3),
        ([-1, -1], 1 / 3, 1 / 3),
        ([1, -1], 1, 1),
        ([0, 0], 0, 0),
    ):
        given = (now, zero, double(*advantage), mask, 0.2, 0.2)
        assert clipped_fraction(*given).item() == pytest.approx(by_token)
        assert clipped_fraction(*given, importance="sequence").item() == pytest.approx(by_row)
    # Ratios 2 and 1/4, whose geometric mean is within the clip.
    now = double([LOG2, -2 * LOG2], [0, 0])
    assert clipped_fraction(now, zero, double(1, 1), mask, 0.5, 0.2).item() == pytest.approx(1 / 3)
    assert clipped_fraction(now, zero, double(1, 1), mask, 0.5, 0.2, importance="sequence") == 0


def test_cispo_bounds_the_weight_and_keeps_the_gradient() -> None:
    now = leaf([3 * LOG2 - 4, -3])
    zero, mask = double([-4, -3]), torch.ones(1, 2)
    # Weights min(8, 2) and 1; -(2 * 0.5 * (3 log 2 - 4) + 1 * 0.5 * -3) / 2, and the slope is -weight * A / 2.
    settings: dict[str, Any] = {"surrogate": "cispo", "clip_high": 1.0}
    check(grpo(now, zero, double(0.5), mask, **settings), (5.5 - 3 * LOG2) / 2, now, [[-0.5, -0.25]])
    for advantage, share in ((0.5, 0.5), (-0.5, 0.5), (0.0, 0.0)):
        assert clipped_fraction(now, zero, double(advantage), mask, 0.2, 1.0, surrogate="cispo") == share


@pytest.mark.parametrize(
    ("settings", "value", "slope"),
    [
        # d = log(1/4) - log(1/2) = -log 2 at the first token, 0 at the second; the loss is 0.1 / 2 times the estimate.
        ({"kl": "k1"}, LOG2, [1, 1]),
        ({"kl": "k2"}, LOG2**2 / 2, [LOG2, 0]),
        ({"kl": "k3"}, LOG2 - 0.5, [0.5, 0]),
        # Times ratios 2 and 1: rho * k3 has the slope -rho * d, rho * k1 has rho * (1 - d).
        ({"kl": "k1", "kl_weighted": True}, 2 * LOG2, [2 * (1 + LOG2), 1]),
        ({"kl": "k3", "kl_weighted": True}, 2 * LOG2 - 1, [2 * LOG2, 0]),
    ],
)
def test_the_divergence_as_a_term_of_the_loss(settings: Any, value: float, slope: list[float]) -> None:
    now = double([0.5, 0.5]).log().requires_grad_()
    reference, old = double([0.25, 0.5]).log(), double([0.25, 0.5]).log()
    loss = grpo(now, old, double(0.0), torch.ones(1, 2), beta=0.1, reference=reference, **settings)
    check(loss, 0.05 * value, now, [[0.05 * part for part in slope]])


def test_the_estimates_are_worth_what_the_module_says_of_them() -> None:
    """Means over a vocabulary of five, token by token, against the divergences and their gradients in closed form."""
    generator = torch.Generator().manual_seed(0)
    logits, reference, behaviour = (torch.randn(5, generator=generator, dtype=torch.float64) for _ in range(3))
    policy = torch.log_softmax(logits.requires_grad_(), 0)
    reference, behaviour = torch.log_softmax(reference, 0), torch.log_softmax(behaviour, 0)
    ones = torch.ones(1, 5)

    def slope(value: Tensor) -> Tensor:
        return torch.autograd.grad(value, logits, retain_graph=True)[0]

    def mean(weights: Tensor, values: Tensor) -> Tensor:
        """Over tokens that are drawn with these probabilities: no gradient passes through the drawing."""
        return (weights.detach() * values).sum()

    reverse = (policy.exp() * (policy - reference)).sum()  # KL(pi || ref)
    forward = (reference.exp() * (reference - policy)).sum()  # KL(ref || pi)
    own: dict[Callable[..., Tensor], Tensor] = {
        k: mean(policy.exp(), k(policy[None], reference[None], ones)) for k in (k1, k2, k3)
    }
    torch.testing.assert_close(own[k1], reverse, rtol=1e-12, atol=0)
    torch.testing.assert_close(own[k3], reverse, rtol=1e-12, atol=0)
    assert abs(own[k2] - reverse) > 0.1
    torch.testing.assert_close(slope(own[k1]), torch.zeros_like(logits), rtol=0, atol=1e-15)
    torch.testing.assert_close(slope(own[k2]), slope(reverse), rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(slope(own[k3]), slope(forward), rtol=1e-12, atol=1e-15)
    ratio = importance_ratio(policy[None], behaviour[None], ones)
    for k in (k1, k3):
        weighted = mean(behaviour.exp(), ratio * k(policy[None], reference[None], ones))
        torch.testing.assert_close(weighted, reverse, rtol=1e-12, atol=0)
        torch.testing.assert_close(slope(weighted), slope(reverse), rtol=1e-11, atol=1e-15)


def test_weights_for_another_engine_by_hand() -> None:
    drawn, mask = double([LOG2, 0, 3 * LOG2, 50]), torch.tensor([[1, 1, 1, 0]])
    weights = truncated_importance(drawn, torch.zeros(1, 4), mask, cap=3.0)
    torch.testing.assert_close(weights, double([2, 1, 3, 1]), rtol=1e-12, atol=0)
    now = leaf([0, 0, 0, 0])
    # On policy the gains are A w = 2, 1, 3; k1 to a reference of log 1/2 is log 2 a token and is not weighed.
    loss = grpo(
        now, now.detach(), double(1), mask, correction=weights, beta=0.1, kl="k1", reference=double([-LOG2] * 4)
    )
    check(loss, -2 + 0.1 * LOG2, now, [[(-2 + 0.1) / 3, (-1 + 0.1) / 3, (-3 + 0.1) / 3, 0]])


def test_names_that_are_not_there() -> None:
    now, mask = torch.zeros(1, 2), torch.ones(1, 2)
    for wrong, told in (
        ({"importance": "sequnce"}, "did you mean 'sequence'"),
        ({"surrogate": "clipp"}, "did you mean 'clip'"),
        ({"normalisation": "tokens"}, "did you mean 'token'"),
        ({"kl": "k4", "beta": 0.1, "reference": now}, "expected one of k1, k2, k3"),
    ):
        with pytest.raises(UnknownName, match=told):
            grpo(now, now, torch.ones(1), mask, **wrong)  # type: ignore[arg-type]
