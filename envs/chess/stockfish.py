"""Stockfish as an opponent, held to a number of nodes: much stronger than our own engine, and as reproducible."""

from __future__ import annotations

import re

import numpy as np

from ...tasks.chess.boards import Boards, id_of
from ...tasks.chess.draws import Keys
from ...tasks.chess.kernel import Ints
from ...tasks.errors import BadConfig
from .uci import Engine, EngineError, find

PREFIX = "stockfish-"
MOST = 1_000_000
"""nodes: a second or so a move"""
_ENOUGH = 2
"""boards in a row without an answer, after which the others of the call are not asked about"""


class Stockfish:
    """Its move is a function of position and nodes alone; one process serves all boards, one after the other."""

    def __init__(self, nodes: int, engine: Engine | None = None) -> None:
        """Nothing is started yet.

        Args:
            nodes: that it may look at for a move, 1 or more.
            engine: to use; unless given, the Stockfish of this machine in a process of its own.

        Raises:
            BadConfig: there is no Stockfish.
        """
        self.nodes = nodes
        self.engine = Engine(find()) if engine is None else engine
        self.trouble: EngineError | None = None
        """why the last move that is missing is missing"""

    @property
    def name(self) -> str:
        """`stockfish-` and the nodes."""
        return f"{PREFIX}{self.nodes}"

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See Player; -1 where the engine failed and failed again when it was started anew."""
        chosen, failures = np.full(len(rows), -1), 0
        for place, row in enumerate(rows.tolist()):
            board = boards.board(row)
            try:
                chosen[place], failures = id_of(self.engine.best(board.fen(), self.nodes), board), 0
            except EngineError as error:
                self.trouble, failures = error, failures + 1
                if failures == _ENOUGH:  # each costs two deadlines
                    break
        return chosen

    def close(self) -> None:
        """End the process; the next move starts another."""
        self.engine.close()


def nodes_of(name: str) -> int:
    """How many nodes a name such as "stockfish-100" stands for.

    Raises:
        BadConfig: it is no such name.
    """
    match = re.fullmatch(rf"{PREFIX}([1-9][0-9]{{0,8}})", name)
    if match is None or int(match[1]) > MOST:
        raise BadConfig(f"opponent {name!r}: expected {PREFIX}NODES with 1 to {MOST} nodes, such as {PREFIX}100")
    return int(match[1])
