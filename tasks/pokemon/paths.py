"""Ways over what an episode has seen of a map: A* with people, ledges and tiles between which nobody walks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from .atlas import Atlas, Sheet
from .parts import CENTRE, GRID_COLUMNS, Facing, Square
from .state import GameState

Place = tuple[int, int]
_STEPS: dict[Facing, Place] = {
    Facing.DOWN: (0, 1),
    Facing.LEFT: (-1, 0),
    Facing.RIGHT: (1, 0),
    Facing.UP: (0, -1),
}
_OPEN = frozenset({Square.FREE, Square.GRASS})
_NAMES = {
    Square.WALL: "a wall",
    Square.WATER: "water",
    Square.TREE: "a tree",
    Square.LEDGE_DOWN: "a ledge",
    Square.LEDGE_LEFT: "a ledge",
    Square.LEDGE_RIGHT: "a ledge",
}


@dataclass(frozen=True)
class Route:
    """Directions to press one after the other, or the reason why there are none."""

    steps: tuple[str, ...]
    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


def route(atlas: Atlas, state: GameState, x: int, y: int) -> Route:
    """The shortest way on this map from where the player is, by squares that have been seen.

    Warps and squares beyond the edges are walked on only as the goal, for they lead to other maps.

    Args:
        atlas: of the episode.
        state: now; `atlas` has seen it.
        x: of the goal, in squares of the map.
        y: of the goal.
    """
    place = state.position
    sheet = atlas.sheets.get(place.map)
    if sheet is None or not state.free:
        return Route((), hindrance(state) or "nobody can walk now")
    if (x, y) == (place.x, place.y):
        return Route((), f"you are at ({x},{y}) already")
    people = {(each.x, each.y) for each in state.people}
    refusal = _refusal(sheet, state, people, x, y)
    if refusal:
        return Route((), refusal)
    walk = _Walk(sheet, state, people, (x, y))
    steps = walk.search((place.x, place.y))
    return Route(steps) if steps else Route((), f"no way to ({x},{y}) over what has been seen")


def _refusal(sheet: Sheet, state: GameState, people: set[Place], x: int, y: int) -> str:
    square = sheet.square(x, y)
    if (x, y) in people:
        return f"someone or something stands at ({x},{y}); go to a square beside it"
    if square == Square.HIDDEN:
        return f"({x},{y}) has not been seen"
    if square in _OPEN or (square == Square.WATER and state.surfing):
        return ""
    return f"({x},{y}) is {_NAMES.get(square, 'no place to stand')}"


def hindrance(state: GameState) -> str:
    """Why nobody can walk now, wherever to; empty where one can."""
    if state.free:
        return ""
    reasons = (
        (state.in_battle, "a battle goes on"),
        (state.title, "the game has not begun"),
        (state.menu is not None, "a menu is open"),
        (state.text_open, "a text is open"),
        (not state.control, "control is taken away"),
    )
    return next((reason for holds, reason in reasons if holds), "a step is being taken")


def obstacle(state: GameState, direction: str) -> str:
    """Why a press of a direction would lead nowhere: "a wall at (9,1)"; empty where nothing is in the way.

    Args:
        state: before the press.
        direction: down, left, right or up.
    """
    if why := hindrance(state):
        return why
    place, facing = state.position, Facing[direction.upper()]
    x, y = place.x + _STEPS[facing][0], place.y + _STEPS[facing][1]
    grid = state.grid
    here, ahead = CENTRE * GRID_COLUMNS + CENTRE, (y - grid.top) * GRID_COLUMNS + x - grid.left
    for each in state.people:
        if (each.x, each.y) == (x, y):
            return f"{'something' if each.thing else 'someone'} at ({x},{y})"
    standing, tile, profile = grid.tiles[here], grid.tiles[ahead], state.profile
    if any(
        (each.tileset, each.facing, each.standing, each.tile) == (state.tileset, facing, standing, tile)
        for each in profile.ledges
    ):
        return ""
    kind = Square(grid.ground[ahead])
    if kind not in _OPEN and not (kind == Square.WATER and state.surfing):
        return f"{_NAMES[kind]} at ({x},{y})" if kind in _NAMES else ""
    pairs = profile.water_pairs if state.surfing else profile.pairs
    if (state.tileset, standing, tile) in pairs or (state.tileset, tile, standing) in pairs:
        return f"a step in height at ({x},{y})"
    return ""


class _Walk:
    """A search on one sheet for one goal."""

    def __init__(self, sheet: Sheet, state: GameState, people: set[Place], goal: Place) -> None:
        self.sheet, self.goal = sheet, goal
        self.blocked = people | {(warp.x, warp.y) for warp in state.warps} - {goal}
        self.open = _OPEN | {Square.WATER} if state.surfing else _OPEN
        profile = state.profile
        pairs = profile.water_pairs if state.surfing else profile.pairs
        self.pairs = {frozenset(pair[1:]) for pair in pairs if pair[0] == sheet.tileset}
        self.ledges = {
            (each.facing, each.standing, each.tile) for each in profile.ledges if each.tileset == sheet.tileset
        }

    def search(self, start: Place) -> tuple[str, ...]:
        """Directions from a place to the goal, none if there is no way."""
        came: dict[Place, tuple[Place, str]] = {}
        cost = {start: 0}
        queue = [(self._left(start), 0, start)]
        while queue:
            _, spent, here = heappop(queue)
            if here == self.goal:
                return self._back(came, start)
            if spent > cost[here]:
                continue
            for direction, there in self._moves(here):
                if spent + 1 < cost.get(there, 1 << 30):
                    cost[there] = spent + 1
                    came[there] = here, direction
                    heappush(queue, (spent + 1 + self._left(there), spent + 1, there))
        return ()

    def _left(self, place: Place) -> int:
        # A press jumps over two squares at most, so half of the way on a line is a bound from below.
        distance = abs(place[0] - self.goal[0]) + abs(place[1] - self.goal[1])
        return (distance + 1) // 2 if self.ledges else distance

    def _back(self, came: dict[Place, tuple[Place, str]], start: Place) -> tuple[str, ...]:
        steps, here = [], self.goal
        while here != start:
            here, direction = came[here]
            steps.append(direction)
        return tuple(reversed(steps))

    def _moves(self, here: Place) -> Iterator[tuple[str, Place]]:
        sheet, standing = self.sheet, self.sheet.tile(*here)
        for facing, (dx, dy) in _STEPS.items():
            there = here[0] + dx, here[1] + dy
            tile = sheet.tile(*there)
            if (facing, standing, tile) in self.ledges:
                there = there[0] + dx, there[1] + dy
            elif sheet.kinds[tile] not in self.open or frozenset((standing, tile)) in self.pairs:
                continue
            if there not in self.blocked and (there == self.goal or sheet.inside(*there)):
                yield facing.name.lower(), there
