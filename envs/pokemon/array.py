"""The array view of a game: tiles, squares, party and progress as numbers in, a button out."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ...tasks.pokemon.actions import BUTTONS, MASKS
from ...tasks.pokemon.array_view import SPACES, array_bytes, array_view
from ...tasks.pokemon.rewards import RewardConfig
from ...tasks.problem import Level
from ..posing import ACTION_MASK, check_flag
from .single import PokemonEnv

Arrays = dict[str, NDArray[np.generic]]
SCREEN = "screen"
_MASKS = np.array(MASKS, np.int8)


def spaces(pixels: bool) -> tuple[gym.spaces.Dict, gym.spaces.Discrete]:
    """Observation and action space."""
    boxes: dict[str, gym.Space[Any]] = {
        name: gym.spaces.Box(each.low, each.high, each.shape, each.dtype) for name, each in SPACES.items()
    }
    if pixels:
        boxes[SCREEN] = gym.spaces.Box(0, 255, (72, 80), np.uint8)
    return gym.spaces.Dict(boxes), gym.spaces.Discrete(len(BUTTONS))


class PokemonArrayEnv(PokemonEnv[Arrays, np.int64]):
    """See the moment as arrays, choose a button.

    Observation: Dict. `cartridge` (4,) uint8, a 1 for that of HEARTHWAY, Red, Blue or unknown that it is; `tiles` (18,
        20) uint8, the ids of the screen, letters among them; `walk` (9, 10) uint8, what the squares around the player
        are; `visited` (9, 10) uint8, how often each was come to; `milestones` (64,) uint8, 1 for each of the
        cartridge's that is reached, in their order; `party` (6, 10), `battle` (12,) and `scalars` (24,) float32 from 0
        to 1 (`tasks.pokemon.array_view` names each); `bag` (20, 2) uint8, ids and counts; with `pixels=True` `screen`
        (72, 80) uint8, every second pixel in shades of grey.
    Action: Discrete(8): down, left, right, up, a, b, start, nothing. `info["action_mask"]`, int8, marks those that the
        game listens to; others do nothing.
    Episode: one step is one press, 24 frames. After the level's `steps`, or its `patience`, the episode is truncated;
        the milestone that it is until ends it. `info` at the beginning and at the end is that of the text view.
    """

    def __init__(
        self,
        split: str = "train",
        level: Level = 0,
        reward: str | RewardConfig = "outcome",
        start: str | bytes = "intro",
        rom_path: str | PathLike[str] | None = None,
        allow_unknown_rom: bool = False,
        pixels: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.pixels = check_flag("pixels", pixels)
        super().__init__(split, level, reward, start, rom_path, allow_unknown_rom, pixels, render_mode)
        self.observation_space, self.action_space = spaces(pixels)  # type: ignore[assignment]  # a Dict knows no types

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Arrays, dict[str, Any]]:
        """Start the game of the seed.

        Raises:
            BadConfig: no such start.
            BadCheckpoint: the snapshot does not fit; everything is then as it was before, as with a BadConfig.
            ClosedEnvironmentError: after `close`.
        """
        info = self._begin(seed, options)
        return self._observe(), {**info, ACTION_MASK: self.action_masks()}

    def step(self, action: np.int64) -> tuple[Arrays, float, bool, bool, dict[str, Any]]:
        """Press a button for a step.

        Raises:
            ResetNeeded: there is no game yet, or the episode is over.
            InvalidAction: not an integer of the action space.
            ClosedEnvironmentError: after `close`.
        """
        reward, terminated, truncated, info = self._press(action)
        if not (terminated or truncated):
            info[ACTION_MASK] = self._heard()
        return self._observe(), reward, terminated, truncated, info

    def _press(self, action: np.int64) -> tuple[float, bool, bool, dict[str, Any]]:
        """A step without what is seen after it."""
        self._check_posed("step")
        self._check_step(self.game.over, action)
        self.game.press(BUTTONS[int(action)])
        self.player.counts.moves += 1
        return self._paid({})

    def action_masks(self) -> NDArray[np.int8]:
        """1 for each button that the game listens to: (8,). Raises ResetNeeded."""
        self._check_posed("action_masks")
        return self._heard()

    def _heard(self) -> NDArray[np.int8]:
        heard: NDArray[np.int8] = _MASKS[self.game.state.raw.joy_ignore]
        return heard.copy()

    def _observe(self) -> Arrays:
        arrays = array_view(self.game.state, self.game.progress)
        if self.pixels:
            arrays[SCREEN] = self.game.emulator.shades()
        return arrays

    def _observe_into(self, cells: Sequence[memoryview]) -> None:
        """The bytes of what `_observe` returns and of the action mask, each array into a place for them.

        Args:
            cells: the places, in the order of `tasks.pokemon.array_view.SPACES`, then the screen, where pixels are
                asked for, and the mask.
        """
        parts = array_bytes(self.game.state, self.game.progress)
        screen = (self.game.emulator.shades().tobytes(),) if self.pixels else ()
        for own, part in zip(cells, (*parts, *screen, self._heard().tobytes()), strict=True):
            own[:] = part

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "pixels": self.pixels}
