"""What is written down of a run of PPO, and when it is judged, saved and interrupted: between two updates."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stable_baselines3.common.callbacks import BaseCallback

from ...envs.pokemon import SNAPSHOT
from ...envs.pokemon.pool_process import WorkerDied
from ..learning.interrupt import Interrupt
from ..learning.progress import Metrics
from .grounds import clock

if TYPE_CHECKING:
    from .trainer import Run

Report = Callable[[Mapping[str, Any]], None]


class Books(BaseCallback):
    """Counts, writes metrics, evaluates and saves, always at the border between two updates."""

    def __init__(self, run: Run, metrics: Metrics, report: Report, interrupt: Interrupt) -> None:
        super().__init__()
        self.run, self.metrics, self.report, self.interrupt = run, metrics, report, interrupt
        self._began: float | None = None
        self._correct = self._ended = self._swarmed = 0

    def _on_rollout_start(self) -> None:
        self.close_update()
        config, model = self.run.config, self.run.model
        left = 1 - self.run.update / config.updates
        model.ent_coef = max(config.ent_coef * left, config.final_ent_coef)
        began = time.process_time()
        self.run.prepare(self.run.update)
        # Which environments there are may have changed by that, and the seconds of new ones begin anew.
        self._began = clock(self.run.bridge.env) - (time.process_time() - began)
        self._correct = self._ended = self._swarmed = 0

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self._ended += 1
                self._swarmed += info.get("start") == SNAPSHOT
                self._correct += bool(info["correct"]) and info.get("start") != SNAPSHOT
        return True

    def close_update(self) -> None:
        """The update just learnt goes into the books; nothing if none was."""
        run, config = self.run, self.run.config
        if self._began is None:
            return
        run.cpu_seconds += clock(run.bridge.env) - self._began
        self._began = None
        run.update += 1
        run.episodes += self._ended
        row = self._row()
        last = run.update == config.updates
        if config.evaluate_every and (run.update % config.evaluate_every == 0 or last):
            row |= run.score()
        self.metrics.write(row)
        self.report(row)
        due = run.update % config.checkpoint_every == 0 or last or self.interrupt
        kept = due and self._keep()
        if self.interrupt and kept and not last:
            raise KeyboardInterrupt(
                f"interrupted after update {run.update}; the same command goes on from {run.folder}"
            )

    def _keep(self) -> bool:
        """Save; False where games are lost with a process that died, until the next step has begun others."""
        self.metrics.sync()
        try:
            self.run.save()
        except WorkerDied:
            return False
        return True

    def _row(self) -> dict[str, Any]:
        values = self.run.model.logger.name_to_value
        cost, before = self.run.cost(), self.run.inherited
        row = {
            "update": self.run.update,
            "stage": "ppo",
            "env_steps": self.run.model.num_timesteps,
            "samples": self.run.episodes,
            "cpu_seconds": self.run.cpu_seconds,
            "train_flops": cost.train_flops - before.train_flops,
            "train_score": self._correct / whole if (whole := self._ended - self._swarmed) else 0.0,
        }
        if self.run.config.swarm:
            row["swarmed"] = self._swarmed / self._ended if self._ended else 0.0
        return row | {name.split("/")[1]: float(values[name]) for name in sorted(values) if name.startswith("train/")}
