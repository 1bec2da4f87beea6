"""A language model practises in the chess environments: several turns an episode, illegal moves handled inside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("chess")

from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    Memory,
    ModelConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.language_model.train import train_language_model

VIEW = "pieces=true,board=false,terse=true,history=0,tries=2"


@pytest.mark.parametrize("memory", ["notes", "none", "full"])
@pytest.mark.parametrize(
    ("env_id", "forfeit"),
    [("Reason-Chess-v0", -1.0), ("Reason-ChessPuzzle-v0", 0.0), ("Reason-ChessEndgame-v0", 0.0)],
)
def test_an_answer_that_is_no_move_costs_a_try_and_the_last_one_the_episode(
    env_id: str, forfeit: float, memory: Any, tmp_path: Path
) -> None:
    config = LanguageModelConfig(
        model=ModelConfig(layers=1, width=16, heads=2, feedforward=16, context=600, words=("\\boxed{",)),
        sft=SftConfig(updates=1, batch=2),
        grpo=GrpoConfig(updates=1, questions=2, group=3),
        sampling=Sampling(1.0, 8),
        memory=Memory(memory),
        task="chesspuzzle",
        env_id=env_id,
        level=VIEW,
        score_every=0,
    )
    rows: list[Mapping[str, Any]] = []
    train_language_model(config, tmp_path, seed=0, report=rows.append)
    practice = rows[-1]
    # A model that has seen two solutions says nothing readable, so every episode is two turns and then forfeited.
    assert (practice["samples"], practice["env_steps"], practice["reward"]) == (6, 12, forfeit)
