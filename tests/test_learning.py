"""What the default recipes promise, with three training seeds each. Minutes of CPU: run with `make slow`."""

from collections.abc import Callable
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.agents.agent import Agent
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import LanguageModelConfig
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.arena.statistics import t_interval

SEEDS = (0, 1, 2)
ENV_ID = "Reason-Arithmetic-v0"
pytestmark = pytest.mark.slow


def share(agent: Agent, level: int | str, count: int = 500) -> float:
    """Right answers among test problems that no recipe was tuned on."""
    env = gym.make_vec(ENV_ID, num_envs=100, view=agent.view, level=level, split="test")
    return float(np.mean([episode.correct for episode in rollout(env, agent, range(10**6, 10**6 + count))]))


@pytest.fixture(scope="module")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Specialists for sums and differences of at most three digits, trained once a seed."""
    folder = tmp_path_factory.mktemp("sums")
    return lambda seed: train_specialist(SpecialistConfig(), folder / str(seed), seed, report=lambda row: None)


@pytest.mark.parametrize("seed", SEEDS)
def test_sums_of_three_digits_generalise_to_fifty(seed: int, sums: Callable[[int], Path]) -> None:
    agent = SpecialistAgent.load(sums(seed))
    assert agent.config.level == 2
    assert agent.cost().train_cpu_seconds < 240
    for digits in (3, 20, 50):
        assert share(agent, f"operators=+-,digits={digits}") >= 0.99


@pytest.mark.parametrize("seed", SEEDS)
def test_products_are_learnt_on_top_of_sums(seed: int, sums: Callable[[int], Path], tmp_path: Path) -> None:
    mixed = "operators=+-*,digits=1-3,right_digits=1-2"
    config = SpecialistConfig(level=mixed, total_timesteps=400_000, batch_size=256, learning_rate=3e-4, ent_coef=0.02)
    final = train_specialist(config, tmp_path, seed, start=sums(seed), report=lambda row: None)
    assert share(SpecialistAgent.load(final), 3) >= 0.9


def test_grpo_raises_the_language_model_by_twenty_points(tmp_path: Path) -> None:
    gains, greedy = [], []
    for seed in SEEDS:
        config, folder = LanguageModelConfig(score_every=0), tmp_path / str(seed)
        before = train_language_model(config, folder, seed, stage="sft", report=lambda row: None)
        after = train_language_model(config, folder, seed, start=before, stage="grpo", report=lambda row: None)
        drawn = [share(LanguageModelAgent.load(path, temperature=1.0), 2) for path in (before, after)]
        likeliest = [share(LanguageModelAgent.load(path, temperature=0.0), 2) for path in (before, after)]
        assert 0.2 <= drawn[0] <= 0.6
        gains.append(drawn[1] - drawn[0])
        greedy.append(likeliest[1] - likeliest[0])
    assert min(gains) >= 0.2
    assert t_interval(gains).excludes(0.0)
    assert np.mean(greedy) >= 0.0
