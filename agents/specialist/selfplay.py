"""The opponent "self": a frozen copy of the specialist in training, which draws its moves."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from gymnasium.vector import VectorEnv

from ...envs.chess.opponents import SELF
from ...tasks.chess.boards import Boards
from ...tasks.chess.draws import COPY, Keys, chances
from ...tasks.chess.kernel import PLY, Ints
from ...tasks.chess.moves import POSSIBLE
from ...tasks.errors import BadConfig
from .gathering import GatheredCategorical, GatheredPolicy, GatheringNet, Legal


class Copy:
    """Plays as a policy did when it was copied; moves are drawn by the key, so that a position and a key decide one."""

    name = SELF

    def __init__(self) -> None:
        self._net: GatheringNet | None = None
        self.moves = 0
        """how many were drawn in training"""

    def take(self, policy: Any) -> None:
        """Copy a policy as it is now. Raises BadConfig if it does not play chess by its legal moves."""
        if not isinstance(policy, GatheredPolicy):
            raise BadConfig("self_play: expected network 'board' on a chess environment, or self_play=0")
        self._net = deepcopy(policy.net).requires_grad_(False)

    def state_dict(self) -> dict[str, Any]:
        """The weights."""
        assert self._net is not None, "nothing has been copied"
        return self._net.state_dict()

    def load_state_dict(self, weights: dict[str, Any]) -> None:
        """Go back to what `state_dict` returned."""
        assert self._net is not None, "nothing has been copied"
        self._net.load_state_dict(weights)

    def seat(self, envs: VectorEnv[Any, Any, Any]) -> None:
        """Play in these environments wherever their level names the opponent "self"."""
        script: Any = getattr(getattr(envs.unwrapped, "games", None), "script", None)
        if not hasattr(script, "seat"):
            raise BadConfig("self_play: there is nobody to play against in this environment; expected self_play=0")
        script.seat(self)

    def choose(self, boards: Boards, rows: Ints, keys: Keys) -> Ints:
        """See tasks.chess.players.Player."""
        assert self._net is not None, "nothing has been copied"
        self.moves += len(rows)
        _, states = boards.positions(rows)
        legal = Legal.of(boards.mask(rows, compact=True))
        with torch.no_grad():
            encoded = self._net.encode(torch.from_numpy(boards.planes(rows)))
            distribution = GatheredCategorical(legal, self._net.logits(encoded, legal.rows, legal.actions))
        actions = distribution.at(torch.from_numpy(chances(keys, states[:, PLY], COPY)))
        chosen: Ints = POSSIBLE[actions.numpy()]
        return chosen
