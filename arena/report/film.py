"""An episode of a console in pictures: a strip of moments that one steps through, without a script.

A strip is a group of radio buttons, one a moment, as the games of chess are; arrow keys lead from one to the next.
Where no picture of the screen may be shown, the squares around the player are drawn in the report's own colours.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape

from ...tasks.pokemon.chronicle import Moment, thinned
from ..replays import Film
from .png import png, shades
from .world import window_svg, world_svg

MOST = 60
"""moments on a page of its own"""
_SIGNS = {"map": "›", "back": "‹", "battle": "×", "defeat": "†", "end": "■", "step": "·"}


def strip(film: Film, key: str, label: str, most: int = MOST) -> str:
    """The moments of an episode.

    Args:
        film: the episode.
        key: what ids begin with.
        label: what the strip is called for those who cannot see it.
        most: moments that are shown.
    """
    kept = thinned(film.moments, most)
    opened = next((place for place, moment in enumerate(kept) if moment.milestones), len(kept) - 1)
    parts = []
    for place, moment in enumerate(kept):
        ident, told = f"{key}-{place}", f"step {moment.step:,}: {moment.told}"
        checked = " checked" * (place == opened)
        sign = " ".join(map(str, moment.milestones)) or _SIGNS[moment.kind]
        parts.append(
            f'<input type="radio" name="{key}" id="{ident}" aria-label="{escape(told)}"{checked}>'
            f'<label for="{ident}" class="{moment.kind}" title="{escape(told)}">{sign}</label>'
            f'<div>{_picture(film, moment)}<div class="told">{_told(film, moment)}'
            f'<p class="turn" aria-hidden="true">{_turn(key, place, len(kept))}</p></div></div>'
        )
    return f'<fieldset class="film"><legend>{escape(label)}</legend>{"".join(parts)}</fieldset>'


def world(film: Film, label: str = "Map") -> str:
    """The world that was seen.

    Args:
        film: the episode.
        label: what the map is called for those who cannot see it; no two of a page are called the same.
    """
    drawn = world_svg(film.world, film.profile, film.doors, film.marks)
    return f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0">{drawn}</div>'


def legend() -> str:
    """What the colours of maps mean."""
    signs = "".join(
        f'<li><i class="m-{name}"></i>{said}</li>'
        for name, said in (
            ("free", "free"),
            ("wall", "wall, house, tree"),
            ("grass", "tall grass"),
            ("water", "water"),
            ("ledge", "ledge"),
            ("tree", "tree to cut"),
            ("door", "door"),
            ("heat", "walked; the darker, the more often"),
        )
    )
    return f'<ul class="legend ground">{signs}</ul>'


def _picture(film: Film, moment: Moment) -> str:
    screen = film.screens.get(moment.step)
    if screen is None:
        return window_svg(moment.state)
    data = b64encode(png(shades(screen))).decode()
    return f'<img class="screen" width="160" height="144" alt="" src="data:image/png;base64,{data}">'


def _told(film: Film, moment: Moment) -> str:
    """The words beside a picture. What the screen says is not among them, for it may be an owner's cartridge."""
    state = moment.state
    pressed = f", pressed {moment.button}" if moment.button else ""
    lines = [
        f'<p class="soft">Step {moment.step:,} of {film.steps:,}{escape(pressed)}</p>',
        f"<p><b>{escape(_sentence(moment.told))}</b></p>",
    ]
    if not state.title:
        # Not the nicknames, which are an owner's own words.
        called = ((state.profile.species_name(each.species), each) for each in state.team)
        team = ", ".join(f"{name} L{each.level} {each.hp}/{each.max_hp}" for name, each in called)
        badges = ", ".join(state.badge_names)
        told = [("Place", state.position.name), ("Team", team), ("Badges", badges), ("Money", f"{state.money:,}")]
        lines.append(
            "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(said)}</dd>" for name, said in told if said) + "</dl>"
        )
    return "".join(lines)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _turn(key: str, place: int, count: int) -> str:
    return "".join(
        f'<label for="{key}-{other}">{word}</label>' if 0 <= other < count else f"<span>{word}</span>"
        for other, word in ((place - 1, "‹ Back"), (place + 1, "Forward ›"))
    )
