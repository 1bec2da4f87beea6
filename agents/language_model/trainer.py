"""One training loop for every objective: data -> batch -> loss -> step -> checkpoint.

A stage (`sft`, `grpo`) says where batches come from and what the loss is; everything else is here. All randomness is a
function of (seed, stage, update), so weights, optimiser and the number of updates are the whole state: a run that was
killed and started again ends, on one thread, with the weights of an unbroken one, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ..agent import Cost
from ..learning import checkpoint
from ..learning.batch import Batch
from ..learning.interrupt import Interrupt
from ..learning.progress import Metrics, Progress
from .agent import KIND, LanguageModelAgent
from .config import Optimiser as OptimiserKind
from .config import Stage as StageName
from .forward import Scored, token_logprobs, training_flops
from .optimiser import Optimiser

OPTIMISER = "optimizer.safetensors"
MICRO_BATCH_TOKENS = 1024
"""tokens of one forward and backward pass; more costs memory and padding, fewer costs overhead"""
Report = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Data:
    """What one update learns from, and what it took to get it."""

    batches: list[Batch]
    """one optimiser step each; none if there was nothing to learn"""
    metrics: dict[str, float] = field(default_factory=dict)
    episodes: int = 0
    demonstrations: int = 0
    env_steps: int = 0
    flops: float = 0.0


class Stage(Protocol):
    """What differs between supervised fine-tuning and practice."""

    name: StageName
    updates: int
    learning_rate: float
    warmup: int
    final_rate: float
    max_gradient: float
    optimiser: OptimiserKind
    momentum: float
    gain_rate: float
    temperature: float
    """at which the tokens trained on were drawn"""

    def data(self, update: int) -> Data:
        """The batches of an update: a function of the seed, the update and the model as it is now."""

    def total(self, batch: Batch) -> float:
        """What the loss of a whole batch is divided by."""

    def loss(self, scored: Scored, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """The loss of a piece of a batch, and statistics: sums over its tokens."""


@dataclass(frozen=True)
class Totals:
    """What a stage has used up so far, over all processes that worked on it."""

    update: int = 0
    cpu_seconds: float = 0.0
    train_flops: float = 0.0
    tokens: int = 0
    """tokens trained on"""
    samples: int = 0
    """episodes rewarded"""
    demonstrations: int = 0
    """worked solutions read"""
    env_steps: int = 0

    def after(self, data: Data, model: PreTrainedModel, cpu_seconds: float) -> Totals:
        """With one more update on `data`, which took `cpu_seconds` from playing to scoring."""
        trained = sum(training_flops(model, batch.lengths.tolist()) for batch in data.batches)
        return Totals(
            update=self.update + 1,
            cpu_seconds=self.cpu_seconds + cpu_seconds,
            train_flops=self.train_flops + data.flops + trained,
            tokens=self.tokens + sum(batch.chosen for batch in data.batches),
            samples=self.samples + data.episodes,
            demonstrations=self.demonstrations + data.demonstrations,
            env_steps=self.env_steps + data.env_steps,
        )


@dataclass(frozen=True)
class Job:
    """A stage's place on the disk, and what its checkpoint must agree with."""

    folder: Path
    identity: Mapping[str, Any]
    """manifest fields that the weights depend on"""
    inherited: Cost = field(default_factory=Cost)
    """the bill of the stages before"""
    checkpoint_seconds: float = 12.0
    score_every: int | None = None

    @property
    def checkpoint(self) -> Path:
        """Where the checkpoint stands."""
        return self.folder / "checkpoint"


def resume(job: Job) -> Totals | None:
    """How far a job has come, or None if it has not begun.

    Raises:
        BadCheckpoint: the folder holds another job's checkpoint; the message names the field that differs.
    """
    if not checkpoint.exists(job.checkpoint):
        return None
    manifest = checkpoint.load_manifest(job.checkpoint)
    checkpoint.require(manifest, job.checkpoint, kind=KIND, **job.identity)
    with checkpoint.reading(job.checkpoint, f"totals in {checkpoint.MANIFEST}"):
        return Totals(**manifest["totals"])


def train(
    stage: Stage,
    model: PreTrainedModel,
    text: PreTrainedTokenizerBase,
    job: Job,
    score: Callable[[], float],
    report: Report | None = None,
) -> Path:
    """Run a stage to its end, from its checkpoint if there is one.

    Args:
        stage: data and objective.
        model: its weights are trained in place; those of the checkpoint, if the job has begun.
        text: its tokenizer, for the checkpoint.
        job: where and under which identity.
        score: pass@1 on validation problems, called at both ends and every `job.score_every` updates.
        report: gets each row of the record; instead of a progress bar.

    Returns:
        The checkpoint's folder.

    Raises:
        KeyboardInterrupt: after Ctrl-C, with a checkpoint left behind.
    """
    totals = resume(job)
    optimiser = Optimiser(model, stage.optimiser, stage.momentum, stage.gain_rate)
    if totals:
        optimiser.load(checkpoint.locate(job.checkpoint) / OPTIMISER)
    first = totals is None
    totals = totals or Totals()
    metrics = Metrics(job.folder / "metrics.jsonl", -1 if first else totals.update, curves=job.folder / "curves")
    saved = time.process_time()
    bar = Progress(stage.name, stage.updates, start=totals.update, quiet=report is not None)
    with metrics, Interrupt() as interrupt, bar:
        every = max(1, stage.updates // 4) if job.score_every is None else job.score_every
        if first and every:
            metrics.write({"stage": stage.name, "update": 0, "score": score(), **_counted(totals)})
        if first and not stage.updates:
            _save(stage, model, text, optimiser, job, totals)
        while totals.update < stage.updates:
            row, totals = _update(stage, model, optimiser, totals)
            update = totals.update
            if every and (update % every == 0 or update == stage.updates):  # a measurement, not billed as training
                row["score"] = score()
            line = {"stage": stage.name, "update": update, **row, **_counted(totals)}
            metrics.write(line)
            bar.advance(1, **{name: row[name] for name in ("loss", "reward", "score") if name in row})
            if report:
                report(line)
            due = time.process_time() - saved >= job.checkpoint_seconds
            if due or interrupt or update == stage.updates:
                metrics.sync()
                _save(stage, model, text, optimiser, job, totals)
                saved = time.process_time()
            if interrupt and update < stage.updates:
                raise KeyboardInterrupt(_stopped(stage, job, update))
    return job.checkpoint


def _update(
    stage: Stage, model: PreTrainedModel, optimiser: Optimiser, totals: Totals
) -> tuple[dict[str, float], Totals]:
    """Gather data and learn from it: what was measured, and the bill after it."""
    began = time.process_time()
    data = stage.data(totals.update)
    row = _learn(stage, model, optimiser, data, totals.update)
    return row, totals.after(data, model, time.process_time() - began)


def _learn(stage: Stage, model: PreTrainedModel, optimiser: Optimiser, data: Data, update: int) -> dict[str, float]:
    """One optimiser step a batch; the means over the update's tokens of what was measured on the way."""
    rate = learning_rate(stage, update)
    sums: dict[str, float] = {"loss": 0.0, "entropy": 0.0, "grad_norm": 0.0}
    tokens = sum(batch.chosen for batch in data.batches)
    for batch in data.batches:
        total = stage.total(batch)
        for piece in batch.micro_batches(MICRO_BATCH_TOKENS):
            scored = token_logprobs(model, piece, stage.temperature)
            loss, statistics = stage.loss(scored, piece, total)
            loss.backward()  # type: ignore[no-untyped-call]
            sums["loss"] += loss.item() / len(data.batches)
            for name, value in {"entropy": scored.entropy.sum().item(), **statistics}.items():
                sums[name] = sums.get(name, 0.0) + value / tokens
        sums["grad_norm"] += optimiser.step(rate, stage.max_gradient) / len(data.batches)
    return {**sums, **data.metrics, "learning_rate": rate}


def _stopped(stage: Stage, job: Job, update: int) -> str:
    return (
        f"{stage.name}: stopped after update {update} of {stage.updates}; checkpoint kept in {job.checkpoint}; "
        "the same command goes on from there"
    )


def learning_rate(stage: Stage, update: int) -> float:
    """Linear warm-up to the peak, then linearly down to `final_rate` of it at the end."""
    warm = min(1.0, (update + 1) / (stage.warmup + 1))
    left = 1 - max(0, update - stage.warmup) / max(1, stage.updates - stage.warmup)
    return stage.learning_rate * warm * (stage.final_rate + (1 - stage.final_rate) * left)


def bill(inherited: Cost, totals: Totals) -> Cost:
    """The cost of a stage on top of those before it."""
    return replace(
        inherited,
        train_flops=inherited.train_flops + totals.train_flops,
        train_env_steps=inherited.train_env_steps + totals.env_steps,
        train_episodes=inherited.train_episodes + totals.samples,
        train_tokens=inherited.train_tokens + totals.tokens,
        train_cpu_seconds=inherited.train_cpu_seconds + totals.cpu_seconds,
    )


def _counted(totals: Totals) -> dict[str, float]:
    """The cumulative fields of a row of the record."""
    return {name: value for name, value in asdict(totals).items() if name != "update"}


def _save(
    stage: Stage,
    model: PreTrainedModel,
    text: PreTrainedTokenizerBase,
    optimiser: Optimiser,
    job: Job,
    totals: Totals,
) -> None:
    """Write the checkpoint: weights, tokenizer, bill, optimiser, manifest."""
    agent = LanguageModelAgent(model, text, bill=bill(job.inherited, totals))

    def write(folder: Path) -> None:
        agent.write(folder)
        optimiser.save(folder / OPTIMISER)

    manifest = {"kind": KIND, **job.identity, "totals": asdict(totals), "done": totals.update == stage.updates}
    checkpoint.save(job.checkpoint, write, manifest)
