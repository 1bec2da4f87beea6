"""Ways through the world: the shortest path over all maps, with doors, map edges, ledges and the people in the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from .glance import Glance
from .world import IDS, PLACES, SIDES, WALKABLE

Spot = tuple[int, int, int]
"""map, x, y"""
STEPS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def _through_door(spot: Spot) -> Spot:
    """Where one stands after stepping on a spot: beside the other door, if it is one."""
    for door in PLACES[spot[0]].doors:
        if (door.x, door.y) == spot[1:]:
            there = PLACES[IDS[door.to]]
            exit_ = there.doors[door.index]
            return IDS[door.to], exit_.x, exit_.y + (1 if there.tileset == "outdoors" else -1)
    return spot


def _over_edge(spot: Spot) -> Spot | None:
    """The square of the neighbour behind an edge, or None."""
    at, x, y = spot
    grid = PLACES[at].grid
    width, height = len(grid[0]), len(grid)
    for side, (dx, dy) in SIDES.items():
        outside = (dy < 0 and y < 0) or (dy > 0 and y >= height) or (dx < 0 and x < 0) or (dx > 0 and x >= width)
        if not outside or side not in PLACES[at].links:
            continue
        to, shift = PLACES[at].links[side]
        there = PLACES[IDS[to]].grid
        if dy:
            return IDS[to], x + shift, len(there) - 1 if dy < 0 else 0
        return IDS[to], len(there[0]) - 1 if dx < 0 else 0, y + shift
    return None


def neighbours(spot: Spot, saplings: bool) -> Iterator[tuple[str, Spot]]:
    """Every press of a direction that leads on, and where to; people are not looked at."""
    at, x, y = spot
    place = PLACES[at]
    for button, (dx, dy) in STEPS.items():
        kind = place.square(x + dx, y + dy)
        if kind == "ledge" and button == "down":
            yield button, (at, x, y + 2)
        elif kind in WALKABLE or (saplings and kind == "sapling"):
            yield button, _through_door((at, x + dx, y + dy))
        elif not kind and (over := _over_edge((at, x + dx, y + dy))):
            yield button, over


def blocked(glance: Glance) -> set[Spot]:
    """Squares taken by people and things: where they are on this map, where they belong on the others."""
    here = glance.at[0]
    return {
        (at, *(glance.person(number) if at == here else (person.x, person.y)))
        for at, place in enumerate(PLACES)
        for number, person in enumerate(place.people)
        if not glance.gone(person.toggle)
    }


def path(start: Spot, goals: set[Spot], taken: set[Spot], saplings: bool) -> list[tuple[str, Spot]]:
    """Presses and the spots they lead to, the fewest there are; [] at the goal.

    Raises:
        ValueError: There is no way.
    """
    came: dict[Spot, tuple[Spot, str]] = {}
    queue = deque([start])
    while queue:
        spot = queue.popleft()
        if spot in goals:
            way = []
            while spot != start:
                before, button = came[spot]
                way.append((button, spot))
                spot = before
            return way[::-1]
        for button, to in neighbours(spot, saplings):
            if to != start and to not in came and to not in taken:
                came[to] = (spot, button)
                queue.append(to)
    raise ValueError(f"no way from {PLACES[start[0]].name} {start[1:]} to {sorted(goals)[:3]}")
