"""Whole episodes raise a language model at a game of several turns, with three training seeds each. CPU minutes.

A player that halves the range a quarter of the time and otherwise guesses blindly is imitated; practice does the rest.
Who does not listen to "higher" and "lower" finds the number in half of the games at most: four of eight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from guessing import GuessNumber
from gymnasium.vector import AutoresetMode
from tiny import silent

from reason_arena.agents.agent import Agent
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    Memory,
    ModelConfig,
    PpoConfig,
    ReinforceConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.demonstrations import demonstration, write_demonstrations
from reason_arena.agents.learning.rollout import Episode, rollout

SEEDS = (0, 1, 2)
BLIND = 0.75
"""share of the demonstrated guesses that are drawn from the whole range"""
RECIPE = LanguageModelConfig(
    model=ModelConfig(layers=2, width=64, heads=4, feedforward=128, context=128),
    sft=SftConfig(updates=300, batch=32, smoothing=0.0),
    reinforce=ReinforceConfig(updates=60, questions=16, group=16, learning_rate=5e-3),
    ppo=PpoConfig(updates=60, questions=32, group=8, learning_rate=2e-3),
    grpo=GrpoConfig(updates=60, questions=16, group=16, learning_rate=5e-3),
    env_id="Tests-Guess-v0",
    sampling=Sampling(1.0, 4),
    score_every=0,
    score_problems=1,
    checkpoint_seconds=1e9,
    micro_batch_tokens=8192,
)
pytestmark = pytest.mark.slow


class Halver(Agent):
    """Guesses the middle of what the answers leave; blindly, `blind` of the time."""

    name, view = "halver", "text"

    def __init__(self, blind: float) -> None:
        self.blind = blind

    def reset(self, seeds: Sequence[int], repeats: Sequence[int] = ()) -> None:
        self.draws = [Random(f"{seed} {repeat}") for seed, repeat in zip(seeds, repeats, strict=True)]
        self.games = [GuessNumber() for _ in seeds]
        self.guesses = [0] * len(seeds)

    def act(self, observations: Sequence[str], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        for row, (game, told) in enumerate(zip(self.games, observations, strict=True)):
            if told == "higher":
                game.low = max(game.low, self.guesses[row] + 1)
            elif told == "lower":
                game.high = min(game.high, self.guesses[row] - 1)
            draw = self.draws[row]
            self.guesses[row] = draw.randint(1, 8) if draw.random() < self.blind else (game.low + game.high) // 2
        return tuple(map(str, self.guesses))


def play(agent: Agent, first: int, count: int) -> list[Episode]:
    mode = AutoresetMode.SAME_STEP
    env = gym.make_vec(
        "Tests-Guess-v0", num_envs=200, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}
    )
    return rollout(env, agent, range(first, first + count))


def success(checkpoint: Path, memory: Memory) -> float:
    """Games won at temperature 1, of seeds that neither demonstrations nor practice draw."""
    agent = LanguageModelAgent.load(checkpoint, max_new_tokens=RECIPE.sampling.max_new_tokens, memory=memory)
    return float(np.mean([episode.correct for episode in play(agent, 10**6, 1000)]))


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The games of the mediocre player."""
    episodes = play(Halver(BLIND), 0, 2000)
    assert 0.45 <= np.mean([episode.correct for episode in episodes]) <= 0.6
    path = tmp_path_factory.mktemp("demonstrations") / "games.jsonl"
    write_demonstrations(path, map(demonstration, episodes))
    return path


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    """Of the training run."""
    found: int = request.param
    return found


def imitator(config: LanguageModelConfig, seed: int, demonstrations: Path) -> tuple[Path, float]:
    """A model that has imitated the mediocre player, and how often it wins."""
    config = replace(config, sft=replace(config.sft, data=demonstrations))
    folder = demonstrations.with_name(f"{seed}-{config.memory.policy}")
    made = train_language_model(config, folder, seed, stage="sft", report=silent)
    before = success(made, config.memory)
    assert 0.4 <= before <= 0.6
    return made, before


@pytest.fixture(scope="module")
def start(seed: int, demonstrations: Path) -> tuple[Path, float]:
    """An imitator that remembers everything."""
    return imitator(RECIPE, seed, demonstrations)


def gain(config: LanguageModelConfig, stage: Any, seed: int, start: tuple[Path, float], folder: Path) -> float:
    """How much more often it wins after practice."""
    made = train_language_model(config, folder, seed, start=start[0], stage=stage, report=silent)
    after = success(made, config.memory)
    print(f"{stage}, memory {config.memory.policy}, seed {seed}: {start[1]:.3f} -> {after:.3f}")
    return after - start[1]


@pytest.mark.parametrize("stage", ["grpo", "ppo", "reinforce"])
def test_practice_raises_success_by_twenty_points(
    stage: Any, seed: int, start: tuple[Path, float], tmp_path: Path
) -> None:
    assert gain(RECIPE, stage, seed, start, tmp_path) >= 0.2


def test_a_player_that_forgets_learns_from_the_pieces_of_its_episodes(
    seed: int, demonstrations: Path, tmp_path: Path
) -> None:
    """It remembers the last turn alone, so that four turns are three sequences; it takes longer."""
    config = replace(RECIPE, memory=Memory("last", 1), grpo=replace(RECIPE.grpo, updates=100))
    assert gain(config, "grpo", seed, imitator(config, seed, demonstrations), tmp_path) >= 0.2
