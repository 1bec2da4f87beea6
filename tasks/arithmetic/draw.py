"""Random expressions within given axes.

A chain of items is drawn left to right, an item being a number or a chain in parentheses. The right side of `//` is a
divisor of what stands left of it, so that division is always exact; what cannot be continued is drawn afresh.
"""

from __future__ import annotations

from ..stream import Stream
from .expression import Tree, depth, evaluate
from .levels import Axes, Range

_TRIES = 10_000


class Stuck(Exception):
    """This draw cannot be completed within the axes; draw again."""


def number(rng: Stream, digits: Range) -> int:
    """A number whose length is uniform over `digits`; one digit may be 0."""
    low, high = digits
    length = low + rng.below(high - low + 1)
    start = 10 ** (length - 1)
    return rng.below(10) if length == 1 else start + rng.below(9 * start)


def expression(rng: Stream, axes: Axes) -> Tree:
    """A random tree within the axes."""
    low, high = axes.terms
    if low == high == 2:
        return _pair(rng, axes)
    for _ in range(_TRIES):
        try:
            tree = _chain(rng, axes, low + rng.below(high - low + 1), axes.nesting)
        except Stuck:
            continue
        if depth(tree) <= axes.nesting:
            return tree
    raise Stuck(f"no expression found in {_TRIES} draws for {axes}")


def _pair(rng: Stream, axes: Axes) -> Tree:
    for _ in range(_TRIES):
        try:
            operator = _pick(rng, axes.operators)
            return _joined(rng, axes, operator, _leaf(rng, axes), None)
        except Stuck:
            continue
    raise Stuck(f"no expression found in {_TRIES} draws for {axes}")


def _chain(rng: Stream, axes: Axes, terms: int, nesting: int) -> Tree:
    """Items joined by operators, products before sums."""
    sizes = _sizes(rng, terms, nesting)
    operators = [_pick(rng, axes.operators) for _ in sizes[1:]]
    total: Tree | None = None
    pending = "+"
    run = _item(rng, axes, sizes[0], nesting)
    for operator, size in zip(operators, sizes[1:], strict=True):
        if operator in ("+", "-"):
            total = run if total is None else (pending, total, run)
            pending, run = operator, _item(rng, axes, size, nesting)
        else:
            if size > 1 and operator != "*":
                raise Stuck  # a divisor is a number, chosen to suit what it divides
            inner = None if size == 1 else _item(rng, axes, size, nesting)
            run = _joined(rng, axes, operator, run, inner)
    return run if total is None else (pending, total, run)


def _sizes(rng: Stream, terms: int, nesting: int) -> list[int]:
    """How many numbers each item of a chain holds: all one where no parentheses are left to open."""
    if not nesting or terms == 2:
        return [1] * terms
    inner = 2 + rng.below(terms - 2)
    before = rng.below(terms - inner + 1)
    return [1] * before + [inner] + [1] * (terms - inner - before)


def _item(rng: Stream, axes: Axes, size: int, nesting: int) -> Tree:
    return _leaf(rng, axes) if size == 1 else _chain(rng, axes, size, nesting - 1)


def _leaf(rng: Stream, axes: Axes) -> int:
    value = number(rng, axes.digits)
    return -value if axes.signed and rng.below(4) == 0 else value


def _joined(rng: Stream, axes: Axes, operator: str, left: Tree, right: Tree | None) -> Tree:
    """`left operator right`, the right side drawn to suit if it is None."""
    if operator in ("+", "-"):
        return operator, left, _leaf(rng, axes)
    lengths = axes.right_digits or axes.digits
    if operator == "*":
        return operator, left, number(rng, lengths) if right is None else right
    value = evaluate(left)
    if operator == "%":
        if value < 0:
            raise Stuck
        return operator, left, _nonzero(rng, lengths)
    if isinstance(left, int):
        return _quotient(rng, axes, lengths)
    for _ in range(20):
        divisor = _nonzero(rng, lengths)
        if value % divisor == 0:
            return operator, left, divisor
    raise Stuck


def _quotient(rng: Stream, axes: Axes, lengths: Range) -> Tree:
    """`a // b` with `a` a multiple of `b` whose length is within the axes."""
    for _ in range(20):
        divisor = _nonzero(rng, lengths)
        dividend = number(rng, axes.digits)
        dividend -= dividend % divisor
        if len(str(dividend)) >= axes.digits[0]:
            sign = -1 if axes.signed and rng.below(4) == 0 else 1
            return "//", sign * dividend, divisor
    raise Stuck


def _nonzero(rng: Stream, lengths: Range) -> int:
    value = number(rng, lengths)
    if value == 0:
        raise Stuck
    return value


def _pick(rng: Stream, operators: tuple[str, ...]) -> str:
    return operators[rng.below(len(operators))]
