"""The ways of two episodes on one map: what either saw of the world, and a line for where each went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import pairwise

import numpy as np

from ...tasks.pokemon.atlas import Sheet
from ...tasks.pokemon.ground import UNSEEN
from ...tasks.pokemon.world_map import Plan, plan
from ..replays import Film, Spot
from .side import Side
from .world import UNIT, world_svg

APART = 1.5
"""units of the drawing between the two lines where they take the same way"""


def trails(films: Sequence[Film], sides: Sequence[Side], fork: int) -> str:
    """Both ways on one map.

    Args:
        films: of the two episodes at the same problem.
        sides: whose they are.
        fork: step after which they part.
    """
    sheets: dict[int, Sheet] = {}
    for film in films:
        for placed in film.world.places:
            sheets[placed.sheet.map] = _joined(sheets.get(placed.sheet.map), placed.sheet)
    if not sheets:
        return ""
    joins = {(join.map, join.to): join for film in reversed(films) for join in film.joins}
    whole = plan(sheets, joins.values())
    doors = {number: frozenset().union(*(film.doors.get(number, frozenset()) for film in films)) for number in sheets}
    drawn = [
        _way(whole, film.path, side, APART * (2 * place - 1) / 2)
        for place, (film, side) in enumerate(zip(films, sides, strict=True))
    ]
    spot = films[0].path[fork] if fork < len(films[0].path) else None
    here = whole.at(*spot) if spot else None
    if here:
        x, y = ((each + 0.5) * UNIT for each in here)
        drawn.append(f'<path class="fork" d="M{x:g} {y - 9:g}L{x + 9:g} {y:g} {x:g} {y + 9:g} {x - 9:g} {y:g}z"/>')
    map_svg = world_svg(whole, films[0].profile, doors, ()).removesuffix("</svg>") + "".join(drawn) + "</svg>"
    names = " and ".join(side.agent.label for side in sides)
    label = f"Map with the ways of {names}, level {sides[0].episode.level}, seed {sides[0].episode.seed}"
    return (
        f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0">{map_svg}</div>'
        f'<p class="soft">{" ".join(side.name for side in sides)} The diamond is where they part, a ring where an '
        "episode ended.</p>"
    )


def _joined(one: Sheet | None, other: Sheet) -> Sheet:
    """What two episodes saw of a map, without what tells how often either was where."""
    tiles = other.tiles
    if one is not None and one.tiles.shape == tiles.shape:
        tiles = np.where(one.tiles == UNSEEN, tiles, one.tiles)
    return replace(other, tiles=tiles, visits=np.zeros_like(other.visits))


def _way(whole: Plan, path: Sequence[Spot | None], side: Side, shift: float) -> str:
    """A line through all squares of an episode, broken where it goes through a door, and a ring at its end."""
    spots = [whole.at(*spot) if spot else None for spot in path]
    places = [here for here, before in zip(spots, [None, *spots], strict=False) if here and here != before]
    if not places:
        return ""
    parts = [_to("M", places[0], shift)]
    for before, here in pairwise(places):
        near = abs(here[0] - before[0]) + abs(here[1] - before[1]) == 1
        parts.append(_to("L" if near else "M", here, shift))
    x, y = ((each + 0.5) * UNIT + shift for each in places[-1])
    kind = "way other" if side.hollow else "way"
    style = f'style="stroke:var({side.look.variable})"'
    return (
        f'<path class="{kind}" {style} d="{"".join(parts)}"/><circle class="way" {style} cx="{x:g}" cy="{y:g}" r="4"/>'
    )


def _to(letter: str, place: tuple[int, int], shift: float) -> str:
    x, y = ((each + 0.5) * UNIT + shift for each in place)
    return f"{letter}{x:g} {y:g}"
