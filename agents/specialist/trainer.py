"""PPO by Stable-Baselines3, over our batched environments, resumable to the bit.

SB3 saves neither the environments nor the random streams, and its `learn` restarts both. What it leaves out is kept in
a checkpoint at the border between two updates: weights, Adam's moments, the numpy and torch streams, every environment
and its last observation. A run that was killed and started again ends with the weights of an unbroken run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3.common.logger import Logger

import reason_arena.envs  # noqa: F401 - registers the ids

from ...tasks.errors import BadCheckpoint
from ...tasks.pokemon.setting import STUCK
from ..agent import Cost
from ..learning import checkpoint
from ..learning.interrupt import Interrupt
from ..learning.progress import Metrics, Progress
from ..learning.rollout import rollout, sound
from ..learning.streams import check_seed
from ..learning.validation import scores
from . import state as kept
from .agent import KIND, SpecialistAgent, count_parameters, fingerprint, forward_flops, train_flops
from .algorithms import ALGORITHMS, choose, network
from .books import Books, Report
from .bridge import VectorBridge
from .config import SpecialistConfig
from .grounds import Grounds

if TYPE_CHECKING:
    from .selfplay import Copy

RESUME, FINAL, METRICS, CURVES = "checkpoint", "final", "metrics.jsonl", "curves"
VALIDATION_SEED = 1_000_000


def train_specialist(
    config: SpecialistConfig, folder: Path, seed: int, start: Path | None = None, report: Report | None = None
) -> Path:
    """Train a specialist, or go on where a killed run of the same command stopped.

    Args:
        config: what to train.
        folder: gets `final/` (the agent), `metrics.jsonl`, `curves/` for TensorBoard, and `checkpoint/` while it lasts.
        seed: of networks, environments and sampling.
        start: a finished specialist from whose weights training starts; its bill is carried on.
        report: gets each row of the metrics, instead of a progress bar.

    Returns:
        The folder of the finished agent.

    Raises:
        BadCheckpoint: `folder` holds a run of another configuration, seed or start, or `start` cannot be used.
        BadConfig: the seed is none.
        StorageError: the disk refused.
        KeyboardInterrupt: interrupted; a checkpoint is kept.
    """
    check_seed(seed)
    final = folder / FINAL
    given = SpecialistAgent.load(start) if start else None
    identity = {"config": config.as_dict(), "seed": seed, "start": fingerprint(given.policy) if given else None}
    if checkpoint.exists(final):
        checkpoint.require(checkpoint.load_manifest(final), final, kind=KIND, **identity)
        return final
    with single_thread(), closing(Run(config, folder, seed, given, identity)) as run:
        first = run.restore()
        with Metrics(folder / METRICS, after=first, curves=folder / CURVES) as metrics, Interrupt() as interrupt:
            if report is not None:
                run.learn(Books(run, metrics, report, interrupt))
            else:
                with Progress(f"PPO seed {seed}", config.updates, first) as progress:
                    run.learn(Books(run, metrics, lambda row: _show(progress, row), interrupt))
        run.agent().save(final, identity)
    return final


def _show(progress: Progress, row: Mapping[str, Any]) -> None:
    progress.advance(exact=row["train_score"], **{"validation": row["score"]} if "score" in row else {})


@contextmanager
def single_thread() -> Iterator[None]:
    """One torch thread: small networks run many times slower on two, and other bits come out."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _copy() -> Copy:
    from .selfplay import Copy  # needs the extra chess

    return Copy()


class Run:
    """A PPO model, its environments and the bill, with everything needed to stop and go on."""

    def __init__(
        self,
        config: SpecialistConfig,
        folder: Path,
        seed: int,
        start: SpecialistAgent | None,
        identity: Mapping[str, Any],
    ) -> None:
        self.config, self.folder, self.seed = config, folder, seed
        self.inherited = start.cost() if start else Cost()
        self.manifest = {"kind": "specialist-run", **identity}
        self.level = config.level_at(0)
        self.copy = _copy() if config.self_play else None
        self.grounds = Grounds(config, seed, self.copy)
        for later, _ in config.curriculum[1:]:  # a level that cannot be played is refused now
            self.grounds.check(later)
        envs = self.grounds.practice(self.level)
        self.bridge = VectorBridge(envs, seed=seed, final=(STUCK,) if config.stuck_is_over else ())
        self.validation = self.grounds.judging()
        algorithm, _ = ALGORITHMS[choose(config, envs)]
        policy, settings, buffer = network(config, envs, envs.single_observation_space, envs.single_action_space)
        self.model = algorithm(
            policy,
            self.bridge,
            rollout_buffer_class=buffer,
            learning_rate=self._learning_rate,
            n_steps=config.n_steps,
            batch_size=config.batch_size,
            n_epochs=config.n_epochs,
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
            ent_coef=config.ent_coef,
            clip_range=config.clip_range,
            policy_kwargs=settings,
            seed=seed,
            device="cpu",
        )
        # SB3's default logger leaves a folder in the temporary directory for every run.
        self.model.set_logger(Logger(folder=None, output_formats=[]))
        if start:
            self._take_weights(start)
        if self.copy:
            self.copy.take(self.model.policy)
        self.update = 0
        self.episodes = 0
        self.cpu_seconds = 0.0
        self.scouted = 0
        """presses of scouts on levels that were left"""
        self.resumed = False
        self._parameters = count_parameters(self.model.policy)
        self._step_flops = train_flops(self.model.policy, config.n_epochs)

    def prepare(self, update: int) -> None:
        """Before an update: a new copy to play against where one is due, and the environments of its level."""
        if self.copy and update % self.config.self_play == 0:
            self.copy.take(self.model.policy)
        self._set_level(update)

    def _set_level(self, update: int) -> None:
        """The environments of an update's level, begun afresh where the level is a new one."""
        level = self.config.level_at(update)
        if level != self.level:
            self.level = level
            self.scouted = self._scouted()
            envs = self.grounds.practice(self.level, self.bridge.env)
            self.bridge.close()
            self.bridge.change(envs, self.seed)
            self.model._last_obs = self.bridge.reset()
            self.model._last_episode_starts = np.ones(self.config.num_envs, np.bool_)

    def _scouted(self) -> int:
        """Presses of scouts so far: steps of environments that nobody learnt from."""
        return self.scouted + int(getattr(self.bridge.env, "scouted", 0))

    def _take_weights(self, start: SpecialistAgent) -> None:
        ours, theirs = self.model.policy.state_dict(), start.policy.state_dict()
        if {name: value.shape for name, value in ours.items()} != {name: value.shape for name, value in theirs.items()}:
            for name in ("env_id", "scratchpad", "algorithm", "network", "net_arch"):
                then, now = getattr(start.config, name), getattr(self.config, name)
                if then != now:
                    raise BadCheckpoint(
                        f"start is a specialist with {name}={then!r}: expected {now!r}, as trained here"
                    )
            raise BadCheckpoint("start is a specialist whose network does not fit this environment")
        self.model.policy.load_state_dict(theirs)

    def _learning_rate(self, left: float) -> float:
        return max(self.config.learning_rate * left, self.config.final_learning_rate)

    def restore(self) -> int:
        """Take up the checkpoint, if there is one; the number of updates done."""
        place = self.folder / RESUME
        if not checkpoint.exists(place):
            return 0
        checkpoint.require(checkpoint.load_manifest(place), place, **self.manifest)
        with checkpoint.reading(place, "the training state"):
            self._take_up(checkpoint.locate(place))
        return self.update

    def _take_up(self, folder: Path) -> None:
        state, tensors = kept.read(folder)
        model = self.model
        model.policy.load_state_dict(tensors["policy"])
        model.policy.optimizer.load_state_dict(tensors["optimizer"])
        torch.set_rng_state(tensors["torch_rng"])
        np.random.set_state(state["numpy_rng"])  # noqa: NPY002 - SB3 shuffles by numpy's global stream
        if self.copy:
            self.copy.load_state_dict(tensors["copy"])
        self._set_level(max(0, state["update"] - 1))
        self.bridge.set_state(state["envs"])
        if self.copy:
            self.copy.moves = state["copied_moves"]
        for name, value in state["model"].items():
            setattr(model, name, value)
        self.update, self.episodes, self.cpu_seconds = state["update"], state["episodes"], state["cpu_seconds"]
        self.scouted = state["scouted"]
        self.resumed = True

    def save(self) -> None:
        """Keep all that the next update depends on."""
        model = self.model
        names = ("num_timesteps", "_n_updates", "_last_obs", "_last_episode_starts", "_episode_num")
        state = {
            "model": {name: getattr(model, name) for name in names},
            "envs": self.bridge.get_state(),
            "numpy_rng": np.random.get_state(),  # noqa: NPY002
            "update": self.update,
            "episodes": self.episodes,
            "cpu_seconds": self.cpu_seconds,
            "scouted": self.scouted,
            "copied_moves": self.copy.moves if self.copy else 0,
        }
        tensors = {
            "policy": model.policy.state_dict(),
            "optimizer": model.policy.optimizer.state_dict(),
            "torch_rng": torch.get_rng_state(),
            "copy": self.copy.state_dict() if self.copy else {},
        }

        checkpoint.save(self.folder / RESUME, lambda folder: kept.write(folder, state, tensors), self.manifest)

    def learn(self, books: Books) -> None:
        """Collect and learn until all timesteps are used."""
        left = self.config.updates * self.config.num_envs * self.config.n_steps - self.model.num_timesteps
        if left > 0:
            self.model.learn(left, books, log_interval=sys.maxsize, reset_num_timesteps=not self.resumed)
            books.close_update()

    def close(self) -> None:
        """Close the environments, whose opponents may be processes."""
        self.bridge.close()
        self.validation.close()

    def cost(self) -> Cost:
        """The bill so far."""
        steps = self.model.num_timesteps
        before = self.inherited
        played = self.copy.moves * forward_flops(self.model.policy) if self.copy else 0.0
        return replace(
            before,
            parameters=self._parameters,
            train_flops=before.train_flops + steps * self._step_flops + played,
            train_env_steps=before.train_env_steps + steps + self._scouted(),
            train_episodes=before.train_episodes + self.episodes,
            train_cpu_seconds=before.train_cpu_seconds + self.cpu_seconds,
        )

    def agent(self) -> SpecialistAgent:
        """The policy as it is now."""
        return SpecialistAgent(self.model.policy, self.config, self.cost())

    def score(self) -> dict[str, float]:
        """How good it is on the validation split, acting as it will when it is trained; see `validation.scores`."""
        seeds = range(VALIDATION_SEED, VALIDATION_SEED + self.config.evaluate_episodes)
        trained = self.copy.moves if self.copy else 0
        episodes = sound(rollout(self.validation, self.agent(), seeds))
        if self.copy:
            self.copy.moves = trained  # judging is not billed
        self.model.policy.set_training_mode(True)
        return scores(episodes)
