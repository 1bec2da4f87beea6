"""What the two views of a single game have in common."""

from __future__ import annotations

import reprlib
from dataclasses import fields
from os import PathLike
from typing import Any, TypeVar

import numpy as np
from gymnasium.error import ClosedEnvironmentError
from numpy.typing import NDArray

from ...tasks.errors import BadCheckpoint, ReasonError
from ...tasks.pokemon import setting
from ...tasks.pokemon.rewards import RewardConfig
from ...tasks.pokemon.text_view import text_view
from ...tasks.problem import Level, Verdict
from ..posing import REWARDS, PosedEnv, Poser, check_choice, check_keys, check_posed, final_info
from . import INTRO
from .cartridges import chosen
from .commands import Counts, Player
from .emulator import emulator_version, needed
from .game import Game

Observation = TypeVar("Observation")
Action = TypeVar("Action")
TASK = "pokemon"
MODES = ("ansi", "rgb_array")
REACHED, LENGTH = "reached", "length"
_COUNTS = tuple(each.name for each in fields(Counts))


class PokemonEnv(PosedEnv[Observation, Action]):
    """One game; see the views.

    Where an episode begins is told by, in this order, `reset(options={"start": …})`, the attribute `next_start`, which
    holds for one episode and reaches those that follow of themselves too, and `start` of the environment. Each is
    "intro", the title; "milestone 4" or another that the scripted player gets to; or bytes of `snapshot()`. The info
    says `start` ("intro" or "snapshot") and `start_milestone`, the number of the furthest milestone that the episode
    began with, at the beginning and at the end.
    """

    metadata: dict[str, Any] = {"render_modes": list(MODES), "render_fps": 2}  # noqa: RUF012 - its declaration
    _volatile: tuple[str, ...] = ("played", "problem", "next_start")

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
        needed()
        weights = reward if isinstance(reward, RewardConfig) else None
        self.reward = "shaped" if weights else check_choice("reward", str(reward), REWARDS)
        cartridge, level = chosen(level, rom_path, allow_unknown_rom)
        super().__init__(Poser(TASK, split, level), render_mode)
        self.cartridge = cartridge
        self.game = Game(cartridge, start, weights, pixels or render_mode == "rgb_array")
        self.player = Player(self.game)
        self.next_start: str | bytes | None = None
        """where the next episode begins, and no other; None as the environment's `start` says"""

    @property
    def played(self) -> dict[str, Any]:
        """The game, to be saved and restored."""
        return {"game": self.game.get_state(), "player": vars(self.player.counts), "wrote": self.player.wrote}

    @played.setter
    def played(self, state: dict[str, Any]) -> None:
        self.game.set_state(state["game"])
        self.player.restore(state["player"], state["wrote"])

    def check_start(self, start: Any) -> None:
        """See that an episode can begin there, before anything changes; None is where the environment has it.

        Raises:
            BadConfig: no such start, or it is past the milestone that the game is until.
            BadCheckpoint: the snapshot does not fit.
        """
        self.game.check_start(start, setting.read(self.poser.level).target)

    def check_state(self, state: dict[str, Any]) -> None:
        """See that one can go back to a state, before anything changes. Raises BadCheckpoint."""
        super().check_state(state)
        played = state["played"]
        check_keys("the state of the episode", played, ("game", "player", "wrote"))
        self.game.check_state(played["game"])
        counts = played["player"]
        check_keys("the counts of the state", counts, _COUNTS)
        if set(counts) != set(_COUNTS) or not all(isinstance(count, int) for count in counts.values()):
            expected = ", ".join(_COUNTS)
            raise BadCheckpoint(f"the counts of the state: expected numbers, {expected}, got {reprlib.repr(counts)}")
        if not isinstance(played["wrote"], bool):
            raise BadCheckpoint(f"the state: wrote: expected True or False, got {reprlib.repr(played['wrote'])}")
        if not isinstance(state["next_start"], str | bytes | None):
            came = type(state["next_start"]).__name__
            raise BadCheckpoint(f"the state: next_start: expected None, a name or a snapshot, got {came}")

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned, here or in another such environment.

        Raises:
            BadCheckpoint: it does not fit, or is damaged; everything is then as it was before.
            ClosedEnvironmentError: after `close`.
        """
        self._check_open("set_state")
        super().set_state(state)

    def _begin(self, seed: int | None, options: dict[str, Any] | None) -> dict[str, Any]:
        self._check_open("reset")
        start = (options or {}).get("start")
        if start is None:
            start, self.next_start = self.next_start, None  # what is refused is not to come back with the next episode
        self.check_start(start)
        info = self._pose(seed, options)
        self.next_start = None
        try:
            self.game.begin(self.problem, start)
        except ReasonError:
            del self.problem  # the console has left the game before
            raise
        self.player.begin()
        return {**info, **self._told()}

    def _check_open(self, call: str) -> None:
        if self.game.emulator.stopped:
            raise ClosedEnvironmentError(f"{call}() after close(): the console is switched off; make an environment")

    def _check_posed(self, call: str) -> None:
        """Raises ResetNeeded where there is no game yet, ClosedEnvironmentError where there is none any more."""
        self._check_open(call)
        super()._check_posed(call)

    def _told(self) -> dict[str, Any]:
        """Whose cartridge it is, where the episode began, and how far the game has got."""
        milestones = self.game.progress.milestones
        return {
            "cartridge": self.cartridge.profile.cartridge,
            "start": self.game.began,
            "start_milestone": self.game.start_milestone,
            "milestones": milestones.count,
            "furthest": milestones.furthest,
            "milestone_steps": self.milestone_steps,
        }

    @property
    def milestone_steps(self) -> NDArray[np.int64]:
        """The step at which each milestone was first reached: (milestones,); -1 for none, 0 at the beginning.

        Raises:
            ResetNeeded: there is no game yet.
        """
        check_posed(hasattr(self, "problem"), "milestone_steps")
        milestones = self.game.progress.milestones
        steps = np.full(len(milestones.all), -1, np.int64)
        for index, step in milestones.first.items():
            steps[index] = step
        return steps

    def _paid(self, info: dict[str, Any]) -> tuple[float, bool, bool, dict[str, Any]]:
        """Reward, terminated, truncated and info of the step just made."""
        game = self.game
        reached, broken = game.reached, game.broken
        terms = {"outcome": 1.0} if reached else {}
        if self.reward == "shaped":
            info["reward_terms"] = terms = game.terms()
        if reached or broken:
            info |= self._final()
        return float(sum(terms.values())), reached, broken, info

    def _final(self) -> dict[str, Any]:
        game = self.game
        verdict = Verdict(game.reached, "correct" if game.reached else "wrong")
        milestones = game.progress.milestones
        info = final_info(self.problem, verdict, f"{milestones.furthest} of {len(milestones.all)}")
        ended = REACHED if game.reached else setting.STUCK if game.stuck else LENGTH
        info |= {**self._told(), "termination": ended, "counts": self.player.counts.told(game)}
        # Another game begins from a snapshot than the problem's id says, so it cannot be repeated from there.
        return {**info, "record": self.record()} if self.render_mode and game.began == INTRO else info

    def record(self) -> str:
        """The game so far as a line that `reason replay` plays again, if it began at the title. Raises ResetNeeded."""
        self._check_posed("record")
        return self.game.record(self.problem.id).text()

    def snapshot(self) -> bytes:
        """The game as it stands: 2 to 4 KB, to be the `start` of other environments. Raises ResetNeeded."""
        self._check_posed("snapshot")
        return self.game.snapshot()

    def digest(self) -> str:
        """SHA-1 of the console's memory, by which two runs are compared. Raises ResetNeeded."""
        self._check_posed("digest")
        return self.game.emulator.digest()

    def screen(self) -> NDArray[np.uint8]:
        """The screen as it was last drawn: (144, 160, 3)."""
        return self.game.emulator.screen()

    def _rendered(self) -> Any:
        """The text view, or pixels (144, 160, 3)."""
        if self.render_mode == "rgb_array":
            return self.screen()
        return self.words()

    def words(self) -> str:
        """The moment as the text view shows it. Raises ResetNeeded."""
        check_posed(hasattr(self, "problem"), "words")
        return text_view(self.game.state, self.game.progress, self.problem.facts["game"].text)

    def close(self) -> None:
        """Switch the console off; nothing is written."""
        self.game.close()

    def _origin(self) -> dict[str, Any]:
        return {**super()._origin(), "cartridge": self.cartridge.sha1, "pyboy": emulator_version()}
