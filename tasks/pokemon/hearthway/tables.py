"""The tables of the world, the words, the beings and the pictures as C: `header()` declares, `source()` holds them."""

from __future__ import annotations

from collections.abc import Iterable

from . import art
from .beings import CREATURES, ITEMS, KIN, MOVES, STOCK, STRONG, WARDENS
from .charset import encode
from .words import TEXTS
from .world import EVENTS, IDS, PLACES, SIDES, TALKERS, TILESETS, TOGGLES, WALKABLE, Place

CHATTER = TALKERS.index("GIRL")
SIGN_TEXTS = [key for key in TEXTS if key.startswith("SIGN_")]
HEARTH = 0xFE
"""number of the one sign that is more than a text"""
STRUCTS = """
struct place {
    uint8_t width, height; const uint8_t *squares; uint8_t tileset, town, sides, north, south, west, east;
    int8_t north_shift, south_shift, west_shift, east_shift;
    uint8_t warp_count; const uint8_t *warps; uint8_t sign_count; const uint8_t *signs;
    uint8_t people_count; const uint8_t *people; const uint8_t *wild; uint8_t home_x, home_y;
};
struct move { uint8_t type, power, effect, pp, accuracy; const uint8_t *name; };
struct creature {
    uint8_t species, type1, type2, hp, stats[4], catch_rate, points, learns[8];
    const uint8_t *name, *picture;
};
struct goods { uint8_t item, price[3]; const uint8_t *name; };
struct leader {
    uint8_t class, count, prize; uint16_t event; const uint8_t *team, *crest, *opening, *before, *won, *after;
};
"""


def _bcd(number: int) -> list[int]:
    return list(bytes.fromhex(f"{number:06d}"))


def _row(values: Iterable[int | str]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _array(name: str, values: Iterable[int | str], kind: str = "uint8_t") -> tuple[str, str]:
    """Declaration and definition of a constant array."""
    row = list(values) or [0]
    return f"extern const {kind} {name}[{len(row)}];\n", f"const {kind} {name}[] = {_row(row)};\n"


def _text(text: str) -> list[int]:
    """A text with its places for names, {0} and {1}, as bytes 1 and 2."""
    parts = encode(text.replace("{0}", "[").replace("{1}", "]"))
    marks = {encode("[")[0]: 1, encode("]")[0]: 2}
    return [marks.get(byte, byte) for byte in parts]


def _names(prefix: str, numbers: dict[str, int]) -> str:
    return "".join(f"#define {prefix}{key} {value}\n" for key, value in numbers.items())


def _constants() -> str:
    kinds = {name.upper(): i for squares in TILESETS.values() for i, name in enumerate(squares.values())}
    out = _names("K_", kinds) + _names("MAP_", IDS) + _names("EV_", EVENTS) + _names("TOGGLE_", TOGGLES)
    out += _names("WHO_", {key: i for i, key in enumerate(TALKERS)}) + _names("KIN_", KIN)
    out += _names("I_", {key: item.number for key, item in ITEMS.items()})
    out += _names("", {name.upper(): i for i, name in enumerate(TILESETS)})
    return out + _names(
        "",
        {
            "WHO_CHATTER": CHATTER,
            "SIGN_HEARTH": HEARTH,
            "KIN_COUNT": len(CREATURES),
            "GOODS_COUNT": len(ITEMS),
            "STOCK_COUNT": len(STOCK),
            "STRONG_COUNT": 2 * len(STRONG),
            "LEADER_COUNT": len(WARDENS),
        },
    )


def _place(place: Place, parts: list[tuple[str, str]]) -> str:
    """The record of a map; its arrays are added to `parts`."""
    at, letters = IDS[place.key], list(TILESETS[place.tileset])
    parts.append(_array(f"squares{at}", (letters.index(letter) for row in place.grid for letter in row)))
    warps: list[int] = []
    for door in place.doors:
        outdoors = PLACES[IDS[door.to]].tileset == "outdoors"
        warps += [door.y, door.x, door.index, 0xFF if outdoors else IDS[door.to]]
    signs: list[int] = []
    for (x, y), key in place.signs.items():
        signs += [y, x, HEARTH if key == "HEARTH" else SIGN_TEXTS.index(key)]
    people: list[int] = []
    for p in place.people:
        people += [p.y, p.x, p.picture, p.facing | 0x80 * p.wanders, TALKERS.index(p.who)]
        people.append(TOGGLES[p.toggle] if p.toggle else 0xFF)
    wild = [value for name, level in place.wild for value in (KIN[name], level)]
    parts += [_array(f"warps{at}", warps), _array(f"signs{at}", signs), _array(f"people{at}", people)]
    parts.append(_array(f"wild{at}", wild))
    sides = sum(8 >> i for i, side in enumerate(SIDES) if side in place.links)
    links = [place.links.get(side, ("HAMLET", 0)) for side in SIDES]
    facts: list[int | str] = [len(place.grid[0]), len(place.grid), f"squares{at}"]
    facts += [list(TILESETS).index(place.tileset), place.town, sides, *(IDS[to] for to, _ in links)]
    facts += [*(shift for _, shift in links), len(place.doors), f"warps{at}", len(place.signs), f"signs{at}"]
    facts += [len(place.people), f"people{at}", f"wild{at}" if wild else 0, *place.home]
    return _row(facts)


def _pictures() -> list[tuple[str, str]]:
    parts = [_array("people_tiles", art.sprites()), _array("font_tiles", art.font()), _array("box_tiles", art.box())]
    parts += [_array("level_tile", art.level_mark()), _array("bar_tiles", art.bar())]
    for i, squares in enumerate(TILESETS.values()):
        tiles = [byte for name in squares.values() for byte in art.square(name)]
        passable = [place * 4 + 2 for place, name in enumerate(squares.values()) if name in WALKABLE]
        parts += [_array(f"ground{i}", tiles), _array(f"passable{i}", [*passable, 0xFF])]
    parts.append(_array("ground", [f"ground{i}" for i in range(len(TILESETS))], "uint8_t *const"))
    parts.append(_array("ground_size", [64 * len(squares) for squares in TILESETS.values()], "uint16_t"))
    parts.append(_array("passable", [f"passable{i}" for i in range(len(TILESETS))], "uint8_t *const"))
    return parts


def _beings() -> list[tuple[str, str]]:
    parts = []
    for i, c in enumerate(CREATURES):
        parts += [_array(f"picture{i}", art.creature(*c.picture)), _array(f"kin{i}", encode(c.name))]
    records = []
    for i, c in enumerate(CREATURES):
        learns = [value for pair in c.learns for value in pair]
        numbers: list[int | str] = [_row(c.stats), c.catch, c.points, _row([*learns, *[0] * (8 - len(learns))])]
        records.append(_row([c.species, *c.types, c.hp, *numbers, f"kin{i}", f"picture{i}"]))
    parts.append(_array("creatures", records, "struct creature"))
    parts += [_array(f"move{i}", encode(m.name)) for i, m in enumerate(MOVES)]
    rows = [_row([m.type, m.power, m.effect, m.pp, m.accuracy, f"move{i}"]) for i, m in enumerate(MOVES)]
    parts.append(_array("moves", rows, "struct move"))
    parts += [_array(f"item{i}", encode(item.name)) for i, item in enumerate(ITEMS.values())]
    rows = [_row([item.number, _row(_bcd(item.price)), f"item{i}"]) for i, item in enumerate(ITEMS.values())]
    parts.append(_array("goods", rows, "struct goods"))
    parts.append(_array("stock", [value for key in STOCK for value in (ITEMS[key].number, 1)]))
    parts.append(_array("strong", [value for pair in STRONG for value in pair]))
    rows = []
    for i, w in enumerate(WARDENS):
        parts.append(_array(f"team{i}", [value for name, level in w.team for value in (KIN[name], level)]))
        parts.append(_array(f"crest{i}", encode(w.crest)))
        texts = [f"T_{key}" for key in (w.opening, *w.texts)]
        prize = int(str(w.prize), 16)
        rows.append(_row([w.trainer_class, len(w.team), prize, EVENTS[w.key], f"team{i}", f"crest{i}", *texts]))
    return [*parts, _array("leaders", rows, "struct leader")]


def _all() -> list[tuple[str, str]]:
    parts = [_array(f"T_{key}", _text(text)) for key, text in TEXTS.items()]
    parts.append(_array("T_LV", [0x6E, 0x50]))
    parts.append(_array("sign_texts", [f"T_{key}" for key in SIGN_TEXTS], "uint8_t *const"))
    parts.append(_array("chatter", [f"T_{key}" for key in TALKERS[CHATTER:]], "uint8_t *const"))
    places = [_place(place, parts) for place in PLACES]
    parts.append(_array("places", places, "struct place"))
    return [*parts, *_pictures(), *_beings()]


def header() -> str:
    """What `hearthway.h` includes."""
    declarations = "".join(declaration for declaration, _ in _all())
    return f"/* written by build.py */\n#include <stdint.h>\n{_constants()}{STRUCTS}{declarations}"


def source() -> str:
    """The tables themselves."""
    return '/* written by build.py */\n#include "data.h"\n' + "".join(definition for _, definition in _all())
