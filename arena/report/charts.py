"""Drawing: charts to SVG with matplotlib, which is imported when the first one is drawn.

The page gets SVG without ids of its own, sizes or fixed colours, so that it follows the reader's dark mode and fits a
phone; the README gets one figure with fixed colours on white paper. Equal numbers give equal bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .palette import Look
from .scales import scale
from .series import Chart, Series, Spot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (4.6, 3.1)
"""inches; at 360 CSS pixels across, a point is about a pixel"""
INK, SOFT, LINE, PAPER = "#1c2026", "#5b626c", "#d9dde3", "#ffffff"
VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line", PAPER: "--card"}
FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
LEGEND_LETTERS = 108
"""how many letters fit under the standalone figure"""


def inline_svg(chart: Chart, looks: Mapping[str, Look], percent: bool) -> str:
    """One chart for the page: colours as CSS variables, text as text."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_style(chart.key)):
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(figure.add_subplot(), chart, looks, percent)
        svg = _slim(_svg(figure))
    variables = VARIABLES | {look.colour: look.variable for look in looks.values()}
    for colour, variable in variables.items():
        svg = svg.replace(colour, f"var({variable})")
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{chart.key}-", svg).replace("xlink:href", "href")
    label = _escaped(f"{chart.title}. The numbers are in the table that follows.")
    box = re.search(r'viewBox="[^"]*"', svg)
    return re.sub(
        r"<svg[^>]*>", f'<svg class="chart" role="img" aria-label="{label}" {box[0] if box else ""}>', svg, count=1
    )


def standalone_svg(charts: Sequence[Chart], looks: Mapping[str, Look], percent: bool) -> str:
    """The charts side by side with one legend, on opaque white paper: a figure for a README."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_style("figure")):
        figure = Figure(figsize=(4.4 * len(charts), 3.7), layout="constrained", facecolor=PAPER)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.04)  # type: ignore[union-attr,call-arg]
        handles: dict[str, Any] = {}
        for place, chart in enumerate(charts):
            axes = figure.add_subplot(1, len(charts), place + 1)
            handles |= draw(axes, chart, looks, percent)
            if chart.names_key:
                axes.set_xlabel(f"{chart.x_label} ({chart.names_key})")
            pad = 22 if chart.warning else 10
            axes.set_title(chart.title, loc="left", fontsize=11, fontweight="bold", color=INK, pad=pad)
            if chart.warning:
                axes.text(0, 1.03, chart.warning, transform=axes.transAxes, fontsize=8, color=SOFT, va="bottom")
        longest = max(map(len, handles), default=0)
        columns = max(1, min(len(handles), LEGEND_LETTERS // (longest + 8)))  # 8: the mark and the gaps
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=columns, frameon=False)
        svg = _svg(figure)
    size = [inches * 100 for inches in figure.get_size_inches()]
    head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
    label = " beside ".join(chart.title[:1].lower() + chart.title[1:] for chart in charts)
    box = re.search(r'viewBox="[^"]*"', svg)
    head += f'aria-label="{_escaped(label)}" width="{size[0]:g}" height="{size[1]:g}" {box[0] if box else ""}>'
    return head + svg[svg.index(">") + 1 :] + "\n"


def draw(axes: Axes, chart: Chart, looks: Mapping[str, Look], percent: bool) -> dict[str, Any]:
    """Draw a chart into axes; returns one artist per label for a legend."""
    from matplotlib.lines import Line2D

    _scale_x(axes, chart)
    handles = {}
    drawn = [series for series in chart.series if series.spots]
    for place, series in enumerate(drawn):
        look = looks[series.agent]
        if series.rule:
            axes.axhline(series.spots[0].interval.mean, color=look.colour, linestyle=look.line, linewidth=1.2, zorder=1)
        else:
            shift = 0.09 * (place - (len(drawn) - 1) / 2) if chart.names else 0.0
            _draw_series(axes, chart, series, look, shift)
        marker = None if series.rule else look.marker
        handles[series.label] = Line2D([], [], color=look.colour, linestyle=look.line, marker=marker, markersize=5)
    axes.set_xlabel(chart.x_label)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, pad=5)
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    if percent:
        axes.set_ylim(-0.03, 1.03)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    return handles


def _draw_series(axes: Axes, chart: Chart, series: Series, look: Look, shift: float) -> None:
    xs, ys = [spot.x + shift for spot in series.spots], [spot.interval.mean for spot in series.spots]
    bounds = [spot.interval.known for spot in series.spots]
    lows = [spot.interval.mean if spot.interval.low is None else spot.interval.low for spot in series.spots]
    highs = [spot.interval.mean if spot.interval.high is None else spot.interval.high for spot in series.spots]
    width = 1.0 if chart.names else 1.6
    axes.plot(xs, ys, color=look.colour, linestyle=look.line, linewidth=width, alpha=0.55 if chart.names else 1.0)
    if chart.band and any(bounds):
        axes.fill_between(xs, lows, highs, color=look.colour, alpha=0.16, linewidth=0)
    elif not chart.band and any(bounds):
        axes.vlines(xs, lows, highs, color=look.colour, linewidth=1.4)
    size = 16 if chart.band and len(xs) > 12 else 26
    faces = [look.colour if spot.solid else PAPER for spot in series.spots]
    axes.scatter(xs, ys, s=size, marker=look.marker, c=faces, edgecolors=look.colour, linewidths=1.2, zorder=3)


def _scale_x(axes: Axes, chart: Chart) -> None:
    if chart.names:
        axes.set_xlim(-0.6, len(chart.names) - 0.4)
        axes.set_xticks(range(len(chart.names)), chart.names)
        return
    spots: list[Spot] = [spot for series in chart.series if not series.rule for spot in series.spots]
    found = scale((spot.x for spot in spots), chart.exponent)
    low = found.low
    if found.log and found.zero:
        smallest = 10 * found.low
        axes.set_xscale("symlog", linthresh=smallest, linscale=0.7)
        low = -0.1 * smallest
    elif found.log:
        axes.set_xscale("log")
    axes.set_xlim(low, found.high)
    axes.set_xticks([x for x, _ in found.marks], [name for _, name in found.marks])
    axes.set_xticks([], minor=True)


def _style(salt: str) -> Any:
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "text.parse_math": False,  # a dollar in a label is a dollar
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 10.5,
        "text.color": INK,
        "axes.labelcolor": SOFT,
        "axes.edgecolor": LINE,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": SOFT,
        "ytick.labelcolor": SOFT,
        "axes.axisbelow": True,
    }


def _svg(figure: Figure) -> str:
    """The figure as an <svg> element: no XML prologue, no metadata, no ids but those that are referred to."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r"font: (\S+) ([\d.]+px|[\d.]+px) [^;\"]*|font: ([\d.]+px) [^;\"]*", _font, svg)
    return re.sub(r"\n\s*", "\n", svg).strip()


def _slim(svg: str) -> str:
    """The same picture in fewer bytes: places to a hundredth of a point, and nothing that does nothing."""
    svg = re.sub(r'<g(?: id="[^"]*")?/>\n?', "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"| stroke-dasharray: ; stroke-dashoffset: 0;', "", svg)
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d\d)\d+", r"\1", tag[0]), svg)


def _font(match: re.Match[str]) -> str:
    weight, size = (match[1], match[2]) if match[1] else ("400", match[3])
    return f"font:{weight} {size} {FONTS}"


def _escaped(text: str) -> str:
    from html import escape

    return escape(text, quote=True)
