"""Tokens and steps on the bills of a comparison, beside counts that know nothing of how it bills.

Steps are counted by subclasses of the environments, tokens by cutting the texts of the lines into tokens anew.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import yaml
from tiny import silent

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    Memory,
    ModelConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.demonstrations import Demonstration, write_demonstrations
from reason_arena.arena.config import read_comparison
from reason_arena.arena.merge import merge
from reason_arena.arena.plan import Plan
from reason_arena.envs.vector import arithmetic

EPISODES = 10
STEPS = Counter[tuple[str, str]]()
"""by split and kind of view: all steps, and under `…, played` those of rows whose episode had not ended"""


def counting(made: type[Any]) -> type[Any]:
    """The same environment, which counts the steps of its rows in `STEPS`."""

    class Counting(made):  # type: ignore[misc]
        def reset(self, **options: Any) -> Any:
            self.playing = np.ones(self.num_envs, np.bool_)
            return super().reset(**options)

        def step(self, actions: Any) -> Any:
            split = self.poser.split
            STEPS[split, made.__name__] += len(actions)
            STEPS[split, f"{made.__name__}, played"] += int(self.playing.sum())
            found = super().step(actions)
            self.playing &= ~(found[2] | found[3])
            return found

    return Counting


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A language model from scratch, with fine-tuning and practice, and a specialist; all in this process.

    Tests are greedy: one that has learnt so little draws special tokens now and then, which leave no text behind.
    """
    folder = tmp_path_factory.mktemp("totals")
    small = {"layers": 1, "width": 32, "heads": 2, "feedforward": 64}
    quiet = {"level": 1, "score_every": 0, "checkpoint_seconds": 0}
    steps = {"total_timesteps": 2048, "num_envs": 16, "n_steps": 32, "batch_size": 128, "n_epochs": 1}
    agents = {
        "read": {
            "kind": "llm",
            "temperature": 0,
            "train": {**quiet, "sft": {"updates": 60, "batch": 8}, "model": small},
        },
        "practised": {"kind": "llm", "temperature": 0, "stage": "grpo", "start": "read"}
        | {"train": {**quiet, "grpo": {"updates": 3, "questions": 4, "group": 4}}},
        "typist": {"kind": "specialist", "train": {"level": 1, **steps, "evaluate_every": 0}},
    }
    plan = {"levels": [1], "primary": {"level": 1}, "episodes": EPISODES, "training_seeds": [0], "agents": agents}
    (folder / "file.yaml").write_text(yaml.safe_dump({**plan, "out": str(folder / "out")}))
    made = Plan(read_comparison(folder / "file.yaml"))
    STEPS.clear()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("QuestionVectorEnv", "WorksheetVectorEnv"):
            patch.setattr(arithmetic, name, counting(getattr(arithmetic, name)))
        for cell in made.cells():
            cell.run()
    merge(made, "")
    return made


def rows(run: Plan, name: str, *agents: str) -> list[dict[str, Any]]:
    path: Path = run.comparison.folder / name
    return [row for row in map(json.loads, path.read_text().splitlines()) if row["agent"] in agents]


def test_steps_of_the_tests_are_those_that_the_environments_saw(run: Plan) -> None:
    for view, agents in (("WorksheetVectorEnv", ["typist"]), ("QuestionVectorEnv", ["read", "practised"])):
        lines = rows(run, "results.jsonl", *agents)
        assert len(lines) == EPISODES * len(agents)
        assert sum(line["length"] for line in lines) == STEPS["test", f"{view}, played"] > 0


def test_steps_of_training_are_those_that_the_environments_saw(run: Plan) -> None:
    (typist,) = rows(run, "costs.jsonl", "typist")
    assert typist["train_env_steps"] == STEPS["train", "WorksheetVectorEnv"] == 2048
    (read,), (practised,) = (rows(run, "costs.jsonl", name) for name in ("read", "practised"))
    assert read["train_env_steps"] == 0
    assert practised["train_env_steps"] == STEPS["train", "QuestionVectorEnv"] == 3 * 4 * 4


def test_tokens_are_those_of_the_texts_cut_anew(run: Plan) -> None:
    for name in ("read", "practised"):
        cell = run.trained(name, 0)
        assert cell is not None
        text = LanguageModelAgent.load(cell.weights).text
        lines = rows(run, "results.jsonl", name)
        for line in lines:
            written = text(line["transcript"], add_special_tokens=False)["input_ids"]
            assert line["tokens"] == len(written) + (not line["cut_short"]), "and the token that ends an answer"
        assert sum(line["tokens"] for line in lines) > EPISODES


@pytest.fixture
def games(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the consoles of the Game Boy world were given, game by game, a step an entry, "" where it stood still."""
    pytest.importorskip("pyboy")
    from reason_arena.envs.pokemon import single

    begun: list[list[str]] = []

    class Counting(single.Game):
        def begin(self, *problem: Any, **options: Any) -> None:
            super().begin(*problem, **options)
            self.given: list[str] = []
            begun.append(self.given)

        def press(self, button: str) -> str:
            self.given.append(button)
            return super().press(button)

        def pass_step(self) -> None:
            self.given.append("")
            super().pass_step()

    monkeypatch.setattr(single, "Game", Counting)
    return begun


def gamer(**settings: Any) -> LanguageModelConfig:
    return LanguageModelConfig(
        env_id="Reason-Pokemon-v0",
        level="until=1,steps=30,commands=all,terse=true",
        model=ModelConfig(layers=1, width=32, heads=2, feedforward=64, context=224, words=("wait 9",)),
        sampling=Sampling(1.0, 12),
        memory=Memory("none"),
        score_every=0,
        score_problems=1,
        **settings,
    )


def test_a_step_of_the_game_boy_world_is_a_press_for_a_language_model_too(
    games: list[list[str]], tmp_path: Path
) -> None:
    """Shown one command of nine presses, it writes that more often than not, else what nobody can read."""
    seen = "MILESTONES 0\nWHERE the game has not begun\nLAST waited"
    write_demonstrations(tmp_path / "shown.jsonl", [Demonstration(((seen, "wait 9"),))])
    taught = SftConfig(updates=60, batch=8, learning_rate=1e-2, warmup=2, data=tmp_path / "shown.jsonl")
    config = gamer(sft=taught, grpo=GrpoConfig(updates=1, questions=2, group=3))
    train_language_model(config, tmp_path, seed=0, report=silent, stage="sft")
    assert not games
    rows: list[Any] = []
    practised = train_language_model(config, tmp_path, seed=0, report=rows.append, stage="grpo")
    # Rows whose episode is over begin others, which nobody counts, until all are.
    assert LanguageModelAgent.load(practised).cost().train_env_steps == (made := sum(map(len, games[:6])))
    commands = round(6 * next(row["turns"] for row in rows if "turns" in row))
    assert made > commands + 6, "some made nine presses"


def test_games_that_are_read_are_billed_as_tokens_and_not_as_steps(games: list[list[str]], tmp_path: Path) -> None:
    config = gamer(sft=SftConfig(updates=1, batch=2, games=1, warmup=0))
    bill = LanguageModelAgent.load(train_language_model(config, tmp_path, seed=0, report=silent, stage="sft")).cost()
    assert games, "of the scripted player"
    assert (bill.train_env_steps, bill.train_episodes) == (0, 0)
    assert bill.train_tokens > 0


def test_the_counts_of_an_episode_have_the_steps_that_the_console_made(games: list[list[str]]) -> None:
    env: Any = gym.make("Reason-Pokemon-v0", view="text", level="until=6,steps=40").unwrapped
    env.reset(seed=0)
    # A note takes no step, another after it one, and so does what cannot be read; presses end where nothing changes.
    for command, made in (("wait 7", 7), ("note a", 7), ("note b", 8), ("dance", 9), ("wait 16", 25)):
        *_, info = env.step(command)
        assert info["counts"]["steps"] == len(games[0]) == made
    assert (info["counts"]["presses"], info["counts"]["moves"], info["counts"]["notes"]) == (23, 2, 2)
    env.close()
