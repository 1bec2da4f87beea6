"""The section that spans environments: raw and anchored scores, what they come to, and the performance profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..statistics import Interval
from .across import THRESHOLDS, Across, Place, across
from .charts import INK, SOFT
from .data import Run
from .markup import figure_html, soft, table_html
from .palette import Look, looks
from .series import Chart, Series, Spot
from .tables import Cell, Column, Table, value

TITLE = "Across tasks"
_SIDES = (Look("--ink", INK, "o", "none"), Look("--soft", SOFT, "s", "6 2"))
"""not those of agents, for a side may have another agent in every environment"""
_SCALE = (
    "On the common scale 0 is what the environment’s best random player scored on the same problems and 1 what its "
    "oracle did, both taken as given. The interquartile mean leaves out the lowest and the highest quarter of all "
    "runs, so of few environments it is mostly that of the middle ones; the mean lets each count the same."
)
_CAUTION = (
    "Intervals draw training runs anew within each environment, 95 %. Over three runs of each they hold the truth in "
    "about eight cases of ten, over five in nine. They say nothing of other environments. Pairs are planned within "
    "environments, and none across them, so all of this is an observation and no verdict."
)


def overall(runs: Sequence[Run]) -> str:
    """The section; empty where nothing spans two environments."""
    found = across(runs)
    if not found:
        return ""
    parts = [f"<h2>{TITLE}</h2>", soft(_SCALE)]
    for place, each in enumerate(found):
        look = _looks(each)
        parts += [f"<h3>{escape(_said(each))}</h3>", soft(_who(each)), table_html(scores_table(each), look, "cards")]
        numbers = f"<details><summary>The numbers</summary>{table_html(profile_table(each), look, 'wide')}</details>"
        figure = figure_html(_chart(each, place), look, numbers, percent=True)
        together = table_html(across_table(each), look, "cards") + soft(_beats(each))
        parts.append(f'<div class="beside">{figure}<div>{together}</div></div>')
    return "\n".join([*parts, soft(_CAUTION)])


def across_tables(runs: Sequence[Run]) -> list[Table]:
    """What the section holds, for a terminal."""
    return [table for each in across(runs) for table in (scores_table(each), across_table(each))]


def scores_table(each: Across) -> Table:
    """Of every environment the raw scores of both sides and of the two anchors; small print: level and common scale."""
    rows = []
    for place in each.places:
        ends = [Cell(value(place.run, end)) for end in place.anchors]
        sides = [_side(each, place, side) for side in (0, 1)]
        level = place.run.level(place.run.primary).title
        rows.append((Cell(place.run.env_id, note=f"{level}, {place.run.metric}"), *ends, *sides))
    columns = (Column("Environment", False), Column("Random = 0"), Column("Oracle = 1"), *map(Column, each.names))
    return Table(f"Raw scores of {_said(each)}", columns, tuple(rows))


def across_table(each: Across) -> Table:
    """The interquartile mean and the mean of both sides on the common scale."""
    rows = []
    for side, name in enumerate(each.names):
        middle, mean = each.iqm(side), each.mean(side)
        numbers = [Cell(_two(found.mean), note=_ends(found)) for found in (middle, mean)]
        rows.append((Cell(name, agent=_key(each, side)), *numbers, Cell(middle.unit)))
    columns = (Column("Side", False), Column("Interquartile mean"), Column("Mean"), Column("Over", False))
    return Table(f"{_said(each)}, {len(each.places)} tasks together", columns, tuple(rows))


def profile_table(each: Across) -> Table:
    """The performance profile: the share of runs above each threshold."""
    rows = [
        (Cell(name, agent=_key(each, side)), *(Cell(f"{100 * share:.0f} %") for share in each.profile(side)))
        for side, name in enumerate(each.names)
    ]
    heads = (Column("Share of runs above", False), *(Column(f"{limit:g}") for limit in THRESHOLDS))
    return Table(f"Performance profile of {_said(each)}", heads, tuple(rows))


def _chart(each: Across, place: int) -> Chart:
    series = []
    for side, name in enumerate(each.names):
        shares = zip(THRESHOLDS, each.profile(side), strict=True)
        spots = (Spot(x, Interval(share, None, None, 0, "")) for x, share in shares)
        series.append(Series(_key(each, side), name, tuple(spots)))
    caption = "How many of a side’s runs score more than so much, all environments weighing the same: higher is better."
    return Chart(f"across-{place}", "Performance profile", caption, "More than this on the common scale", tuple(series))


def _who(each: Across) -> str:
    """How the two sides were made up, and what is left out."""
    if each.by_road:
        words = (
            "Roads have another agent in every environment. It is that of the first planned pair of a language model "
            "and a specialist in the comparison file, written before anything was run: nobody was chosen for a score."
        )
    else:
        words = "A planned pair of agents that both played these environments."
    left = "; ".join(f"{env_id} ({why})" for env_id, why in each.left_out)
    return f"{words}{f' Left out: {left}.' if left else ''}"


def _beats(each: Across) -> str:
    found = each.improvement()
    first, second = each.names
    ends = f"{_ends(found)}; {found.unit}" if found.known else found.unit
    return (
        f"Probability of improvement: {found.mean:.2f} ({ends}). So likely a run of {second} beats one of {first} in "
        "the same environment, a tie counting half."
    )


def _side(each: Across, place: Place, side: int) -> Cell:
    raw, scaled = place.raw[side], place.anchored(side)
    who = f"{place.agents[side].label}, " if each.by_road else ""
    return Cell(value(place.run, sum(raw) / len(raw)), note=f"{who}{_two(sum(scaled) / len(scaled))}")


def _two(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")


def _key(each: Across, side: int) -> str:
    """Under which a side's look is found."""
    return f"side {side}" if each.by_road else each.places[0].agents[side].name


def _looks(each: Across) -> Mapping[str, Look]:
    return (
        dict(zip(map(_key, (each, each), (0, 1)), _SIDES, strict=True)) if each.by_road else looks(each.places[0].run)
    )


def _said(each: Across) -> str:
    return " and ".join(each.names)


def _ends(found: Interval) -> str:
    if found.low is None or found.high is None:
        return "no interval"
    return f"{found.low:.2f} to {found.high:.2f}".replace("-", "−")
