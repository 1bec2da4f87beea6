"""The page: one HTML file without a script, a request or a clock, put together from tables, charts and examples."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from .answers import lengths_table, preferences_table
from .data import Run, text
from .examples import chosen, disagreements
from .headline import details, headline, inherited
from .markup import example_html, figure_html, soft, table_html
from .palette import looks
from .sampled import samples_table
from .scores import rivals
from .series import Chart, chart_table, compute_charts, curve_charts, level_chart
from .tables import differences_table, failures_table, levels_table, main_table

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<header>
<p class="eyebrow">Reason Arena</p>
<h1>$title</h1>
<p class="lead">$headline</p>
<p class="soft">$details</p>
<nav aria-label="Sections">$links</nav>
</header>
<main>
$sections
</main>
<footer><p>Made from the JSON lines of the run and nothing else. The page loads nothing and runs no script.</p></footer>
</body>
</html>
""")


def page(run: Run) -> str:
    """The whole page. The same run gives the same bytes."""
    style = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    sections = {
        "Results": _results(run),
        "Levels": _levels(run),
        "Samples": _samples(run),
        "Learning": _learning(run),
        "Cost": _cost(run),
        "Examples": _examples(run),
        "Failures": _failures(run),
        "Method": _method(run),
    }
    sections = {name: html for name, html in sections.items() if html}
    links = " ".join(f'<a href="#{name.lower()}">{name}</a>' for name in sections)
    body = "\n".join(f'<section id="{name.lower()}">\n{html}\n</section>' for name, html in sections.items())
    return PAGE.substitute(
        title=escape(run.title),
        style=style,
        headline=escape(headline(run)),
        details=escape(" ".join(details(run))),
        links=links,
        sections=body,
    )


def _results(run: Run) -> str:
    look = looks(run)
    parts = ["<h2>Results</h2>", table_html(main_table(run), look, "cards"), soft(inherited(run))]
    pairs = differences_table(run)
    if pairs.rows:
        parts += ["<h3>Paired differences</h3>", table_html(pairs, look, "cards")]
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
    if not chart.series:
        return "<h2>Score by level</h2>\n" + soft("No agent has a score on any level.")
    table = table_html(levels_table(run), looks(run), "wide")
    note = soft("• the agent was trained on this level.") if any(level.trained_on for level in run.levels) else ""
    figure = figure_html(chart, looks(run), "", percent=run.metric == "correct")
    return f'<h2>Score by level</h2>\n<div class="beside">{figure}<div>{table}{note}</div></div>'


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
    return f"<h2>Learning curves</h2>\n{body}"


def _cost(run: Run) -> str:
    charts = compute_charts(run)
    body = _grid(run, charts) if charts else soft("No FLOPs were recorded in this run.")
    return f"<h2>Score and compute</h2>\n{body}"


def _examples(run: Run) -> str:
    pair = rivals(run)
    heading = "<h2>Where the two roads disagree</h2>\n"
    if pair is None:
        return heading + soft("There is no pair of an LLM and a specialist to compare.")
    found = disagreements(run, *pair)
    if not found:
        return heading + soft(f"{pair[0].label} and {pair[1].label} agree on every problem that both tried.")
    wins = [sum(each.winner == agent for each in found) for agent in pair]
    shown = chosen(run, found)
    intro = (
        f"In their first training runs the two disagree on {len(found)} problems: {wins[0]} solved only by "
        f"{pair[0].label}, {wins[1]} only by {pair[1].label}. Shown are {len(shown)}, both kinds and all levels in "
        "turn."
    )
    cards = [example_html(each, pair, opened=place < 2) for place, each in enumerate(shown)]
    return heading + soft(intro) + "\n" + "\n".join(cards)


def _failures(run: Run) -> str:
    return "<h2>How the episodes ended</h2>\n" + table_html(failures_table(run), looks(run), "wide")


def _method(run: Run) -> str:
    told = run.comparison
    facts = [("Command", told.get("command")), ("Environment", run.env_id), ("Primary metric", run.metric)]
    facts += [("Primary level", run.primary), ("Training seeds", told.get("training_seeds"))]
    facts += [
        ("Evaluation episodes per level", told.get("episodes")),
        ("First evaluation seed", told.get("evaluation_seed")),
        ("Answers to each problem", told.get("samples")),
        ("Episodes read", len(run.episodes)),
    ]
    if run.unscored:
        facts.append(("Episodes without a score, left out", run.unscored))
    facts += [(name, told.get(key)) for name, key in (("Host", "host"), ("Versions", "versions"))]
    energy = [row["energy_joules"] for row in run.costs if isinstance(row.get("energy_joules"), int | float)]
    facts.append(("Energy", f"{sum(energy):.3g} J over all training" if energy else "not measured"))
    facts += [(f"Note on {agent.label}", agent.note) for agent in run.agents if agent.note]
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{_fact(value)}</dd>" for name, value in facts if value)
    rules = (
        "Every agent met the same evaluation problems. A trained agent’s interval is Student’s over its training "
        "seeds; where all seeds scored the same, and for an agent without training or with one training seed, it is "
        "one over episodes, Wilson’s for rates, or over problems by the bootstrap where each was answered several "
        "times. Differences are "
        "taken problem by problem before they are averaged. Each row of costs is the mean over training seeds."
    )
    return f'<h2>How this was made</h2>\n<p class="prose">{rules}</p>\n<dl>{entries}</dl>'


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{escape(text(key))} {_fact(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return escape(text(", ".join(map(str, value))))
    return escape(text(value))


def _grid(run: Run, charts: list[Chart]) -> str:
    look, figures = looks(run), []
    for chart in charts:
        table = table_html(chart_table(run, chart), look, "wide")
        numbers = f"<details><summary>The numbers</summary>{table}</details>"
        figures.append(figure_html(chart, look, numbers, percent=run.metric == "correct"))
    return f'<div class="charts">{"".join(figures)}</div>'
