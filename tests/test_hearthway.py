"""The free cartridge: it is what its sources say, and it can be won from memory alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hearthway_machine import Machine

from reason_arena.tasks.pokemon import hearthway
from reason_arena.tasks.pokemon.hearthway import build
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import MILESTONES


def test_the_cartridge_is_the_one_with_the_checksum() -> None:
    assert hashlib.sha1(hearthway.rom()).hexdigest() == hearthway.SHA1
    assert len(hearthway.rom()) == 32 * 1024


def test_the_header_has_our_title_and_nobody_elses_logo() -> None:
    rom = hearthway.rom()
    assert rom[0x104:0x134] == bytes(48)
    assert rom[0x134:0x144] == b"HEARTHWAY".ljust(16, b"\0")
    check = 0
    for byte in rom[0x134:0x14D]:
        check = (check - byte - 1) & 0xFF
    assert rom[0x14D] == check
    assert (rom[0x14E] << 8 | rom[0x14F]) == (sum(rom) - rom[0x14E] - rom[0x14F]) & 0xFFFF


@pytest.mark.skipif(build.version() != build.SDCC, reason=f"needs sdcc {build.SDCC}, found {build.version()}")
def test_the_sources_build_the_cartridge_byte_for_byte() -> None:
    assert hashlib.sha1(build.build()).hexdigest() == hearthway.SHA1


def wins(folder: Path, seed: int) -> int:
    machine = Machine(folder, seed)
    came = machine.solve()
    assert came == [milestone.key for milestone in MILESTONES]
    machine.stop()
    return machine.actions


@pytest.mark.parametrize("seed", [1, 2])
def test_the_solver_reaches_every_milestone_in_order(tmp_path: Path, seed: int) -> None:
    wins(tmp_path, seed)


def test_a_solver_takes_over_a_game_at_any_moment(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 3)
    first = Solver()
    came: list[int] = []
    while (button := first.act(machine.memory)) is not None and machine.actions < 4000:
        machine.press(button)
        if machine.actions % 173 == 0:
            came.append(machine.actions)
            first = Solver()
    assert machine.look.event("HEARTH"), (machine.look.at, came[-1])
    machine.stop()


@pytest.mark.slow
def test_the_solver_wins_on_twenty_seeds(tmp_path: Path) -> None:
    actions = [wins(tmp_path, 257 * seed) for seed in range(20)]
    assert len(set(actions)) > 10, "the seed changes what happens"
