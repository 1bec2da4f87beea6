"""The reader on the free cartridge: one whole game by its solver, both views compared at every step of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

pytest.importorskip("pyboy")
from hearthway_machine import Machine

from reason_arena.tasks.pokemon import paths, profiles
from reason_arena.tasks.pokemon.array_view import SPACES, array_view
from reason_arena.tasks.pokemon.facts import facts_of_arrays, facts_of_text
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import IDS, PLACES
from reason_arena.tasks.pokemon.parts import Square
from reason_arena.tasks.pokemon.progress import Progress
from reason_arena.tasks.pokemon.reader import PokemonReader
from reason_arena.tasks.pokemon.rewards import RewardConfig, RewardTerms
from reason_arena.tasks.pokemon.saved_states import find_wram
from reason_arena.tasks.pokemon.text_view import LIMIT, text_view

FREE = profiles.hearthway()


def test_a_whole_game(tmp_path: Path) -> None:
    machine, reader, solver, rewards = Machine(tmp_path, 3), PokemonReader(FREE), Solver(), RewardTerms()
    progress = Progress(FREE.milestones, FREE.unpaid, 20_000)
    state = reader.read(machine.memory)
    assert state.title
    assert any("PRESS START" in line for line in state.text)
    progress.begin(state)
    first = progress.measures
    rewards.begin(first)
    order, paid, kinds, squares = [], 0.0, set(), set()
    while (button := solver.act(machine.memory)) is not None:
        machine.press(button)
        state = reader.read(machine.memory)
        reached = set(progress.milestones.first)
        paid += sum(rewards.step(progress.update(state)).values())
        order += sorted(set(progress.milestones.first) - reached)
        text, arrays = text_view(state, progress), array_view(state, progress)
        assert facts_of_text(text, FREE) == facts_of_arrays(arrays), text
        assert state.doubts == ()
        assert len(text) <= LIMIT
        assert {name: array.shape for name, array in arrays.items()} == {
            name: each.shape for name, each in SPACES.items()
        }
        assert "unknown" not in text
        kinds.add((state.battle.kind if state.battle else "", state.menu is not None, bool(state.text)))
        squares |= set(state.grid.squares)
    assert order == list(range(len(FREE.milestones)))
    assert progress.milestones.done
    weights = RewardConfig()
    gains = zip(type(first)._fields, progress.measures, first, strict=True)
    assert paid == pytest.approx(sum(getattr(weights, name) * (now - before) for name, now, before in gains))
    assert {"", "wild", "trainer"} <= {kind for kind, _, _ in kinds}
    assert set(Square) - squares <= {Square.LEDGE_LEFT, Square.LEDGE_RIGHT, Square.THING}
    machine.stop()


def test_a_pouch_is_a_thing_and_can_be_stood_beside(tmp_path: Path) -> None:
    machine, reader = Machine(tmp_path, 1), PokemonReader(FREE)
    machine.begin()
    pouch = next(each for each in PLACES[IDS["TRAIL"]].people if each.who == "POUCH1")
    machine.play(lambda solver: solver.go("TRAIL", pouch.x, pouch.y, beside=True))
    state = reader.read(machine.memory)
    assert state.grid.at(pouch.x, pouch.y) == Square.THING
    assert [(each.x, each.y) for each in state.people if each.thing] == [(pouch.x, pouch.y)]
    machine.stop()


def test_memory_is_found_in_a_state_that_the_emulator_saves(tmp_path: Path) -> None:
    """What is read from the file is what is read from the emulator, but for the ground, which the cartridge tells."""
    machine, file = Machine(tmp_path, 2), io.BytesIO()
    machine.emulator.save_state(file)
    assert find_wram(file.getvalue()) is None, "nobody has a party at the title"
    machine.begin()
    file = io.BytesIO()
    machine.emulator.save_state(file)
    wram = find_wram(file.getvalue())
    assert wram is not None
    assert wram == bytes(machine.memory[0xC000:0xE000])
    saved, live = PokemonReader(FREE).read(wram), PokemonReader(FREE).read(machine.memory)
    assert saved.raw == live.raw._replace(passable=None)
    assert (saved.party, saved.position) == (live.party, live.position)
    machine.stop()


def test_ways_lead_where_they_say(tmp_path: Path) -> None:
    """From the first room, by `route` alone: each press moves as foreseen, to every square that has a way."""
    machine, reader = Machine(tmp_path, 5), PokemonReader(FREE)
    machine.begin()
    machine.do("wait*2")
    progress = Progress(FREE.milestones)
    progress.begin(reader.read(machine.memory))
    walked = 0
    for goal in ((1, 5), (8, 6), (0, 3), (5, 1), (4, 6)):
        state = reader.read(machine.memory)
        found = paths.route(progress.atlas, state, *goal)
        for step in found.steps:
            before = state.position.x, state.position.y
            for _ in range(2):  # the first press may only turn
                if (state.position.x, state.position.y) == before:
                    machine.press(step)
                    state = reader.read(machine.memory)
                    progress.update(state)
            assert (state.position.x, state.position.y) != before
            walked += 1
        if found:
            assert (state.position.x, state.position.y) == goal
    assert walked > 15
    machine.stop()
