"""Closed and open division, as in MLPerf's rules: who can be held against whom without a footnote.

In the closed division an agent begins with nothing, learns from the task's own training problems and what the task
itself shows of them, and answers alone. Whatever else helps is welcome in the open one, and named.
"""

from __future__ import annotations

from collections.abc import Iterator

from .report.data import Run, text, told_of


def divisions(run: Run) -> dict[str, tuple[str, ...]]:
    """Why each trained agent that was tested is in the open division; nothing where it is in the closed one.

    An agent that goes on from another's weights, or is built around others, brings along what helped these. Agents of
    which nothing is told, in results of earlier versions, are left out.

    Returns:
        Reasons by the agent's name, in the order of the comparison.
    """
    tested = {each.agent for each in run.episodes}
    return {
        agent.name: tuple(dict.fromkeys(_helped(run, agent.name, set())))
        for agent in run.agents
        if agent.name in tested and agent.trained and "harness" in told_of(run, agent.name)
    }


def division_lines(run: Run) -> list[str]:
    """Who is in which division, and why, in a sentence each; none where nobody was trained."""
    found = divisions(run)
    labels = {agent.name: agent.label for agent in run.agents}
    closed = ", ".join(labels[name] for name, reasons in found.items() if not reasons)
    opened = "; ".join(f"{labels[name]} ({', '.join(reasons)})" for name, reasons in found.items() if reasons)
    lines = [f"Closed division: {closed}."] if closed else []
    return [*lines, f"Open division: {opened}."] if opened else lines


def _helped(run: Run, name: str, seen: set[str]) -> Iterator[str]:
    """What an agent, and those that it was made of, had beside the task's own training problems."""
    if name in seen:
        return
    seen.add(name)
    told = told_of(run, name)
    if around := text(told.get("harness")):
        yield around
    yield from (f"data of its own in {text(stage)}" for stage in told.get("own_data") or [])
    if adviser := text(told.get("adviser")):
        yield f"reward shaped by {adviser}"
    if player := text(told.get("player")):
        yield f"games of {player}"
    bills = [row.get("inherited_flops") for row in run.costs if row.get("agent") == name]
    if not bills:
        yield "no bill"
    elif any(inherited != 0 for inherited in bills):
        yield "inherited compute"
    origin = told.get("origin") or {}
    for other in [*origin.values(), *(told.get("parts") or []), told.get("judge")]:
        if other:
            yield from _helped(run, text(other), seen)
