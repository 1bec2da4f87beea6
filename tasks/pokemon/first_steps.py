"""The way from the title to the first lab, as what to read and where to walk: what an owner's self-test follows.

No counts of frames, and none of presses: each part says what has to be on the screen or in memory when it is done.
That of Red and Blue is written from facts that are public, and was never run on the real cartridges by the maintainers.
"""

from __future__ import annotations

from dataclasses import dataclass

from .profiles import Profile


@dataclass(frozen=True)
class Words:
    """Press a button until the screen says something."""

    words: str
    button: str


@dataclass(frozen=True)
class Choose:
    """Press a button until there is a menu with a label; choose it."""

    label: str
    button: str


@dataclass(frozen=True)
class Name:
    """Wait for a list of names that begins with this label, and choose the one below it."""

    label: str


@dataclass(frozen=True)
class Arrive:
    """Read on through all texts until the player can walk on a map; with an event, until it has happened too."""

    map: int
    event: int | None = None


@dataclass(frozen=True)
class Door:
    """Walk through the door, or up or down the stairs, to a map."""

    map: int


@dataclass(frozen=True)
class Walk:
    """Walk to a square of the map, or until somebody speaks on the way."""

    x: int
    y: int


@dataclass(frozen=True)
class Talk:
    """Walk up to whoever stands on a square, and speak."""

    x: int
    y: int


Part = Words | Choose | Name | Arrive | Door | Walk | Talk


@dataclass(frozen=True)
class Stage:
    """Some parts, and how the certificate calls what they come to."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Course:
    """The stages of a cartridge."""

    stages: tuple[Stage, ...]
    run: bool
    """whether the maintainers have run it on the real cartridge"""


_HOME, _HAMLET, _ELDER, _COMPANION = 5, 0, 6, 0x22
HEARTHWAY = Course(
    (
        Stage("the title says how to begin", (Words("PRESS START", "noop"),)),
        Stage("the first map", (Words("", "start"), Arrive(_HOME))),
        Stage("out of the house", (Door(_HAMLET),)),
        Stage("in the elder's house", (Door(_ELDER),)),
        Stage("the elder speaks", (Talk(4, 2),)),
        Stage("a companion", (Arrive(_ELDER, _COMPANION),)),
    ),
    run=True,
)
_UPSTAIRS, _DOWNSTAIRS, _TOWN, _LAB, _FOLLOWED = 38, 37, 0, 40, 0x000
RED = Course(
    (
        Stage("the menu of the title", (Choose("NEW GAME", "start"),)),
        Stage("the player has a name", (Name("NEW NAME"),)),
        Stage("the rival has a name", (Name("NEW NAME"),)),
        Stage("the first map", (Arrive(_UPSTAIRS),)),
        Stage("down the stairs", (Door(_DOWNSTAIRS),)),
        Stage("out of the house", (Door(_TOWN),)),
        Stage("stopped north of town", (Walk(10, 1),)),
        Stage("in the lab", (Arrive(_LAB, _FOLLOWED),)),
    ),
    run=False,
)


def course(profile: Profile) -> Course:
    """The way of a cartridge; one that is not known is led like Red."""
    return HEARTHWAY if profile.cartridge == "hearthway" else RED
