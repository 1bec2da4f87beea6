"""The world of HEARTHWAY: its maps, doors, people, events and milestones, in one place for game, solver and docs.

`build` turns these tables into C, so what stands here is what the cartridge does. Coordinates are squares of 16 dots,
x to the right and y down from the corner of a map.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .maps import GRIDS

TILESETS: dict[str, dict[str, str]] = {
    "outdoors": {
        "T": "tree",
        ".": "grass",
        "w": "tall",
        "=": "path",
        "#": "wall",
        "D": "door",
        "~": "water",
        "S": "sign",
        "R": "roof",
        "o": "rock",
        "v": "ledge",
        "Y": "sapling",
        "*": "flower",
        "C": "cave",
        "H": "hearth",
    },
    "indoors": {
        " ": "void",
        ",": "floor",
        "W": "iwall",
        "O": "table",
        "M": "mat",
        "B": "altar",
        "K": "counter",
        "L": "shelf",
    },
    "cave": {"X": "cliff", ",": "ground", "O": "boulder", "M": "mouth"},
}
"""tileset -> letter of a grid -> name of the square; a square's four tiles begin at 4 x its place in this order"""
WALKABLE = {"grass", "tall", "path", "door", "flower", "cave", "floor", "mat", "ground", "mouth"}
SIDES: dict[str, tuple[int, int]] = {"north": (0, -1), "south": (0, 1), "west": (-1, 0), "east": (1, 0)}

EVENTS = {
    "COMPANION": 0x22,
    "BOOK": 0x25,
    "DELIVERED": 0x38,
    "LETTER": 0x39,
    "TESS": 0x77,
    "OREN": 0xBF,
    "GATE": 0x239,
    "HOOK": 0x5E0,
    "HEARTH": 0x901,
    "CUT": 0x9E0,
}
"""event flag -> index; where the real game has an analogue, its index"""
TOGGLES = {"POUCH1": 0x10, "POUCH2": 0x11, "POUCH3": 0x12, "GATE": 0x13}
"""bits of the hidden-objects flags: set, the object is gone"""
TALKERS = (
    "MOTHER",
    "ELDER",
    "GUARD",
    "KEEPER",
    "SELLER",
    "TESS",
    "OREN",
    "WOODCUTTER",
    "GATE",
    "POUCH1",
    "POUCH2",
    "POUCH3",
    "GIRL",
    "FISHER",
    "SAGE",
)
"""who can be spoken to; those from GIRL on only chat"""


@dataclass(frozen=True)
class Person:
    """Somebody or something that stands on a map: picture 2 villager, 3 warden, 4 pouch; facing 0, 4, 8, 12."""

    who: str
    x: int
    y: int
    picture: int = 2
    facing: int = 0
    toggle: str | None = None
    wanders: bool = False
    """takes steps at random, up to two squares from here"""


@dataclass(frozen=True)
class Door:
    """A square that leads to the square beside door number `index` of map `to`."""

    x: int
    y: int
    to: str
    index: int = 0


@dataclass(frozen=True)
class Place:
    """One map; `links` gives for a side the neighbour and what to add to the coordinate along the edge."""

    key: str
    name: str
    tileset: Literal["outdoors", "indoors", "cave"]
    doors: tuple[Door, ...] = ()
    people: tuple[Person, ...] = ()
    signs: dict[tuple[int, int], str] = field(default_factory=dict)
    links: dict[str, tuple[str, int]] = field(default_factory=dict)
    wild: tuple[tuple[str, int], ...] = ()
    town: int = 0
    home: tuple[int, int] = (0, 0)

    @property
    def grid(self) -> tuple[str, ...]:
        """Rows of letters."""
        return GRIDS[self.key]

    def square(self, x: int, y: int) -> str:
        """The name of a square, or "" beyond the edge."""
        inside = 0 <= y < len(self.grid) and 0 <= x < len(self.grid[0])
        return TILESETS[self.tileset][self.grid[y][x]] if inside else ""

    @property
    def walkable(self) -> tuple[str, ...]:
        """Rows of 1 and 0: may one stand there, people aside."""
        return tuple(
            "".join(str(int(self.square(x, y) in WALKABLE)) for x in range(len(self.grid[0])))
            for y in range(len(self.grid))
        )


PLACES: tuple[Place, ...] = (
    Place(
        "HAMLET",
        "ALDER HAMLET",
        "outdoors",
        doors=(Door(4, 6, "ELDER"), Door(12, 6, "HOME")),
        people=(Person("GUARD", 8, 2, facing=12), Person("GIRL", 15, 9, facing=8, wanders=True)),
        signs={(12, 13): "SIGN_HAMLET", (6, 10): "HEARTH"},
        links={"north": ("TRAIL", 0)},
        town=1,
        home=(5, 7),
    ),
    Place(
        "TRAIL",
        "REED TRAIL",
        "outdoors",
        people=(Person("POUCH1", 16, 15, 4, toggle="POUCH1"), Person("FISHER", 9, 16, facing=8)),
        signs={(13, 16): "SIGN_TRAIL"},
        links={"north": ("STONE", 0), "south": ("HAMLET", 0)},
        wild=(("PEBBLIT", 3), ("PEBBLIT", 3), ("PEBBLIT", 2), ("MOSSKIT", 3)),
    ),
    Place(
        "STONE",
        "STONEWICK",
        "outdoors",
        doors=(Door(4, 6, "LODGE"), Door(16, 6, "HALL"), Door(14, 13, "MARKET")),
        people=(Person("SAGE", 7, 10, wanders=True),),
        signs={(4, 10): "SIGN_STONE"},
        links={"south": ("TRAIL", 0), "east": ("PASS", 0)},
        town=2,
        home=(5, 7),
    ),
    Place(
        "PASS",
        "HOLLOW PASS",
        "outdoors",
        doors=(Door(7, 2, "CAVE"),),
        people=(Person("POUCH2", 17, 14, 4, toggle="POUCH2"),),
        signs={(8, 12): "SIGN_PASS"},
        links={"west": ("STONE", 0), "east": ("FERN", 2)},
        wild=(("MOSSKIT", 6), ("PEBBLIT", 7), ("PEBBLIT", 6), ("DUSKMOTH", 6)),
    ),
    Place(
        "FERN",
        "FERNHOLT",
        "outdoors",
        doors=(Door(5, 6, "REST"), Door(14, 5, "GROVE")),
        people=(Person("GATE", 14, 6, toggle="GATE"),),
        signs={(11, 8): "SIGN_FERN"},
        links={"west": ("PASS", -2)},
        town=4,
        home=(6, 7),
    ),
    Place("HOME", "WREN'S HOUSE", "indoors", doors=(Door(4, 7, "HAMLET", 1),), people=(Person("MOTHER", 2, 3),)),
    Place("ELDER", "ELDER'S HOUSE", "indoors", doors=(Door(4, 7, "HAMLET", 0),), people=(Person("ELDER", 4, 2),)),
    Place("LODGE", "TRAIL LODGE", "indoors", doors=(Door(4, 7, "STONE", 0),), people=(Person("KEEPER", 4, 2),)),
    Place("HALL", "STONE HALL", "indoors", doors=(Door(4, 9, "STONE", 1),), people=(Person("TESS", 4, 2, 3),)),
    Place("MARKET", "MARKET", "indoors", doors=(Door(4, 7, "STONE", 2),), people=(Person("SELLER", 2, 2),)),
    Place("REST", "FERN REST", "indoors", doors=(Door(4, 7, "FERN", 0),), people=(Person("KEEPER", 4, 2),)),
    Place("GROVE", "GROVE HALL", "indoors", doors=(Door(4, 9, "FERN", 1),), people=(Person("OREN", 4, 2, 3),)),
    Place(
        "CAVE",
        "MOSS CAVE",
        "cave",
        doors=(Door(10, 17, "PASS", 0),),
        people=(Person("WOODCUTTER", 13, 6), Person("POUCH3", 2, 3, 4, toggle="POUCH3")),
        wild=(("DUSKMOTH", 7), ("DUSKMOTH", 8), ("PEBBLIT", 7), ("MOSSKIT", 7)),
    ),
)
IDS = {place.key: i for i, place in enumerate(PLACES)}
"""key of a map -> its number in memory"""
NAMES = {i: place.name for i, place in enumerate(PLACES)}
"""number of a map -> the name that people read"""


@dataclass(frozen=True)
class Milestone:
    """A step of the story: reached when the map is entered, the flag or crest bit set, or so many kinds are owned."""

    key: str
    text: str
    kind: Literal["map", "event", "badge", "owned"]
    value: int


MILESTONES = (
    Milestone("left_home", "leave the house", "map", IDS["HAMLET"]),
    Milestone("companion", "get a companion from the elder", "event", EVENTS["COMPANION"]),
    Milestone("trail", "walk out on Reed Trail", "map", IDS["TRAIL"]),
    Milestone("stonewick", "reach Stonewick", "map", IDS["STONE"]),
    Milestone("letter", "get the letter at the lodge", "event", EVENTS["LETTER"]),
    Milestone("delivered", "bring the letter to the elder", "event", EVENTS["DELIVERED"]),
    Milestone("first_crest", "beat Warden Tess", "badge", 0),
    Milestone("second_creature", "catch a second kind of creature", "owned", 2),
    Milestone("cave", "enter Moss Cave", "map", IDS["CAVE"]),
    Milestone("billhook", "get the billhook from the woodcutter", "event", EVENTS["HOOK"]),
    Milestone("cut", "cut the sapling on Hollow Pass", "event", EVENTS["CUT"]),
    Milestone("fernholt", "reach Fernholt", "map", IDS["FERN"]),
    Milestone("tonic", "bring the gatekeeper a tonic", "event", EVENTS["GATE"]),
    Milestone("second_crest", "beat Warden Oren", "badge", 1),
    Milestone("hearth", "light the hearth of Alder Hamlet", "event", EVENTS["HEARTH"]),
)
"""the story in its order; the last one ends the game"""
