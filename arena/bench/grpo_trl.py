"""TRL's side of the GRPO benchmark, as a process: its GRPOTrainer, tuned for this machine.

Tuned means: no gradient checkpointing, and bfloat16 only where the processor has instructions for it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch

from ...agents.language_model import devices
from ...agents.language_model.forward import token_logprobs
from ...agents.language_model.precision import chosen
from ...agents.learning.batch import Completion, collate
from ...agents.learning.objectives import grpo
from .grpo_case import Case, Clock, share_of_digits


def trainer(case: Case, counts: list[int], callbacks: list[Any]) -> Any:
    """TRL's trainer on the case; `counts` gets the number of tokens of each step."""
    from datasets import Dataset
    from transformers.utils import logging
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]

    def reward(completions: list[str], completion_ids: list[list[int]], **_: Any) -> list[float | None]:
        counts.append(sum(map(len, completion_ids)))
        return [share_of_digits(answer, case.new) for answer in completions]

    bf16 = chosen("auto", devices.device(case.device)) == torch.bfloat16
    settings = GRPOConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=case.prompts * case.group,
        num_generations=case.group,
        max_completion_length=case.new,
        max_steps=case.warmup + case.steps,
        learning_rate=case.learning_rate,
        lr_scheduler_type="constant",
        weight_decay=0.0,
        beta=0.0,
        temperature=1.0,
        bf16=bf16,
        gradient_checkpointing=False,
        use_cpu=case.device == "cpu",
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=0,
    )
    questions = [case.question(seed) for seed in range(64 * case.prompts)]
    return GRPOTrainer(
        model=case.model(),
        args=settings,
        reward_funcs=reward,
        processing_class=case.text(),
        train_dataset=Dataset.from_dict({"prompt": questions}),
        callbacks=callbacks,
    )


def gaps(model: Any, inputs: dict[str, Any], loss: Callable[..., Any]) -> dict[str, float]:
    """How far TRL's loss and gradient on its own batch are from ours: relative differences.

    Both in float32, since bfloat16 rounds the same sums in another order to other numbers.
    """
    weights = list(model.parameters())
    theirs = loss(model, inputs)
    their_gradient = torch.autograd.grad(theirs, weights)
    rows = []
    for prompt, there, answer, mask in zip(
        *(inputs[name].tolist() for name in ("prompt_ids", "prompt_mask", "completion_ids", "completion_mask")),
        strict=True,
    ):
        read = tuple(token for token, real in zip(prompt, there, strict=True) if real)
        rows.append(Completion(read, tuple(token for token, real in zip(answer, mask, strict=True) if real)))
    batch = collate(rows, inputs["advantages"].cpu()).to(model.device)
    logprobs = token_logprobs(model, batch).logprobs
    ours = grpo(logprobs, logprobs.detach(), batch.advantage, batch.mask)
    our_gradient = torch.autograd.grad(ours, weights)
    differences = [(mine - other).norm() for mine, other in zip(our_gradient, their_gradient, strict=True)]
    norm = torch.stack([each.norm() for each in their_gradient]).norm()
    return {
        "loss_gap": abs(float((ours - theirs).detach())) / max(abs(float(theirs.detach())), 1e-3),
        "gradient_gap": float(torch.stack(differences).norm() / norm),
    }


def main() -> None:
    """Measure the case that the first word tells, and print what was found."""
    from transformers import TrainerCallback

    case = Case(**json.loads(sys.argv[1]))
    torch.set_num_threads(1)
    clock, counts, found = Clock(case.device), list[int](), dict[str, float]()

    class Steps(TrainerCallback):
        """Ends a step of the clock with each of TRL's."""

        began: float

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.began = clock.read()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.end(counts[-1])

    made = trainer(case, counts, [Steps()])
    plain = made.model.forward  # before accelerate wraps it in autocast
    generate, step = made._generate_single_turn, made.training_step

    def generating(*words: Any, **options: Any) -> Any:
        began = clock.read()
        try:
            return generate(*words, **options)
        finally:
            clock.add("sample", began)

    def stepping(*words: Any, **options: Any) -> Any:
        began = clock.read()
        try:
            return step(*words, **options)
        finally:
            clock.add("step", began)

    made._generate_single_turn, made.training_step = generating, stepping
    made.train()
    peak = clock.told(case.warmup)
    loss = made._compute_loss

    def compared(model: Any, inputs: dict[str, Any]) -> Any:
        model.forward = plain
        found.update(gaps(model, inputs, loss))
        return loss(model, inputs)

    made._compute_loss = compared
    made.accelerator.autocast = nullcontext
    made.args.max_steps = 1
    made.train()
    print(json.dumps(peak | {"train": peak["step"] - peak["sample"]} | found))


if __name__ == "__main__":
    main()
