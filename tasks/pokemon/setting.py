"""What a level asks for, and where a game of it begins."""

from __future__ import annotations

from dataclasses import dataclass

from .. import spec
from ..errors import BadLevel
from ..problem import Level, Problem, Split, split_of
from ..stream import Stream
from . import FREE, NAME, TABLE, VERSION
from .actions import BUTTONS, MOST, NOTE_LENGTH, ActionSettings
from .profiles import CARTRIDGES, Profile
from .text_view import LEGEND, TextSettings

STUCK = "patience"
"""why an episode ends whose `patience` is used up"""
IDLE = 600
"""most frames that the title is waited at, ten seconds"""
RANDOM = 1 << 16
BEGINNINGS = float(IDLE * RANDOM)
COMMANDS = {
    "buttons": ActionSettings(goto=False, notes=False),
    "goto": ActionSettings(notes=False),
    "all": ActionSettings(),
}
"""what the text view may be played with"""


@dataclass(frozen=True)
class Game:
    """A level, read."""

    cartridge: str = FREE
    until: str = "end"
    """a milestone's number, "badge" for the first badge, or "end" """
    steps: int = 20_000
    """of 24 frames, after which the game is broken off"""
    patience: int = 0
    """steps in a row without any progress after which it is broken off; 0: it never is for that"""
    commands: str = "all"
    hints: bool = True
    """whether the text view says what the next milestone asks for"""
    terse: bool = False
    """whether the text view is a few lines for small models, see `text_view.terse_view`"""

    @property
    def profile(self) -> Profile:
        """Of the cartridge."""
        return CARTRIDGES[self.cartridge]()

    @property
    def target(self) -> int:
        """Number of the milestone that the game is until, from 1 on."""
        profile = self.profile
        if self.until == "badge":
            return profile.first_badge
        return len(profile.milestones) if self.until == "end" else int(self.until)

    @property
    def goal(self) -> str:
        """What that milestone asks for."""
        return self.profile.milestones[self.target - 1].goal

    @property
    def actions(self) -> ActionSettings:
        """The commands that there are."""
        return COMMANDS[self.commands]

    @property
    def text(self) -> TextSettings:
        """What the text view shows."""
        return TextSettings(notes=self.actions.notes, hints=self.hints, terse=self.terse)


def _until(text: str) -> str:
    if text in ("end", "badge"):
        return text
    try:
        return str(spec.whole(1, 99)(text))
    except ValueError:
        raise ValueError("end, badge or a milestone's number") from None


_READERS: dict[str, spec.Reader] = {
    "cartridge": spec.one_of(*CARTRIDGES),
    "until": _until,
    "steps": spec.whole(1, 10_000_000),
    "patience": spec.whole(0, 10_000_000),
    "commands": spec.one_of(*COMMANDS),
    "hints": spec.flag,
    "terse": spec.flag,
}


@spec.remembered
def read(level: Level) -> Game:
    """The settings of a level. Raises BadLevel."""
    game = Game(**spec.read(level, TABLE, _READERS))
    most = len(game.profile.milestones)
    if game.target > most:
        raise BadLevel(f"level {level!r}: {game.cartridge} has {most} milestones, got until={game.until}")
    return game


def posed(split: Split, level: Level, seed: int) -> Problem:
    """The game of a seed. Raises BadLevel."""
    game = read(level)
    idle, random = _beginning(split, game.cartridge, seed)
    facts = {
        "cartridge": game.cartridge,
        "target": game.target,
        "steps": game.steps,
        "patience": game.patience,
        "idle": idle,
        "random": random,
        "game": game,
    }
    return Problem(NAME, VERSION, split, level, seed, brief(game), "", facts)


def _beginning(split: Split, cartridge: str, seed: int) -> tuple[int, int]:
    """Frames to wait at the title, and 16 bits for the cartridge's random numbers to begin with."""
    stream = Stream(f"{NAME} {VERSION} {split} {cartridge} {seed}")
    while True:
        idle, random = stream.below(IDLE), stream.below(RANDOM)
        if split_of(f"{idle} {random}") == split:
            return idle, random


def brief(game: Game) -> str:
    """What is asked, and how one answers."""
    if game.terse:
        # Said once: a moment of the terse view has no room for what stays as it is.
        return f"Goal: milestone {game.target}, {game.goal}.\nCARTRIDGE {game.cartridge}"
    said = {
        "press": f"press up*3 a (at most {MOST}, out of {', '.join(BUTTONS)})",
        "goto": "goto X Y (walk to a square of the map that has been seen)",
        "wait": f"wait N (1 to {MOST} times nothing)",
        "note": f"note TEXT (at most {NOTE_LENGTH} characters that you will see again; takes no time)",
    }
    idle = f", or {game.patience:,} without progress" if game.patience else ""
    commands = "; ".join(said[verb] for verb in game.actions.verbs)
    return (
        f"You play a Game Boy game, {game.profile.title}. "
        f"Goal: {game.goal} (milestone {game.target}), within {game.steps:,} steps{idle}; a press takes one.\n"
        f"Answer with one command: {commands}. "
        "Presses stop early when a text opens, a battle begins, the map changes or nothing moves.\n"
        f"Signs of the map: {LEGEND}."
    )
