"""Starts by name: "milestone 4" is the moment at which the free cartridge's scripted player has reached the fourth.

They are played and not shipped, once a process, for a saved game is of one version of PyBoy.
"""

from __future__ import annotations

import re
import reprlib
from functools import cache
from typing import TYPE_CHECKING

from ...tasks.errors import BadConfig
from ...tasks.pokemon import FREE, hearthway, profiles
from ...tasks.pokemon.hearthway.solver import Solver
from ...tasks.pokemon.setting import posed

if TYPE_CHECKING:
    from .cartridges import Cartridge

_NAME = re.compile(r"milestone ([1-9][0-9]?)")
_SEED = 0
"""of the game that is played"""


def snapshot_named(name: object, cartridge: Cartridge) -> bytes:
    """The snapshot that a start's name stands for.

    Raises:
        BadConfig: there is none of that name, or not of this cartridge.
    """
    most = len(profiles.hearthway().milestones)
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if found is None or int(found[1]) > most:
        raise BadConfig(
            f"start={reprlib.repr(name)}: expected 'intro', 'milestone 1' to 'milestone {most}', or the bytes that "
            "snapshot() returned"
        )
    if cartridge.profile.cartridge != FREE:
        raise BadConfig(f"start={name!r}: only HEARTHWAY has starts by name, this is {cartridge.profile.title}")
    return _played(int(found[1]))


@cache
def _played(number: int) -> bytes:
    """The scripted player's game when it has just reached a milestone."""
    from .cartridges import Cartridge
    from .game import Game

    game, solver = Game(Cartridge(hearthway.rom(), profiles.hearthway()), "intro", None, False), Solver()
    try:
        game.begin(posed("train", "until=end,steps=20000", _SEED))
        while number - 1 not in game.progress.milestones.first:
            button = solver.act(game.emulator.memory)
            assert button is not None, "the scripted player comes to all of them"
            game.press(button)
        return game.snapshot()
    finally:
        game.close()
