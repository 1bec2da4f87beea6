"""The chart of score against a cost that the reader chooses, drawn in the browser; without a script still charts stay.

The script reads numbers from the page and loads nothing. It and the libraries that it draws with stand in the page
compressed, and a few lines unpack them. Each is let in by its digest alone, so nothing else that may stand in a page of
other people's texts can run.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from ..statistics import Interval
from .data import Run, text
from .frontier import Frontier, Place, anchors, frontier_table, frontiers
from .markup import table_html
from .palette import looks
from .scales import scale
from .tables import bounds, value

FOLDER = Path(__file__).parent
LIBRARIES = ("d3", "plot")
SCRIPTS = ("vendor/d3.min.js", "vendor/plot.umd.min.js", "frontier.js")
"""in the order in which they run"""
UNPACKING = "unpack.js"
PACKED = "application/gzip"
LARGEST = 1_460_000
"""bytes of a body with the script, which a larger one goes without: with its style a page stays below 1.5 MB"""
FIRST = "train-flops"
"""the axis that is shown first, where there is one"""


def frontier_html(run: Run, still: str) -> str:
    """The chart, hidden until the script has drawn it, the still charts that it replaces, and a table for both.

    Args:
        run: the environment's part of the comparison.
        still: HTML of the still charts.
    """
    found = frontiers(run)
    if not found:
        return still
    look = looks(run)
    chosen = next((each.axis.key for each in found if each.axis.key == FIRST), found[0].axis.key)
    radios = "".join(
        f'<label><input type="radio" name="{run.slug}axis" value="{each.axis.key}"'
        f"{' checked' if each.axis.key == chosen else ''}>{each.axis.label}</label>"
        for each in found
    )
    shown = {place.agent.name for each in found for place in each.places} | {agent.name for agent, _ in anchors(run)}
    marks = "".join(
        f'<li data-agent="{escape(agent.name)}">{look[agent.name].swatch(agent.road != "baseline")}'
        f"{escape(agent.label)}</li>"
        for agent in run.agents
        if agent.name in shown
    )
    caption = (
        f"Test problems of {run.place}. Bars: 95 % intervals. Stepped line: the Pareto front of the means: nobody else "
        "scores as much for less. Grey and hollow: dominated. Lines across: baselines, which take no part."
    )
    table = table_html(frontier_table(run, found), look, "wide")
    return (
        f'<div class="tradeoff"><figure hidden><h3>Score against cost</h3>'
        f'<fieldset class="choice"><legend>Cost counted as</legend>{radios}</fieldset>'
        f'<ul class="legend">{marks}</ul><div class="drawing"></div><p class="said" role="status"></p>'
        f"<figcaption>{escape(caption)}</figcaption>"
        f'<script type="application/json">{_json(_numbers(run, found))}</script></figure>'
        f'<div class="still">{still}</div>'
        f"<details><summary>Every agent on every axis, in numbers</summary>{table}</details></div>"
    )


def scripted(body: str) -> tuple[str, str]:
    """What a page's policy must add for the script, and the script; both empty if the page has no use or room for it.

    Args:
        body: HTML of the page.
    """
    if 'class="tradeoff"' not in body or len((body + _script()).encode()) > LARGEST:
        return "", ""
    texts = (_text(UNPACKING), *map(_text, SCRIPTS))
    allowed = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in texts)
    return f"; script-src {allowed}", _script()


@cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _packed(name: str) -> str:
    return b64encode(gzip.compress(_text(name).encode(), mtime=0)).decode()


@cache
def _script() -> str:
    """The libraries with their licences, and what draws with them."""
    notes = [f"<!-- {name}\n{_text(f'vendor/{name}.LICENSE').strip()}\n-->" for name in LIBRARIES]
    packed = [f'<script type="{PACKED}">{_packed(name)}</script>' for name in SCRIPTS]
    return "\n".join([*notes, *packed, f"<script>{_text(UNPACKING)}</script>"]) + "\n"


def _numbers(run: Run, found: Sequence[Frontier]) -> dict[str, Any]:
    """What the script draws: every text as it is to be shown, every number as it is to be placed."""
    look = looks(run)
    rules = [
        {"label": text(agent.label), "colour": look[agent.name].variable, "dash": look[agent.name].dash}
        | {"score": interval.mean, "said": _said(run, interval)}
        for agent, interval in anchors(run)
    ]
    axes = {}
    for each in found:
        size = scale((place.cost for place in each.places), each.axis.exponent)
        axes[each.axis.key] = {
            "label": each.axis.label,
            "log": size.log,
            "domain": [size.low, size.high],
            "marks": [list(mark) for mark in size.marks],
            "points": [_point(run, each, place) for place in each.places],
            "said": text(each.words),
        }
    label = "Score" if run.metric == "correct" else text(run.metric.capitalize())
    return {"percent": run.metric == "correct", "label": label, "rules": rules, "axes": axes}


def _point(run: Run, frontier: Frontier, place: Place) -> dict[str, Any]:
    look = looks(run)[place.agent.name]
    return {
        "agent": place.agent.name,
        "label": text(place.agent.label),
        "colour": look.variable,
        "marker": look.marker,
        "cost": place.cost,
        "score": place.score.mean,
        "ends": [place.score.low, place.score.high] if place.score.known else None,
        "front": place.front,
        "said": f"{_said(run, place.score)}\n{frontier.axis.label}: {frontier.axis.write(place.cost)}",
    }


def _said(run: Run, interval: Interval) -> str:
    ends = f" ({bounds(run, interval)})" if interval.known else ""
    return f"{value(run, interval.mean)}{ends}"


def _json(numbers: dict[str, Any]) -> str:
    """JSON that no HTML parser can leave: only ASCII, and none of the letters that markup is made of."""
    written = json.dumps(numbers, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return written
