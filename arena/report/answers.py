"""What language models write besides the result: how long their answers are, and whose answers are preferred."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..statistics import Interval, paired_difference
from .data import Episode, Run
from .scores import difference, score
from .tables import MISSING, Cell, Column, Table, bounds, change, plain, value


def lengths_table(run: Run) -> Table:
    """Tokens an answer of every language model, over all its answers and over those that are right."""
    tokens = _by_tokens(run)
    rows = []
    for agent in run.agents:
        interval = score(tokens, agent.name, run.primary)
        if interval is None:
            continue
        episodes = run.cells.get((agent.name, run.primary), ())
        right = [episode.number("tokens") for episode in episodes if episode.scores.get("correct")]
        rows.append(
            (
                Cell(agent.label, agent=agent.name),
                Cell(plain(interval.mean)),
                Cell(bounds(tokens, interval)),
                Cell(interval.unit),
                Cell(plain(float(np.mean(right))) if right else MISSING),
            )
        )
    columns = (
        Column("Agent", False),
        Column("Tokens per answer"),
        Column("95 % interval"),
        Column("Interval over", False),
        Column("Per right answer"),
    )
    return Table(f"Length of answers on {run.place}", columns, tuple(rows))


def preferences_table(run: Run) -> Table:
    """The planned pairs of language models: who writes more, and whose answer is the better one, problem by problem."""
    tokens = _by_tokens(run)
    share = replace(run, metric="correct")
    rows = []
    for first, second in run.pairs:
        longer, liked = difference(tokens, first, second, run.primary), preferred(run, first, second)
        if longer is None or liked is None:
            continue
        rows.append(
            (
                Cell(longer.second.label, agent=second),
                Cell(longer.first.label, agent=first),
                Cell(change(tokens, longer.interval.mean)),
                Cell(bounds(tokens, longer.interval, signed=True)),
                Cell(value(share, liked.mean)),
                Cell(bounds(share, liked)),
                Cell(liked.unit),
            )
        )
    columns = (
        Column("Agent", False),
        Column("Compared with", False),
        Column("Tokens per answer"),
        Column("95 % interval"),
        Column("Preferred"),
        Column("95 % interval"),
        Column("Interval over", False),
    )
    return Table(f"Length and preference on {run.place}, same problems on both sides", columns, tuple(rows))


def preferred(run: Run, first: str, second: str) -> Interval | None:
    """How often the second's answer to a problem is the better one; a tie counts half.

    A right answer is better than a wrong one, and of two right ones the shorter: what the labeller "shorter" prefers.

    Args:
        run: the comparison.
        first: name of an agent that answers in tokens.
        second: of another.

    Returns:
        The share at the primary level, over the training seeds that both have; None if they share no problem.
    """
    theirs, ours = (_answers(run, name) for name in (first, second))
    seeds = sorted(set(theirs) & set(ours))
    items = sorted(set.intersection(*(set(side[seed]) for side in (theirs, ours) for seed in seeds))) if seeds else []
    if not items:
        return None
    wins = np.array([[_wins(theirs[seed][item], ours[seed][item]) for item in items] for seed in seeds])
    return paired_difference(wins, np.zeros(len(items)), trained=(True, False)).clipped(0.0, 1.0)


def _by_tokens(run: Run) -> Run:
    """The same run, judged by the length of answers."""
    return replace(run, metric="tokens")


def _answers(run: Run, agent: str) -> dict[int, dict[tuple[str, str], list[Episode]]]:
    """The answers in tokens, by training seed and problem, in the order of their samples."""
    found: dict[int, dict[tuple[str, str], list[Episode]]] = {}
    for episode in sorted(run.cells.get((agent, run.primary), ()), key=lambda episode: episode.sample):
        if math.isfinite(episode.number("tokens")):
            found.setdefault(episode.training_seed, {}).setdefault(episode.item, []).append(episode)
    return found


def _wins(theirs: list[Episode], ours: list[Episode]) -> float:
    """The share of samples of a problem, first against first and so on, that the second agent wins."""
    return float(np.mean([_win(*pair) for pair in zip(theirs, ours, strict=False)]))


def _win(theirs: Episode, ours: Episode) -> float:
    a, b = _worth(theirs), _worth(ours)
    return 0.5 if a == b else float(b > a)


def _worth(episode: Episode) -> tuple[bool, float]:
    right = bool(episode.scores.get("correct"))
    return right, -episode.number("tokens") if right else 0.0
