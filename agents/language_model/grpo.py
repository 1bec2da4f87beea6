"""Practice by comparison: the answers to one question against each other (REINFORCE with a baseline, GRPO)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..learning.advantages import group_advantages, to_go
from ..learning.batch import Batch
from ..learning.objectives import VARIANTS, clipped_fraction, grpo, k1, reinforce
from ..learning.streams import derive_many
from .config import Stage as StageName
from .forward import Reading
from .practice import Played, Practice, Rows, spread
from .practice_config import ComparisonConfig, GrpoConfig, ReinforceConfig


def turn_advantages(played: list[Played], config: ComparisonConfig, **settings: Any) -> list[list[float]]:
    """How much better than its group each turn of each episode went.

    With credit "episode" an episode's return is compared with those of its group, and all its turns share the result.
    With credit "turn" what followed a turn is compared with what followed the same turn of the others that came so far.
    An episode without turns (it failed) is no part of its group.

    Args:
        played: group after group.
        config: group size, credit and discount.
        settings: of `group_advantages`.

    Returns:
        For each episode a number a turn.
    """
    worth = [episode.worth(config.credit, config.discount) for episode in played]
    found = [[0.0] * len(values) for values in worth]
    for first in range(0, len(played), config.group):
        members = [index for index in range(first, first + config.group) if worth[index]]
        longest = max((len(worth[index]) for index in members), default=0)
        for turn in range(longest if config.credit == "turn" else min(longest, 1)):
            there = [index for index in members if len(worth[index]) > turn]
            if len(there) < 2 and settings.get("baseline") != "none":
                continue  # nobody to compare with
            values = torch.tensor([worth[index][turn] for index in there])
            for index, value in zip(there, group_advantages(values, len(there), **settings).tolist(), strict=True):
                if config.credit == "turn":
                    found[index][turn] = value
                else:
                    found[index] = [value] * len(worth[index])
    return found


class Comparison(Practice):
    """What REINFORCE and GRPO share: an advantage for each turn, and batches of what has one."""

    config: ComparisonConfig

    @abstractmethod
    def advantages(self, played: list[Played]) -> list[list[float]]:
        """Of each episode, a number a turn."""

    @property
    @abstractmethod
    def by_sequence(self) -> bool:
        """Whether the loss is a mean over all episodes that were played, or over the tokens it is made of."""

    def learn_from(self, episodes: list[Played], rows: Rows) -> tuple[list[Batch], dict[str, float]]:
        """See Practice. Groups whose advantages are all 0 are read for the divergence alone, if `beta` weighs it."""
        advantages, size = self.advantages(episodes), self.config.group
        members = [advantages[first : first + size] for first in range(0, len(episodes), size)]
        telling = [any(map(any, group)) for group in members]
        read = [tells or self.config.beta > 0 for tells in telling]
        groups = [index for index, wanted in enumerate(read) if wanted or self.by_sequence]
        columns = {"advantage": spread(rows, advantages)}
        batches = []
        for part in self.parts(rows, groups) * self.config.epochs:
            chosen = [row for row in part if read[rows.owners[row] // size]]
            if chosen:
                batches.append(
                    replace(self.batch(rows, chosen, **columns), sampled=len({rows.owners[row] for row in part}))
                )
        constant = 1 - sum(telling) / len(telling)
        return [batch for batch in batches if batch.chosen], {"constant_groups": constant}

    def total(self, batch: Batch) -> float:
        """Episodes, those included that are left out, or tokens."""
        return (batch.sampled or len(batch)) if self.by_sequence else batch.chosen


class Reinforce(Comparison):
    """The policy gradient with a baseline. See objectives.reinforce."""

    name: StageName = "reinforce"
    config: ReinforceConfig

    def advantages(self, played: list[Played]) -> list[list[float]]:
        """Returns less the baseline."""
        return turn_advantages(played, self.config, baseline=self.config.baseline)

    @property
    def by_sequence(self) -> bool:
        """The loss is a mean over sequences."""
        return True

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.reinforce; `beta` weighs the divergence from the reference."""
        logprobs = reading.score(self.temperature).logprobs
        reference = self.reference_logprobs(batch)
        advantage = batch.advantage
        if reference is not None:
            advantage = advantage - self.config.beta * to_go(k1(logprobs.detach(), reference, batch.mask), batch.mask)
        loss = reinforce(logprobs, advantage, batch.mask, total)
        return loss, self.statistics(logprobs, batch, reference)


class Grpo(Comparison):
    """Group-relative policy optimisation. See objectives.grpo.

    Groups whose rewards are all equal have no gradient of their own and are left out, as in DAPO. They count where they
    have to: in the divisor of "sequence" and "constant", which is all completions sampled, and with `beta` > 0, whose
    divergence has a gradient on every answer.
    """

    name: StageName = "grpo"
    config: GrpoConfig

    def __init__(self, config: GrpoConfig, *arguments: Any, **options: Any) -> None:
        """See Practice."""
        super().__init__(config, *arguments, **options)
        names = ("clip_low", "clip_high", "normalisation", "importance", "surrogate", "scale")
        self._settings = {name: getattr(config, name) for name in names}
        if config.variant:
            self._settings |= {name: value for name, value in VARIANTS[config.variant].items() if name in names}
        self._scale = bool(self._settings.pop("scale"))

    def play(self, update: int) -> tuple[list[Played], list[Played]]:
        """As often as `resample` says, new problems take the places of groups that have nothing to tell."""
        kept, played = super().play(update)
        kept, size = list(kept), self.config.group
        for again in range(self.config.resample):
            groups = range(0, len(kept), size)
            flat = [
                first for first in groups if not any(map(any, turn_advantages(kept[first : first + size], self.config)))
            ]
            if not flat:
                break
            fresh = self._round(derive_many(len(flat), self._seed, self.name, update, "again", again))
            for place, first in enumerate(flat):
                kept[first : first + size] = fresh[place * size : (place + 1) * size]
            played = played + fresh
        return kept, played

    def advantages(self, played: list[Played]) -> list[list[float]]:
        """Returns less the group's mean, over its deviation if `scale`."""
        return turn_advantages(played, self.config, scale=self._scale)

    @property
    def by_sequence(self) -> bool:
        """As the normalisation counts."""
        return bool(self._settings["normalisation"] != "token")

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.grpo."""
        logprobs = reading.score(self.temperature).logprobs
        reference = self.reference_logprobs(batch)
        loss = grpo(
            logprobs,
            batch.logprobs,
            batch.advantage,
            batch.mask,
            **self._settings,
            beta=self.config.beta,
            kl=self.config.kl,
            reference=reference,
            constant=self._agent.sampling.max_new_tokens,
            total=total,
        )
        clips = {name: self._settings[name] for name in ("clip_low", "clip_high", "importance", "surrogate")}
        clipped = clipped_fraction(logprobs.detach(), batch.logprobs, batch.advantage, batch.mask, **clips)
        told = self.statistics(logprobs, batch, reference)
        return loss, told | {"clip_fraction": clipped.item() * batch.chosen}
