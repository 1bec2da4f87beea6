"""A language model learns to play the free cartridge: shown games, then practice over episodes of many turns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import torch

pytest.importorskip("pyboy")

from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    Memory,
    ModelConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.language_model.environment import oracle_games
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.demonstrations import read_demonstrations, write_demonstrations
from reason_arena.agents.learning.streams import derive_many
from reason_arena.arena.config import read_comparison
from reason_arena.tasks.errors import BadConfig

torch.set_num_threads(1)
ENV = "Reason-Pokemon-v0"
FIRST = "until=1,steps=40,patience=16,commands=goto,terse=true"
"""out of the house, which takes the scripted player four commands and some twenty presses"""


def config(**settings: Any) -> LanguageModelConfig:
    words = ("press ", "goto ", "start", "down", "MILESTONES ", "\nWHERE ", "\nNEAR ", "\nLAST ", "\nTEXT ", "\nMENU ")
    return LanguageModelConfig(
        **{
            "env_id": ENV,
            "level": FIRST,
            "model": ModelConfig(layers=1, width=64, heads=2, feedforward=128, context=224, words=words),
            "sft": SftConfig(updates=125, batch=16, games=8, learning_rate=1e-2, warmup=5),
            "grpo": GrpoConfig(updates=12, questions=4, group=8, learning_rate=4e-3, warmup=2, credit="turn"),
            "sampling": Sampling(1.0, 12),
            "memory": Memory("none"),
            "env_options": {"reward": "shaped"},
            "score_every": 0,
            "score_problems": 1,
            **settings,
        }
    )


def test_the_terse_view_says_where_one_is_in_a_few_lines() -> None:
    env: Any = gym.make(ENV, level="until=4,terse=true").unwrapped
    seen, _ = env.reset(seed=0)
    assert seen.startswith(
        "Goal: milestone 4, reach Stonewick.\nCARTRIDGE hearthway\n\nMILESTONES 0\nWHERE the game has not begun\nTEXT "
    )
    for command in ("press start", "press start", "press b", "goto 4 6"):
        seen, *_ = env.step(command)
        assert "CARTRIDGE" not in seen  # each token of each moment costs
    assert seen == ("MILESTONES 0\nWHERE WREN'S HOUSE (4,6) facing down\nNEAR .>..\nLAST walked 2 to (4,6)"), (
        "below is the door"
    )
    env.close()


@pytest.mark.parametrize("level", ["until=4,steps=300,commands=goto", "until=4,steps=300,commands=buttons,terse=true"])
def test_what_is_shown_is_a_game_that_its_commands_replay(level: str, tmp_path: Path) -> None:
    games = oracle_games(config(level=level, sft=SftConfig(games=2)), seed=5)
    write_demonstrations(tmp_path / "games.jsonl", games)
    for seed, shown in zip(derive_many(2, 5, "games"), read_demonstrations(tmp_path / "games.jsonl"), strict=True):
        env: Any = gym.make(ENV, level=level, split="train").unwrapped
        seen, _ = env.reset(seed=seed)
        done = False
        for observation, action in shown.turns:
            assert not done
            assert seen == observation
            seen, _, done, _, info = env.step(action)
        assert done
        assert info["correct"]
        env.close()


def test_practice_over_turns_makes_more_of_what_was_shown(tmp_path: Path) -> None:
    rows: list[Mapping[str, Any]] = []
    train_language_model(config(), tmp_path, seed=0, report=rows.append)
    practice = [row for row in rows if row["stage"] == "grpo" and "reward" in row]
    assert all(1 < row["turns"] <= 40 for row in practice)
    first, last = (sum(row["reward"] for row in part) / 2 for part in (practice[:2], practice[-2:]))
    assert last > first + 0.15, [row["reward"] for row in practice]


def test_the_preset_compares_by_the_furthest_milestone() -> None:
    comparison = read_comparison(Path("pokemon"))
    venue = comparison.venues[ENV]
    assert venue.primary.metric == "furthest"
    sft, grpo = comparison.training("llm-sft"), comparison.training("llm-grpo")
    assert isinstance(grpo, LanguageModelConfig)
    assert sft == grpo, "one recipe, of which each does its stage"
    assert grpo.level == venue.primary.level
    assert grpo.shows_games


def test_of_games_without_an_oracle_nothing_can_be_shown(tmp_path: Path) -> None:
    pytest.importorskip("chess")
    with pytest.raises(BadConfig, match="games"):
        train_language_model(config(env_id="Reason-Chess-v0", level=0, env_options={}), tmp_path, seed=0, stage="sft")
