"""Tokens and steps on the bills of a comparison, beside counts that know nothing of how it bills.

Steps are counted by subclasses of the environments, tokens by cutting the texts of the lines into tokens anew.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from reason_arena.agents.language_model.agent import LanguageModelAgent
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
