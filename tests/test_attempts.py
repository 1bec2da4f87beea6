"""Several attempts at a question: what a wrong answer is met with, how the episode ends, alone and in a batch."""

from __future__ import annotations

from typing import Any, get_args

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from test_envs import FACES, WORLDS, same

from reason_arena.agents.baselines import problem_of
from reason_arena.agents.language_model.config import LanguageModelConfig
from reason_arena.agents.language_model.environment import make_env
from reason_arena.envs.question import QuestionEnv, feedback
from reason_arena.tasks import registry
from reason_arena.tasks.answer import MAX_DIGITS
from reason_arena.tasks.errors import BadCheckpoint, BadConfig
from reason_arena.tasks.problem import Reason, Task, Verdict

SUMS = "Reason-Arithmetic-v0"
TASKS = [name for name in registry.names() if registry.ready(name) and isinstance(registry.load(name), Task)]
every_task = pytest.mark.parametrize("task", TASKS)


def sums(**options: Any) -> Any:
    return gym.make(SUMS, view="text", level=2, split="test", **options).unwrapped


def test_a_question_is_asked_again_until_the_answer_is_right() -> None:
    env = sums(max_attempts=4)
    question, info = env.reset(seed=10)  # "Find the value of 149 + 775."
    assert list(info) == ["problem_id"]
    told, *rest = env.step("\\boxed{925}")
    assert told == f"{question}\n\nYour last answer is wrong. 3 attempts are left."
    assert rest == [0.0, False, False, {}]
    told, *rest = env.step("I pass.")
    assert told.startswith(f"{question}\n\nYour last answer is not right: no final answer could be read")
    assert told.endswith(" 2 attempts are left.")
    told, *rest = env.step("9" * (MAX_DIGITS + 1))
    assert "longer than any that is read. 1 attempt is left." in told
    told, *rest, info = env.step("924")
    assert (told, *rest) == ("", 1.0, True, False)
    assert (info["attempts"], info["verdict"], info["correct"], info["answer"]) == (4, "correct", True, "924")
    with pytest.raises(ResetNeeded, match="after the end"):
        env.step("924")
    env.reset(seed=11)
    assert not env.step("1")[2], "the next question has all attempts again"


def test_the_last_wrong_answer_ends_the_episode_unpaid() -> None:
    env = sums(max_attempts=2, render_mode="ansi")
    question, _ = env.reset(seed=10)
    env.step("1")
    assert env.render() == f"{question}\n1"
    told, reward, terminated, truncated, info = env.step("2")
    assert (told, reward, terminated, truncated) == ("", 0.0, True, False)
    assert (info["attempts"], info["verdict"], info["correct"], info["answer"]) == (2, "wrong", False, "2")
    with pytest.raises(ResetNeeded, match="after the end"):
        env.step("924")


def test_one_attempt_is_what_it_was() -> None:
    plain, told = sums(), sums(max_attempts=np.int64(1))
    for answer in ("924", "1"):
        assert plain.reset(seed=10) == told.reset(seed=10)
        last = plain.step(answer)
        assert repr(last) == repr(told.step(answer))
        assert "attempts" not in last[4]


@every_task
def test_feedback_tells_nothing_of_the_answer(task: str) -> None:
    known = registry.load(task)
    reasons = [reason for reason in get_args(Reason) if reason != "correct"]
    for reason in reasons:
        said = set()
        for level in known.levels():
            for seed in range(10):
                problem = known.generate("train", level, seed)
                text = feedback(problem, Verdict(False, reason), 2)
                assert text.startswith(problem.question)
                said.add(text.removeprefix(problem.question))
        assert len(said) == 1, "the same words whatever the problem"


def answers_of(ids: list[str], rng: np.random.Generator, slip: float) -> tuple[str, ...]:
    """The worked solution, or with a chance of `slip` something that is not right."""
    problems = [problem_of(each) for each in ids]
    wrong = ("", "\\boxed{}", "no", "7" * 99, "x" * 300)
    return tuple(
        wrong[rng.integers(len(wrong))] if rng.random() < slip else registry.load(each.task).solution(each)
        for each in problems
    )


@every_task
@pytest.mark.parametrize(("most", "slip"), [(1, 0.5), (2, 0.7), (5, 0.9), (40, 0.99)])
def test_the_batched_twin_walks_with_single_environments(task: str, most: int, slip: float) -> None:
    from reason_arena.envs.vector.question import QuestionVectorEnv

    singles = SyncVectorEnv(
        [lambda: QuestionEnv(task, level=1, max_attempts=most)] * 3, autoreset_mode=AutoresetMode.SAME_STEP
    )
    batched = QuestionVectorEnv(3, task, level=1, max_attempts=most)
    rng = np.random.default_rng(0)
    told, other = singles.reset(seed=5), batched.reset(seed=5)
    same(told, other)
    ids, counts, lengths = list(told[1]["problem_id"]), [0] * 3, set()
    for _ in range(150):
        actions = answers_of(ids, rng, slip)
        told, other = singles.step(actions), batched.step(actions)
        same(told, other)
        for i in range(3):
            counts[i] += 1
            if told[2][i]:
                if most > 1:
                    assert told[4]["final_info"]["attempts"][i] == counts[i]
                lengths.add(counts[i])
                ids[i], counts[i] = told[4]["problem_id"][i], 0
    assert max(lengths) <= most
    assert len(lengths) >= min(most, 4)


@every_task
def test_gymnasium_finds_nothing_to_complain_of(task: str) -> None:
    check_env(QuestionEnv(task, max_attempts=3, render_mode="ansi"))


def test_an_episode_saved_between_two_attempts_goes_on() -> None:
    env, batch = sums(max_attempts=3), gym.make_vec(SUMS, num_envs=2, view="text", level=2, max_attempts=3)
    env.reset(seed=10)
    batch.reset(seed=10)
    env.step("1")
    batch.step(("no", "no"))
    kept, all_kept = env.get_state(), batch.get_state()  # type: ignore[attr-defined]
    env.step("2")
    batch.step(("no", "no"))
    env.set_state(kept)
    batch.set_state(all_kept)  # type: ignore[attr-defined]
    assert env.step("2")[0].endswith("1 attempt is left.")
    assert all(text.endswith("1 attempt is left.") for text in batch.step(("no", "no"))[0])
    assert env.step("3")[2]
    assert batch.step(("no", "no"))[2].all()
    with pytest.raises(BadCheckpoint, match="max_attempts=3, expected 2"):
        sums(max_attempts=2).set_state(kept)
    with pytest.raises(BadCheckpoint, match="max_attempts=3, expected 1"):
        gym.make_vec(SUMS, num_envs=2, view="text", level=2).set_state(all_kept)  # type: ignore[attr-defined]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "3", None])
@pytest.mark.parametrize("view", ["text", "array"])
def test_a_number_of_attempts_that_is_none_is_refused(view: str, wrong: Any) -> None:
    for make in (lambda **told: gym.make(SUMS, **told), lambda **told: gym.make_vec(SUMS, num_envs=2, **told)):
        with pytest.raises(BadConfig, match=f"max_attempts={wrong!r}: expected an integer of 1 or more"):
            make(view=view, max_attempts=wrong)


@pytest.mark.parametrize("env_id", [env_id for env_id in FACES if env_id not in WORLDS])
def test_the_array_view_has_one_attempt(env_id: str) -> None:
    gym.make(env_id, view="array", max_attempts=1)
    for make in (
        lambda: gym.make(env_id, view="array", max_attempts=2),
        lambda: gym.make_vec(env_id, num_envs=2, view="array", max_attempts=2),
    ):
        with pytest.raises(BadConfig, match=r"max_attempts=2: expected 1, .* view=\"text\" takes more"):
            make()


def test_practice_can_be_given_attempts() -> None:
    env = make_env(LanguageModelConfig(env_options={"max_attempts": 2}), "train", 2)
    _, infos = env.reset(seed=0)
    right = answers_of(list(infos["problem_id"]), np.random.default_rng(0), 0.0)
    told, rewards, over, *_ = env.step(("pass", right[1]))
    assert (rewards.tolist(), over.tolist()) == ([0.0, 1.0], [False, True])
    assert "1 attempt is left." in told[0]


@pytest.mark.parametrize("taken", [{"split": "test"}, {"level": 3}, {"view": "array"}])
def test_practice_cannot_be_moved_to_the_test_by_an_option(taken: dict[str, Any]) -> None:
    with pytest.raises(BadConfig, match=f"env_options.{next(iter(taken))}: training says which"):
        make_env(LanguageModelConfig(env_options=taken), "train", 2)
