"""One picture's plan of all maps that an episode has seen: land that hangs together as it lies, rooms in the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .atlas import Sheet
from .chronicle import Join

_GAP = 1
"""squares between two maps that do not touch"""
_HEAD = 2
"""squares above a room, for its name"""
_NARROWEST = 40


@dataclass(frozen=True)
class Placed:
    """A map and the square of the picture that its corner lies on."""

    sheet: Sheet
    left: int
    top: int
    room: bool
    """whether nothing was seen to touch it"""


@dataclass(frozen=True)
class Plan:
    """Where each map lies; sizes in squares."""

    width: int
    height: int
    places: tuple[Placed, ...]

    def at(self, map: int, x: int, y: int) -> tuple[int, int] | None:
        """The square of the picture of a square of a map; None for a map that is not on it."""
        found = next((each for each in self.places if each.sheet.map == map), None)
        return (found.left + x, found.top + y) if found else None


def plan(sheets: Mapping[int, Sheet], joins: Iterable[Join]) -> Plan:
    """Lay out the maps.

    Args:
        sheets: of an atlas, in the order in which the maps were come to.
        joins: which of them touch, and how.
    """
    groups = _groups(sheets, joins)
    # The largest land first; what is small goes where there is room.
    groups.sort(key=lambda group: (len(group) == 1, -sum(sheets[m].width * sheets[m].height for m in group)))
    boxes = [_box(sheets, group) for group in groups]
    width = max([_NARROWEST, *(right - left + 2 * _GAP for left, _, right, _ in boxes)])
    taken = np.zeros((sum(bottom - top + 4 * _HEAD for _, top, _, bottom in boxes) + 1, width), np.bool_)
    places: list[Placed] = []
    for group, (left, top, right, bottom) in zip(groups, boxes, strict=True):
        x, y = _free(taken, right - left, bottom - top)
        room = len(group) == 1
        for number, (dx, dy) in group.items():
            placed = Placed(sheets[number], x - left + dx, y - top + dy, room)
            places.append(placed)
            _take(taken, placed)
    if not places:
        return Plan(1, 1, ())
    up = min(each.top - _HEAD * each.room for each in places)
    places = [replace(each, top=each.top - up) for each in places]
    right = max(each.left + each.sheet.width for each in places)
    return Plan(right, max(each.top + each.sheet.height for each in places), tuple(places))


def _groups(sheets: Mapping[int, Sheet], joins: Iterable[Join]) -> list[dict[int, tuple[int, int]]]:
    """Maps that hang together, each with the place of its corner among the others."""
    beside: dict[int, dict[int, tuple[int, int]]] = {number: {} for number in sheets}
    for join in joins:
        if join.map in sheets and join.to in sheets:
            beside[join.map].setdefault(join.to, (join.x, join.y))
            beside[join.to].setdefault(join.map, (-join.x, -join.y))
    groups, done = [], set[int]()
    for number in sheets:
        if number in done:
            continue
        group, waiting = {number: (0, 0)}, [number]
        while waiting:
            here = waiting.pop()
            for there, (x, y) in beside[here].items():
                if there not in group:
                    group[there] = group[here][0] + x, group[here][1] + y
                    waiting.append(there)
        done |= set(group)
        groups.append(group)
    return groups


def _box(sheets: Mapping[int, Sheet], group: Mapping[int, tuple[int, int]]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a group."""
    return (
        min(x for x, _ in group.values()),
        min(y for _, y in group.values()),
        max(x + sheets[number].width for number, (x, _) in group.items()),
        max(y + sheets[number].height for number, (_, y) in group.items()),
    )


def _free(taken: np.ndarray, width: int, height: int) -> tuple[int, int]:
    """The first place in reading order where a box fits with a gap around it and room for a name above."""
    rows, columns = taken.shape
    for y in range(_HEAD, rows - height):
        for x in range(_GAP, columns - width - _GAP + 1):
            if not taken[y - _HEAD : y + height + _GAP, x - _GAP : x + width + _GAP].any():
                return x, y
    raise AssertionError("the rows are enough for all boxes below one another")


def _take(taken: np.ndarray, placed: Placed) -> None:
    sheet = placed.sheet
    taken[placed.top : placed.top + sheet.height, placed.left : placed.left + sheet.width] = True
