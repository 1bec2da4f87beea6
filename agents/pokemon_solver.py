"""The oracle of `Reason-Pokemon-v0`: the scripted player of the free cartridge, in either view.

It reads memory, which no observation shows. So it plays each game beforehand on a console of its own: games are exact,
the same presses lead to the same memory, and `problem_id` in the info says which game it is. For the text view it puts
what it presses into the commands that the level allows, and where notes are among them it notes where it is going.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..envs.pokemon.cartridges import Cartridge
from ..envs.pokemon.commands import IDLE, Player, changed, interruption
from ..envs.pokemon.game import Game
from ..tasks.errors import BadConfig
from ..tasks.pokemon import hearthway, profiles
from ..tasks.pokemon.actions import BUTTONS, MOST
from ..tasks.pokemon.hearthway.route import STEPS
from ..tasks.pokemon.hearthway.solver import Solver
from ..tasks.pokemon.paths import route
from ..tasks.problem import Problem
from .agent import Agent, View
from .baselines import problem_of
from .learning.rollout import OVER

NOTHING = "noop"
SHORTEST = 2
"""squares of a walk that is worth a `goto`"""


def check_game(problem: Problem) -> None:
    """Raises BadConfig for a game of another cartridge than the free one."""
    if (cartridge := problem.facts["cartridge"]) != "hearthway":
        raise BadConfig(f"agent 'oracle' knows hearthway by heart and no other cartridge, got {cartridge}")


@cache
def _console() -> Game:
    return Game(Cartridge(hearthway.rom(), profiles.hearthway()), "intro", None, draw=False)


class Performance:
    """The solver at the game of a problem, on a console that nobody else plays on meanwhile.

    Args:
        problem: of the task `pokemon`.

    Raises:
        BadConfig: it is of another cartridge than the free one, or PyBoy is not installed.
    """

    def __init__(self, problem: Problem) -> None:
        check_game(problem)
        self.game, self.settings = _console(), problem.facts["game"].actions
        self.game.begin(problem)
        self.player = Player(self.game)
        self.solver = Solver()
        self._noted = ""
        """the errand of the latest note"""
        self._next = self._look()

    def _look(self) -> str | None:
        """The solver's next button; None where it is through, or the game is over."""
        return None if self.game.over else self.solver.act(self.game.emulator.memory)

    def buttons(self) -> list[str]:
        """Its presses, one after the other, to the end."""
        found = []
        while (button := self._next) is not None:
            found.append(button)
            self.game.press(button)
            self._next = self._look()
        return found

    def commands(self) -> list[str]:
        """Its commands, to the end."""
        found = []
        while self._next is not None:
            if self.settings.notes and self.solver.errand != self._noted:
                # A note costs no time, so the game at hand need not know of it.
                self._noted = self.solver.errand
                found.append(f"note to {self._noted}")
            found.append(self._walk() or self._presses())
        return found

    def _walk(self) -> str:
        """The longest walk on this map that goes where the solver goes and is no longer; empty where there is none."""
        if not (self.settings.goto and self.solver.way and self.game.state.free):
            return ""
        game, targets = self.game, self._targets()
        for count in range(len(targets), SHORTEST - 1, -1):
            x, y = targets[count - 1]
            found = route(game.progress.atlas, game.state, x, y)
            if found and len(found.steps) <= count:
                self.player.obey(command := f"goto {x} {y}", self.settings)
                self._next = self._look()
                return command
        return ""

    def _targets(self) -> list[tuple[int, int]]:
        """The squares of this map that the walk at hand comes to, a door or a square beyond the edge as the last."""
        place = self.game.state.position
        here, found = (place.x, place.y), list[tuple[int, int]]()
        for button, (number, x, y) in self.solver.way:
            dx, dy = STEPS[button]
            left = number != place.map
            here = (here[0] + dx, here[1] + dy) if left else (x, y)
            found.append(here)
            if left:
                break
        return found

    def _presses(self) -> str:
        """As many presses in a row as the environment will make before it stops by itself."""
        game, pressed, idle = self.game, list[str](), 0
        while (button := self._next) is not None and len(pressed) < MOST:
            if pressed and (self._can_walk() or (pressed[-1] == "b" != button)):
                break
            before = game.state
            game.press(button)
            pressed.append(button)
            idle = 0 if changed(before, game.state) else idle + 1
            self._next = self._look()
            if interruption(before, game.state) or idle >= IDLE:
                return _command(pressed)
        room = MOST - len(pressed)
        # The environment stops by itself where so many have changed nothing, those before among them.
        if pressed[-1] == "b" and room and self._idles(min(IDLE - idle, room)):
            pressed += ["b"] * room
        return _command(pressed)

    def _can_walk(self) -> bool:
        return self.settings.goto and len(self.solver.way) >= SHORTEST

    def _idles(self, presses: int) -> bool:
        """Whether so many further ones of b change nothing, so that one need not count them; then they are made."""
        if self.game.over:
            return False
        before = self.game.get_state()
        for _ in range(presses):
            moment = self.game.state
            self.game.press("b")
            if self.game.over or interruption(moment, self.game.state) or changed(moment, self.game.state):
                self.game.set_state(before)
                return False
        return True


def _command(buttons: Sequence[str]) -> str:
    runs = ((button, len(list(run))) for button, run in groupby(buttons))
    return "press " + " ".join(button if times == 1 else f"{button}*{times}" for button, times in runs)


class _SolverAgent(Agent):
    """Plays what it has worked out for the problem of each row."""

    name = "oracle"
    deterministic = True

    def __init__(self) -> None:
        self._ahead: list[list[str]] = []

    def _played(self, problem: Problem) -> list[str]:
        raise NotImplementedError

    def _said(self, infos: Sequence[dict[str, Any]]) -> list[str]:
        """The next thing to do in each row, empty where there is nothing left."""
        self._ahead = (self._ahead + [[] for _ in infos])[: len(infos)]
        for row, info in enumerate(infos):
            if "problem_id" in info and not info.get(OVER):
                self._ahead[row] = self._played(problem_of(info["problem_id"]))[::-1]
        return [
            ahead.pop() if ahead and not info.get(OVER) else "" for ahead, info in zip(self._ahead, infos, strict=True)
        ]


class SolverTextAgent(_SolverAgent):
    """Gives commands, those that the level of a game allows."""

    view: ClassVar[View] = "text"

    def _played(self, problem: Problem) -> list[str]:
        return Performance(problem).commands()

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        """A command a row."""
        return tuple(said or f"wait {MOST}" for said in self._said(infos))


class SolverArrayAgent(_SolverAgent):
    """Presses buttons."""

    view: ClassVar[View] = "array"

    def _played(self, problem: Problem) -> list[str]:
        return Performance(problem).buttons()

    def act(self, observations: Any, infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """A button a row, (n,)."""
        return np.array([BUTTONS.index(said or NOTHING) for said in self._said(infos)], np.int64)
