"""One thread for what a trained agent computes, so that all are timed alike and come out alike."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from ..agents.agent import Agent


def single_thread(agent: Agent) -> AbstractContextManager[None]:
    """One torch thread while it acts; nothing to do for an agent without parameters, which needs no torch."""
    if agent.cost().parameters:
        from ..agents.specialist.trainer import single_thread

        return single_thread()
    return nullcontext()
