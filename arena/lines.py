"""The line that an episode leaves in the results: all that the report will ever know of it."""

from __future__ import annotations

from typing import Any

from ..agents.agent import Agent
from ..agents.baselines import problem_of
from ..agents.learning.rollout import Episode
from ..envs.guard import FAILED
from ..tasks import registry
from ..tasks.problem import Parsing

TRANSCRIPT = 4_000
"""characters of a transcript that are kept"""


def line(agent: Agent, episode: Episode, sample: int = 0) -> dict[str, Any]:
    """What an episode was and was worth, as plain values; one whose environment failed was worth nothing known.

    Args:
        agent: who played it.
        episode: as it ended.
        sample: how many earlier episodes of this evaluation had the same seed.
    """
    problem = problem_of(episode.problem_id)
    task = registry.load(problem.task)
    tokens, flops = _used(agent, episode)
    return {
        "task_version": problem.version,
        "split": problem.split,
        "seed": episode.seed,
        "sample": sample,
        "problem_id": episode.problem_id,
        "question": problem.question,
        "expected": problem.answer,
        "return": None if episode.failed else episode.return_,
        "furthest": None if episode.failed else episode.counts.get("furthest"),
        "correct": None if episode.failed else episode.correct,
        "verdict": FAILED if episode.failed else episode.verdict,
        "failed": episode.failed,
        "termination": episode.termination,
        "answer": episode.answer,
        "parsed": task.parse(completion(episode)) if isinstance(task, Parsing) else None,
        "cut_short": _cut_short(episode),
        "transcript": episode.transcript[:TRANSCRIPT],
        "record": episode.record,
        "counts": dict(episode.counts),
        "length": episode.length,
        "tokens": tokens,
        "flops": flops,
        "seconds": episode.seconds,
    }


def completion(episode: Episode) -> str:
    """What was judged: the last text, whole, or the answer on the worksheet."""
    return episode.actions[-1] if episode.actions else episode.answer


def _cut_short(episode: Episode) -> bool | None:
    """Whether the token limit or a full context ended what was written; None if no tokens were."""
    if not episode.traces and not episode.resigned:
        return None
    return bool(episode.resigned) or any(trace.finish_reason == "length" for trace in episode.traces)


def _used(agent: Agent, episode: Episode) -> tuple[int | None, float]:
    """Tokens written (None if the agent writes none) and FLOPs of an episode."""
    cost = agent.cost()
    each, beside = cost.decision_flops, cost.action_flops * episode.length
    if not episode.traces:
        return None, each * episode.length + beside
    written = sum(len(trace.token_ids) for trace in episode.traces)
    return written, each * (written + sum(len(trace.prompt_ids) for trace in episode.traces)) + beside
