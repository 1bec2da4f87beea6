"""TRL's own trainer on our problems, our verdicts and our episodes, two steps each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from exported import GUESS, SUMS, paid

from reason_arena.agents.exports import as_reward_function, as_trl_environment, plain_turns, to_dataset
from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import ModelConfig

torch.set_num_threads(1)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "trl.md"


def train(folder: Path, text: Any, **arguments: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Two steps of TRL's GRPO on a tiny random model: the logged steps, and what the reward functions were given.

    The model changes, or the reward has not reached it.
    """
    from trl import GRPOConfig, GRPOTrainer

    calls: list[dict[str, Any]] = []

    def record(**given: Any) -> list[float]:
        calls.append(given)
        return [0.0] * len(given["prompts"])

    model = models.build(ModelConfig(layers=1, width=16, heads=2, feedforward=16, context=320), seed=0)
    if "stops" in arguments:
        model.generation_config.eos_token_id = arguments.pop("stops")
    before = [weight.detach().clone() for weight in model.parameters()]
    settings = {
        "max_steps": 2,
        "num_generations": 2,
        "logging_steps": 1,
        "learning_rate": 1e-2,
        **arguments.pop("args"),
    }
    quiet = {"report_to": [], "save_strategy": "no", "disable_tqdm": True}
    trainer = GRPOTrainer(
        model=model,
        processing_class=text,
        reward_funcs=[*arguments.pop("rewards", []), record],
        args=GRPOConfig(
            str(folder), seed=1, use_cpu=True, bf16=False, gradient_checkpointing=False, **quiet, **settings
        ),
        **arguments,
    )
    trainer.train()
    steps = [row for row in trainer.state.log_history if "loss" in row]
    assert len(steps) == len(calls) == 2
    assert any(not torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    return steps, calls


def test_trl_trains_on_dataset_and_reward(tmp_path: Path) -> None:
    text = models.tokenizer()
    rows = to_dataset(SUMS, n=200, level=0, answers=True).filter(lambda row: row["answer"] in ("1", "11"))
    rows = rows.remove_columns("answer")
    assert len(rows) >= 4
    ones = {text.convert_tokens_to_ids("1"), text.eos_token_id}
    steps, calls = train(
        tmp_path,
        text,
        rewards=[as_reward_function(SUMS)],
        train_dataset=rows,
        args={
            "max_completion_length": 4,
            "per_device_train_batch_size": 16,
            # A random model is right now and then if it may only write 1, 11, 111 or 1111.
            "generation_kwargs": {"suppress_tokens": [token for token in range(len(text)) if token not in ones]},
        },
    )
    for step, given in zip(steps, calls, strict=True):
        rewards = [
            paid(SUMS, {name: given[name][i] for name in ("seed", "split", "level")}, [completion])
            for i, completion in enumerate(given["completions"])
        ]
        assert {0.0, 1.0} == set(rewards), "neither would tell a judge from a constant"
        assert step[f"rewards/{SUMS}/mean"] == pytest.approx(sum(rewards) / len(rewards), abs=1e-6)
        assert given["seed"][0] == given["seed"][1], "a group answers one problem"


def test_trl_plays_episodes_of_several_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    text = plain_turns(models.tokenizer())
    steps, calls = train(
        tmp_path,
        text,
        # A turn ends with its first digit, or a random model would talk on.
        stops=[text.eos_token_id, *text.convert_tokens_to_ids(list("0123456789"))],
        train_dataset=to_dataset(GUESS, n=16, conversational=True, tries=3),
        environment_factory=as_trl_environment(GUESS, tries=3),
        args={"max_completion_length": 240, "max_tool_calling_iterations": 3, "per_device_train_batch_size": 8},
    )
    for step, given in zip(steps, calls, strict=True):
        rewards, replies = [], []
        for i, messages in enumerate(given["completions"]):
            row = {name: given[name][i] for name in ("seed", "split", "level")}
            acts = [call["function"]["arguments"]["action"] for said in messages for call in said.get("tool_calls", [])]
            rewards.append(paid(GUESS, row, acts[:3], tries=3))
            replies += [message["content"].split("\n")[0] for message in messages if message["role"] == "tool"]
        assert {0.0, 1.0} == set(rewards)
        assert {"higher", "lower", "found"} <= set(replies)
        assert step[f"rewards/{GUESS}/mean"] == pytest.approx(sum(rewards) / len(rewards), abs=1e-6)
        assert given["seed"][0] == given["seed"][1]


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    names: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)
