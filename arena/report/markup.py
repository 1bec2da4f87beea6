"""HTML of the parts that repeat: tables and figures. Every text from a run passes through `escape`."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .charts import inline_svg
from .palette import Look
from .series import Chart
from .tables import Cell, Column, Table


def soft(sentence: str) -> str:
    """A quiet paragraph."""
    return f'<p class="soft prose">{escape(sentence)}</p>'


def figure_html(chart: Chart, look: Mapping[str, Look], numbers: str, percent: bool) -> str:
    """A chart with its title, legend and caption, and its numbers as a table below."""
    marks = "".join(f"<li>{look[each.agent].swatch(not each.rule)}{escape(each.label)}</li>" for each in chart.series)
    warning = f'<p class="warning">{escape(chart.warning)}</p>' if chart.warning else ""
    return (
        f'<figure><h3>{escape(chart.title)}</h3>{warning}<ul class="legend">{marks}</ul>'
        f"{inline_svg(chart, look, percent)}"
        f"<figcaption>{escape(chart.caption)}</figcaption>{numbers}</figure>"
    )


def table_html(table: Table, look: Mapping[str, Look], kind: str) -> str:
    """A table; `cards` turns into one card a row on a phone, `wide` scrolls sideways."""
    heads = "".join(f'<th scope="col"{_number(column)}>{escape(column.name)}</th>' for column in table.columns)
    rows = "".join(f"<tr>{_row(table, row, look, kind)}</tr>" for row in table.rows)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(table.caption)}" tabindex="0"><table class="{kind}">'
        f"<caption>{escape(table.caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(table: Table, row: tuple[Cell, ...], look: Mapping[str, Look], kind: str) -> str:
    cells = []
    for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        tag = 'th scope="row"' if place == 0 else "td"
        label = f' data-label="{escape(column.name)}"' if place and kind == "cards" else ""
        mark = look[cell.agent].swatch() if cell.agent in look else ""
        note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
        inner = f"<span>{mark}{_breakable(cell.text)}</span>{_strip(cell)}{note}"
        cells.append(f"<{tag}{_number(column)}{label}>{inner}</{tag[:2]}>")
    return "".join(cells)


def _breakable(text: str) -> str:
    """The escaped text; a level specification, which has no spaces, may be broken after its commas."""
    return escape(text) if " " in text else escape(text).replace(",", ",<wbr>")


def _number(column: Column) -> str:
    return ' class="number"' if column.number else ""


def _strip(cell: Cell) -> str:
    """A rate and its interval on a line from 0 to 1."""
    interval = cell.strip
    if interval is None or not 0 <= interval.mean <= 1:
        return ""
    low, high = (interval.mean if end is None else end for end in (interval.low, interval.high))
    return (
        '<svg class="strip" viewBox="-2 0 104 8" aria-hidden="true"><path class="rail" d="M0 4H100"/>'
        f'<path class="bar" d="M{100 * low:.1f} 4H{100 * high:.1f}"/>'
        f'<circle cx="{100 * interval.mean:.1f}" cy="4" r="2.6"/></svg>'
    )
