"""Learning from pairs of answers of which one is preferred: a reward model, or the policy itself (DPO)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import torch
from torch import Tensor
from transformers import PreTrainedModel

from ..learning.batch import Batch, Completion, collate
from ..learning.objectives import dpo, reward_model
from ..learning.streams import derive
from .config import Stage as StageName
from .flops import reading_flops
from .forward import Reading, token_logprobs
from .heads import ScalarHead
from .stage import Data, Stage
from .stage_config import DpoConfig, PairsConfig, RewardConfig


@dataclass(frozen=True)
class AnswerPair:
    """Two answers to one prompt."""

    chosen: Completion
    rejected: Completion


class Preferences(Stage):
    """What the reward model and DPO share: pairs, each seen once before any is seen again."""

    config: PairsConfig

    def __init__(
        self, config: PairsConfig, pairs: Sequence[AnswerPair], seed: int, gathering: Data | None = None
    ) -> None:
        """Make one.

        Args:
            config: the recipe.
            pairs: at least one.
            seed: of the training run.
            gathering: what it took to get them, which the first update is billed for.
        """
        super().__init__(config)
        self._pairs, self._seed, self._gathering = pairs, seed, gathering or Data([])

    def data(self, update: int) -> Data:
        """The pairs of an update: a pure function of (seed, update)."""
        size = min(self.config.batch, len(self._pairs))
        epoch, place = divmod(update, len(self._pairs) // size)
        order = list(range(len(self._pairs)))
        Random(derive(self._seed, self.name, epoch)).shuffle(order)
        pairs = [self._pairs[index] for index in order[place * size : (place + 1) * size]]
        batch = collate([each for pair in pairs for each in (pair.chosen, pair.rejected)], unit=2)
        return replace(Data([]) if update else self._gathering, batches=[batch], demonstrations=len(pairs))

    def total(self, batch: Batch) -> float:
        """Pairs."""
        return len(batch) / 2


class RewardModel(Preferences):
    """A number for the state behind an answer. See objectives.reward_model."""

    name: StageName = "reward"
    last = True
    config: RewardConfig

    def __init__(
        self, config: RewardConfig, pairs: Sequence[AnswerPair], seed: int, width: int, gathering: Data | None = None
    ) -> None:
        """See Preferences; `width` is the model's."""
        super().__init__(config, pairs, seed, gathering)
        self.heads["reward"] = ScalarHead(width)

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.reward_model."""
        rewards = reading.ends(self.heads["reward"])
        chosen, rejected = rewards[::2], rewards[1::2]
        loss = reward_model(chosen, rejected, centre=self.config.centre, total=total)
        return loss, _agreement((chosen - rejected).detach(), batch)


class Dpo(Preferences):
    """Direct preference optimisation. See objectives.dpo."""

    name: StageName = "dpo"
    config: DpoConfig

    def __init__(
        self,
        config: DpoConfig,
        pairs: Sequence[AnswerPair],
        seed: int,
        reference: PreTrainedModel,
        gathering: Data | None = None,
    ) -> None:
        """See Preferences; `reference` is the policy that training starts from."""
        super().__init__(config, pairs, seed, gathering)
        self._reference = reference

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.dpo."""
        now = reading.score().logprobs.sum(dim=1)
        with torch.no_grad():
            before = token_logprobs(self._reference, batch).logprobs.sum(dim=1)
        loss = dpo(
            now[::2],
            now[1::2],
            before[::2],
            before[1::2],
            beta=self.config.beta,
            label_smoothing=self.config.label_smoothing,
            total=total,
        )
        gained = (now - before).detach()
        return loss, _agreement(self.config.beta * (gained[::2] - gained[1::2]), batch)


def _agreement(margins: Tensor, batch: Batch) -> dict[str, float]:
    """How often the preferred answer is ahead and by how much: sums over tokens, as the trainer takes their mean."""
    tokens = batch.mask.view(len(margins), -1).sum(dim=1)  # of each pair
    return {"pairs_right": ((margins > 0) * tokens).sum().item(), "margin": (margins * tokens).sum().item()}


class Judge:
    """A trained reward model, as it pays in practice."""

    def __init__(self, model: PreTrainedModel, head: ScalarHead) -> None:
        """Make one of a model and the head that was trained with it."""
        self.model, self.head = model, head

    @torch.no_grad()
    def rewards(self, completions: Sequence[Completion]) -> list[float]:
        """A number for each completion behind its prompt."""
        found = torch.zeros(len(completions))
        for piece in self._pieces(completions):
            found[piece.extra["row"]] = Reading(self.model, piece, last=True).ends(self.head).cpu()
        return found.tolist()

    def flops(self, completions: Sequence[Completion]) -> float:
        """Floating-point operations of judging them, of a prompt once for all that fit."""
        return sum(reading_flops(self.model, each) for each in self._pieces(completions))

    def _pieces(self, completions: Sequence[Completion]) -> Iterator[Batch]:
        """What is read at a time, with the places of its rows among the completions."""
        if completions:
            whole = collate(completions)
            yield from whole.with_extra(row=torch.arange(len(whole))).micro_batches(1024)
