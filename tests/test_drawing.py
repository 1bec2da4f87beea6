"""Problems drawn many at a time: they are those of the single seeds, and what is foretold of their worksheets holds."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from test_arithmetic import AXES, tree_of

from reason_arena.envs.hands import Counter, Pen
from reason_arena.envs.worksheet import STYLES, Worksheet
from reason_arena.tasks import arithmetic
from reason_arena.tasks.arithmetic import sums
from reason_arena.tasks.arithmetic.encoding import Expressions
from reason_arena.tasks.arithmetic.levels import axes
from reason_arena.tasks.errors import UnknownName
from reason_arena.tasks.problem import SPLITS, Split

CHAINS = [
    *AXES,
    "operators=-,digits=12",  # the longest numbers that are drawn in bulk
    "operators=+-,digits=1,terms=2-7",  # and the longest chains
    "operators=+-,digits=1-4,terms=2-9",
]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("level", CHAINS)
def test_problems_drawn_in_bulk_are_those_of_the_single_seeds(level: int | str, split: Split) -> None:
    seeds = [*range(400), 2**62 - 1, 2**70]
    drawn = arithmetic.draw_many(split, level, seeds)
    for seed, compiled, answer in zip(seeds, drawn.expressions.tolist(), drawn.answers, strict=True):
        problem = arithmetic.generate(split, level, seed)
        assert answer == problem.answer
        assert tree_of(*compiled) == problem.facts["expression"], problem


@pytest.mark.parametrize("level", [2, 8, "operators=+-,digits=20,terms=2-5"])
def test_no_seeds_are_no_problems(level: int | str) -> None:
    drawn = arithmetic.draw_many("train", level, [])
    one = arithmetic.draw_many("train", level, [5]).expressions
    assert drawn.answers == drawn.expressions.tolist() == []
    for name in ("numbers", "count", "program", "longest"):
        none, some = getattr(drawn.expressions, name), getattr(one, name)
        assert none.shape == (0, *some.shape[1:])
        assert none.dtype == np.int64
    assert one.with_rows([], drawn.expressions).tolist() == one.tolist()


@pytest.mark.parametrize("level", [2, 8])
@pytest.mark.parametrize("seeds", [[], [1]])
def test_a_split_that_is_none_is_named_whatever_is_drawn(level: int, seeds: list[int]) -> None:
    with pytest.raises(UnknownName, match="unknown split 'tset'"):
        arithmetic.draw_many("tset", level, seeds)  # type: ignore[arg-type]


def test_a_chain_that_is_not_found_in_bulk_is_found_alone() -> None:
    level = "operators=+,digits=1"  # 55 contents: many streams hold none of the test split in their first block
    chain = axes(level).chain
    assert chain is not None
    keys = [f"arithmetic {arithmetic.VERSION} test {level} {seed}" for seed in range(600)]
    assert not sums.draw_many(keys, chain, "test").found.all()
    drawn = arithmetic.draw_many("test", level, range(600))
    assert drawn.answers == [arithmetic.generate("test", level, seed).answer for seed in range(600)]


@pytest.mark.parametrize("number", [5, 10**30])  # the second is no int64
def test_rows_are_replaced_in_a_copy(number: int) -> None:
    few, many = ("-", 7, 3), ("+", ("+", 1, 2), 4)
    given = Expressions.of([few, many, few], 3)
    made = given.with_rows([2, 0], Expressions.of([("*", number, 2), many], 3))
    assert [tree_of(*each) for each in given.tolist()] == [few, many, few]
    assert given.longest.tolist() == [2, 3, 2]  # 7 - 3 may become 10 and more on a worksheet, 1 + 2 + 4 a hundred
    assert [tree_of(*each) for each in made.tolist()] == [many, many, ("*", number, 2)]
    assert made.longest.tolist() == [3, 3, len(str(number)) + 1]


@pytest.mark.parametrize("level", [2, 4, 8, "operators=*,digits=25"])
def test_no_number_on_a_worksheet_is_longer_than_foretold(level: int | str) -> None:
    rng = Random(5)
    seeds = range(60)
    foretold = arithmetic.draw_many("train", level, seeds).expressions.longest.tolist()
    for seed, longest in zip(seeds, foretold, strict=True):
        for style in STYLES:
            sheet = Worksheet.of(arithmetic.generate("train", level, seed).facts["expression"], style)
            hand = Counter(sheet) if style == "columns" else Pen(sheet)
            hand.load()
            while not sheet.done:
                assert sheet.row is None or sheet.row.columns <= longest
                hand.act(rng.choice([0, 1, 2, 3, 3, 3]))
            assert all(len(str(abs(number))) <= longest for number in sheet.numbers)
