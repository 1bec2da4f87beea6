"""HEARTHWAY in an emulator, for tests: presses of 24 frames, the screen as words, milestones as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reason_arena.tasks.pokemon.hearthway import rom
from reason_arena.tasks.pokemon.hearthway.beings import ITEMS
from reason_arena.tasks.pokemon.hearthway.charset import CODES
from reason_arena.tasks.pokemon.hearthway.glance import Glance
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import MILESTONES, Milestone

LETTERS = {code: letter for letter, code in CODES.items()}


class Machine:
    """The cartridge, switched on and at the title; `seed` goes into the two random bytes."""

    def __init__(self, folder: Any, seed: int = 0) -> None:
        pyboy = pytest.importorskip("pyboy")
        path = folder / "hearthway.gb"
        if not path.exists():
            path.write_bytes(rom())
        self.emulator = pyboy.PyBoy(str(path), window="null", sound_emulated=False, log_level="ERROR")
        self.emulator.set_emulation_speed(0)
        self.memory = self.emulator.memory
        self.emulator.tick(119, True)
        self.emulator.tick(1, True)  # the first picture that an emulator draws is a line off
        self.memory[0xFFD3], self.memory[0xFFD4] = seed & 0xFF, seed >> 8
        self.actions = 0
        self.maps: set[int] = set()

    @property
    def look(self) -> Glance:
        return Glance(self.memory)

    def press(self, button: str | None, held: int = 8, frames: int = 24) -> None:
        self.actions += 1
        if button:
            self.emulator.button_press(button)
        self.emulator.tick(held, False)
        if button:
            self.emulator.button_release(button)
        self.emulator.tick(frames - held, True)
        if not self.memory[0xCFC4]:
            self.maps.add(self.memory[0xD35E])

    def do(self, presses: str) -> None:
        """Presses such as "up*3 a start"; "wait" presses nothing."""
        for word in presses.split():
            button, _, times = word.partition("*")
            for _ in range(int(times or 1)):
                self.press(None if button == "wait" else button)

    def until(self, condition: Callable[[], bool], button: str | None = None, limit: int = 60) -> None:
        """Presses until something is so."""
        while not condition():
            self.press(button)
            limit -= 1
            assert limit, self.rows()

    def rows(self) -> list[str]:
        """The screen buffer as text, a dot where no letter is."""
        cells = list(self.memory[0xC3A0:0xC508])
        return ["".join(LETTERS.get(code, ".") for code in cells[20 * y : 20 * y + 20]) for y in range(18)]

    def shows(self, words: str) -> bool:
        return words in " ".join(" ".join(self.rows()).split())

    def reached(self, milestone: Milestone) -> bool:
        if milestone.kind == "map":
            return milestone.value in self.maps
        if milestone.kind == "event":
            return self.look.bit(0xD747, milestone.value)
        if milestone.kind == "badge":
            return self.look.bit(0xD356, milestone.value)
        return sum(self.memory[0xD2F7 + i].bit_count() for i in range(19)) >= milestone.value

    def solve(self, until: Callable[[], bool] = lambda: False, limit: int = 9000) -> list[str]:
        """Lets the solver play; the milestones in the order they came."""
        solver, came = Solver(), list[str]()
        while not until() and (button := solver.act(self.memory)) is not None:
            self.press(button)
            came += [m.key for m in MILESTONES if m.key not in came and self.reached(m)]
            assert self.actions < limit, f"lost at {self.look.at} after {came}"
        return came

    def play(self, steps: Callable[[Solver], Iterator[str]], limit: int = 2000) -> None:
        """Does a part of what the solver can, such as `lambda s: s.talk("ELDER", "ELDER")`."""
        solver = Solver()
        solver.see(self.memory)
        for button in steps(solver):
            self.press(button)
            limit -= 1
            assert limit, f"lost at {self.look.at}"

    def begin(self) -> None:
        """From the title to the first map, with a companion, and no wild creatures for 255 steps."""
        self.do("start wait")
        self.play(lambda solver: solver.talk("ELDER", "ELDER"))
        self.memory[0xD0DB] = 255

    def give(self, *items: tuple[str, int]) -> None:
        """Puts things in the bag, in this order."""
        self.memory[0xD31D] = len(items)
        cells = [value for key, count in items for value in (ITEMS[key].number, count)] + [0xFF]
        for i, value in enumerate(cells):
            self.memory[0xD31E + i] = value

    def stop(self) -> None:
        self.emulator.stop(save=False)
