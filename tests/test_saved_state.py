"""Episodes saved and restored: alone and in batches, into other environments, and what is refused."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
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
