"""Episodes saved and restored: alone and in batches, into other environments, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from test_envs import BOARDS, CONSOLE, EVERY, GROWING, SHORT_AT_FIRST, level_of, policy, same

from reason_arena.tasks.errors import BadCheckpoint


@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_a_saved_episode_goes_on_as_it_did(env_id: str, options: dict[str, Any]) -> None:
    level = level_of(env_id, 6)
    env = gym.make(env_id, level=level, **options).unwrapped
    env.reset(seed=1)
    env.action_space.seed(1)
    actions = [env.action_space.sample() for _ in range(500)]

    def run(part: list[Any]) -> list[Any]:
        told = []
        for action in part:
            told.append(env.step(action))
            if any(told[-1][2:4]):
                told.append(env.reset())
        return told

    run(actions[:173])
    state = env.get_state()  # type: ignore[attr-defined]
    first = run(actions[173:])
    for target in (env, gym.make(env_id, level=level, **options).unwrapped):
        env = target
        env.set_state(state)  # type: ignore[attr-defined]
        assert repr(run(actions[173:])) == repr(first)


@pytest.mark.parametrize("level", [2, 6])
@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_a_saved_batch_goes_on_as_it_did(env_id: str, options: dict[str, Any], level: int) -> None:
    def make() -> Any:
        return gym.make_vec(env_id, num_envs=3, level=level_of(env_id, level), **options)

    batch = make()
    batch.reset(seed=2)
    batch.action_space.seed(2)
    actions = [batch.action_space.sample() for _ in range(400)]
    for action in actions[:150]:
        batch.step(action)
    state = batch.get_state()
    first = [batch.step(action) for action in actions[150:]]
    assert any((told[2] | told[3]).any() for told in first)
    for target in (batch, make()):
        target.set_state(state)
        again = [target.step(action) for action in actions[150:]]
        same(tuple(again), tuple(first))


@pytest.mark.parametrize(("env_id", "options"), EVERY)
@pytest.mark.parametrize("saved", [None, "ansi"])
def test_a_batch_records_what_it_was_made_to_record_wherever_its_state_comes_from(
    env_id: str, options: dict[str, Any], saved: str | None
) -> None:
    """The target has the other render mode than the batch that was saved; everything but the record is the same."""
    wanted = "ansi" if saved is None else None

    def make(render_mode: str | None) -> Any:
        return gym.make_vec(env_id, num_envs=3, level=level_of(env_id, 0), render_mode=render_mode, **options)

    source, target = make(saved), make(wanted)
    source.reset(seed=3)
    source.action_space.seed(3)
    actions = [source.action_space.sample() for _ in range(400)]
    for action in actions[:100]:
        source.step(action)
    target.set_state(source.get_state())
    ended = 0
    for action in actions[100:]:
        shown = target.render()
        assert (shown is None) == (wanted is None)
        mine, theirs = source.step(action), target.step(action)
        for told, mode in ((mine, saved), (theirs, wanted)):
            final = told[4].get("final_info", {})
            key = "pgn" if env_id in BOARDS else "record" if env_id == CONSOLE else "scratchpad"
            recorded = final.pop(key, None), final.pop(f"_{key}", None)
            on_the_way = told[4].pop(key, None), told[4].pop(f"_{key}", None)
            assert on_the_way[0] is None or (env_id == CONSOLE and mode is not None)
            written = env_id in (*BOARDS, CONSOLE) or options["view"] == "array"
            assert (recorded[0] is not None) == (mode is not None and written and bool(final))
        same(mine, theirs)
        ended += int((mine[2] | mine[3]).sum())
    assert ended > 3


def test_a_batch_restored_into_one_that_renders_shows_the_rows_worked_from_then_on() -> None:
    level = "operators=+,digits=1,terms=3"
    silent = gym.make_vec("Reason-Arithmetic-v0", num_envs=1, view="array", scratchpad="digits", level=level)
    shown: Any = gym.make_vec(
        "Reason-Arithmetic-v0", num_envs=1, view="array", scratchpad="digits", level=level, render_mode="ansi"
    )
    silent.reset(seed=0)
    for digit in (7, 0, 0, 0):  # the first row is two columns wide: a digit and a note in each
        silent.step(np.array([digit]))
    shown.set_state(silent.get_state())  # type: ignore[attr-defined]
    question = shown.render()[0]
    assert "\n" not in question
    for digit in (9, 0, 0, 0):
        *_, infos = shown.step(np.array([digit]))
    third = re.findall(r"\d", question)[2]
    assert infos["final_info"]["scratchpad"][0] == f"7 + {third} = 9"


@pytest.mark.parametrize("scratchpad", ["columns", "digits"])
def test_a_batch_goes_back_and_forth_between_64_bits_and_longer_numbers(scratchpad: str) -> None:
    options = {"view": "array", "scratchpad": scratchpad, "level": GROWING, "render_mode": "ansi"}

    def make() -> Any:
        return gym.make_vec("Reason-Arithmetic-v0", num_envs=3, **options)

    batch = make()
    act = policy("Reason-Arithmetic-v0", batch, 1, 0.01)
    told = batch.reset(seed=SHORT_AT_FIRST)
    states, lived = [], []
    for step in range(300):
        if step % 10 == 0:
            states.append((step, batch.get_state(), batch.hands.sheets.decimal.short))
        actions = act(told[0], [{}] * 3)
        told = batch.step(actions)
        lived.append((actions, told))
    shorts = [short for _, _, short in states]
    assert shorts == sorted(shorts, reverse=True)
    assert set(shorts) == {True, False}
    for target in (batch, make()):  # the first has longer numbers on its paper at first
        for step, state, short in (states[shorts.index(False) - 1], states[shorts.index(False)], states[0]):
            target.set_state(state)
            assert target.hands.sheets.decimal.short == short
            same(tuple(target.step(actions) for actions, _ in lived[step:]), tuple(told for _, told in lived[step:]))
            assert not target.hands.sheets.decimal.short


ARRAY = {"view": "array", "scratchpad": "columns", "level": 2, "split": "train", "reward": "outcome"}
OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"level": 3}, r": level='3', expected '2'; restore"),
    ({"level": "operators=+-,digits=1-3"}, r": level='operators=\+-,digits=1-3', expected '2'; restore"),
    ({"split": "test"}, ": split='test', expected 'train'; restore"),
    ({"scratchpad": "digits"}, ": scratchpad='digits', expected 'columns'; restore"),
    ({"reward": "shaped"}, ": reward='shaped', expected 'outcome'; restore"),
    ({"split": "test", "level": 3}, ": split='test', expected 'train', level='3', expected '2'; restore"),
    ({"view": "text"}, r": environment='Question(Vector)?Env', expected 'Worksheet(Vector)?Env'"),
]


def single_or_batch(num_envs: int, **options: Any) -> Any:
    """One environment for 0, or a batch."""
    made: Any = gym.make_vec("Reason-Arithmetic-v0", num_envs=num_envs, **options) if num_envs else None
    return made or gym.make("Reason-Arithmetic-v0", **options).unwrapped


@pytest.mark.parametrize(("other", "expected"), OTHERS, ids=["-".join(other) for other, _ in OTHERS])
@pytest.mark.parametrize("num_envs", [0, 2])
def test_a_state_of_another_environment_is_refused_and_the_difference_named(
    num_envs: int, other: dict[str, Any], expected: str
) -> None:
    target, source = single_or_batch(num_envs, **ARRAY), single_or_batch(num_envs, **{**ARRAY, **other})
    target.reset(seed=1)
    source.reset(seed=2)
    before = repr(target.get_state())
    with pytest.raises(BadCheckpoint, match=expected):
        target.set_state(source.get_state())
    assert repr(target.get_state()) == before


@pytest.mark.parametrize(("here", "there"), [(0, 2), (2, 0), (2, 3)])
@pytest.mark.parametrize("view", ["text", "array"])
def test_a_state_of_so_many_environments_goes_into_as_many(view: str, here: int, there: int) -> None:
    source = single_or_batch(there, view=view)
    source.reset(seed=1)
    expected = "num_envs=3, expected 2" if here and there else r"environment='\w+', expected '\w+'"
    with pytest.raises(BadCheckpoint, match=expected):
        single_or_batch(here, view=view).set_state(source.get_state())


@pytest.mark.parametrize("face", [{"view": "text"}, {"view": "array"}])
@pytest.mark.parametrize("num_envs", [0, 2])
def test_a_state_that_does_not_say_what_it_is_of_is_refused(num_envs: int, face: dict[str, Any]) -> None:
    env = single_or_batch(num_envs, **face)
    env.reset(seed=1)
    state = env.get_state()
    older = {**state, "origin": {**state["origin"], "state_version": 1}}
    with pytest.raises(BadCheckpoint, match="state_version=1, expected 2"):
        env.set_state(older)
    del state["origin"]
    for wrong in (state, {}, None):
        with pytest.raises(BadCheckpoint, match=r"not say what it is of.*this version"):
            env.set_state(wrong)


@pytest.mark.parametrize("num_envs", [0, 2])
def test_a_level_by_number_and_by_its_name_pose_the_same_problems(num_envs: int) -> None:
    source, target = single_or_batch(num_envs, level=3, view="text"), single_or_batch(num_envs, level="3", view="text")
    source.reset(seed=1)
    target.set_state(source.get_state())
    assert repr(target.reset()) == repr(source.reset())
