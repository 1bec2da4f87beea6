"""Integer expressions as trees: how they are written, what they are worth, when two count as the same content.

A tree is an `int` or a triple `(operator, left, right)`. Operators are those of Python: `+ - * // %`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import add, floordiv, mod, mul, sub

Tree = int | tuple[str, "Tree", "Tree"]

APPLY: dict[str, Callable[[int, int], int]] = {"+": add, "-": sub, "*": mul, "//": floordiv, "%": mod}
OPERATORS = tuple(APPLY)
_RANK = {"+": 1, "-": 1, "*": 2, "//": 2, "%": 2}


def evaluate(tree: Tree) -> int:
    """The value of a tree, by Python's exact integer arithmetic. Raises ZeroDivisionError as Python does."""
    if isinstance(tree, int):
        return tree
    operator, left, right = tree
    return APPLY[operator](evaluate(left), evaluate(right))


def render(tree: Tree) -> str:
    """The tree in infix with no more parentheses than it needs.

    >>> render(("-", 7, ("+", 2, ("*", 3, -4))))
    '7 - (2 + 3 * (-4))'
    """
    return _render(tree, 0, first=True)


def _render(tree: Tree, outer: int, first: bool) -> str:
    if isinstance(tree, int):
        return str(tree) if tree >= 0 or first else f"({tree})"
    operator, left, right = tree
    rank = _RANK[operator]
    bare = rank > outer
    text = f"{_render(left, rank - 1, first or not bare)} {operator} {_render(right, rank, False)}"
    return text if bare else f"({text})"


def depth(tree: Tree) -> int:
    """How deep the parentheses around operations nest when the tree is written out.

    >>> depth(("*", 2, ("+", 3, 4))), depth(("+", 2, ("*", 3, 4)))
    (1, 0)
    """
    return _depth(tree, 0)


def _depth(tree: Tree, outer: int) -> int:
    if isinstance(tree, int):
        return 0
    operator, left, right = tree
    rank = _RANK[operator]
    return int(rank <= outer) + max(_depth(left, rank - 1), _depth(right, rank))


def content(tree: Tree, text: str) -> str:
    """The key by which splits are drawn: a sum or product of two numbers is the same content either way round.

    Args:
        tree: the expression.
        text: the same in infix.

    >>> content(("+", 5, 3), "5 + 3"), content(("-", 5, 3), "5 - 3")
    ('3 + 5', '5 - 3')
    """
    if isinstance(tree, int):
        return text
    operator, left, right = tree
    if not isinstance(left, int) or not isinstance(right, int):
        return text
    return f"{right} {operator} {left}" if operator in "+*" and right < left else text


def leaves(tree: Tree) -> Iterator[int]:
    """The numbers of the tree, left to right."""
    if isinstance(tree, int):
        yield tree
    else:
        yield from leaves(tree[1])
        yield from leaves(tree[2])
