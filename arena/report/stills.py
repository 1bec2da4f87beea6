"""Two episodes of a console side by side: the screen where they part, a few later ones of each, and both ways."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from ...tasks.errors import ReasonError
from ...tasks.pokemon.chronicle import Chronicle, thinned
from ...tasks.pokemon.records import Record, shortened
from ...tasks.pokemon.state import GameState
from ..replays import Film, film
from .journeys import STEPS, recorded
from .markup import soft
from .parting import of_presses, pressed
from .png import png, shades
from .side import Side
from .trails import trails
from .world import window_svg
from .written import written

LATER = 1
"""moments of each episode after they have parted; more would leave a large page no room for its charts"""
AROUND = 24
"""steps that are told before and after the one that differs"""


def played(sides: Sequence[Side], key: str, meetings: int) -> tuple[str, str] | None:
    """What differs first, and HTML that shows it; None where there are no two records, or the two are equal.

    Args:
        sides: of two episodes at the same problem.
        key: the id of where they part.
        meetings: how many of them there are, to each of which as many steps may be played again.
    """
    records = [record for side in sides if (record := recorded(side.episode))]
    place = of_presses(records[0], records[1]) if len(records) == len(sides) else None
    if place is None:
        return None
    films, why = _again(records, place, STEPS // (2 * meetings))
    told = "".join(
        f"<dt>{side.name}</dt><dd><b>{pressed(record, place)}</b> {_around(record, place)}</dd>"
        for side, record in zip(sides, records, strict=True)
    )
    state = films[0].asked.get(place) if films else None
    before = _still(films[0], place, state, "before they part") if films and state else ""
    where = f", {_place(state)}" if state else ""
    parts = [
        f'<div class="meeting">{before}<div><h5 id="{key}" tabindex="-1">Where they part, after {place:,} steps'
        f"{escape(where)}</h5><dl>{told}</dl></div></div>"
    ]
    parts.append(trails(films, sides, place) if films else soft(why))
    articles = []
    for index, side in enumerate(sides):
        shown = _stills(films[index], place) if films else ""
        wrote = f"<details><summary>What it wrote</summary>{written(side.episode, None)}</details>"
        body = shown + (wrote if side.episode.transcript else "")
        articles.append(side.article(side.episode.answer or side.episode.verdict, body))
    parts.append(f'<div class="sides">{"".join(articles)}</div>')
    words = f"Step {place + 1:,}: {' against '.join(pressed(record, place) for record in records)}{where}"
    return words, "".join(parts)


def _again(records: Sequence[Record], place: int, most: int) -> tuple[list[Film], str]:
    """Both episodes played again, or why they cannot be."""
    longest = max(len(record.presses) for record in records)
    if longest > most:
        return [], f"An episode of {longest:,} steps is too long to be played again for this page."
    try:
        return [film(record, also=(place, place + 1)) for record in records], ""
    except ReasonError as error:  # PyBoy or the owner's cartridge is not there
        return [], f"They cannot be played again here: {error}."


def _stills(film: Film, place: int) -> str:
    """The first moment of an episode's own, and some of its later ones."""
    first = [(place + 1, film.asked[place + 1], "one step later")] if place + 1 in film.asked else []
    later = [moment for moment in film.moments if moment.step > place + 1]
    shown = [*first, *((moment.step, moment.state, moment.told) for moment in thinned(later, LATER + 1)[-LATER:])]
    return f'<div class="stills">{"".join(_still(film, *each) for each in shown)}</div>'


def _still(film: Film, step: int, state: GameState, told: str) -> str:
    """A picture of the screen with what happened, or of the squares around the player where it may not be shown."""
    screen = film.screens.get(step)
    drawn = window_svg(state)
    if screen is not None:
        data = b64encode(png(shades(screen))).decode()
        drawn = f'<img class="screen" width="160" height="144" alt="" src="data:image/png;base64,{data}">'
    return f"<figure>{drawn}<figcaption>Step {step:,}: {escape(told)}</figcaption></figure>"


def _around(record: Record, place: int) -> str:
    """The presses before and after a place as letters, the one there marked."""
    before, own, after = (
        record.presses[max(0, place - AROUND) : place],
        record.presses[place : place + 1],
        record.presses[place + 1 : place + 1 + AROUND],
    )
    rest = len(record.presses) - place - 1 - AROUND
    return (
        f"<code>{'…' * (place > AROUND)}{shortened(before)}<mark>{own or '■'}</mark>{shortened(after)}"
        f"{'…' * (rest > 0)}</code>"
    )


def _place(state: GameState) -> str:
    return f"at {Chronicle.place(state)}"
