"""The worksheet: right in the hands of a flawless writer, fair in what it pays, and done whatever is written."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import reason_arena.envs  # noqa: F401 - registers the ids
from reason_arena.agents.baselines import flawless_hand
from reason_arena.envs.hands import Counter, Pen
from reason_arena.envs.worksheet import STYLES, Style, Worksheet, flawless_columns
from reason_arena.tasks.arithmetic.encoding import compile_tree
from reason_arena.tasks.arithmetic.expression import Tree, evaluate

COUNT, COUNT_CARRY, MARK, NEXT = range(4)
PYTHON: dict[str, Callable[[int, int], int]] = {
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
    "//": int.__floordiv__,
    "%": int.__mod__,
}


def work(tree: Tree, style: Style) -> tuple[Worksheet, list[int], int]:
    """A flawless hand at work: the sheet, the actions, and how many digits were judged right."""
    sheet = Worksheet.of(tree, style)
    hand = Counter(sheet) if style == "columns" else Pen(sheet)
    hand.load()
    actions, right = [], 0
    while not sheet.done:
        view = hand.observe()
        actions.append(int(flawless_hand(len(view))(view[None])[0]))
        written = hand.act(actions[-1])
        assert written.digit is not False, (tree, sheet.text())
        assert written.decision is not False, (tree, sheet.text())
        right += written.digit is True
    return sheet, actions, right


def random_number(rng: Random) -> int:
    size = rng.choice([1, 1, 2, 3, 5])
    return rng.choice([0, 10 ** (size - 1), 10**size - 1, rng.randrange(10**size), -rng.randrange(10**size)])


def random_tree(rng: Random, size: int) -> tuple[Tree, int]:
    """A tree that a level could ask (exact division, remainders of numbers >= 0), and Python's value of it."""
    if size == 1:
        leaf = random_number(rng)
        return leaf, leaf
    left, a = random_tree(rng, rng.randrange(1, size))
    operator = rng.choice(list(PYTHON))
    if operator in ("//", "%"):
        divisor = abs(random_number(rng)) or 7
        if operator == "//":
            sign = rng.choice([1, -1])
            left, a, divisor = a * divisor, a * divisor, sign * divisor
        elif a < 0:
            left, a = ("*", left, -1), -a
        return (operator, left, divisor), PYTHON[operator](a, divisor)
    right, b = random_tree(rng, max(size // 2, 1))
    return (operator, left, right), PYTHON[operator](a, b)


@pytest.mark.parametrize("style", STYLES)
def test_a_flawless_hand_gets_pythons_result_and_writes_the_digits_foretold(style: Style) -> None:
    rng = Random(1)
    for _ in range(400):
        tree, value = random_tree(rng, rng.randrange(2, 6))
        sheet, _, right = work(tree, style)
        assert int(sheet.answer) == value == evaluate(tree), (tree, sheet.text())
        assert right == flawless_columns(*compile_tree(tree), style), (tree, sheet.text())


EDGES = [0, 1, 9, 10, 99, 100, 101, 999, 1000]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("operator", PYTHON)
def test_edges_of_the_number_line_are_worked_right(operator: str, style: Style) -> None:
    for a in EDGES:
        for b in EDGES:
            if operator in ("//", "%") and (b == 0 or (operator == "//" and a % b)):
                continue
            signs = [(1, 1), (-1, 1), (1, -1), (-1, -1)] if operator != "%" else [(1, 1)]
            for s, t in signs:
                sheet, _, right = work((operator, s * a, t * b), style)
                assert sheet.answer == str(PYTHON[operator](s * a, t * b)), (s * a, operator, t * b)
                assert right == flawless_columns(*compile_tree((operator, s * a, t * b)), style)


@pytest.mark.parametrize("style", STYLES)
def test_numbers_of_fifty_digits_are_worked_right(style: Style) -> None:
    rng = Random(2)
    a, b, c = (rng.randrange(10**49, 10**50) for _ in range(3))
    for tree, value in (
        (("+", a, b), a + b),
        (("-", min(a, b), max(a, b)), min(a, b) - max(a, b)),
        (("*", a, b), a * b),
        (("//", a * c, c), a),
        (("%", a * c + 12345, c), 12345),
        (("//", a * 7, 7), a),
        (("%", a * 7 + 3, 7), 3),
    ):
        assert int(work(tree, style)[0].answer) == value


def rows(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return [(row.a, row.kind, row.b, value) for row, value in sheet.lines]


def test_examples_worked_by_hand() -> None:
    # three turns of 27 at the ones, carriage, one turn at the tens onto the 8 of 81
    sheet, _, _ = work(("*", 27, 13), "columns")
    assert rows(sheet) == [(0, "+", 27, 27), (27, "+", 27, 54), (54, "+", 27, 81), (8, "+", 27, 35)]
    assert sheet.answer == "351"
    sheet, actions, _ = work(("*", 27, 13), "digits")
    assert sheet.text() == "27 * 3 = 81\n27 * 1 + 8 = 35"
    # 3*7=21: write 1, keep 2; 3*2+2=8; then 7+8=15: write 5, keep 1; 2+1=3
    assert actions == [1, 2, 8, 0, 0, 0, 5, 1, 3, 0, 0, 0]
    # 23 goes into 71 three times, which leaves 2; 3 comes down, and 23 goes into 23 once
    sheet, _, _ = work(("//", 713, 23), "columns")
    assert rows(sheet) == [(71, "-", 23, 48), (48, "-", 23, 25), (25, "-", 23, 2), (23, "-", 23, 0)]
    assert sheet.answer == "31"
    # 9/4 = 2, 1 left; 17/4 = 4, 1 left
    sheet, actions, _ = work(("%", 97, 4), "digits")
    assert (sheet.text(), actions, sheet.answer) == ("97 / 4 = 24", [2, 1, 4, 1], "1")


def test_a_counter_counts_beads_as_by_hand() -> None:
    hand = Counter(Worksheet.of(("+", 27, 15), "columns"))
    hand.load()
    # register 7, 5 units due, the last action NEXT, counting up
    assert np.flatnonzero(hand.observe()).tolist() == [7, 10 + 5, 22 + NEXT, 27]
    sheet, actions, right = work(("+", 27, 15), "columns")
    ones = [COUNT, COUNT, COUNT, MARK, COUNT, COUNT, NEXT]  # 8, 9, 0 and a carry, 1, 2
    tens = [COUNT_CARRY, COUNT, NEXT]  # 2 and the carry, 4
    assert actions == [*ones, *tens, NEXT]
    assert (sheet.answer, right) == ("42", 3)


def play(env: Any, act: Callable[[Any], int], seed: int) -> tuple[float, int, dict[str, Any]]:
    view, _ = env.reset(seed=seed)
    total, steps, over, info = 0.0, 0, False, {}
    while not over:
        view, reward, over, _, info = env.step(act(view))
        total, steps = total + reward, steps + 1
    return total, steps, info


@pytest.mark.parametrize("level", [0, 1, 3, 5, 6, 7, "operators=%,digits=2,right_digits=1-2", "operators=-,digits=2"])
@pytest.mark.parametrize("style", STYLES)
def test_no_wrong_episode_is_paid_more_than_a_right_one(style: Style, level: int | str) -> None:
    env = gym.make("Reason-Arithmetic-v0", view="array", scratchpad=style, level=level, reward="shaped").unwrapped
    assert env.observation_space.shape is not None
    hand = flawless_hand(env.observation_space.shape[0])
    rng = np.random.default_rng(3)
    choices = int(env.action_space.n)  # type: ignore[attr-defined]
    for seed in range(6):
        paid: dict[bool, list[float]] = {True: [], False: []}
        for slip in (0.0, *[0.02] * 12, *[0.1] * 12, *[0.5] * 6, *[1.0] * 6):
            total, _, info = play(
                env,
                lambda view, p=slip: int(rng.integers(choices)) if rng.random() < p else int(hand(view[None])[0]),
                seed,
            )
            assert total == pytest.approx(sum(info["reward_terms"].values()), abs=1e-9)
            assert slip or info["correct"]
            assert slip or info["reward_terms"]["settlement"] == 0
            paid[info["correct"]].append(total)
        assert paid[False], "no policy went wrong"
        assert max(paid[False]) < min(paid[True]), (seed, paid)


def test_luck_is_topped_up_and_a_last_slip_is_charged() -> None:
    """Long division for a remainder: the digits are the quotient's, the last note is the answer."""
    level = "operators=%,digits=3,right_digits=1"
    env = gym.make("Reason-Arithmetic-v0", view="array", scratchpad="digits", level=level, reward="shaped").unwrapped
    hand = flawless_hand(111)

    def slip(view: Any, where: int) -> int:
        """Off by one where the pen writes a digit (4) or a note (5); nowhere at 0, the mark of a sum."""
        return (int(hand(view[None])[0]) + int(view[where] == 1)) % 10

    for seed in range(20):
        lucky, steps, info = play(env, lambda view: slip(view, 4), seed)
        # three digits, all wrong, six steps, the right answer: -1.5 - 0.12 + 1, topped up to 3
        assert (steps, info["correct"], lucky) == (6, True, pytest.approx(3.0))
        assert info["reward_terms"]["settlement"] == pytest.approx(3 - (-1.5 - 0.12 + 1))
        unlucky, _, info = play(env, lambda view: slip(view, 5 if env.hand.column == 2 else 0), seed)  # type: ignore[attr-defined]
        # three right digits, six steps, a wrong answer: 3 - 0.12, lowered to half a digit below a right one's 3
        assert (info["correct"], unlucky) == (False, pytest.approx(2.5))


def test_patience_is_thirty_steps_a_column() -> None:
    hand = Counter(Worksheet.of(("+", 5, 3), "columns"))
    hand.load()
    judged = [step for step in range(1, 61) if hand.act(MARK).digit is not None]
    assert judged == [30, 60]
    assert hand.sheet.done
    assert hand.sheet.answer == "5"


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("style", STYLES)
def test_garbage_comes_to_an_end(style: Style, level: int) -> None:
    env = gym.make("Reason-Arithmetic-v0", view="array", scratchpad=style, level=level).unwrapped
    choices = int(env.action_space.n)  # type: ignore[attr-defined]
    rng = np.random.default_rng(level)
    policies: list[Callable[[Any], int]] = [lambda _, fixed=action: fixed for action in range(choices)]  # type: ignore[misc]
    for act in (*policies, lambda _: int(rng.integers(choices))):
        _, steps, info = play(env, act, 4)
        assert steps < 50_000
        assert info["verdict"] in ("correct", "wrong")
