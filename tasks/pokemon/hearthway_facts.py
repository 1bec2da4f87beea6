"""Facts of the free cartridge: its names, its milestones and its water."""

from __future__ import annotations

from .milestones import Milestone

SHA1 = "0c84b322c75158e74464e611c456cf8cea5bc9db"
MAPS = {0: "ALDER HAMLET", 1: "REED TRAIL", 2: "STONEWICK", 3: "ELDER'S HOUSE", 4: "TRAIL LODGE", 5: "STONE HALL"}
ITEMS = {20: "SALVE"}
MOVES = {1: "STRIKE"}
SPECIES = {1: "FERNOX", 2: "PEBBLIT", 3: "TORGRIT"}
BADGES = ("HEARTH CREST",)
WATER = {tileset: frozenset({8 * 4 + 2}) for tileset in (0, 1)}
MILESTONES = (
    Milestone("get the companion from the ELDER", "event", (0x22,)),
    Milestone("walk out to REED TRAIL", "map", (1,)),
    Milestone("reach STONEWICK", "map", (2,)),
    Milestone("get the letter from the KEEPER", "event", (0x39,)),
    Milestone("deliver the letter to the ELDER", "event", (0x38,)),
    Milestone("beat WARDEN TESS", "event", (0x77,)),
)
FIRST_BADGE = 6
