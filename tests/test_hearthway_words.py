"""Words in the free cartridge, seen in memory: text letter by letter, menus, the list that scrolls, bag and shop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hearthway_machine import Machine

from reason_arena.tasks.pokemon.hearthway import art
from reason_arena.tasks.pokemon.hearthway.beings import ITEMS, STOCK
from reason_arena.tasks.pokemon.hearthway.charset import CODES
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import IDS


@pytest.fixture
def walker(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.begin()
    yield machine
    machine.stop()


def letters(machine: Machine) -> int:
    """Letters printed in the text box so far."""
    return sum(len(row[1:19].replace(" ", "").replace("▼", "")) for row in (machine.rows()[14], machine.rows()[16]))


def frames_of_a_page(machine: Machine, speed: int) -> int:
    """From the press to the arrow, for the guard's 23 letters."""
    machine.memory[0xD355] = speed
    machine.press("a", held=2, frames=2)
    frames = 0
    while machine.memory[0xC3A0 + 16 * 20 + 18] != 0xEE:
        machine.emulator.tick(1, False)
        frames += 1
    machine.play(lambda s: s.settle())
    return frames


def test_text_comes_letter_by_letter_at_the_speed_of_the_options(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 8, 3))
    walker.do("up")
    fast, middle, slow = (frames_of_a_page(walker, speed) for speed in (1, 3, 5))
    assert middle - fast == pytest.approx(2 * 23, abs=2)
    assert slow - middle == pytest.approx(2 * 23, abs=2)


def test_a_held_button_hurries_the_text(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 8, 3))
    walker.memory[0xD355] = 5
    walker.do("up")
    walker.press("a", held=2, frames=16)
    before = letters(walker)
    walker.press("b", held=12, frames=12)
    assert letters(walker) - before >= 7


def test_the_arrow_waits_for_a_button_and_the_next_page_is_another(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 8, 3))
    walker.memory[0xD747 + 4] &= ~4  # the companion is forgotten, so that the guard has two pages
    walker.do("up a")
    walker.until(lambda: walker.memory[0xC3A0 + 16 * 20 + 18] == 0xEE)
    assert walker.shows("No one goes")
    assert (walker.memory[0xCFC4], walker.memory[0xD125]) == (1, 1)
    walker.do("wait*4")
    assert walker.shows("No one goes")
    walker.do("b")
    walker.until(lambda: walker.shows("the west house. ▼"))
    walker.do("b")
    assert (walker.memory[0xCFC4], walker.memory[0xD125]) == (0, 0)
    assert walker.look.at == (0, 8, 3)


def drawn() -> dict[int, bytes]:
    """What each letter and frame tile looks like, black or not, from the tables."""
    rows = {0x80: art.font(), 0x79: art.box()}
    tiles = {first + i: data[8 * i : 8 * i + 8] for first, data in rows.items() for i in range(len(data) // 8)}
    return {code: np.unpackbits(np.array(tile, np.uint8)).tobytes() for code, tile in tiles.items()}


def test_the_glass_shows_what_the_buffer_says_while_words_are_up(tmp_path: Path) -> None:
    machine, tiles, compared = Machine(tmp_path, 9), drawn(), set()

    def look() -> bool:
        if not (machine.memory[0xCFC4] or machine.memory[0xD057]):
            return False
        black = (machine.emulator.screen.ndarray[:, :, 0] < 128).astype(np.uint8)
        for i, code in enumerate(machine.memory[0xC3A0:0xC508]):
            y, x = divmod(i, 20)
            if code in tiles:
                assert black[8 * y : 8 * y + 8, 8 * x : 8 * x + 8].tobytes() == tiles[code], (x, y, machine.rows())
                compared.add(code)
        return machine.look.size > 1

    machine.solve(until=look)
    assert {0x79, 0x7A, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F, 0xED, 0xEE, 0xF1} <= compared
    assert len(compared) > 60
    machine.stop()


def test_whoever_looks_between_two_pictures_finds_the_same_on_the_glass_and_in_the_buffer(tmp_path: Path) -> None:
    """After every single frame of the first battles, whole screens drawn anew among them.

    Only the hollow cursor of a choice made may be a frame ahead on the glass: while the game works on what was chosen.
    """
    machine, solver, tiles = Machine(tmp_path, 5), Solver(), drawn()
    looks = np.zeros((256, 64), np.uint8)
    for code, dots in tiles.items():
        looks[code] = np.frombuffer(dots, np.uint8)
    known, frames = np.isin(np.arange(256), list(tiles)), 0
    while frames < 4000:
        button = solver.act(machine.memory)
        assert button is not None
        machine.emulator.button_press(button)
        for frame in range(24):
            if frame == 8:
                machine.emulator.button_release(button)
            fights = machine.memory[0xD057]
            machine.emulator.tick(1, bool(fights))
            if fights and machine.memory[0xD057]:
                black = (machine.emulator.screen.ndarray[:, :, 0] < 128).astype(np.uint8)
                shown = black.reshape(18, 8, 20, 8).swapaxes(1, 2).reshape(360, 64)
                codes = np.array(machine.memory[0xC3A0:0xC508])
                same = (shown == looks[codes]).all(axis=1) | (shown == looks[CODES["▷"]]).all(axis=1)
                assert same[known[codes]].all(), (frames, machine.rows())
                frames += 1
    machine.stop()


def test_the_start_menu_keeps_its_cursor_where_the_reader_looks(walker: Machine) -> None:
    walker.do("start")
    assert list(walker.memory[0xCC24:0xCC27]) == [2, 11, 0]
    assert walker.memory[0xCC28] == 5
    for _ in range(7):
        walker.press("down")
    assert walker.memory[0xCC26] == 5
    assert walker.memory[0xC3A0 + 20 * 12 + 11] == 0xED
    walker.do("a")
    assert walker.memory[0xCFC4] == 0


def test_the_text_speed_is_set_in_the_options(walker: Machine) -> None:
    for choice, speed in (2, 5), (1, 3), (0, 1):
        walker.do("start down*4 a up*2")
        walker.press("down") if choice else None
        walker.press("down") if choice == 2 else None
        walker.do("a b")
        assert walker.memory[0xD355] & 7 == speed


def test_the_bag_list_scrolls(walker: Machine) -> None:
    keys = ("SALVE", "SNARE", "TONIC", "BROTH", "SMOKE", "BOOK")
    walker.give(*((key, i + 1) for i, key in enumerate(keys)))
    walker.do("start down*2 a")
    assert (walker.memory[0xCF94], walker.memory[0xCC28]) == (3, 2)
    names = [ITEMS[key].name for key in keys]
    seen = []
    for _ in range(8):
        seen.append((walker.memory[0xCC36], walker.memory[0xCC26]))
        shown = [walker.rows()[4 + 2 * i][6:19].rstrip() for i in range(4)]
        first = walker.memory[0xCC36]
        assert shown == ([*names, "CANCEL"] + [""] * 4)[first : first + 4]
        walker.press("down")
    assert seen == [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (3, 2), (4, 2), (4, 2)]
    walker.do("a")
    assert walker.look.talking, "CANCEL leads back to the menu"
    walker.do("down*3 up*1 b")


def test_an_empty_bag_has_a_way_out(walker: Machine) -> None:
    walker.give()
    walker.do("start down*2 a a b")
    assert not walker.look.talking


def test_a_salve_heals_and_a_tonic_cures(walker: Machine) -> None:
    walker.give(("SALVE", 2), ("TONIC", 1))
    walker.memory[0xD16C], walker.memory[0xD16D], walker.memory[0xD16F] = 0, 1, 8
    walker.do("start down*2 a a a")
    walker.play(lambda s: s.settle())
    assert (walker.look.word(0xD16C), walker.look.bag) == (21, [(0x14, 1), (0x0B, 1)])
    walker.do("start down*2 a down a a")
    walker.play(lambda s: s.settle())
    assert (walker.memory[0xD16F], walker.look.bag) == (0, [(0x14, 1)])


def test_the_shop_sells_across_the_counter_for_decimal_money(walker: Machine) -> None:
    walker.memory[0xD347], walker.memory[0xD348], walker.memory[0xD349] = 0x00, 0x10, 0x05  # 1005
    walker.play(lambda s: s.go("MARKET", 2, 4))
    walker.do("up")
    walker.until(lambda: walker.memory[0xCF94] == 2, "a")
    assert [row[6:12].rstrip() for row in walker.rows()[4:11:2]] == [ITEMS[key].name for key in STOCK[:4]]
    assert walker.rows()[1][12:17] == "$1005"
    walker.do("down a up*2")
    assert walker.rows()[6][5:12] == "▷SALVE ", "chosen, while the number is asked"
    assert (walker.memory[0xCF96], walker.rows()[10][8:16]) == (3, "× 3 $600")
    walker.do("a")
    walker.play(lambda s: s.settle())
    assert (walker.look.money, walker.look.count(0x14)) == (1005 - 600, 3)
    assert list(walker.memory[0xD347:0xD34A]) == [0x00, 0x04, 0x05]


def test_the_shop_sells_nothing_that_cannot_be_paid(walker: Machine) -> None:
    walker.memory[0xD348] = 0x01
    walker.play(lambda s: s.go("MARKET", 2, 4))
    walker.do("up")
    walker.until(lambda: walker.memory[0xCF94] == 2, "a")
    walker.do("a*2")
    walker.play(lambda s: s.settle())
    assert (walker.look.money, walker.look.bag) == (100, [])


def test_smoke_keeps_the_wild_away_for_a_hundred_steps(walker: Machine) -> None:
    walker.give(("SMOKE", 1))
    walker.memory[0xD0DB] = 0
    walker.do("start down*2 a a")
    walker.play(lambda s: s.settle())
    assert walker.memory[0xD0DB] == 100
    walker.do("down*2")
    assert walker.memory[0xD0DB] == 98


def test_the_letter_is_a_thing_until_it_is_delivered(walker: Machine) -> None:
    walker.play(lambda s: s.talk("LODGE", "KEEPER"))
    assert (walker.look.bag, walker.look.event("LETTER"), walker.memory[0xD719]) == ([(0x46, 1)], True, IDS["STONE"])
    walker.memory[0xD0DB] = 255
    walker.play(lambda s: s.talk("ELDER", "ELDER"))
    assert walker.look.bag == [(0x09, 1), (0x04, 5), (0x14, 3)]
    assert walker.look.event("DELIVERED")
