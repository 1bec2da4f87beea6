"""One game that is played press by press: emulator, reader, progress and rewards. Both views are made of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple
from zlib import compress, decompress, error

from ...tasks.errors import BadCheckpoint, BadConfig
from ...tasks.pokemon.addresses import X, Y
from ...tasks.pokemon.memory import STATUS_FROM
from ...tasks.pokemon.parts import Facing
from ...tasks.pokemon.paths import obstacle
from ...tasks.pokemon.progress import Progress
from ...tasks.pokemon.reader import PokemonReader
from ...tasks.pokemon.records import LETTERS, Record
from ...tasks.pokemon.rewards import RewardConfig, RewardTerms
from ...tasks.pokemon.state import GameState
from ...tasks.problem import Problem
from ..posing import check_keys
from . import INTRO, SNAPSHOT
from .cartridges import Cartridge
from .emulator import Emulator, emulator_version
from .named import snapshot_named
from .snapshot import looked_at, pack, unpack
from .spare import spare

RANDOM_ADD, RANDOM_SUB = 0xFFD3, 0xFFD4
"""where the cartridge keeps its random numbers"""
DIRECTIONS = ("down", "left", "right", "up")
_KEPT: dict[str, type] = {
    "progress": Progress,
    "rewards": RewardTerms,
    **dict.fromkeys(("target", "patience", "presses", "blocked"), int),
    "log": bytearray,
    "began": str,
}
"""of an episode, besides the console"""
_PLACE = slice(Y - STATUS_FROM, X - STATUS_FROM + 1)
_PAST = "start is past milestone {}, which the game is until; start earlier"
_LETTERS = {button: letter.encode() for button, letter in LETTERS.items()}


class Beginning(NamedTuple):
    """Where episodes start."""

    name: str
    """"intro" or "snapshot" """
    console: bytes
    """the saved game"""
    milestones: tuple[int, ...] = ()
    """indices of those that it was saved after; memory shows only some of them"""


class Game:
    """A cartridge that is played.

    Args:
        cartridge: which.
        start: "intro", the title, a name such as "milestone 4" (`named`), or bytes of `snapshot`.
        reward: the weights; None for nothing but the outcome.
        draw: whether the screen is drawn after each step, for whoever looks at pixels.

    Raises:
        BadConfig: no such start, or PyBoy is not installed.
        BadCheckpoint: the snapshot does not fit.
    """

    def __init__(self, cartridge: Cartridge, start: str | bytes, reward: RewardConfig | None, draw: bool) -> None:
        self.cartridge, self.draw = cartridge, draw
        self.reader = PokemonReader(cartridge.profile)
        self.rewards = RewardTerms(reward)
        self.emulator = Emulator(cartridge.rom)
        # Every episode begins with a saved game, the first one too, so that none depends on those before it.
        self._title = Beginning(INTRO, self.emulator.save())
        self._spare = spare(cartridge.rom)
        self._own = self._beginning(start)
        self.emulator.load(self._own.console)
        self.state: GameState
        self.progress: Progress
        self.target = self.patience = 0
        self.presses = self.blocked = 0
        self.log = bytearray()
        """a letter of `records` for each step"""
        self.began = ""
        """what the episode began at: "intro" or "snapshot" """

    def check_start(self, start: Any, target: int) -> None:
        """See that an episode can begin there, before anything changes.

        Args:
            start: as of `begin`.
            target: number of the milestone that the game is until.

        Raises:
            BadConfig: no such start, or one where the goal is reached already.
            BadCheckpoint: the snapshot does not fit.
        """
        if target - 1 in (self._own.milestones if start is None else self._milestones(start)):
            raise BadConfig(_PAST.format(target))

    def _milestones(self, start: Any) -> tuple[int, ...]:
        """Those that a start, which is checked, was made after."""
        if start == INTRO:
            return ()
        saved = self._saved(start)
        milestones = looked_at(saved, self.cartridge.sha1)
        if not self._spare.knows(saved):
            console, _ = unpack(saved, self.cartridge.sha1)
            self._spare.check("start: the snapshot", saved, console, self._title.console)
        return milestones

    def _saved(self, start: Any) -> bytes:
        """The snapshot that a start is, or is the name of. Raises BadConfig: there is none of that name."""
        return start if isinstance(start, bytes) else snapshot_named(start, self.cartridge)

    def _beginning(self, start: str | bytes) -> Beginning:
        self._milestones(start)
        if start == INTRO:
            return self._title
        return Beginning(SNAPSHOT, *unpack(self._saved(start), self.cartridge.sha1))

    def begin(self, problem: Problem, start: str | bytes | None = None) -> None:
        """Start the game of a problem.

        Args:
            problem: the game; its random cells are poked wherever the game starts.
            start: of this episode only, "intro", a name or a snapshot; None for that of all.

        Raises:
            BadConfig: no such start, or it is one where the problem's goal is reached already.
            BadCheckpoint: the snapshot does not fit.
        """
        self.check_start(start, problem.facts["target"])
        beginning = self._own if start is None else self._beginning(start)
        facts, profile = problem.facts, self.cartridge.profile
        self.emulator.load(beginning.console)
        self.emulator.wait(facts["idle"])
        self.emulator.poke(RANDOM_ADD, facts["random"] & 0xFF)
        self.emulator.poke(RANDOM_SUB, facts["random"] >> 8)
        self.emulator.wait(1, self.draw)
        self.progress = Progress(profile.milestones, profile.unpaid, facts["steps"], facts["target"])
        self.target, self.patience = facts["target"], facts["patience"]
        self.state = self.reader.read(self.emulator.memory)
        self.progress.begin(self.state)
        self._give(beginning.milestones)
        self.rewards.begin(self.progress.measures)
        self.presses = self.blocked = 0
        self.log = bytearray()
        self.began = beginning.name
        if self.reached:
            raise BadConfig(_PAST.format(self.target))

    def _give(self, reached: tuple[int, ...]) -> None:
        """Count the milestones that a snapshot was made after; memory shows only some of them."""
        milestones, measures = self.progress.milestones, self.progress.measures
        for index in set(reached) & set(range(len(milestones.all))):
            milestones.first.setdefault(index, 0)
        milestones.before = frozenset(milestones.first)
        self.progress.measures = measures._replace(milestones=milestones.on_the_way)

    @property
    def start_milestone(self) -> int:
        """Number of the furthest milestone that the episode began with; 0 for none, as at the title."""
        return max(self.progress.milestones.before, default=-1) + 1

    @property
    def reached(self) -> bool:
        """Whether the milestone that the game is until has been reached."""
        return self.target - 1 in self.progress.milestones.first

    @property
    def broken(self) -> bool:
        """Whether the steps, or the patience, are used up and the milestone is not reached."""
        return not self.reached and self._used_up

    @property
    def stuck(self) -> bool:
        """Whether nothing was gained for so long that the game is broken off."""
        return bool(self.patience) and self.progress.idle >= self.patience

    @property
    def over(self) -> bool:
        """Whether the episode is over."""
        return self.reached or self._used_up

    @property
    def _used_up(self) -> bool:
        return self.progress.step >= self.progress.max_steps or self.stuck

    def press(self, button: str) -> str:
        """Press a button, one step.

        Returns:
            Why a direction led nowhere, else the empty text.
        """
        before = self.state
        self.emulator.press(button, self.draw)
        self.log += _LETTERS[button]
        self.state = self.reader.read(self.emulator.memory)
        reason = self._obstacle(before, button)
        self.progress.update(self.state, int(bool(reason)))
        self.presses += 1
        self.blocked += bool(reason)
        return reason

    def pass_step(self) -> None:
        """A step goes by in which the game stands still."""
        self.log += _LETTERS[""]
        self.progress.update(self.state)

    def terms(self) -> dict[str, float]:
        """What was earned since the last call, by measure."""
        return self.rewards.step(self.progress.measures)

    def _obstacle(self, before: GameState, button: str) -> str:
        """What a direction ran into, if it did: nobody moved, turned, spoke or fought."""
        now = self.state
        if button not in DIRECTIONS or now.raw.status[_PLACE] != before.raw.status[_PLACE]:
            return ""
        if not before.free or not now.free or now.position != before.position:
            return ""
        # Where the other way is still looked, the press was not heard.
        blocked = now.position.facing == Facing[button.upper()]
        return f"blocked by {obstacle(now, button) or 'something'}" if blocked else ""

    def record(self, problem_id: str, digested: bool = True) -> Record:
        """What has been pressed so far, by which the game of that problem can be played again.

        Args:
            problem_id: of the problem.
            digested: whether memory is summed up too, which costs as much as a step.
        """
        reached = sorted((index + 1, step) for index, step in self.progress.milestones.first.items())
        digest = self.emulator.digest() if digested else ""
        return Record(problem_id, self.cartridge.sha1, self.log.decode(), digest, tuple(reached), emulator_version())

    def snapshot(self) -> bytes:
        """The game as it stands, to be the `start` of others: 2 to 4 KB."""
        saved = pack(self.emulator.save(), self.cartridge.sha1, sorted(self.progress.milestones.first))
        self._spare.remember(saved)
        return saved

    def get_state(self) -> dict[str, Any]:
        """Everything, as a copy."""
        kept = {name: deepcopy(getattr(self, name)) for name in _KEPT}
        console = compress(self.emulator.save(), 1)
        self._spare.remember(console)
        return {"console": console, **kept}

    def check_state(self, state: Any) -> None:
        """See that one can go back to a state, before anything changes. Raises BadCheckpoint."""
        check_keys("the state of the game", state, ("console", *_KEPT))
        for name, kind in _KEPT.items():
            if not isinstance(state[name], kind):
                came = type(state[name]).__name__
                raise BadCheckpoint(f"the state of the game: {name}: expected {kind.__name__}, got {came}")
        try:
            saved = bytes(state["console"])
            console = decompress(saved)
        except (error, TypeError) as damage:
            raise BadCheckpoint(f"the state of the console is damaged: {damage}") from None
        self._spare.check("the state of the console", saved, console, self._title.console)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned. Raises BadCheckpoint; everything is then as it was before."""
        self.check_state(state)
        self.emulator.load(decompress(state["console"]))
        for name in _KEPT:
            setattr(self, name, deepcopy(state[name]))
        self.state = self.reader.read(self.emulator.memory)

    def close(self) -> None:
        """Switch off."""
        self.emulator.stop()
