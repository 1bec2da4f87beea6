"""Muon against torch's own, against the polar factor that a singular value decomposition gives, and by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reason_arena.agents.language_model.muon import Muon, orthogonalise
from reason_arena.agents.language_model.optimiser import Optimiser
from reason_arena.agents.language_model.stage_config import StageConfig
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)


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


@pytest.mark.parametrize(
    ("shape", "options", "told"),
    [
        ((4,), {}, r"expected matrices, got a parameter of shape \(4,\)"),
        ((2, 3, 4), {}, r"expected matrices, got a parameter of shape \(2, 3, 4\)"),
        ((), {}, r"expected matrices, got a parameter of shape \(\)"),
        ((4, 4), {"lr": -0.1}, r"lr=-0\.1: expected 0 or more"),
        ((4, 4), {"lr": float("nan")}, "lr=nan: expected 0 or more"),
        ((4, 4), {"momentum": 1.0}, r"momentum=1\.0: expected 0 or more and below 1"),
        ((4, 4), {"momentum": -0.1}, r"momentum=-0\.1: expected 0 or more and below 1"),
    ],
)
def test_what_muon_cannot_step_is_refused(shape: tuple[int, ...], options: dict[str, Any], told: str) -> None:
    weight = nn.Parameter(torch.zeros(shape))
    for params in ([weight], [{"params": [weight], **options}]):
        with pytest.raises(BadConfig, match=f"^Muon: {told}"):
            Muon(params, **options)
    with pytest.raises(BadConfig, match=told):
        Muon([nn.Parameter(torch.zeros(2, 2))]).add_param_group({"params": [weight], **options})
    Muon([nn.Parameter(torch.zeros(2, 2))], lr=0.0, momentum=0.0)


def test_only_matrices_go_to_muon_and_each_other_weight_gets_its_share_of_the_rate() -> None:
    weights = nn.ParameterDict(
        {
            "scalar": nn.Parameter(torch.tensor(1.0)),
            "bias": nn.Parameter(torch.ones(3)),
            "matrix": nn.Parameter(torch.eye(3)),
            "embed": nn.Parameter(torch.ones(5, 3)),
            "experts": nn.Parameter(torch.ones(2, 3, 3)),
        }
    )
    model = nn.ModuleDict({"weights": weights, "ln_1": nn.LayerNorm(3)})
    named = {name.rpartition(".")[2]: weight for name, weight in weights.named_parameters()} | {
        "gain": model["ln_1"].weight
    }
    before = {name: weight.detach().clone() for name, weight in named.items()}
    optimiser = Optimiser(model, StageConfig(momentum=0.0, gain_rate=2.0))
    for name, weight in named.items():
        weight.grad = -torch.ones_like(weight) if name != "matrix" else -torch.eye(3)
    optimiser.step(rate=0.1, max_gradient=1e9)
    moved = {name: weight.detach() - before[name] for name, weight in named.items()}
    # AdamW's first step is rate * share * the gradient's sign: 0.1 * 2 for a norm's gains, else 0.1 * 0.3.
    for name, size in (("scalar", 0.03), ("bias", 0.03), ("gain", 0.2), ("embed", 0.03), ("experts", 0.03)):
        torch.testing.assert_close(moved[name], torch.full_like(moved[name], size), rtol=1e-5, atol=0)
    # Muon's is along the identity, by at least 0.3 and at most 1.3 times 0.1 * 0.2 * sqrt(3) = 0.0346.
    diagonal = moved["matrix"].diagonal()
    torch.testing.assert_close(moved["matrix"], torch.diag(diagonal), rtol=0, atol=1e-6)
    assert 0.0104 < diagonal.min() <= diagonal.max() < 0.0451
