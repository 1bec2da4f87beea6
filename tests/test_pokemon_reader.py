"""The reader against memories made by hand: each part by values worked out beside it."""

from __future__ import annotations

import copy
import pickle
from array import array

import numpy as np
import pytest
from pokemon_memory import FLOOR, GRASS, PASSABLE, POINTER, WALL, WATER, Cells, encode, rich

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.memory import Saved
from reason_arena.tasks.pokemon.reader import PokemonReader
from reason_arena.tasks.pokemon.state import Facing, Foe, Item, Menu, Move, Person, Sign, Square, Warp

RED = profiles.red()


def test_the_place_is_y_first_and_the_map_is_twice_as_many_squares_as_blocks() -> None:
    place = Cells().put(at.CONNECTIONS, 8 | 1).put(at.SPRITES_1 + 9, 12).read().position
    assert (place.map, place.x, place.y, place.name) == (12, 5, 6, "Route 1")
    assert (place.width, place.height, place.facing, place.edges) == (20, 36, Facing.RIGHT, ("north", "east"))


@pytest.mark.parametrize(("cell", "facing"), [(0, "DOWN"), (4, "UP"), (8, "LEFT"), (12, "RIGHT")])
def test_facings(cell: int, facing: str) -> None:
    assert Cells().put(at.SPRITES_1 + 9, cell).read().position.facing.name == facing


def test_squares_are_judged_by_their_lower_left_tile() -> None:
    cells = Cells().ground(WALL, (1, 0), (2, 0)).lower_left(FLOOR, 1, 0)
    cells.put(at.TILE_MAP + 20 + 7, WALL).put(at.TILE_MAP + 6, WALL)  # of square (3, 0): lower right, upper left
    grid = cells.read().grid
    # The player at (5, 6) stands in column 4, row 4, so column 0, row 0 is (1, 2).
    assert (grid.left, grid.top) == (1, 2)
    assert [grid.at(x, 2) for x in (1, 2, 3, 4)] == [Square.FREE, Square.FREE, Square.WALL, Square.FREE]
    assert grid.at(5, 6) == Square.YOU
    assert grid.at(0, 2) == grid.at(11, 2) == grid.at(5, 11) == Square.HIDDEN


def test_every_kind_of_ground() -> None:
    cells = Cells()
    for column, tile in enumerate((FLOOR, WALL, GRASS, WATER, 0x37, 0x27, 0x0D, 0x3D, 0x60, 0x7F)):
        cells.ground(tile, (column, 8))
    ground = cells.read().grid.ground[-10:]
    assert [Square(code) for code in ground] == [
        *(Square.FREE, Square.WALL, Square.GRASS, Square.WATER),
        *(Square.LEDGE_DOWN, Square.LEDGE_LEFT, Square.LEDGE_RIGHT, Square.TREE, Square.HIDDEN, Square.HIDDEN),
    ]


def test_ledges_and_trees_belong_to_their_tilesets() -> None:
    cells = Cells().put(at.TILESET, 17).ground(0x37, (0, 0)).ground(0x3D, (1, 0)).ground(0x05, (2, 0))
    assert list(cells.read().grid.ground[:3]) == [Square.WALL] * 3
    assert Cells().put(at.TILESET, 1).ground(0x14, (0, 0)).read().grid.ground[0] == Square.WALL  # a house has no water


def test_people_warps_signs_and_the_player_cover_the_ground() -> None:
    cells = Cells().warps((4, 6, 1, 41), (5, 6, 0, 0xFF)).signs((6, 6)).put(at.LAST_MAP, 2)
    cells.person(1, 4, 7, facing=8).person(2, 3, 7, image=0xFF).person(3, 2, 7, picture=0).person(15, 6, 7, picture=61)
    state = cells.read()
    assert state.warps == (Warp(4, 6, 41, 1, "Viridian Pokecenter"), Warp(5, 6, 0xFF, 0, "Pewter City"))
    assert state.signs == (Sign(6, 6),)
    assert state.people == (Person(1, 4, 7, Facing.LEFT, 5, False), Person(15, 6, 7, Facing.DOWN, 61, True))
    kinds = [state.grid.at(x, y) for x, y in ((4, 6), (5, 6), (6, 6), (4, 7), (3, 7), (2, 7), (6, 7))]
    assert [kind.name for kind in kinds] == ["WARP", "YOU", "SIGN", "PERSON", "FREE", "FREE", "THING"]


def test_a_text_box_hides_squares_and_makes_no_walls() -> None:
    state = Cells().box(12, 0, 6, 20).write(14, 1, "Hello there").read()
    assert set(state.grid.ground[60:]) == {Square.HIDDEN}
    assert set(state.grid.tiles[60:]) == {255}
    assert set(state.grid.ground[:60]) == {Square.FREE}
    assert state.text == ("Hello there",)
    assert not state.free


def test_without_the_cartridge_the_ground_is_unknown_and_not_walls() -> None:
    cells = Cells()
    state = PokemonReader(RED).read(bytes(cells.bytes[0xC000:0xE000]))
    assert set(state.grid.ground) == {Square.HIDDEN}
    assert state.position.x == 5


def test_the_same_cells_in_every_wrapping_are_the_same_state() -> None:
    cells = rich()
    whole = bytes(cells.bytes)
    states = [
        PokemonReader(RED).read(memory)
        for memory in (
            whole,
            bytearray(whole),
            list(whole),
            array("B", whole),
            np.frombuffer(whole, np.uint8),
            Saved(whole[0xC000:0xE000], whole[0xFF80:], whole[:0x8000]),
        )
    ]
    assert all(state == states[0] for state in states)
    bare = [PokemonReader(RED).read(kind(whole[0xC000:0xE000])) for kind in (bytes, bytearray, list)]
    assert bare[0] == bare[1] == bare[2]
    assert bare[0].party == states[0].party


def test_a_state_keeps_what_it_was_read_from() -> None:
    memory = bytearray(rich().bytes)
    state = PokemonReader(RED).read(memory)
    memory[:] = bytes(len(memory))
    assert state == rich().read()
    assert len(state.party) == 2
    assert hash(state.raw)
    assert copy.copy(state) == state
    assert pickle.loads(pickle.dumps(state.raw)) == state.raw


def test_a_list_of_passable_tiles_is_kept_only_if_it_was_read_from_a_cartridge() -> None:
    reader, whole = PokemonReader(RED), bytes(rich().bytes)
    assert reader.read(whole[0xC000:0xE000]).raw.passable is None
    assert reader.read(whole).raw.passable == frozenset(PASSABLE)
    assert reader.read(whole[0xC000:0xE000]).raw.passable == frozenset(PASSABLE), "the cartridge is the reader's"
    assert whole[POINTER + len(PASSABLE)] == 0xFF


def test_the_party() -> None:
    first, second = rich().read().party
    assert (first.name, first.species, first.level, first.hp, first.max_hp, first.status) == (
        "MOSS",
        153,
        12,
        30,
        36,
        "ok",
    )
    assert first.experience == 12 * 256 + 7
    # The two high bits of the points are not part of the count: 0x40 | 40 is 40.
    assert first.moves == (Move(33, 35, "TACKLE"), Move(45, 40, "GROWL"))
    assert (second.slot, second.status, second.health) == (1, "fainted", 0.0)
    assert first.health == pytest.approx(30 / 36)


@pytest.mark.parametrize(
    ("bits", "name"),
    [
        (0, "ok"),
        (1, "sleep"),
        (7, "sleep"),
        (8, "poison"),
        (16, "burn"),
        (32, "freeze"),
        (64, "paralysis"),
        (128, "ok"),
    ],
)
def test_statuses(bits: int, name: str) -> None:
    assert Cells().creature(0, bits=bits).read().party[0].status == name


def test_a_battle_shows_the_other_side_as_the_bar_does() -> None:
    state = Cells().creature(0).battle(hp=1, top=200).read()
    assert state.battle is not None
    assert state.battle.foe == Foe(36, "THORN", 4, 1, "ok")
    assert (state.battle.kind, state.battle.opponent, state.battle.safari) == ("wild", 36, False)
    assert set(state.grid.squares) == {Square.HIDDEN}
    assert state.battle.own == state.party[0], "before it is sent out its record counts"


def test_the_own_side_of_a_battle_is_as_it_is_there() -> None:
    cells = Cells().creature(0).creature(1, name="REED").battle(kind=2).put(at.PLAYER_SLOT, 1)
    cells.put(at.OWN, 99, 0, 7).put(at.OWN_STATUS, 3).put(at.OWN_MOVES, 10, 0, 0, 0).put(at.OWN_PP, 0xC5)
    cells.put(at.OWN_LEVEL, 31, 0, 70)
    state = cells.read()
    assert state.battle is not None
    own = state.battle.own
    assert own is not None
    assert (own.slot, own.name, own.species, own.hp, own.max_hp, own.level) == (1, "REED", 99, 7, 70, 31)
    assert (own.status, own.moves) == ("sleep", (Move(10, 5, "SCRATCH"),))
    assert state.team == (state.party[0], own)
    assert state.party[1].hp == 20


@pytest.mark.parametrize(("cell", "kind"), [(1, "wild"), (2, "trainer"), (0xFF, "lost")])
def test_kinds_of_battles(cell: int, kind: str) -> None:
    battle = Cells().battle(kind=cell).read().battle
    assert battle is not None
    assert battle.kind == kind
    assert battle.own is None


def test_a_menu_is_read_off_the_screen() -> None:
    cells = Cells().box(0, 10, 9, 10)
    for row, text in ((1, " TEAM"), (3, "▶BAG"), (5, " SAVE"), (7, " EXIT")):
        cells.write(row, 11, text)
    state = cells.read()
    assert state.menu == Menu(("TEAM", "BAG", "SAVE", "EXIT"), 1, 0)
    assert state.text == ("TEAM", "BAG", "SAVE", "EXIT")


def test_a_cursor_beside_nothing_is_a_choice_without_a_label() -> None:
    """A menu that is drawn only in part has its cursor already."""
    cells = Cells().box(0, 10, 9, 10).write(1, 11, " TEAM").write(3, 11, "▶").write(5, 11, " SAVE")
    assert cells.read().menu == Menu(("TEAM", "", "SAVE"), 1, 0)


@pytest.mark.parametrize(("cell", "travel"), [(0, 0), (1, 1), (2, 2), (3, 0), (255, 0)])
def test_ways_to_travel(cell: int, travel: int) -> None:
    state = Cells().put(at.WALK_BIKE_SURF, cell).read()
    assert (state.travel, state.surfing) == (travel, travel == 2)


def test_only_the_menu_in_front_counts_and_its_frame_ends_it() -> None:
    cells = Cells().box(0, 10, 9, 10).write(1, 11, "▷TEAM").write(3, 11, " BAG").box(7, 14, 5, 6)
    cells.write(8, 15, "▶YES").write(10, 15, " NO").box(12, 0, 6, 20).write(14, 1, "Is that so?").write(16, 18, "▼")
    state = cells.read()
    assert state.menu == Menu(("YES", "NO"), 0, 0)
    assert state.waiting
    assert state.text == ("TEAM", "BAG", "YES", "NO", "Is that so?")


def test_a_bag_list_shows_things_and_not_their_counts() -> None:
    cells = Cells().box(2, 4, 11, 16).put(at.LIST_SCROLL, 3)
    for row, name, count in ((4, "POTION", 3), (6, "ANTIDOTE", 1), (8, "REPEL", 12)):
        cells.write(row, 5, ("▶" if row == 6 else " ") + name).write(row + 1, 14, f"×{count:>2}")
    state = cells.read()
    assert state.menu == Menu(("POTION", "ANTIDOTE", "REPEL"), 1, 3)


def test_a_party_menu_has_its_labels_three_columns_from_the_cursor_and_no_frame() -> None:
    cells = Cells().ground(0x7F).box(12, 0, 6, 20)
    cells.write(0, 0, "▶").write(0, 3, "MOSS").write(0, 13, "L12").write(2, 3, "REED").write(2, 13, "L9")
    cells.put(at.TILE_MAP + 24, 0x71).write(1, 13, "30/ 36")
    assert cells.read().menu == Menu(("MOSS", "REED"), 0, 0)


@pytest.mark.parametrize(("row", "column", "index"), [(14, 9, 0), (14, 15, 1), (16, 9, 2), (16, 15, 3)])
def test_the_battle_menu_has_two_columns(row: int, column: int, index: int) -> None:
    cells = Cells().battle().box(12, 0, 6, 20).box(12, 8, 6, 12)
    cells.write(14, 10, "FIGHT").put(at.TILE_MAP + 14 * 20 + 16, 0xE1, 0xE2).write(16, 10, "ITEM").write(16, 16, "RUN")
    assert cells.write(row, column, "▶").read().menu == Menu(("FIGHT", "PKMN", "ITEM", "RUN"), index, 0)


def test_words_are_read_only_while_a_text_is_open() -> None:
    cells = Cells().write(14, 1, "GHOST")
    assert cells.read().text == ()
    assert cells.put(at.FONT_LOADED, 1).read().text == ("GHOST",)


def test_the_title_is_no_map() -> None:
    state = Cells().put(at.MAP_HEIGHT, 0, 0).ground(0x7F).write(8, 4, "PRESS START").read()
    assert state.title
    assert state.text == ("PRESS START",)
    assert set(state.grid.squares) == {Square.HIDDEN}


def test_belongings() -> None:
    state = rich().read()
    assert state.bag == (Item(0x14, 3, "Potion"), Item(0x04, 5, "Poké Ball"), Item(0xC4, 1, "HM01"))
    assert state.money == 12345
    assert state.badge_names == ("Boulder", "Thunder")
    assert (state.owned, state.seen) == (2, 3)
    assert state.event(0x022)
    assert not state.event(0x023)
    assert state.blackout_map == 1
    assert state.doubts == ()


@pytest.mark.parametrize(
    ("address", "value", "control"),
    [
        (at.JOY_IGNORE, 1, False),
        (at.STATUS_FLAGS_5, 0x20, False),
        (at.STATUS_FLAGS_5, 0x80, False),
        (at.TEXT_BOX, 1, True),
    ],
)
def test_control_is_taken_away_by_scripts(address: int, value: int, control: bool) -> None:
    assert Cells().put(address, value).read().control == control


def test_what_cannot_be_is_clipped_and_marked() -> None:
    cells = rich().put(at.PARTY_COUNT, 200).put(at.BAG_COUNT, 255).put(at.WARP_COUNT, 90).put(at.SIGN_COUNT, 90)
    cells.put(at.MONEY, 0xFF, 0xA0, 0x00).put(at.PARTY + 33, 222).put(at.PARTY + 1, 9, 9).put(at.MAP, 250)
    state = cells.read()
    assert (len(state.party), len(state.bag), len(state.warps), len(state.signs)) == (6, 20, 32, 16)
    assert state.money == 99_90_00, "FF is 99, A0 is 90"
    assert (state.party[0].level, state.party[0].hp, state.party[0].health) == (100, 36, 1.0)
    assert state.position.name == "unknown 250"
    said = " ".join(state.doubts)
    for part in (
        "200 creatures",
        "255 kinds of things",
        "90 warps",
        "90 signs",
        "2313 of 36 hp at level 222",
        "no number",
    ):
        assert part in said
    assert Cells().battle(kind=77).read().doubts == ("battle of kind 77",)


def test_unknown_ids_are_named_by_number() -> None:
    assert Cells().bag((217, 1)).read().bag[0].name == "TM17"
    assert Cells().bag((0x60, 1)).read().bag[0].name == "unknown 96"
    assert RED.map_name(0x0B) == "unknown 11"
    assert (RED.move_name(166), RED.species_name(0x1F)) == ("unknown 166", "unknown 31")
    assert Cells().creature(0).put(at.PARTY_NICKS, 0, 0).read().party[0].name == "BULBASAUR"


def test_strings_end_at_their_mark() -> None:
    state = Cells().creature(0).put(at.PARTY_NICKS, *encode("AB'd.é♀"), *encode("XYZ")).read()
    assert state.party[0].name == "AB'd.é♀"
    assert Cells().creature(0).put(at.PARTY_NICKS, 0x80, 0x54, 0x52).read().party[0].name.startswith("APOKé?")
