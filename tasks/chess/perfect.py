"""The player that knows the tables: best attack and best defence in endgames of up to four men."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .boards import Boards
from .draws import TIE, Keys, draws
from .kernel import PLY, Ints
from .tables import holding

NAME = "perfect"


@dataclass(frozen=True)
class Perfect:
    """Mates as soon as can be, or holds the draw, or is mated as late as can be; among such moves all are alike."""

    name: str = NAME

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See Player.

        Raises:
            BadMaterial: a board with men of which no table is made.
        """
        cells, states = boards.positions(rows)
        legal = boards.legal[rows]
        best = holding(cells).best(cells, states, legal)
        places = draws(keys, states[:, PLY], TIE) % best.sum(1)
        chosen: Ints = legal[np.arange(len(rows)), (best.cumsum(1) == places[:, None] + 1).argmax(1)].astype(np.int64)
        return chosen
