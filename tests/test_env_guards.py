"""What environments refuse: steps outside of an episode, actions outside of the space, seeds that are none."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from test_envs import FACES, WORLDS, level_of

from reason_arena.envs.question import ANSWER_LENGTH
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadLevel

TEXT: dict[str, Any] = {"view": "text"}
COLUMNS: dict[str, Any] = {"view": "array", "scratchpad": "columns"}
CASES = [
    pytest.param(env_id, face, id=f"{env_id}-{'-'.join(face.values())}")
    for env_id, faces in FACES.items()
    for face in faces
]
SPECIFIED = {
    "Reason-AIME-v0": "tiers=2",
    "Reason-Arithmetic-v0": "digits=2",
    "Reason-Chess-v0": "opponent=greedy",
    "Reason-ChessEndgame-v0": "mate=2",
    "Reason-ChessPuzzle-v0": "source=lichess",
    "Reason-Pokemon-v0": "until=2",
    "Reason-ReasoningGym-v0": "lcm",
}
"""a level in words"""
every_id = pytest.mark.parametrize("env_id", FACES)
every_face = pytest.mark.parametrize(("env_id", "face"), CASES)
every_array = pytest.mark.parametrize(("env_id", "face"), [case for case in CASES if case.values[1] != TEXT])


def single(env_id: str, face: dict[str, Any], **options: Any) -> Any:
    """Without the wrappers of `gym.make`, which hold some of the promises themselves."""
    return gym.make(env_id, **face, **options).unwrapped


def batch(env_id: str, face: dict[str, Any], num_envs: int = 3, **options: Any) -> Any:
    return gym.make_vec(env_id, num_envs=num_envs, **face, **options)


@every_face
def test_nothing_goes_on_before_the_first_reset(env_id: str, face: dict[str, Any]) -> None:
    for make in (single, batch):
        env = make(env_id, face, render_mode="ansi")
        calls = {"step": lambda env=env: env.step(env.action_space.sample()), "render": env.render}
        calls["get_state"] = env.get_state
        for name, call in calls.items():
            with pytest.raises(ResetNeeded, match=rf"{name}\(\) before the first reset\(\)"):
                call()
        env.close()
        assert make(env_id, face).render() is None


@every_face
def test_an_episode_that_is_over_takes_no_step(env_id: str, face: dict[str, Any]) -> None:
    env = single(env_id, face, level=level_of(env_id, 0))
    env.action_space.seed(0)
    for _ in range(2):
        env.reset(seed=0, options={"nobody": "knows this"})
        over = False
        while not over:
            over = any(env.step(env.action_space.sample())[2:4])
        answers = [str(number) for number in range(20)] if face == TEXT else range(env.action_space.n)
        for action in answers:
            with pytest.raises(ResetNeeded, match=r"after the end of the episode: call reset\(\)"):
                env.step(action)
        state = env.get_state()
    env.reset(seed=0)
    env.set_state(state)
    with pytest.raises(ResetNeeded):
        env.step(env.action_space.sample())


BEYOND = "n"
"""stands for the first integer that is no action"""
WRONG: list[Any] = [
    BEYOND,
    -1,
    2**70,
    0.0,
    1.9,
    np.float32(1),
    "1",
    None,
    [1],
    np.array([1]),
    np.uint64(1),
    np.bool_(1),
]


@pytest.mark.parametrize("action", WRONG, ids=repr)
@every_array
def test_an_action_outside_of_the_space_is_refused_and_moves_nothing(
    env_id: str, face: dict[str, Any], action: Any
) -> None:
    env = single(env_id, face)
    env.reset(seed=1)
    if isinstance(action, str) and action == BEYOND:
        action = int(env.action_space.n)
    before = pickle.dumps(env.get_state())
    last = env.action_space.n - 1
    with pytest.raises(InvalidAction, match=f"action: expected an integer from 0 to {last}, got "):
        env.step(action)
    assert pickle.dumps(env.get_state()) == before
    many = batch(env_id, face)
    many.reset(seed=1)
    before = pickle.dumps(many.get_state())
    row = [0, 0, 0] if isinstance(action, list | np.ndarray) else [0, action, 0]
    actions = [row, row] if isinstance(action, list | np.ndarray) else row
    # An array of one kind, as a policy would hand it over: 0 beside np.uint64(1) would be a list of integers again.
    actions = np.array(actions, action.dtype) if isinstance(action, np.generic) else actions
    with pytest.raises(InvalidAction, match="expected"):
        many.step(actions)
    assert pickle.dumps(many.get_state()) == before


def test_the_refusal_of_a_batch_names_what_came() -> None:
    env = batch("Reason-Arithmetic-v0", COLUMNS)
    env.reset(seed=1)
    for actions, told in (
        ([0, 0, 7], "action of environment 2: expected an integer from 0 to 3, got 7"),
        ([0, -1, 0], "action of environment 1: expected an integer from 0 to 3, got -1"),
        ([0.0, 1.0, 2.9], "actions: expected integers, got float64"),
        ([1], r"actions: expected an array of shape \(3,\), got \(1,\)"),
        (1, r"actions: expected an array of shape \(3,\), got \(\)"),
        ([[1], [1], [1]], r"actions: expected an array of shape \(3,\), got \(3, 1\)"),
    ):
        with pytest.raises(InvalidAction, match=told):
            env.step(actions)


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.uint8, np.array])
@every_array
def test_integers_of_every_kind_are_actions(env_id: str, face: dict[str, Any], kind: Any) -> None:
    env, plain = single(env_id, face), single(env_id, face)
    many, other = batch(env_id, face), batch(env_id, face)
    for action in (0, 3, 1, 2):
        for each in (env, plain, many, other):
            each.reset(seed=4)
        assert repr(env.step(kind(action))) == repr(plain.step(action))
        assert repr(many.step([kind(action)] * 3)) == repr(other.step(np.full(3, action)))


@pytest.mark.parametrize("action", [7, None, b"7", ["7"], ("7",)], ids=type)
@every_id
def test_an_answer_that_is_no_text_of_the_space_is_refused(env_id: str, action: Any) -> None:
    env, many = single(env_id, TEXT), batch(env_id, TEXT)
    env.reset(seed=1)
    many.reset(seed=1)
    before = many.get_state()
    with pytest.raises(InvalidAction, match=r"action: expected a member of Prose\(\d+\), got .{1,60}$"):
        env.step(action)
    with pytest.raises(InvalidAction, match=r"action of environment 2: expected a member of Prose"):
        many.step(("1", "2", action))
    assert pickle.dumps(many.get_state()) == pickle.dumps(before)
    assert env.step("still open")[2] == (env_id not in WORLDS)  # a game goes on


@pytest.mark.parametrize("actions", [(), ("1",), ("1", "2"), ("1", "2", "3", "4"), "123"])
@every_id
def test_there_is_one_answer_for_each_question(env_id: str, actions: Any) -> None:
    env = batch(env_id, TEXT)
    env.reset(seed=1)
    with pytest.raises(InvalidAction, match=r"actions: expected (3 texts|a sequence of 3 texts), got \w+"):
        env.step(actions)
    env.step(["1", "2", "3"])
    env.step(np.array(["1", "2", "3"]))


@every_face
def test_seeds_of_numpy_are_seeds(env_id: str, face: dict[str, Any]) -> None:
    env = batch(env_id, face)
    task = registry.load(registry.task_of(env_id))
    start = f"{task.NAME}-v{task.VERSION}"
    for first in (0, 3):
        told = [
            env.reset(seed=seed)[1]["problem_id"].tolist()
            for seed in (
                first,
                np.int64(first),
                np.uint8(first),
                [first, first + 1, first + 2],
                np.arange(first, first + 3),
                list(np.arange(first, first + 3)),
            )
        ]
        assert told == [[f"{start}/train/0/{first + i}" for i in range(3)]] * 6
        assert single(env_id, face).reset(seed=np.int64(first))[1]["problem_id"] == told[0][0]
    kept = env.reset(seed=[np.int64(5), None, 7])[1]["problem_id"]
    assert kept[[0, 2]].tolist() == [f"{start}/train/0/5", f"{start}/train/0/7"]


@pytest.mark.parametrize("true", [True, np.True_], ids=["bool", "numpy.bool"])
@every_face
def test_a_boolean_is_the_seed_one_alone_and_in_a_batch(env_id: str, face: dict[str, Any], true: Any) -> None:
    alone, many = single(env_id, face), batch(env_id, face)
    expected = alone.reset(seed=1)[1]["problem_id"], alone.reset()[1]["problem_id"]
    assert (alone.reset(seed=true)[1]["problem_id"], alone.reset()[1]["problem_id"]) == expected
    for seed in ([true, None, 3], (true, true, true), np.array([true] * 3), true):
        posed = many.reset(seed=seed)[1]["problem_id"][0], many.reset()[1]["problem_id"][0]
        assert posed == expected


@pytest.mark.parametrize("seed", [[], (), np.array([], np.int64), [1], np.arange(4)], ids=repr)
@every_face
def test_a_wrong_number_of_seeds_is_refused(env_id: str, face: dict[str, Any], seed: Any) -> None:
    with pytest.raises(ValueError, match=f"expected one seed for each of the 3 environments, got {len(seed)}"):
        batch(env_id, face).reset(seed=seed)


@every_face
def test_levels_of_numpy_are_levels(env_id: str, face: dict[str, Any]) -> None:
    for make in (single, batch):
        words = SPECIFIED[env_id]
        for level, same in ((np.int64(2), 2), (np.uint8(2), 2), (np.str_(words), words)):
            env, plain = make(env_id, face, level=level), make(env_id, face, level=same)
            assert type(env.poser.level) is type(same)
            assert repr(env.reset(seed=3)) == repr(plain.reset(seed=3))
        for wrong in (np.int64(99), np.float64(2), np.bool_(1)):
            with pytest.raises(BadLevel, match="expected 0 to"):
                make(env_id, face, level=wrong)


def test_a_text_beyond_the_space_is_judged_and_is_no_error() -> None:
    endless = "7" * (ANSWER_LENGTH + 1)
    env = gym.make("Reason-Arithmetic-v0", disable_env_checker=True)
    env.reset(seed=0)
    assert env.step(endless)[1:4] == (0.0, True, False)
    envs = gym.make_vec("Reason-Arithmetic-v0", num_envs=2)
    envs.reset(seed=0)
    assert not envs.step((endless, "x"))[1].any()
