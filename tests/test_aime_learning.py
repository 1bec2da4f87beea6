"""Whether a specialist still finds the programs of families from nothing but right and wrong answers."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from reason_arena.agents.baselines import problem_of
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import Place
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.arena.config import read_comparison

BUDGET = 20 * 60
"""CPU-seconds"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_specialist_finds_the_programs_of_twelve_families(tmp_path: Path, seed: int) -> None:
    config = read_comparison(Path("quick")).training("specialist-aime")
    agent = SpecialistAgent.load(train_specialist(config, tmp_path, seed, report=lambda row: None))  # type: ignore[arg-type]
    assert agent.cost().train_cpu_seconds < BUDGET
    right = defaultdict(list)
    for episode in rollout(Place(config.env_id, "test", config.level).make("array", 200), agent, range(2_400)):
        right[problem_of(episode.problem_id).facts["family"]].append(episode.correct)
    assert sum(sum(each) >= 0.9 * len(each) for each in right.values()) >= 12
    assert sum(all(each) for each in right.values()) >= 8, "a program that is found is right on every instance"
    new = rollout(Place(config.env_id, "test", "families=held").make("array", 200), agent, range(400))
    assert sum(episode.correct for episode in new) <= 0.1 * len(new)
