"""One training loop for every objective: data -> batch -> loss -> step -> checkpoint.

A stage says where batches come from and what the loss is; everything else is here. All randomness is a
function of (seed, stage, update), so weights, optimiser and the number of updates are the whole state: a run that was
killed and started again ends, on one thread, with the weights of an unbroken one, bit for bit.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from math import isfinite, nan
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ...tasks.errors import Diverged, OutOfMemory
from ..learning import checkpoint
from ..learning.interrupt import Interrupt
from ..learning.progress import Metrics, Progress
from .adapters import adapted, save_adapters
from .agent import KIND, LanguageModelAgent
from .devices import clock as clock_of
from .forward import Reading
from .heads import load_heads, save_heads
from .job import Job, Totals, bill, resume
from .optimiser import Optimiser
from .precision import casts_to, fast_products, short_products
from .sharding import refresh, shard
from .sources import ADAPTER
from .stage import Data, Stage
from .world import Nowhere, World

OPTIMISER = "optimizer.safetensors"
Report = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Score:
    """What a model is worth on validation problems."""

    metrics: dict[str, float]
    samples: list[dict[str, Any]] = field(default_factory=list)
    """a few answers to look at, kept in `samples.jsonl`"""


def train(
    stage: Stage,
    model: PreTrainedModel,
    text: PreTrainedTokenizerBase,
    job: Job,
    score: Callable[[], Score],
    report: Report | None = None,
) -> Path:
    """Run a stage to its end, from its checkpoint if there is one.

    Args:
        stage: data and objective.
        model: its weights are trained in place; those of the checkpoint, if the job has begun. Where several processes
            train together each has one of the same weights, and learns on its share of them (see `sharding`).
        text: its tokenizer, for the checkpoint.
        job: where and under which identity.
        score: a measurement on validation problems, at both ends and every `job.score_every` updates.
        report: gets each row of the record; instead of a progress bar.

    Returns:
        The checkpoint's folder.

    Raises:
        Diverged: the loss, a gradient or a weight is no number any more; the last checkpoint, which is finite, stands.
        OutOfMemory: a pass did not fit; the last checkpoint stands.
        KeyboardInterrupt: after Ctrl-C, with a checkpoint left behind.
    """
    totals = resume(job)
    first, leads = totals is None, stage.world.leads
    learner = shard(model, stage.world)
    optimiser = _optimiser(stage, learner, None if first else checkpoint.locate(job.checkpoint))
    totals = totals or Totals()
    metrics, samples = _records(job, -1 if first else totals.update, stage.world)
    saved = time.process_time()
    bar = Progress(stage.name, stage.config.updates, start=totals.update, quiet=bool(report) or not leads)
    with metrics, samples, Interrupt() as interrupt, bar:
        every = max(1, stage.config.updates // 4) if job.score_every is None else job.score_every
        if first and every:
            found = _scored(stage, score, samples, 0)
            metrics.write({"stage": stage.name, "update": 0, **found, **_counted(totals)})
        if first and not stage.config.updates:
            _save(stage, model, text, optimiser, job, totals)
        while totals.update < stage.config.updates:
            row, totals = _update(stage, learner, optimiser, totals, job)
            refresh(model, learner)
            update = totals.update
            if every and (update % every == 0 or update == stage.config.updates):
                # A measurement, not billed as training.
                row |= _scored(stage, score, samples, update)
            line = {"stage": stage.name, "update": update, **row, **_counted(totals)}
            metrics.write(line)
            bar.advance(1, **{name: row[name] for name in ("loss", "reward", "score") if name in row})
            if report and leads:
                report(line)
            took = time.process_time() - saved
            due, stop = stage.world.agree((took >= job.checkpoint_seconds, bool(interrupt)))
            if due or stop or update == stage.config.updates:
                metrics.sync()
                samples.sync()
                _save(stage, model, text, optimiser, job, totals)
                saved = time.process_time()
            if stop and update < stage.config.updates:
                raise KeyboardInterrupt(_stopped(stage, job, update))
    return job.checkpoint


def _optimiser(stage: Stage, learner: PreTrainedModel, done: Path | None) -> Optimiser:
    """The optimiser of model and heads, and the heads themselves, as they were in a checkpoint."""
    optimiser = Optimiser(learner, stage.config, stage.heads)
    if done:
        load_heads(stage.heads, done)
        optimiser.load(done / OPTIMISER)
    return optimiser


def _records(job: Job, after: int, world: World) -> tuple[Metrics, Metrics]:
    """What was measured, and answers to look at; without what lies beyond the checkpoint."""
    if not world.leads:
        return Nowhere(), Nowhere()
    curves = job.folder / "curves"
    return Metrics(job.folder / "metrics.jsonl", after, curves=curves), Metrics(job.folder / "samples.jsonl", after)


def _scored(stage: Stage, score: Callable[[], Score], samples: Metrics, update: int) -> dict[str, float]:
    """Measure, and keep the samples."""
    with _memory(stage), stage.casting:
        found = score()
    for sample in found.samples:
        samples.write({"update": update, **sample})
    return found.metrics


def _update(
    stage: Stage, model: PreTrainedModel, optimiser: Optimiser, totals: Totals, job: Job
) -> tuple[dict[str, float], Totals]:
    """Gather data and learn from it: what was measured, and the bill after it."""
    clock, used = clock_of(model.device), time.process_time()
    began = clock()
    with _memory(stage):
        with stage.casting:
            data = stage.data(totals.update)
        gathered = clock()
        row = learn(stage, model, optimiser, data, totals.update, job)
    ended, used = clock(), stage.world.total(time.process_time() - used)
    trained, size = sum(batch.chosen for batch in data.batches), stage.world.size
    # Tokens are those of all processes, and the clock is one's own: seconds of them all on CPUs, else of the time.
    sharing = size if model.device.type == "cpu" else 1
    if data.drawn:
        row["sampling_tokens_per_second"] = data.drawn / max(sharing * (gathered - began), 1e-9)
    row["training_tokens_per_second"] = trained / max(sharing * (ended - gathered), 1e-9)
    busy = size * (ended - began) if model.device.type != "cpu" else 0.0
    return row, totals.after(data, model, used, busy)


@fast_products()
def learn(
    stage: Stage, model: PreTrainedModel, optimiser: Optimiser, data: Data, update: int, job: Job
) -> dict[str, float]:
    """One optimiser step a batch; the means over the update's tokens of what was measured on the way."""
    with stage.casting:
        short = casts_to(model.device) == torch.bfloat16
    with short_products(short):
        return _learn(stage, model, optimiser, data, update, job)


def _learn(
    stage: Stage, model: PreTrainedModel, optimiser: Optimiser, data: Data, update: int, job: Job
) -> dict[str, float]:
    rate = learning_rate(stage, update)
    sums: dict[str, float] = {"loss": 0.0}
    norms = 0.0
    tokens = sum(batch.chosen for batch in data.batches)
    for batch in data.batches:
        total = stage.total(batch)
        for piece, counts in stage.world.pieces(batch, stage.micro_batch_tokens):
            with stage.casting:
                reading = Reading(model, piece, stage.last)
                loss, statistics = stage.loss(reading, reading.batch, total)
            _check_finite(loss.item(), "the loss", stage, update, job)
            (loss if counts else 0 * loss).backward()  # type: ignore[no-untyped-call]
            if not counts:
                continue
            sums["loss"] += loss.item() / len(data.batches)
            for name, value in statistics.items():
                if name.startswith("max_"):
                    sums[name] = max(sums.get(name, value), value)
                else:
                    sums[name] = sums.get(name, 0.0) + value / tokens
        stage.world.add_(*(weight.grad for weight in stage.heads.parameters()))
        norm = optimiser.step(rate, stage.config.max_gradient)
        _check_finite(norm, "the gradient's norm", stage, update, job)
        norms += norm / len(data.batches)
    return {**_merged(stage.world.gather([sums])), "grad_norm": norms, **data.metrics, "learning_rate": rate}


def _merged(parts: list[dict[str, float]]) -> dict[str, float]:
    """Sums over the processes; of names that begin with "max_" the largest."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: (max if name.startswith("max_") else sum)(part[name] for part in parts if name in part) for name in names
    }


def _check_finite(value: float, what: str, stage: Stage, update: int, job: Job) -> None:
    """Raise Diverged unless a number is one."""
    if not isfinite(value):
        kept = (
            f"the checkpoint in {job.checkpoint} is from before"
            if checkpoint.exists(job.checkpoint)
            else "no checkpoint yet"
        )
        raise Diverged(
            f"{stage.name}: {what} is {value} in update {update + 1}; {kept}. Lower {stage.name}.learning_rate or "
            f"{stage.name}.max_gradient, and give another folder"
        )


@contextmanager
def _memory(stage: Stage) -> Iterator[None]:
    """What memory refuses comes out as OutOfMemory, with what to lower."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not re.search("can't allocate memory|out of memory", str(error)):
            raise
        raise OutOfMemory(
            f"out of memory: {checkpoint.cause(error)}. Lower micro_batch_tokens={stage.micro_batch_tokens} (training) "
            "or sampling.max_rows (sampling), or set gradient_checkpointing"
        ) from error


def _stopped(stage: Stage, job: Job, update: int) -> str:
    return (
        f"{stage.name}: stopped after update {update} of {stage.config.updates}; checkpoint kept in {job.checkpoint}; "
        "the same command goes on from there"
    )


def learning_rate(stage: Stage, update: int) -> float:
    """Linear warm-up to the peak, then linearly down to `final_rate` of it at the end."""
    config = stage.config
    warm = min(1.0, (update + 1) / (config.warmup + 1))
    left = 1 - max(0, update - config.warmup) / max(1, config.updates - config.warmup)
    return config.learning_rate * warm * (config.final_rate + (1 - config.final_rate) * left)


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
    """Write the checkpoint: weights, tokenizer, bill, optimiser, manifest.

    Of a model with adapters the weights, which do not change, are written at the end alone, the adapters merged in.
    """
    for name, weight in (*model.named_parameters(), *stage.heads.named_parameters()):
        if not weight.isfinite().all():
            _check_finite(nan, f"a weight of {name}", stage, totals.update - 1, job)
    agent = LanguageModelAgent(model, text, job.sampling, memory=job.memory, bill=bill(job.inherited, totals))
    done, state = totals.update == stage.config.updates, optimiser.state()

    def write(folder: Path) -> None:
        if adapted(model):
            save_adapters(model, folder / ADAPTER)
        if done or not adapted(model):
            agent.write(folder)
        save_heads(stage.heads, folder)
        save_file(state, folder / OPTIMISER)

    manifest = {"kind": KIND, **job.identity, "totals": asdict(totals), "done": done}
    if stage.world.leads:
        checkpoint.save(job.checkpoint, write, manifest)
    stage.world.agree(None)
