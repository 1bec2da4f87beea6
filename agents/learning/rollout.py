"""Agents meet environments here and nowhere else: seeds in, finished episodes out.

Training and arena share this loop, so what an agent is trained on is what it is measured on. It knows nothing of
tasks, tokens or losses; what an agent wants remembered of an action it hands over through `Agent.trace`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from ..agent import Agent

OVER = "over"
"""Key in a row's info: its episode has ended (or the row only fills up the batch), so any action will do there."""


@dataclass(frozen=True)
class Episode:
    """One finished episode: the problem, what was done about it, what it was worth and what it cost."""

    seed: int
    problem_id: str
    question: str
    """the first text observation; empty in the array view"""
    return_: float
    """undiscounted sum of rewards"""
    length: int
    """environment steps"""
    terminated: bool
    truncated: bool
    correct: bool
    verdict: str
    """the task's reason, such as "correct" or "unparsable"; empty where the environment gives none"""
    answer: str
    transcript: str
    """all the agent wrote, or the environment's "scratchpad" where the actions are numbers"""
    traces: tuple[Any, ...]
    """what `Agent.trace` gave, one an action; empty if the agent keeps none"""
    seconds: float
    """CPU seconds (user + system): an equal share of those that its batch took"""


@dataclass
class _Row:
    """An episode in the making."""

    seed: int
    question: str
    over: bool
    return_: float = 0.0
    length: int = 0
    actions: list[str] = field(default_factory=list)
    traces: list[Any] = field(default_factory=list)
    terminated: bool = False
    truncated: bool = False
    info: dict[str, Any] = field(default_factory=dict)

    def episode(self, seconds: float) -> Episode:
        return Episode(
            seed=self.seed,
            problem_id=str(self.info.get("problem_id", "")),
            question=self.question,
            return_=self.return_,
            length=self.length,
            terminated=self.terminated,
            truncated=self.truncated,
            correct=bool(self.info.get("correct", False)),
            verdict=str(self.info.get("verdict", "")),
            answer=str(self.info.get("answer", "")),
            transcript=str(self.info.get("scratchpad", "\n".join(self.actions))),
            traces=tuple(self.traces),
            seconds=seconds,
        )


def rollout(env: VectorEnv[Any, Any, Any], agent: Agent, seeds: Sequence[int]) -> list[Episode]:
    """Play one episode a seed and return them in the order of `seeds`.

    The seeds are played in batches of `env.num_envs`; a seed that occurs twice is the same problem twice (a group of
    GRPO). A row whose episode is over waits for the rest of its batch: its info then says `{"over": True}`, and the
    agent may answer anything there. So it is with the rows that fill up a last, smaller batch.

    Args:
        env: a vector environment that resets itself (`AutoresetMode.SAME_STEP` or `NEXT_STEP`).
        agent: whoever acts, in the environment's view. Its `reset` gets the seeds of a batch, `env.num_envs` of them.
        seeds: any number of them.

    Returns:
        One Episode a seed.
    """
    mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
    if mode == AutoresetMode.DISABLED:
        raise ValueError("rollout needs a vector environment that resets itself: autoreset_mode=SAME_STEP")
    episodes: list[Episode] = []
    for first in range(0, len(seeds), env.num_envs):
        episodes += _play(env, agent, [int(seed) for seed in seeds[first : first + env.num_envs]])
    return episodes


def _play(env: VectorEnv[Any, Any, Any], agent: Agent, seeds: list[int]) -> list[Episode]:
    """One batch of at most `env.num_envs` episodes, until the last of them has ended."""
    began = time.process_time()
    wanted, count = len(seeds), env.num_envs
    seeds = (seeds * (count // wanted + 1))[:count]
    observations, infos = env.reset(seed=list(seeds))  # type: ignore[arg-type]  # the base class names int only
    agent.reset(seeds)
    rows = [
        _Row(seed, question=observation if isinstance(observation, str) else "", over=i >= wanted)
        for i, (seed, observation) in enumerate(zip(seeds, _rows_of(observations, count), strict=True))
    ]
    while not all(row.over for row in rows):
        told = split_infos(infos, count)
        for row, info in zip(rows, told, strict=True):
            if row.over:
                info[OVER] = True
        actions = agent.act(observations, told)
        traces = agent.trace()
        observations, rewards, terminated, truncated, infos = env.step(actions)
        for i, row in enumerate(rows):
            if row.over:
                continue
            row.return_ += float(rewards[i])
            row.length += 1
            if isinstance(actions[i], str):
                row.actions.append(actions[i])
            if traces:
                row.traces.append(traces[i])
            row.terminated, row.truncated = bool(terminated[i]), bool(truncated[i])
        _close(rows, infos)
    share = (time.process_time() - began) / wanted
    return [row.episode(share) for row in rows[:wanted]]


def _close(rows: list[_Row], infos: Mapping[str, Any]) -> None:
    """Mark the rows whose episode ended in this step and give them their last info."""
    ended = [row for row in rows if not row.over and (row.terminated or row.truncated)]
    if not ended:
        return
    # With SAME_STEP the info of the last step lies under "final_info"; with NEXT_STEP it is the info itself.
    last = split_infos(infos.get("final_info", infos), len(rows))
    for row, info in zip(rows, last, strict=True):
        if not row.over and (row.terminated or row.truncated):
            row.over, row.info = True, info


def split_infos(infos: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """A vector environment's info, one dictionary a row: a key is there where its mask `_key` says so.

    >>> split_infos({"step": np.array([1, 7]), "_step": np.array([True, False])}, 2)
    [{'step': np.int64(1)}, {}]
    """
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, values in infos.items():
        if key.startswith("_") or key in ("final_info", "final_obs"):
            continue
        mask = infos.get(f"_{key}")
        if isinstance(values, Mapping):  # nested, such as "reward_terms"
            values = split_infos(values, count)
        for i in range(count):
            if mask is None or mask[i]:
                rows[i][key] = values[i]
    return rows


def _rows_of(observations: Any, count: int) -> Sequence[Any] | NDArray[np.generic]:
    """The rows of a batch of observations; a Dict space's batch has none worth telling apart here."""
    return [None] * count if isinstance(observations, Mapping) else observations
