"""What a command of the text view does to a game: press by press, until it is done or something comes between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...tasks.pokemon.actions import ActionSettings, Goto, Note, Press, Refused, Wait, parse
from ...tasks.pokemon.paths import hindrance, route
from ...tasks.pokemon.state import GameState
from .game import DIRECTIONS, Game

IDLE = 2
"""presses in a row that change nothing, after which the others are not made"""
_DETOURS = 8
"""times that a walk is planned anew, for people step in the way"""
_NOTES = 2_000
"""characters of notes that are kept, the last ones"""


@dataclass
class Counts:
    """What an agent did in an episode."""

    moves: int = 0
    """commands that were carried out, at least in part"""
    illegal: int = 0
    """walks that cannot be"""
    unparsable: int = 0
    notes: int = 0

    def told(self, game: Game) -> dict[str, int]:
        """With what the game counted."""
        milestones = game.progress.milestones
        far = {"milestones": milestones.count, "furthest": milestones.furthest}
        made = {"steps": game.progress.step, "presses": game.presses, "blocked": game.blocked}
        return {**vars(self), **made, **far}


class Player:
    """Carries out commands in a game and says in LAST what became of them.

    Args:
        game: to be played.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self.counts = Counts()
        self.wrote = False
        """whether the last command was a note"""

    def begin(self) -> None:
        """A game starts."""
        self.counts, self.wrote = Counts(), False

    def restore(self, counts: dict[str, int], wrote: bool) -> None:
        """Go back to these."""
        self.counts, self.wrote = Counts(**counts), wrote

    def obey(self, answer: str, settings: ActionSettings) -> None:
        """Do what an answer says. Each press is a step; so is an answer that says nothing or cannot be done."""
        command, wrote, self.wrote = parse(answer, settings), self.wrote, False
        game, before = self.game, self.game.progress.step
        if isinstance(command, Refused):
            self.counts.unparsable += 1
            told = f"not understood: {command.reason}"
        elif isinstance(command, Note):
            told = self._note(command)
            if not wrote:
                game.progress.last, self.wrote = told, True
                return
        elif isinstance(command, Goto):
            told = self._go(command)
        else:
            buttons = command.buttons if isinstance(command, Press) else ("noop",) * command.times
            told = self._press(buttons, isinstance(command, Wait))
        if game.progress.step == before:
            # So that an episode has an end, whatever is said in it.
            game.pass_step()
        game.progress.last = told

    def _note(self, note: Note) -> str:
        self.counts.notes += 1
        progress = self.game.progress
        progress.notes = f"{progress.notes}; {note.text}"[-_NOTES:].lstrip("; ")
        return "noted"

    def _press(self, buttons: tuple[str, ...], waiting: bool) -> str:
        self.counts.moves += 1
        game, idle, reason = self.game, 0, ""
        for done, button in enumerate(buttons, 1):
            before = game.state
            obstacle = game.press(button)
            reason = interruption(before, game.state) or reason
            idle = 0 if waiting or button == "noop" or changed(before, game.state) else idle + 1
            rest = len(buttons) - done
            if game.over or reason or idle >= IDLE:
                reason = reason or obstacle or _unchanged(idle, done, button, game.state)
                stopped = f"stopped after {done} of {len(buttons)}" if rest else f"did {_runs(buttons)}"
                return f"{stopped}: {reason}" if reason else stopped
        told = "waited" if waiting else f"did {_runs(buttons)}"
        reason = obstacle or _unchanged(idle, len(buttons), button, game.state)
        return f"{told}: {reason}" if reason else told

    def _go(self, goal: Goto) -> str:
        game = self.game
        planned = route(game.progress.atlas, game.state, goal.x, goal.y)
        if not planned:
            self.counts.illegal += 1
            return f"no walk: {planned.reason}"
        self.counts.moves += 1
        steps = 0
        for _ in range(_DETOURS):
            for direction in planned.steps:
                walked, reason = self._stride(direction)
                steps += walked
                if reason or game.over:
                    return f"walked {steps}, stopped at {_place(game.state)}: {reason or 'the end'}"
                if not walked:
                    break
            if (game.state.position.x, game.state.position.y) == (goal.x, goal.y):
                return f"walked {steps} to {_place(game.state)}"
            planned = route(game.progress.atlas, game.state, goal.x, goal.y)
            if not planned:
                return f"walked {steps}, stopped at {_place(game.state)}: {planned.reason}"
        return f"walked {steps}, stopped at {_place(game.state)}: someone is in the way"

    def _stride(self, direction: str) -> tuple[int, str]:
        """A step in a direction, after a turn where one is needed: squares walked, and what came between."""
        game = self.game
        for _ in range(2):
            before = game.state
            game.press(direction)
            reason = interruption(before, game.state)
            moved = game.state.position.map != before.position.map or _square(game.state) != _square(before)
            if moved or reason or game.over or game.state.position.facing == before.position.facing:
                return int(moved), reason
        return 0, ""


def interruption(before: GameState, after: GameState) -> str:
    """What came up between two moments that a sequence of presses was not meant for; else the empty text."""
    if after.in_battle and not before.in_battle:
        return "a battle began"
    if before.title and not after.title:
        return "the game began"
    if not after.title and after.position.map != before.position.map:
        return f"you came to {after.position.name}"
    if after.text_open and not before.text_open:
        return "a text opened"
    if before.control and not after.control:
        return "control was taken away"
    return ""


def changed(before: GameState, after: GameState) -> bool:
    """Whether anything is different but other people and the clock."""
    a, b = (state.raw._replace(sprites=(), clock=(0, 0, 0)) for state in (before, after))
    return a != b


def _unchanged(idle: int, made: int, button: str, state: GameState) -> str:
    """That the last presses changed nothing, if they did not, and what hinders a direction."""
    if not idle:
        return ""
    last = "the last press" if idle == 1 else f"the last {idle} presses"
    told = "nothing changed" if idle == made else f"{last} changed nothing"
    why = hindrance(state) if button in DIRECTIONS else ""
    return f"{told}, {why}" if why else told


def _runs(buttons: Iterable[str]) -> str:
    """Buttons as they are written: up*3 a."""
    runs: list[tuple[str, int]] = []
    for button in buttons:
        if runs and runs[-1][0] == button:
            runs[-1] = button, runs[-1][1] + 1
        else:
            runs.append((button, 1))
    return " ".join(button if times == 1 else f"{button}*{times}" for button, times in runs)


def _square(state: GameState) -> tuple[int, int]:
    return state.position.x, state.position.y


def _place(state: GameState) -> str:
    return f"({state.position.x},{state.position.y})"
