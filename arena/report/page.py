"""The page: one HTML file without a request or a clock, put together from the sections of environments.

It says all it has to say without a script; the one that it may have draws charts anew, so that a reader can choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from .boards import shared_parts
from .damage import damage_html
from .data import Run, short, text
from .energy import energy_line
from .headline import details, headlines
from .interactive import scripted
from .missing import hosts_line, hosts_told, not_run_html
from .overall import TITLE, overall
from .sections import sections

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
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
$lead
<nav aria-label="Sections">$links</nav>
</header>
<main>
$body
</main>
<footer><p>$foot</p></footer>
$script</body>
</html>
""")
RULES = (
    "Every agent met the same evaluation problems. A trained agent’s interval is Student’s over its training seeds; "
    "where all seeds scored the same, and for an agent without training or with one training seed, it is one over "
    "episodes, Wilson’s for rates, or over problems by the bootstrap where each was answered several times. "
    "Differences are taken problem by problem before they are averaged; where training seeds cannot tell and problems "
    "come in families, families are what is drawn anew. Where all turned out the same, a difference of rates has the "
    "exact binomial bound for an interval, and a number that is no rate has none. Nobody is called ahead before all "
    "planned pairs of an environment are corrected for by Holm’s method. Each row of costs is the mean over training "
    "seeds."
)
METHOD = "Method"
_FACT = 2_000
"""characters of a fact that are shown"""
FOOT = "Made from the JSON lines of the run and nothing else. The page loads nothing"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
QUIET, CROWDED, DRAWS = (
    " and runs no script.",
    " and runs no script: with the one that lets the cost be chosen it would be larger than 1.5 MB.",
    "; its script draws the charts of score against cost, which stand still without it.",
)


def page(runs: Sequence[Run]) -> str:
    """The whole page of a comparison, from one run an environment. The same runs give the same bytes."""
    first = runs[0]
    if first.several:
        lead = "\n".join(_lead(run) for run in runs)
        links = {run.env_id: run.slug.rstrip("-") for run in runs}
        parts = [_venue(run) for run in runs]
        if spanning := overall(runs):
            links[TITLE] = "across-tasks"
            parts.append(_section(links[TITLE], spanning))
    else:
        lead = f'{_lead(first)}\n<p class="soft">{escape(" ".join(details(first)))}</p>'
        found = sections(first)
        links = {name: name.lower() for name in found}
        parts = [_section(name.lower(), html) for name, html in found.items()]
    links[METHOD] = METHOD.lower()
    body = "\n".join([*parts, _section(METHOD.lower(), _method(runs))])
    body = shared_parts(body) + body
    policy, script = scripted(body)
    still = CROWDED if 'class="tradeoff"' in body else QUIET
    return PAGE.substitute(
        title=escape(first.title),
        policy=POLICY + policy,
        style=stylesheet(),
        lead=lead + damage_html(first.comparison) + not_run_html(first.comparison),
        links=_links(links),
        body=body,
        foot=FOOT + (DRAWS if script else still),
        script=script,
    )


def stylesheet() -> str:
    """What pages look like."""
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def _lead(run: Run) -> str:
    """What an environment comes to: a sentence, under its name where there are several, then shorter ones."""
    first, *more = headlines(run)
    anchor = f'<small><a href="#{run.slug.rstrip("-")}">{escape(run.env_id)}</a></small>' if run.several else ""
    rest = "".join(f"<li>{escape(each)}</li>" for each in more)
    return f'<p class="lead">{anchor}{escape(first)}</p>' + (f'<ul class="prose">{rest}</ul>' if rest else "")


def _venue(run: Run) -> str:
    """All sections of an environment under its own heading, theirs one step lower."""
    found = sections(run)
    links = _links({name: run.slug + name.lower() for name in found})
    # Every text is escaped, so what looks like a heading is one.
    inner = [re.sub(r"(</?h)([2-5])", lambda tag: f"{tag[1]}{int(tag[2]) + 1}", html) for html in found.values()]
    parts = [_section(run.slug + name.lower(), html) for name, html in zip(found, inner, strict=True)]
    head = f'<h2>{escape(run.env_id)}</h2>\n<p class="soft prose">{escape(" ".join(details(run)))}</p>'
    nav = f'<nav aria-label="Sections of {escape(run.env_id)}">{links}</nav>'
    body = "\n".join([head, nav, *parts])
    return f'<section class="venue" id="{run.slug.rstrip("-")}">\n{body}\n</section>'


def _section(anchor: str, html: str) -> str:
    return f'<section id="{anchor}">\n{html}\n</section>'


def _links(targets: Mapping[str, str]) -> str:
    return " ".join(f'<a href="#{target}">{escape(name)}</a>' for name, target in targets.items())


def _method(runs: Sequence[Run]) -> str:
    first, told = runs[0], runs[0].comparison
    facts: list[tuple[str, object]] = [("Command", told.get("command"))]
    if not first.several:
        facts += _facts(first)
    facts += [("Training seeds", told.get("training_seeds")), ("Host", told.get("host"))]
    facts += hosts_told(first)
    facts += [("Of seconds", line) for run in runs if (line := hosts_line(run))]
    facts += [("Versions", told.get("versions"))]
    facts.append(("Energy", energy_line(told).removeprefix("energy: ") or "not measured"))
    facts += [(f"Note on {agent.label}", agent.note) for agent in first.cast if agent.note]
    parts = ["<h2>How this was made</h2>", f'<p class="prose">{RULES}</p>', _list(facts)]
    for run in runs if first.several else ():
        parts += [f"<h3>{escape(run.env_id)}</h3>", _list(_facts(run))]
    return "\n".join(parts)


def _facts(run: Run) -> list[tuple[str, object]]:
    """How one environment was played."""
    levels = run.told.get("levels") or ()
    counts = {
        name: list(dict.fromkeys(level[name] for level in levels if name in level)) or run.told.get(name)
        for name in ("episodes", "samples")
    }
    facts: list[tuple[str, object]] = [("Environment", run.env_id), ("Primary metric", run.metric)]
    facts += [("Primary level", run.level(run.primary).short), ("Evaluation problems per level", counts["episodes"])]
    facts += [("Answers to each problem", counts["samples"])]
    facts += [("First evaluation seed", run.told.get("evaluation_seed")), ("Episodes read", len(run.episodes))]
    if run.unscored:
        facts.append(("Episodes without a score, left out", run.unscored))
    return facts + [(f"Left out: {name}", why) for name, why in run.left_out]


def _list(facts: Sequence[tuple[str, object]]) -> str:
    entries = (f"<dt>{escape(name)}</dt><dd>{_fact(value)}</dd>" for name, value in facts if value)
    return f"<dl>{''.join(entries)}</dl>"


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{escape(text(key))} {_fact(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return escape(short(", ".join(map(str, value)), _FACT))
    return escape(short(value, _FACT))
