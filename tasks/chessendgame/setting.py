"""What a level of the endgames asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .. import spec
from ..chess import material
from ..chess.view import READERS, View, view_of
from ..problem import Level
from . import TABLE

MOST = 43
"""moves to the longest mate of four men"""
OPPONENT = "perfect"


@dataclass(frozen=True)
class Endgame:
    """A level, read."""

    material: tuple[str, ...] = ("KQK",)
    """sets of men, the agent's first, one of which is drawn for each problem"""
    mate: tuple[int, int] = (1, MOST)
    """from how many of the agent's moves to how many the mate takes with best play"""
    opponent: tuple[str, ...] = (OPPONENT,)
    """names of players, one of which is drawn for each problem"""
    colour: Literal["both", "white", "black"] = "both"
    view: View = field(default_factory=View)

    @property
    def positions(self) -> str:
        """What the positions of a level depend on: neither on who defends them nor on how they are shown."""
        low, high = self.mate
        return f"{'+'.join(self.material)} {low}-{high} {self.colour}"

    @property
    def at_once(self) -> bool:
        """Whether every problem is a mate in one."""
        return self.mate == (1, 1)


def _materials(text: str) -> tuple[str, ...]:
    found = spec.names(text)
    for name in found:
        try:
            material.read(name)
        except material.BadMaterial as error:
            raise ValueError(f"sets of men joined by +; {error}") from None
    return found


_READERS: dict[str, spec.Reader] = {
    "material": _materials,
    "mate": spec.span(1, MOST),
    "opponent": spec.names,
    "colour": spec.one_of("both", "white", "black"),
    **READERS,
}


@spec.remembered
def read(level: Level) -> Endgame:
    """The settings of a level. Raises BadLevel."""
    found = spec.read(level, TABLE, _READERS)
    own = {name: value for name, value in found.items() if name not in READERS}
    return Endgame(**own, view=view_of(found))
