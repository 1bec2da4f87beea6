"""Someone who plays by reading the screen: words, menus, and ways over what has been seen. Frames are never counted.

Every wait has an end, and when it comes the error says what was expected, what the screen says, and after how many
presses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...tasks.errors import ReasonError
from ...tasks.pokemon.first_steps import Arrive, Choose, Door, Name, Part, Talk, Walk, Words
from ...tasks.pokemon.parts import Facing, Square
from ...tasks.pokemon.paths import route
from ...tasks.pokemon.progress import Progress
from ...tasks.pokemon.state import GameState

MOST = 600
"""presses that one part may take"""
_STILL = 2
"""presses after which a text that neither moves nor shows its arrow is taken for one that waits"""
_WAITS = 20
"""presses for which nobody moves because there is no way"""
_SETTLED = 2
"""presses after the player has come to a map, while its picture fades in"""
_STANDING = {Square.FREE, Square.GRASS}
_TO = {"down": (0, 1), "left": (-1, 0), "right": (1, 0), "up": (0, -1)}


class SelfTestFailed(ReasonError):
    """A part of the way could not be done: what was expected, what the screen says, and after how many presses."""


class Console(Protocol):
    """What is driven, such as a `Game`."""

    state: GameState
    progress: Progress

    def press(self, button: str) -> str:
        """One step; tells why a direction led nowhere."""


class Driver:
    """Does the parts of a course, one after the other.

    Args:
        console: at the title.
        most: presses that one part may take.
    """

    def __init__(self, console: Console, most: int = MOST) -> None:
        self._console, self._most = console, most
        self._presses = self._still = 0

    @property
    def state(self) -> GameState:
        """Now."""
        return self._console.state

    def do(self, part: Part) -> None:
        """One part. Raises SelfTestFailed."""
        self._presses = self._still = 0
        if isinstance(part, Words):
            self._words(part)
        elif isinstance(part, Choose):
            self._until(lambda: self._place(part.label) is not None, f"a menu with {part.label!r}", part.button)
            self._choose(self._place(part.label) or 0, part.label)
        elif isinstance(part, Name):
            self._until(lambda: self._place(part.label) == 0, f"a list of names under {part.label!r}")
            self._choose(1, f"the name below {part.label!r}")
        elif isinstance(part, Arrive):
            self._arrive(part)
        elif isinstance(part, Door):
            self._door(part.map)
        elif isinstance(part, Walk):
            self._walk({(part.x, part.y)}, f"a way to ({part.x},{part.y})", or_text=True)
        else:
            self._talk(part)

    # ---- words and menus
    def _words(self, part: Words) -> None:
        if part.words:
            self._until(lambda: part.words in self._said(), f"the words {part.words!r}", part.button)
        else:
            self._press(part.button)

    def _until(self, holds: Callable[[], bool], expected: str, button: str = "") -> None:
        """Read on until something holds, or press one button until it does."""
        while not holds():
            state, before = self.state, self._said()
            if button:
                # Before the game the screen may show pictures that read like words, so they decide nothing.
                self._press(button, expected)
            elif state.waiting:
                self._press("a", expected)
            elif self._still >= _STILL and before and not state.menu:
                # The last page of a text has no arrow; B closes it and does not speak to anybody again.
                self._press("b", expected)
            else:
                self._press("noop", expected)
            self._still = self._still + 1 if self._said() == before else 0

    def _place(self, label: str) -> int | None:
        """Which choice of the menu has a label."""
        menu = self.state.menu
        return menu.labels.index(label) if menu and label in menu.labels else None

    def _choose(self, place: int, expected: str) -> None:
        """Bring the cursor to a choice, see it there, and press A."""
        while (menu := self.state.menu) is not None and menu.index != place:
            self._press("down" if menu.index < place else "up", f"the cursor at {expected}")
        if menu is None:
            raise self._failed(f"the cursor at {expected}")
        self._press("a")
        while self.state.menu is not None and self.state.menu.labels == menu.labels:
            self._press("noop", f"{expected} to be taken")

    # ---- walking
    def _arrived(self, part: Arrive) -> bool:
        state = self.state
        if not state.free or state.title or state.position.map != part.map:
            return False
        return part.event is None or state.event(part.event)

    def _arrive(self, part: Arrive) -> None:
        self._until(lambda: self._arrived(part), self._goal(part))
        for _ in range(_SETTLED):
            self._press("noop")
        self._until(lambda: self._arrived(part), self._goal(part))

    def _goal(self, part: Arrive) -> str:
        event = "" if part.event is None else f" after event {part.event:#05x}"
        return f"to walk on {self.state.profile.map_name(part.map)}{event}"

    def _door(self, number: int) -> None:
        """Step on a door to a map, and where that is not enough, as on a mat, walk on over the edge."""
        expected = f"a door to {self.state.profile.map_name(number)}"
        doors = {(warp.x, warp.y) for warp in self.state.warps if warp.name == self.state.profile.map_name(number)}
        if not doors:
            raise self._failed(expected)
        here = self.state.position.map
        self._walk(doors, expected)
        for direction in _TO:
            if self.state.position.map == here and not self.state.title:
                self._press(direction, expected)
        self._arrive(Arrive(number))

    def _talk(self, part: Talk) -> None:
        expected = f"someone at ({part.x},{part.y})"
        beside = {(part.x - x, part.y - y): button for button, (x, y) in _TO.items()}
        self._walk(set(beside), expected)
        place = self.state.position
        if (place.x, place.y) not in beside:  # a door on the way led elsewhere
            raise self._failed(expected)
        button = beside[place.x, place.y]
        if place.facing != Facing[button.upper()]:
            self._press(button, expected)
        while not self.state.text_open:
            self._press("a", f"{expected} who speaks")

    def _walk(self, goals: set[tuple[int, int]], expected: str, or_text: bool = False) -> None:
        """By ways over what has been seen; towards what has not, over the nearest of what has."""
        here = self.state.position.map
        tried, waits = set[tuple[int, int]](), _WAITS
        while True:
            state = self.state
            at = state.position.x, state.position.y
            if at in goals or state.position.map != here or (or_text and state.text_open):
                return
            if not state.free:
                self._press("a" if state.waiting else "noop", expected)
                continue
            steps = self._way(goals, tried)
            if steps:
                self._stride(steps, expected)
            elif waits:
                waits -= 1  # someone may stand in the way, and go
                tried.clear()
                self._press("noop", expected)
            else:
                raise self._failed(expected)

    def _way(self, goals: set[tuple[int, int]], tried: set[tuple[int, int]]) -> tuple[str, ...]:
        """Directions to a goal, or to the square nearest to one that was not tried before."""
        state, atlas = self.state, self._console.progress.atlas
        for goal in sorted(goals):
            if found := route(atlas, state, *goal):
                return found.steps
        sheet = atlas.sheets[state.position.map]
        seen = [
            (min(abs(x - gx) + abs(y - gy) for gx, gy in goals), x, y)
            for x in range(sheet.width)
            for y in range(sheet.height)
            if sheet.square(x, y) in _STANDING and (x, y) not in tried
        ]
        for _, x, y in sorted(seen):
            tried.add((x, y))
            if found := route(atlas, state, x, y):
                return found.steps
        return ()

    def _stride(self, steps: tuple[str, ...], expected: str) -> None:
        """Walk until the plan is done or the world is another than it was made for."""
        for direction in steps:
            before = self.state.position
            for _ in range(2):
                self._press(direction, expected)
                now = self.state.position
                # A first press may only turn.
                if (now.x, now.y, now.map) != (before.x, before.y, before.map) or not self.state.free:
                    break
            else:
                return
            if self.state.position.map != before.map or not self.state.free:
                return

    # ---- what everything is made of
    def _press(self, button: str, expected: str = "") -> None:
        if self._presses >= self._most:
            raise self._failed(expected)
        self._presses += 1
        self._console.press(button)

    def _said(self) -> str:
        return " ".join(self.state.text)

    def _failed(self, expected: str) -> SelfTestFailed:
        state = self.state
        said = f"the screen says {self._said()!r}" if state.text else "the screen shows no words"
        if not state.title:
            place = state.position
            said += f" at {place.name} ({place.x},{place.y})"
        return SelfTestFailed(f"expected {expected}, {said}, after {self._presses} presses")
