"""The tools of the array view: exact, and within their budget whatever they are given; and the desk they lie on."""

from __future__ import annotations

import itertools
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from reason_arena.agents.pointing import plan, pointers
from reason_arena.envs import desk
from reason_arena.envs.desk import Desk
from reason_arena.tasks import aime
from reason_arena.tasks.aime import catalogue
from reason_arena.tasks.aime.toolbox import PROGRAMS, TOOLS
from reason_arena.tasks.aime.tools import BUDGET, POSTS, Tool, call, finish

ANY = (0, 1, 2, 3, 6, 7, 12, 100, 999, 1000, 12345, 10**9, 10**18 - 1)
"""what an agent may point at: anything that a statement can hold"""
SOLVED = [catalogue.family(name) for name in PROGRAMS]
LINES = 12
"""lines of Python that an elementary step may stand for"""
BITS = 10
"""of the longest number on the way, for each elementary step"""


def work(tool: Tool, arguments: tuple[int, ...]) -> tuple[int, int]:
    """How many lines of Python a call runs, and the bits of the longest number that has a name on the way."""
    count = longest = 0

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal count, longest
        count += event == "line"
        longest = max(longest, *(each.bit_length() for each in frame.f_locals.values() if type(each) is int), 0)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call(tool, arguments)
    finally:
        sys.settrace(before)
    return count, longest


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_tool_bears_anything_and_keeps_to_its_budget(tool: Tool) -> None:
    rng = np.random.default_rng(0)
    every = list(itertools.product(ANY, repeat=tool.arity))
    costs = {}
    for index in rng.permutation(len(every))[:800]:
        result = call(tool, every[index])
        if result is None:
            continue
        costs[every[index]] = tool.steps(*every[index])
        numbers = result if isinstance(result, tuple) else (result,)
        assert all(type(number) is int for number in numbers), every[index]
        assert len(numbers) == 1 or numbers[1] > 0
        for post in POSTS:
            assert finish(result, post, 7).lstrip("-").isdigit() or finish(result, post, 7) == ""
    dearest = sorted(costs, key=lambda arguments: -costs[arguments])
    for arguments in dearest[:20] + dearest[:: len(dearest) // 20 + 1]:
        lines, bits = work(tool, arguments)
        assert lines <= LINES * BUDGET + 100, arguments
        assert bits <= BITS * BUDGET, arguments


def test_what_agents_point_at_does_not_fill_the_memory() -> None:
    """A cache without a bound is for what families ask themselves; no tool adds to one."""
    modules = [import_module(name) for name in sys.modules if name.startswith("reason_arena.tasks.aime.")]
    values = [value for module in modules for value in vars(module).values()]
    caches = [value for value in values if hasattr(value, "cache_info") and value.cache_info().maxsize is None]
    assert caches
    sizes = [cache.cache_info().currsize for cache in caches]
    rng = np.random.default_rng(0)
    for tool in TOOLS.values():
        for most in (10, 100, 1_000, 10_000):
            for numbers in rng.integers(1, most, (50, tool.arity)).tolist():
                call(tool, numbers)
    assert [cache.cache_info().currsize for cache in caches] == sizes


@pytest.mark.parametrize("family", SOLVED, ids=lambda family: family.name)
def test_a_program_solves_every_instance_of_its_family(family: Any) -> None:
    for tiers in (1, 2, 3):
        for seed in range(60):
            level = f"families={family.name},tiers={tiers},wordings=all"
            problem = aime.generate("test", level, seed)
            place = Desk(problem.question)
            choices = plan(problem)
            while not place.done:
                place.act(choices[place.stage])
            assert place.answer == problem.answer, (problem.question, place.program())


def test_pointers_are_found_in_every_wording() -> None:
    family = catalogue.family("power-remainder")
    assert pointers(family, 0) == {"a": 0, "b": 1, "c": 2, "m": 3}
    numbers = Desk(family.say((7, 30, 5, 11), 1)).numbers
    assert [numbers[place] for place in pointers(family, 1).values()] == [7, 30, 5, 11]


def test_no_value_is_seen_but_its_length() -> None:
    """Two statements that differ in the values alone, of the same lengths, look the same at every stage."""
    one, other = Desk("What is $27$ times $831$ modulo $7$?"), Desk("What is $64$ times $999$ modulo $5$?")
    views = np.zeros((2, desk.SIZE), np.float32)
    for _ in range(desk.STAGES):
        one.observe(views[0])
        other.observe(views[1])
        assert np.array_equal(views[0], views[1])
        if one.done:
            break
        one.act(0)
        other.act(0)
    for row, digit in enumerate("12"):  # too long to be pointed at
        Desk(f"What is ${digit * 30}$ times $8$?").observe(views[row])
    assert np.array_equal(views[0], views[1])
    Desk("What is $27$ times $8$ modulo $7$?").observe(views[0])
    Desk("What is $27$ times $83$ modulo $7$?").observe(views[1])
    assert not np.array_equal(views[0], views[1])


def test_a_choice_that_means_nothing_ends_without_an_answer() -> None:
    place = Desk("Nothing to point at here.")
    place.act(0)
    mask = np.zeros(desk.ACTIONS, np.int8)
    place.mask(mask)
    assert mask.sum() == 1, "an agent that draws from a mask needs one action"
    place.act(0)
    assert (place.done, place.answer) == (True, "")
    place = Desk("What is $3$ of $4$?")
    place.act(len(TOOLS))
    assert (place.done, place.answer) == (True, "")


def test_what_becomes_of_a_result() -> None:
    assert finish(1234, "as_is") == "1234"
    assert finish(1234, "mod_1000") == "234"
    assert finish(-7, "mod_1000") == "993"
    assert finish((6, 4), "m_plus_n") == "5"
    assert finish((6, 3), "as_is") == "2"
    assert finish((6, 4), "mod_1000") == ""
    assert finish(12, "mod_number", 5) == "2"
    assert finish(12, "mod_number", 0) == ""
    assert finish(None, "as_is") == ""


def test_a_person_is_told_what_may_be_chosen() -> None:
    place = Desk("How many integers from $1$ to $60$ have the greatest common divisor $4$ with $12$?")
    assert f"{desk.TOOL_NAMES.index('gcd_count')}: gcd_count" in place.show()
    place.act(desk.TOOL_NAMES.index("gcd_count"))
    assert place.show().splitlines() == ["gcd_count()", "choose n out of 0: 1, 1: 60, 2: 4, 3: 12"]
    for action in (1, 3, 2):
        place.act(action)
    assert place.show().endswith("\nchoose out of 0: as_is, 1: mod_1000, 2: m_plus_n, 3: mod_number")
    place.act(POSTS.index("mod_number"))
    place.act(3)
    # 4, 8, 16, ..., multiples of 4 but not of 12 among 15: ten of them; 10 mod 12.
    assert place.show() == "gcd_count(60, 12, 4) = 10, mod_number 12: 10"
