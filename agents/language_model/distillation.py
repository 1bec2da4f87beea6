"""A student learns from a teacher: from its answers, or from what it would have said to the student's own."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from gymnasium.vector import VectorEnv
from torch import Tensor

from ..learning.batch import Batch, Completion, collate, join
from ..learning.objectives import distillation, next_token, token_divergence
from ..learning.rollout import sound
from ..learning.streams import derive, derive_many
from .agent import LanguageModelAgent
from .config import Stage as StageName
from .flops import sampling_flops
from .forward import Reading
from .stage import Data, Stage
from .stage_config import DistillConfig


class Distill(Stage):
    """Distillation. See objectives.token_divergence and objectives.distillation.

    Teacher and student share a tokenizer. Updates take turns, at random, between answers of the teacher and, in a share
    of `student_share`, answers of the student (on-policy, GKD); the gradient does not pass through the sampling.
    """

    name: StageName = "distill"
    config: DistillConfig

    def __init__(
        self,
        config: DistillConfig,
        student: LanguageModelAgent,
        teacher: LanguageModelAgent,
        env: VectorEnv[Any, Any, Any],
        seed: int,
    ) -> None:
        """Make one.

        Args:
            config: the recipe.
            student: plays with the very model that is trained.
            teacher: whom to learn from.
            env: text environment of training problems.
            seed: of the training run.
        """
        super().__init__(config)
        self._student, self._teacher, self._env, self._seed = student, teacher, env, seed
        self.temperature = teacher.sampling.temperature

    def data(self, update: int) -> Data:
        """Play problems and keep what is to be learnt from: a function of the seed, the update and the models."""
        on_policy = derive(self._seed, "who", update) / 2**31 < self.config.student_share
        agent = self._student if on_policy else self._teacher
        episodes = self.world.play(self._env, agent, derive_many(self.config.batch, self._seed, self.name, update))
        whole = sound(episodes)
        right = [episode for episode in whole if episode.correct]
        kept = right if self.config.filtered and not on_policy else whole
        drawn = [[trace for trace in each.traces if isinstance(trace, Completion)] for each in episodes]
        shown = [row for each in kept for row in join([t for t in each.traces if isinstance(t, Completion)])]
        tokens = sum(len(turn.token_ids) for turns in drawn for turn in turns)
        return Data(
            [collate(shown)] if shown else [],
            metrics={
                "correct": len(right) / len(whole),
                "failed": float(len(episodes) - len(whole)),
                "on_policy": float(on_policy),
            },
            episodes=len(episodes),
            env_steps=sum(episode.env_steps for episode in episodes),
            flops=sampling_flops(agent.model, [turn for turns in drawn for turn in turns]),
            drawn=tokens,
        )

    def loss(self, reading: Reading, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.distillation; "sequence" is the next-token loss on what the teacher wrote."""
        kind = self.config.divergence
        if kind == "sequence":
            return next_token(reading.score().logprobs, batch.mask, total), {}
        with torch.no_grad():
            taught = Reading(self._teacher.model, batch)
        divergence = reading.compare(taught, partial(token_divergence, kind=kind, beta=self.config.beta))
        return distillation(divergence, batch.mask, total), {}
