"""The sections of the page that belong to one environment: a heading, and below it tables, charts and replays."""

from __future__ import annotations

from dataclasses import replace

from ...agents.registry import ROUTER
from ..divisions import division_lines
from .answers import lengths_table, preferences_table
from .boards import games
from .breakeven import break_even_table
from .data import Run, told_of
from .fairness import fairness_table
from .headline import inherited
from .interactive import frontier_html
from .journeys import journeys
from .latency import latency_table
from .markup import figure_html, soft, table_html
from .palette import looks
from .reached import goal, reached_table
from .sampled import samples_table
from .series import Chart, chart_table, compute_charts, curve_charts, level_chart
from .sides import replays
from .strength import RULE, ratings_table
from .tables import EXACT, differences_table, failures_table, levels_table, main_table

_EXACT = (
    "McNemar’s exact p is of the problems that one of the two has right and the other wrong, for this pair alone. The "
    "reading goes by it after Holm has counted all planned pairs."
)

_TWO_WAY = (
    "Small print, two-way: the interval where training seeds and problems are both drawn anew, problems of one family "
    "together. The reading goes by the one above it."
)


def sections(run: Run) -> dict[str, str]:
    """The HTML of each section by its name, those that have nothing to say left out."""
    found = {
        "Results": _results(run),
        "Levels": _levels(run),
        "Samples": _samples(run),
        "Learning": _learning(run),
        "Cost": _cost(run),
        "Replays": replays(run),
        "Games": _games(run),
        "Journeys": journeys(run),
        "Failures": _failures(run),
        "Fairness": _fairness(run),
    }
    return {name: html for name, html in found.items() if html}


def _results(run: Run) -> str:
    look = looks(run)
    parts = ["<h2>Results</h2>", table_html(main_table(run), look, "cards"), soft(inherited(run))]
    pairs = differences_table(run)
    if pairs.rows:
        parts += ["<h3>Paired differences</h3>", table_html(pairs, look, "cards")]
        parts += [soft(_TWO_WAY)] if any(cell.note for row in pairs.rows for cell in row) else []
        parts += [soft(_EXACT)] if any(column.name == EXACT for column in pairs.columns) else []
    else:
        parts.append(soft("No paired differences: no planned pair has both agents on this level."))
    for heading, table in (("Length of answers", lengths_table(run)), ("What is preferred", preferences_table(run))):
        if table.rows:
            parts += [f"<h3>{heading}</h3>", table_html(table, look, "cards")]
    if preferences_table(run).rows:
        rule = "A right answer is preferred to a wrong one, and of two right ones the shorter; a tie counts half."
        parts.append(soft(rule))
    return "\n".join(parts)


def _levels(run: Run) -> str:
    chart = level_chart(run)
    missing = "".join(soft(f"Left out: {name} ({why}).") for name, why in run.left_out)
    if not chart.series:
        return "<h2>Score by level</h2>\n" + soft("No agent has a score on any level.") + missing
    table = table_html(levels_table(run), looks(run), "wide")
    note = soft("• the agent was trained on this level.") if any(level.trained_on for level in run.levels) else ""
    figure = _figure(run, chart, "")
    return f'<h2>Score by level</h2>\n<div class="beside">{figure}<div>{table}{note}{missing}</div></div>'


def _samples(run: Run) -> str:
    """Empty where every problem was answered once."""
    table = samples_table(run)
    if not table.rows:
        return ""
    words = (
        "Each problem was answered k times. avg@k is the share of right answers; pass@k is how likely one of k answers "
        "is right, without bias; maj@k takes the commonest answer, equally common ones shared, and answers that cannot "
        "be read are no votes. Cut short: ended by the token limit. Unreadable: ended by itself, without an answer "
        "that could be found. Small print: 95 % intervals."
    )
    return f"<h2>Several answers to each problem</h2>\n{table_html(table, looks(run), 'wide')}\n{soft(words)}"


def _learning(run: Run) -> str:
    charts = curve_charts(run)
    body = _grid(run, charts) if charts else soft("No learning curves were recorded in this run.")
    table = reached_table(run)
    if (aim := goal(run)) and table.rows:
        body += f"\n{table_html(table, looks(run), 'wide')}\n{soft(aim.words)}"
    return f"<h2>Learning curves</h2>\n{body}"


def _cost(run: Run) -> str:
    charts = compute_charts(run)
    still = _grid(run, charts) if charts else soft("No FLOPs were recorded in this run.")
    body = frontier_html(run, still)
    times = latency_table(run)
    if times.rows:
        words = (
            "Seconds on the wall from what an agent sees to an action that can be played, after a warm-up, on one "
            "thread; of a batch, until all of it had decided. Cold start: weights read and the first decision, with "
            "all libraries loaded. An agent that had less than a CPU had to wait for others, or for its GPU: then the "
            "CPU-seconds say what a decision takes."
        )
        if any(told_of(run, agent.name).get("kind") == ROUTER for agent in run.agents):
            words += " Of a router: its choice and the part’s first action; later ones are the part’s alone."
        body += f"\n<h3>Time to decide</h3>\n{soft(words)}\n{table_html(times, looks(run), 'wide')}"
    table = break_even_table(run)
    if table.rows:
        words = (
            "After so many problems the one that was dearer to train has cost less in all, training included; compute "
            "that was inherited is not counted. Intervals draw training seeds anew."
        )
        body += f"\n<h3>Break-even</h3>\n{soft(words)}\n{table_html(table, looks(run), 'cards')}"
    return f"<h2>Score and compute</h2>\n{body}"


def _failures(run: Run) -> str:
    return "<h2>How the episodes ended</h2>\n" + table_html(failures_table(run), looks(run), "wide")


def _games(run: Run) -> str:
    """What the games show, and where they allow it how strong who played them is."""
    html, table = games(run), ratings_table(run)
    if not table.rows:
        return html
    strength = f"<h3>Ratings</h3>\n{table_html(table, looks(run), 'cards')}\n{soft(RULE)}"
    return html.replace("</h2>", f"</h2>\n{strength}", 1)


def _fairness(run: Run) -> str:
    table = fairness_table(run)
    met = sum(row[2].text == "met" for row in table.rows)
    words = (
        f"{met} of {len(table.rows)} requirements are met. One that is not spoils no number: it says what they do "
        "not show."
    )
    parted = "".join(soft(line) for line in division_lines(run))
    return f"<h2>Fairness</h2>\n{soft(words)}\n{table_html(table, looks(run), 'cards')}\n{parted}"


def _grid(run: Run, charts: list[Chart]) -> str:
    figures = []
    for chart in charts:
        table = table_html(chart_table(run, chart), looks(run), "wide")
        figures.append(_figure(run, chart, f"<details><summary>The numbers</summary>{table}</details>"))
    return f'<div class="charts">{"".join(figures)}</div>'


def _figure(run: Run, chart: Chart, numbers: str) -> str:
    """A chart whose ids are those of its environment."""
    return figure_html(replace(chart, key=run.slug + chart.key), looks(run), numbers, percent=run.metric == "correct")
