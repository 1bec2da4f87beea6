"""What every environment promises, over ids, views, scratchpads and rewards."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from reason_arena import envs
from reason_arena.agents.learning.infos import split_infos
from reason_arena.agents.registry import Place, make
from reason_arena.tasks import registry

FACES: dict[str, list[dict[str, Any]]] = {
    "Reason-AIME-v0": [{"view": "text"}, {"view": "array"}],
    "Reason-Arithmetic-v0": [
        {"view": "text"},
        {"view": "array", "scratchpad": "columns"},
        {"view": "array", "scratchpad": "digits"},
    ],
    "Reason-Chess-v0": [{"view": "text"}, {"view": "array"}],
    "Reason-ChessEndgame-v0": [{"view": "text"}, {"view": "array"}],
    "Reason-ChessPuzzle-v0": [{"view": "text"}, {"view": "array"}],
    "Reason-Pokemon-v0": [{"view": "text"}, {"view": "array"}],
    "Reason-ReasoningGym-v0": [{"view": "text"}, {"view": "array"}],
}
FACES = {env_id: faces for env_id, faces in FACES.items() if registry.ready(registry.task_of(env_id))}
EVERY = [
    pytest.param(env_id, {**face, "reward": reward}, id=f"{env_id}-{'-'.join(face.values())}-{reward}")
    for env_id, faces in FACES.items()
    for face, reward in itertools.product(faces, ("outcome", "shaped"))
]
ARRAYS = [each for each in EVERY if each.values[1]["view"] == "array"]
Policy = Callable[[Any, list[dict[str, Any]]], Any]
LEVELS: dict[str, tuple[int | str, ...]] = {
    "Reason-AIME-v0": (0, 1, 5, 9, 12, "families=held", "composed=only", "wordings=held"),
    "Reason-Arithmetic-v0": (0, 2, 3, 5, 7, 9),
    "Reason-ReasoningGym-v0": (0, 2, 6, 8, "leg_counting", "gcd,scoring=own"),
}
BOARDS = ("Reason-Chess-v0", "Reason-ChessEndgame-v0", "Reason-ChessPuzzle-v0")
"""environments whose episodes are a game of moves and no single answer; tests/test_chess_envs.py has more on them"""
CONSOLE = "Reason-Pokemon-v0"
"""a game of thousands of steps; tests/test_pokemon_env.py has more on it"""
WORLDS = (*BOARDS, CONSOLE)
BRIEF = "until=1,steps=40"
"""a level of it that is soon over"""
COMMANDS = ("press start", "press up*3 a", "press down*9", "goto 4 6", "goto 99 1", "wait 2", "note left", "hm", "")
LONG = "operators=+-*//%,digits=1-25,right_digits=1-9,terms=2-4,nesting=1,signed=true"
"""numbers beyond 64 bits"""
MANY = {
    "Reason-AIME-v0": "families=floor-sum,tiers=3",
    "Reason-Arithmetic-v0": "operators=+-,digits=20",
    "Reason-Chess-v0": "opening=8",
    "Reason-ChessEndgame-v0": "material=KRK+KPK,mate=8-13",
    "Reason-ChessPuzzle-v0": "mate=1",
    "Reason-ReasoningGym-v0": "knights_knaves",
}
"""levels of so many problems that none comes twice by chance"""
BEYOND_TOOLS = (12, "families=held", "composed=only")
"""levels of which the tools of an array view may solve nothing"""
GROWING, SHORT_AT_FIRST = "operators=+-,digits=1-25", 12
"""a level and a seed whose first three problems fit 64 bits, while later ones do not"""
NONSENSE = "operators=+-*//%,digits=1-3,terms=2-4,nesting=1,signed=true"
"""for a hand that slips nearly always, so that the sheet goes on with wrong results"""

DIGEST = """
import hashlib, sys
import gymnasium as gym
import reason_arena.envs
seen = hashlib.sha256()
for env_id, kinds in FACES.items():
    for kind in kinds:
        level = BRIEF if "Pokemon" in env_id else 2 if "Chess" in env_id else 8
        env = gym.make(env_id, level=level, reward="shaped", **kind)
        env.action_space.seed(3)
        told = env.reset(seed=5)
        seen.update(repr(told).encode())
        for _ in range(300):
            told = env.step(env.action_space.sample())
            if told[2] or told[3]:
                told = (told, env.reset())
            seen.update(repr(told).encode())
print(seen.hexdigest())
"""


def level_of(env_id: str, level: int | str) -> int | str:
    """The level, or one of games that are soon over where the table has none."""
    return BRIEF if env_id == CONSOLE else level


def policy(env_id: str, env: Any, seed: int, slip: float) -> Policy:
    """Right but for slips: the oracle of the view; from one observation or many, and an info each."""
    rng = np.random.default_rng(seed)
    space = getattr(env, "single_action_space", env.action_space)
    text = not isinstance(space, gym.spaces.Discrete)
    if env_id == CONSOLE:
        return lambda observations, infos: (
            tuple(COMMANDS[i] for i in rng.integers(len(COMMANDS), size=len(infos)))
            if text
            else rng.integers(space.n, size=len(infos))
        )
    oracle = make("greedy" if env_id == "Reason-Chess-v0" else "oracle", Place(env_id), "text" if text else "array")

    def act(observations: Any, infos: list[dict[str, Any]]) -> Any:
        right = oracle.act(observations, infos)
        if text:
            return tuple(each if rng.random() >= slip else "".join(space.sample()) for each in right)
        wild = [
            rng.choice(np.flatnonzero(info["action_mask"])) if "action_mask" in info else rng.integers(space.n)
            for info in infos
        ]
        return np.where(rng.random(len(infos)) < slip, wild, right)

    return act


def episode(env: Any, act: Policy, seed: int) -> tuple[float, int, dict[str, Any]]:
    """Return, length and last info of one episode in the array view."""
    observation, info = env.reset(seed=seed)
    total, length = 0.0, 0
    while True:
        observation, reward, terminated, truncated, info = env.step(act(observation[None], [info])[0])
        assert not truncated
        total, length = total + float(reward), length + 1
        if terminated:
            return total, length, info


def same(a: Any, b: Any, where: str = "") -> None:
    """Equal in structure, type and value."""
    assert type(a) is type(b), where
    if isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            same(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, list | tuple) or (isinstance(a, np.ndarray) and a.dtype == object):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            same(x, y, f"{where}[{i}]")
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), where
        assert np.array_equal(a, b), where
    else:
        assert a == b, where


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("render_mode", [None, "ansi"])
@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_gymnasium_finds_nothing_to_complain_of(env_id: str, options: dict[str, Any], render_mode: str | None) -> None:
    env = gym.make(env_id, render_mode=render_mode, **options)
    assert env.spec is not None
    assert env.spec.max_episode_steps is None
    check_env(env.unwrapped)


@pytest.mark.parametrize(
    ("env_id", "options", "level"),
    [
        pytest.param(*each.values, level, id=f"{each.id}-{level}")
        for each in ARRAYS
        for level in LEVELS.get(each.values[0], ())
        if each.values[1]["reward"] == "outcome"
    ],
)
def test_both_views_pose_one_problem_and_pay_one_return(env_id: str, options: dict[str, Any], level: int) -> None:
    array = gym.make(env_id, level=level, split="test", **options)
    text = gym.make(env_id, level=level, split="test", view="text")
    seen = set()
    for slip in (0.0, 0.03, 0.5):
        act = policy(env_id, array, 1, slip)
        for seed in range(8):
            paid, _, info = episode(array, act, seed)
            question, start = text.reset(seed=seed)
            assert start["problem_id"] == info["problem_id"]
            assert question == array.unwrapped.problem.question  # type: ignore[attr-defined]
            _, reward, terminated, truncated, judged = text.step(info["answer"])
            assert (terminated, truncated) == (True, False)
            assert (reward, judged["verdict"]) == (paid, info["verdict"])
            assert paid == 1.0 or slip or env_id == "Reason-AIME-v0"  # not all of its families have a program
            seen.add(paid)
    assert seen == {0.0, 1.0} or level in BEYOND_TOOLS


def test_episodes_are_the_same_in_every_process() -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", f"FACES, BRIEF = {FACES!r}, {BRIEF!r}\n{DIGEST}"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def _walk(env_id: str, left: Any, right: Any, steps: int, slip: float) -> int:
    """Step two vector environments with the same actions; everything they tell is equal. Returns finished episodes."""
    act = policy(env_id, left, 7, slip)
    told, other = left.reset(seed=SHORT_AT_FIRST), right.reset(seed=SHORT_AT_FIRST)
    same(told, other, "reset")
    finished = 0
    observations, infos = told
    for step in range(steps):
        actions = act(observations, split_infos(infos, left.num_envs))
        told, other = left.step(actions), right.step(actions)
        same(told, other, f"step {step}")
        observations, infos = told[0], told[4]
        finished += int((told[2] | told[3]).sum())
    left.close()
    right.close()
    return finished


WALKS: dict[str, list[tuple[int | str, float]]] = {
    "Reason-AIME-v0": [(0, 0.1), (7, 0.3), (14, 0.1), ("families=all,wordings=all", 0.3)],
    "Reason-Arithmetic-v0": [
        *((2, 0.05), (3, 0.2), (4, 0.3), (5, 0.2), (6, 0.05), (8, 0.05), (9, 0.01), (LONG, 0.01), (NONSENSE, 0.9)),
        ("operators=+-,digits=1,terms=4-6", 0.5),  # short chains, padded, beside long ones
        (GROWING, 0.01),
    ],
    "Reason-Chess-v0": [(0, 0.1), ("6,tries=1", 0.3), ("opponent=engine-2@0.3,hint=list,plies=30,colour=black", 0.05)],
    "Reason-ChessEndgame-v0": [
        (0, 0.1),
        ("6,tries=1", 0.3),
        ("material=KRK,opponent=random,notation=san,hint=on_request,colour=black", 0.05),
    ],
    "Reason-ChessPuzzle-v0": [
        (0, 0.3),
        ("1,tries=1", 0.1),
        ("source=lichess,notation=san,hint=on_request", 0.05),
        ("mate=1-3,hint=list,history=0", 0.05),
    ],
    "Reason-Pokemon-v0": [(BRIEF, 0.0)],
    "Reason-ReasoningGym-v0": [(0, 0.1), (2, 0.02), (6, 0.3), (8, 0.02), ("lcm,scoring=own", 0.1)],
}


@pytest.mark.parametrize(
    ("env_id", "options", "level", "slip"),
    [pytest.param(*each.values, *walk, id=f"{each.id}-{walk[0]}") for each in EVERY for walk in WALKS[each.values[0]]],
)
def test_the_batched_twin_walks_with_single_environments(
    env_id: str, options: dict[str, Any], level: int | str, slip: float
) -> None:
    def one() -> gym.Env[Any, Any]:
        return gym.make(env_id, level=level, split=split, render_mode="ansi", **options)

    split = "test" if "all" in str(level) else "train"
    singles = SyncVectorEnv([one] * 3, autoreset_mode=AutoresetMode.SAME_STEP)
    batched = gym.make_vec(env_id, num_envs=3, level=level, split=split, render_mode="ansi", **options)
    assert batched.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert batched.single_observation_space == singles.single_observation_space
    assert batched.single_action_space == singles.single_action_space
    # A puzzle is over in one to three steps, and takes some milliseconds to make; a game of a console to begin.
    steps = 1_000 if options["view"] == "array" and env_id not in ("Reason-ChessPuzzle-v0", CONSOLE) else 200
    finished = _walk(env_id, singles, batched, steps, slip)
    assert finished >= {9: 1, LONG: 0}.get(level, 3)  # those episodes take hundreds of steps


@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_environments_in_other_processes_walk_with_the_batched_twin(env_id: str, options: dict[str, Any]) -> None:
    level = level_of(env_id, 2)

    def one() -> gym.Env[Any, Any]:
        return gym.make(env_id, level=level, **options)

    shared = {"shared_memory": options["view"] == "array", "context": "fork"}
    others = AsyncVectorEnv([one] * 2, autoreset_mode=AutoresetMode.SAME_STEP, **shared)
    assert _walk(env_id, others, gym.make_vec(env_id, num_envs=2, level=level, **options), 150, 0.05) > 2


def test_shared_memory_for_texts_is_refused_and_not_garbled() -> None:
    with pytest.raises(ValueError, match="shared_memory"):
        AsyncVectorEnv([lambda: gym.make(envs.IDS[0], view="text")] * 2, context="fork")


@pytest.mark.parametrize("text", ["", " ", "x" * 1_000_000, "\ud800\udfff", "\x00", "½√é🙂", "\\boxed{", "{}" * 99])
@pytest.mark.parametrize("env_id", [env_id for env_id in FACES if env_id not in WORLDS])
def test_any_string_is_a_legal_answer(env_id: str, text: str) -> None:
    env = gym.make(env_id, view="text", render_mode="ansi")
    env.reset(seed=0)
    assert env.action_space.contains(text)
    observation, reward, terminated, truncated, info = env.step(text)
    assert (observation, reward, terminated, truncated) == ("", 0.0, True, False)
    assert info["correct"] is False
    assert info["answer"] == text[-200:]
    assert isinstance(env.render(), str)


@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_nothing_but_the_problem_is_told_before_the_end(env_id: str, options: dict[str, Any]) -> None:
    env = gym.make(env_id, level=level_of(env_id, 6), **options)
    env.action_space.seed(0)
    progress = (
        {"cartridge", "start", "start_milestone", "milestones", "furthest", "milestone_steps"}
        if env_id == CONSOLE
        else set()
    )
    # An agent that gives up in the middle of a game is billed for what it did.
    always = {"counts"} if env_id == CONSOLE and options["view"] == "text" else set()
    for seed in range(5):
        _, info = env.reset(seed=seed)
        masks, cut = info.keys() & {"action_mask", "legal_ids"}, info.keys() & {"question_cut"}
        assert set(info) == {"problem_id"} | masks | cut | progress
        over = False
        while not over:
            _, _, *ends, info = env.step(env.action_space.sample())
            over = any(ends)
            assert over or info.keys() - {"reward_terms"} == masks | always
        terms = "scratchpad" in options or env_id in WORLDS
        shaped = {"reward_terms"} if terms and options["reward"] == "shaped" else set()
        played = {"termination", "counts", *progress} if env_id in WORLDS else set()
        played |= {"optimal"} if env_id == "Reason-ChessEndgame-v0" else set()
        assert set(info) == {"problem_id", "verdict", "correct", "answer"} | shaped | played


@pytest.mark.parametrize("env_id", [env_id for env_id in FACES if env_id != CONSOLE])  # every game has one title
def test_neighbouring_seeds_are_not_shifted_copies(env_id: str) -> None:
    seen: list[str] = []
    for seed in (42, 43, 44):
        env = gym.make(env_id, view="text", level=MANY[env_id])
        seen.append(str(env.reset(seed=seed)[0]))
        seen += [str(env.reset()[0]) for _ in range(100)]
    assert len(set(seen)) == len(seen)
