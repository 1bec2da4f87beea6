"""Our side of the GRPO benchmark, as a process: the very stage and trainer that `reason train llm` runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from gymnasium.vector import AutoresetMode, VectorEnv

from ...agents.language_model import devices
from ...agents.language_model.agent import LanguageModelAgent
from ...agents.language_model.config import Sampling
from ...agents.language_model.grpo import Grpo
from ...agents.language_model.job import Job
from ...agents.language_model.optimiser import Optimiser
from ...agents.language_model.practice_config import GrpoConfig
from ...agents.language_model.precision import casting, chosen
from ...agents.language_model.trainer import learn
from .grpo_case import Case, Clock, share_of_digits


class Sentences(VectorEnv[Any, Any, Any]):
    """Poses the case's prompts and pays its reward; one turn."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 - Gymnasium's own way

    def __init__(self, case: Case) -> None:
        self.case, self.num_envs = case, case.prompts * case.group

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """The prompts of these seeds."""
        return tuple(self.case.question(each) for each in seed), {}

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Pay, and end."""
        paid = torch.tensor([share_of_digits(answer, self.case.new) for answer in actions]).numpy()
        over = torch.ones(len(actions), dtype=torch.bool).numpy()
        return ("",) * len(actions), paid, over, ~over, {}


def main() -> None:
    """Measure the case that the first word tells, and print what was found."""
    case = Case(**json.loads(sys.argv[1]))
    torch.set_num_threads(1)
    clock = Clock(case.device)
    model = case.model().to(devices.device(case.device))
    agent = LanguageModelAgent(model, case.text(), Sampling(1.0, case.new))
    config = GrpoConfig(
        updates=case.warmup + case.steps,
        questions=case.prompts,
        group=case.group,
        learning_rate=case.learning_rate,
        warmup=0,
        final_rate=1.0,
        clip_high=0.2,
        scale=True,
        optimiser="adamw",
        gain_rate=1.0,
    )
    stage = Grpo(config, agent, Sentences(case), seed=0)
    stage.casting = casting(chosen("auto", model.device), model.device)
    if model.device.type != "cpu":
        stage.micro_batch_tokens = 16384  # as few passes as TRL makes
    optimiser = Optimiser(model, config)
    for update in range(config.updates):
        began = clock.read()
        with stage.casting:
            data = stage.data(update)
        clock.add("sample", began)
        trained = clock.read()
        row = learn(stage, model, optimiser, data, update, Job(Path(), {}))
        clock.add("train", trained)
        clock.add("step", began)
        clock.now["sampler_gap"] = row["sampler_gap"]
        clock.end(data.drawn)
    print(json.dumps(clock.told(case.warmup)))


if __name__ == "__main__":
    main()
