"""The language-model agent from tokenizer to trained checkpoint, interruptions included.

Run as a script, `test_language_model.py FOLDER STAGE UPDATE`, this file trains and kills itself after that update.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import plain
import pytest
import torch
from safetensors.torch import load_file
from tiny import READER, silent, stop_after
from transformers import AutoModelForCausalLM, AutoTokenizer

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.assembly import fingerprint
from reason_arena.agents.language_model.config import (
    DpoConfig,
    GrpoConfig,
    LoraConfig,
    Memory,
    RewardConfig,
    Sampling,
)
from reason_arena.agents.language_model.conversation import prompt_ids
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.progress import read_lines
from reason_arena.agents.learning.rollout import OVER
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

torch.set_num_threads(1)


TIMING = {"cpu_seconds", "sampling_tokens_per_second", "training_tokens_per_second"}


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def lines(folder: Path, stage: str) -> list[dict[str, Any]]:
    rows = read_lines(folder / stage / "metrics.jsonl")
    return [{key: value for key, value in row.items() if key not in TIMING} for row in rows]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    train_language_model(READER, folder, seed=0, report=silent)
    return folder


def assert_same_run(folder: Path, expected: Path, stage: str) -> None:
    ours, theirs = (weights(each / stage / "checkpoint") for each in (folder, expected))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert lines(folder, stage) == lines(expected, stage)
    assert [row["update"] for row in lines(folder, stage)] == list(range(len(lines(folder, stage))))


@pytest.mark.parametrize(("stage", "update"), [("sft", 3), ("grpo", 2)])
def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(
    stage: str, update: int, unbroken: Path, tmp_path: Path
) -> None:
    process = subprocess.run([sys.executable, __file__, str(tmp_path), stage, str(update)], check=False)
    assert process.returncode == -signal.SIGKILL
    totals = checkpoint.load_manifest(tmp_path / stage / "checkpoint")["totals"]
    assert totals["update"] == update - 1  # killed between the record's line and its checkpoint
    assert lines(tmp_path, stage)[-1]["update"] == update
    train_language_model(READER, tmp_path, seed=0, report=silent)
    for each in ("sft", "grpo"):
        assert_same_run(tmp_path, unbroken, each)


def test_ctrl_c_leaves_a_checkpoint_and_says_so(unbroken: Path, tmp_path: Path) -> None:
    def interrupt(row: Mapping[str, Any]) -> None:
        if row["update"] == 2:
            os.kill(os.getpid(), signal.SIGINT)

    rarely = replace(READER, checkpoint_seconds=1e9)
    with pytest.raises(KeyboardInterrupt, match=r"update 2 of 5.*the same command goes on"):
        train_language_model(rarely, tmp_path, seed=0, report=interrupt)
    assert checkpoint.load_manifest(tmp_path / "sft" / "checkpoint")["totals"]["update"] == 2
    train_language_model(READER, tmp_path, seed=0, report=silent)
    assert_same_run(tmp_path, unbroken, "grpo")


def test_a_stage_without_updates_passes_its_model_on(unbroken: Path, tmp_path: Path) -> None:
    none = replace(READER, grpo=replace(READER.grpo, updates=0))
    start = unbroken / "sft" / "checkpoint"
    folder = train_language_model(none, tmp_path, seed=0, stage="grpo", start=start, report=silent)
    passed, given = weights(folder), weights(start)
    assert all(torch.equal(passed[name], given[name]) for name in given)


def test_a_finished_run_returns_at_once(unbroken: Path) -> None:
    before = (unbroken / "grpo" / "checkpoint" / "model.safetensors").stat().st_mtime_ns
    rows: list[Any] = []
    folder = train_language_model(READER, unbroken, seed=0, report=rows.append)
    assert rows == []
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


def test_a_run_of_another_configuration_is_refused(unbroken: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"seed=0, now it is 1"):
        train_language_model(READER, unbroken, seed=1, report=silent)
    other = replace(READER, sft=replace(READER.sft, batch=5))
    with pytest.raises(BadCheckpoint, match=r"config\.sft\.batch=4, now it is 5"):
        train_language_model(other, unbroken, seed=0, report=silent)
    with pytest.raises(BadConfig, match="needs a checkpoint to start from"):
        train_language_model(READER, unbroken / "empty", seed=0, stage="grpo", report=silent)


def test_the_bill_adds_up(unbroken: Path) -> None:
    sft, grpo = (lines(unbroken, stage)[-1] for stage in ("sft", "grpo"))
    cost = LanguageModelAgent.load(unbroken / "grpo" / "checkpoint").cost()
    assert cost.train_episodes == cost.train_env_steps == grpo["samples"] == 4 * 3 * 6
    assert cost.train_tokens == sft["tokens"] + grpo["tokens"]
    assert cost.train_flops == sft["train_flops"] + grpo["train_flops"]
    assert cost.inherited_flops == 0
    # 6 FLOPs a weight and token bound it from below: the prompt is read too, and attention adds.
    assert sft["train_flops"] > 6 * cost.parameters * sft["tokens"]


def test_preferences_are_billed_for_the_answers_that_were_compared(unbroken: Path, tmp_path: Path) -> None:
    config = replace(READER, dpo=DpoConfig(updates=2, batch=2, pairs=4))
    train_language_model(config, tmp_path, 0, unbroken / "grpo" / "checkpoint", report=silent, stage="dpo")
    rows = read_lines(tmp_path / "dpo" / "metrics.jsonl")
    # Twice as many problems as pairs are played at once, each twice.
    assert [(row["samples"], row["env_steps"], row["demonstrations"]) for row in rows[1:]] == [(16, 16, 2), (16, 16, 4)]
    first, second = (after["train_flops"] - before["train_flops"] for before, after in pairwise(rows))
    assert first > 1.3 * second, "an update is three passes of four answers each, the answers were sixteen"


def test_practice_can_start_from_any_checkpoint(unbroken: Path, tmp_path: Path) -> None:
    start = unbroken / "sft" / "checkpoint"
    train_language_model(READER, tmp_path, seed=0, start=start, stage="grpo", report=silent)
    assert not (tmp_path / "sft").exists()
    assert_same_run(tmp_path, unbroken, "grpo")
    LanguageModelAgent(models.build(READER.model, seed=9), models.tokenizer()).save(tmp_path / "other")
    with pytest.raises(BadCheckpoint, match="was made with start="):
        train_language_model(READER, tmp_path, seed=0, start=tmp_path / "other", stage="grpo", report=silent)


def test_practice_can_start_from_a_pretrained_model(tmp_path: Path) -> None:
    source = plain.saved(
        tmp_path / "source", plain.tokenizer(**plain.NAMED), plain.model(bos_token_id=1, eos_token_id=2)
    )
    config = replace(READER, model=replace(READER.model, source=str(source)))
    given = fingerprint(models.load(source)[0])
    folder = train_language_model(config, tmp_path / "run", seed=0, stage="grpo", report=silent)
    assert checkpoint.load_manifest(folder)["start"] == given
    cost, rows = LanguageModelAgent.load(folder).cost(), lines(tmp_path / "run", "grpo")
    assert cost.inherited_flops == "unknown"
    assert cost.train_flops == rows[-1]["train_flops"]
    # The reference is the model as it was: the divergence from it is 0 at first, and grows.
    assert abs(rows[1]["kl"]) < rows[-1]["kl"] / 10

    # Supervised fine-tuning in the same folder goes before.
    taught = train_language_model(config, tmp_path / "both", seed=0, stage="sft", report=silent)
    assert checkpoint.load_manifest(taught)["start"] == given
    folder = train_language_model(config, tmp_path / "both", seed=0, stage="grpo", report=silent)
    assert checkpoint.load_manifest(folder)["start"] == fingerprint(models.load(taught)[0]) != given


@pytest.mark.parametrize("rank", [0, 2])
def test_a_model_that_is_read_once_is_trained_as_a_copy_is(rank: int, unbroken: Path, tmp_path: Path) -> None:
    """Where nobody compares with it, the start is trained itself; a run that resumes reads it from the disk."""
    grpo = replace(READER.grpo, beta=0.0)
    config = replace(READER, grpo=grpo, lora=LoraConfig(rank=rank), score_every=0)
    start = unbroken / "sft" / "checkpoint"
    arguments: dict[str, Any] = {"seed": 0, "stage": "grpo", "start": start}
    straight = train_language_model(config, tmp_path / "a", report=silent, **arguments)
    with pytest.raises(KeyboardInterrupt):
        train_language_model(config, tmp_path / "b", report=stop_after(2, "grpo"), **arguments)
    resumed = train_language_model(config, tmp_path / "b", report=silent, **arguments)
    ours, theirs = weights(straight), weights(resumed)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_practice_alone_raises_the_reward(unbroken: Path, tmp_path: Path) -> None:
    recipe = GrpoConfig(updates=20, questions=8, group=8, learning_rate=2e-2, warmup=2, optimiser="adamw")
    config = replace(READER, grpo=recipe, score_every=0, checkpoint_seconds=1e9, sampling=Sampling(1.0, 2))
    start = tmp_path / "start"
    LanguageModelAgent(models.build(READER.model, seed=3), models.tokenizer()).save(start)
    train_language_model(config, tmp_path, seed=0, start=start, stage="grpo", report=silent)
    rewards = [row["reward"] for row in lines(tmp_path, "grpo")]
    assert rewards[0] < 0.55  # 36 of 100 tokens begin a paid answer
    assert sum(rewards[-3:]) / 3 > 0.9


def test_a_checkpoint_is_an_ordinary_transformers_one(unbroken: Path) -> None:
    folder = unbroken / "grpo" / "checkpoint"
    model, text = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    ours = LanguageModelAgent.load(folder)
    ids = text("What is 7 + 5?\n", return_tensors="pt").input_ids
    assert ids[0].tolist() == prompt_ids(ours.text, "What is 7 + 5?")
    with torch.no_grad():
        assert torch.equal(model(ids).logits, ours.model(ids).logits)
    assert (text.pad_token_id, text.bos_token_id, text.eos_token_id) == (0, 1, 2)
    assert text.decode(ids[0], skip_special_tokens=True) == "What is 7 + 5?\n"


def test_the_agent_answers_any_number_of_rows_and_none_that_are_over(unbroken: Path) -> None:
    agent = LanguageModelAgent.load(unbroken / "sft" / "checkpoint", temperature=0.5, max_new_tokens=5)
    agent.reset([1, 2, 3])
    actions = agent.act(("1 + 1", "", "x" * 500), [{}, {OVER: True}, {}])
    assert [len(action) <= 5 for action in actions] == [True] * 3
    assert actions[1] == ""
    trace = agent.trace()
    assert trace[1] is None
    assert [completion and completion.text for completion in (trace[0], trace[2])] == [actions[0], actions[2]]
    agent.reset([1, 2, 3])
    assert agent.act(("1 + 1", "", "x" * 500), [{}, {OVER: True}, {}]) == actions
    agent.reset([4])
    assert agent.act(("1 + 1",), [{}]) != actions[:1]
    assert agent.act((), []) == ()


def test_what_is_no_language_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="no checkpoint at"):
        LanguageModelAgent.load(tmp_path / "nothing")
    checkpoint.save(tmp_path / "ppo", lambda folder: None, {"kind": "specialist"})
    with pytest.raises(BadCheckpoint, match="holds a specialist, expected a language-model"):
        LanguageModelAgent.load(tmp_path / "ppo")


def test_reading_the_configuration_needs_no_torch() -> None:
    code = "import sys, reason_arena.agents.language_model.config; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


if __name__ == "__main__":
    target, stage_name, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

    def die(row: Mapping[str, Any]) -> None:
        if (row["stage"], row["update"]) == (stage_name, last):
            os.kill(os.getpid(), signal.SIGKILL)

    train_language_model(READER, target, seed=0, report=die)
    print(json.dumps("survived"))


def test_a_player_is_tested_with_what_it_was_trained_with(tmp_path: Path) -> None:
    config = replace(READER, memory=Memory("last", 2), sampling=replace(READER.sampling, stop=("Q7",)))
    done = train_language_model(config, tmp_path, 0, report=silent, stage="sft")
    player = LanguageModelAgent.load(done, temperature=0.0)
    assert player.memory == Memory("last", 2)
    assert (player.sampling.stop, player.sampling.temperature) == (("Q7",), 0.0)
    assert LanguageModelAgent.load(done, memory=Memory()).memory == Memory()


def test_a_reward_model_is_asked_no_problems(tmp_path: Path) -> None:
    train_language_model(READER, tmp_path, 0, report=silent, stage="sft")
    config = replace(READER, reward=RewardConfig(updates=2, pairs=8, batch=4), sampling=Sampling(1.0, 6))
    train_language_model(config, tmp_path, 0, report=silent, stage="reward")
    assert not any("score" in row for row in read_lines(tmp_path / "reward" / "metrics.jsonl"))
