"""The owner's self-test: the first steps of a cartridge, played through the environment, with a row for each stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from ...tasks.pokemon.first_steps import Course, course
from .driver import Driver
from .emulator import emulator_version
from .text import PokemonTextEnv

SEED = 0


@dataclass(frozen=True)
class Row:
    """A fixed point of the way: the same cartridge and emulator always come to the same memory here."""

    stage: str
    step: int
    map: int
    name: str
    """of the map; empty at the title"""
    x: int
    y: int
    digest: str
    """SHA-1 of the console's memory"""


class SelfTest:
    """A cartridge on its first steps. `rows` plays them.

    Args:
        rom_path: the owner's cartridge; the free one if not told.
        allow_unknown_rom: take any, and lead it like Red.

    Raises:
        BadCartridge: the file holds none, or none that is known.
        BadConfig: PyBoy is not installed.
    """

    def __init__(self, rom_path: str | PathLike[str] | None = None, allow_unknown_rom: bool = False) -> None:
        level = "steps=20000" if rom_path is not None else "cartridge=hearthway,steps=20000"
        self._env = PokemonTextEnv("train", level, rom_path=rom_path, allow_unknown_rom=allow_unknown_rom)
        self.course: Course = course(self._env.cartridge.profile)

    @property
    def cartridge(self) -> tuple[str, str]:
        """How it is called, and the SHA-1 of its bytes."""
        return self._env.cartridge.profile.title, self._env.cartridge.sha1

    @property
    def emulator(self) -> str:
        """With its version."""
        return f"PyBoy {emulator_version()}"

    @property
    def milestones(self) -> tuple[tuple[int, str], ...]:
        """(number, goal) of those that were reached so far."""
        of = self._env.game.progress.milestones
        return tuple((index + 1, of.all[index].goal) for index in sorted(of.first))

    @property
    def record(self) -> str:
        """The game so far, for `reason replay`."""
        return self._env.record()

    def rows(self) -> Iterator[Row]:
        """Play, and tell of each stage when it is done. Raises SelfTestFailed."""
        self._env.reset(seed=SEED)
        game = self._env.game
        driver = Driver(game)
        for stage in self.course.stages:
            for part in stage.parts:
                driver.do(part)
            place = game.state.position
            name = "" if game.state.title else place.name
            yield Row(stage.name, game.progress.step, place.map, name, place.x, place.y, self._env.digest())

    def close(self) -> None:
        """Switch off; nothing is written."""
        self._env.close()
