"""From a configuration to a trained checkpoint, stage by stage, in folders that a second call goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ...tasks.errors import BadConfig
from ..agent import Cost
from ..learning import checkpoint
from ..learning.rollout import sound
from ..learning.streams import check_seed
from ..learning.validation import scores
from . import devices, models
from .adapters import adapt, load_adapters
from .agent import LanguageModelAgent
from .assembly import Assembly
from .config import NEEDS_START, PRACTICE, LanguageModelConfig
from .config import Stage as StageName
from .environment import make_env
from .forward import check_model
from .job import Job, resume
from .precision import chosen
from .recomputation import recompute
from .sources import ADAPTER
from .trainer import Report, Score, train
from .world import World, world

SAMPLES = 4
"""answers kept at each score, to look at"""


def train_language_model(
    config: LanguageModelConfig,
    folder: Path,
    seed: int,
    start: Path | None = None,
    report: Report | None = None,
    stage: StageName | Literal["all"] = "all",
) -> Path:
    """Train a language model, or go on with it, or return at once if it is done.

    Under `torchrun` the processes train one model together (see `sharding`); the first one writes and reports.

    Args:
        config: the recipe.
        folder: of the run. A stage writes into `folder/<stage>`: `checkpoint/`, `metrics.jsonl`, `samples.jsonl`,
            `curves/`.
        seed: of the run; model, data and sampling derive from it.
        start: checkpoint that the stage starts from; with "all", practice starts from it instead of the run's own
            supervised fine-tuning. Practice and preferences without one start from `folder/sft`, or without that from
            `config.model.source`.
        report: gets each row of the record, instead of a progress bar.
        stage: one of them, or "all": SFT, then GRPO.

    Returns:
        The checkpoint folder of the last stage; `AutoModelForCausalLM` and `AutoTokenizer` load it. `cost.json` in it
        is the bill over all stages.

    Raises:
        BadCheckpoint: `folder` holds a run of another configuration or seed, or `start` is not a language model.
        BadConfig: a stage without a checkpoint to start from, practice with temperature 0; a seed that is none;
            problems that do not fit into the context; a model whose logits training cannot follow.
        Diverged, OutOfMemory: training cannot go on; the last checkpoint stands.
        KeyboardInterrupt: after Ctrl-C, with a checkpoint left behind; the message says where.
    """
    check_seed(seed)
    folder = Path(folder)
    names: list[StageName] = [stage] if stage != "all" else ["grpo"] if start else ["sft", "grpo"]
    for name in names:
        if name in PRACTICE and config.section(name).updates and not config.sampling.temperature:
            raise BadConfig(
                "sampling.temperature=0: practice compares different answers to a question; expected above 0"
            )
    processes = world(devices.device(config.device))
    with _threads(config.threads):
        for name in names:
            start = _stage(config, folder, name, seed, start, report, processes)
    assert start is not None
    return start


def _stage(
    config: LanguageModelConfig,
    folder: Path,
    name: StageName,
    seed: int,
    start: Path | None,
    report: Report | None,
    processes: World,
) -> Path:
    """One stage, from its checkpoint if there is one."""
    origin = _origin(config, folder, name, start)
    start_agent = LanguageModelAgent.load(origin, device=config.device) if origin else None
    assembly = Assembly(config, name, seed, start_agent, processes)
    job = _job(config, folder, name, seed, assembly)
    totals = resume(job)
    if totals and totals.update == config.section(name).updates:
        return job.checkpoint
    model, text = _model(assembly, job.checkpoint if totals else None, origin)
    agent = LanguageModelAgent(model, text, config.sampling, seed=seed, memory=config.memory)
    validation = make_env(config, "validation", config.score_problems)
    player = LanguageModelAgent(model, text, replace(config.sampling, temperature=1.0), memory=config.memory)

    def score() -> Score:
        episodes = sound(processes.play(validation, player, range(config.score_problems)))
        lengths = [sum(len(turn.token_ids) for turn in episode.traces) for episode in episodes]
        samples = [
            {name: getattr(each, name) for name in ("seed", "question", "transcript", "return_", "verdict")}
            for each in episodes[:SAMPLES]
        ]
        return Score({**scores(episodes), "score_length": sum(lengths) / len(lengths)}, samples)

    with assembly.stage(agent, fresh=totals is None) as stage:
        try:
            return train(stage, model, text, job, score, report)
        finally:
            validation.close()


def _origin(config: LanguageModelConfig, folder: Path, name: StageName, start: Path | None) -> Path | str | None:
    """What a stage starts from; None: from nothing."""
    own = folder / "sft" / "checkpoint"
    if start is None and name in NEEDS_START and (own.exists() or not config.model.source):
        start = own
    if start is not None and not start.exists():
        raise BadConfig(
            f"{name} needs a checkpoint to start from, and {start} is none: run stage sft, give start or model.source"
        )
    return start or config.model.source


def _model(
    assembly: Assembly, done: Path | None, origin: Path | str | None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model to train, as far as it has come, and its tokenizer.

    Args:
        assembly: of the stage.
        done: its checkpoint, if it has begun.
        origin: what it started from.
    """
    config, inherited = assembly.config, assembly.inherited
    if done and not config.lora.rank:
        model, text = models.load(done, device=config.device)
    elif inherited and not assembly.keeps_start:
        model, text = inherited.model, inherited.text  # a second copy of the weights would serve nobody
    elif origin:
        model, text = models.load(origin, device=config.device)
    else:
        model, text = models.build(config.model, assembly.seed), models.tokenizer(config.model.words)
    model.to(devices.device(config.device))  # type: ignore[arg-type] # transformers' stub takes the class for an argument
    check_model(model)
    adapt(model, config.lora, assembly.seed)
    if done and config.lora.rank:  # a checkpoint under way holds adapters alone
        load_adapters(model, checkpoint.locate(done) / ADAPTER)
    if config.gradient_checkpointing:
        recompute(model)
    return model, text


def _job(config: LanguageModelConfig, folder: Path, name: StageName, seed: int, assembly: Assembly) -> Job:
    settings = config.identity(name)
    if "precision" in settings:  # "auto" is another format on another processor
        settings["precision"] = str(chosen(config.precision, devices.device(config.device))).removeprefix("torch.")
    identity = {"stage": name, "task": config.lessons, "seed": seed, "config": settings, **assembly.fingerprints()}
    bill = assembly.inherited.cost() if assembly.inherited else Cost()
    return Job(
        folder=folder / name,
        identity={**identity, "config_hash": checkpoint.config_hash(settings)},
        inherited=assembly.with_teachers(bill),
        checkpoint_seconds=config.checkpoint_seconds,
        score_every=0 if name == "reward" else config.score_every,  # a reward model gives no answers
        sampling=config.sampling,
        memory=config.memory,
    )


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Run with `count` threads: the sums of a matrix product, and so the weights, depend on how it is shared out."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
