"""The cells of a comparison: train one agent with one seed, or test it on one level; a third kind times it there.

A cell is a function of its own fields and writes its own folder or file, complete or not at all, so a comparison that
was cut off goes on with the cells that are missing, and training cells go on from their checkpoints.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..agents.agent import Agent
from ..agents.language_model.config import PRACTICE, Stage
from ..agents.learning.rollout import Episode, rollout
from ..agents.registry import BATCH, ROUTER, Place, make, seat
from ..agents.router.config import RouterConfig
from ..agents.router.parts import Part
from ..tasks import registry
from .agent_cell import AgentCell
from .entry import Training
from .files import write_whole
from .latency import LatencyCell
from .lines import completion, line, whole
from .threads import single_thread

Keep = Callable[[Mapping[str, Any], str], None]
_Played = tuple[Agent, Episode, str, float]
"""who played, what came of it, the name that a router has for them, and the FLOPs of choosing them"""
PROGRESS, COST = "progress.json", "cost.json"
STEPS_A_SECOND = {"aime": 6_000, "chess": 3_500, "chessendgame": 3_300, "chesspuzzle": 860, "pokemon": 1_500}
"""of a CPU, about how many environment steps the recipes of `presets/` learn from, by task"""
OTHER_STEPS_A_SECOND = 17_000
PLAYED = 0.015
"""CPU-seconds of an episode that a router has played, about"""


@dataclass(frozen=True)
class TrainCell:
    """Train one agent with one training seed."""

    agent: str
    seed: int
    folder: Path
    config: Training
    stage: Stage | None = None
    start: Path | None = None
    needs: tuple[Path, ...] = ()
    """cell markers that must be there first"""
    parts: tuple[Part, ...] = ()
    """of a router"""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.agent} seed {self.seed}"

    @property
    def marker(self) -> Path:
        """There when the cell is done."""
        return self.folder / "trained"

    @property
    def weights(self) -> Path:
        """The checkpoint that comes out."""
        return self.folder / "final" if self.stage is None else self.folder / self.stage / "checkpoint"

    @property
    def done(self) -> bool:
        """Whether the weights are there, and what they cost."""
        return self.marker.exists() and _has_cost(self.folder)

    @property
    def effort(self) -> float:
        """A rough guess of CPU-seconds, to begin with the longest and to say what is left."""
        from ..agents.specialist.config import SpecialistConfig

        if isinstance(self.config, RouterConfig):
            return self.config.problems * len(self.parts) * PLAYED
        if isinstance(self.config, SpecialistConfig):
            rate = STEPS_A_SECOND.get(registry.task_of(self.config.env_id), OTHER_STEPS_A_SECOND)
            return self.config.total_timesteps / rate
        assert self.stage is not None
        section = self.config.section(self.stage)
        # Those that play spend most of it on sampling.
        return section.updates * (0.8 if self.stage in PRACTICE else 0.3 if self.stage == "distill" else 0.15)

    def run(self) -> None:
        """Train, or go on training, until the checkpoint stands."""
        self.folder.mkdir(parents=True, exist_ok=True)
        report = _reporter(self.folder / PROGRESS)
        if isinstance(self.config, RouterConfig):
            from ..agents.router.train import train_router

            train_router(self.config, self.parts, self.folder, self.seed, report)
        elif self.stage is None:
            from ..agents.specialist.config import SpecialistConfig
            from ..agents.specialist.trainer import train_specialist

            assert isinstance(self.config, SpecialistConfig)
            train_specialist(self.config, self.folder, self.seed, self.start, report)
        else:
            from ..agents.language_model.config import LanguageModelConfig
            from ..agents.language_model.train import train_language_model

            assert isinstance(self.config, LanguageModelConfig)
            train_language_model(self.config, self.folder, self.seed, self.start, report=report, stage=self.stage)
        kind = "llm" if self.stage else ROUTER if self.parts else "specialist"
        agent = make(kind, Place(self.config.env_id, "train", self.config.level), None, self.weights)
        _write_cost(self.folder, agent)
        self.marker.touch()


@dataclass(frozen=True)
class TestCell(AgentCell):
    """Test one agent, as trained with one seed, on one level."""

    samples: int = 1
    """how often each of the problems is played"""
    effort: float = 3.0

    @property
    def done(self) -> bool:
        """Whether all lines are there and can be read; a file that was cut off or damaged is played again."""
        return _has_cost(self.marker.parent) and whole(
            self.marker, self.agent, self.seed, self.evaluation_seed, self.episodes, self.samples
        )

    def run(self, report: Callable[[int], None] | None = None, keep: Keep | None = None) -> None:
        """Play the evaluation seeds and write one line an episode.

        An agent that plays a problem the same way each time plays it once, and its lines are repeated.

        Args:
            report: gets the number of episodes just played, a batch at a time.
            keep: gets each line and the text that was judged, whole, of which the line has only the end.

        Raises:
            BadCheckpoint: the weights cannot be used here.
            StorageError: the disk refused.
        """
        agent = self.made()
        place = seat(agent, self.place, self.weights)
        with single_thread(agent):
            lines = [json.dumps(each, allow_nan=False) for each in self._lines(agent, place, report, keep)]
        _write_cost(self.marker.parent, agent)
        write_whole(self.marker, "".join(f"{line}\n" for line in lines))

    def _lines(
        self, agent: Agent, place: Place, report: Callable[[int], None] | None, keep: Keep | None
    ) -> Iterator[dict[str, Any]]:
        """The lines of all samples of all seeds; those of one seed are played in one rollout, which counts them."""
        played = 1 if agent.deterministic else self.samples
        play = self._player(agent, place, self.episodes * played)
        each, copies = max(1, BATCH // played), self.samples // played
        head = {"agent": self.agent, "view": agent.view, "training_seed": self.seed, "env_id": self.env_id}
        for first in range(0, self.episodes, each):
            asked = self.seeds[first : first + each]
            batch = play([seed for seed in asked for _ in range(played)])
            for number, (player, episode, routed, flops) in enumerate(batch):
                for copy in range(copies):
                    made = {**head, "level": self.level, **line(player, episode, number % played + copy)}
                    if routed:
                        made |= {"routed": routed, "flops": made["flops"] + flops}
                    if keep:
                        keep(made, completion(episode))
                    yield made
            if report:
                report(len(asked) * self.samples)

    def _player(self, agent: Agent, place: Place, episodes: int) -> Callable[[Sequence[int]], Iterable[_Played]]:
        """What plays an episode a seed: the agent, or whom a router asks."""
        if self.kind == ROUTER:
            from ..agents.router.agent import RouterAgent
            from ..agents.router.routing import Routing

            assert isinstance(agent, RouterAgent)
            return Routing(agent, place, episodes).play
        env = place.many(agent.view, episodes, render_mode="ansi")
        return lambda seeds: [(agent, episode, "", 0.0) for episode in rollout(env, agent, seeds)]


Cell = TrainCell | TestCell | LatencyCell


def _has_cost(folder: Path) -> bool:
    """Whether a cell's bill can be read."""
    try:
        return isinstance(json.loads((folder / COST).read_text(encoding="utf-8")), dict)
    except (OSError, ValueError, RecursionError):
        return False


def _write_cost(folder: Path, agent: Agent) -> None:
    write_whole(folder / COST, json.dumps(agent.cost().as_dict()) + "\n")


def _reporter(path: Path) -> Callable[[Mapping[str, Any]], None]:
    """Keeps the last row of the metrics in a small file, for the process that shows the progress."""
    last = 0.0

    def report(row: Mapping[str, Any]) -> None:
        nonlocal last
        if time.monotonic() - last > 0.5:
            last = time.monotonic()
            path.write_text(json.dumps({"update": row["update"]}))

    return report
