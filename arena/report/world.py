"""The world that an episode has seen as a drawing: ground in our own colours, how often it was walked, milestones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray

from ...tasks.pokemon.chronicle import Mark
from ...tasks.pokemon.creatures import BAR
from ...tasks.pokemon.parts import CENTRE, GRID_COLUMNS, GRID_ROWS, Square
from ...tasks.pokemon.profiles import Profile
from ...tasks.pokemon.state import GameState
from ...tasks.pokemon.world_map import Placed, Plan

UNIT = 8
"""of the drawing in a square of a map"""
CLASSES = {
    Square.WALL: "wall",
    Square.FREE: "free",
    Square.GRASS: "grass",
    Square.WATER: "water",
    Square.LEDGE_DOWN: "ledge",
    Square.LEDGE_LEFT: "ledge",
    Square.LEDGE_RIGHT: "ledge",
    Square.TREE: "tree",
    Square.WARP: "door",
    Square.SIGN: "sign",
    Square.PERSON: "person",
    Square.THING: "person",
    Square.YOU: "you",
}
"""the drawing's classes, whose colours style.css has"""
_CODES = {name: [square for square in CLASSES if CLASSES[square] == name] for name in CLASSES.values()}
HEAT = (1, 2, 4, 9, 21)
"""visits from which on a square is drawn one step hotter"""
Numbers = NDArray[np.uint8]


def world_svg(
    plan: Plan, profile: Profile, doors: Mapping[int, frozenset[tuple[int, int]]], marks: Iterable[Mark]
) -> str:
    """The maps of a plan with the heat of visits.

    Args:
        plan: where each map lies.
        profile: of the cartridge, for the names of maps.
        doors: squares that lead elsewhere, by map.
        marks: where milestones were reached.
    """
    ground = np.zeros((plan.height, plan.width), np.uint8)
    heat = np.zeros((plan.height, plan.width), np.uint8)
    for placed in plan.places:
        _draw(placed, doors.get(placed.sheet.map, frozenset()), ground, heat)
    paths = [_path(f"m-{name}", np.isin(ground, found)) for name, found in _CODES.items()]
    hot = np.digitize(heat, HEAT)
    paths += [_path(f"m-heat h{level}", hot == level) for level in range(1, len(HEAT) + 1)]
    names = "".join(_name(placed, profile.map_name(placed.sheet.map)) for placed in plan.places)
    width, height = UNIT * plan.width + UNIT, UNIT * plan.height + UNIT
    said = ", ".join(profile.map_name(placed.sheet.map) for placed in plan.places)
    return (
        f'<svg class="world" viewBox="0 0 {width} {height}" role="img" style="width:{2 * width}px;min-width:{width}px" '
        f'aria-label="{escape(f"What was seen of {said}")}"><g transform="scale({UNIT})">{"".join(paths)}</g>'
        f"{names}{_numbers(plan, marks)}</svg>"
    )


def window_svg(state: GameState) -> str:
    """The squares around the player in a moment, or in a battle both sides' hp, where the screen is not to be shown."""
    if state.battle:
        foe, own = state.battle.foe, state.battle.own
        name = state.profile.species_name
        drawn = _fighter(12, 22, f"{name(foe.species)} L{foe.level}", foe.bar / BAR)
        return _window(drawn + (_fighter(68, 100, f"{name(own.species)} L{own.level}", own.health) if own else ""))
    squares = np.frombuffer(state.grid.squares, np.uint8).reshape(GRID_ROWS, GRID_COLUMNS)
    paths = "".join(_path(f"m-{name}", np.isin(squares, found)) for name, found in _CODES.items())
    return _window(f'<g transform="scale(16)">{paths}</g>')


def _window(drawn: str) -> str:
    return f'<svg class="screen" viewBox="0 0 {16 * GRID_COLUMNS} {16 * GRID_ROWS}" aria-hidden="true">{drawn}</svg>'


def _fighter(x: int, y: int, name: str, health: float) -> str:
    """A creature's name above the bar of its hp."""
    return (
        f'<text x="{x}" y="{y}">{escape(name)}</text><rect x="{x}" y="{y + 5}" width="80" height="6"/>'
        f'<rect class="m-hp" x="{x}" y="{y + 5}" width="{80 * health:.0f}" height="6"/>'
    )


def _draw(placed: Placed, doors: Iterable[tuple[int, int]], ground: Numbers, heat: Numbers) -> None:
    """Put a map into the picture of all."""
    sheet = placed.sheet
    inside = slice(CENTRE, CENTRE + sheet.height), slice(CENTRE, CENTRE + sheet.width)
    here = slice(placed.top, placed.top + sheet.height), slice(placed.left, placed.left + sheet.width)
    ground[here] = np.frombuffer(sheet.kinds, np.uint8)[sheet.tiles[inside]]
    heat[here] = sheet.visits[inside]
    for x, y in doors:
        if sheet.inside(x, y) and sheet.square(x, y) != Square.HIDDEN:
            ground[placed.top + y, placed.left + x] = Square.WARP


def _path(name: str, where: NDArray[np.bool_]) -> str:
    """All squares of a kind as one path: a line a square wide for each run in a row; empty where there is none."""
    parts = []
    for y in np.flatnonzero(where.any(axis=1)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], where[y], [False]]).astype(np.int8)))
        last = 0
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            parts.append(f"m{start - last} 0h{end - start}" if last else f"M{start} {y}.5h{end - start}")
            last = end
    return f'<path class="{name}" d="{"".join(parts)}"/>' if parts else ""


def _name(placed: Placed, name: str) -> str:
    """The name of a map: above a room, inside the upper edge of land."""
    y = UNIT * placed.top - 3 if placed.room else UNIT * placed.top + 12
    x = UNIT * placed.left + (0 if placed.room else 5)
    return f'<text x="{x}" y="{y}">{escape(name)}</text>'


def _numbers(plan: Plan, marks: Iterable[Mark]) -> str:
    """The numbers of milestones where they were reached, those of one square beside each other."""
    drawn, here = [], dict[tuple[int, int], int]()
    for mark in marks:
        place = plan.at(mark.map, mark.x, mark.y)
        if place is None:
            continue
        shift = here[place] = here.get(place, -1) + 1
        x, y = UNIT * place[0] + UNIT // 2 + 12 * shift, UNIT * place[1] + UNIT // 2
        drawn.append(
            f'<g class="m-mark"><circle cx="{x}" cy="{y}" r="6.2"/><text x="{x}" y="{y}">{mark.number}</text></g>'
        )
    return "".join(drawn)
