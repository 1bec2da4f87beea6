"""Training in games that other processes emulate: the same weights, all of it billed, and nobody's death ends it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from test_pokemon_pool import LINUX
from tiny import silent, stop_after

from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.grounds import Grounds
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.envs.pokemon.pool import PokemonPoolEnv
from reason_arena.envs.pokemon.pool_process import WorkerDiedWarning

pytestmark = LINUX
ALONE = SpecialistConfig(
    env_id="Reason-Pokemon-v0",
    level="until=2,steps=30",
    total_timesteps=240,
    num_envs=5,
    n_steps=16,
    batch_size=40,
    net_arch=(32, 32),
    swarm=0.5,
    evaluate_every=0,
    checkpoint_every=1,
)
"""three updates"""
SPREAD = replace(ALONE, workers=2)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_specialist(ALONE, tmp_path_factory.mktemp("alone"), 3, report=silent)


def assert_same_weights(one: Path, other: Path) -> None:
    ours, theirs = (load_file(each / "model.safetensors") for each in (one, other))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_training_over_several_processes_is_training_in_one(alone: Path, tmp_path: Path) -> None:
    final = train_specialist(SPREAD, tmp_path, 3, report=silent)
    assert_same_weights(final, alone)
    assert SpecialistAgent.load(final).config == ALONE, "how it was computed is no part of what it is"


def test_a_run_goes_on_in_another_number_of_processes(alone: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train_specialist(ALONE, tmp_path, 3, report=stop_after(2, "ppo"))
    assert_same_weights(train_specialist(SPREAD, tmp_path, 3, report=silent), alone)


def test_what_other_processes_compute_is_billed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred seconds from one look at the clock to the next, also where a level begins with new processes."""
    looks = dict[int, int]()

    def seconds(envs: PokemonPoolEnv) -> float:
        looks[id(envs)] = looks.get(id(envs), 0) + 1
        return 100.0 * looks[id(envs)]

    monkeypatch.setattr(PokemonPoolEnv, "cpu_seconds", seconds)
    levels = (("until=1,steps=30", 0.5), ("until=2,steps=30", 0.5))
    final = train_specialist(replace(SPREAD, curriculum=levels), tmp_path, 3, report=silent)
    assert sorted(looks.values()) == [2, 4], "two updates of the first level, one of the second"
    assert 300 < SpecialistAgent.load(final).cost().train_cpu_seconds < 350


def test_a_process_that_dies_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies between two updates, just before the run is saved, which waits for the next one then."""
    made, practice, billed = list[Any](), Grounds.practice, list[float]()
    monkeypatch.setattr(Grounds, "practice", lambda grounds, level: made.append(practice(grounds, level)) or made[-1])

    def kill(row: Mapping[str, Any]) -> None:
        billed.append(row["cpu_seconds"])
        if row["update"] == 1:
            os.kill(made[0].games.crew.workers[0].pid, signal.SIGKILL)

    with pytest.warns(WorkerDiedWarning, match="environments 0 to 1 died"):
        train_specialist(SPREAD, tmp_path, 3, report=kill)
    assert len(billed) == 3
    assert all(before < after for before, after in pairwise(billed))
