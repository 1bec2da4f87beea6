"""Ways on remembered maps: by hand, and against a search that knows nothing of A*."""

from __future__ import annotations

from collections import deque
from random import Random

import pytest
from pokemon_memory import FLOOR, GRASS, WALL, WATER, Cells

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.atlas import Atlas
from reason_arena.tasks.pokemon.paths import Route, obstacle, route
from reason_arena.tasks.pokemon.profiles import Profile

RED = profiles.red()
OFFSETS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def way(cells: Cells, x: int, y: int, profile: Profile = RED) -> Route:
    atlas, state = Atlas(), cells.read(profile)
    atlas.see(state)
    return route(atlas, state, x, y)


def drawn(rows: str, cells: Cells | None = None) -> Cells:
    """A screen of 9 lines: the player at (5, 6) in its middle, so that its upper left square is (1, 2)."""
    signs = {"#": WALL, ".": FLOOR, '"': GRASS, "~": WATER, "v": 0x37, "(": 0x27, ")": 0x0D, "@": FLOOR}
    cells = cells or Cells()
    for row, line in enumerate(rows.split()):
        for column, sign in enumerate(line):
            cells.ground(signs[sign], (column, row))
    return cells


WALLS = """
##########
#........#
#.######.#
#.#....#.#
#.#.@#.#.#
#.####.#.#
#......#.#
########.#
##########
"""


def test_the_way_out_of_a_spiral() -> None:
    found = way(drawn(WALLS), 9, 9)
    # One up, two right, three down, five left, five up, seven right, six down, counted on the drawing.
    expected = ("up", "right", "right", *["down"] * 3, *["left"] * 5, *["up"] * 5, *["right"] * 7, *["down"] * 6)
    assert found == Route(expected)
    assert found


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (5, 6, "you are at (5,6) already"),
        (1, 2, "(1,2) is a wall"),
        (40, 40, "(40,40) has not been seen"),
        (-9, -9, "(-9,-9) has not been seen"),
        (5, 30, "(5,30) has not been seen"),
    ],
)
def test_reasons(x: int, y: int, reason: str) -> None:
    found = way(drawn(WALLS), x, y)
    assert found == Route((), reason)
    assert not found


def test_closed_in() -> None:
    closed = WALLS.replace("#......#.#", "#.#....#.#").replace("#.####.#.#", "#.####.###")
    assert way(drawn(closed), 2, 3).reason == "no way to (2,3) over what has been seen"


def test_people_stand_in_the_way_and_are_no_goal() -> None:
    cells = drawn(WALLS).person(1, 7, 8)
    assert way(cells, 9, 9).reason == "no way to (9,9) over what has been seen"
    assert way(cells, 7, 8).reason == "someone or something stands at (7,8); go to a square beside it"
    assert way(drawn(WALLS).person(1, 7, 8, image=0xFF), 9, 9)


def test_warps_are_gone_round_unless_they_are_the_goal() -> None:
    cells = Cells().warps((6, 6, 0, 41))
    assert len(way(cells, 7, 6).steps) == 4
    assert way(cells, 6, 6).steps == ("right",)


def test_water_is_for_who_surfs() -> None:
    cells = Cells().ground(WATER, (5, 4))
    assert way(cells, 6, 6).reason == "(6,6) is water"
    assert way(cells.put(at.WALK_BIKE_SURF, 2), 6, 6).steps == ("right",)


def test_ledges_are_jumped_one_way() -> None:
    rows = "..........\n" * 5 + "vvvvvvvvvv\n" + "..........\n" * 3
    # Row 5 of the screen is y = 7: from (5, 6) one press lands on (5, 8).
    down = way(drawn(rows), 5, 8)
    assert down.steps == ("down",)
    rows = "..........\n" * 3 + "vvvvvvvvvv\n" + "..........\n" * 5
    assert way(drawn(rows), 5, 4).reason == "no way to (5,4) over what has been seen"
    assert way(drawn(rows), 5, 5).reason == "(5,5) is a ledge"


def test_ledges_to_the_sides() -> None:
    right = drawn("\n".join([".....)...."] * 9))
    assert way(right, 7, 6).steps == ("right",)
    left = drawn("\n".join(["...(......"] * 9))
    assert way(left, 3, 6).steps == ("left",)
    assert not way(drawn("\n".join(["...)......"] * 9)), 3, 6)


def test_a_ledge_needs_the_right_tile_to_jump_from() -> None:
    rows = "..........\n" * 5 + "vvvvvvvvvv\n" + "..........\n" * 3
    assert not way(drawn(rows).ground(0x10, *[(column, 4) for column in range(10)]), 5, 8)


def test_nobody_walks_between_the_tiles_of_a_pair() -> None:
    """In caverns 20 and 05 lie at different heights."""
    cells = Cells().put(at.TILESET, 17).put(0x1735, 0x05, 0x20, 0x2D, 0xFF).ground(0x20)
    cells.ground(0x05, *[(column, row) for column in range(5, 10) for row in range(9)])
    assert way(cells, 6, 6).reason == "no way to (6,6) over what has been seen"
    # A ramp of another tile at (6, 2), the upper end of the border, joins them: four up, one right, four down.
    cells.ground(0x2D, (5, 0))
    assert way(cells, 6, 6).steps == (*["up"] * 4, "right", *["down"] * 4)


def test_a_square_beyond_the_edge_is_a_goal_but_no_way() -> None:
    cells = Cells().put(at.Y, 0, 5)
    assert way(cells, 5, -1).steps == ("up",)
    cells.ground(WALL, (5, 4))
    # (6, 0) is a wall; round it over y = 1, never over y = -1.
    assert way(cells, 7, 0).steps == ("down", "right", "right", "up")


def test_nobody_walks_while_a_text_is_open() -> None:
    assert way(Cells().put(at.FONT_LOADED, 1), 6, 6).reason == "a text is open"
    assert way(Cells().put(at.JOY_IGNORE, 255), 6, 6).reason == "control is taken away"
    assert way(Cells().put(at.WALK_COUNTER, 3), 6, 6).reason == "a step is being taken"
    assert way(Cells().battle(), 6, 6).reason == "a battle goes on"


def test_what_was_seen_is_remembered_under_a_text_box_and_after_walking_on() -> None:
    atlas = Atlas()
    first = drawn(WALLS).read()
    atlas.see(first)
    sheet = atlas.sheets[12]
    before = sheet.tiles.copy()
    atlas.see(drawn(WALLS).box(12, 0, 6, 20).write(14, 1, "A text").read())
    assert (sheet.tiles == before).all()
    # Five squares east everything is floor; what lies west stays as it was seen.
    far = Cells().put(at.X, 15).read()
    atlas.see(far)
    assert sheet.tile(1, 2) == WALL
    assert sheet.tile(11, 2) == FLOOR
    assert route(atlas, far, 1, 2).reason == "(1,2) is a wall"
    assert route(atlas, far, 12, 9).steps
    assert (atlas.squares, atlas.maps) == (2, 1)


def test_steps_half_done_and_battles_teach_nothing() -> None:
    atlas = Atlas()
    atlas.see(Cells().put(at.WALK_COUNTER, 3).read())
    atlas.see(Cells().battle().read())
    atlas.see(Cells().put(at.X, 200).read())
    assert atlas.maps == 0


def brute_force(cells: Cells, goal: tuple[int, int]) -> int | None:
    """Presses of the shortest way by flooding the drawn screen; what is beyond it was never seen."""
    state = cells.read()
    tiles = {
        (state.grid.left + column, state.grid.top + row): state.grid.tiles[row * 10 + column]
        for row in range(9)
        for column in range(10)
    }
    people = {(each.x, each.y) for each in state.people}
    ledges = {("down", 0x2C, 0x37), ("down", 0x39, 0x37), ("left", 0x2C, 0x27), ("left", 0x39, 0x27)}
    ledges |= {("right", 0x2C, 0x0D), ("right", 0x39, 0x0D)}
    distance = {(5, 6): 0}
    queue = deque(distance)
    while queue:
        here = queue.popleft()
        for direction, (dx, dy) in OFFSETS.items():
            there = here[0] + dx, here[1] + dy
            if (direction, tiles.get(here), tiles.get(there)) in ledges:
                there = there[0] + dx, there[1] + dy
            elif tiles.get(there) not in (FLOOR, GRASS, 0x39):
                continue
            if there not in people and 0 <= there[0] < 20 and 0 <= there[1] < 36 and there not in distance:
                distance[there] = distance[here] + 1
                queue.append(there)
    return distance.get(goal)


def test_ways_are_as_short_as_a_flood_finds_them() -> None:
    rng, found = Random(2), 0
    for _ in range(300):
        cells = Cells()
        for row in range(9):
            for column in range(10):
                cells.ground(rng.choice((FLOOR, FLOOR, FLOOR, GRASS, 0x39, WALL, 0x37, 0x27, 0x0D)), (column, row))
        cells.ground(FLOOR, (4, 4)).person(1, rng.randrange(1, 11), rng.randrange(2, 11))
        column, row = rng.randrange(10), rng.randrange(9)
        goal = column + 1, row + 2
        cells.ground(FLOOR, (column, row))
        if goal == (5, 6) or (cells.read().people[0].x, cells.read().people[0].y) in (goal, (5, 6)):
            continue
        steps = way(cells, *goal).steps
        assert (len(steps) or None) == brute_force(cells, goal)
        found += bool(steps)
    assert found > 100


def test_what_is_in_the_way_of_a_press() -> None:
    cells = Cells().person(1, 4, 6).ground(WALL, (4, 3)).ground(WATER, (5, 4)).ground(0x37, (4, 5))
    state = cells.read()
    assert obstacle(state, "left") == "someone at (4,6)"
    assert obstacle(state, "up") == "a wall at (5,5)"
    assert obstacle(state, "right") == "water at (6,6)"
    assert obstacle(state, "down") == "", "a ledge to jump"
    assert obstacle(cells.put(at.WALK_BIKE_SURF, 2).read(), "right") == ""
    assert obstacle(Cells().ground(0x27, (4, 5)).read(), "down") == "a ledge at (5,7)"
    assert obstacle(Cells().ground(0x3D, (4, 5)).read(), "down") == "a tree at (5,7)"
    assert obstacle(Cells().ground(WALL, (4, 5)).warps((5, 7, 0, 1)).read(), "down") == "a wall at (5,7)"
    assert obstacle(Cells().person(1, 5, 7, picture=0x3F).read(), "down") == "something at (5,7)"
    assert obstacle(Cells().read(), "down") == ""
    assert obstacle(Cells().put(at.FONT_LOADED, 1).read(), "down") == "a text is open"
    assert obstacle(Cells().put(at.JOY_IGNORE, 255).read(), "down") == "control is taken away"
    assert obstacle(Cells().battle().read(), "down") == "a battle goes on"


def test_heights_are_in_the_way_both_ways() -> None:
    cells = Cells().put(at.TILESET, 17).put(0x1735, 0x05, 0x20, 0xFF).ground(0x20).ground(0x05, (5, 4))
    assert obstacle(cells.read(), "right") == "a step in height at (6,6)"
    assert obstacle(cells.ground(0x05).ground(0x20, (5, 4)).read(), "right") == "a step in height at (6,6)"
    assert obstacle(cells.put(at.TILESET, 0).read(), "right") == ""
