"""The processes that train one model together, as `torchrun` starts them; most runs have one.

Every process knows all of an update: each plays its share of the problems, and what they played is put together again
in the order of the problems. So advantages, batches and metrics are the same everywhere and whatever the number of
processes, and nothing has to be added up but gradients and statistics.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from gymnasium.vector import VectorEnv
from torch import Tensor

from ..agent import Agent
from ..learning.batch import Batch
from ..learning.progress import Metrics
from ..learning.rollout import Episode, rollout

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """Which of how many processes this is. Every method is called by all of them, in the same order."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes and prints."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> list[T]:
        """This process's part: every `size`-th item."""
        return list(items[self.rank :: self.size])

    def most(self, count: int) -> int:
        """How many of so many items a process gets at most."""
        return -(-count // self.size)

    def gather(self, share: Sequence[T]) -> list[T]:
        """The items that `share` shared out, in their order."""
        if self.size == 1:
            return list(share)
        shares: list[list[T]] = [[] for _ in range(self.size)]
        dist.all_gather_object(shares, list(share))
        count = sum(map(len, shares))
        return [shares[place % self.size][place // self.size] for place in range(count)]

    def agree(self, value: T) -> T:
        """The value that the leading process has. Nobody goes on before it has come here."""
        found = [value]
        if self.size > 1:
            dist.broadcast_object_list(found)
        return found[0]

    def add_(self, *tensors: Tensor | None) -> None:
        """Put sums over all processes in the places of tensors. None stands for a tensor that no process has."""
        for tensor in tensors:
            if self.size > 1 and tensor is not None:
                dist.all_reduce(tensor)

    def total(self, number: float) -> float:
        """The sum over all processes."""
        return sum(self.gather([number]))

    def play(self, env: VectorEnv[Any, Any, Any], agent: Agent, seeds: Sequence[int], group: int = 1) -> list[Episode]:
        """One episode a seed, see `rollout`, each process its share of the groups.

        Args:
            env: a copy of each process.
            agent: of equal weights in each process.
            seeds: of all episodes.
            group: so many seeds stay together, as they share a prompt.
        """
        groups = self.share([seeds[first : first + group] for first in range(0, len(seeds), group)])
        episodes = rollout(env, agent, [seed for seeds in groups for seed in seeds])
        held = [episodes[first : first + group] for first in range(0, len(episodes), group)]
        return [episode for episodes in self.gather(held) for episode in episodes]

    def pieces(self, batch: Batch, max_tokens: int) -> Iterator[tuple[Batch, bool]]:
        """This process's micro-batches of a batch, and whether each counts.

        All processes get the same number, as each forward and backward pass is one that all take part in; who has none
        left repeats one that does not count. They are made small enough to go round.

        Args:
            batch: all of it, the same in every process.
            max_tokens: of a piece.
        """
        tokens = sum(map(len, batch.prompts)) + int(batch.lengths.sum())
        pieces = list(batch.micro_batches(max_tokens if self.size == 1 else min(max_tokens, self.most(tokens))))
        for first in range(0, len(pieces), self.size):
            place = first + self.rank
            yield pieces[min(place, len(pieces) - 1)], place < len(pieces)


ALONE = World()


class Nowhere(Metrics):
    """A record that nobody keeps: of a process that leaves writing to another."""

    def __init__(self) -> None:
        pass

    def write(self, row: Mapping[str, Any]) -> None:
        """Forget it."""

    def sync(self) -> None:
        """Nothing to bring anywhere."""

    def close(self) -> None:
        """Nothing to close."""


def world(device: torch.device) -> World:
    """The processes that `torchrun` started, connected: by NCCL where they compute on CUDA, by Gloo else.

    What `torchrun` tells them, it tells by environment variables. Without it this process is alone. A connection stays
    until the process ends: one that is closed and opened again may meet the others' old one.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return ALONE
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    return World(dist.get_rank(), dist.get_world_size())
