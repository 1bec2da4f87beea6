"""Supervised fine-tuning: the worked solutions of training problems, each seen once."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from ...tasks.errors import BadConfig
from ...tasks.problem import Level
from ...tasks.registry import load
from ..learning.batch import Batch, Completion, collate
from ..learning.objectives import next_token
from ..learning.streams import derive, derive_many
from .agent import prompt_ids, solution_ids
from .config import SftConfig
from .config import Stage as StageName
from .forward import Scored
from .trainer import Data

POOL = 8
"""updates whose problems are drawn together and sorted by length"""
Teacher = Callable[[int], tuple[str, str]]
"""Seed to (question, worked solution)."""


def teacher(task: str, level: Level) -> Teacher:
    """The task's own solutions of its training problems. Raises UnknownName."""
    source = load(task)

    def lesson(seed: int) -> tuple[str, str]:
        problem = source.generate("train", level, seed)
        return problem.question, source.solution(problem)

    return lesson


class Sft:
    """Next-token loss on solutions; the prompt is read, not trained."""

    name: StageName = "sft"
    temperature = 1.0

    def __init__(
        self,
        config: SftConfig,
        lesson: Teacher,
        text: PreTrainedTokenizerBase,
        seed: int,
        context: int | None = None,
    ) -> None:
        """Make one.

        Args:
            config: the recipe.
            lesson: where solutions come from.
            text: the model's tokenizer.
            seed: of the training run.
            context: the longest sequence that the model takes, if there is one.
        """
        self.updates, self.learning_rate, self.final_rate = config.updates, config.learning_rate, config.final_rate
        self.warmup, self.max_gradient = config.warmup, config.max_gradient
        self.optimiser, self.momentum, self.gain_rate = config.optimiser, config.momentum, config.gain_rate
        self._batch, self._lesson, self._text, self._seed = config.batch, lesson, text, seed
        self._smoothing, self._context = config.smoothing, context
        self._pool: list[Batch] = []
        self._pool_number = -1

    def data(self, update: int) -> Data:
        """Fresh problems: a pure function of (seed, update). Raises BadConfig if one is longer than the context."""
        number, place = divmod(update, POOL)
        if number != self._pool_number:
            self._pool, self._pool_number = self._batches(number), number
        return Data([self._pool[place]], demonstrations=len(self._pool[place]))

    def _batches(self, number: int) -> list[Batch]:
        """The batches of `POOL` updates in random order, each of problems of like length: padding is paid for too."""
        shown = []
        for seed in derive_many(self._batch * POOL, self._seed, "sft", number):
            question, solution = self._lesson(seed)
            shown.append(Completion(tuple(prompt_ids(self._text, question)), tuple(solution_ids(self._text, solution))))
        shown.sort(key=len)
        if self._context and len(shown[-1]) > self._context:
            raise BadConfig(
                f"model.context={self._context}: a question and its worked solution take {len(shown[-1])} tokens, "
                f"expected at most {self._context}"
            )
        batches = [collate(shown[first : first + self._batch]) for first in range(0, len(shown), self._batch)]
        Random(derive(self._seed, "sft", number)).shuffle(batches)
        return batches

    def total(self, batch: Batch) -> float:
        """Tokens."""
        return batch.chosen

    def loss(self, scored: Scored, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.next_token."""
        return next_token(scored.logprobs, batch.mask, total, self._smoothing, scored.evenly), {}
