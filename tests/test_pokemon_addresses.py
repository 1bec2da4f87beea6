"""Wrong cells that published agents read, one test each: the right cell tells, the wrong one says nothing.

Which agent read which, and the symbol table that they were checked against, is in the project's notes; every test here
writes the right cell, spoils the wrong one, and sees that only the first one counts.
"""

from __future__ import annotations

import pytest
from pokemon_memory import Cells, rich

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.state import bcd


def test_minutes_are_at_da43_and_hours_are_one_byte() -> None:
    """DA42 is the flag of a full clock, DA40 belongs to something else."""
    cells = Cells().put(at.HOURS, 13).put(at.MINUTES, 17).put(at.SECONDS, 5).put(0xDA40, 99).put(0xDA42, 1)
    assert cells.read().clock == (13, 17, 5)


def test_money_is_decimal_and_its_high_digits_come_first() -> None:
    """10,000 is 01 00 00, not 10 27 00 as binary would have it, which the game reads as 102,700."""
    assert Cells().put(at.MONEY, 0x01, 0x00, 0x00).read().money == 10_000
    assert bcd(bytes([0x10, 0x27, 0x00])) == 102_700
    assert Cells().put(at.MONEY, 0x99, 0x99, 0x99).read().money == 999_999


def test_coins_are_decimal_too() -> None:
    """9,999 is 99 99; as a binary number it would be 39,321, more than the case holds."""
    assert at.COINS == 0xD5A4 == at.MISSABLE - 2
    assert [bcd(bytes(cells)) for cells in ([0x12, 0x34], [0x99, 0x99], [0x00, 0x50])] == [1234, 9999, 50]


def test_the_screen_ends_with_c507() -> None:
    """The last column of the last line is a tile like the others."""
    cells = Cells().ground(0x7F).put(at.FONT_LOADED, 1).write(17, 18, "ok")
    assert at.TILE_MAP + 20 * 18 - 1 == 0xC507
    assert cells.read().text == ("ok",)


def test_the_level_of_the_enemy_is_not_at_cfe8() -> None:
    battle = Cells().battle(level=17).put(0xCFE8, 77).read().battle
    assert battle is not None
    assert battle.foe.level == 17
    assert at.ENEMY_LEVEL == 0xCFF3


def test_repel_is_at_d0db_and_not_among_the_flags_at_d72d() -> None:
    assert Cells().put(at.REPEL, 100).put(0xD72D, 7).read().raw.repel == 100


def test_safari_steps_are_at_d70d_and_not_behind_the_clock() -> None:
    """DA47 lies outside of what is read; D70D stands between the towns visited and the map to wake up on."""
    assert at.VISITED_TOWNS < at.SAFARI_STEPS == 0xD70D < at.BLACKOUT_MAP
    cells = rich()
    before = cells.read()
    assert cells.put(0xDA47, 0x01, 0xF4).read() == before


def test_the_last_nine_bytes_of_the_events_count() -> None:
    """D87E to D886: a table that ends before D87E misses a trainer of Rock Tunnel, bit 0 of D87E."""
    index = (0xD87E - at.EVENTS) * 8
    assert index == 0x9B8
    assert Cells().put(0xD87E, 1).read().event(index)
    assert Cells().put(0xD886, 0x80).read().event(2559)
    assert at.EVENTS + at.EVENTS_SIZE - 1 == 0xD886
    assert len(Cells().read().events) * 8 == 2560


@pytest.mark.parametrize(
    ("index", "address", "bit"),
    [
        (0x000, 0xD747, 0),
        (0x022, 0xD74B, 2),
        (0x038, 0xD74E, 0),
        (0x039, 0xD74E, 1),
        (0x077, 0xD755, 7),
        (0x0BF, 0xD75E, 7),
        (0x167, 0xD773, 7),
        (0x1A9, 0xD77C, 1),
        (0x238, 0xD78E, 0),
        (0x259, 0xD792, 1),
        (0x361, 0xD7B3, 1),
        (0x48F, 0xD7D8, 7),
        (0x4C9, 0xD7E0, 1),
        (0x526, 0xD7EB, 6),
        (0x55C, 0xD7F2, 4),
        (0x579, 0xD7F6, 1),
        (0x5E0, 0xD803, 0),
        (0x6A7, 0xD81B, 7),
        (0x78F, 0xD838, 7),
        (0x880, 0xD857, 0),
        (0x8F1, 0xD865, 1),
        (0x8FE, 0xD866, 6),
        (0x901, 0xD867, 1),
    ],
)
def test_flags_are_counted_from_the_lowest_bit(index: int, address: int, bit: int) -> None:
    """Counted from the highest one, no name of the table fits; addresses and bits are the published ones."""
    state = Cells().put(address, 1 << bit).read()
    assert [i for i in range(2560) if state.event(i)] == [index]
    if bit not in (3, 4):
        assert not Cells().put(address, 1 << (7 - bit)).read().event(index)


def test_milestones_and_the_museum_are_at_their_published_bits() -> None:
    red = profiles.red()
    indices = {each.where for each in red.milestones if each.kind == "event"}
    assert {(0x077,), (0x0BF,), (0x167,), (0x1A9,), (0x259,), (0x361,), (0x299,), (0x051,), (0x901,)} <= indices
    assert red.unpaid == {0x068}
    assert Cells().put(0xD754, 1).read().event(0x068)


def test_the_records_of_the_party_are_44_bytes_apart() -> None:
    """Experience of the fourth creature: D1FD to D1FF, not D1FB."""
    start = at.PARTY + 3 * at.RECORD_SIZE + 14
    assert start == 0xD1FD
    cells = Cells()
    for slot in range(4):
        cells.creature(slot)
    cells.put(start, 1, 2, 3).put(0xD1FB, 0, 0)
    assert cells.read().party[3].experience == 0x010203


def test_the_battle_is_at_d05f_and_not_in_the_cartridge() -> None:
    """0D5F was meant to be D05F: nothing below 8000 but the list of passable tiles is read."""
    cells = rich()
    before = cells.read()
    for address in (0x0D5F, 0x0D60):
        cells.put(address, 0xAA)
    assert cells.read() == before


def test_the_day_care_and_the_steps_are_not_read_out_of_names() -> None:
    """D2C7 is a letter of a nickname, DA53 lies outside of what is read."""
    cells = rich()
    before = cells.read()
    assert cells.put(0xDA53, 0xAA).read() == before
    assert at.PARTY_NICKS <= 0xD2C7 < at.PARTY_NICKS + 6 * at.NAME_SIZE
    assert cells.put(0xD2C7, 0x80).read().party[0] == before.party[0]


def test_the_text_box_that_stays_after_closing_is_no_text() -> None:
    """D125 keeps its 1; CFC4 tells whether a text is open."""
    cells = Cells().put(at.TEXT_BOX, 1)
    assert not cells.read().text_open
    assert cells.put(at.FONT_LOADED, 1).read().text_open


def test_places_of_people_are_kept_with_four_added() -> None:
    person = Cells().put(at.SPRITE_COUNT, 1).put(0xC110, 9).put(0xC214, 10, 7).read().people[0]
    assert (person.x, person.y) == (3, 6)


def test_species_of_a_record_is_the_internal_number_and_the_dex_counts_from_one() -> None:
    """Bit n - 1 of the dex is number n: a count over all 19 bytes misses none, the last one included."""
    state = Cells().put(at.DEX_OWNED, *[0xFF] * 18, 0x7F).put(at.DEX_SEEN, 0, 0, 0).read()
    assert (state.owned, state.seen) == (151, 0)
    assert Cells().put(at.DEX_OWNED + 18, 0x40).read().owned == 1


def test_the_player_stands_on_the_tile_of_row_9_and_column_8() -> None:
    cells = Cells().put(at.TILE_MAP + 9 * 20 + 8, 0x39)
    assert cells.read().grid.tiles[4 * 10 + 4] == 0x39
