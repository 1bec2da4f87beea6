"""A small network for games that are seen as arrays with names: places, squares, words on the screen, party and battle.

What is a number without an order, such as the id of a map, a tile or an item, is looked up in a table that is learnt.
A place, map with coordinates, has an entry of its own, so that what was found out about one square of the world need
not hold for another, and one for each number of milestones that are reached, since where one has to go from a square
changes with it. Words on the screen are read line by line, as the sum of what each of their letters means there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from ...tasks.pokemon.array_view import BATTLE, PARTY, SCALARS, SPACES

IDS = 256
"""values of a byte"""
KINDS = 16
"""of squares, and a few to spare"""
STAGES = SPACES["milestones"].shape[0] + 1
PLACES = 8192
"""entries for map and coordinates; of a large world some places share one"""
PLACE, MAP, STAGE, SQUARES, WORDS, ITEM, KIND, LEVEL = 24, 16, 16, 64, 48, 8, 8, 8
"""numbers that are kept of a place, a map, a count of milestones, the squares around, the screen, an item, a species, a
level"""
OFTEN = 8
"""times that a square was come to, above which it makes no difference"""
MANY = 10
"""of an item, likewise"""
_MAP, _X, _Y = (SCALARS.index(name) for name in ("map", "x", "y"))
_FOE, _OWN = (BATTLE.index(name) for name in ("foe species", "own species"))
_FOE_LEVEL, _OWN_LEVEL = (BATTLE.index(name) for name in ("foe level", "own level"))
_LEVEL = PARTY.index("level")
_PLAIN = ("visited", "milestones", "party", "battle", "scalars")
"""arrays that are taken as they are"""


def plays_games(observations: spaces.Space[object]) -> bool:
    """Whether this is the observation space of a game's array view."""
    return isinstance(observations, spaces.Dict) and set(SPACES) <= set(observations.spaces)


class GameNet(BaseFeaturesExtractor):
    """Tables for what has a name, and layers over all of it, for actor and critic alike.

    Args:
        observation_space: of the game's array view.
        widths: of the layers, ReLU; a layer as wide as the one before is added to it.
    """

    columns: Tensor
    lines: Tensor

    def __init__(self, observation_space: spaces.Dict, widths: Sequence[int]) -> None:
        super().__init__(observation_space, widths[-1])
        rows, columns = SPACES["tiles"].shape
        around = SPACES["walk"].shape[0] * SPACES["walk"].shape[1]
        self.place, self.map = nn.Embedding(PLACES, PLACE), nn.Embedding(IDS, MAP)
        self.errand, self.stage = nn.Embedding(PLACES, PLACE), nn.Embedding(STAGES, STAGE)
        self.squares = nn.EmbeddingBag(around * KINDS, SQUARES, mode="sum")
        self.words = nn.EmbeddingBag(rows * IDS, WORDS, mode="sum")
        self.item, self.kind, self.level = nn.Embedding(IDS, ITEM), nn.Embedding(IDS, KIND), nn.Embedding(IDS, LEVEL)
        for table, spread in ((self.place, 0.3), (self.errand, 0.3), (self.squares, 0.1), (self.words, 0.05)):
            nn.init.normal_(table.weight, std=spread)
        plain = sum(spaces.flatdim(observation_space[name]) for name in _PLAIN)
        sizes = [2 * PLACE + MAP + STAGE + SQUARES + WORDS + ITEM + 2 * KIND + 3 * LEVEL + plain, *widths]
        self.layers = nn.ModuleList(nn.Linear(low, high) for low, high in pairwise(sizes))
        self.register_buffer("columns", torch.arange(around) * KINDS, persistent=False)
        self.register_buffer("lines", (torch.arange(rows) * IDS).repeat_interleave(columns), persistent=False)

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Arrays with names, (n, ...) each, to features (n, width)."""
        seen = {name: values.float() for name, values in observations.items()}
        scalars, battle, bag = seen["scalars"], seen["battle"], seen["bag"]
        at, x, y = (_byte(scalars[:, column]) for column in (_MAP, _X, _Y))
        stage = seen["milestones"].sum(1).long()
        plain = {**seen, "visited": seen["visited"].clamp(max=OFTEN) / OFTEN}
        latent = torch.cat(
            (
                self.place(_entry(at, x, y)),
                self.errand(_entry(at, x, y, stage)),
                self.stage(stage),
                self.map(at),
                self.squares(seen["walk"].long().flatten(1) + self.columns),
                self.words(seen["tiles"].long().flatten(1) + self.lines),
                (self.item(bag[:, :, 0].long()) * (bag[:, :, 1:].clamp(max=MANY) / MANY)).sum(1),
                self.kind(_byte(battle[:, _FOE])),
                self.kind(_byte(battle[:, _OWN])),
                self.level(_level(seen["party"][:, 0, _LEVEL])),
                self.level(_level(battle[:, _FOE_LEVEL])),
                self.level(_level(battle[:, _OWN_LEVEL])),
                *(plain[name].flatten(1) for name in _PLAIN),
            ),
            dim=1,
        )
        for layer in self.layers:
            deeper = layer(latent).relu()
            latent = latent + deeper if deeper.shape == latent.shape else deeper
        return latent

    def multiplications(self) -> int:
        """Of a forward pass of one row; an addition of a number that was looked up counts as one too."""
        looked_up = sum(
            places.numel() * bag.embedding_dim
            for places, bag in ((self.columns, self.squares), (self.lines, self.words))
        )
        items = SPACES["bag"].shape[0] * ITEM
        return looked_up + items + sum(weight.numel() for weight in self.layers.parameters() if weight.ndim == 2)


def _byte(shares: Tensor) -> Tensor:
    """Numbers that were divided by 255, as they were."""
    return (shares * 255).round().long()


def _level(shares: Tensor) -> Tensor:
    """Levels that were divided by 100, as they were: as shares, 8 and 9 are all but the same to a layer."""
    return (shares * 100).round().long()


def _entry(place: Tensor, x: Tensor, y: Tensor, stage: Tensor | int = 0) -> Tensor:
    """Where a square's entry is: of neighbouring numbers far apart (Knuth's multiplicative hashing of 32 bits)."""
    key = (place << 16 | y << 8 | x) + stage * 0x9E3779B1
    return (key * 2654435761 & 0xFFFFFFFF) * PLACES >> 32
