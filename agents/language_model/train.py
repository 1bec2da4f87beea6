"""From a configuration to a trained checkpoint, stage by stage, in folders that a second call goes on from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import gymnasium
import torch
from gymnasium.vector import VectorEnv
from transformers import PreTrainedModel

from ... import envs as _registers_the_environments  # noqa: F401
from ...tasks.errors import BadConfig
from ..agent import Cost
from ..learning import checkpoint
from ..learning.rollout import rollout
from ..learning.streams import check_seed
from . import models
from .agent import LanguageModelAgent
from .config import LanguageModelConfig, Sampling
from .config import Stage as StageName
from .forward import check_head
from .grpo import Grpo
from .sft import Sft, teacher
from .trainer import Job, Report, Stage, resume, train


def train_language_model(
    config: LanguageModelConfig,
    folder: Path,
    seed: int,
    start: Path | None = None,
    report: Report | None = None,
    stage: Literal["sft", "grpo", "all"] = "all",
) -> Path:
    """Train a language model, or go on with it, or return at once if it is done.

    Args:
        config: the recipe.
        folder: of the run. A stage writes into `folder/<stage>`: `checkpoint/`, `metrics.jsonl`, `curves/`.
        seed: of the run; model, data and sampling derive from it.
        start: checkpoint that practice starts from, instead of the run's own supervised fine-tuning.
        report: gets each row of the record, instead of a progress bar.
        stage: "sft" and "grpo" run one stage, "all" both.

    Returns:
        The checkpoint folder of the last stage; `AutoModelForCausalLM` and `AutoTokenizer` load it. `cost.json` in it
        is the bill over all stages.

    Raises:
        BadCheckpoint: `folder` holds a run of another configuration or seed, or `start` is not a language model.
        BadConfig: "grpo" without a checkpoint to start from or with temperature 0; a seed that is none; problems that
            do not fit into the context; a model whose logits training cannot follow.
        KeyboardInterrupt: after Ctrl-C, with a checkpoint left behind; the message says where.
    """
    check_seed(seed)
    if stage != "sft" and config.grpo.updates and not config.sampling.temperature:
        raise BadConfig("sampling.temperature=0: practice compares different answers to a question; expected above 0")
    folder = Path(folder)
    with _threads(config.threads):
        if start is None and stage != "grpo":
            start = _sft(config, folder, seed, report)
            if stage == "sft":
                return start
        start = start or folder / "sft" / "checkpoint"
        if stage == "sft":
            raise BadConfig(f"start={start}: supervised fine-tuning starts from model.source, not from a checkpoint")
        if not start.exists():
            raise BadConfig(
                f"practice needs a checkpoint to start from, and {start} is none: run stage sft or give start"
            )
        return _grpo(config, folder, seed, start, report)


def _sft(config: LanguageModelConfig, folder: Path, seed: int, report: Report | None) -> Path:
    job = _job(config, folder, "sft", seed, {})
    totals = resume(job)
    if totals and totals.update == config.sft.updates:
        return job.checkpoint
    source = job.checkpoint if totals else config.model.source
    if source is None:
        model: PreTrainedModel = models.build(config.model, seed)
        text: Any = models.tokenizer()
    else:
        model, text = models.load(source)
    sft = Sft(config.sft, teacher(config.lessons, config.level), text, seed, models.context(model))
    if config.sft.updates and not totals:
        sft.data(0)  # what does not fit is told before anything is written
    return _run(sft, config, LanguageModelAgent(model, text, config.sampling, seed=seed), job, report)


def _grpo(config: LanguageModelConfig, folder: Path, seed: int, start: Path, report: Report | None) -> Path:
    inherited = LanguageModelAgent.load(start)
    job = _job(config, folder, "grpo", seed, {"start": fingerprint(inherited.model)}, inherited.cost())
    totals = resume(job)
    if totals and totals.update == config.grpo.updates:
        return job.checkpoint
    reference = inherited.model.requires_grad_(False) if config.grpo.beta else None
    model, text = models.load(job.checkpoint if totals else start)
    agent = LanguageModelAgent(model, text, config.sampling, seed=seed)
    env = _env(config, "train", config.grpo.episodes)
    try:
        return _run(Grpo(config.grpo, agent, env, seed, reference), config, agent, job, report)
    finally:
        env.close()


def _run(stage: Stage, config: LanguageModelConfig, agent: LanguageModelAgent, job: Job, report: Report | None) -> Path:
    """Train, scoring on validation problems at temperature 1 on the way."""
    check_head(agent.model)
    env = _env(config, "validation", config.score_problems)
    judge = LanguageModelAgent(agent.model, agent.text, Sampling(1.0, config.sampling.max_new_tokens))

    def score() -> float:
        episodes = rollout(env, judge, range(config.score_problems))
        return sum(episode.correct for episode in episodes) / len(episodes)

    try:
        return train(stage, agent.model, agent.text, job, score, report)
    finally:
        env.close()


def _job(
    config: LanguageModelConfig,
    folder: Path,
    stage: StageName,
    seed: int,
    more: dict[str, Any],
    inherited: Cost | None = None,
) -> Job:
    settings = config.identity(stage)
    identity = {"stage": stage, "task": config.lessons, "seed": seed, "config": settings, **more}
    return Job(
        folder=folder / stage,
        identity={**identity, "config_hash": checkpoint.config_hash(settings)},
        inherited=inherited or Cost(inherited_flops="unknown" if config.model.source else 0.0),
        checkpoint_seconds=config.checkpoint_seconds,
        score_every=config.score_every,
    )


def fingerprint(model: PreTrainedModel) -> str:
    """12 hexadecimal digits that tell a model's weights from others'."""
    digest = hashlib.sha256()
    for name, weight in model.named_parameters():
        digest.update(name.encode())
        digest.update(weight.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def _env(config: LanguageModelConfig, split: str, count: int) -> VectorEnv[Any, Any, Any]:
    return gymnasium.make_vec(config.env_id, num_envs=count, view="text", split=split, level=config.level)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Run with `count` threads: the sums of a matrix product, and so the weights, depend on how it is shared out."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
