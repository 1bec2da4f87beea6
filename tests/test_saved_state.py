"""Episodes saved and restored: alone and in batches, into other environments, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from test_envs import EVERY, same

from reason_arena.tasks.errors import ReasonError


@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_a_saved_episode_goes_on_as_it_did(env_id: str, options: dict[str, Any]) -> None:
    env = gym.make(env_id, level=7, **options).unwrapped
    env.reset(seed=1)
    env.action_space.seed(1)
    actions = [env.action_space.sample() for _ in range(500)]

    def run(part: list[Any]) -> list[Any]:
        told = []
        for action in part:
            told.append(env.step(action))
            if told[-1][2]:
                told.append(env.reset())
        return told

    run(actions[:173])
    state = env.get_state()  # type: ignore[attr-defined]
    first = run(actions[173:])
    for target in (env, gym.make(env_id, level=7, **options).unwrapped):
        env = target
        env.set_state(state)  # type: ignore[attr-defined]
        assert repr(run(actions[173:])) == repr(first)


@pytest.mark.parametrize("level", [2, 7])
@pytest.mark.parametrize(("env_id", "options"), EVERY)
def test_a_saved_batch_goes_on_as_it_did(env_id: str, options: dict[str, Any], level: int) -> None:
    def make() -> Any:
        return gym.make_vec(env_id, num_envs=3, level=level, **options)

    batch = make()
    batch.reset(seed=2)
    batch.action_space.seed(2)
    actions = [batch.action_space.sample() for _ in range(400)]
    for action in actions[:150]:
        batch.step(action)
    state = batch.get_state()
    first = [batch.step(action) for action in actions[150:]]
    assert any(told[2].any() for told in first)
    for target in (batch, make()):
        target.set_state(state)
        again = [target.step(action) for action in actions[150:]]
        same(tuple(again), tuple(first))
    with pytest.raises(ReasonError, match="state of 2 environments"):
        gym.make_vec(env_id, num_envs=2, **options).set_state(state)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("env_id", "options"), EVERY)
@pytest.mark.parametrize("saved", [None, "ansi"])
def test_a_batch_records_what_it_was_made_to_record_wherever_its_state_comes_from(
    env_id: str, options: dict[str, Any], saved: str | None
) -> None:
    """The target has the other render mode than the batch that was saved; everything but the record is the same."""
    wanted = "ansi" if saved is None else None

    def make(render_mode: str | None) -> Any:
        return gym.make_vec(env_id, num_envs=3, level=0, render_mode=render_mode, **options)

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
            recorded = final.pop("scratchpad", None), final.pop("_scratchpad", None)
            assert (recorded[0] is not None) == (mode is not None and options["view"] == "array" and bool(final))
        same(mine, theirs)
        ended += int(mine[2].sum())
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
