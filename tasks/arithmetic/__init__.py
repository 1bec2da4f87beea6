"""Integer arithmetic: does an agent carry out an algorithm, or has it learnt a table?

Problems are generated without end from seeds, level by level (see `levels`), in several wordings. The answer is an
integer and is judged exactly: a literal, no expression, no tolerance. A sum or product of
two numbers counts as one content either way round and falls into one split.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..answer import judge_integer
from ..errors import BadLevel
from ..problem import Level, Problem, Split, Verdict, check_split, split_of
from ..stream import Stream
from . import levels as _levels
from . import sums
from .draw import Stuck, expression
from .expression import OPERATORS, Tree, content, evaluate, render
from .wording import question
from .working import worked

NAME = "arithmetic"
VERSION = 1
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
    rng = Stream(f"{NAME} {VERSION} {check_split(split)} {level} {seed}")
    if axes.chain and (drawn := sums.draw(rng, axes.chain, split)):
        return _problem(split, level, seed, *drawn)
    try:
        for _ in range(_TRIES):
            tree = expression(rng, axes)
            text = render(tree)
            if split_of(content(tree, text)) == split:
                return _problem(split, level, seed, tree, text, evaluate(tree), rng.below(_WORDINGS))
    except Stuck as stuck:
        raise BadLevel(f"level {level!r}: {stuck}; widen the digits or the operators") from None
    raise BadLevel(f"level {level!r}: no problem of the split {split!r} in {_TRIES} draws; widen the digits")


def _problem(split: Split, level: Level, seed: int, tree: Tree, text: str, value: int, choice: int) -> Problem:
    return Problem(NAME, VERSION, split, level, seed, question(choice, tree, text), str(value), {"expression": tree})


def verify(problem: Problem, answer: str) -> Verdict:
    """Judge a completion: its final integer literal against the value of the expression."""
    return judge_integer(answer, problem.answer)


def solution(problem: Problem) -> str:
    """Column by column working that ends in the boxed answer."""
    return worked(problem.facts["expression"])


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


def compile_tree(tree: Tree) -> tuple[list[int], list[tuple[int, int, int]]]:
    """The numbers of a tree left to right, and its operations in working order over their indices (see `encode`)."""
    if not isinstance(tree, int) and isinstance(tree[1], int) and isinstance(tree[2], int):
        return [tree[1], tree[2]], [(OPERATORS.index(tree[0]), 0, 1)]
    numbers: list[int] = []
    program: list[tuple[int, int, int]] = []
    _flatten(tree, numbers, program)
    n = len(numbers)
    return numbers, [(op, a if a >= 0 else n - 1 - a, b if b >= 0 else n - 1 - b) for op, a, b in program]


def _flatten(tree: Tree, numbers: list[int], program: list[tuple[int, int, int]]) -> int:
    """Append a tree; its index among the numbers, or -1 - its row, since the count of numbers is not known yet."""
    if isinstance(tree, int):
        numbers.append(tree)
        return len(numbers) - 1
    left = _flatten(tree[1], numbers, program)
    right = _flatten(tree[2], numbers, program)
    program.append((OPERATORS.index(tree[0]), left, right))
    return -len(program)


__all__ = [
    "NAME",
    "VERSION",
    "compile_tree",
    "describe",
    "distinct",
    "encode",
    "generate",
    "levels",
    "solution",
    "verify",
]
