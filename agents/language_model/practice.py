"""Practice: play training problems, and make of the episodes a batch to learn from. What is learnt is a subclass's."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import torch
from gymnasium.vector import VectorEnv
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

from ...tasks.errors import BadConfig
from ..learning.batch import Batch, Completion, Trajectory, collate, join
from ..learning.habits import habits
from ..learning.objectives import k3
from ..learning.rollout import Episode, sound
from ..learning.streams import derive_many
from .agent import LanguageModelAgent
from .conversation import prompt_ids
from .flops import sampling_flops
from .forward import token_logprobs
from .models import context
from .practice_config import PracticeConfig
from .preference import Judge
from .stage import Data, Stage


@dataclass(frozen=True)
class Played:
    """An episode and what its turns are worth."""

    episode: Episode
    turns: tuple[Completion, ...]
    """none of an episode that failed: nothing is learnt from it"""
    rewards: tuple[float, ...]
    """one a turn, of the environment or a reward model"""

    @property
    def return_(self) -> float:
        """The sum of the rewards."""
        return sum(self.rewards)

    def worth(self, credit: str, discount: float) -> list[float]:
        """What each turn is worth: the episode's return, or the discounted sum of the rewards from that turn on."""
        if credit == "episode":
            return [self.return_] * len(self.turns)
        sums, ahead = [], 0.0
        for reward in reversed(self.rewards):
            ahead = reward + discount * ahead
            sums.append(ahead)
        return sums[::-1]


@dataclass(frozen=True)
class Rows:
    """The sequences of all episodes, and whose they are."""

    trajectories: list[Trajectory]
    owners: list[int]
    """of each sequence, the index of its episode"""


class Practice(Stage):
    """An agent in an environment, playing with the very model that is trained."""

    config: PracticeConfig

    def __init__(
        self,
        config: PracticeConfig,
        agent: LanguageModelAgent,
        env: VectorEnv[Any, Any, Any],
        seed: int,
        reference: PreTrainedModel | None = None,
        judge: Judge | None = None,
    ) -> None:
        """Make one.

        Args:
            config: the recipe.
            agent: plays with the very model that is trained.
            env: text environment of training problems, any number of copies.
            seed: of the training run.
            reference: the policy to stay near, if `config.beta` > 0.
            judge: pays instead of the environment, if there is one.
        """
        super().__init__(config)
        self.temperature = agent.sampling.temperature
        self._agent, self._env, self._seed, self._reference, self._judge = agent, env, seed, reference, judge

    @abstractmethod
    def learn_from(self, episodes: list[Played], rows: Rows) -> tuple[list[Batch], dict[str, float]]:
        """One batch an optimiser step, and what there is to tell."""

    def data(self, update: int) -> Data:
        """Play `questions` problems `group` times each, and batch what there is to learn.

        Raises:
            BadConfig: every episode failed, or a question is too long for the model.
        """
        kept, played = self.play(update)
        whole = sound([each.episode for each in played])
        batches, metrics = self.learn_from(kept, sequences(kept))
        turns = [turn for each in played for turn in each.turns]
        drawn = [turn for each in played for turn in each.episode.traces if isinstance(turn, Completion)]
        written = [(each.episode.transcript, each.return_) for each in played if each.turns]
        told = {
            "reward": sum(return_ for _, return_ in written) / len(whole),
            "correct": sum(episode.correct for episode in whole) / len(whole),
            "failed": float(len(played) - len(whole)),
            "outgrown": sum(bool(episode.resigned) for episode in whole) / len(whole),
            "length": sum(len(turn.token_ids) for turn in turns) / len(turns),
            "turns": len(turns) / len(whole),
            "cut_short": sum(turn.finish_reason == "length" for turn in turns) / len(turns),
            **habits([text for text, _ in written], [return_ for _, return_ in written]),
        }
        if all(turn.entropies for turn in turns):  # not every engine tells
            told["entropy"] = sum(sum(turn.entropies) for turn in turns) / sum(len(turn.token_ids) for turn in turns)
        return Data(
            batches,
            metrics=told | metrics,
            episodes=len(played),
            env_steps=sum(each.episode.env_steps for each in played),
            flops=sampling_flops(self._agent.model, drawn),
            drawn=sum(len(turn.token_ids) for turn in drawn),
        )

    def play(self, update: int) -> tuple[list[Played], list[Played]]:
        """The episodes of an update to learn from, group after group, and all that were played."""
        played = self._round(derive_many(self.config.questions, self._seed, self.name, update))
        return played, played

    def _round(self, questions: list[int]) -> list[Played]:
        """Each question `group` times."""
        group = self.config.group
        episodes = self.world.play(self._env, self._agent, [seed for seed in questions for _ in range(group)], group)
        self._check_room(episodes)
        turns = [() if each.failed else tuple(t for t in each.traces if isinstance(t, Completion)) for each in episodes]
        paid = [episode.rewards for episode in episodes]
        if self._judge:
            ends = self.world.share([each[-1] for each in turns if each])
            judged = iter(self.world.gather(self._judge.rewards(ends)))
            paid = [(0.0,) * (len(each) - 1) + (next(judged),) if each else () for each in turns]
        return [
            Played(episode, each, rewards if each else ())
            for episode, each, rewards in zip(episodes, turns, paid, strict=True)
        ]

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

    def batch(self, rows: Rows, chosen: list[int], **columns: list[Tensor]) -> Batch:
        """One batch of some of the rows.

        Args:
            rows: all there are.
            chosen: indices of those that are wanted.
            columns: of every row, a value a token (T_i,); "advantage" is the advantage.
        """
        kept = [rows.trajectories[index] for index in chosen]
        padded: dict[str, Any] = {
            name: pad_sequence([values[index] for index in chosen], batch_first=True)
            for name, values in columns.items()
        }
        batch = collate(kept, padded.pop("advantage", None), **padded)
        if self.config.truncated == "mask":
            cut = [torch.tensor([turn in row.cut for turn in row.turns]) for row in kept]
            return replace(batch, mask=batch.mask & ~pad_sequence(cut, batch_first=True))
        return batch

    def parts(self, rows: Rows, groups: list[int]) -> list[list[int]]:
        """Row indices of each optimiser step of an epoch: minibatches of whole groups.

        Args:
            rows: all there are.
            groups: those that are learnt from.
        """
        parts = []
        for part in torch.tensor(groups, dtype=torch.int64).tensor_split(self.config.minibatches):
            held = set(part.tolist())
            parts.append([row for row, owner in enumerate(rows.owners) if owner // self.config.group in held])
        return [part for part in parts if part]

    def reference_logprobs(self, batch: Batch) -> Tensor | None:
        """(B, T) under the reference policy, without gradient; None if there is no need of it."""
        if self._reference is None or not self.config.beta:
            return None
        with torch.no_grad():
            return token_logprobs(self._reference, batch, self.temperature).logprobs

    def statistics(self, logprobs: Tensor, batch: Batch, reference: Tensor | None) -> dict[str, float]:
        """What every kind of practice tells of a piece: sums over its tokens, and the largest gap to the sampler."""
        now, mask = logprobs.detach(), batch.mask
        gap = ((now - batch.logprobs) * mask).abs()
        told = {"sampler_gap": gap.sum().item(), "max_sampler_gap": gap.max().item()}
        if reference is not None:
            told["kl"] = k3(now, reference, mask).sum().item()
        return told


def sequences(played: list[Played]) -> Rows:
    """The episodes as rows to learn from."""
    trajectories, owners = [], []
    for owner, episode in enumerate(played):
        for trajectory in join(episode.turns):
            every = tuple(sorted(set(trajectory.turns) - {-1}))
            trajectories.append(replace(trajectory, cut=every) if episode.episode.resigned else trajectory)
            owners.append(owner)
    return Rows(trajectories, owners)


def spread(rows: Rows, worth: list[list[float]]) -> list[Tensor]:
    """What each turn is worth, on each of its tokens; 0 where nobody chose.

    Args:
        rows: the sequences.
        worth: of each episode, a number a turn.

    Returns:
        A tensor (T_i,) for each sequence.
    """
    return [
        torch.tensor([worth[owner][turn] if turn >= 0 else 0.0 for turn in trajectory.turns])
        for trajectory, owner in zip(rows.trajectories, rows.owners, strict=True)
    ]
