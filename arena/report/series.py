"""What the charts show, as numbers: each chart is drawn from the same record that its table is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from string import ascii_uppercase

from ..statistics import ITEMS_ONLY, Interval
from .data import AgentInfo, Point, Run
from .scores import bill, finite_mean, per_episode, score
from .tables import Cell, Column, Table, bounds, flops, plain, value

LONGEST_NAME = 6
"""letters of a level that fit under a chart; longer ones become A, B, ... and are named in the caption"""


@dataclass(frozen=True)
class Spot:
    """One point: where, how good, how sure."""

    x: float
    interval: Interval
    solid: bool = True
    """drawn filled; hollow marks say `never trained on this level`"""
    stage: str = ""


@dataclass(frozen=True)
class Series:
    """The points of one agent. A `rule` is one score drawn as a line across the chart: an agent without that x."""

    agent: str
    label: str
    spots: tuple[Spot, ...]
    rule: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart before it is drawn."""

    key: str
    title: str
    caption: str
    x_label: str
    series: tuple[Series, ...]
    names: tuple[str, ...] = ()
    """the names of x = 0, 1, 2, ... where x is a category"""
    names_key: str = ""
    """what the letters among the names stand for"""
    band: bool = False
    """draw the intervals as bands along the line and not as bars"""
    exponent: bool = False
    """write the numbers along x as powers of ten"""
    warning: str = ""
    """what a reader must know before trusting the intervals; shown above the drawing"""


def level_chart(run: Run) -> Chart:
    """Score at every level, with 95 % intervals."""
    named = [level for level in run.levels if any((agent.name, level.level) in run.cells for agent in run.agents)]
    series = []
    for agent in run.agents:
        spots = []
        for x, level in enumerate(named):
            interval = score(run, agent.name, level.level)
            if interval is not None:
                spots.append(Spot(x, interval, agent.name in level.trained_on or not agent.trained))
        series.append(Series(agent.name, agent.label, tuple(spots)))
    names, letters = [], iter(ascii_uppercase)
    for level in named:
        names.append(level.short if len(level.short) <= LONGEST_NAME else next(letters, "?"))
    caption = "Bars: 95 % intervals."
    if any(not spot.solid for each in series for spot in each.spots):
        caption += " Hollow marks: a level the agent was never trained on."
    pairs = zip(names, named, strict=True)
    key = ", ".join(f"{name}: {level.short}" for name, level in pairs if name != level.short)
    caption += f" {key}." if key else ""
    return Chart(
        key="levels",
        title="Test score at every level",
        caption=caption,
        x_label="Level",
        series=_some(series),
        names=tuple(names),
        names_key=key,
        warning=_warning(run),
    )


def curve_charts(run: Run) -> list[Chart]:
    """Validation score while training, against CPU-seconds and against episodes; none without curves.

    Training scores by what is solved, and by milestones where there are any. Where the primary metric is another, or
    some points were recorded without it, curves say so, and stand alone.
    """
    level, points = _validated(run), curve_points(run)
    if not points:
        return []
    where = " and ".join(sorted({point.split for point in points if point.split})) or "validation"
    far = run.metric == "furthest" and all(math.isfinite(point.furthest) for point in points)
    same, measure = run.metric == "correct" or far, "furthest" if far else "score"
    what = "Score" if same else "Share solved"
    caption = f"{what} on {where} problems{f' of {run.level(level).title}' if level else ''} during training."
    if any(spot.interval.n > 1 for agent in run.agents for spot in _curve(agent, points, "samples", measure)):
        caption += " Line: mean over training seeds; band: lowest to highest seed."
    rules = [_rule(run, agent) for agent in run.agents if same and not agent.trained]
    caption += " Lines across: untrained agents, on the test problems." if _some(rules) else ""
    charts, warning = [], _warning(run, "one curve, no band")
    for field, title, label in (
        ("cpu_seconds", f"{what} against training time", "CPU-seconds of training"),
        ("samples", f"{what} against experience", "Episodes seen in training"),
    ):
        series = [Series(agent.name, agent.label, _curve(agent, points, field, measure)) for agent in run.agents]
        charts.append(
            Chart(f"curve-{field}", title, caption, label, _some([*series, *rules]), band=True, warning=warning)
        )
    return [chart for chart in charts if any(not series.rule for series in chart.series)]


def curve_points(run: Run) -> list[Point]:
    """The checkpoints with a score, at the primary level if any are there."""
    level = _validated(run)
    return [point for point in run.points if math.isfinite(point.score) and (not level or point.level == level)]


def compute_charts(run: Run) -> list[Chart]:
    """Test score at the primary level against what an agent cost to train, and against what one episode costs."""
    charts = []
    for key, title, label, cost in (
        ("train", "Score against training compute", "Training FLOPs", bill),
        ("decision", "Score against compute per episode", "FLOPs per episode", per_episode),
    ):
        field = "train_flops" if cost is bill else "flops"
        series, unknown = [], list[str]()
        for agent in run.agents:
            interval, x = score(run, agent.name, run.primary), cost(run, agent.name, field)
            if interval is not None and x > 0:
                series.append(Series(agent.name, agent.label, (Spot(x, interval),)))
            elif interval is not None and (x == 0 or (cost is bill and not agent.trained)):
                series.append(_rule(run, agent))
            elif interval is not None:
                unknown.append(agent.label)
        caption = f"Test problems of {run.place}. Bars: 95 % intervals."
        if any(each.rule for each in series):
            caption += " Lines across: agents without such a cost."
        if unknown:
            caption += f" Not recorded, so not drawn: {', '.join(unknown)}."
        chart = Chart(f"compute-{key}", title, caption, label, _some(series), exponent=True, warning=_warning(run))
        if any(not each.rule for each in series):
            charts.append(chart)
    return charts


def of_trained(run: Run, chart: Chart) -> Chart:
    """The chart with the trained agents only, or as it is where nobody was trained."""
    kept = tuple(series for series in chart.series if run.agent(series.agent).trained)
    return replace(chart, series=kept or chart.series)


def chart_table(run: Run, chart: Chart) -> Table:
    """The numbers of a chart."""
    write = flops if chart.exponent else plain
    staged = any(spot.stage for series in chart.series for spot in series.spots)
    rows = []
    for series in chart.series:
        for spot in series.spots:
            x = "any" if series.rule else chart.names[int(spot.x)] if chart.names else write(spot.x)
            stage = [Cell(spot.stage)] if staged else []
            score = Cell(value(run, spot.interval.mean))
            rows.append((Cell(series.label, series.agent), *stage, Cell(x), score, Cell(bounds(run, spot.interval))))
    ends = Column("Lowest to highest" if chart.band else "95 % interval")
    stages = [Column("Stage", False)] if staged else []
    columns = (Column("Agent", False), *stages, Column(chart.x_label), Column("Score"), ends)
    return Table(f"{chart.title}{run.where}: the numbers", columns, tuple(rows))


def _validated(run: Run) -> str:
    """The primary level if checkpoints were scored there, else empty: then all of them count."""
    return run.primary if any(point.level == run.primary for point in run.points) else ""


def _curve(agent: AgentInfo, points: list[Point], field: str, measure: str) -> tuple[Spot, ...]:
    """The k-th checkpoints of a stage, averaged over training seeds; the interval is lowest to highest.

    Args:
        agent: whose.
        points: of all.
        field: of a point, along x.
        measure: of a point, along y.
    """
    groups: dict[tuple[str, int], list[Point]] = {}
    seen: dict[tuple[str, int], int] = {}
    for point in points:
        if point.agent == agent.name and math.isfinite(getattr(point, field)):
            order = seen[point.stage, point.training_seed] = seen.get((point.stage, point.training_seed), -1) + 1
            groups.setdefault((point.stage, order), []).append(point)
    spots = []
    for (stage, _), group in groups.items():
        scores = [getattr(point, measure) for point in group]
        low, high = (min(scores), max(scores)) if len(group) > 1 else (None, None)
        interval = Interval(finite_mean(scores), low, high, len(group), "range over training seeds")
        spots.append(Spot(finite_mean(getattr(point, field) for point in group), interval, stage=stage))
    return tuple(sorted(spots, key=lambda spot: spot.x))


def _rule(run: Run, agent: AgentInfo) -> Series:
    interval = score(run, agent.name, run.primary)
    return Series(agent.name, agent.label, () if interval is None else (Spot(math.nan, interval),), rule=True)


def _some(series: list[Series]) -> tuple[Series, ...]:
    return tuple(each for each in series if each.spots)


def _warning(run: Run, consequence: str = f"interval covers {ITEMS_ONLY}") -> str:
    """The unit of the intervals, where one training seed was all there is."""
    seeds: dict[str, set[int]] = {}
    for episode in run.episodes:
        seeds.setdefault(episode.agent, set()).add(episode.training_seed)
    single = [agent.label for agent in run.agents if agent.trained and len(seeds.get(agent.name, ())) == 1]
    if not single:
        return ""
    who = "" if len(single) == sum(agent.trained for agent in run.agents) else f" ({', '.join(single)})"
    return f"1 training seed{who}: {consequence}"
