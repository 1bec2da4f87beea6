"""The specialist's road: the bridge keeps SB3's books, training survives everything, and it learns.

Run as a script, `test_specialist.py RUN FOLDER UPDATE`, this file trains and kills itself after that update.
"""

from __future__ import annotations

import math
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from safetensors.torch import load_file
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv
from tiny import COUNTER, POINTER, silent

import reason_arena.envs
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.progress import read_lines
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.specialist.agent import SpecialistAgent, forward_flops
from reason_arena.agents.specialist.algorithms import build_policy
from reason_arena.agents.specialist.bridge import VectorBridge
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

ENV_ID = "Reason-Arithmetic-v0"
PLUS, MINUS = "operators=+,digits=1", "operators=-,digits=1"
RUNS = {
    "ppo": COUNTER,
    "maskable_ppo": POINTER,
    "curriculum": replace(COUNTER, curriculum=((PLUS, 0.5), (MINUS, 0.5))),
    "chess": replace(
        POINTER,
        env_id="Reason-Chess-v0",
        level="opponent=random,plies=12",
        curriculum=(("opponent=self,plies=12", 0.5), ("opponent=self+random,plies=20", 0.5)),
        self_play=3,
    ),
    "pokemon": replace(
        COUNTER,
        env_id="Reason-Pokemon-v0",
        level="until=2,steps=30",
        n_steps=16,
        total_timesteps=1024,
        batch_size=64,
        swarm=0.5,
    ),
}
RATES = ("learning_rate", "final_learning_rate", "ent_coef", "final_ent_coef", "clip_range")


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


def test_a_specialist_keeps_to_the_masks_when_it_plays_too() -> None:
    torch.manual_seed(0)
    agent = SpecialistAgent(build_policy(POINTER, gym.make(POINTER.env_id, view="array")), POINTER)
    env = gym.make_vec(POINTER.env_id, num_envs=20, view="array", split="test", render_mode="ansi")
    played = rollout(env, agent, range(60))
    assert all(episode.transcript.count(" = ") == 1 for episode in played), "a program that was not finished"


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


def rows(folder: Path) -> list[dict[str, Any]]:
    """The record, less what no two runs share."""
    return [{k: v for k, v in row.items() if k != "cpu_seconds"} for row in read_lines(folder / "metrics.jsonl")]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """By name, an unbroken run of eight updates, with a checkpoint after every other."""

    @cache
    def run(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        train_specialist(RUNS[name], folder, 5, report=silent)
        return folder

    return run


@pytest.fixture(scope="module")
def whole(unbroken: Callable[[str], Path]) -> Path:
    return unbroken("ppo")


def assert_same_run(folder: Path, expected: Path) -> None:
    ours, theirs = (load_file(each / "final" / "model.safetensors") for each in (folder, expected))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert rows(folder) == rows(expected)
    assert [row["update"] for row in rows(folder)] == list(range(1, 9))


@pytest.mark.parametrize(
    ("name", "update", "kept"),
    [
        ("ppo", 1, None),
        ("ppo", 3, 2),
        ("ppo", 4, 2),
        ("ppo", 8, 6),
        ("maskable_ppo", 3, 2),
        ("curriculum", 3, 2),
        ("curriculum", 5, 4),
        ("curriculum", 7, 6),
        ("chess", 3, 2),
        ("chess", 5, 4),
        ("pokemon", 3, 2),
    ],
)
def test_a_killed_run_ends_with_the_weights_and_lines_of_an_unbroken_one(
    name: str, update: int, kept: int | None, unbroken: Callable[[str], Path], tmp_path: Path
) -> None:
    """Killed before the first checkpoint, right after one, when one was due, and before the last.

    The curriculum's second level begins with update 5, whose checkpoint is the last of the first level.
    """
    process = subprocess.run([sys.executable, __file__, name, str(tmp_path), str(update)], check=False)
    assert process.returncode == -signal.SIGKILL
    assert rows(tmp_path)[-1]["update"] == update
    place = tmp_path / "checkpoint"
    assert checkpoint.exists(place) == (kept is not None)
    if kept:
        assert pickle.loads((place / "state.pickle").read_bytes())["update"] == kept
    train_specialist(RUNS[name], tmp_path, 5, report=silent)
    assert_same_run(tmp_path, unbroken(name))
    assert SpecialistAgent.load(tmp_path / "final").config == RUNS[name]


def test_a_curriculum_trains_on_one_level_after_the_other(tmp_path: Path) -> None:
    """Its first half is that of a run on its first level; from then on the two part."""
    told = []
    for name, config in (("both", RUNS["curriculum"]), ("one", replace(COUNTER, level=PLUS))):
        train_specialist(replace(config, evaluate_every=0), tmp_path / name, 5, report=silent)
        told.append(rows(tmp_path / name))
    assert told[0][:4] == told[1][:4]
    assert all(both != one for both, one in zip(told[0][4:], told[1][4:], strict=True))


def test_environments_are_closed_when_they_have_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Their opponents may be processes."""
    made: list[Any] = []
    make = gym.make_vec

    def note(*args: Any, **options: Any) -> Any:
        made.append(make(*args, **options))
        return made[-1]

    monkeypatch.setattr(gym, "make_vec", note)
    train_specialist(RUNS["curriculum"], tmp_path, 0, report=silent)
    # Two levels, the later one of which is tried before, and the validation.
    assert [env.unwrapped.closed for env in made] == [True] * 4


def test_ctrl_c_keeps_a_checkpoint_and_says_how_to_go_on(whole: Path, tmp_path: Path) -> None:
    def interrupt(row: Mapping[str, Any]) -> None:
        if row["update"] == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match="interrupted after update 3; the same command goes on from"):
        train_specialist(COUNTER, tmp_path, 5, report=interrupt)
    assert pickle.loads((tmp_path / "checkpoint" / "state.pickle").read_bytes())["update"] == 3
    train_specialist(COUNTER, tmp_path, 5, report=silent)
    assert_same_run(tmp_path, whole)


def test_another_run_s_folder_is_told_from_a_run_s_own(whole: Path, tmp_path: Path) -> None:
    stamp = (whole / "final" / "model.safetensors").stat().st_mtime_ns
    assert train_specialist(COUNTER, whole, 5, report=silent) == whole / "final"
    with pytest.raises(BadCheckpoint, match=r"config\.gamma=0\.95, now it is 0\.5"):
        train_specialist(replace(COUNTER, gamma=0.5), whole, 5, report=silent)
    with pytest.raises(BadCheckpoint, match="made with seed=5, now it is 6"):
        train_specialist(COUNTER, whole, 6, report=silent)
    with pytest.raises(BadCheckpoint, match="made with start=None, now it is '"):
        train_specialist(COUNTER, whole, 5, start=whole / "final", report=silent)
    assert (whole / "final" / "model.safetensors").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"net_arch": (32,)}, r"net_arch=\(16,\): expected \(32,\)"),
        ({"scratchpad": "digits"}, "scratchpad=None: expected 'digits'"),
    ],
)
def test_a_start_with_another_network_is_named(change: dict[str, Any], line: str, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=f"^start is a specialist with {line}, as trained here$"):
        train_specialist(replace(COUNTER, **change), tmp_path, 0, start=whole / "final", report=silent)
    named = replace(COUNTER, scratchpad="columns", total_timesteps=512)  # the default by its name
    assert train_specialist(named, tmp_path, 0, start=whole / "final", report=silent).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, value) for name in RATES for value in (math.nan, math.inf, -0.1)),
        *((name, value) for name in ("gamma", "gae_lambda") for value in (math.nan, math.inf, 1.5)),
        ("batch_size", 1),
        ("net_arch", (16, 0)),
        ("net_arch", ()),
        ("evaluate_episodes", 0),
        ("evaluate_every", -1),
        ("total_timesteps", 0),
    ],
)
def test_a_value_that_cannot_be_used_is_named(field: str, value: Any) -> None:
    with pytest.raises(BadConfig, match=f"^{field}: expected .*, got "):
        replace(COUNTER, **{field: value})


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_does_not_take_is_named(seed: int, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=f"seed: expected a whole number from 0 to 4294967295, got {seed}"):
        train_specialist(COUNTER, tmp_path, seed, report=silent)


def test_a_saved_agent_plays_as_before_and_its_bill_adds_up(tmp_path) -> None:
    final = train_specialist(COUNTER, tmp_path / "a", 0, report=silent)
    agent = SpecialistAgent.load(final)
    cost = agent.cost()
    # One hidden layer of 16 for actor and critic each: (30*16+16) * 2, and the heads 16*4+4 and 16*1+1.
    assert cost.parameters == 2 * (30 * 16 + 16) + 68 + 17
    assert cost.train_env_steps == 4096
    # 960 numbers see the observation, whose gradient nobody needs, in each of two epochs; 64 and 16 come behind.
    assert cost.train_flops == 4096 * ((960 + 64 + 16) * (2 + 6 * 2) - 960 * 2 * 2)
    assert cost.decision_flops == 2 * (30 * 16 + 16 * 4)
    further = SpecialistAgent.load(train_specialist(COUNTER, tmp_path / "b", 0, start=final, report=silent))
    assert further.cost().train_env_steps == 2 * 4096
    assert further.cost().train_flops == 2 * cost.train_flops
    env = gym.make_vec(ENV_ID, num_envs=8, view="array", level=0)
    played = [rollout(env, SpecialistAgent.load(final), range(8)) for _ in range(2)]
    assert [e.answer for e in played[0]] == [e.answer for e in played[1]]


def test_a_policy_s_flops_are_those_of_its_actor() -> None:
    policy = build_policy(replace(COUNTER, net_arch=(128, 128)), gym.make(ENV_ID, view="array"))
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
    agent = SpecialistAgent(model.policy, COUNTER)
    return [{"correct": episode.correct} for episode in rollout(env, agent, range(200))]


assert reason_arena.envs.IDS

if __name__ == "__main__":
    run, target, last = RUNS[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3])

    def die(row: Mapping[str, Any]) -> None:
        if row["update"] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    train_specialist(run, target, 5, report=die)
