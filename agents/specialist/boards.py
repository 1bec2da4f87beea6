"""A small network for chess: what it sees of a board, and how it rates the moves of one.

It gets the planes of the array view and, beside them, what `sight` works out of them: once as a whole, and once as the
surroundings of each king, wherever he stands. The logit of a move is a product of what the network thinks of leaving
one square and of reaching another, so that every move from or to a square teaches something about the others.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from ...tasks.chess.moves import COMPACT, MOVES, POSSIBLE, PROMOTION, TO
from ...tasks.chess.moves import PLANES as MOVE_PLANES
from .gathering import GatheringNet
from .sight import PLANES as SIGHTS
from .sight import sight

SHAPE = (18, 8, 8)
"""of an observation"""
LOCAL = 13
"""planes of which each square says something of its own; the others are the same number everywhere"""
GLOBAL = SHAPE[0] - LOCAL
CLOCK_MOST = 100
CHANNELS = LOCAL + SIGHTS
KINGS = (5, 11)
"""planes of the mover's king and of the other one"""
REACH = 2
"""files and ranks to each side that belong to a king's surroundings"""
RANK = 16
"""numbers that are kept of leaving, and of reaching, a square"""
MOVES_A_POSITION = 30
"""legal moves that a decision is charged for"""


def _around() -> Tensor:
    """Of each square the squares around it, counted on a board with a margin of `REACH` on all sides: (64, 25)."""
    side = 8 + 2 * REACH
    steps = np.arange(2 * REACH + 1)
    corners = np.add.outer(np.arange(8) * side, np.arange(8)).ravel()
    return torch.from_numpy(corners[:, None] + np.add.outer(steps * side, steps).ravel())


def plays_chess(observations: spaces.Space[object], actions: spaces.Space[object]) -> bool:
    """Whether these are the spaces of a chess environment's array view."""
    return observations.shape == SHAPE and isinstance(actions, spaces.Discrete) and int(actions.n) in (COMPACT, MOVES)


class Seen(NamedTuple):
    """Boards as the network sees them."""

    latent: Tensor
    """(n, width)"""
    leave: Tensor
    """(n * 64, RANK)"""
    reach: Tensor
    """(n * 64, RANK)"""
    promote: Tensor
    """(n, 5), by the piece promoted to"""


class BoardNet(GatheringNet):
    """Layers over board and kings' surroundings, for actor and critic alike, and a bilinear form of squares for moves.

    Args:
        actions: 4672, or 1858 for compact ids.
        widths: of the layers, ReLU.
    """

    around: Tensor
    start: Tensor
    end: Tensor
    piece: Tensor

    def __init__(self, actions: int, widths: list[int]) -> None:
        super().__init__(actions, widths)
        around = _around()
        self.board = nn.Linear(CHANNELS * 64 + GLOBAL, widths[0])
        self.kings = nn.ModuleList(nn.Linear(CHANNELS * around.shape[1], widths[0], bias=False) for _ in KINGS)
        self.layers = nn.ModuleList(nn.Linear(low, high) for low, high in pairwise(widths))
        self.critic = nn.Linear(widths[-1], 1)
        self.leave, self.reach = (nn.Linear(widths[-1], 64 * RANK) for _ in range(2))
        self.near_leave, self.near_reach = (nn.Linear(CHANNELS, RANK, bias=False) for _ in range(2))
        self.promote = nn.Linear(widths[-1], int(PROMOTION.max()) + 1)
        self.habit = nn.Embedding(actions, 1)
        with torch.no_grad():
            self.habit.weight.zero_()
            for head in (self.leave, self.reach, self.near_leave, self.near_reach, self.promote):
                head.weight *= 0.3  # all moves are nearly equal to begin with
        self.register_buffer("around", around, persistent=False)
        ids = POSSIBLE if actions == COMPACT else np.arange(MOVES)
        self.register_buffer("piece", torch.from_numpy(PROMOTION[ids].astype(np.int64)), persistent=False)
        self.register_buffer("start", torch.from_numpy(ids // MOVE_PLANES), persistent=False)
        self.register_buffer("end", torch.from_numpy(np.maximum(TO[ids], 0).astype(np.int64)), persistent=False)

    def encode(self, observations: Tensor) -> Seen:
        """See GatheringNet; observations (n, 18, 8, 8) uint8."""
        planes = observations.numpy().astype(np.uint8, copy=False)
        flat = planes.reshape(-1, SHAPE[0], 64)
        board = torch.from_numpy(np.concatenate((flat[:, :LOCAL], sight(planes)), axis=1)).float()
        everywhere = torch.from_numpy(flat[:, LOCAL:, 0]).float()
        everywhere[:, -1] /= CLOCK_MOST
        squares = board.transpose(1, 2)
        latent = self._trunk(board, squares, everywhere)
        leave = self.leave(latent).view(-1, 64, RANK) + self.near_leave(squares)
        reach = self.reach(latent).view(-1, 64, RANK) + self.near_reach(squares)
        return Seen(latent, leave.view(-1, RANK), reach.view(-1, RANK), self.promote(latent))

    def _trunk(self, board: Tensor, squares: Tensor, everywhere: Tensor) -> Tensor:
        """(n, 33, 64), the same as (n, 64, 33), (n, 5) -> (n, width)."""
        margin = (0, 0, REACH, REACH, REACH, REACH)
        padded = nn.functional.pad(squares.reshape(-1, 8, 8, CHANNELS), margin).flatten(1, 2)
        rows = torch.arange(len(board))[:, None]
        latent: Tensor = self.board(torch.cat((board.flatten(1), everywhere), dim=1))
        for plane, layer in zip(KINGS, self.kings, strict=True):
            king = board[:, plane].argmax(1)
            latent = latent + layer(padded[rows, self.around[king]].flatten(1))
        latent = latent.relu()
        for layer in self.layers:
            deeper = layer(latent).relu()
            latent = latent + deeper if deeper.shape == latent.shape else deeper
        return latent

    def value(self, encoded: Seen) -> Tensor:
        """See GatheringNet."""
        value: Tensor = self.critic(encoded.latent)
        return value

    def logits(self, encoded: Seen, rows: Tensor, actions: Tensor) -> Tensor:
        """See GatheringNet."""
        leave = encoded.leave[rows * 64 + self.start[actions]]
        reach = encoded.reach[rows * 64 + self.end[actions]]
        logits: Tensor = (leave * reach).sum(1) / RANK**0.5 + self.habit(actions)[:, 0]
        return logits + encoded.promote[rows, self.piece[actions]]

    def multiplications(self, value: bool) -> int:
        """See GatheringNet."""
        deep = (self.layers, self.leave, self.reach, self.promote, *((self.critic,) if value else ()))
        return self.seeing() + _matrices(*deep) + RANK * MOVES_A_POSITION

    def seeing(self) -> int:
        """See GatheringNet; what is near a square is looked at on each of 64."""
        return 64 * _matrices(self.near_leave, self.near_reach) + _matrices(self.board, self.kings)


def _matrices(*layers: nn.Module) -> int:
    return sum(weight.numel() for layer in layers for weight in layer.parameters() if weight.ndim == 2)
