"""DPO, reward model, supervised fine-tuning and distillation against TRL's own losses: values and gradients."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer
from trl.experimental.gkd import GKDTrainer
from trl_peer import COMMON, SHAPE, VOCABULARY, llama, same, tokenizer

from reason_arena.agents.learning.objectives import (
    dpo,
    next_token,
    reward_model,
    sequence_logprobs,
    token_divergence,
)

torch.set_num_threads(1)


def pairs() -> tuple[dict[str, Tensor], Tensor]:
    """Three chosen completions, then the three rejected ones, as a DPOTrainer's collator lays them out."""
    generator = torch.Generator().manual_seed(4)
    lengths = torch.tensor([8, 6, 7, 5, 8, 7])
    seen = (torch.arange(8)[None] < lengths[:, None]).long()
    tokens = torch.randint(3, VOCABULARY, (6, 8), generator=generator) * seen
    completion = seen * (torch.arange(8)[None] >= 3)
    return {"input_ids": tokens, "attention_mask": seen, "completion_mask": completion}, lengths


def dpo_trainer(folder: Path, **options: Any) -> DPOTrainer:
    text = {"prompt": ["t3 "], "chosen": ["t4"], "rejected": ["t5"]}
    return DPOTrainer(
        model=llama(),
        ref_model=llama(seed=1),
        args=DPOConfig(output_dir=str(folder), **COMMON | options),
        processing_class=tokenizer(),
        train_dataset=Dataset.from_dict(text),
    )


def summed(model: LlamaForCausalLM, inputs: Mapping[str, Tensor]) -> Tensor:
    logits = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits[:, :-1]
    chosen = torch.log_softmax(logits, -1).gather(-1, inputs["input_ids"][:, 1:, None])[..., 0]
    return sequence_logprobs(chosen, inputs["completion_mask"][:, 1:])


def scored(
    folder: Path, inputs: dict[str, Tensor], **options: Any
) -> tuple[LlamaForCausalLM, Tensor, tuple[Tensor, ...]]:
    """The model, TRL's loss, and the log-probabilities of the chosen and the rejected, now and under the reference."""
    trainer = dpo_trainer(folder, beta=0.3, **options)
    theirs = trainer._compute_loss(trainer.model, inputs, return_outputs=False)
    now, before = summed(trainer.model, inputs), summed(trainer.ref_model, inputs)
    return trainer.model, theirs, (*now.chunk(2), *before.chunk(2))


def test_dpo_is_that_of_trl(tmp_path: Path) -> None:
    model, theirs, logprobs = scored(tmp_path, pairs()[0])
    same(theirs, dpo(*logprobs, beta=0.3), model)


def test_dpo_with_smoothing_is_that_of_trl_where_it_has_it(tmp_path: Path) -> None:
    inputs, _ = pairs()
    # "aot" sorts what it compares, over the batch: of one pair there is nothing to sort.
    one = {name: rows[[0, 3]] for name, rows in inputs.items()}
    model, theirs, logprobs = scored(tmp_path, one, loss_type="aot", label_smoothing=0.1)
    same(theirs, dpo(*logprobs, beta=0.3, label_smoothing=0.1), model)

    # "sigmoid" takes no notice of it.
    model, theirs, logprobs = scored(tmp_path, inputs, loss_type="sigmoid", label_smoothing=0.1)
    same(theirs, dpo(*logprobs, beta=0.3), model)

    # "robust" takes the mislabelled share out where the conservative loss puts it in: 0.8 L = 0.9 l(D) - 0.1 l(-D).
    model, theirs, logprobs = scored(tmp_path, inputs, loss_type="robust", label_smoothing=0.1)
    chosen, rejected, chosen_reference, rejected_reference = logprobs
    kept, flipped = dpo(*logprobs, beta=0.3), dpo(rejected, chosen, rejected_reference, chosen_reference, beta=0.3)
    same(theirs, (0.9 * kept - 0.1 * flipped) / 0.8, model)


@pytest.mark.parametrize(("margin", "centre"), [(False, None), (True, None), (True, 0.1)])
def test_the_reward_model_is_that_of_trl(margin: bool, centre: float | None, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = LlamaForSequenceClassification(LlamaConfig(**SHAPE, num_labels=1))
    trainer = RewardTrainer(
        model=model,
        args=RewardConfig(output_dir=str(tmp_path), center_rewards_coefficient=centre, **COMMON),
        processing_class=tokenizer(),
        train_dataset=Dataset.from_dict({"chosen": ["t3 t4"], "rejected": ["t3 t5"]}),
    )
    inputs, lengths = pairs()
    del inputs["completion_mask"]
    margins = torch.tensor([0.5, 1.0, 0.0]) if margin else None
    given = inputs | ({"margin": margins} if margins is not None else {})
    theirs = trainer.compute_loss(trainer.model, given)
    hidden = model.model(**inputs).last_hidden_state
    rewards = model.score(hidden[torch.arange(6), lengths - 1])[:, 0]  # read at the last token
    same(theirs, reward_model(rewards[:3], rewards[3:], margin=margins, centre=centre or 0.0), model)


@pytest.mark.filterwarnings("ignore:`label_smoothing_factor`:FutureWarning")
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_next_token_is_the_loss_of_trl(smoothing: float, tmp_path: Path) -> None:
    trainer = SFTTrainer(
        model=llama(),
        args=SFTConfig(output_dir=str(tmp_path), label_smoothing_factor=smoothing, **COMMON),
        processing_class=tokenizer(),
        train_dataset=Dataset.from_dict({"text": ["t3 t4"]}),
    )
    inputs, _ = pairs()
    mask = inputs.pop("completion_mask")
    labels = inputs["input_ids"].masked_fill(mask == 0, -100)
    theirs = trainer.compute_loss(trainer.model, inputs | {"labels": labels})
    distribution = torch.log_softmax(trainer.model(**inputs).logits[:, :-1], -1)
    logprobs = distribution.gather(-1, inputs["input_ids"][:, 1:, None])[..., 0]
    ours = next_token(logprobs, mask[:, 1:], smoothing=smoothing, evenly=distribution.mean(-1))
    same(theirs, ours, trainer.model)


@pytest.mark.parametrize(("beta", "kind"), [(0, "forward"), (1, "reverse"), (0.5, "jsd"), (0.1, "jsd"), (0.9, "jsd")])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_the_divergences_of_distillation_are_those_of_trl(beta: float, kind: Any, temperature: float) -> None:
    generator = torch.Generator().manual_seed(5)
    student = (2 * torch.randn(3, 4, VOCABULARY, generator=generator, dtype=torch.float64)).requires_grad_()
    teacher = 2 * torch.randn(3, 4, VOCABULARY, generator=generator, dtype=torch.float64)
    settings: dict[str, Any] = {"beta": beta, "temperature": temperature, "reduction": "sum"}
    theirs = GKDTrainer.generalized_jsd_loss(student, teacher, **settings)
    ours = token_divergence(student, teacher, kind, beta, temperature).sum()
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
    wanted, found = (torch.autograd.grad(loss, student)[0] for loss in (theirs, ours))
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-13)
