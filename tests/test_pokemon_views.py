"""The two views: one page by hand, and that both say the same."""

from __future__ import annotations

import numpy as np
import pytest
from pokemon_memory import Cells, rich

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.array_view import BATTLE, MILESTONES_MOST, PARTY, SCALARS, SPACES, array_view
from reason_arena.tasks.pokemon.facts import facts_of_arrays, facts_of_text
from reason_arena.tasks.pokemon.parts import Square
from reason_arena.tasks.pokemon.progress import Progress
from reason_arena.tasks.pokemon.state import GameState
from reason_arena.tasks.pokemon.text_view import LIMIT, MARKS, MAX_LENGTH, TextSettings, text_view

RED = profiles.red()
PAGE = """\
CARTRIDGE Pokémon Red
STEP 3 of 500
MILESTONES 2 of 41 (2, 4), next: follow Oak into his lab
WHERE Route 1 (5,6) facing down
MAP from x=1, y=2
    1234567890
  2 #.........
  3 ........T.
  4 ..~.>.....
  5 ..........
  6 ....@.S...
  7 ..N.......
  8 ....v.""..
  9 ..........
 10 .........#
EXITS (5,4) to Viridian Pokecenter, north edge, south edge
PEOPLE (3,7) left
PARTY 1 MOSS #153 L12 ok 30/36 exp 3079, TACKLE 35, GROWL 40; 2 REED #153 L9 fainted 0/25 exp 2311, \
TACKLE 35, GROWL 40
BAG Potion x3, Poké Ball x5, HM01 x1
MONEY 12345; badges: Boulder, Thunder; species seen 3, caught 2; home after defeat: Viridian City
NOTES buy balls
LAST nothing moved"""


def progress_at(state: GameState, steps: int = 3, most: int = 500) -> Progress:
    progress = Progress(RED.milestones, RED.unpaid, most)
    progress.begin(state)
    for _ in range(steps):
        progress.update(state)
    return progress


def both(cells: Cells) -> tuple[str, dict[str, np.ndarray]]:
    state = cells.read()
    progress = progress_at(state)
    return text_view(state, progress), array_view(state, progress)


def test_a_page() -> None:
    state = rich().ground(0x2C, (7, 4)).read()
    progress = progress_at(state)
    progress.notes, progress.last = "buy\n balls", "nothing moved"
    assert text_view(state, progress) == PAGE


def test_settings_leave_out_notes_and_hints() -> None:
    state = rich().read()
    progress = progress_at(state)
    progress.notes = "buy balls"
    text = text_view(state, progress, TextSettings(notes=False, hints=False))
    assert "NOTES" not in text
    assert "MILESTONES 2 of 41 (2, 4)\n" in text


def test_a_visited_square_has_its_own_sign() -> None:
    progress = progress_at(Cells().read(), 0)
    state = Cells().put(at.Y, 6, 6).read()
    progress.update(state)
    row = text_view(state, progress).split("\n")[10]
    assert row == "  6 ...,@....."
    assert array_view(state, progress)["visited"][4, 3:5].tolist() == [1, 1]


def test_the_cartridge_comes_first_and_is_never_called_what_it_is_not() -> None:
    free = profiles.hearthway()
    state = Cells().read(free)
    progress = Progress(free.milestones)
    progress.begin(state)
    text = text_view(state, progress)
    assert text.startswith("CARTRIDGE HEARTHWAY (a free cartridge, not Pokémon)\n")
    assert "Pokémon" not in text.split("\n", 1)[1]
    assert array_view(state, progress)["cartridge"].tolist() == [1, 0, 0, 0]


def test_arrays_by_hand() -> None:
    arrays = both(rich())[1]
    assert {name: (array.shape, array.dtype) for name, array in arrays.items()} == {
        name: (bounds.shape, np.dtype(bounds.dtype)) for name, bounds in SPACES.items()
    }
    scalars = dict(zip(SCALARS, arrays["scalars"].tolist(), strict=True))
    assert (len(SCALARS), len(BATTLE), len(PARTY)) == (24, 12, 10)
    expected = {"map": 12 / 255, "x": 5 / 255, "y": 6 / 255, "badge 1": 1, "badge 2": 0, "badge 3": 1, "step": 3 / 500}
    assert {name: scalars[name] for name in expected} == pytest.approx(expected)
    assert scalars["edges"] == pytest.approx(12 / 15)
    assert scalars["bag size"] == pytest.approx(3 / 20)
    assert arrays["bag"][:4].tolist() == [[0x14, 3], [0x04, 5], [0xC4, 1], [0, 0]]
    assert arrays["party"][0].tolist() == pytest.approx(
        [153 / 255, 0.12, 30 / 36, 0, 35 / 63, 40 / 63, 0, 0, 3079 / 1_250_000, 1]
    )
    assert arrays["party"][2:].tolist() == [[0.0] * 10] * 4
    assert arrays["milestones"].nonzero()[0].tolist() == [1, 3]
    assert arrays["cartridge"].tolist() == [0, 1, 0, 0], "Red"
    assert arrays["tiles"][9, 8] == 0x2C
    assert arrays["walk"][4, 4] == Square.YOU


def test_arrays_are_the_callers_own() -> None:
    state = rich().read()
    progress = progress_at(state)
    first = array_view(state, progress)
    for array in first.values():
        array[...] = 0
    again = array_view(state, progress)
    assert again["party"].any()
    assert again["visited"].any()
    assert again["tiles"].any()


@pytest.mark.parametrize(
    ("reached", "told"),
    [((), ""), ((7,), " (8)"), ((0, 1, 2), " (1-3)"), ((40, 0, 1, 5, 7, 8, 9), " (1-2, 6, 8-10, 41)")],
)
def test_both_views_name_the_milestones_reached(reached: tuple[int, ...], told: str) -> None:
    """Each of them, not how many, in whatever order they came."""
    state = Cells().put(at.MAP, 0).read()
    progress = progress_at(state)
    progress.milestones.first = dict.fromkeys(reached, 1)
    text, arrays = text_view(state, progress), array_view(state, progress)
    assert f"\nMILESTONES {len(reached)} of 41{told}, next: " in text
    expected = [int(index in reached) for index in range(MILESTONES_MOST)]
    assert arrays["milestones"].tolist() == expected
    facts = facts_of_text(text, RED)
    assert facts["reached"] == tuple(index + 1 for index in sorted(reached))
    assert facts == facts_of_arrays(arrays)


def test_no_cartridge_has_more_milestones_than_there_is_room_for() -> None:
    known = (profiles.hearthway, profiles.red, profiles.blue, profiles.unknown)
    assert max(len(profile().milestones) for profile in known) <= MILESTONES_MOST


MOMENTS = {
    "outside": rich(),
    "title": Cells().put(at.MAP_HEIGHT, 0, 0).ground(0x7F).write(8, 4, "PRESS START"),
    "nothing": Cells(),
    "text": rich().box(12, 0, 6, 20).write(14, 1, "Hello there").write(16, 18, "▼"),
    "menu": rich().box(0, 10, 9, 10).write(1, 12, "TEAM").write(3, 11, "▶BAG").write(5, 12, "SAVE"),
    "wild": rich().battle(),
    "trainer": rich().battle(kind=2, hp=300, top=18).put(at.OWN, 99, 0, 7).put(at.OWN_LEVEL, 31, 0, 70),
    "lost": rich().battle(kind=0xFF, hp=0),
    "safari": rich().battle().put(at.BATTLE_TYPE, 2),
    "no party in a battle": Cells().battle(),
    "script": rich().put(at.JOY_IGNORE, 0xFF),
    "water": rich().put(at.WALK_BIKE_SURF, 2),
    "edge of the map": rich().put(at.Y, 0, 0),
    "many": rich().bag(*((number, 99) for number in range(1, 9))),
    "second of the party": rich().battle().put(at.PLAYER_SLOT, 1),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_both_views_say_the_same(moment: str) -> None:
    text, arrays = both(MOMENTS[moment])
    assert "…" not in text
    facts = facts_of_text(text, RED)
    assert facts == facts_of_arrays(arrays)
    assert facts["title"] == (moment == "title")
    assert (facts["battle"] is None) == ("BATTLE" not in text)


def test_facts_tell_moments_apart() -> None:
    """Or equal facts would say nothing."""
    seen = {repr(facts_of_arrays(both(cells)[1])) for cells in MOMENTS.values()}
    assert len(seen) == len(MOMENTS)


def test_an_own_text_cannot_pass_for_the_games() -> None:
    state = rich().read()
    progress = progress_at(state)
    progress.notes, progress.last = "x\nMONEY 1; badges: Earth", "y\nWHERE nowhere"
    text = text_view(state, progress)
    assert facts_of_text(text, RED) == facts_of_arrays(array_view(state, progress))
    assert len(text.split("\n")) == len(PAGE.split("\n"))


def test_a_page_late_in_a_game_is_whole() -> None:
    """Six creatures with four moves each, and twenty kinds of things in the bag."""
    cells = rich().put(at.BADGES, 0b11111)
    for slot, name in enumerate(("CHARIZARD", "PIDGEOTTO", "SNORLAX", "PIKACHU", "DUGTRIO", "LAPRAS")):
        cells.creature(slot, level=49, hp=100, top=150, name=name).put(at.PARTY + 44 * slot + 8, 33, 45, 52, 57)
        cells.put(at.PARTY + 44 * slot + 29, 35, 30, 20, 15)
    things = (1, 2, 3, 4, 6, 11, 12, 16, 17, 18, 19, 20, 29, 30, 53, 64, 0xC4, 0xC5, 0xD0, 0xFA)
    for milestone in RED.milestones[:30:2]:
        if milestone.kind == "event":
            cells.event(milestone.where[0])
    text, arrays = both(cells.bag(*((number, 3) for number in things)))
    assert "…" not in text
    assert len(text) < 1300
    assert facts_of_text(text, RED) == facts_of_arrays(arrays)


def test_the_longest_page_is_cut() -> None:
    cells = Cells()
    for slot in range(6):
        cells.creature(slot, level=100, hp=999, top=999, name="WWWWWWWWWW").put(at.PARTY + 44 * slot + 8, 1, 2, 3, 4)
    cells.bag(*((0xC9 + number, 99) for number in range(20))).put(at.BADGES, 255).box(0, 0, 18, 20)
    for row in range(1, 17):
        cells.write(row, 1, "W W W W W W W W W")
    state = cells.read()
    progress = progress_at(state, most=1_000_000)
    progress.notes, progress.last = "n" * 5000, "l" * 5000
    text = text_view(state, progress)
    assert LIMIT < len(text) <= MAX_LENGTH
    assert len(text.split("\nNOTES ")[0]) <= LIMIT
    assert "…" in text


def test_every_kind_of_square_has_a_sign() -> None:
    assert len(MARKS) == len(Square) == len(set(MARKS))
