"""The specialist's road: the bridge keeps SB3's books, training survives everything, and it learns."""

import json
import shlex
import signal

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from killing import finish, kill_when, line_count
from safetensors.torch import load_file
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

import reason_arena.envs
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.specialist.agent import SpecialistAgent, build_policy, forward_flops
from reason_arena.agents.specialist.bridge import VectorBridge
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

ENV_ID = "Reason-Arithmetic-v0"
SMALL = SpecialistConfig(
    level=0,
    total_timesteps=4096,
    num_envs=8,
    n_steps=64,
    batch_size=128,
    n_epochs=2,
    net_arch=(16,),
    evaluate_every=3,
    evaluate_episodes=8,
    checkpoint_every=2,
)
FLAGS = shlex.split(
    "train specialist --level 0 --total-timesteps 4096 --num-envs 8 --n-steps 64 --batch-size 128 --n-epochs 2 "
    "--net-arch 16 --evaluate-every 3 --evaluate-episodes 8 --checkpoint-every 2 --seed 5"
)


def test_the_bridge_hands_sb3_what_its_own_wrappers_hand_it() -> None:
    """SB3's DummyVecEnv with Monitor over single environments is the reference."""
    single = DummyVecEnv([lambda: Monitor(gym.make(ENV_ID, view="array", level=1, reward="shaped"))] * 4)
    single.seed(7)
    bridge = VectorBridge(gym.make_vec(ENV_ID, num_envs=4, view="array", level=1, reward="shaped"), seed=7)
    np.testing.assert_array_equal(single.reset(), bridge.reset())
    rng = np.random.default_rng(0)
    ended = 0
    for _ in range(400):
        actions = rng.integers(0, 4, 4)
        theirs, ours = single.step(actions), bridge.step(actions)
        for mine, other in zip(ours[:3], theirs[:3], strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-6)
        for mine, other, done in zip(ours[3], theirs[3], ours[2], strict=True):
            if done:
                ended += 1
                assert mine["episode"]["l"] == other["episode"]["l"]
                assert mine["episode"]["r"] == pytest.approx(other["episode"]["r"], abs=1e-5)
                np.testing.assert_array_equal(mine["terminal_observation"], other["terminal_observation"])
                assert mine["TimeLimit.truncated"] == other["TimeLimit.truncated"]
                assert mine["correct"] == other["correct"]
    assert ended > 20


def test_the_bridge_refuses_an_environment_that_wastes_a_step() -> None:
    env = SyncVectorEnv([lambda: gym.make(ENV_ID, view="array")], autoreset_mode=AutoresetMode.NEXT_STEP)
    with pytest.raises(BadConfig, match="SAME_STEP"):
        VectorBridge(env)


def test_the_bridge_trains_maskable_agents_too() -> None:
    from sb3_contrib import MaskablePPO

    env = gym.make_vec(ENV_ID, num_envs=4, view="array", level=0, reward="shaped")
    env.unwrapped.action_masks = lambda: np.tile([True, False, True, True], (4, 1))  # type: ignore[attr-defined]
    model = MaskablePPO("MlpPolicy", VectorBridge(env, 0), n_steps=16, batch_size=32, n_epochs=1, device="cpu")
    model.learn(64)
    assert not (model.rollout_buffer.actions == 1).any()


def test_bridge_state_goes_back_exactly() -> None:
    bridge = VectorBridge(gym.make_vec(ENV_ID, num_envs=3, view="array", level=2), seed=1)
    bridge.reset()
    actions = np.random.default_rng(1).integers(0, 4, (60, 3))
    for row in actions[:20]:
        bridge.step(row)
    state = bridge.get_state()
    first = [bridge.step(row) for row in actions[20:]]
    bridge.set_state(state)
    for row, before in zip(actions[20:], first, strict=True):
        for mine, other in zip(bridge.step(row)[:3], before[:3], strict=True):
            np.testing.assert_array_equal(mine, other)


def test_a_killed_run_ends_with_the_weights_and_lines_of_an_unbroken_one(tmp_path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    finish([*FLAGS, "--out", str(whole)])
    for lines in (3, 6):
        alive, _ = kill_when([*FLAGS, "--out", str(broken)], lambda n=lines: line_count(broken / "metrics.jsonl") >= n)
        assert alive, "the run ended before it could be killed"
    finish([*FLAGS, "--out", str(broken)])
    ours, theirs = (load_file(folder / "final" / "model.safetensors") for folder in (whole, broken))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    rows = [
        [{k: v for k, v in json.loads(line).items() if k != "cpu_seconds"} for line in (f / "metrics.jsonl").open()]
        for f in (whole, broken)
    ]
    assert rows[0] == rows[1]
    assert [row["update"] for row in rows[0]] == list(range(1, 9))


def test_ctrl_c_keeps_a_checkpoint_and_says_how_to_go_on(tmp_path) -> None:
    words = [*FLAGS, "--out", str(tmp_path)]
    alive, output = kill_when(words, lambda: line_count(tmp_path / "metrics.jsonl") >= 1, signal.SIGINT)
    assert alive
    assert "same command goes on" in output
    assert "Traceback" not in output
    assert checkpoint.exists(tmp_path / "checkpoint")
    assert "trained:" in finish(words)


def test_another_configuration_is_told_from_a_run_s_own(tmp_path) -> None:
    train_specialist(SMALL, tmp_path, 0, report=lambda row: None)
    changed = SpecialistConfig(**{**SMALL.as_dict(), "gamma": 0.5})
    with pytest.raises(BadCheckpoint, match=r"config\.gamma=0\.95, now it is 0\.5"):
        train_specialist(changed, tmp_path, 0, report=lambda row: None)


def test_a_saved_agent_plays_as_before_and_its_bill_adds_up(tmp_path) -> None:
    final = train_specialist(SMALL, tmp_path / "a", 0, report=lambda row: None)
    agent = SpecialistAgent.load(final)
    cost = agent.cost()
    # One hidden layer of 16 for actor and critic each: (30*16+16) * 2, and the heads 16*4+4 and 16*1+1.
    assert cost.parameters == 2 * (30 * 16 + 16) + 68 + 17
    assert cost.train_env_steps == 4096
    assert cost.train_flops == 4096 * cost.parameters * (2 + 6 * 2)
    assert cost.decision_flops == 2 * (30 * 16 + 16 * 4)
    further = SpecialistAgent.load(train_specialist(SMALL, tmp_path / "b", 0, start=final, report=lambda row: None))
    assert further.cost().train_env_steps == 2 * 4096
    assert further.cost().train_flops == 2 * cost.train_flops
    env = gym.make_vec(ENV_ID, num_envs=8, view="array", level=0)
    played = [rollout(env, SpecialistAgent.load(final), range(8)) for _ in range(2)]
    assert [e.answer for e in played[0]] == [e.answer for e in played[1]]


def test_a_policy_s_flops_are_those_of_its_actor() -> None:
    policy = build_policy(gym.make(ENV_ID, view="array"), (128, 128))
    assert forward_flops(policy) == 2 * (30 * 128 + 128 * 128 + 128 * 4)


def test_foreign_and_missing_checkpoints_are_named(tmp_path) -> None:
    with pytest.raises(BadCheckpoint, match="no checkpoint at"):
        SpecialistAgent.load(tmp_path / "nowhere")
    checkpoint.save(tmp_path / "other", lambda folder: None, {"kind": "language-model"})
    with pytest.raises(BadCheckpoint, match="expected a checkpoint of a specialist, got one of 'language-model'"):
        SpecialistAgent.load(tmp_path / "other")


def test_ppo_learns_one_digit_sums_in_seconds() -> None:
    bridge = VectorBridge(gym.make_vec(ENV_ID, num_envs=64, view="array", level=0, reward="shaped"), seed=0)
    model = PPO(
        "MlpPolicy",
        bridge,
        n_steps=64,
        batch_size=512,
        n_epochs=4,
        gamma=0.95,
        learning_rate=2e-3,
        seed=0,
        device="cpu",
    )
    model.learn(60_000)
    right = [info["correct"] for info in rolled(model)]
    assert np.mean(right) > 0.35  # sums below ten need no carry: 55 of the 100; a random hand is right in 1 of 50


def rolled(model: PPO) -> list[dict[str, bool]]:
    """The final infos of 200 greedy episodes on the test split."""
    env = gym.make_vec(ENV_ID, num_envs=200, view="array", level="operators=+,digits=1", split="train")
    agent = SpecialistAgent(model.policy, SMALL)
    return [{"correct": episode.correct} for episode in rollout(env, agent, range(200))]


assert reason_arena.envs.IDS
