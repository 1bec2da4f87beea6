"""The text view of a game: what the screen and the memory say in words in, one command in any text out."""

from __future__ import annotations

from os import PathLike
from typing import Any

from ...tasks.pokemon.rewards import RewardConfig
from ...tasks.problem import Level
from ..question import ANSWER_LENGTH, QUESTION_LENGTH
from ..spaces import Prose
from . import INTRO
from .single import PokemonEnv


class PokemonTextEnv(PokemonEnv[str, str]):
    """Read what is going on, answer with a command, read what became of it.

    Observation: `Prose`: in the first one what is asked and how one answers, then in each the sections CARTRIDGE, STEP,
        MILESTONES, WHERE, MAP, EXITS, PEOPLE, TEXT, MENU, BATTLE, PARTY, BAG, MONEY, NOTES (the agent's own) and LAST
        (what became of the last command); those with nothing to say are left out. With `terse=true` it is a few lines
        for small models, MILESTONES, WHERE, NEAR (the squares above, below, left and right), TEXT, MENU, BATTLE,
        PARTY, NOTES and LAST, which say less, and the first alone has CARTRIDGE. The empty text once the episode is
        over.
    Action: `Prose`, any text at all: `press up*3 a` (at most 16 presses), `goto X Y` (the shortest walk over what has
        been seen of the map), `wait N` or `note TEXT`, as far as the level's `commands` allow them. Presses stop early
        when a battle begins, a text opens, the map changes, control is taken away, or two in a row change nothing. What
        cannot be read or done is a step in which the game stands still; a note takes none, but for one after another.
    Episode: a press is a step of the level's `steps`, after which, or after its `patience`, the episode is truncated;
        the milestone that it is until ends it. `info` says at the beginning and at the end which `cartridge` it is,
        where the episode began (`start`, "intro" or "snapshot", and `start_milestone`, the furthest that it began
        with), how many `milestones` are reached, the number of the `furthest`, and in `milestone_steps` the step of
        each, -1 for none; at the end `verdict`, `correct`, `answer` (the furthest of all), `termination` ("reached",
        "length", "patience", and of a pool "worker_died"), `problem_id` and `counts` (commands carried out, walks that
        could not be, unreadable answers, notes, steps, the presses among them and those that were blocked, and the
        milestones again); with a `render_mode` and from the title also the game as `record`, which `reason replay`
        plays again. Counts and record are told at each step, for agents that give up.
    """

    def __init__(
        self,
        split: str = "train",
        level: Level = 0,
        reward: str | RewardConfig = "outcome",
        start: str | bytes = "intro",
        rom_path: str | PathLike[str] | None = None,
        allow_unknown_rom: bool = False,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(split, level, reward, start, rom_path, allow_unknown_rom, False, render_mode)
        self.observation_space = Prose(QUESTION_LENGTH)
        self.action_space = Prose(ANSWER_LENGTH)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start the game of the seed.

        Raises:
            BadConfig: no such start.
            BadCheckpoint: the snapshot does not fit; everything is then as it was before, as with a BadConfig.
            ClosedEnvironmentError: after `close`.
        """
        info = self._begin(seed, options)
        return f"{self.problem.question}\n\n{self.words()}", info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Do what the text says, and tell what became of it.

        Raises:
            ResetNeeded: there is no game yet, or the episode is over.
            InvalidAction: not a text of the action space.
            ClosedEnvironmentError: after `close`.
        """
        self._check_posed("step")
        self._check_step(self.game.over, action)
        self.player.obey(action, self.problem.facts["game"].actions)
        return self._observe(), *self._paid(self._so_far())

    def _observe(self) -> str:
        return "" if self.game.over else self.words()

    def _so_far(self) -> dict[str, Any]:
        """Counts and record, for agents that may give up in the middle; what was told last is then what is known."""
        if self.game.over:
            return {}
        told: dict[str, Any] = {"counts": self.player.counts.told(self.game)}
        if self.render_mode is not None and self.game.began == INTRO:
            told["record"] = self.game.record(self.problem.id, digested=False)
        return told
