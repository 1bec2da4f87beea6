"""GRPO and its variants against TRL's own loss, on the same tensors of the same tiny model: values and gradients."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from transformers import LlamaForCausalLM
from trl import GRPOConfig, GRPOTrainer
from trl_peer import COMMON, VOCABULARY, llama, same, tokenizer

from reason_arena.agents.learning.objectives import clipped_fraction, entropy_bonus, grpo, k3

torch.set_num_threads(1)

PROMPT, COMPLETION, BUDGET = 4, 6, 9
LENGTHS = (6, 2, 5, 1)
"""of the completions: the longest is shorter than the budget"""
WHOLE = 20
"""tokens in the batch that these rows are a piece of"""


def completion_mask() -> Tensor:
    return (torch.arange(COMPLETION)[None] < torch.tensor(LENGTHS)[:, None]).long()


def batch(noise: float = 0.5) -> dict[str, Tensor]:
    """What a GRPOTrainer hands to its loss, but for the log-probabilities of the policies."""
    generator = torch.Generator().manual_seed(1)
    prompts = (torch.arange(PROMPT)[None] >= torch.tensor([0, 2, 1, 3])[:, None]).long()
    return {
        "prompt_ids": torch.randint(3, VOCABULARY, (4, PROMPT), generator=generator) * prompts,
        "prompt_mask": prompts,
        "completion_ids": torch.randint(3, VOCABULARY, (4, COMPLETION), generator=generator) * completion_mask(),
        "completion_mask": completion_mask(),
        "advantages": torch.tensor([1.2, -0.7, -1.1, 0.4]),
        "num_items_in_batch": torch.tensor(WHOLE),
        "old_shift": noise * torch.randn(4, COMPLETION, generator=generator),
        "ref_shift": 0.5 * torch.randn(4, COMPLETION, generator=generator),
        "importance_sampling_ratio": 0.5 + torch.rand(4, COMPLETION, generator=generator),
    }


def grpo_trainer(folder: Path, options: Mapping[str, Any]) -> GRPOTrainer:
    options = dict(options)
    beta = options.pop("beta", 0.0)
    config = GRPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=BUDGET,
        **COMMON | options,
    )
    trainer = GRPOTrainer(
        model=llama(),
        args=config,
        reward_funcs=lambda completion_ids, **_: [0.0 for _ in completion_ids],
        processing_class=tokenizer(),
        train_dataset=Dataset.from_dict({"prompt": ["t3"] * 4}),
    )
    trainer.beta = beta  # given to the configuration it would load a reference model from the hub
    trainer.model.eval()  # in training the loss is divided by the steps of accumulation
    return trainer


def score(model: LlamaForCausalLM, inputs: Mapping[str, Tensor], temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """Log-probabilities and entropies (4, COMPLETION), by the plain way: all logits, then a softmax."""
    tokens = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
    seen = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], dim=1)
    logits = model(input_ids=tokens, attention_mask=seen).logits[:, PROMPT - 1 : -1] / temperature
    distribution = torch.log_softmax(logits, dim=-1)
    entropy = -(distribution.exp() * distribution).sum(-1)
    return distribution.gather(-1, inputs["completion_ids"][..., None])[..., 0], entropy


TOKEN: dict[str, Any] = {"normalisation": "token"}
PIECE = TOKEN | {"total": WHOLE}
SEQUENCE: dict[str, Any] = {"normalisation": "sequence"}
K3: dict[str, Any] = {"beta": 0.3, "use_bias_correction_kl": False}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "grpo": ({"loss_type": "grpo"}, SEQUENCE),
    "bnpo": ({"loss_type": "bnpo"}, TOKEN),
    "dapo": ({"loss_type": "dapo", "epsilon_high": 0.28}, PIECE | {"clip_high": 0.28}),
    "dr_grpo": ({"loss_type": "dr_grpo"}, {"normalisation": "constant", "constant": BUDGET}),
    "gspo": (
        {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 3e-4, "epsilon_high": 4e-4},
        SEQUENCE | {"importance": "sequence", "clip_low": 3e-4, "clip_high": 4e-4},
    ),
    "gspo, wide clip": (
        {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 0.3},
        SEQUENCE | {"importance": "sequence", "clip_low": 0.3, "clip_high": 0.3},
    ),
    "gspo by token": (
        {"loss_type": "bnpo", "importance_sampling_level": "sequence", "epsilon": 0.3},
        TOKEN | {"importance": "sequence", "clip_low": 0.3, "clip_high": 0.3},
    ),
    # TRL's epsilon_high is the bound on the weight itself, the paper's (and ours) what it exceeds 1 by.
    "cispo": ({"loss_type": "cispo", "epsilon_high": 1.3}, PIECE | {"surrogate": "cispo", "clip_high": 0.3}),
    "cispo, by sequence": (
        {"loss_type": "cispo", "epsilon_high": 1.1, "importance_sampling_level": "sequence"},
        PIECE | {"surrogate": "cispo", "clip_high": 0.1, "importance": "sequence"},
    ),
    "delta": ({"loss_type": "bnpo", "delta": 1.3}, TOKEN | {"dual_clip": 1.3}),
    "k3": ({"loss_type": "grpo", **K3}, SEQUENCE | {"beta": 0.3}),
    "k3 times ratio": ({"loss_type": "grpo", "beta": 0.3}, SEQUENCE | {"beta": 0.3, "kl_weighted": True}),
    "k3 in dr_grpo": (
        {"loss_type": "dr_grpo", **K3},
        {"normalisation": "constant", "constant": BUDGET, "beta": 0.3, "kl": "k3"},
    ),
    "temperature": ({"loss_type": "dapo", "temperature": 0.7}, PIECE),
}


NOISE = {"gspo": 1e-3}
"""with the usual 0.5 every row would be beyond the paper's narrow clip"""


@pytest.mark.parametrize("name", CASES)
def test_grpo_is_that_of_trl_through_the_same_model(name: str, tmp_path: Path) -> None:
    options, settings = CASES[name]
    trainer, inputs = grpo_trainer(tmp_path, options), batch(NOISE.get(name, 0.5))
    now, _ = score(trainer.model, inputs, options.get("temperature", 1.0))
    old = inputs["old_per_token_logps"] = now.detach() + inputs["old_shift"]
    reference = inputs["ref_per_token_logps"] = now.detach() + inputs["ref_shift"]
    theirs = trainer._compute_loss(trainer.model, inputs)
    given = reference if "beta" in settings else None
    mask = inputs["completion_mask"]
    same(theirs, grpo(now, old, inputs["advantages"], mask, reference=given, **settings), trainer.model)
    if given is not None and not settings.get("kl_weighted"):
        mean = k3(now, reference, mask).sum() / mask.sum()
        assert trainer._metrics["eval"]["kl"][0] == pytest.approx(mean.item(), rel=1e-5)


def exact(trainer: GRPOTrainer, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """TRL's loss of given float64 log-probabilities, those, and its gradient: its forward pass is float32 alone."""
    generator = torch.Generator().manual_seed(2)
    now = (-3 * torch.rand(4, COMPLETION, generator=generator, dtype=torch.float64)).requires_grad_()
    entropy = torch.rand(4, COMPLETION, generator=generator, dtype=torch.float64)
    for name in ("advantages", "old_shift", "ref_shift", "importance_sampling_ratio"):
        inputs[name] = inputs[name].double()
    inputs["old_per_token_logps"] = now.detach() + inputs["old_shift"]
    inputs["ref_per_token_logps"] = now.detach() + inputs["ref_shift"]
    trainer._get_per_token_logps_and_entropies = lambda *_, **__: (now, entropy, None)
    loss = trainer._compute_loss(trainer.model, inputs)
    assert loss.dtype == torch.float64
    return loss, now, torch.autograd.grad(loss, now)[0]


def compare(loss: Tensor, slope: Tensor, ours: Tensor, now: Tensor) -> None:
    torch.testing.assert_close(ours, loss, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(torch.autograd.grad(ours, now)[0], slope, rtol=1e-11, atol=1e-14)
    assert slope.any()


@pytest.mark.parametrize("name", CASES)
def test_grpo_is_that_of_trl_token_by_token(name: str, tmp_path: Path) -> None:
    options, settings = CASES[name]
    trainer, inputs = grpo_trainer(tmp_path, options), batch(NOISE.get(name, 0.5))
    loss, now, slope = exact(trainer, inputs)
    old, mask = inputs["old_per_token_logps"], inputs["completion_mask"]
    reference = inputs["ref_per_token_logps"] if "beta" in settings else None
    compare(loss, slope, grpo(now, old, inputs["advantages"], mask, reference=reference, **settings), now)


def test_clipped_fraction_is_what_trl_logs(tmp_path: Path) -> None:
    trainer, inputs = grpo_trainer(tmp_path, {"loss_type": "dapo", "epsilon_high": 0.28, "delta": 1.3}), batch()
    _, now, _ = exact(trainer, inputs)
    given = (now, inputs["old_per_token_logps"], inputs["advantages"], inputs["completion_mask"])
    ours = clipped_fraction(*given, 0.2, 0.28)
    assert 0 < ours < 1
    assert trainer._metrics["eval"]["clip_ratio/region_mean"][0] == pytest.approx(ours.item(), rel=1e-6)
    # TRL does not count the tokens that delta takes out.
    assert clipped_fraction(*given, 0.2, 0.28, dual_clip=1.3) > ours

    rows = {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 0.1}
    trainer, inputs = grpo_trainer(tmp_path, rows), batch()
    _, now, _ = exact(trainer, inputs)
    change, lengths = -inputs["old_shift"] * inputs["completion_mask"], torch.tensor(LENGTHS)
    ratios = (change.sum(1) / lengths).exp()
    clipped = torch.where(inputs["advantages"] > 0, ratios > 1.1, ratios < 0.9)
    assert trainer._metrics["eval"]["clip_ratio/region_mean"][0] == pytest.approx(clipped.double().mean().item())
    given = (now, inputs["old_per_token_logps"], inputs["advantages"], inputs["completion_mask"])
    ours = clipped_fraction(*given, 0.1, 0.1, importance="sequence")
    assert ours.item() == pytest.approx(((clipped * lengths).sum() / lengths.sum()).item())
    assert 0 < clipped.sum() < 4


def test_weights_for_another_engine_spare_the_penalty_as_in_trl(tmp_path: Path) -> None:
    trainer, inputs = grpo_trainer(tmp_path, {"loss_type": "dapo", "beta": 0.3}), batch()
    trainer.use_vllm, trainer.vllm_importance_sampling_correction = True, True  # what the loss looks at
    loss, now, slope = exact(trainer, inputs)
    ours = grpo(
        now,
        inputs["old_per_token_logps"],
        inputs["advantages"],
        inputs["completion_mask"],
        beta=0.3,
        kl_weighted=True,
        reference=inputs["ref_per_token_logps"],
        correction=inputs["importance_sampling_ratio"],
        total=WHOLE,
    )
    compare(loss, slope, ours, now)


def test_tool_output_and_advantages_by_token_as_in_trl(tmp_path: Path) -> None:
    trainer, inputs = grpo_trainer(tmp_path, {"loss_type": "grpo", "importance_sampling_level": "token"}), batch()
    inputs["advantages"] = torch.randn(4, COMPLETION, generator=torch.Generator().manual_seed(3))
    inputs["tool_mask"] = torch.ones(4, COMPLETION, dtype=torch.long)
    inputs["tool_mask"][0, 2:4] = inputs["tool_mask"][2, 1] = 0
    loss, now, slope = exact(trainer, inputs)
    mask = inputs["completion_mask"] * inputs["tool_mask"]
    ours = grpo(now, inputs["old_per_token_logps"], inputs["advantages"], mask, normalisation="sequence")
    compare(loss, slope, ours, now)


def test_the_weighted_penalty_of_a_sequence_differs_from_trl_by_whose_gradient_the_weight_has(tmp_path: Path) -> None:
    """Ours is s (1 - e^d + k3_t) at token t, TRL's s (1 - e^d + mean of k3 over the row): the same where T is 1."""
    options = {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 0.3, "beta": 0.3}
    trainer, inputs = grpo_trainer(tmp_path, options), batch()
    loss, now, slope = exact(trainer, inputs)
    old, reference, mask = inputs["old_per_token_logps"], inputs["ref_per_token_logps"], inputs["completion_mask"]
    settings: dict[str, Any] = {"importance": "sequence", "clip_low": 0.3, "clip_high": 0.3, "kl_weighted": True}
    ours = grpo(
        now, old, inputs["advantages"], mask, normalisation="sequence", beta=0.3, reference=reference, **settings
    )
    torch.testing.assert_close(ours, loss, rtol=1e-12, atol=0)
    lengths = torch.tensor(LENGTHS)[:, None]
    difference = (reference - now.detach()) * mask
    estimate = difference.exp() - difference - 1
    ratio = ((-inputs["old_shift"] * mask).sum(1, keepdim=True) / lengths).exp()
    gap = 0.3 * ratio * (estimate.sum(1, keepdim=True) / lengths - estimate) * mask / (4 * lengths)
    torch.testing.assert_close(slope - torch.autograd.grad(ours, now)[0], gap, rtol=1e-9, atol=1e-14)
    assert gap[:3].any()
    assert not gap[3].any()


def test_a_token_that_has_become_likely_costs_what_delta_says_and_trl_lets_delta_fall_below_the_clip(
    tmp_path: Path,
) -> None:
    trainer, inputs = grpo_trainer(tmp_path, {"loss_type": "bnpo", "delta": 1.1}), batch()
    loss, now, _ = exact(trainer, inputs)
    given = (now, inputs["old_per_token_logps"], inputs["advantages"], inputs["completion_mask"])
    with pytest.raises(ValueError, match=r"dual_clip=1\.1"):
        grpo(*given, dual_clip=1.1)
    # With A < 0 TRL's ratio is then held at the clip, with A > 0 at delta: of both signs the nearest of ours.
    negative = inputs["advantages"] < 0
    parts = [
        grpo(now[rows], given[1][rows], given[2][rows], given[3][rows], total=sum(LENGTHS), **settings)
        for rows, settings in ((negative, {"dual_clip": 1.2}), (~negative, {"clip_high": 0.1}))
    ]
    torch.testing.assert_close(parts[0] + parts[1], loss, rtol=1e-12, atol=0)


def test_the_entropy_bonus_is_that_of_trl(tmp_path: Path) -> None:
    trainer, inputs = grpo_trainer(tmp_path, {"loss_type": "bnpo", "entropy_coef": 0.5}), batch()
    now, entropy = score(trainer.model, inputs)
    inputs["old_per_token_logps"] = now.detach() + inputs["old_shift"]
    mask = inputs["completion_mask"]
    ours = grpo(now, inputs["old_per_token_logps"], inputs["advantages"], mask) + 0.5 * entropy_bonus(entropy, mask)
    same(trainer._compute_loss(trainer.model, inputs), ours, trainer.model)
