"""The view in which any task is answered a character at a time: by hand, alone and in a batch."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from test_envs import same

from reason_arena.agents.learning.infos import split_infos
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.writing import OracleTokensAgent
from reason_arena.envs.tokens import ALPHABET, END, TokenEnv
from reason_arena.envs.vector.tokens import TokenVectorEnv
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadCheckpoint, BadConfig
from reason_arena.tasks.problem import Task

TASKS = [name for name in registry.names() if registry.ready(name) and isinstance(registry.load(name), Task)]
every_task = pytest.mark.parametrize("task", TASKS)


def key(character: str) -> np.int64:
    return np.int64(ALPHABET.index(character))


def test_the_alphabet_is_printable_ascii_and_a_line_break() -> None:
    assert (len(set(ALPHABET)), ALPHABET[0], ALPHABET[1], ALPHABET[-1]) == (96, "\n", " ", "~")
    assert (key("0"), key("A"), END) == (17, 34, 96)


def test_an_answer_is_written_and_handed_in() -> None:
    env = TokenEnv("arithmetic", "test", level=2, question_length=30, answer_length=8, render_mode="ansi")
    shown, info = env.reset(seed=10)
    assert bytes(shown) == b"Find the value of 149 + 775." + bytes(2 + 8)
    assert info == {"problem_id": "arithmetic-v1/test/2/10", "question_cut": 0}
    for place, character in enumerate("924"):
        shown, *told = env.step(key(character))
        assert told == [0.0, False, False, {}]
        assert bytes(shown[30:]) == b"924"[: place + 1].ljust(8, b"\0")
    assert env.render() == "Find the value of 149 + 775.\n924"
    last, *told, info = env.step(np.int64(END))
    assert told == [1.0, True, False]
    assert bytes(last) == bytes(shown)
    assert (info["correct"], info["verdict"], info["answer"], info["scratchpad"]) == (True, "correct", "924", "924")
    with pytest.raises(ResetNeeded, match="after the end"):
        env.step(np.int64(END))


def test_an_answer_as_long_as_can_be_is_judged_as_it_stands() -> None:
    env = TokenEnv("arithmetic", "test", level=2, answer_length=3)
    env.reset(seed=10)
    assert [env.step(key(digit))[1:4] for digit in "924"] == [
        (0.0, False, False),
        (0.0, False, False),
        (1.0, True, False),
    ]
    env.reset(seed=10)
    for digit in "92":
        env.step(key(digit))
    *_, info = env.step(np.int64(END))
    assert (info["answer"], info["correct"]) == ("92", False)


def test_a_question_that_is_too_long_is_cut_and_the_info_says_so() -> None:
    env = TokenEnv("arithmetic", "test", level=2, question_length=9, answer_length=2)
    shown, info = env.reset(seed=10)
    assert bytes(shown) == b"Find the " + bytes(2)
    assert info["question_cut"] == len("Find the value of 149 + 775.") - 9
    batch = TokenVectorEnv(2, "arithmetic", "test", level=2, question_length=9, answer_length=2)
    _, infos = batch.reset(seed=10)
    assert infos["question_cut"][0] == info["question_cut"]


def test_characters_beyond_ascii_are_several_bytes() -> None:
    pytest.importorskip("reasoning_gym")
    env = TokenEnv("reasoninggym", level="modulo_grid", question_length=4_000)
    shown, info = env.reset(seed=0)
    assert bytes(shown).rstrip(b"\0").decode() == env.problem.question
    assert not env.problem.question.isascii()
    assert info["question_cut"] == 0


@every_task
@pytest.mark.parametrize("render_mode", [None, "ansi"])
def test_gymnasium_finds_nothing_to_complain_of(task: str, render_mode: str | None) -> None:
    check_env(TokenEnv(task, render_mode=render_mode))


@every_task
@pytest.mark.parametrize(("lengths", "slip"), [((512, 64), 0.02), ((40, 6), 0.3), ((1, 1), 0.5)])
def test_the_batched_twin_walks_with_single_environments(task: str, lengths: tuple[int, int], slip: float) -> None:
    sizes = {"question_length": lengths[0], "answer_length": lengths[1]}
    for render_mode in (None, "ansi"):
        options: dict[str, Any] = {"level": 1, "render_mode": render_mode, **sizes}
        singles = SyncVectorEnv(
            [lambda options=options: TokenEnv(task, **options)] * 3, autoreset_mode=AutoresetMode.SAME_STEP
        )  # type: ignore[misc]
        batched = TokenVectorEnv(3, task, **options)
        assert batched.single_observation_space == singles.single_observation_space
        assert batched.single_action_space == singles.single_action_space
        rng, oracle = np.random.default_rng(0), OracleTokensAgent()
        told, other = singles.reset(seed=7), batched.reset(seed=7)
        same(told, other, "reset")
        observations, infos = told
        paid = ended = 0.0
        for step in range(600):
            right = oracle.act(observations, split_infos(infos, 3))
            actions = np.where(rng.random(3) < slip, rng.integers(0, END + 1, 3), right)
            told, other = singles.step(actions), batched.step(actions)
            same(told, other, f"step {step}")
            observations, infos = told[0], told[4]
            paid, ended = paid + told[1].sum(), ended + told[2].sum()
        assert ended > 3
        assert 0 < paid < ended or lengths == (1, 1)


@every_task
def test_the_oracle_writes_what_is_right(task: str) -> None:
    played = rollout(TokenVectorEnv(4, task, "test", level=0), OracleTokensAgent(), range(10))
    assert [episode.return_ for episode in played] == [1.0] * 10
    assert [episode.length for episode in played] == [len(episode.answer) + 1 for episode in played]


def test_an_episode_saved_in_the_middle_goes_on() -> None:
    env, batch = TokenEnv("arithmetic", level=2), TokenVectorEnv(2, "arithmetic", level=2)
    env.reset(seed=1)
    batch.reset(seed=1)
    env.step(key("7"))
    batch.step(np.array([key("7"), key("8")]))
    kept, all_kept = env.get_state(), batch.get_state()
    actions = [key(each) for each in "12345 67"] + [np.int64(END)]

    def run(left: TokenEnv, right: TokenVectorEnv) -> str:
        return repr([left.step(action) for action in actions] + [right.step(np.full(2, action)) for action in actions])

    first = run(env, batch)
    for left, right in ((env, batch), (TokenEnv("arithmetic", level=2), TokenVectorEnv(2, "arithmetic", level=2))):
        left.set_state(kept)
        right.set_state(all_kept)
        assert run(left, right) == first
    with pytest.raises(BadCheckpoint, match="lengths"):
        TokenEnv("arithmetic", level=2, answer_length=9).set_state(kept)
    with pytest.raises(BadCheckpoint, match="lengths"):
        TokenVectorEnv(2, "arithmetic", level=2, question_length=9).set_state(all_kept)


@pytest.mark.parametrize("name", ["question_length", "answer_length"])
@pytest.mark.parametrize("length", [0, -3, 2.0, True, "9", None])
def test_a_length_that_is_none_is_refused(name: str, length: Any) -> None:
    with pytest.raises(BadConfig, match=f"{name}={length!r}: expected an integer of 1 or more"):
        TokenEnv("arithmetic", **{name: length})
    with pytest.raises(BadConfig, match=f"{name}={length!r}: expected an integer of 1 or more"):
        TokenVectorEnv(2, "arithmetic", **{name: length})


@pytest.mark.parametrize("action", [97, -1, 1.0, "7", None])
def test_a_key_that_there_is_not_is_refused_and_writes_nothing(action: Any) -> None:
    env = TokenEnv("arithmetic")
    env.reset(seed=0)
    before = repr(env.get_state())
    with pytest.raises(InvalidAction, match="action: expected an integer from 0 to 96, got"):
        env.step(action)
    assert repr(env.get_state()) == before


def test_a_task_is_asked_by_name_and_settings() -> None:
    pytest.importorskip("reasoning_gym")
    settings = {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1}
    env = gym.make("Reason-ReasoningGym-v0", view="array", task="chain_sum", config=settings, scoring="own")
    _, info = env.reset(seed=3)
    level = "chain_sum,max_digits=1,max_terms=2,min_digits=1,min_terms=2,scoring=own"
    assert info["problem_id"] == f"reasoninggym-v1/train/{level}/3"
    text = gym.make("Reason-ReasoningGym-v0", level=0, scoring="own", max_attempts=2)
    question, info = text.reset(seed=3)
    assert info["problem_id"] == "reasoninggym-v1/train/chain_sum,scoring=own/3"
    assert text.step("no")[0].startswith(question)
