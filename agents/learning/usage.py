"""What an episode used up: tokens and FLOPs, out of what its agent is billed for an action."""

from __future__ import annotations

from ..agent import Agent, Cost
from .batch import Bill
from .rollout import Episode


def used(agent: Agent, episode: Episode) -> tuple[int | None, float]:
    """Tokens written (None if the agent writes none) and FLOPs of an episode."""
    cost = agent.cost()
    beside = cost.action_flops * episode.length
    if not episode.traces:
        return None, cost.decision_flops * episode.length + beside
    bills = [trace.bill for trace in episode.traces]
    return sum(bill.written for bill in bills), sum(_flops(cost, bill) for bill in bills) + beside


def _flops(cost: Cost, bill: Bill) -> float:
    """Each written token is read and predicted from its predecessor, but the last of a completion is never read."""
    read = bill.read - bill.completions
    tokens = cost.decision_flops * bill.written + cost.read_flops * read
    return tokens + cost.attention_flops * bill.looked_at + bill.flops
