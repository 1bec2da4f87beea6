"""A page about one episode: its moments, the world that it saw, its milestones, and how to make it again."""

from __future__ import annotations

from html import escape

from ..replays import Film
from .film import legend, strip, world
from .markup import soft, table_html
from .page import PAGE, POLICY, stylesheet
from .tables import MISSING, Cell, Column, Table

FOOT = "Made from the record of the episode and nothing else. The page loads nothing and runs no script."


def episode_page(film: Film, who: str = "") -> str:
    """The whole page; the same record gives the same bytes.

    Args:
        film: the episode.
        who: played it, if that is known.
    """
    reached = len(film.marks)
    title = f"{film.title.partition(' (')[0]}: an episode{f' of {who}' if who else ''}"
    lead = (
        f"{reached} of {len(film.goals)} milestones in {film.steps:,} steps; {film.squares:,} different squares on "
        f"{len(film.world.places)} maps."
    )
    parts = {
        "Moments": soft(_HOW) + strip(film, "moment", f"Moments of the episode{f' of {who}' if who else ''}"),
        "World": soft(_MAP) + world(film) + legend(),
        "Milestones": table_html(milestones_table(film), {}, "wide"),
        "Record": _facts(film),
    }
    return PAGE.substitute(
        title=escape(title),
        style=stylesheet(),
        lead=f'<p class="lead">{escape(lead)}</p>\n{soft(f"{film.title}. {_PICTURES[bool(film.screens)]}")}',
        links=" ".join(f'<a href="#{name.lower()}">{name}</a>' for name in parts),
        body="\n".join(
            f'<section id="{name.lower()}">\n<h2>{name}</h2>\n{html}\n</section>' for name, html in parts.items()
        ),
        foot=FOOT,
        policy=POLICY,
        script="",
    )


_HOW = (
    "Choose a moment with the mouse, or step through them with the arrow keys. Numbers are milestones, › a map that is "
    "new, ‹ one that is come back to, × a battle, † a defeat, · an ordinary step."
)
_MAP = (
    "Put together from what the player saw, square by square. Maps that were walked across an edge lie beside each "
    "other; rooms and caves lie where there is space. Numbers stand where milestones were reached."
)
_PICTURES = {
    True: "The pictures are the console’s own.",
    False: "The screen is not shown: the squares around the player are drawn instead.",
}


def milestones_table(film: Film) -> Table:
    """When each milestone was reached."""
    steps = {mark.number: mark.step for mark in film.marks}
    rows = [
        (Cell(str(number)), Cell(goal), Cell(f"{steps[number]:,}" if number in steps else MISSING))
        for number, goal in enumerate(film.goals, 1)
    ]
    columns = Column("Number", False), Column("Milestone", False), Column("First reached at step")
    return Table("Milestones", columns, tuple(rows))


def _facts(film: Film) -> str:
    record = film.record
    exact = "the same as when it was played" if film.exact else "NOT the same as when it was played"
    facts = {
        "Problem": record.problem_id,
        "Cartridge, SHA-1": record.cartridge,
        "Emulator": f"PyBoy {record.pyboy}" if record.pyboy else "not recorded",
        "Memory at the end, SHA-1": f"{record.digest}, {exact}" if record.digest else "not recorded",
    }
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in facts.items())
    return f"<dl>{entries}</dl><details><summary>All presses</summary><pre>{escape(record.text())}</pre></details>"
