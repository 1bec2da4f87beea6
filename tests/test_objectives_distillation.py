"""Distillation: divergences worked by hand, and what their gradients are."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from reason_arena.agents.learning.objectives import distillation, distillation_advantage, reinforce, token_divergence
from reason_arena.tasks.errors import UnknownName

torch.set_num_threads(1)

LOG2, LOG3 = math.log(2), math.log(3)
KINDS: tuple[Any, ...] = ("forward", "reverse", "jsd")


def log(*rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).log()


def close(found: Tensor, expected: Any) -> None:
    torch.testing.assert_close(found.detach(), torch.tensor(expected, dtype=torch.float64), rtol=1e-12, atol=1e-15)


def test_forward_and_reverse_by_hand() -> None:
    student, teacher = log([0.5, 0.5]).requires_grad_(), log([0.75, 0.25])
    # 3/4 log(3/2) + 1/4 log(1/2) = 3/4 log 3 - log 2; by the logits the gradient is pi - q
    forward = token_divergence(student, teacher)
    close(forward, [0.75 * LOG3 - LOG2])
    close(torch.autograd.grad(forward.sum(), student)[0], [[-0.25, 0.25]])
    # 1/2 log(2/3) + 1/2 log 2 = log 2 - 1/2 log 3; by the logits the gradient is pi (log(pi / q) - KL), at the first
    # 1/2 (log(2/3) - log 2 + 1/2 log 3) = -1/4 log 3
    reverse = token_divergence(student, teacher, "reverse")
    close(reverse, [LOG2 - 0.5 * LOG3])
    close(torch.autograd.grad(reverse.sum(), student)[0], [[-0.25 * LOG3, 0.25 * LOG3]])


def test_jensen_shannon_by_hand() -> None:
    student, teacher = log([0.5, 0.5]), log([0.75, 0.25])
    # M = 1/4 (3/4, 1/4) + 3/4 (1/2, 1/2) = (9/16, 7/16)
    to_teacher = 0.75 * math.log(0.75 * 16 / 9) + 0.25 * math.log(0.25 * 16 / 7)
    to_student = 0.5 * math.log(0.5 * 16 / 9) + 0.5 * math.log(0.5 * 16 / 7)
    close(token_divergence(student, teacher, "jsd", 0.25), [0.25 * to_teacher + 0.75 * to_student])
    # Two that share nothing: at an even mixture log 2, whatever they are.
    close(token_divergence(log([1, 0]), log([0, 1]), "jsd"), [LOG2])


def random_logits(seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    student, teacher = (torch.randn(2, 3, 7, generator=generator, dtype=torch.float64) for _ in range(2))
    return student.requires_grad_(), teacher


def test_jensen_shannon_lies_between_the_two() -> None:
    student, teacher = random_logits()
    for kind, beta, share in (("forward", 1e-6, 1e-6), ("reverse", 1 - 1e-6, 1e-6)):
        limit = token_divergence(student, teacher, "jsd", beta) / share
        torch.testing.assert_close(limit, token_divergence(student, teacher, kind), rtol=1e-5, atol=0)  # type: ignore[arg-type]
    mirrored = token_divergence(teacher, student, "jsd", 0.7)
    torch.testing.assert_close(token_divergence(student, teacher, "jsd", 0.3), mirrored, rtol=1e-12, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_finite_differences_and_the_teacher_has_none(kind: Any) -> None:
    student, teacher = random_logits()
    assert torch.autograd.gradcheck(lambda logits: token_divergence(logits, teacher, kind, 0.3, 1.7), student)
    token_divergence(student, teacher.requires_grad_(), kind).sum().backward()
    assert teacher.grad is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_student_that_is_its_teacher_has_nothing_to_learn(kind: Any) -> None:
    student, _ = random_logits()
    divergence = token_divergence(student, student.detach() + 5.0, kind)  # logits are free up to a constant
    torch.testing.assert_close(divergence, torch.zeros(2, 3, dtype=torch.float64), rtol=0, atol=1e-14)
    (slope,) = torch.autograd.grad(divergence.sum(), student)
    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-14)


def test_the_temperature_softens_both() -> None:
    student, teacher = log([0.5, 0.5]).requires_grad_(), log([0.9, 0.1])
    # The square root of the odds 9 is 3: the teacher says (3/4, 1/4). The gradient is (pi - q) / 2.
    softened = token_divergence(student, teacher, temperature=2.0)
    close(softened, [0.75 * LOG3 - LOG2])
    close(torch.autograd.grad(softened.sum(), student)[0], [[-0.125, 0.125]])


@pytest.mark.parametrize("kind", KINDS)
def test_what_both_rule_out_is_no_difference(kind: Any) -> None:
    nothing = torch.full((1, 2), -math.inf, dtype=torch.float64)
    student, teacher = log([0.5, 0.5]), log([0.75, 0.25])
    wide = torch.cat([student, nothing], 1).requires_grad_()
    divergence = token_divergence(wide, torch.cat([teacher, nothing], 1), kind)
    torch.testing.assert_close(divergence, token_divergence(student, teacher, kind), rtol=1e-12, atol=0)
    (slope,) = torch.autograd.grad(divergence.sum(), wide)
    assert slope.isfinite().all()
    assert not slope[0, 2:].any()


def test_a_teacher_that_names_few_tokens_is_followed_forwards() -> None:
    student = log([0.25, 0.5, 0.25]).requires_grad_()
    forward = token_divergence(student, log([0.5, 0.5, 0]))
    close(forward, [0.5 * LOG2])  # 1/2 log(1/2 : 1/4) + 1/2 log 1
    close(torch.autograd.grad(forward.sum(), student)[0], [[-0.25, 0, 0.25]])
    assert token_divergence(student, log([0.5, 0.5, 0]), "reverse").isposinf().all()


def test_the_numbers_are_as_wide_as_they_have_to_be() -> None:
    student, teacher = random_logits()
    for dtype, expected in (
        (torch.float64, torch.float64),
        (torch.float32, torch.float32),
        (torch.bfloat16, torch.float32),
    ):
        assert token_divergence(student.to(dtype), teacher.to(dtype), "jsd").dtype == expected


def test_bad_settings() -> None:
    student, teacher = random_logits()
    for beta in (0.0, 1.0, -0.1):
        with pytest.raises(ValueError, match=f"beta={beta}"):
            token_divergence(student, teacher, "jsd", beta)
    with pytest.raises(UnknownName, match="did you mean 'reverse'"):
        token_divergence(student, teacher, "revers")  # type: ignore[arg-type]


def test_distillation_is_the_mean_over_tokens() -> None:
    divergence, mask = torch.tensor([[1.0, 2.0, 9.0], [6.0, 9.0, 9.0]]), torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert distillation(divergence, mask) == 3
    assert distillation(divergence, mask, total=9) == 1


def test_the_advantage_of_a_token_is_what_the_teacher_thinks_of_it() -> None:
    own, teacher = log([0.5, 0.25]).requires_grad_(), log([0.25, 0.5])
    advantage = distillation_advantage(own, teacher)
    close(advantage, [[-LOG2, LOG2]])
    assert not advantage.requires_grad


def test_following_the_teacher_on_own_tokens_lowers_the_reverse_divergence() -> None:
    """The mean of the policy gradient over the vocabulary is the gradient of KL(pi || q)."""
    student, teacher = (part[0, 0].detach() for part in random_logits())
    policy = torch.log_softmax(student.requires_grad_(), 0)
    advantage = distillation_advantage(policy, torch.log_softmax(teacher, 0))
    weighed = (policy.detach().exp() * advantage)[None]  # each token as often as it is drawn
    (ours,) = torch.autograd.grad(reinforce(policy[None], weighed, torch.ones(1, 7)), student, retain_graph=True)
    (exact,) = torch.autograd.grad(token_divergence(student, teacher, "reverse"), student)
    torch.testing.assert_close(ours, exact, rtol=1e-10, atol=1e-14)
