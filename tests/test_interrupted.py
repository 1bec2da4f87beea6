"""Batches whose step was broken off inside a draw, as by Ctrl-C: what follows is what would have followed anyway."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from test_envs import policy, same
from test_seed_streams import one_by_one

from reason_arena.envs.vector.drawing import Drawing
from reason_arena.envs.vector.seeds import SeedStreams
from reason_arena.envs.worksheet import STYLES
from reason_arena.tasks import arithmetic

LEVEL = "operators=+-*,digits=1-2"
"""short, and with stops at the carriage beside rows"""


def ctrl_c(*_: Any) -> None:
    raise KeyboardInterrupt


def broken_off(monkeypatch: pytest.MonkeyPatch, draw: str, call: Callable[[], None]) -> None:
    """Repeat a call until it has to draw problems, and break it off there."""
    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(arithmetic, draw, ctrl_c)
        for _ in range(1_000):
            call()
        pytest.fail("nothing was drawn")


@pytest.mark.parametrize("back", ["reset", "restored"])
@pytest.mark.parametrize("scratchpad", STYLES)
def test_nothing_of_a_step_that_was_broken_off_gets_into_the_next_episodes(
    scratchpad: str, back: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> Any:
        return gym.make_vec("Reason-Arithmetic-v0", num_envs=60, view="array", scratchpad=scratchpad, level=LEVEL)

    torn = make()
    act = policy("Reason-Arithmetic-v0", torn, 1, 0.1)
    for seed in range(12):
        told = torn.reset(seed=seed)

        def step() -> None:
            nonlocal told
            told = torn.step(act(told[0], [{}] * len(told[0])))

        for _ in range(40):  # apart, so that some sheets end while others go on
            step()
        broken_off(monkeypatch, "draw_many", step)
        whole = make()
        told = whole.reset(seed=100 + seed)
        if back == "reset":
            same(torn.reset(seed=100 + seed), told)
        else:
            torn.set_state(whole.get_state())
        for _ in range(60):
            actions = act(told[0], [{}] * len(told[0]))
            told = whole.step(actions)
            same(torn.step(actions), told)


@pytest.mark.parametrize("level", [2, 8])  # drawn in bulk, and one by one
def test_a_refill_that_was_broken_off_loses_no_seed(level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = Drawing("train", level, SeedStreams(2))
    posed = [drawing.begin(40).indices.tolist()]

    def draw() -> None:
        posed.append(drawing.draw(np.arange(2)).indices.tolist())

    for _ in range(3):
        broken_off(monkeypatch, "draw_many", draw)
        draw()
    for i, own in enumerate(zip(*posed, strict=True)):
        assert list(own) == [40 + i, *one_by_one(40 + i, len(posed) - 1)]


@pytest.mark.parametrize("level", [2, 8])
def test_a_reset_that_was_broken_off_leaves_nothing_of_the_streams_before_it(
    level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a single environment, the new streams have begun, and their first problems are still to come."""
    drawing = Drawing("train", level, SeedStreams(3))
    drawing.begin(40)
    drawing.draw(np.arange(2))
    broken_off(monkeypatch, "draw_many", lambda: drawing.begin([90, 91, None]))
    posed = [drawing.begin(None).indices.tolist() for _ in range(3)]
    assert list(zip(*posed, strict=True)) == [
        tuple(one_by_one(90, 3)),
        tuple(one_by_one(91, 3)),
        tuple(one_by_one(42, 3)),
    ]


def test_questions_that_were_broken_off_lose_no_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    torn, whole = (gym.make_vec("Reason-Arithmetic-v0", num_envs=3, view="text", level=2) for _ in range(2))
    for env in (torn, whole):
        env.reset(seed=3)
    for call in (lambda: torn.step(("1", "2", "3")), torn.reset):
        broken_off(monkeypatch, "generate", call)
    same(torn.step(("1", "2", "3")), whole.step(("1", "2", "3")))
    same(torn.reset(), whole.reset())
