"""What specialists learn of chess within 20 CPU-minutes, with three training seeds each: run with `make slow`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import Place
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.trainer import train_specialist

SEEDS = (0, 1, 2)
BUDGET = 20 * 60
"""CPU-seconds, those of a start included"""
MIXED = "opponent=random+greedy@0.9+greedy@0.75+greedy,plies=200"
PUZZLES = SpecialistConfig(
    env_id="Reason-ChessPuzzle-v0",
    level="source=generated,mate=1",
    net_arch=(128, 128),
    total_timesteps=200_000,
    num_envs=512,
    n_steps=8,
    batch_size=1024,
    n_epochs=4,
    learning_rate=1e-3,
    gamma=1.0,
    gae_lambda=1.0,
    ent_coef=0.01,
    final_ent_coef=0.0,
    evaluate_every=0,
)
QUEEN = SpecialistConfig(
    env_id="Reason-ChessEndgame-v0",
    level="material=KQK",
    curriculum=(
        ("material=KQK,mate=1-2", 0.3),
        ("material=KQK,mate=1-4", 0.15),
        ("material=KQK,mate=1-6", 0.1),
        ("material=KQK,mate=1-8", 0.1),
        ("material=KQK", 0.35),
    ),
    net_arch=(128, 128),
    total_timesteps=450_000,
    n_steps=16,
    batch_size=1024,
    n_epochs=3,
    learning_rate=7e-4,
    gamma=0.98,
    ent_coef=0.01,
    final_ent_coef=0.002,
    evaluate_every=0,
)
GAMES = SpecialistConfig(
    env_id="Reason-Chess-v0",
    level=MIXED,
    curriculum=(("opponent=random,plies=200", 0.2), (MIXED, 0.8)),
    net_arch=(128, 128),
    total_timesteps=3_000_000,
    batch_size=1024,
    n_epochs=3,
    learning_rate=7e-4,
    final_learning_rate=3e-5,
    gamma=0.98,
    ent_coef=0.01,
    final_ent_coef=0.002,
    evaluate_every=0,
)
pytestmark = pytest.mark.slow


def share(agent: SpecialistAgent, level: str, count: int = 500) -> float:
    """Episodes of the test split that the agent wins, from seeds that no recipe was chosen by."""
    env = Place(agent.config.env_id, "test", level).make("array", 100)
    return sum(episode.correct for episode in rollout(env, agent, range(10**6, 10**6 + count))) / count


@pytest.fixture(scope="module")
def puzzler(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Specialists for mates in one, trained once a seed."""
    folder = tmp_path_factory.mktemp("puzzles")
    return cache(lambda seed: train_specialist(PUZZLES, folder / str(seed), seed, report=lambda row: None))


@pytest.mark.parametrize("seed", SEEDS)
def test_mates_in_one_are_found(seed: int, puzzler: Callable[[int], Path]) -> None:
    agent = SpecialistAgent.load(puzzler(seed))
    assert agent.cost().train_cpu_seconds < BUDGET
    assert share(agent, "source=generated,mate=1") >= 0.45  # a random move is right in 3 of 100


@pytest.mark.parametrize("seed", SEEDS)
def test_a_queen_mates_against_best_defence(seed: int, tmp_path: Path) -> None:
    agent = SpecialistAgent.load(train_specialist(QUEEN, tmp_path, seed, report=lambda row: None))
    assert agent.cost().train_cpu_seconds < BUDGET
    assert share(agent, "material=KQK") >= 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_games_are_won_against_random_and_greedy_play(
    seed: int, puzzler: Callable[[int], Path], tmp_path: Path
) -> None:
    agent = SpecialistAgent.load(train_specialist(GAMES, tmp_path, seed, puzzler(seed), report=lambda row: None))
    assert agent.cost().train_cpu_seconds < BUDGET
    assert share(agent, "opponent=random") >= 0.85
    assert share(agent, "opponent=greedy") >= 0.3
