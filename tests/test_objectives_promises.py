"""What every objective over tokens promises: pieces add up, what is off the mask is nothing, gradients are right."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from reason_arena.agents.learning.objectives import (
    VARIANTS,
    distillation,
    entropy_bonus,
    grpo,
    next_token,
    ppo,
    reinforce,
    sequence_logprobs,
    value_loss,
)

torch.set_num_threads(1)

Case = dict[str, Tensor]
Loss = Callable[[Case, float | None], Tensor]


def case(dtype: torch.dtype = torch.float64) -> Case:
    """Six rows of five tokens, of which at least one a row counts. `now` is what is learned."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    now = -draw(6, 5).abs()
    mask = torch.rand(6, 5, generator=generator) < 0.6
    mask[:, 1] = True
    return {
        "now": now,
        "old": now + 0.3 * draw(6, 5),
        "reference": now + 0.3 * draw(6, 5),
        "by_token": draw(6, 5),
        "by_row": draw(6),
        "correction": draw(6, 5).abs(),
        "mask": mask,
    }


def policy(**settings: Any) -> Loss:
    advantage = settings.pop("given", "by_row")
    beta, corrected = settings.get("beta"), settings.pop("corrected", False)

    def loss(c: Case, total: float | None) -> Tensor:
        extra = {"reference": c["reference"]} if beta else {}
        if corrected:
            extra["correction"] = c["correction"]
        return grpo(c["now"], c["old"], c[advantage], c["mask"], total=total, constant=8, **extra, **settings)

    return loss


def variant(name: str) -> Loss:
    return policy(**{key: value for key, value in VARIANTS[name].items() if key != "scale"})


BY_TOKEN: dict[str, Loss] = {
    "next_token": lambda c, total: next_token(c["now"], c["mask"], total),
    "smoothed": lambda c, total: next_token(c["now"], c["mask"], total, 0.1, c["reference"]),
    "distillation": lambda c, total: distillation(c["now"], c["mask"], total),
    "entropy_bonus": lambda c, total: entropy_bonus(c["now"], c["mask"], total),
    "ppo": lambda c, total: ppo(c["now"], c["old"], c["by_token"], c["mask"], dual_clip=1.3, total=total),
    "value_loss": lambda c, total: value_loss(c["now"], c["old"], c["reference"], c["mask"], total=total),
    "value_loss, clipped": lambda c, total: value_loss(c["now"], c["old"], c["by_token"], c["mask"], 0.2, total),
    "grpo by token": policy(given="by_token", clip_high=0.28),
    "k1": policy(beta=0.3, kl="k1"),
    "k2": policy(beta=0.3, kl="k2"),
    "k3 times ratio": policy(beta=0.3, kl_weighted=True, corrected=True),
    "dapo": variant("dapo"),
    "cispo": variant("cispo"),
    "cispo, corrected": policy(surrogate="cispo", corrected=True, given="by_token"),
}
BY_SEQUENCE: dict[str, Loss] = {
    "reinforce": lambda c, total: reinforce(c["now"], c["by_token"], c["mask"], total),
    "reinforce by row": lambda c, total: reinforce(c["now"], c["by_row"], c["mask"], total),
    "grpo": variant("grpo"),
    "dr_grpo": variant("dr_grpo"),
    "gspo": variant("gspo"),
    "gspo by token": policy(
        importance="sequence", normalisation="sequence", given="by_token", beta=0.1, kl_weighted=True
    ),
}
LOSSES = BY_TOKEN | BY_SEQUENCE
STOPPED = {"cispo", "cispo, corrected", "gspo", "gspo by token"}
"""their gradient is not that of their value: a part of it is held still"""
each = pytest.mark.parametrize("name", LOSSES)


def value_and_slope(name: str, given: Case, total: float | None = None) -> tuple[Tensor, Tensor]:
    now = given["now"].detach().clone().requires_grad_()
    loss = LOSSES[name](given | {"now": now}, total)
    return loss.detach(), torch.autograd.grad(loss, now)[0]


@each
def test_pieces_of_a_batch_add_up_to_the_whole(name: str) -> None:
    given = case()
    total = 6 if name in BY_SEQUENCE else int(given["mask"].sum())
    value, slope = value_and_slope(name, given)
    pieces = [
        value_and_slope(name, {key: tensor[rows] for key, tensor in given.items()}, total)
        for rows in (slice(0, 1), slice(1, 4), slice(4, 6))
    ]
    torch.testing.assert_close(sum(piece for piece, _ in pieces), value, rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(torch.cat([part for _, part in pieces]), slope, rtol=1e-13, atol=1e-16)
    assert slope.any()


@each
@pytest.mark.parametrize("garbage", [math.nan, math.inf, -math.inf, 1e30, 7.0])
def test_what_stands_off_the_mask_changes_neither_value_nor_gradient(name: str, garbage: float) -> None:
    given = case()
    value, slope = value_and_slope(name, given)
    dirty = {
        key: torch.where(given["mask"], tensor, garbage) if tensor.dim() == 2 and key != "mask" else tensor
        for key, tensor in given.items()
    }
    found, its_slope = value_and_slope(name, dirty)
    assert torch.equal(found, value)
    assert torch.equal(its_slope, slope)
    assert not slope[~given["mask"]].any()


@each
def test_a_mask_is_a_mask_in_any_type(name: str) -> None:
    given = case()
    expected = value_and_slope(name, given)
    for dtype in (torch.float32, torch.float64, torch.int64):
        found = value_and_slope(name, given | {"mask": given["mask"].to(dtype)})
        assert torch.equal(found[0], expected[0])
        assert torch.equal(found[1], expected[1])


@each
def test_the_result_is_a_number_as_wide_as_what_is_given(name: str) -> None:
    for dtype in (torch.float32, torch.float64):
        value, slope = value_and_slope(name, case(dtype))
        assert (value.dtype, slope.dtype, value.shape) == (dtype, dtype, ())


@each
def test_nothing_else_is_learned_and_nothing_is_changed(name: str) -> None:
    given = case()
    leaves = {key: tensor.clone().requires_grad_(tensor.is_floating_point()) for key, tensor in given.items()}
    LOSSES[name](leaves, None).backward()
    learned = {"now", "reference"} if name == "smoothed" else {"now"}
    assert {key for key, tensor in leaves.items() if tensor.grad is not None} == learned
    assert all(torch.equal(leaves[key], tensor) for key, tensor in given.items())


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - STOPPED))
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    given = case()
    now = given["now"].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda moved: LOSSES[name](given | {"now": moved}, None), now)


@each
def test_a_batch_of_which_nothing_counts_costs_nothing(name: str) -> None:
    given = case()
    value, slope = value_and_slope(name, given | {"mask": torch.zeros(6, 5)})
    assert value == 0
    assert not slope.any()


def test_a_sequence_without_tokens_has_probability_one() -> None:
    given = case()
    assert not sequence_logprobs(torch.full((6, 5), -math.inf), torch.zeros(6, 5)).any()
    torch.testing.assert_close(
        -sequence_logprobs(given["now"], given["mask"]).sum() / given["mask"].sum(), LOSSES["next_token"](given, None)
    )
