"""Nobody at the pad: whatever is pressed, the free cartridge's memory stays within its bounds and the game goes on."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hearthway_machine import Machine

from reason_arena.tasks.pokemon.hearthway.beings import CREATURES, ITEMS, MOVES
from reason_arena.tasks.pokemon.hearthway.world import PLACES, WALKABLE

BUTTONS = ("up", "down", "left", "right", "a", "b", "start", "select")
SPECIES = {creature.species for creature in CREATURES}
NUMBERS = {item.number for item in ITEMS.values()}


def check(machine: Machine) -> None:
    memory, look = machine.memory, machine.look
    at, x, y = look.at
    assert at < len(PLACES)
    assert PLACES[at].square(x, y) in WALKABLE | {"sapling", "ledge"}
    assert (memory[0xD368], memory[0xD369]) == (len(PLACES[at].grid) // 2, len(PLACES[at].grid[0]) // 2)
    assert look.size <= 6
    assert memory[0xD164 + look.size] == 0xFF
    for slot in range(look.size):
        base = 0xD16B + 44 * slot
        assert memory[base] == memory[0xD164 + slot]
        assert memory[base] in SPECIES
        assert look.word(base + 1) <= look.word(base + 34) < 100
        assert 1 <= memory[base + 33] <= 30
        assert memory[base + 4] <= 8
        for move, left in zip(memory[base + 8 : base + 12], memory[base + 29 : base + 33], strict=True):
            assert left <= MOVES[move].pp if move else left == 0
    assert memory[0xD31E + 2 * memory[0xD31D]] == 0xFF
    assert all(item in NUMBERS and 1 <= count <= 99 for item, count in look.bag)
    assert 0 <= look.money <= 999_999


@pytest.mark.parametrize("already", [0, 300, 1000, 2000])
def test_random_presses_leave_memory_in_order_and_the_solver_a_way(tmp_path: Path, already: int) -> None:
    machine, random = Machine(tmp_path, already), Random(f"pad {already}")
    machine.solve(until=lambda: machine.actions >= already)
    machine.do("start wait*2")
    for i in range(1500):
        if i % 50 == 0:  # a mood for some presses makes it go further than chance alone
            likes = [random.random() ** 2 for _ in BUTTONS]
        machine.press(random.choices(BUTTONS, likes)[0], held=random.choice((2, 8, 8, 14)))
        check(machine)
    machine.play(lambda solver: solver.settle(), limit=300)
    machine.play(lambda solver: solver.go("HAMLET", 9, 9) if machine.look.size else solver.go("HAMLET", 9, 2))
    machine.stop()
