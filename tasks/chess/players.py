"""Opponents that need no other program: random, greedy, our own engine at three depths, and each mixed with chance.

What a player does is a pure function of the position, of a 64-bit key and of the ply. No player remembers anything, so
that a game can be resumed, replayed and played in a batch, and comes out the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import BadConfig, UnknownName
from .boards import Boards
from .draws import COIN, MOVE, TIE, Keys, chances, draws
from .kernel import PLY, Ints
from .search import engine_all, greedy_all

DEPTHS = {f"engine-{depth}": depth for depth in (2, 3, 4)}
NAMES = ("random", "greedy", *DEPTHS)
"""from the weakest to the strongest"""


class Player(Protocol):
    """Someone to play against."""

    @property
    def name(self) -> str:
        """What `player` makes it by."""
        ...

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """A legal move's id on each of some boards: (k,).

        Args:
            boards: the games.
            rows: (k,) those to move on, none of which is over.
            keys: (k,) one a game, the same at every move of it.
        """
        ...


@dataclass(frozen=True)
class RandomPlayer:
    """Every legal move alike."""

    name: str = "random"

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See Player."""
        _, states = boards.positions(rows)
        places = draws(keys, states[:, PLY], MOVE) % boards.counts[rows]
        chosen: Ints = boards.legal[rows, places].astype(np.int64)
        return chosen


@dataclass(frozen=True)
class Greedy:
    """Mates in one where it can, else takes and promotes to what is worth the most."""

    name: str = "greedy"

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See Player."""
        cells, states = boards.positions(rows)
        chosen = np.full(len(rows), -1)
        greedy_all(cells, states, draws(keys, states[:, PLY], TIE), chosen)
        return chosen


@dataclass(frozen=True)
class Engine:
    """Looks a number of plies ahead and then plays captures out."""

    depth: int

    @property
    def name(self) -> str:
        """`engine-` and the depth."""
        return f"engine-{self.depth}"

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See Player."""
        cells, states = boards.positions(rows)
        chosen = np.full(len(rows), -1)
        engine_all(cells, states, self.depth, draws(keys, states[:, PLY], TIE), chosen)
        return chosen


@dataclass(frozen=True)
class Mixture:
    """Another player, which makes a random legal move instead with some probability."""

    player: Player
    share: float

    @property
    def name(self) -> str:
        """The other's name, `@` and the probability."""
        return f"{self.player.name}@{self.share:g}"

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See Player."""
        _, states = boards.positions(rows)
        chance = chances(keys, states[:, PLY], COIN) < self.share
        chosen = np.full(len(rows), -1)
        for some, player in ((chance, RandomPlayer()), (~chance, self.player)):
            if some.any():
                chosen[some] = player.choose(boards, rows[some], keys[some])
        return chosen


def player(name: str) -> Player:
    """The player of a name: one of `NAMES`, and `NAME@SHARE` for all but random.

    Raises:
        UnknownName: there is none.
        BadConfig: SHARE is no number from 0 to 1, or of the random player.

    >>> player("greedy@0.75").name
    'greedy@0.75'
    """
    base, share = parted(name)
    if base not in NAMES:
        raise UnknownName("player", base, NAMES)
    made: Player
    made = RandomPlayer() if base == "random" else Greedy() if base == "greedy" else Engine(DEPTHS[base])
    return made if share is None else Mixture(made, share)


def parted(name: str) -> tuple[str, float | None]:
    """A player's name without its share of random moves, and the share, None where it has none.

    Raises:
        BadConfig: what follows `@` is no number from 0 to 1, or belongs to the random player.
    """
    base, at, text = name.partition("@")
    if not at:
        return base, None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadConfig(f"player {name!r}: expected a share of random moves from 0 to 1 after '@', got {text!r}")
    if base == "random":
        raise BadConfig(f"player {name!r}: the random player has no other moves to mix in; write 'random'")
    return base, share
