"""What training a language model refuses in one line, and what GRPO divides its loss by."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from tiny import READER, FirstLetter, silent
from transformers import CohereConfig, CohereForCausalLM, Gemma2Config, Gemma2ForCausalLM, PreTrainedModel

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import (
    GrpoConfig,
    LanguageModelConfig,
    ModelConfig,
    Sampling,
    SftConfig,
)
from reason_arena.agents.language_model.forward import check_model
from reason_arena.agents.language_model.grpo import Grpo
from reason_arena.agents.language_model.stage_config import DistillConfig, PretrainConfig
from reason_arena.agents.language_model.train import train_language_model
from reason_arena.agents.learning.progress import read_lines
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

torch.set_num_threads(1)
FLOATS = {
    SftConfig: ("smoothing", "learning_rate", "final_rate", "momentum", "gain_rate", "max_gradient"),
    GrpoConfig: ("learning_rate", "final_rate", "clip_low", "clip_high", "beta", "momentum", "gain_rate"),
    Sampling: ("temperature",),
    LanguageModelConfig: ("checkpoint_seconds",),
}


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: GrpoConfig(group=1), "grpo.group=1"),
        (lambda: GrpoConfig(minibatches=99), "grpo.minibatches=99"),
        (lambda: ModelConfig(width=130), "model.width=130"),
        (lambda: ModelConfig(context=1), "model.context=1"),
        (lambda: Sampling(temperature=-1.0), "sampling.temperature=-1"),
        (lambda: DistillConfig(divergence="jsd", beta=0.0), "distill.beta=0"),
        (lambda: DistillConfig(divergence="jsd", beta=1.0), "distill.beta=1"),
        (lambda: SftConfig(batch=0), "sft.batch=0"),
        (lambda: SftConfig(momentum=1.0), "sft.momentum=1"),
        (lambda: GrpoConfig(momentum=1.0), "grpo.momentum=1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(make: Any, field: str) -> None:
    with pytest.raises(BadConfig, match=field):
        make()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("config", "field"), [(config, field) for config, names in FLOATS.items() for field in names])
def test_what_is_not_finite_is_named(config: Any, field: str, value: float) -> None:
    with pytest.raises(BadConfig, match=rf"{field}={value}: expected "):
        config(**{field: value})


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_is_none_is_named(seed: int, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=f"seed: expected a whole number from 0 to 4294967295, got {seed}"):
        train_language_model(READER, tmp_path, seed, report=silent)


def test_practice_without_chance_is_refused(tmp_path: Path) -> None:
    greedy = replace(READER, sampling=Sampling(0.0, 6))
    for stage in ("grpo", "all"):
        with pytest.raises(BadConfig, match=r"sampling\.temperature=0"):
            train_language_model(greedy, tmp_path, 0, report=silent, stage=stage)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_solutions_longer_than_the_context_are_refused(tmp_path: Path) -> None:
    short = replace(READER, model=replace(READER.model, context=16))
    with pytest.raises(BadConfig, match=r"^model\.context=16: .* takes \d+ tokens, expected at most 16$"):
        train_language_model(short, tmp_path, 0, report=silent, stage="sft")
    assert not (tmp_path / "sft").exists()


def test_questions_that_leave_no_room_to_answer_are_refused(tmp_path: Path) -> None:
    start = tmp_path / "start"
    short = replace(READER, model=replace(READER.model, context=10))
    LanguageModelAgent(models.build(short.model, seed=0), models.tokenizer()).save(start)
    # <bos>, "q 12" and the line break are 6 tokens, and half the context is kept for the answer.
    with pytest.raises(
        BadConfig, match=r"^model\.context=10: a question takes 6 tokens, expected at most 5 beside .*=6$"
    ):
        train_language_model(short, tmp_path, 0, start=start, report=silent, stage="grpo")


SIZES: dict[str, Any] = {
    "vocab_size": 100, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Gemma2ForCausalLM(Gemma2Config(**SIZES, head_dim=8)), r"final_logit_softcapping=30\.0"),
        (lambda: CohereForCausalLM(CohereConfig(**SIZES)), r"logit_scale=0\.0625"),
    ],
)
def test_a_model_that_reshapes_its_logits_is_refused(
    make: Callable[[], PreTrainedModel], told: str, tmp_path: Path
) -> None:
    models.save(tmp_path / "source", make(), models.tokenizer())
    config = replace(READER, model=replace(READER.model, source=str(tmp_path / "source")))
    with pytest.raises(BadConfig, match=rf"model\.source: \w+ changes its logits after the output layer \({told}\)"):
        train_language_model(config, tmp_path / "run", 0, report=silent, stage="sft")


def test_a_change_of_logits_that_no_setting_tells_of_is_noticed() -> None:
    model: Any = CohereForCausalLM(CohereConfig(**SIZES))
    model.get_output_embeddings().weight.data.normal_()
    model.config.logit_scale = None  # the module keeps its own copy
    with pytest.raises(BadConfig, match="in its forward pass"):
        check_model(model)
    check_model(models.build(READER.model, seed=0))


@dataclass
class Read:
    """A reading whose log-probabilities are given."""

    logprobs: torch.Tensor

    def score(self, temperature: float) -> Read:
        return self


class Paid(FirstLetter):
    """Pays a fixed wage, whatever is said."""

    def __init__(self, wage: float) -> None:
        self.wage = wage

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return "", self.wage, True, False, {"correct": bool(self.wage)}


@pytest.mark.parametrize(
    ("normalisation", "beta", "rows", "share"),
    [
        # Rewards 1, 0 and 1, 1, so advantages 1/2, -1/2 and 0, 0; all ratios are 1 and every answer has one token.
        ("token", 0.0, 2, 0.5 / 2),  # the two tokens of the group that differs
        ("sequence", 0.0, 2, 0.5 / 4),  # all four answers sampled, of which two need not be read
        ("constant", 0.0, 2, 0.5 / 4),  # four answers of one token at most
        ("token", 0.1, 4, 0.5 / 4),  # the divergence counts on all four tokens
    ],
)
def test_the_loss_is_divided_by_what_was_sampled(normalisation: Any, beta: float, rows: int, share: float) -> None:
    envs: list[Callable[[], gymnasium.Env[str, str]]] = [lambda wage=wage: Paid(wage) for wage in (1.0, 0.0, 1.0, 1.0)]
    env = SyncVectorEnv(envs, autoreset_mode=AutoresetMode.SAME_STEP)
    model = models.build(READER.model, seed=0)
    agent = LanguageModelAgent(model, models.tokenizer(), Sampling(1.0, 1))
    config = GrpoConfig(questions=2, group=2, normalisation=normalisation, beta=beta)
    stage = Grpo(config, agent, env, seed=0, reference=model if beta else None)
    data = stage.data(0)
    (batch,) = data.batches
    assert (len(batch), data.metrics["constant_groups"]) == (rows, 0.5)
    now = batch.logprobs.clone().requires_grad_()
    loss, _ = stage.loss(Read(now), batch, stage.total(batch))  # type: ignore[arg-type]
    loss.backward()  # type: ignore[no-untyped-call]
    assert now.grad is not None
    # A gain's derivative by a log-probability is the advantage; the reference is the policy itself, so adds nothing.
    expected = torch.tensor([-share, share, 0.0, 0.0][:rows])
    torch.testing.assert_close(now.grad.sum(dim=1), expected, rtol=1e-5, atol=1e-7)


def test_groups_that_all_agree_make_no_step() -> None:
    env = SyncVectorEnv([lambda: Paid(1.0)] * 4, autoreset_mode=AutoresetMode.SAME_STEP)  # type: ignore[list-item]
    agent = LanguageModelAgent(models.build(READER.model, seed=0), models.tokenizer(), Sampling(1.0, 1))
    for normalisation in ("token", "sequence"):
        config = GrpoConfig(questions=2, group=2, normalisation=normalisation)  # type: ignore[arg-type]
        assert Grpo(config, agent, env, seed=0).data(0).batches == []


def test_demonstrations_are_counted_beside_samples(tmp_path: Path) -> None:
    train_language_model(READER, tmp_path, 0, report=silent, stage="sft")
    last = read_lines(tmp_path / "sft" / "metrics.jsonl")[-1]
    assert (last["samples"], last["demonstrations"]) == (0, 5 * 4)


@pytest.mark.parametrize("place", ["./none", "none/of/these", "{here}/none", "{here}/a/b"])
def test_a_path_that_is_not_there_is_told_without_asking_the_hub(place: str, tmp_path: Path) -> None:
    place = place.format(here=tmp_path)
    with pytest.raises(BadCheckpoint, match=f"^no checkpoint at {Path(place)}$"):
        LanguageModelAgent.load(place)


def test_a_hub_id_that_cannot_be_had_is_one_line() -> None:
    code = (
        "import sys; from reason_arena.scripts.cli import main; sys.exit(main(sys.argv[1:]))",
        *("eval", "llm", "--checkpoint", "nope/xx", "--episodes", "1"),
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", *code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("reason: nope/xx is no folder, nor in the cache of the hub")


def test_a_run_does_not_go_on_with_other_documents(tmp_path: Path) -> None:
    for name, text in (("a", "one\n\ntwo"), ("same", "one\n\ntwo"), ("b", "one\n\nthree")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "texts.txt").write_text(text)

    def train(name: str) -> Path:
        pretrain = PretrainConfig(updates=1, batch=2, data=tmp_path / name)
        config = replace(READER, pretrain=pretrain, score_every=0)
        return train_language_model(config, tmp_path / "run", 0, report=silent, stage="pretrain")

    assert train("a") == train("same")
    with pytest.raises(BadCheckpoint, match="data"):
        train("b")
