"""What both views say, read back out of each: the same facts, or one of the views is wrong.

Numbers are compared as the array view rounds them. Left out are names, which arrays do not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .array_view import EXPERIENCE_MOST, KINDS, MENU_MOST, MONEY_MOST, PP_MOST, SCALARS
from .creatures import BAR, STATUSES
from .parts import GRID_COLUMNS, GRID_ROWS, Facing, Square
from .profiles import CARTRIDGES, Profile
from .text_view import MARKS, VISITED

_EDGES = {"north": 8, "south": 4, "west": 2, "east": 1}
_WHERE = re.compile(r"WHERE .* \((\d+),(\d+)\) facing (\w+)(, riding|, on the water)?(, control taken away)?")
_CREATURE = re.compile(r"(\d) .* #(\d+) L(\d+) (\w+) (\d+)/(\d+) exp (\d+)((?:, .+ \d+)*)")
_BATTLE = re.compile(
    r"BATTLE (\w+)( in the safari)?, opponent (\d+): .* #(\d+) L(\d+) (\w+) bar (\d+)/48(?:; yours: (\d))?"
)
_MILESTONES = re.compile(r"MILESTONES (\d+) of (\d+)(?: \(([\d, -]+)\))?")
_MONEY = re.compile(r"MONEY (\d+); badges: (.*); species seen \d+, caught \d+; home after defeat: .*")
Facts = dict[str, Any]


def _single(number: float) -> float:
    return float(np.float32(number))


def facts_of_text(text: str, profile: Profile) -> Facts:
    """What a text view says. Sections of the agent's own, NOTES and LAST, are not read."""
    lines = text.split("\n")
    named = {line.split(" ", 1)[0]: line for line in reversed(lines)}
    titles = {profile().title: name for name, profile in CARTRIDGES.items()}
    facts: Facts = {
        "cartridge": titles[named["CARTRIDGE"].partition(" ")[2]],
        "title": "WHERE the game has not begun" in lines,
    }
    if not facts["title"]:
        facts |= _where(named["WHERE"]) | _money(named["MONEY"], profile)
        facts["edges"] = sum(bit for side, bit in _EDGES.items() if f"{side} edge" in named.get("EXITS", ""))
    facts["map"] = _drawn(lines)
    party = named.get("PARTY", "PARTY ")[6:]
    facts["party"] = tuple(map(_creature, party.split("; "))) if party else ()
    bag = named.get("BAG", "BAG ")[4:]
    ids = {name: number for number, name in profile.items.items()}
    facts["bag"] = tuple(_item(item, ids) for item in bag.split(", ")) if bag else ()
    menu = named.get("MENU", "MENU ")[5:]
    labels = menu.split(" | ") if "MENU" in named else []
    facts["menu"] = (next((n for n, each in enumerate(labels) if each.startswith(">")), 0), len(labels))
    facts["battle"] = _battle(named["BATTLE"]) if "BATTLE" in named else None
    step, _, most = named["STEP"][5:].partition(" of ")
    facts["step"] = _single(min(int(step) / int(most), 1)) if most else 0.0
    return facts | _milestones(named["MILESTONES"])


def _milestones(line: str) -> Facts:
    found = _MILESTONES.match(line)
    assert found is not None, line
    runs = [run.partition("-") for run in found[3].split(", ")] if found[3] else []
    reached = tuple(number for low, _, high in runs for number in range(int(low), int(high or low) + 1))
    assert len(reached) == int(found[1]), line
    return {"milestones": _single(len(reached) / int(found[2])) if int(found[2]) else 0.0, "reached": reached}


def _where(line: str) -> Facts:
    found = _WHERE.fullmatch(line)
    assert found is not None, line
    travel = {None: 0, ", riding": 1, ", on the water": 2}[found[4]]
    facing = Facing[found[3].upper()]
    return {"place": (int(found[1]), int(found[2]), int(facing)), "travel": travel, "control": not found[5]}


def _money(line: str, profile: Profile) -> Facts:
    found = _MONEY.fullmatch(line)
    assert found is not None, line
    names = [name if name else f"unknown {bit}" for bit, name in enumerate((*profile.badges, *[""] * 8)[:8])]
    badges = tuple(name in found[2].split(", ") for name in names)
    return {"money": _single(log10(1 + int(found[1])) / MONEY_MOST), "badges": badges}


def _drawn(lines: list[str]) -> str:
    start = next((n for n, line in enumerate(lines) if line.startswith("MAP ")), None)
    if start is None:
        return MARKS[0] * (GRID_ROWS * GRID_COLUMNS)
    return "".join(line[4:] for line in lines[start + 2 : start + 2 + GRID_ROWS])


def _creature(text: str) -> tuple[Any, ...]:
    found = _CREATURE.fullmatch(text)
    assert found is not None, text
    hp, top, experience = int(found[5]), int(found[6]), int(found[7])
    points = [int(move.rpartition(" ")[2]) for move in found[8].split(", ")[1:]]
    return (
        int(found[2]),
        int(found[3]),
        STATUSES.index(found[4]),
        _single(min(hp / top, 1)) if top else 0.0,
        tuple(points + [0] * (4 - len(points))),
        _single(min(experience / EXPERIENCE_MOST, 1)),
    )


def _item(text: str, ids: Mapping[str, int]) -> tuple[int, int]:
    name, _, count = text.rpartition(" x")
    return ids[name] if name in ids else int(name.removeprefix("unknown ")), int(count)


def _battle(line: str) -> tuple[Any, ...]:
    found = _BATTLE.fullmatch(line)
    assert found is not None, line
    status = STATUSES.index(found[6])
    own = int(found[8]) - 1 if found[8] else 0
    return found[1], bool(found[2]), *map(int, found.group(3, 4, 5)), int(found[7]), status, own


def facts_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> Facts:
    """What an array view says."""
    scalars = dict(zip(SCALARS, map(float, arrays["scalars"]), strict=True))
    title = not arrays["walk"].any() and not arrays["battle"][0] and bool(scalars["text"])
    which = arrays["cartridge"].nonzero()[0].tolist()
    facts: Facts = {"cartridge": [*CARTRIDGES][which[0]] if len(which) == 1 else which, "title": title}
    if not title:
        facts |= {
            "place": tuple(round(scalars[name] * size) for name, size in (("x", 255), ("y", 255), ("facing", 3))),
            "travel": round(scalars["travel"] * 2),
            "control": scalars["control"] == 1,
            "money": scalars["money"],
            "badges": tuple(scalars[f"badge {number}"] == 1 for number in range(1, 9)),
            "edges": 0 if scalars["battle"] else round(scalars["edges"] * 15),
        }
    free = (arrays["walk"] == Square.FREE) & (arrays["visited"] > 0)
    facts["map"] = "".join(
        VISITED if seen else MARKS[square] for square, seen in zip(arrays["walk"].flat, free.flat, strict=True)
    )
    facts["party"] = tuple(_row(row) for row in arrays["party"] if row[9])
    count = round(scalars["bag size"] * len(arrays["bag"]))
    facts["bag"] = tuple((int(item), int(number)) for item, number in arrays["bag"][:count])
    facts["menu"] = tuple(round(scalars[name] * MENU_MOST) for name in ("menu index", "menu size"))
    facts["battle"] = _fight(arrays["battle"]) if arrays["battle"][0] else None
    facts["reached"] = tuple(int(index) + 1 for index in arrays["milestones"].nonzero()[0])
    return facts | {"step": scalars["step"], "milestones": scalars["milestones"]}


def _row(row: NDArray[Any]) -> tuple[Any, ...]:
    points = tuple(round(float(pp) * PP_MOST) for pp in row[4:8])
    return (round(row[0] * 255), round(row[1] * 100), round(row[3] * 6), float(row[2]), points, float(row[8]))


def _fight(battle: NDArray[Any]) -> tuple[Any, ...]:
    sizes = (255, 255, 100, BAR, 6, 5)
    numbers = [round(float(value) * size) for value, size in zip(battle[2:8], sizes, strict=True)]
    return KINDS[round(float(battle[0]) * 3)], bool(battle[1]), *numbers
