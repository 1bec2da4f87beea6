"""Agents meet environments here and nowhere else: seeds in, finished episodes out.

Training and arena share this loop, so what an agent is trained on is what it is measured on. It knows nothing of
tasks, tokens or losses; what an agent wants remembered of an action it hands over through `Agent.trace`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from ...envs.guard import FAILED
from ...tasks.errors import BadConfig
from ..agent import Agent, count_repeats
from .infos import joined_infos, split_infos

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
    rewards: tuple[float, ...]
    """one a step"""
    length: int
    """actions of the agent"""
    terminated: bool
    truncated: bool
    correct: bool
    verdict: str
    """the task's reason, such as "correct" or "unparsable"; empty where the environment gives none, "too_long" where
    the agent resigned"""
    answer: str
    transcript: str
    """all the agent wrote, or the environment's "scratchpad" where the actions are numbers"""
    traces: tuple[Any, ...]
    """what `Agent.trace` gave, one an action; empty if the agent keeps none"""
    seconds: float
    """CPU seconds (user + system): an equal share of what each step took that it was part of"""
    gpu_seconds: float = 0.0
    """on the wall, while an agent that computes on an accelerator acted: an equal share, as of the CPU's"""
    actions: tuple[str, ...] = ()
    """the agent's texts, one a step; empty in the array view"""
    replies: tuple[str, ...] = ()
    """the text observation after each action, the last one included; empty in the array view"""
    failed: str = ""
    """what its environment raised; such an episode is no evidence of anything"""
    resigned: str = ""
    """why its agent could not go on, such as a full context; what it had earned until then counts"""
    termination: str = ""
    """how it ended in the words of its environment, such as "stalemate"; empty where the environment gives none"""
    record: str = ""
    """all that happened, from the info's "pgn" or "record", for environments that play a game"""
    counts: Mapping[str, int] = field(default_factory=dict)
    """what the environment counted, such as its moves and the illegal ones among the tries"""

    @property
    def env_steps(self) -> int:
        """Steps of the world: `counts["steps"]` where an action may be several or none, else one an action."""
        return self.counts.get("steps", self.length)


@dataclass
class _Row:
    """An episode in the making."""

    seed: int
    question: str
    over: bool
    begun: Mapping[str, Any]
    """what was told at the beginning"""
    rewards: list[float] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    traces: list[Any] = field(default_factory=list)
    terminated: bool = False
    truncated: bool = False
    seconds: float = 0.0
    gpu_seconds: float = 0.0
    resigned: str = ""
    info: dict[str, Any] = field(default_factory=dict)

    def resign(self, why: str, told: Mapping[str, Any]) -> None:
        """End here, with what was known before."""
        self.over = self.truncated = True
        self.resigned, self.info = why, {**self.begun, **told, "verdict": "too_long"}

    def episode(self) -> Episode:
        return Episode(
            seed=self.seed,
            problem_id=str(self.info.get("problem_id", "")),
            question=self.question,
            return_=sum(self.rewards),
            rewards=tuple(self.rewards),
            length=len(self.rewards),
            terminated=self.terminated,
            truncated=self.truncated,
            correct=bool(self.info.get("correct", False)),
            verdict=str(self.info.get("verdict", "")),
            answer=str(self.info.get("answer", "")),
            transcript=str(self.info.get("scratchpad", "\n".join(self.actions))),
            traces=tuple(self.traces),
            seconds=self.seconds,
            gpu_seconds=self.gpu_seconds,
            actions=tuple(self.actions),
            replies=tuple(self.replies),
            failed=str(self.info.get(FAILED, "")),
            resigned=self.resigned,
            termination=str(self.info.get("termination", "")),
            record=str(self.info.get("pgn", self.info.get("record", ""))),
            counts={name: int(number) for name, number in self.info.get("counts", {}).items()},
        )


def rollout(env: VectorEnv[Any, Any, Any], agent: Agent, seeds: Sequence[int]) -> list[Episode]:
    """Play one episode a seed and return them in the order of `seeds`.

    A vector environment that resets itself plays the seeds in batches of `env.num_envs`, and a row whose episode is
    over waits for the rest of its batch. One that does not (`AutoresetMode.DISABLED`) is reset row by row: the next
    seed begins as soon as a row is free. A row that only waits says so in its info, `{"over": True}`, and the agent may
    answer anything there. A seed that occurs twice is the same problem twice (a group of GRPO), and the agent is told
    which time it is.

    Args:
        env: a vector environment, in the agent's view.
        agent: whoever acts. Its `reset` gets the seeds of a batch, `env.num_envs` of them; `begin` the rows and seeds
            of episodes that begin later.
        seeds: any number of them.

    Returns:
        One Episode a seed.
    """
    mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
    jobs = [
        _Job(place, int(seed), repeat)
        for place, (seed, repeat) in enumerate(zip(seeds, count_repeats(seeds), strict=True))
    ]
    episodes: dict[int, Episode] = {}
    first = 0
    while first < len(jobs):
        if mode == AutoresetMode.DISABLED:
            _Play(env, agent, jobs, episodes).on()
            break
        _Play(env, agent, jobs[first : first + env.num_envs], episodes).on()
        first += env.num_envs
    return [episodes[job.place] for job in jobs]


@dataclass(frozen=True)
class _Job:
    """An episode that is wanted."""

    place: int
    seed: int
    repeat: int


class _Play:
    """Jobs on the rows of an environment, until all are done."""

    def __init__(
        self, env: VectorEnv[Any, Any, Any], agent: Agent, jobs: Sequence[_Job], episodes: dict[int, Episode]
    ) -> None:
        self._env, self._agent, self._episodes = env, agent, episodes
        count = env.num_envs
        self._waiting = deque(jobs[count:])
        # Rows beyond the jobs fill up the batch with repetitions that nobody counts.
        first = [jobs[row % len(jobs)] for row in range(count)]
        self._jobs: list[_Job | None] = [job if row < len(jobs) else None for row, job in enumerate(first)]
        seeds = [job.seed for job in first]
        self._observations, self._infos = env.reset(seed=seeds)  # type: ignore[arg-type]  # the base class names int only
        agent.reset(seeds, [job.repeat for job in first])
        begun = split_infos(self._infos, count)
        self._rows = [self._row(row, job.seed, begun[row]) for row, job in enumerate(first)]
        self._clock = time.process_time()

    def _row(self, row: int, seed: int, begun: Mapping[str, Any]) -> _Row:
        observation = None if isinstance(self._observations, Mapping) else self._observations[row]
        return _Row(
            seed,
            question=observation if isinstance(observation, str) else "",
            over=self._jobs[row] is None,
            begun=begun,
        )

    def on(self) -> None:
        """Play to the end."""
        disabled = self._env.metadata.get("autoreset_mode") == AutoresetMode.DISABLED
        while not all(row.over for row in self._rows):
            self._share_time()
            ended = self._step()
            for row in ended:
                job = self._jobs[row]
                if job is not None:
                    self._episodes[job.place] = self._rows[row].episode()
                    self._jobs[row] = None
            if disabled and ended:
                self._refill(ended)

    def _share_time(self) -> None:
        """Charge the CPU seconds since the last call to the rows that play."""
        now = time.process_time()
        playing = [row for row in self._rows if not row.over]
        for row in playing:
            row.seconds += (now - self._clock) / len(playing)
        self._clock = now

    def _share_gpu(self, seconds: float) -> None:
        """Charge seconds of an accelerator to the rows that play."""
        playing = [row for row in self._rows if not row.over]
        for row in playing:
            row.gpu_seconds += seconds / len(playing)

    def _step(self) -> list[int]:
        """One action a row; the rows whose episodes, counted or not, ended with it."""
        rows = self._rows
        told = split_infos(self._infos, len(rows))
        for row, info in zip(rows, told, strict=True):
            if row.over:
                info[OVER] = True
        began = time.perf_counter()
        actions = self._agent.act(self._observations, told)
        if self._agent.on_gpu:
            self._share_gpu(time.perf_counter() - began)
        traces, resigned = self._agent.trace(), self._agent.resigned()
        self._observations, rewards, terminated, truncated, self._infos = self._env.step(actions)
        for i, row in enumerate(rows):
            if row.over:
                continue
            if resigned and resigned[i]:
                row.resign(resigned[i], told[i])
                continue
            row.rewards.append(float(rewards[i]))
            if isinstance(actions[i], str):
                row.actions.append(actions[i])
            if traces:
                row.traces.append(traces[i])
            row.terminated, row.truncated = bool(terminated[i]), bool(truncated[i])
            if isinstance(reply := self._reply(i, row), str):
                row.replies.append(reply)
        self._share_time()
        _close(rows, self._infos)
        return [i for i in range(len(rows)) if terminated[i] or truncated[i] or (resigned and resigned[i])]

    def _reply(self, place: int, row: _Row) -> Any:
        """What the environment said to the last action of a row, none of an episode that it has begun since."""
        if row.terminated or row.truncated:
            final = self._infos.get("final_obs")
            if final is not None:  # with SAME_STEP
                return None if isinstance(final, Mapping) else final[place]
        return None if isinstance(self._observations, Mapping) else self._observations[place]

    def _refill(self, ended: list[int]) -> None:
        """Begin the next jobs in rows that have ended; without jobs left, something to fill them with."""
        mask = np.zeros(len(self._rows), dtype=np.bool_)
        mask[ended] = True
        seeds: list[int | None] = [None] * len(self._rows)
        begun = []
        for row in ended:
            job = self._waiting.popleft() if self._waiting else None
            self._jobs[row], seeds[row] = job, job.seed if job else self._rows[row].seed
            begun += [(row, job)] if job else []
        self._observations, infos = self._env.reset(seed=seeds, options={"reset_mask": mask})  # type: ignore[arg-type]
        told, fresh = split_infos(self._infos, len(self._rows)), split_infos(infos, len(self._rows))
        self._infos = joined_infos([fresh[i] if mask[i] else told[i] for i in range(len(self._rows))])
        for row in ended:
            seed = seeds[row]
            assert seed is not None
            self._rows[row] = self._row(row, seed, fresh[row])
        if begun:
            self._agent.begin(
                [row for row, _ in begun], [job.seed for _, job in begun], [job.repeat for _, job in begun]
            )


def sound(episodes: Sequence[Episode]) -> list[Episode]:
    """Those whose environment did not raise. Raises BadConfig, with what the first one raised, if none is left."""
    left = [episode for episode in episodes if not episode.failed]
    if episodes and not left:
        raise BadConfig(
            f"the environment failed in all of {len(episodes)} episodes, in the first with {episodes[0].failed}"
        )
    return left


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
