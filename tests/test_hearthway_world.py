"""Walking in the free cartridge, seen in memory: turns, steps, ledges, edges, doors, saplings, people, things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hearthway_machine import Machine

from reason_arena.tasks.pokemon.hearthway.world import IDS, PLACES, TILESETS


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.stop()


@pytest.fixture
def walker(machine: Machine) -> Machine:
    machine.begin()
    return machine


def tile(key: str, x: int, y: int) -> int:
    """The lower left tile of a square, from the tables."""
    place = PLACES[IDS[key]]
    return 4 * list(TILESETS[place.tileset].values()).index(place.square(x, y)) + 2


def test_the_title_has_no_map_and_start_leads_into_the_house(machine: Machine) -> None:
    assert machine.shows("HEARTHWAY PRESS START")
    machine.do("start wait")
    assert machine.look.at == (IDS["HOME"], 4, 4)
    assert machine.memory[0xD365] == IDS["HAMLET"]
    assert bytes(machine.memory[0xD158:0xD15D]) == bytes([0x96, 0x91, 0x84, 0x8D, 0x50]), "WREN in the charset"


def test_a_tap_turns_and_a_press_of_eight_frames_walks(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 9, 9))
    walker.press("left", held=2)
    walker.press("down", held=3)
    assert (walker.look.at, walker.look.facing) == ((0, 9, 9), "down")
    assert walker.memory[0xCFC6] == tile("HAMLET", 9, 10)
    walker.press("right", held=3)
    assert (walker.look.at, walker.look.facing) == ((0, 9, 9), "right")
    for button, at in ("left", (0, 8, 9)), ("left", (0, 7, 9)), ("up", (0, 7, 8)), ("down", (0, 7, 9)):
        walker.press(button)
        assert walker.look.at == at, "one press, one square, the turn included"
        assert walker.memory[0xCFC5] == 0
        assert walker.memory[0xCF0E] == tile("HAMLET", *at[1:])
        assert (walker.memory[0xD363], walker.memory[0xD364]) == (at[2] % 2, at[1] % 2)


def test_the_walk_counter_runs_while_a_step_is_taken(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 9, 9))
    walker.press("down", held=3)
    seen = []
    walker.emulator.button_press("down")
    for _ in range(16):
        walker.emulator.tick(1, False)
        seen.append(walker.memory[0xCFC5])
    walker.emulator.button_release("down")
    assert sorted(set(seen), reverse=True) == [8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_the_screen_buffer_holds_the_squares_around_the_player(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 9, 9))
    cells = walker.memory[0xC3A0:0xC508]
    for row in range(9):
        for column in range(10):
            x, y = 9 + column - 4, 9 + row - 4
            assert cells[20 * (2 * row + 1) + 2 * column] == tile("HAMLET", x, y)


def test_the_neighbour_is_drawn_beyond_the_edge_and_walked_into(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 9, 1))
    assert (walker.memory[0xD370], walker.memory[0xD371]) == (8, IDS["TRAIL"])
    cells = walker.memory[0xC3A0:0xC508]
    for row in range(3):  # rows -3, -2, -1 of the hamlet are 21, 22, 23 of the trail
        for column in range(10):
            assert cells[20 * (2 * row + 1) + 2 * column] == tile("TRAIL", 9 + column - 4, 21 + row)
    before = bytes(cells[40:360])
    walker.do("up*2")
    assert walker.look.at == (IDS["TRAIL"], 9, 23)
    assert bytes(walker.memory[0xC3A0 + 120 : 0xC3A0 + 360]) == before[:240], (
        "the picture has only moved by two squares"
    )
    walker.press("down")
    assert walker.look.at == (IDS["HAMLET"], 9, 0)


@pytest.mark.parametrize(("a", "b"), [(("PASS", 0, 8), ("STONE", 19, 8)), (("FERN", 0, 10), ("PASS", 29, 8))])
def test_maps_join_at_their_western_and_eastern_edges(
    walker: Machine, a: tuple[str, int, int], b: tuple[str, int, int]
) -> None:
    walker.give(("HOOK", 1))
    walker.memory[0xD747 + 0x5E0 // 8] |= 1 << 0x5E0 % 8
    walker.play(lambda s: s.go(*a))
    walker.press("left")
    assert walker.look.at == (IDS[b[0]], *b[1:])
    walker.press("right")
    assert walker.look.at == (IDS[a[0]], *a[1:])
    assert walker.memory[0xD370] & 2
    assert walker.memory[0xD387] == IDS[b[0]], "the neighbour in the west"


def test_a_door_out_of_a_house_names_the_last_map_outdoors(walker: Machine) -> None:
    walker.play(lambda s: s.go("STONE", 14, 14))
    walker.press("up")
    assert walker.look.at == (IDS["MARKET"], 4, 6)
    assert walker.memory[0xD42F] == 0
    assert list(walker.memory[0xD3AE:0xD3B3]) == [1, 7, 4, 2, 0xFF]
    assert walker.memory[0xD365] == IDS["STONE"]
    walker.press("down")
    assert walker.look.at == (IDS["STONE"], 14, 14)
    assert walker.memory[0xD42F] == 2


def test_a_ledge_is_jumped_down_and_never_up(walker: Machine) -> None:
    walker.play(lambda s: s.go("TRAIL", 13, 18))
    walker.emulator.button_press("down")
    walker.emulator.tick(12, False)
    assert walker.memory[0xCD6B] == 0xFF, "input is off in the air"
    walker.emulator.button_release("down")
    walker.emulator.tick(24, False)
    assert (walker.look.at, walker.memory[0xCD6B]) == ((IDS["TRAIL"], 13, 20), 0)
    walker.do("up*2")
    assert walker.look.at == (IDS["TRAIL"], 13, 20)
    assert walker.memory[0xCFC6] == tile("TRAIL", 13, 19)


def test_nobody_leaves_the_hamlet_alone(machine: Machine) -> None:
    machine.do("start wait")
    machine.play(lambda s: s.go("HAMLET", 9, 2))
    machine.press("up")
    assert machine.look.talking
    locked = 0
    for _ in range(200):
        machine.press("b", held=2, frames=4)
        locked += machine.memory[0xCD6B] == 0xFF
        if machine.look.at == (0, 9, 2):
            break
    assert locked, "the walk back is not the player's"
    assert machine.look.at == (0, 9, 2)


def test_the_sapling_is_cut_with_the_billhook_and_grows_again(walker: Machine) -> None:
    walker.play(lambda s: s.go("PASS", 14, 8))
    walker.do("right*2")
    assert walker.look.at == (IDS["PASS"], 14, 8)
    walker.do("a*5")
    assert not walker.look.event("CUT"), "without the billhook it stays"
    walker.play(lambda s: s.settle())
    walker.give(("HOOK", 1))
    walker.do("a")
    walker.play(lambda s: s.settle())
    assert walker.look.event("CUT")
    assert walker.memory[0xCFC6] == tile("PASS", 16, 9), "grass now"
    walker.do("right")
    assert walker.look.at == (IDS["PASS"], 15, 8)
    walker.play(lambda s: s.go("STONE", 18, 8))
    walker.play(lambda s: s.go("PASS", 14, 8))
    walker.do("right*2")
    assert walker.look.at == (IDS["PASS"], 14, 8)


def test_a_pouch_is_taken_once_and_its_flag_hides_it(walker: Machine) -> None:
    walker.play(lambda s: s.talk("TRAIL", "POUCH1"))
    assert dict(walker.look.bag)[0x14] == 2
    assert walker.memory[0xD5A6 + 2] == 1, "bit 0x10"
    assert walker.memory[0xC112] == 0xFF, "its picture is off"
    walker.play(lambda s: s.go("TRAIL", 16, 15))
    assert walker.look.at == (IDS["TRAIL"], 16, 15)


def test_people_stand_where_the_sprites_say_and_turn_to_whom_they_talk(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 8, 3))
    assert (walker.memory[0xC215] - 4, walker.memory[0xC214] - 4) == (8, 2), "the guard"
    assert (walker.memory[0xC116], walker.memory[0xC114]) == (64, 60 - 16), "just above the player"
    walker.do("up*2")
    assert walker.look.at == (0, 8, 3)
    walker.do("a")
    assert walker.memory[0xC119] == 0
    assert walker.look.talking


def test_some_people_wander_near_their_homes_and_block_the_way(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 9, 14))
    girl = next(person for person in PLACES[0].people if person.wanders)
    seen = set()
    for _ in range(300):
        walker.press(None)
        seen.add(walker.look.person(1))
    assert len(seen) > 3
    assert all(abs(x - girl.x) <= 2 and abs(y - girl.y) <= 2 for x, y in seen)
    assert all(PLACES[0].walkable[y][x] == "1" for x, y in seen)


def test_buttons_lie_in_the_order_of_the_real_game(walker: Machine) -> None:
    order = ("a", "b", "select", "start", "right", "left", "up", "down")
    for i, button in enumerate(order):
        walker.emulator.button_press(button)
        walker.emulator.tick(2, False)
        assert (walker.memory[0xFFB4], walker.memory[0xFFF8]) == (1 << i, 1 << i)
        walker.emulator.button_release(button)
        walker.emulator.tick(40, False)
        walker.play(lambda s: s.settle())


def test_signs_and_the_hearth_can_be_read(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 12, 14))
    assert list(walker.memory[0xD4B0:0xD4B5]) == [2, 13, 12, 10, 6]
    walker.do("up a*3")
    assert walker.shows("ALDER HAMLET")


def test_the_map_header_gives_size_tileset_and_passable_tiles(walker: Machine) -> None:
    for key, size in ("TRAIL", (12, 10)), ("STONE", (9, 10)):
        walker.play(lambda s, key=key: s.go(key, 10, 9 if key == "STONE" else 6))
        assert (walker.memory[0xD368], walker.memory[0xD369]) == size
        at = walker.memory[0xD530] | walker.memory[0xD531] << 8
        tiles = list(walker.memory[at : at + 16])
        tiles = tiles[: tiles.index(0xFF)]
        squares = list(TILESETS["outdoors"].values())
        assert sorted(squares[(t - 2) // 4] for t in tiles) == ["cave", "door", "flower", "grass", "path", "tall"]
        assert walker.memory[0xD535] == 4 * squares.index("tall") + 2
    assert walker.memory[0xD70B] == 3, "hamlet and Stonewick have been visited"


def test_the_clock_runs(walker: Machine) -> None:
    def seconds() -> float:
        hours, full, minutes, seconds, frames = walker.memory[0xDA41:0xDA46]
        assert full == 0
        return float(hours * 3600 + minutes * 60 + seconds + frames / 60)

    before = seconds()
    walker.do("wait*100")
    assert seconds() - before == pytest.approx(2400 / 60, abs=0.1)
