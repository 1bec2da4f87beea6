"""Practice: play training problems, compare the answers to one question with each other, learn from the difference."""

from __future__ import annotations

from typing import Any

import torch
from gymnasium.vector import VectorEnv
from torch import Tensor
from transformers import PreTrainedModel

from ...tasks.errors import BadConfig
from ..learning.batch import Batch, Completion, collate, group_advantages, informative
from ..learning.objectives import clipped_fraction, grpo, k3
from ..learning.rollout import Episode, rollout
from ..learning.streams import derive_many
from .agent import LanguageModelAgent, prompt_ids
from .config import GrpoConfig
from .config import Stage as StageName
from .forward import Scored, sampling_flops, token_logprobs
from .models import context
from .trainer import Data


class Grpo:
    """Group-relative policy optimisation of an agent in an environment.

    Groups whose rewards are all equal have no gradient of their own. With "token" they are dropped before training, as
    in DAPO. They stay where they count: in the divisor of "sequence" and "constant", which is all completions sampled,
    and with `beta` > 0, whose divergence has a gradient on every answer.
    """

    name: StageName = "grpo"

    def __init__(
        self,
        config: GrpoConfig,
        agent: LanguageModelAgent,
        env: VectorEnv[Any, Any, Any],
        seed: int,
        reference: PreTrainedModel | None = None,
    ) -> None:
        """Make one.

        Args:
            config: the recipe.
            agent: plays with the very model that is trained.
            env: text environment of training problems, any number of copies.
            seed: of the training run.
            reference: the policy to stay near, if `config.beta` > 0.
        """
        self.updates, self.learning_rate, self.final_rate = config.updates, config.learning_rate, config.final_rate
        self.warmup, self.max_gradient = config.warmup, config.max_gradient
        self.optimiser, self.momentum, self.gain_rate = config.optimiser, config.momentum, config.gain_rate
        self.temperature = agent.sampling.temperature
        self._config, self._agent, self._env, self._seed, self._reference = config, agent, env, seed, reference

    def data(self, update: int) -> Data:
        """Play `questions` problems `group` times each, and batch what differs within its group."""
        questions = derive_many(self._config.questions, self._seed, "grpo", update)
        episodes = rollout(self._env, self._agent, [seed for seed in questions for _ in range(self._config.group)])
        self._check_room(episodes)
        rewards = torch.tensor([episode.return_ for episode in episodes])
        advantages = group_advantages(rewards, self._config.group, self._config.scale)
        telling = informative(rewards, self._config.group)
        counted = torch.ones_like(telling) if self._config.beta or self._config.normalisation != "token" else telling
        completions = [_turns(episode) for episode in episodes]
        batches = []
        for groups in counted.nonzero()[:, 0].tensor_split(self._config.minibatches):
            rows = [group * self._config.group + i for group in groups.tolist() for i in range(self._config.group)]
            turns = [(turn, float(advantages[row])) for row in rows for turn in completions[row]]
            if turns and (self._config.beta or telling[groups].any()):
                batches.append(collate([turn for turn, _ in turns], torch.tensor([value for _, value in turns])))
        drawn = [turn for turns in completions for turn in turns]
        return Data(
            batches,
            metrics={
                "reward": rewards.mean().item(),
                "length": sum(len(turn.token_ids) for turn in drawn) / len(drawn),
                "cut_short": sum(turn.finish_reason == "length" for turn in drawn) / len(drawn),
                "constant_groups": 1 - telling.float().mean().item(),
            },
            episodes=len(episodes),
            env_steps=sum(episode.length for episode in episodes),
            flops=sampling_flops(self._agent.model, drawn),
        )

    def _check_room(self, episodes: list[Episode]) -> None:
        """Raise BadConfig if a question was cut to fit: its answers are to something else."""
        room = self._agent.room
        if room is None:
            return
        longest = max(len(prompt_ids(self._agent.text, question)) for question in {e.question for e in episodes})
        if longest > room:
            raise BadConfig(
                f"model.context={context(self._agent.model)}: a question takes {longest} tokens, expected at most "
                f"{room} beside sampling.max_new_tokens={self._agent.sampling.max_new_tokens}"
            )

    def total(self, batch: Batch) -> float:
        """Tokens or sequences, as the normalisation counts."""
        return batch.chosen if self._config.normalisation == "token" else len(batch)

    def loss(self, scored: Scored, batch: Batch, total: float) -> tuple[Tensor, dict[str, float]]:
        """See objectives.grpo."""
        config, reference = self._config, None
        clips: dict[str, Any] = {"clip_low": config.clip_low, "clip_high": config.clip_high}
        if self._reference is not None and config.beta:
            with torch.no_grad():
                reference = token_logprobs(self._reference, batch, self.temperature).logprobs
        loss = grpo(
            scored.logprobs,
            batch.logprobs,
            batch.advantage,
            batch.mask,
            **clips,
            beta=config.beta,
            reference=reference,
            normalisation=config.normalisation,
            constant=self._agent.sampling.max_new_tokens,
            total=total,
        )
        now = scored.logprobs.detach()
        clipped = clipped_fraction(now, batch.logprobs, batch.advantage, batch.mask, **clips)
        statistics = {"clip_fraction": clipped.item() * batch.chosen}
        if reference is not None:
            statistics["kl"] = k3(now, reference, batch.mask).sum().item()
        return loss, statistics


def _turns(episode: Episode) -> list[Completion]:
    """The completions of an episode: each of its actions is one that the episode's reward belongs to."""
    return [trace for trace in episode.traces if isinstance(trace, Completion)]
