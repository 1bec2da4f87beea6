"""Muon against torch's own, against the polar factor that a singular value decomposition gives, and by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from reason_arena.agents.language_model.muon import Muon, orthogonalise


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(8, 8), (6, 20), (20, 6)])
def test_a_step_keeps_the_singular_vectors_and_levels_the_singular_values(shape: tuple[int, int]) -> None:
    matrices = random(3, *shape)
    for matrix, step in zip(matrices, orthogonalise(matrices), strict=True):
        u, _, v = torch.linalg.svd(matrix, full_matrices=False)
        inner = u.T @ step @ v.T  # diagonal where the singular vectors are kept
        values = inner.diagonal()
        torch.testing.assert_close(inner, torch.diag(values), rtol=0, atol=1e-3)
        assert values.min() > 0.3
        assert values.max() < 1.3


def test_the_size_of_a_gradient_does_not_matter_and_none_makes_no_step() -> None:
    matrices = random(1, 5, 7)
    torch.testing.assert_close(orthogonalise(1e4 * matrices), orthogonalise(matrices), rtol=1e-4, atol=1e-5)
    assert not orthogonalise(torch.zeros(1, 5, 7)).any()


def test_a_quintic_by_hand() -> None:
    # A 1 x 1 matrix is brought to 1 first, then goes through x -> 3.4445 x - 4.775 x^3 + 2.0315 x^5 five times.
    x = 1.0
    for _ in range(5):
        x = 3.4445 * x - 4.7750 * x**3 + 2.0315 * x**5
    torch.testing.assert_close(orthogonalise(torch.tensor([[[-7.0]]])), torch.tensor([[[-x]]]), rtol=1e-5, atol=0)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_steps_are_torchs_up_to_its_rounding(momentum: float) -> None:
    ours = [nn.Parameter(random(*shape, seed=1)) for shape in ((12, 30), (30, 12), (12, 30), (16, 16))]
    theirs = [nn.Parameter(weight.detach().clone()) for weight in ours]
    options = {"lr": 0.1, "momentum": momentum}
    mine = Muon(ours, **options)
    peer = torch.optim.Muon(theirs, weight_decay=0.0, nesterov=momentum > 0, adjust_lr_fn="match_rms_adamw", **options)
    for step in range(4):
        for place, (weight, other) in enumerate(zip(ours, theirs, strict=True)):
            weight.grad = random(*weight.shape, seed=10 * step + place)
            other.grad = weight.grad.clone()
        mine.step()
        peer.step()
        for weight, other in zip(ours, theirs, strict=True):
            size = 0.1 * 0.2 * max(weight.shape) ** 0.5
            assert (weight - other).abs().max() < 0.02 * size * (step + 1)  # bfloat16 keeps 8 bits


def test_a_matrix_without_a_gradient_stays() -> None:
    still, moved = nn.Parameter(random(4, 4)), nn.Parameter(random(4, 4, seed=1))
    before = still.detach().clone()
    moved.grad = random(4, 4, seed=2)
    optimiser = Muon([still, moved])
    optimiser.step()
    assert torch.equal(still, before)
    assert still not in optimiser.state
