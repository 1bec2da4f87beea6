"""The way of Red, which nobody here can run for real: screens of its words and its first maps, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest
from pokemon_memory import FLOOR, WALL, Cells

from reason_arena.envs.pokemon.driver import Driver, SelfTestFailed
from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon.first_steps import RED, Name
from reason_arena.tasks.pokemon.progress import Progress

Screen = Callable[[Cells], Cells]


class Screens:
    """A console that shows one screen after another: each says which button leads on."""

    def __init__(self, *screens: tuple[str, Screen]) -> None:
        self.screens, self.place, self.pressed = screens, 0, list[str]()
        self.state = self._state()
        self.progress = Progress(())

    def _state(self):  # type: ignore[no-untyped-def]
        return self.screens[self.place][1](Cells().ground(0x00)).read()

    def press(self, button: str) -> str:
        self.pressed.append(button)
        if button == self.screens[self.place][0] and self.place < len(self.screens) - 1:
            self.place += 1
            self.state = self._state()
        return ""


def before(cells: Cells) -> Cells:
    """No map is loaded."""
    return cells.put(at.MAP_HEIGHT, 0, 0)


def says(words: str, more: bool) -> Screen:
    def draw(cells: Cells) -> Cells:
        before(cells).box(12, 0, 6, 20).write(14, 1, words)
        return cells.put(at.TILE_MAP + 20 * 16 + 18, 0xEE) if more else cells

    return draw


def lists(*labels: str, cursor: int = 0) -> Screen:
    def draw(cells: Cells) -> Cells:
        before(cells).box(0, 0, 2 * len(labels) + 2, 12)
        for n, label in enumerate(labels):
            cells.write(2 + 2 * n, 2, label)
        return cells.put(at.TILE_MAP + 20 * (2 + 2 * cursor) + 1, 0xED)

    return draw


def junk(cells: Cells) -> Cells:
    """A picture whose tiles have the numbers of letters, a cursor and an arrow."""
    return before(cells).put(at.TILE_MAP, *range(0x80, 0xF0))


def upstairs(cells: Cells) -> Cells:
    return cells.put(at.MAP, 38).put(at.MAP_HEIGHT, 4, 4).put(at.Y, 6, 3)


BEGINNING = (
    ("start", junk),
    ("start", before),
    ("a", lists("NEW GAME", "OPTION")),
    ("noop", before),
    ("a", says("Hello there!", more=True)),
    ("a", says("First, what is", more=True)),
    ("down", lists("NEW NAME", "RED", "ASH", "JACK")),
    ("a", lists("NEW NAME", "RED", "ASH", "JACK", cursor=1)),
    ("noop", before),
    ("a", says("Right! So your", more=True)),
    ("down", lists("NEW NAME", "BLUE", "GARY", "JOHN")),
    ("a", lists("NEW NAME", "BLUE", "GARY", "JOHN", cursor=1)),
    ("b", says("Your very own", more=False)),
    ("noop", before),
    ("", upstairs),
)


def test_the_beginning_of_red_is_played_by_its_words() -> None:
    console = Screens(*BEGINNING)
    driver = Driver(console, most=60)
    for stage in RED.stages[:4]:
        for part in stage.parts:
            driver.do(part)
    assert console.place == len(BEGINNING) - 1
    position = console.state.position
    assert (position.name, position.x, position.y) == ("Red's House 2F", 3, 6)
    assert "start" not in console.pressed[2:], "the pad's menu is not opened by the way"
    assert console.pressed.count("down") == 2


def test_a_list_that_does_not_close_is_told() -> None:
    console = Screens(("down", lists("NEW NAME", "RED")), ("", lists("NEW NAME", "RED", cursor=1)))
    with pytest.raises(SelfTestFailed, match=r"expected the name below 'NEW NAME' to be taken, .*after 20 presses"):
        Driver(console, most=20).do(Name("NEW NAME"))


class Town:
    """Red's first maps as facts have them, played by hand: stairs that one steps on, a mat that one leaves downwards.

    A press of another direction than one faces only turns. North of town a man stops the player and leads to the lab.
    """

    SIZES: ClassVar = {38: (8, 8), 37: (8, 8), 0: (20, 18), 40: (10, 12)}
    WARPS: ClassVar = {
        38: ((7, 1, 2, 37),),
        37: ((2, 7, 0, 0xFF), (3, 7, 0, 0xFF), (7, 1, 0, 38)),
        0: ((5, 5, 0, 37), (13, 5, 0, 39), (12, 11, 1, 40)),
        40: ((4, 11, 2, 0xFF), (5, 11, 2, 0xFF)),
    }
    LED: ClassVar[tuple[tuple[str, str, bool], ...]] = (
        ("a", "Hey! Wait!", True),
        ("noop", "", False),
        ("noop", "", False),
        ("a", "It is unsafe!", True),
    )
    STEPS: ClassVar = {"up": (0, -1, 4), "down": (0, 1, 0), "left": (-1, 0, 8), "right": (1, 0, 12)}

    def __init__(self) -> None:
        self.map, self.x, self.y, self.facing = 38, 3, 6, 0
        self.script: list[tuple[str, str, bool]] = []
        self.event, self.presses = False, 0
        self.progress = Progress(())
        self.look()
        self.progress.begin(self.state)

    def wall(self, x: int, y: int) -> bool:
        width, height = self.SIZES[self.map]
        if not (0 <= x < width and 0 <= y < height):
            return not (self.map == 0 and x in (10, 11) and y < 0)
        if self.map == 0:
            houses = [(4, 3, 7, 5), (12, 3, 15, 5), (10, 8, 15, 11)]
            door = any((x, y) == warp[:2] for warp in self.WARPS[0])
            fence = y == 1 and x not in (10, 11)
            return fence or (not door and any(a <= x <= c and b <= y <= d for a, b, c, d in houses))
        return y == 0 or (self.map == 37 and (x, y) in ((3, 4), (4, 4), (3, 5), (4, 5)))

    def look(self) -> None:
        width, height = self.SIZES[self.map]
        cells = Cells().put(at.MAP, self.map).put(at.Y, self.y, self.x).put(at.MAP_HEIGHT, height // 2, width // 2)
        cells.warps(*self.WARPS[self.map]).put(at.SPRITES_1 + 9, self.facing).event(0, self.event)
        cells.ground(FLOOR)
        squares = [(c, r) for c in range(10) for r in range(9) if self.wall(self.x - 4 + c, self.y - 4 + r)]
        if squares:
            cells.ground(WALL, *squares)
        if self.script:
            cells.put(at.JOY_IGNORE, 0xFC)
            _, words, more = self.script[0]
            if words:
                cells.box(12, 0, 6, 20).write(14, 1, words)
            if more:
                cells.put(at.TILE_MAP + 20 * 16 + 18, 0xEE)
        self.state = cells.read()

    def press(self, button: str) -> str:
        self.presses += 1
        if self.script:
            if button == self.script[0][0]:
                self.script.pop(0)
                if not self.script and self.map == 0:
                    self.map, self.x, self.y, self.facing, self.event = 40, 5, 3, 4, True
                    self.script = [("noop", "", False), ("a", "Let me think...", True), ("b", "Be patient!", False)]
        elif button in self.STEPS:
            self.walk(*self.STEPS[button])
        self.look()
        self.progress.update(self.state)
        return ""

    def walk(self, dx: int, dy: int, facing: int) -> None:
        if self.facing != facing:
            self.facing = facing
        elif self.map == 37 and (self.x, self.y) in ((2, 7), (3, 7)) and dy > 0:
            self.map, self.x, self.y = 0, 5, 6
        elif not self.wall(self.x + dx, self.y + dy):
            self.x, self.y = self.x + dx, self.y + dy
            if (self.map, self.x, self.y) == (38, 7, 1):
                self.map = 37
            elif self.map == 0 and self.y == 1:
                self.script = list(self.LED)


def test_the_way_of_red_is_walked_in_a_town_made_by_hand() -> None:
    town = Town()
    driver = Driver(town)
    came = []
    for stage in RED.stages[3:]:
        for part in stage.parts:
            driver.do(part)
        came.append((stage.name, town.map, town.x, town.y))
    assert came == [
        ("the first map", 38, 3, 6),
        ("down the stairs", 37, 7, 1),
        ("out of the house", 0, 5, 6),
        ("stopped north of town", 0, 10, 1),
        ("in the lab", 40, 5, 3),
    ]
    assert town.state.free
    assert town.state.event(0)
    assert town.presses < 120, "it does not wander"
