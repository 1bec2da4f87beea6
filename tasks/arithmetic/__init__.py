"""Integer arithmetic: does an agent carry out an algorithm, or has it learnt a table?

Problems are generated without end from seeds, level by level (see `levels`), in several wordings. The answer is an
integer and is judged exactly: a literal, no expression, no tolerance. A sum or product of
two numbers counts as one content either way round and falls into one split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..answer import judge_integer, parse_integer
from ..errors import BadLevel
from ..problem import Level, Problem, Split, Verdict, check_split, split_of
from ..stream import Stream
from . import levels as _levels
from . import sums
from .draw import Stuck, expression
from .encoding import Expressions, compile_tree
from .expression import Tree, content, evaluate, render
from .wording import question
from .working import STYLES, worked

NAME = "arithmetic"
VERSION = 1
_STREAMS = f"{NAME} {VERSION}"
_TRIES = 10_000
_WORDINGS = 1 << 32


def levels() -> dict[int, str]:
    """The ten levels and their axes in words."""
    return {number: row.label for number, row in _levels.TABLE.items()}


def describe(level: Level) -> str:
    """A level's axes in words."""
    return _levels.axes(level).label


def distinct(level: Level) -> float:
    """An upper bound of the number of different expressions of a level, over all splits."""
    return _levels.distinct(_levels.axes(level))


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The problem of a seed; a pure function of its arguments.

    Raises:
        UnknownName: no such split.
        BadLevel: no such level, or it holds no problem of this split.
    """
    axes = _levels.axes(level)
    key = _key(check_split(split), level, seed)
    drawn = sums.draw(key, axes.chain, split) if axes.chain else None
    # `draw` gives up where a level has next to no chains of the split, at none that is known. The stream then begins
    # again: `draw` keeps no place in it, and `_search` makes other numbers of the same words and says why it fails.
    tree, text, value, choice = drawn or _search(Stream(key), axes, split, level)
    return Problem(NAME, VERSION, split, level, seed, question(choice, tree, text), str(value), {"expression": tree})


def _search(rng: Stream, axes: _levels.Axes, split: Split, level: Level) -> tuple[Tree, str, int, int]:
    """An expression that belongs to the split: tree, infix, value, and a random integer for the wording."""
    try:
        for _ in range(_TRIES):
            tree = expression(rng, axes)
            text = render(tree)
            if split_of(content(tree, text)) == split:
                return tree, text, evaluate(tree), rng.below(_WORDINGS)
    except Stuck as stuck:
        raise BadLevel(f"level {level!r}: {stuck}; widen the digits or the operators") from None
    raise BadLevel(f"level {level!r}: no problem of the split {split!r} in {_TRIES} draws; widen the digits")


@dataclass(frozen=True)
class Drawn:
    """Problems without their texts: what an array view and the judge need of them."""

    expressions: Expressions
    answers: list[str]


def draw_many(split: Split, level: Level, seeds: Sequence[int]) -> Drawn:
    """The problems that `generate` makes of many seeds, without their texts; much cheaper for plain sums.

    Raises:
        UnknownName: no such split.
        BadLevel: no such level, or it holds no problem of this split.
    """
    check_split(split)
    chain = _bulk_chain(level)
    if chain is None:
        return _one_by_one(split, level, seeds)
    chains = sums.draw_many([_key(split, level, seed) for seed in seeds], chain, split)
    expressions = Expressions.of_chains(chains.numbers, chains.minus, chains.count)
    answers = list(map(str, chains.values.tolist()))
    missing = np.flatnonzero(~chains.found).tolist()
    if missing:
        others = _one_by_one(split, level, [seeds[row] for row in missing])
        expressions = expressions.with_rows(missing, others.expressions)
        for row, answer in zip(missing, others.answers, strict=True):
            answers[row] = answer
    return Drawn(expressions, answers)


def _one_by_one(split: Split, level: Level, seeds: Sequence[int]) -> Drawn:
    problems = [generate(split, level, seed) for seed in seeds]
    trees = [problem.facts["expression"] for problem in problems]
    return Drawn(Expressions.of(trees, _levels.axes(level).terms[1]), [problem.answer for problem in problems])


def draws_in_bulk(level: Level) -> bool:
    """Whether `draw_many` is much cheaper for many problems at a time than for a few."""
    return _bulk_chain(level) is not None


def _bulk_chain(level: Level) -> _levels.Chain | None:
    axes = _levels.axes(level)
    return axes.chain if axes.terms[1] <= sums.MOST else None


def _key(split: Split, level: Level, seed: int) -> str:
    """The name of a problem's random stream."""
    return f"{_STREAMS} {split} {level} {seed}"


def verify(problem: Problem, answer: str) -> Verdict:
    """Judge a completion: its final integer literal against the value of the expression."""
    return judge(answer, problem.answer)


judge = judge_integer
"""what `verify` does, given the right answer instead of the problem"""
parse = parse_integer
"""the integer that `verify` reads"""


def solution(problem: Problem, style: str = "columns") -> str:
    """A working that ends in the boxed answer, in one of `STYLES`, by default column by column. Raises UnknownName."""
    return worked(problem.facts["expression"], style)


def encode(problem: Problem) -> dict[str, NDArray[np.generic]]:
    r"""The expression as digits and a program.

    Returns:
        `sign` (n,) int8, +1 or -1, and `digits` (n, D) int8, least significant first, -1 beyond the end: the numbers in
        the order of the text. `program` (m, 3) int16: operator (index into `OPERATORS`), left and right, each an index
        of a number, or n + the index of an earlier row of the program.
    """
    numbers, program = compile_tree(problem.facts["expression"])
    texts = [str(abs(number))[::-1] for number in numbers]
    digits = np.full((len(texts), max(map(len, texts))), -1, np.int8)
    for row, text in zip(digits, texts, strict=True):
        row[: len(text)] = [int(digit) for digit in text]
    sign = np.array([-1 if number < 0 else 1 for number in numbers], np.int8)
    return {"sign": sign, "digits": digits, "program": np.array(program, np.int16).reshape(-1, 3)}


__all__ = [
    "NAME",
    "STYLES",
    "VERSION",
    "Drawn",
    "describe",
    "distinct",
    "draw_many",
    "draws_in_bulk",
    "encode",
    "generate",
    "judge",
    "levels",
    "parse",
    "solution",
    "verify",
]
