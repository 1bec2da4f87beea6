"""Expressions as numbers and a program: what the array views are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expression import OPERATORS, Tree

_MULTIPLY = OPERATORS.index("*")
SHORT = 18
"""numbers of so many digits fit an int64, and so do their sums"""
Operation = tuple[int, int, int]
"""operator (an index into `OPERATORS`), left and right (see `compile_tree`)"""


def compile_tree(tree: Tree) -> tuple[list[int], list[Operation]]:
    """The numbers of a tree left to right, and its operations in working order.

    The sides of an operation are indices: of a number, or n + the index of an earlier operation.

    >>> compile_tree(("-", 7, ("*", 2, 3)))
    ([7, 2, 3], [(2, 1, 2), (1, 0, 3)])
    """
    if not isinstance(tree, int) and isinstance(tree[1], int) and isinstance(tree[2], int):
        return [tree[1], tree[2]], [(OPERATORS.index(tree[0]), 0, 1)]
    numbers: list[int] = []
    program: list[Operation] = []
    _flatten(tree, numbers, program)
    n = len(numbers)
    return numbers, [(op, a if a >= 0 else n - 1 - a, b if b >= 0 else n - 1 - b) for op, a, b in program]


def _flatten(tree: Tree, numbers: list[int], program: list[Operation]) -> int:
    """Append a tree; its index among the numbers, or -1 - its row, since the count of numbers is not known yet."""
    if isinstance(tree, int):
        numbers.append(tree)
        return len(numbers) - 1
    left = _flatten(tree[1], numbers, program)
    right = _flatten(tree[2], numbers, program)
    program.append((OPERATORS.index(tree[0]), left, right))
    return -len(program)


@dataclass(frozen=True)
class Expressions:
    """k expressions side by side, of at most S numbers each."""

    numbers: NDArray[Any]
    """(k, S) in the order of the text, int64 or, if they are too long for that, object"""
    count: NDArray[np.int64]
    """(k,) how many numbers there are; one operation less"""
    program: NDArray[np.int64]
    """(k, S - 1, 3) operations in working order (see `compile_tree`)"""
    longest: NDArray[np.int64]
    """(k,) no number that comes up when these are worked in columns, rightly or wrongly, has more digits"""

    @classmethod
    def of(cls, trees: Sequence[Tree], size: int) -> Expressions:
        """The trees as arrays, with room for `size` numbers each."""
        compiled = [compile_tree(tree) for tree in trees]
        longest = [_longest(*each) for each in compiled]
        dtype = np.int64 if max(longest, default=0) <= SHORT else object
        numbers = np.array([n + [0] * (size - len(n)) for n, _ in compiled], dtype)
        program = np.array([p + [(0, 0, 0)] * (size - 1 - len(p)) for _, p in compiled], np.int64)
        return cls(
            numbers.reshape(-1, size),
            np.array([len(n) for n, _ in compiled], np.int64),
            program.reshape(-1, size - 1, 3),
            np.array(longest, np.int64),
        )

    @classmethod
    def of_chains(cls, numbers: NDArray[np.int64], minus: NDArray[np.bool_], count: NDArray[np.int64]) -> Expressions:
        """Chains of sums and differences as `sums.draw_many` draws them."""
        k, size = numbers.shape
        row = np.arange(size - 1)
        left = np.where(row == 0, 0, count[:, None] + row - 1)
        program = np.stack(np.broadcast_arrays(minus[:, 1:].astype(np.int64), left, row + 1), axis=2)
        longest = np.full(k, len(str(numbers.max(initial=0))) + size - 1)
        return cls(numbers, count, program, longest)

    def take(self, rows: Any) -> Expressions:
        """Some of them."""
        return Expressions(self.numbers[rows], self.count[rows], self.program[rows], self.longest[rows])

    def with_rows(self, rows: Any, others: Expressions) -> Expressions:
        """A copy in which some of them are replaced."""
        numbers = self.numbers.astype(np.promote_types(self.numbers.dtype, others.numbers.dtype))
        count, program, longest = self.count.copy(), self.program.copy(), self.longest.copy()
        numbers[rows], count[rows], program[rows] = others.numbers, others.count, others.program
        longest[rows] = others.longest
        return Expressions(numbers, count, program, longest)

    def tolist(self) -> list[tuple[list[int], list[Operation]]]:
        """As `compile_tree` gives them."""
        rows = zip(self.numbers.tolist(), self.program.tolist(), self.count.tolist(), strict=True)
        return [(numbers[:n], program[: n - 1]) for numbers, program, n in rows]


def _longest(numbers: list[int], program: list[Operation]) -> int:
    """A product has at most the digits of both sides, any other result, even a wrong one, one more than the longer."""
    lengths = [len(str(abs(number))) for number in numbers]
    for operator, i, j in program:
        a, b = lengths[i], lengths[j]
        lengths.append(a + b if operator == _MULTIPLY else max(a, b) + 1)
    return max(lengths)
