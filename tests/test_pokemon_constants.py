"""Facts of Red against two other tables of them: the emulator's own, and an owner's copy of the public disassembly.

PyBoy, where it is installed, brings constants for its own wrapper of the game. The disassembly is not part of this
project: REASON_POKERED is the folder of a copy, `constants/` and `data/` in it, and without it those tests are skipped.
Names are compared by their letters and digits alone, so that MR_FUJIS_HOUSE is Mr. Fuji's House.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from pokemon_memory import Cells

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import profiles, red_facts
from reason_arena.tasks.pokemon.charset import LETTERS
from reason_arena.tasks.pokemon.parts import Facing

RED = profiles.red()
NAMELESS_MAPS = re.compile(r"unused_map_|.*_copy$", re.IGNORECASE)
NAMELESS_ITEMS = re.compile(r"NO_ITEM|SURFBOARD|UNUSED_ITEM|PP_UP_2|FLOOR_.*|.*BADGE", re.IGNORECASE)
NAMELESS_MOVES, NAMELESS_SPECIES = re.compile("NO_MOVE"), re.compile(r"NO_MON|FOSSIL_.*|MON_GHOST")
"""what nobody can be in, hold, do or be"""
EVENTS = {
    "follow Oak into his lab": "FOLLOWED_OAK_INTO_LAB",
    "choose a first creature": "GOT_STARTER",
    "battle the rival in the lab": "BATTLED_RIVAL_IN_OAKS_LAB",
    "get the parcel in the mart of Viridian City": "GOT_OAKS_PARCEL",
    "deliver the parcel to Oak": "OAK_GOT_PARCEL",
    "beat Brock": "BEAT_BROCK",
    "beat the man with the fossils in Mt. Moon": "BEAT_MT_MOON_EXIT_SUPER_NERD",
    "beat the rival in Cerulean City": "BEAT_CERULEAN_RIVAL",
    "get the ticket from Bill": "GOT_SS_TICKET",
    "beat Misty": "BEAT_MISTY",
    "beat the thief in Cerulean City": "BEAT_CERULEAN_ROCKET_THIEF",
    "get HM01 from the captain": "GOT_HM01",
    "beat Lt. Surge": "BEAT_LT_SURGE",
    "beat Erika": "BEAT_ERIKA",
    "find the Rocket Hideout": "FOUND_ROCKET_HIDEOUT",
    "beat Giovanni in the Rocket Hideout": "BEAT_ROCKET_HIDEOUT_GIOVANNI",
    "beat the rival in Pokemon Tower": "BEAT_POKEMON_TOWER_RIVAL",
    "beat the ghost in Pokemon Tower": "BEAT_GHOST_MAROWAK",
    "rescue Mr. Fuji": "RESCUED_MR_FUJI",
    "get the Poké Flute": "GOT_POKE_FLUTE",
    "wake the sleeper on Route 12 or 16": "BEAT_ROUTE12_SNORLAX BEAT_ROUTE16_SNORLAX",
    "beat Koga": "BEAT_KOGA",
    "get HM03 in the Safari Zone": "GOT_HM03",
    "get HM04 from the Warden": "GOT_HM04",
    "beat the rival in Silph Co": "BEAT_SILPH_CO_RIVAL",
    "beat Giovanni in Silph Co": "BEAT_SILPH_CO_GIOVANNI",
    "beat Sabrina": "BEAT_SABRINA",
    "beat Blaine": "BEAT_BLAINE",
    "beat Giovanni in Viridian Gym": "BEAT_VIRIDIAN_GYM_GIOVANNI",
    "beat the rival on Route 22": "BEAT_ROUTE22_RIVAL_2ND_BATTLE",
    "beat Lorelei, Bruno and Agatha": "BEAT_AGATHAS_ROOM_TRAINER_0",
    "beat Lance": "BEAT_LANCE",
    "become the champion": "BEAT_CHAMPION_RIVAL",
}
MAPS = {
    "walk out to Route 1": "ROUTE_1",
    "enter Viridian Forest": "VIRIDIAN_FOREST",
    "enter Mt. Moon": "MT_MOON_1F",
    "reach Cerulean City": "CERULEAN_CITY",
}


def plain(name: str) -> str:
    """Letters and digits of a name, small and without accents."""
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def check_names(ours: Mapping[int, str], theirs: Mapping[str, int], nameless: re.Pattern[str]) -> int:
    """Each of theirs has our name, and we have no others. Returns how many were compared."""
    named = {number: plain(name) for name, number in theirs.items() if not nameless.match(name)}
    assert {number: plain(name) for number, name in ours.items()} == named
    return len(named)


def check_milestones(events: Mapping[str, int], maps: Mapping[str, int]) -> int:
    """Events and maps of the milestones are those of their names."""
    found = 0
    for each in RED.milestones:
        if each.kind in ("event", "map"):
            table, names = (events, EVENTS[each.goal]) if each.kind == "event" else (maps, MAPS[each.goal])
            assert each.where == tuple(table[name] for name in names.split()), each.goal
            found += len(each.where)
    assert found == len(EVENTS) + 1 + len(MAPS), "none is named here that is not there"
    return found


def bag(items: Mapping[int, str]) -> dict[int, str]:
    """Items without the machines, whose constants are called by what they teach."""
    return {number: name for number, name in items.items() if number < red_facts._HM}


# ---- the emulator's constants


def test_the_emulators_constants_are_ours() -> None:
    theirs = pytest.importorskip("pyboy.plugins.game_wrapper_pokemon_gen1_constants")
    assert check_names(RED.maps, theirs.MAPS, NAMELESS_MAPS) == 222
    assert check_names(bag(RED.items), theirs.ITEMS, NAMELESS_ITEMS) == 72
    moves = {name.replace("PSYCHIC_M", "PSYCHIC"): code for name, code in theirs.POKEMON_MOVES.items()}
    assert check_names(RED.moves, moves, NAMELESS_MOVES) == 165
    told = {code: name.replace("♂", "_M").replace("♀", "_F") for code, name in RED.species.items()}
    assert check_names(told, theirs.POKEMON_SPECIES, NAMELESS_SPECIES) == 151
    events = {name.upper(): number for name, number in theirs.EVENT_FLAGS.items()}
    maps = {name.upper(): number for name, number in theirs.MAPS.items()}
    assert check_milestones(events, maps) == 38
    assert RED.unpaid == {events["BOUGHT_MUSEUM_TICKET"]}
    assert [plain(name) for name in RED.badges] == sorted(theirs.BADGES, key=theirs.BADGES.__getitem__)


def test_the_emulators_addresses_are_ours() -> None:
    theirs = pytest.importorskip("pyboy.plugins.game_wrapper_pokemon_gen1_constants")
    ours = {
        "BAG_ITEMS_ADDRESS": at.BAG,
        "BAG_ITEM_COUNT_ADDRESS": at.BAG_COUNT,
        "BAG_ITEM_CAPACITY": at.BAG_SIZE,
        "BATTLE_TYPE_ADDRESS": at.BATTLE_TYPE,
        "CURRENT_OPPONENT_ADDRESS": at.OPPONENT,
        "EVENT_FLAGS_ADDRESS": at.EVENTS,
        "OBTAINED_BADGES_ADDRESS": at.BADGES,
        "PARTY_COUNT_ADDRESS": at.PARTY_COUNT,
        "PARTY_SPECIES_ADDRESS": at.PARTY_SPECIES,
        "PARTY_MONS_ADDRESS": at.PARTY,
        "PARTY_MON_SIZE": at.RECORD_SIZE,
        "PARTY_MON_NICKNAME_ADDRESS": at.PARTY_NICKS,
        "PARTY_LENGTH": at.PARTY_SIZE,
        "PLAYER_MONEY_ADDRESS": at.MONEY,
        "NAME_LENGTH": at.NAME_SIZE,
    }
    assert {name: getattr(theirs, name) for name in ours} == ours


def test_the_emulators_letters_are_ours() -> None:
    theirs = pytest.importorskip("pyboy.plugins.game_wrapper_pokemon_gen1_constants")
    spelled = {"<PK>": "PK", "<MN>": "MN", "¥": "$"}
    shared = {code: spelled.get(text, text) for code, text in theirs.POKEMON_TEXT_DECODING.items() if code in LETTERS}
    assert {code: LETTERS[code] for code in shared} == shared
    assert len(shared) > 70


# ---- a copy of the disassembly

FOLDER = os.environ.get("REASON_POKERED", "")
copied = pytest.mark.skipif(not FOLDER, reason="REASON_POKERED names no copy of the disassembly")


def lines(path: str) -> Iterable[list[str]]:
    """A file's words, line by line, without remarks."""
    for line in (Path(FOLDER) / path).read_text("utf8").splitlines():
        words = re.split(r"[\s,]+", line.split(";")[0].strip())
        if words[0]:
            yield words


def number(text: str, names: Mapping[str, int]) -> int:
    """A number as the assembler writes it, a sum of two among them, or a constant's name."""
    if "-" in text[1:]:
        most, least = text.split("-")
        return number(most, names) - number(least, names)
    return int(text[1:], 16) if text.startswith("$") else names[text] if text in names else int(text)


def constants(path: str) -> dict[str, int]:
    """The counted constants of a file."""
    found: dict[str, int] = {}
    at_now, inside = 0, False
    for first, *rest in lines(path):
        if "MACRO" in (first.upper(), *(word.upper() for word in rest)):
            inside = True
        elif first == "ENDM":
            inside = False
        elif inside:
            continue
        elif first in ("const_def", "const_next"):
            text = "".join(rest[:1] if first == "const_def" else rest)
            at_now = number(text, found) if text else 0
        elif first == "const_skip":
            at_now += int(rest[0]) if rest else 1
        elif first in ("const", "mapconst", "map_const", "add_hm", "add_tm"):
            found[{"add_hm": "HM_", "add_tm": "TM_"}.get(first, "") + rest[0]] = at_now
            at_now += 1
    return found


def rows(path: str, names: Mapping[str, int]) -> dict[str, list[tuple[int, ...]]]:
    """The bytes after each label of a file, row by row up to the end mark."""
    found: dict[str, list[tuple[int, ...]]] = {}
    label = ""
    for first, *rest in lines(path):
        if first.endswith(":"):
            label = first.rstrip(":")
            found[label] = []
        elif first == "db" and rest[0] not in ("-1", "$FF"):
            found[label].append(tuple(number(word, names) for word in rest if not word.startswith(("PAD_", "D_"))))
    return found


@copied
def test_the_disassemblys_names_are_ours() -> None:
    maps, items = constants("constants/map_constants.asm"), constants("constants/item_constants.asm")
    assert check_names(RED.maps, maps, NAMELESS_MAPS) == 222
    machines = {name: code for name, code in items.items() if name.startswith(("HM_", "TM_"))}
    assert check_names(bag(RED.items), {n: c for n, c in items.items() if n not in machines}, NAMELESS_ITEMS) == 72
    taught = {code: name for code, name in RED.items.items() if code >= red_facts._HM}
    assert sorted(taught) == sorted(machines.values())
    for kind, first in (("HM", machines["HM_CUT"]), ("TM", machines["TM_MEGA_PUNCH"])):
        mine = {code: name for code, name in taught.items() if name.startswith(kind)}
        assert mine == {first + n: f"{kind}{n + 1:02}" for n in range(len(mine))}
    events = {name.removeprefix("EVENT_"): code for name, code in constants("constants/event_constants.asm").items()}
    check_milestones(events, maps)
    assert RED.unpaid == {events["BOUGHT_MUSEUM_TICKET"]}


@copied
def test_the_disassemblys_ground_is_ours() -> None:
    tilesets, pictures = constants("constants/tileset_constants.asm"), constants("constants/sprite_constants.asm")
    facing = {f"SPRITE_FACING_{each.name}": each for each in Facing}
    (ledges,) = rows("data/tilesets/ledge_tiles.asm", facing).values()
    assert sorted((each.facing, each.standing, each.tile) for each in RED.ledges) == sorted(ledges)
    assert {each.tileset for each in RED.ledges} == {tilesets["OVERWORLD"]}
    land, water = rows("data/tilesets/pair_collision_tile_ids.asm", tilesets).values()
    for ours, theirs in ((RED.pairs, land), (RED.water_pairs, water)):
        assert {(tileset, frozenset(pair)) for tileset, *pair in ours} == {(t, frozenset(pair)) for t, *pair in theirs}
        assert len(ours) == len(theirs)
    (wet,) = rows("data/tilesets/water_tilesets.asm", tilesets).values()
    assert set(RED.water) == {tileset for (tileset,) in wet}
    assert {tileset for tileset, _ in RED.trees} == {tilesets["OVERWORLD"], tilesets["GYM"]}
    things = "POKE_BALL FOSSIL BOULDER PAPER POKEDEX CLIPBOARD OLD_AMBER"
    assert RED.things == {pictures[f"SPRITE_{name}"] for name in things.split()}


@copied
def test_the_disassemblys_bits_are_ours() -> None:
    hidden = {"toggle_constants.asm": "TOGGLE_", "hide_show_constants.asm": "HS_"}
    file, prefix = next(each for each in hidden.items() if (Path(FOLDER) / "constants" / each[0]).exists())
    rocket = constants(f"constants/{file}")[f"{prefix}GAME_CORNER_ROCKET"]
    flags = constants("constants/ram_constants.asm")
    bits = {each.goal: (each.where, each.value) for each in RED.milestones if each.kind == "bit"}
    assert bits == {
        "beat the guard in the Game Corner": ((at.MISSABLE + rocket // 8,), rocket % 8),
        "give a drink to a guard of Saffron City": ((at.STATUS_FLAGS_1,), flags["BIT_GAVE_SAFFRON_GUARDS_DRINK"]),
        "get the gift in Silph Co": ((at.STATUS_FLAGS_4,), flags["BIT_GOT_LAPRAS"]),
    }
    assert [flags[f"BIT_{name.upper()}BADGE"] for name in RED.badges] == list(range(8))
    for name in ("BIT_DISABLE_JOYPAD", "BIT_SCRIPTED_MOVEMENT_STATE"):
        assert not Cells().put(at.STATUS_FLAGS_5, 1 << flags[name]).read().control
