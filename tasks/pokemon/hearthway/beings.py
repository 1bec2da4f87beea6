"""The creatures, moves, goods and wardens of HEARTHWAY, as tables that the build turns into C.

A creature's `species` is the number in memory; its place in the field book (the owned and seen bits) is its place in
`CREATURES`, from 1. The two differ on purpose, as they do on the real cartridge.
"""

from __future__ import annotations

from dataclasses import dataclass

NORMAL, POISON, ROCK, BUG, GRASS = 0, 3, 5, 7, 22
"""types, by the numbers of the real game"""
TYPES = {NORMAL: "plain", POISON: "venom", ROCK: "stone", BUG: "wing", GRASS: "leaf"}
STRONG = ((GRASS, ROCK), (ROCK, BUG), (ROCK, POISON), (POISON, GRASS))
"""pairs of types: the first hits the second hard, and is hit little by it"""
ASLEEP, POISONED = 7, 8


@dataclass(frozen=True)
class Move:
    """Power 0 only has its effect; `accuracy` is out of 256; an effect beside power comes one time in three."""

    name: str
    type: int
    power: int
    effect: int
    pp: int
    accuracy: int


MOVES = (
    Move("STRUGGLE", NORMAL, 20, 0, 1, 255),
    Move("STRIKE", NORMAL, 35, 0, 35, 243),
    Move("LEAFLASH", GRASS, 40, 0, 20, 243),
    Move("STONETOSS", ROCK, 40, 0, 20, 230),
    Move("SPIT", POISON, 30, POISONED, 25, 243),
    Move("DROWSE", NORMAL, 0, ASLEEP, 15, 160),
)
"""place = the number in memory; the first is what is left when no strength is"""


@dataclass(frozen=True)
class Creature:
    """HP is `hp` + 2 x level, each of attack, defense, speed, special is its base + level."""

    name: str
    species: int
    types: tuple[int, int]
    hp: int
    stats: tuple[int, int, int, int]
    catch: int
    points: int
    learns: tuple[tuple[int, int], ...]
    picture: tuple[float, int, float]


CREATURES = (
    Creature("FERNOX", 0x99, (GRASS, GRASS), 12, (7, 7, 8, 8), 45, 64, ((1, 1), (7, 2)), (12, 0, 1.0)),
    Creature("PEBBLIT", 0xA9, (ROCK, ROCK), 9, (7, 8, 3, 5), 190, 150, ((1, 1), (6, 3)), (10, 5, 0.8)),
    Creature("MOSSKIT", 0x7B, (POISON, BUG), 9, (6, 5, 7, 6), 160, 155, ((1, 1), (4, 4)), (8, 3, 1.1)),
    Creature("DUSKMOTH", 0x70, (BUG, BUG), 9, (6, 5, 9, 9), 120, 170, ((1, 1), (5, 5)), (11, 9, 0.7)),
    Creature("TORGRIT", 0x22, (ROCK, ROCK), 14, (8, 10, 4, 6), 60, 200, ((1, 1), (6, 3)), (12, 7, 1.1)),
    Creature("BRAMBEAR", 0x15, (POISON, GRASS), 16, (9, 8, 7, 8), 45, 230, ((1, 1), (4, 4), (5, 2)), (13, 2, 1.2)),
)
KIN = {creature.name: i for i, creature in enumerate(CREATURES)}


@dataclass(frozen=True)
class Item:
    """`price` in coins; 0 is not for sale."""

    name: str
    number: int
    price: int = 0


ITEMS = {
    "SNARE": Item("SNARE", 0x04, 150),
    "BOOK": Item("FIELD BOOK", 0x09),
    "TONIC": Item("TONIC", 0x0B, 100),
    "BROTH": Item("BROTH", 0x13, 450),
    "SALVE": Item("SALVE", 0x14, 200),
    "SMOKE": Item("SMOKE POT", 0x1E, 250),
    "LETTER": Item("LETTER", 0x46),
    "HOOK": Item("BILLHOOK", 0xC4),
}
"""things by the numbers of their analogues in the real game"""
STOCK = ("SNARE", "SALVE", "TONIC", "BROTH", "SMOKE")
"""what the market sells, in the order of its list"""


@dataclass(frozen=True)
class Warden:
    """A leader: texts before, after a win and ever after; `prize` in hundreds of coins."""

    key: str
    crest: str
    trainer_class: int
    team: tuple[tuple[str, int], ...]
    prize: int
    opening: str
    texts: tuple[str, str, str]


WARDENS = (
    Warden("TESS", "STONE CREST", 0x22, (("PEBBLIT", 7), ("TORGRIT", 9)), 8, "TESSGO", ("TESS1", "TESS2", "TESS3")),
    Warden(
        "OREN",
        "GROVE CREST",
        0x23,
        (("MOSSKIT", 11), ("DUSKMOTH", 12), ("BRAMBEAR", 14)),
        15,
        "OREN_GO",
        ("OREN1", "OREN2", "OREN3"),
    ),
)
"""place = bit of the badge byte"""
