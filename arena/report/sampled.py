"""What several answers to each problem tell: avg@k, pass@k and maj@k, and how many answers failed in form."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..sampling import Answers, cut_short, unreadable
from ..statistics import Interval
from .data import AgentInfo, Episode, LevelInfo, Run
from .scores import Statistic, score
from .tables import MISSING, Cell, Column, Table, bounds, value


def samples_table(run: Run, all_levels: bool = True) -> Table:
    """One row an agent and level on which every problem was answered several times.

    Args:
        run: the comparison.
        all_levels: false for those of the primary level alone.
    """
    rates = replace(run, metric="correct")
    rows, counts = [], set[int]()
    for level in run.levels if all_levels else (run.level(run.primary),):
        for agent in run.agents:
            k = fewest_samples(rates, agent.name, level.level)
            if k > 1:
                rows.append(_row(rates, level, agent, k))
                counts.add(k)
    k_name = str(counts.pop()) if len(counts) == 1 else "k"
    columns = (
        Column("Agent", False),
        Column("Level", False),
        Column(f"avg@{k_name}"),
        Column("95 % interval"),
        Column(f"pass@{k_name}"),
        Column(f"maj@{k_name}"),
        Column("Interval over", False),
        Column("Cut short"),
        Column("Unreadable"),
    )
    caption = f"Several answers to each problem{run.where if all_levels else f' on {run.place}'}"
    return Table(caption, columns, tuple(rows))


def fewest_samples(run: Run, agent: str, level: str) -> int:
    """The largest k for which every problem has k samples, with every training seed; 0 without episodes."""
    episodes = run.cells.get((agent, level), ())
    return min(Counter((episode.training_seed, episode.item) for episode in episodes).values(), default=0)


def passing(k: int) -> Statistic:
    """pass@k of a problem."""
    return lambda episodes: _answers(episodes).passed(k)


def voted(episodes: Sequence[Episode]) -> float:
    """maj@k of a problem, k being the number of its samples."""
    return _answers(episodes).majority


def _row(run: Run, level: LevelInfo, agent: AgentInfo, k: int) -> tuple[Cell, ...]:
    lines = [episode.scores for episode in run.cells[agent.name, level.level]]
    average = score(run, agent.name, level.level)
    passed, majority = (score(run, agent.name, level.level, of) for of in (passing(k), voted))
    assert average is not None
    return (
        Cell(agent.label, agent=agent.name),
        Cell(level.short, note=level.label),
        Cell(value(run, average.mean), strip=average),
        Cell(bounds(run, average)),
        _share(run, passed),
        _share(run, majority),
        Cell(average.unit),
        Cell(value(run, cut_short(lines))),
        Cell(value(run, unreadable(lines))),
    )


def _share(run: Run, interval: Interval | None) -> Cell:
    if interval is None or math.isnan(interval.mean):
        return Cell(MISSING)
    return Cell(value(run, interval.mean), note=bounds(run, interval))


def _answers(episodes: Sequence[Episode]) -> Answers:
    return Answers.of(episode.scores for episode in episodes)
