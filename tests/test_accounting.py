"""FLOPs on a bill beside those that torch counts: our language model, SmolLM2's shape, and PPO's networks.

Torch's counter knows nothing of what attention leaves out: under the kernel that is plain mathematics it counts the
scores of all pairs of tokens. Token by token, as completions are drawn, there is nothing to leave out; in training, a
token sees itself and those before it, (T + 1) / 2T of what is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import ModelConfig, Sampling
from reason_arena.agents.language_model.flops import reading_flops, sampling_flops, training_flops
from reason_arena.agents.language_model.models import build, tokenizer
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.learning.usage import used
from reason_arena.agents.registry import Place
from reason_arena.agents.registry import make as make_agent
from reason_arena.agents.specialist.agent import forward_flops, train_flops
from reason_arena.agents.specialist.algorithms import build_policy
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.games import GameNet
from reason_arena.agents.specialist.gathering import GatheredPolicy

torch.set_num_threads(1)
CLOSE = 0.01
ENVIRONMENTS = {"Reason-Arithmetic-v0": 2, "Reason-AIME-v0": "families=gcd-count", "Reason-Pokemon-v0": "until=1"}


def ours() -> Any:
    """The decoder that is trained from scratch by default."""
    return build(ModelConfig(), seed=0)


def smollm2(layers: int = 2) -> Any:
    """The shape of SmolLM2-135M, with two of its thirty layers unless told, and no weights of its own."""
    shape = LlamaConfig(
        vocab_size=49_152,
        hidden_size=576,
        intermediate_size=1_536,
        num_hidden_layers=layers,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(shape)


models = pytest.mark.parametrize("make", [ours, smollm2], ids=["ours", "smollm2"])


def counted(function: Callable[[], Any]) -> tuple[float, float]:
    """What torch counts: matrix products with weights, and those of tokens with tokens."""
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        function()
    found = {str(name).rpartition(".")[2]: flops for name, flops in counter.get_flop_counts()["Global"].items()}
    assert set(found) <= {"mm", "addmm", "bmm", "baddbmm"}
    pairs = sum(found.get(name, 0) for name in ("bmm", "baddbmm"))
    return sum(found.values()) - pairs, pairs


def tokens(count: int) -> tuple[int, ...]:
    return tuple(range(1, count + 1))


@models
def test_drawing_a_completion_costs_what_torch_counts(make: Callable[[], Any]) -> None:
    model, prompt, answer = make().eval(), tokens(9), tokens(24)

    def draw() -> None:
        cache: Any = None
        for place, token in enumerate((*prompt, *answer[:-1])):
            out = model.model(torch.tensor([[token]]), past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            if place >= len(prompt) - 1:
                model.lm_head(out.last_hidden_state)

    with torch.no_grad():
        flops = sum(counted(draw))
    completion = Completion(prompt, answer)
    assert sampling_flops(model, [completion]) == pytest.approx(flops, rel=CLOSE)
    place = Place("Reason-Arithmetic-v0", "test", 1)
    (episode,) = rollout(place.make("text", 1), make_agent("oracle", place), [1])
    agent = LanguageModelAgent(model, tokenizer(), Sampling())
    assert used(agent, replace(episode, traces=(completion,))) == (24, pytest.approx(flops, rel=CLOSE))


@models
def test_judging_a_completion_costs_what_torch_counts(make: Callable[[], Any]) -> None:
    model, completion = make().eval(), Completion(tokens(9), tokens(24))
    with torch.no_grad():
        weights, pairs = counted(lambda: model.model(torch.arange(33)[None]))
    assert reading_flops(model, collate([completion])) == pytest.approx(weights + pairs * 34 / 66, rel=CLOSE)


@models
def test_learning_from_a_completion_costs_what_torch_counts(make: Callable[[], Any]) -> None:
    model = make()
    batch = collate([Completion(tokens(9), tokens(24))])
    read = 9 + 24 - 1
    weights, pairs = counted(lambda: model(torch.arange(1, read + 1)[None]).logits[:, 8:].sum().backward())
    head = model.get_output_embeddings().weight.numel()
    # Theirs has logits for the prompt too; the gradient of its first layer's input is one that ours counts as well.
    weights -= 6.0 * head * (read - batch.chosen)
    assert training_flops(model, batch) == pytest.approx(weights + pairs * (read + 1) / (2 * read), rel=CLOSE)


@pytest.mark.parametrize("env_id", ENVIRONMENTS)
def test_a_decision_and_a_lesson_of_ppo_cost_what_torch_counts(env_id: str) -> None:
    env = gym.make(env_id, view="array", level=ENVIRONMENTS[env_id])
    policy = build_policy(SpecialistConfig(env_id=env_id, level=ENVIRONMENTS[env_id]), env)
    seen, _ = env.reset(seed=0)
    rows: Any = (
        {name: np.stack([each] * 16) for name, each in seen.items()}
        if isinstance(seen, dict)
        else np.stack([seen] * 16)
    )
    tensors, _ = policy.obs_to_tensor(rows)
    with torch.no_grad():
        acted = sum(counted(lambda: policy.get_distribution(tensors))) / 16
    # Torch counts nothing for numbers that are looked up and added, of which the network for games has some.
    looked_up = forward_flops(policy) - acted if isinstance(policy.features_extractor, GameNet) else 0.0
    assert forward_flops(policy) == pytest.approx(acted + looked_up, rel=CLOSE)
    tables = policy.features_extractor.multiplications() if looked_up else 0
    matrices = sum(
        weight.numel() for name, weight in policy.named_parameters() if ".layers." in name and weight.ndim == 2
    )
    assert looked_up == pytest.approx(2.0 * (tables - matrices))

    def learn() -> None:
        values, logprobs, _ = policy.evaluate_actions(tensors, torch.zeros(16))
        (values.sum() + logprobs.sum()).backward()  # type: ignore[no-untyped-call]

    with torch.no_grad():
        collected = sum(counted(lambda: policy(tensors))) / 16
    learnt = sum(counted(learn)) / 16
    assert train_flops(policy, 3) == pytest.approx(collected + looked_up + 3 * (learnt + 3 * looked_up), rel=CLOSE)


@pytest.mark.parametrize("env_id", ["Reason-Chess-v0", "Reason-ChessEndgame-v0"])
def test_a_decision_and_a_lesson_on_the_board_cost_what_torch_counts(env_id: str) -> None:
    pytest.importorskip("chess")
    env = gym.make(env_id, view="array")
    policy = build_policy(SpecialistConfig(env_id=env_id), env)
    assert isinstance(policy, GatheredPolicy)
    seen, info = env.reset(seed=0)
    tensors, _ = policy.obs_to_tensor(np.stack([seen] * 16))
    masks = np.stack([info["action_mask"]] * 16)
    first = torch.full((16,), int(np.flatnonzero(masks[0])[0]))

    def learn() -> None:
        values, logprobs, _ = policy.evaluate_actions(tensors, first, masks)
        (values.sum() + logprobs.sum()).backward()  # type: ignore[no-untyped-call]

    with torch.no_grad():
        acted = sum(counted(lambda: policy.get_distribution(tensors, masks))) / 16
        collected = sum(counted(lambda: policy(tensors, action_masks=masks))) / 16
    # What the logits of moves are made of, pairs of rows, torch does not count: a ten-thousandth of it all.
    assert forward_flops(policy) == pytest.approx(acted, rel=CLOSE)
    assert train_flops(policy, 3) == pytest.approx(collected + 3 * sum(counted(learn)) / 16, rel=CLOSE)


def test_a_model_of_the_size_that_is_downloaded_costs_what_torch_counts_without_its_weights() -> None:
    with torch.device("meta"):
        model = smollm2(layers=30)
    batch, read = collate([Completion(tokens(9), tokens(24))]), 32
    seen, mask = torch.ones(1, read, dtype=torch.int64, device="meta"), torch.zeros(1, 1, read, read, device="meta")
    weights, pairs = counted(lambda: model(seen, attention_mask=mask, use_cache=False).logits.sum().backward())
    weights -= 6.0 * model.get_output_embeddings().weight.numel() * (read - batch.chosen)
    assert sum(weight.numel() for weight in model.parameters()) == 134_515_008  # as its card says
    assert training_flops(model, batch) == pytest.approx(weights + pairs * (read + 1) / (2 * read), rel=CLOSE)
