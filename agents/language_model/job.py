"""A stage's place on the disk, what it has used up so far, and the bill for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from ..agent import Cost
from ..learning import checkpoint
from .agent import KIND
from .config import Memory, Sampling
from .flops import training_flops
from .stage import Data


@dataclass(frozen=True)
class Totals:
    """What a stage has used up so far, over all processes that worked on it."""

    update: int = 0
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0
    """of the clock on the wall, where the model is not on the CPU"""
    train_flops: float = 0.0
    tokens: int = 0
    """tokens trained on"""
    samples: int = 0
    """episodes rewarded"""
    demonstrations: int = 0
    """worked solutions read"""
    env_steps: int = 0

    def after(self, data: Data, model: PreTrainedModel, cpu_seconds: float, gpu_seconds: float) -> Totals:
        """With one more update on `data`, which took so long from playing to learning."""
        trained = sum(training_flops(model, batch) for batch in data.batches)
        return Totals(
            update=self.update + 1,
            cpu_seconds=self.cpu_seconds + data.cpu_seconds + cpu_seconds,
            gpu_seconds=self.gpu_seconds + gpu_seconds,
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
    sampling: Sampling | None = None
    """of practice: what of it belongs to the player is kept with the weights"""
    memory: Memory | None = None

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


def bill(inherited: Cost, totals: Totals) -> Cost:
    """The cost of a stage on top of those before it."""
    return replace(
        inherited,
        train_flops=inherited.train_flops + totals.train_flops,
        train_env_steps=inherited.train_env_steps + totals.env_steps,
        train_episodes=inherited.train_episodes + totals.samples,
        train_tokens=inherited.train_tokens + totals.tokens,
        train_cpu_seconds=inherited.train_cpu_seconds + totals.cpu_seconds,
        train_gpu_seconds=inherited.train_gpu_seconds + totals.gpu_seconds,
    )
