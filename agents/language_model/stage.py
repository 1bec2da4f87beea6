"""What a stage of training is: where batches come from, and what the loss is. Everything else is the trainer's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from ..learning.batch import Batch
from .config import Stage as StageName
from .forward import Reading
from .stage_config import StageConfig
from .world import ALONE, World


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
    drawn: int = 0
    """tokens sampled"""
    cpu_seconds: float = 0.0
    """spent on it before the update began"""


class Stage(ABC):
    """One road from data to a loss."""

    name: StageName
    temperature: float = 1.0
    """at which the tokens trained on were drawn"""
    last: bool = False
    """whether the loss asks for the state behind the last token"""
    world: World = ALONE
    """the processes that train together"""
    micro_batch_tokens: int = 2048
    """of one forward and backward pass"""
    casting: AbstractContextManager[Any] = nullcontext()
    """within which the model reads and plays: see precision.casting"""

    def __init__(self, config: StageConfig) -> None:
        self.config = config
        self.heads = nn.ModuleDict()
        """weights beside the model's, trained and kept with it"""

    @abstractmethod
    def data(self, update: int) -> Data:
        """The batches of an update: a function of the seed, the update and the model as it is now."""

    def total(self, batch: Batch) -> float:
        """What the loss of a whole batch is divided by: its tokens."""
        return batch.chosen

    @abstractmethod
    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """The loss of a piece of a batch, and statistics.

        Statistics are sums over the piece's tokens; of those whose names begin with "max_" the largest counts.
        """
