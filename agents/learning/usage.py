"""What an episode used up: tokens and FLOPs, out of what its agent is billed for an action."""

from __future__ import annotations

from ..agent import Agent
from .rollout import Episode


def used(agent: Agent, episode: Episode) -> tuple[int | None, float]:
    """Tokens written (None if the agent writes none) and FLOPs of an episode."""
    cost = agent.cost()
    each, beside = cost.decision_flops, cost.action_flops * episode.length
    if not episode.traces:
        return None, each * episode.length + beside
    bills = [trace.bill for trace in episode.traces]
    written, read = sum(bill.written for bill in bills), sum(bill.read for bill in bills)
    return written, each * (written + read) + beside + sum(bill.flops for bill in bills)
