"""What can be set about stages that learn from texts and from preferences. Importing this costs nothing: no torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import ClassVar, Literal

from ...tasks.errors import BadConfig

Optimiser = Literal["muon", "adamw"]


def check(name: str, value: float, low: float, high: float = inf) -> None:
    """Raise BadConfig unless a number is finite and within its bounds."""
    if not (isfinite(value) and low <= value <= high):
        limit = f"a number of at least {low:g}" if high == inf else f"{low:g} to {high:g}"
        raise BadConfig(f"{name}={value}: expected {limit}")


@dataclass(frozen=True)
class StageConfig:
    """What every stage has: how many steps, and how they are taken."""

    section: ClassVar[str] = "stage"

    updates: int = 100
    """optimiser steps of imitation; rounds of playing and learning of practice"""
    learning_rate: float = 1e-3
    """peak, reached after `warmup`"""
    warmup: int = 5
    """updates until the peak"""
    final_rate: float = 0.05
    """share of the peak that the learning rate has fallen to, linearly, at the end"""
    optimiser: Optimiser = "muon"
    """muon orthogonalises the steps of weight matrices (embeddings keep AdamW); adamw for all"""
    momentum: float = 0.95
    """share of the last step's direction that is kept"""
    gain_rate: float = 0.3
    """learning rate of the normalisations' gains over `learning_rate`"""
    max_gradient: float = 1.0
    """the gradient is scaled down to this norm"""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("updates", 0, inf),
            ("learning_rate", 0, inf),
            ("warmup", 0, inf),
            ("final_rate", 0, 1),
            ("momentum", 0, 0.999),
            ("gain_rate", 0, inf),
            ("max_gradient", 1e-9, inf),
        ):
            self._check(name, low, high)

    def _check(self, name: str, low: float, high: float = inf) -> None:
        check(f"{self.section}.{name}", getattr(self, name), low, high)


@dataclass(frozen=True)
class PretrainConfig(StageConfig):
    """Next-token prediction on documents, every token of them: what a model knows before it is taught to answer."""

    section = "pretrain"

    updates: int = 600
    """optimiser steps"""
    batch: int = 16
    """documents an update"""
    data: Path | None = None
    """a text file (documents apart by an empty line), a `.jsonl` file with a `text` a line, or a folder of such; none
    given: problems with their worked solutions, of `levels`"""
    levels: tuple[int | str, ...] = (0, 1, 2, 3)
    """difficulties of the documents that the task makes"""
    questions: bool = True
    """the task's documents are problems with their solutions; off, solutions alone, which are shorter"""
    learning_rate: float = 6e-3
    """peak, reached after `warmup`"""
    warmup: int = 20
    """updates until the peak"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("batch", 1)
        if not self.levels:
            raise BadConfig("pretrain.levels: expected at least one level")


@dataclass(frozen=True)
class SftConfig(StageConfig):
    """Supervised fine-tuning on worked solutions of training problems, or whole episodes: where practice starts from.

    It reads updates * batch of them, 9,600 by default. They are counted as `demonstrations` in the record;
    `samples` there and `train_episodes` in the bill count rewarded episodes, of which it has none.
    """

    section = "sft"

    updates: int = 600
    """optimiser steps"""
    batch: int = 16
    """solutions an update, each seen once"""
    data: Path | None = None
    """a `.jsonl` file with a conversation a line, `messages` of user and assistant in turn; none given: the task's own
    worked solutions, of a task of games what its oracle plays"""
    games: int = 64
    """that the oracle plays, where the task has games"""
    smoothing: float = 0.02
    """share of each target spread over all tokens: practice needs a start that still tries things"""
    learning_rate: float = 6e-3
    """peak, reached after `warmup`"""
    warmup: int = 20
    """updates until the peak"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("batch", 1)
        self._check("smoothing", 0, 1)
        self._check("games", 1)


@dataclass(frozen=True)
class DistillConfig(StageConfig):
    """A student learns from what a teacher would have said."""

    section = "distill"

    teacher: Path | None = None
    """checkpoint folder of the teacher; its tokenizer is the student's"""
    divergence: Literal["forward", "reverse", "jsd", "sequence"] = "forward"
    """KL(teacher || student), KL(student || teacher), a mixture of both (GKD), or next-token loss on the teacher's
    samples"""
    beta: float = 0.5
    """weight of the teacher in the mixture of "jsd" """
    student_share: float = 0.5
    """share of the updates whose answers the student itself writes (on-policy), for the teacher to correct"""
    filtered: bool = True
    """learn from those of the teacher's answers alone that are right"""
    updates: int = 400
    """optimiser steps"""
    batch: int = 16
    """answers an update"""
    learning_rate: float = 6e-3
    """peak, reached after `warmup`"""
    warmup: int = 20
    """updates until the peak"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("batch", 1)
        self._check("beta", 0, 1)
        self._check("student_share", 0, 1)
        if self.divergence == "jsd" and self.beta in (0, 1):
            raise BadConfig(
                f'distill.beta={self.beta}: expected more than 0 and less than 1; the ends are "forward" and "reverse"'
            )
        if self.divergence == "sequence" and self.student_share:
            raise BadConfig('distill.student_share: "sequence" learns from the teacher\'s answers alone; expected 0')


@dataclass(frozen=True)
class PairsConfig(StageConfig):
    """Learning from preferences: which of two answers is better."""

    section = "pairs"

    data: Path | None = None
    """preferences from `reason label`; none given: pairs are sampled and labelled as `labeller` says"""
    labeller: Literal["shorter", "correct"] = "shorter"
    """prefers the right answer and of two right ones the shorter; or the right answer alone"""
    pairs: int = 1024
    """that are sampled if there is no file"""
    updates: int = 60
    """optimiser steps"""
    batch: int = 16
    """pairs an update"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("batch", 1)
        self._check("pairs", 1)


@dataclass(frozen=True)
class RewardConfig(PairsConfig):
    """A reward model: a number for an answer, higher for the preferred one (Bradley-Terry)."""

    section = "reward"

    centre: float = 0.01
    """weight of the squared sum of a pair's rewards, which keeps them around 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("centre", 0)


@dataclass(frozen=True)
class DpoConfig(PairsConfig):
    """Direct preference optimisation: preferences without a reward model."""

    section = "dpo"

    beta: float = 0.1
    """how dear it is to leave the model that training started from"""
    label_smoothing: float = 0.0
    """share of preferences that are taken to be wrong"""
    learning_rate: float = 3e-4
    """peak, reached after `warmup`"""
    momentum: float = 0.0
    """share of the last step's direction that is kept"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("beta", 0)
        self._check("label_smoothing", 0, 0.5)
