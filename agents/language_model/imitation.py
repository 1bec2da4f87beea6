"""Learning from texts: documents of any kind (pre-training), worked solutions or whole episodes of others (SFT)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from random import Random
from typing import cast

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from ...tasks.calling import pieces
from ...tasks.problem import Level
from ...tasks.registry import solved, styled
from ..learning.batch import Batch, Completion, Trajectory, collate, join
from ..learning.demonstrations import Demonstration
from ..learning.objectives import next_token
from ..learning.streams import derive, derive_many
from ..learning.texts import documents
from . import models
from .config import Memory
from .config import Stage as StageName
from .conversation import Conversation, prompt_ids, solution_ids
from .forward import Reading
from .stage import Data, Stage
from .stage_config import PretrainConfig, SftConfig, StageConfig

POOL = 8
"""updates whose texts are drawn together and sorted by length: texts of like length waste less"""
Teacher = Callable[[int], tuple[str, str]]
"""Seed to (question, worked solution)."""


def teacher(task: str, level: Level, styles: Sequence[str] = ()) -> Teacher:
    """The task's own solutions of its training problems.

    Args:
        task: its name.
        level: of the problems.
        styles: in which solutions are written, each as often as the others; the task's usual one if there are none.

    Raises:
        UnknownName: no such task, or it has no such style.
        BadConfig: it has games, which nobody has worked out.
    """
    source = solved(task)
    writer = styled(task, styles) if styles else None

    def lesson(seed: int) -> tuple[str, str]:
        problem = source.generate("train", level, seed)
        if writer is None:
            return problem.question, source.solution(problem)
        return problem.question, writer.solution(problem, styles[derive(seed, "style") % len(styles)])

    return lesson


def trajectories(shown: Demonstration, memory: Memory, text: PreTrainedTokenizerBase) -> list[Trajectory]:
    """An episode as sequences to learn from: each action behind what a player with that memory would have read."""
    talk, turns = Conversation(text, memory), list[Completion]()
    for observation, action in shown.turns:
        turns.append(Completion(tuple(talk.prompt(observation)), tuple(solution_ids(text, action)), text=action))
        talk.answered(observation, turns[-1])
    return join(turns)


def sequence(text: PreTrainedTokenizerBase, question: str, solution: str) -> Trajectory:
    """A question and its solution to learn from: answers to calls are read, not learnt.

    It is cut into tokens as when it is played: each piece that is written, and each answer, by itself.
    """
    parts = pieces(solution)
    if not parts or parts[-1][1]:
        parts.append(("", False))  # the end of the turn
    ids, written = prompt_ids(text, question), list[Completion]()
    for place, (part, told) in enumerate(parts):
        tokens = solution_ids(text, part) if place + 1 == len(parts) else models.encode(text, part)
        if not told:
            written.append(Completion(tuple(ids), tuple(tokens)))
        ids = [*ids, *tokens]
    (found,) = join(written)
    return found


class Imitation(Stage):
    """Next-token loss on sequences that somebody wrote; a prompt is read, not trained."""

    def __init__(
        self, config: StageConfig, text: PreTrainedTokenizerBase, seed: int, context: int | None, batch: int
    ) -> None:
        """Make one.

        Args:
            config: the recipe.
            text: the model's tokenizer.
            seed: of the training run.
            context: the longest sequence that the model takes, if there is one.
            batch: sequences an update.
        """
        super().__init__(config)
        self._text, self._seed, self._context, self._batch = text, seed, context, batch
        self._pool: list[Batch] = []
        self._pool_number = -1

    @abstractmethod
    def sequences(self, number: int) -> Sequence[Completion | Trajectory]:
        """The `POOL` * `batch` sequences of a pool: a function of the seed and the number of the pool."""

    def _seeds(self, number: int) -> list[int]:
        """One a sequence of a pool."""
        return derive_many(self._batch * POOL, self._seed, self.name, number)

    def data(self, update: int) -> Data:
        """Fresh sequences: a pure function of (seed, update). Raises BadConfig if one is longer than the context."""
        number, place = divmod(update, POOL)
        if number != self._pool_number:
            self._pool, self._pool_number = self._batches(number), number
        return Data([self._pool[place]], demonstrations=len(self._pool[place]))

    def _batches(self, number: int) -> list[Batch]:
        """The batches of `POOL` updates in random order, each of sequences of like length."""
        shown = sorted(self.sequences(number), key=len)
        models.check_length(len(shown[-1]), self._context, "a question with its worked solution")
        batches = [collate(shown[first : first + self._batch]) for first in range(0, len(shown), self._batch)]
        Random(derive(self._seed, self.name, number)).shuffle(batches)
        return batches

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.next_token."""
        scored = reading.score()
        smoothing = getattr(self.config, "smoothing", 0.0)
        entropy = scored.entropy.detach().sum().item()
        return next_token(scored.logprobs, batch.mask, total, smoothing, scored.evenly), {"entropy": entropy}


class Sft(Imitation):
    """The worked solutions of training problems, each seen once."""

    name: StageName = "sft"

    def __init__(
        self, config: SftConfig, lesson: Teacher, text: PreTrainedTokenizerBase, seed: int, context: int | None = None
    ) -> None:
        """See Imitation; `lesson` is where solutions come from."""
        super().__init__(config, text, seed, context, config.batch)
        self._lesson = lesson

    def sequences(self, number: int) -> Sequence[Completion | Trajectory]:
        """Questions, and their solutions to be learnt."""
        return [sequence(self._text, *self._lesson(seed)) for seed in self._seeds(number)]


class Demonstrated(Imitation):
    """Whole episodes that somebody played, each seen once before any is seen again; what was done is learnt.

    An episode is read as the model will read its own: its memory decides what stands before each turn.
    """

    name: StageName = "sft"

    def __init__(
        self,
        config: SftConfig,
        shown: Sequence[Demonstration],
        memory: Memory,
        text: PreTrainedTokenizerBase,
        seed: int,
        context: int | None = None,
    ) -> None:
        """See Imitation.

        Args:
            config: the recipe.
            shown: one episode or more.
            memory: what the model remembers of an episode.
            text: the model's tokenizer.
            seed: of the training run.
            context: the longest sequence that the model takes, if there is one.

        Raises:
            BadConfig: an episode is longer than the context.
        """
        super().__init__(config, text, seed, context, config.batch)
        self._rows = [row for each in shown for row in trajectories(each, memory, text)]
        models.check_length(max(map(len, self._rows)), context, "an episode")

    def sequences(self, number: int) -> Sequence[Completion | Trajectory]:
        """The rows in an order that is drawn anew whenever all have been seen."""
        size, count = self._batch * POOL, len(self._rows)
        first, last = number * size // count, ((number + 1) * size - 1) // count
        order = [
            row
            for epoch in range(first, last + 1)
            for row in Random(derive(self._seed, self.name, "order", epoch)).sample(self._rows, count)
        ]
        return order[number * size - first * count :][:size]


class Pretrain(Imitation):
    """Documents, every token of them but the first."""

    name: StageName = "pretrain"

    def __init__(
        self,
        config: PretrainConfig,
        lessons: Sequence[Teacher],
        text: PreTrainedTokenizerBase,
        seed: int,
        context: int | None = None,
    ) -> None:
        """See Imitation; documents come from `config.data`, or are problems with their solutions, of any lesson."""
        super().__init__(config, text, seed, context, config.batch)
        self._first = 0 if config.questions else 1
        self._documents = documents(config.data) if config.data else None
        self._lessons = lessons

    def sequences(self, number: int) -> Sequence[Completion | Trajectory]:
        """Documents, or pieces of those that are longer than the context."""
        return [self._sequence(seed) for seed in self._seeds(number)]

    def _sequence(self, seed: int) -> Completion:
        draw = Random(seed)
        if self._documents is None:
            document = "\n".join(draw.choice(self._lessons)(seed)[self._first :])
        else:
            document = draw.choice(self._documents)
        ids = [*models.encode(self._text, document, special=True), cast(int, self._text.eos_token_id)]
        if self._context and len(ids) > self._context:
            start = draw.randrange(len(ids) - self._context + 1)
            ids = ids[start : start + self._context]
        return Completion(tuple(ids[:1]), tuple(ids[1:]))
