"""Real save states of an owner, where there are any: REASON_POKEMON_STATES is their folder.

Eleven public states were read once, without a cartridge; the table says what stands in them. A state of another name is
held to what every state must be; one without a party is to be named init*. Without a folder
the finder is tested on memories made by hand.
"""

from __future__ import annotations

import os
from array import array
from functools import partial
from pathlib import Path
from random import Random

import pytest
from pokemon_memory import Cells, rich

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.reader import PokemonReader
from reason_arena.tasks.pokemon.saved_states import find_wram
from reason_arena.tasks.pokemon.state import GameState

RED = profiles.red()
LATE = (49, 5, 16, 15, 12, 11)
TABLE = {
    "has_pokedex_nballs": (40, 5, 3, (6,), 0, 975, 11, 2, 1, 3, (0, 13, 17)),
    "Bulbasaur": (40, 5, 3, (6,), 0, 2_175, 11, 2, 1, 5, (2, 38, 56)),
    "cut": (5, 11, 20, (31, 5, 9, 13, 15, 12), 3, 14_068, 73, 9, 10, 44, (3, 59, 51)),
    "mtmoon": (61, 30, 6, LATE, 5, 58_053, 144, 4, 13, 81, (10, 11, 55)),
    "rocktunnel": (82, 11, 27, LATE, 5, 57_843, 143, 8, 13, 80, (10, 4, 28)),
    "pokeflute": (23, 6, 62, (50, *LATE[1:]), 5, 59_878, 145, 4, 13, 81, (10, 3, 12)),
    "surf": (32, 16, 57, LATE[:5], 5, 57_843, 143, 0, 13, 80, (9, 48, 17)),
    "victory_road_2": (194, 4, 12, (56, *LATE[1:]), 8, 97_307, 198, 7, 14, 95, (11, 12, 10)),
    "beat_lance_1": (113, 5, 1, (74, 25, 18), 8, 249_763, 363, 3, 5, 125, (75, 51, 32)),
    "beat_champion": (118, 4, 2, (75, 25, 18), 8, 256_198, 364, 2, 5, 125, (76, 1, 9)),
    "safari_glitched": (219, 21, 11, (44, 5, 16, 15, 12), 4, 36_331, 136, 8, 11, 71, (11, 12, 34)),
}
"""map, x, y, levels, number of badges, money, flags set, warps, species caught and seen, time of play"""


def row(state: GameState) -> tuple[object, ...]:
    place = state.position
    return (
        *(
            place.map,
            place.x,
            place.y,
            tuple(each.level for each in state.party),
            state.badges.bit_count(),
            state.money,
        ),
        int.from_bytes(state.events, "little").bit_count(),
        *(len(state.warps), state.owned, state.seen, state.clock),
    )


def states() -> list[Path]:
    folder = os.environ.get("REASON_POKEMON_STATES")
    return sorted(path for path in Path(folder).rglob("*.state*") if path.is_file()) if folder else []


def named(path: Path) -> str:
    """What the table would call a file."""
    return path.name.split(".")[0]


HERE = pytest.mark.skipif(not states(), reason="REASON_POKEMON_STATES names no folder with saved states")


@HERE
@pytest.mark.parametrize("name", TABLE)
def test_a_row_of_the_table_has_its_state(name: str) -> None:
    """Skipped, one by one, where a file is missing or has another name, so that nobody takes its row for checked."""
    files = [path for path in states() if named(path) == name]
    if not files:
        pytest.skip(f"no file {name}.state* in REASON_POKEMON_STATES: its row of the table was not checked")
    for path in files:
        wram = find_wram(path.read_bytes())
        assert wram is not None, f"{path.name}: expected the memory of one game with a party, found none"
        assert row(PokemonReader(RED).read(wram)) == TABLE[name]


@HERE
@pytest.mark.parametrize("path", states(), ids=lambda path: path.name)
def test_a_real_state(path: Path) -> None:
    wram = find_wram(path.read_bytes())
    if path.name.startswith("init"):
        assert wram is None, f"{path.name}: expected no party yet, found one"
        return
    found = "the memory of one game with a party; a state from before the first companion is to be named init*"
    assert wram is not None, f"{path.name}: expected {found}"
    state = PokemonReader(RED).read(wram)
    assert all(0 <= each.health <= 1 for each in state.party)
    assert not state.position.name.startswith("unknown")
    assert state.position.x < state.position.width
    assert state.position.y < state.position.height


def test_memory_is_found_in_a_file_of_any_format() -> None:
    noise = Random(1).randbytes(70_000)
    memory = bytes(rich().bytes[0xC000:0xE000])
    assert find_wram(noise[:31_337] + memory + noise) == memory
    assert find_wram(memory) == memory
    assert find_wram(noise) is None


def test_a_bare_working_memory_may_be_any_sequence() -> None:
    cells = bytes(rich().bytes[0xC000:0xE000])
    states = [PokemonReader(RED).read(kind(cells)) for kind in (bytes, list, memoryview, partial(array, "B"))]
    assert all(state == states[0] for state in states)


def test_no_party_is_reported_and_not_read() -> None:
    assert find_wram(bytes(Cells().bytes[0xC000:0xE000]) + bytes(100)) is None
    assert find_wram(b"") is None


def test_two_games_in_one_file_are_not_guessed_between() -> None:
    memory = bytes(rich().bytes[0xC000:0xE000])
    assert find_wram(memory + memory) is None


@pytest.mark.parametrize(
    ("address", "value"),
    [
        (at.PARTY_COUNT, 7),
        (at.PARTY_SPECIES + 2, 1),
        (at.PARTY, 1),
        (at.PARTY + 33, 101),
        (at.BAG_COUNT, 21),
        (at.BAG, 0),
        (at.BAG + 6, 0),
    ],
)
def test_each_part_of_the_structure_counts(address: int, value: int) -> None:
    cells = rich().put(address, value)
    found = find_wram(bytes(cells.bytes[0xC000:0xE000]))
    assert (found is None) == (address != at.BAG)


def test_the_row_of_a_memory_made_by_hand() -> None:
    wram = find_wram(bytes(rich().put(at.HOURS, 1, 0, 2, 3).bytes[0xC000:0xE000]))
    assert wram is not None
    assert row(PokemonReader(RED).read(wram)) == (12, 5, 6, (12, 9), 2, 12345, 2, 2, 2, 3, (1, 2, 3))
