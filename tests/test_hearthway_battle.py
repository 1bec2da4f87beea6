"""Battles in the free cartridge, seen in memory: menus, moves, snares, poison and sleep, the team, the wardens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hearthway_machine import Machine

from reason_arena.tasks.pokemon.hearthway.beings import CREATURES, KIN, MOVES
from reason_arena.tasks.pokemon.hearthway.world import IDS, PLACES

PARTY, MINE, FOE = 0xD16B, 0xD014, 0xCFE5
FERNOX, PEBBLIT, MOSSKIT = (CREATURES[KIN[name]].species for name in ("FERNOX", "PEBBLIT", "MOSSKIT"))


@pytest.fixture
def walker(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path, seed=5)
    machine.begin()
    machine.memory[0xD355] = 1
    yield machine
    machine.stop()


def menu_up(machine: Machine) -> bool:
    return machine.look.reads(10, 14, "FIGHT") and machine.look.reads(16, 16, "RUN")


def put(machine: Machine, address: int, value: int) -> None:
    """Two bytes, the high one first."""
    machine.memory[address], machine.memory[address + 1] = value >> 8, value & 0xFF


def meet(machine: Machine, wanted: int | None = None) -> None:
    """Walks in the grass of the trail until somebody comes, and to the menu of the battle."""
    machine.play(lambda s: s.go("TRAIL", 8, 20))
    machine.memory[0xD0DB] = 0
    for _ in range(40):
        while not machine.memory[0xD057]:
            machine.press("up" if machine.memory[0xD361] == 20 else "down")
        machine.until(lambda: menu_up(machine), "b")
        if wanted is None or machine.memory[FOE] == wanted:
            return
        while machine.memory[0xD057]:
            machine.do("down right a b*3") if menu_up(machine) else machine.press("b")
    raise AssertionError("nobody came")


def strike(machine: Machine) -> None:
    """The first move, and on to the next menu or the end."""
    machine.do("left up a wait a")
    machine.until(lambda: menu_up(machine) or not machine.memory[0xD057], "b")


def add_pebblit(machine: Machine) -> None:
    """A second creature by hand: a copy of the first record with another species, name and points."""
    record = list(machine.memory[PARTY : PARTY + 44])
    for i, value in enumerate(record):
        machine.memory[PARTY + 44 + i] = value
    machine.memory[PARTY + 44] = PEBBLIT
    for i, value in enumerate([0x8F, 0x84, 0x81, 0x50]):
        machine.memory[0xD2B5 + 11 + i] = value
    machine.memory[0xD163], machine.memory[0xD165], machine.memory[0xD166] = 2, PEBBLIT, 0xFF


def test_the_companion_stands_in_the_party_as_a_record_should(walker: Machine) -> None:
    memory = walker.memory
    assert list(memory[0xD163:0xD166]) == [1, FERNOX, 0xFF]
    record = list(memory[PARTY : PARTY + 44])
    points = CREATURES[0].hp + 2 * 5
    assert record[0] == FERNOX
    assert record[1:3] == record[34:36] == [0, points]
    assert (record[3], record[33]) == (5, 5)
    assert record[5:7] == [22, 22]
    assert record[8:12] == [1, 0, 0, 0]
    assert record[14:17] == [0, 0, 125], "five cubed"
    assert record[29] == MOVES[1].pp
    assert [record[36 + 2 * i + 1] for i in range(4)] == [stat + 5 for stat in CREATURES[0].stats]
    assert bytes(memory[0xD2B5:0xD2BC]) == bytes([0x85, 0x84, 0x91, 0x8D, 0x8E, 0x97, 0x50]), "FERNOX"
    assert bytes(memory[0xD273:0xD278]) == bytes([0x96, 0x91, 0x84, 0x8D, 0x50]), "WREN's"
    assert (memory[0xD2F7], memory[0xD30A]) == (1, 1), "place 1 in the field book, whatever the species' number"
    assert (memory[0xD717], memory[0xD72E] & 8) == (FERNOX, 8)


def test_a_wild_battle_shows_both_sides(walker: Machine) -> None:
    meet(walker)
    memory = walker.memory
    assert (memory[0xD057], memory[0xD05A], memory[0xD059]) == (1, 0, memory[FOE])
    foe = next(i for i, c in enumerate(CREATURES) if c.species == memory[FOE])
    level = memory[0xCFF3]
    assert 2 <= level <= 5
    assert walker.look.word(0xCFF4) == CREATURES[foe].hp + 2 * level == walker.look.word(0xCFE6)
    assert memory[0xD30A] >> foe & 1, "seen"
    assert (memory[0xD022], walker.look.word(0xD023), memory[0xD02D]) == (5, 22, 35)
    assert walker.rows()[0][1:12].strip() == CREATURES[foe].name
    assert walker.rows()[10][11:18] == " 22/ 22"
    assert list(memory[0xC3A0 + 42 : 0xC3A0 + 50]) == [0x62, *[0x6B] * 6, 0x6C], "a full bar"
    assert memory[0xCFC4] == 0


def test_the_battle_menu_has_two_columns(walker: Machine) -> None:
    meet(walker)
    cells = []
    for button in "right", "down", "left", "up":
        walker.press(button)
        cells.append((walker.memory[0xCC25], walker.memory[0xCC26]))
    assert cells == [(15, 0), (15, 1), (9, 1), (9, 0)]


def test_a_move_costs_strength_and_hurts_both(walker: Machine) -> None:
    meet(walker)
    hp, foe = walker.look.word(0xD015), walker.look.word(0xCFE6)
    walker.do("a wait")
    assert walker.rows()[13][6:19] == "STRIKE     35"
    assert (walker.memory[0xCC24], walker.memory[0xCC25], walker.memory[0xCC28]) == (13, 5, 0)
    walker.do("a")
    walker.until(lambda: menu_up(walker), "b")
    assert (walker.memory[0xD02D], walker.memory[PARTY + 29], walker.memory[0xCCDC]) == (34, 34, 1)
    assert walker.look.word(0xD015) < hp or walker.look.word(0xCFE6) < foe
    assert walker.look.word(0xD015) == walker.look.word(PARTY + 1), "the record follows"


def test_winning_brings_points_a_level_and_a_few_coins(walker: Machine) -> None:
    put(walker, PARTY + 15, 215)
    money = walker.look.money
    meet(walker)
    level = walker.memory[0xCFF3]
    put(walker, 0xCFE6, 1)
    while walker.memory[0xD057]:
        strike(walker)
    walker.play(lambda s: s.settle())
    assert (walker.look.level(0), walker.look.money) == (6, money + level)
    assert walker.look.word(PARTY + 34) == CREATURES[0].hp + 12
    assert walker.look.word(PARTY + 15) >= 216


def test_a_new_move_is_learnt_with_its_level(walker: Machine) -> None:
    put(walker, PARTY + 15, 342)
    walker.memory[PARTY + 33] = 6
    meet(walker)
    put(walker, 0xCFE6, 1)
    while walker.memory[0xD057]:
        strike(walker)
    assert list(walker.memory[PARTY + 8 : PARTY + 10]) == [1, 2]
    assert walker.memory[PARTY + 30] == MOVES[2].pp


def test_a_snare_catches_and_the_second_creature_joins(walker: Machine) -> None:
    walker.give(("SNARE", 20))
    meet(walker, PEBBLIT)
    put(walker, 0xCFE6, 1)
    level = walker.memory[0xCFF3]
    while walker.memory[0xD057]:
        if menu_up(walker):
            put(walker, 0xD015, 20)
            walker.do("left down a wait a")
        walker.press("b")
    assert list(walker.memory[0xD163:0xD167]) == [2, FERNOX, PEBBLIT, 0xFF]
    assert (walker.look.level(1), walker.look.word(PARTY + 45)) == (level, 1)
    assert walker.memory[0xD2F7] == walker.memory[0xD30A] & 3 == 3
    assert 0 < walker.look.count(0x04) < 20


def test_a_full_team_has_no_room(walker: Machine) -> None:
    add_pebblit(walker)
    walker.memory[0xD163] = 6
    walker.give(("SNARE", 3))
    meet(walker)
    walker.do("down a wait a")
    walker.until(lambda: walker.shows("The team is full!"))
    walker.until(lambda: menu_up(walker), "b")
    assert walker.look.count(0x04) == 3


def until_foe_uses(machine: Machine, move: int, happened: Callable[[], bool]) -> None:
    """Lets the foe act with one move alone until it has worked."""
    for _ in range(40):
        for i, value in enumerate([move, 0, 0, 0]):
            machine.memory[FOE + 8 + i] = value
        put(machine, 0xCFE6, 50)
        put(machine, 0xCFF4, 50)
        put(machine, 0xD015, 22)
        strike(machine)
        if happened():
            return
    raise AssertionError("it never worked")


def test_poison_in_battle_and_on_the_road(walker: Machine) -> None:
    meet(walker)
    until_foe_uses(walker, 4, lambda: walker.memory[0xD018] == 8)
    assert walker.memory[PARTY + 4] == 8
    assert walker.rows()[8][14:17] == "PSN"
    while walker.memory[0xD057]:
        walker.do("down right a b*2") if menu_up(walker) else walker.press("b")
    walker.memory[0xD0DB] = 255
    walker.play(lambda s: s.go("TRAIL", 8, 21))
    before = walker.look.word(PARTY + 1)
    walker.play(lambda s: s.go("TRAIL", 1, 20))
    walker.play(lambda s: s.go("TRAIL", 5, 21))
    assert walker.look.word(PARTY + 1) == before - 3, "a point every fourth of thirteen steps"
    walker.play(lambda s: s.talk("HOME", "MOTHER"))
    assert walker.memory[PARTY + 4] == 0


def test_who_faints_of_poison_on_the_road_wakes_up_in_town(walker: Machine) -> None:
    walker.play(lambda s: s.go("HAMLET", 9, 12))
    walker.memory[PARTY + 4] = 8
    put(walker, PARTY + 1, 1)
    walker.memory[0xD347], walker.memory[0xD348], walker.memory[0xD349] = 0x00, 0x13, 0x51
    walker.play(lambda s: s.go("HAMLET", 1, 12))
    assert walker.look.word(PARTY + 1) == 22
    assert walker.memory[PARTY + 4] == 0
    assert walker.look.money == 675, "half of 1351"


def test_the_sleeper_loses_its_turns_and_wakes(walker: Machine) -> None:
    meet(walker)
    until_foe_uses(walker, 5, lambda: bool(walker.memory[0xD018] & 7))
    asleep = walker.memory[0xD018]
    assert walker.rows()[8][14:17] == "SLP"
    walker.memory[FOE + 8] = 1
    foe = walker.look.word(0xCFE6)
    for left in range(asleep - 1, -1, -1):
        put(walker, 0xD015, 22)
        strike(walker)
        assert (walker.memory[0xD018], walker.look.word(0xCFE6)) == (left, foe)


def test_a_fainted_creature_is_replaced_by_choice(walker: Machine) -> None:
    add_pebblit(walker)
    meet(walker)
    put(walker, 0xD015, 1)
    put(walker, 0xCFE6, 50)
    put(walker, 0xCFF4, 50)
    walker.do("a wait a")
    walker.until(lambda: walker.look.reads(1, 14, "Choose a creature."), "b")
    assert walker.rows()[0][17:20] == "FNT"
    walker.do("b a*2")
    assert walker.look.reads(1, 14, "Choose a creature."), "the fainted one cannot go"
    walker.do("down a")
    walker.until(lambda: menu_up(walker), "b")
    assert (walker.memory[0xCC2F], walker.memory[MINE]) == (1, PEBBLIT)


def test_the_team_can_change_in_battle_and_on_the_road(walker: Machine) -> None:
    add_pebblit(walker)
    walker.do("start down a a down a b b")
    assert list(walker.memory[0xD163:0xD167]) == [2, PEBBLIT, FERNOX, 0xFF]
    assert (walker.memory[PARTY], walker.memory[PARTY + 44]) == (PEBBLIT, FERNOX)
    assert list(walker.memory[0xD2B5:0xD2B9]) == [0x8F, 0x84, 0x81, 0x50]
    meet(walker)
    assert walker.memory[MINE] == PEBBLIT
    walker.do("right a down a")
    walker.until(lambda: menu_up(walker), "b")
    assert (walker.memory[0xCC2F], walker.memory[MINE]) == (1, FERNOX)


def test_the_last_defeat_leads_back_to_the_last_rest(walker: Machine) -> None:
    walker.play(lambda s: s.talk("LODGE", "KEEPER"))
    walker.memory[0xD0DB] = 255
    meet(walker)
    lost = False
    while walker.memory[0xD057]:
        if menu_up(walker):
            put(walker, 0xD015, 1)
            put(walker, 0xCFE6, 50)
            put(walker, 0xCFF4, 50)
            walker.do("a wait a")
        walker.press("b")
        lost = lost or walker.memory[0xD057] == 0xFF
    walker.do("wait*3")
    assert walker.look.at == (IDS["STONE"], *PLACES[IDS["STONE"]].home)
    assert walker.look.health(0) == 1


def test_a_warden_fights_with_a_team_and_nobody_runs(walker: Machine) -> None:
    add_pebblit(walker)
    walker.memory[0xD747 + 0x38 // 8] |= 1 << 0x38 % 8
    walker.play(lambda s: s.go("HALL", 4, 3))
    walker.do("up")
    walker.until(lambda: menu_up(walker), "b") if walker.memory[0xD057] else walker.press("a")
    walker.until(lambda: menu_up(walker), "b")
    memory = walker.memory
    assert (memory[0xD057], memory[0xD059], memory[0xD031], memory[0xD05C]) == (2, 200 + 0x22, 0x22, 1)
    assert list(memory[0xD89C:0xD8A0]) == [2, PEBBLIT, CREATURES[KIN["TORGRIT"]].species, 0xFF]
    assert (memory[0xD8C5], memory[0xD8C5 + 44]) == (7, 9)
    walker.give(("SNARE", 1))
    walker.do("down right a")
    walker.until(lambda: walker.shows("running away"), None)
    walker.until(lambda: menu_up(walker), "b")
    walker.do("left down a wait a")
    walker.until(lambda: walker.shows("The warden blocks"), None)
    while memory[0xD057]:
        if menu_up(walker):
            put(walker, 0xD015, 22)
            put(walker, 0xCFE6, 1)
            walker.do("left up a wait a")
        walker.press("b")
    walker.play(lambda s: s.settle())
    assert (memory[0xD356], walker.look.event("TESS"), memory[0xD059]) == (1, True, 0)
    assert walker.look.money >= 1300
