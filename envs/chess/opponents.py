"""Everyone there is to play against, by name: our own players, and Stockfish where it is installed."""

from __future__ import annotations

from dataclasses import dataclass

from ...tasks.chess import perfect
from ...tasks.chess.boards import Boards
from ...tasks.chess.draws import Keys
from ...tasks.chess.kernel import Ints
from ...tasks.chess.players import NAMES, Mixture, Player, parted, player
from ...tasks.errors import BadConfig, UnknownName
from .stockfish import PREFIX, Stockfish, nodes_of
from .uci import Engine

SELF = "self"
"""whoever trains takes this seat, see `GameScript.seat`"""


@dataclass(frozen=True)
class Empty:
    """A seat that nobody has taken yet."""

    name: str = SELF

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """Raises BadConfig."""
        raise BadConfig(f"opponent {SELF!r}: only a specialist in training plays against itself, with self_play=N")


def opponent(name: str, engine: Engine | None = None) -> Player:
    """The opponent of a name; letting go of it ends its process, if it has one.

    Args:
        name: "random", "greedy", "engine-2" to "engine-4", "stockfish-NODES", or of endgames that are solved "perfect";
            with "@SHARE", all but random make a random legal move with that probability instead.
        engine: for Stockfish, to share a process among opponents; unless given, each starts its own.

    Raises:
        UnknownName: there is none of that name.
        BadConfig: SHARE or NODES is out of range, or Stockfish is not installed.

    >>> opponent("engine-2@0.5").name
    'engine-2@0.5'
    """
    base, share = parted(name)
    if name == SELF:
        return Empty()
    made: Player
    if base == perfect.NAME:
        made = perfect.Perfect()
    elif base.startswith(PREFIX):
        made = Stockfish(nodes_of(base), engine)
    elif base in NAMES:
        return player(name)
    else:
        raise UnknownName("opponent", base, (*NAMES, f"{PREFIX}100", perfect.NAME))
    return made if share is None else Mixture(made, share)
