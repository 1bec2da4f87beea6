"""Worked solutions: every operation column by column, as on paper, ending in the boxed answer.

Written for a reader that sees one character at a time: each digit of a result stands next to the digits it comes from.
"""

from __future__ import annotations

from itertools import zip_longest

from .expression import APPLY, Tree


def worked(tree: Tree) -> str:
    """The working of a tree, a line an operation.

    >>> print(worked(("+", 427, 385)))
    427+385: 7+5=12 2+8+1=11 4+3+1=8 >812
    \\boxed{812}
    """
    lines: list[str] = []
    value = _value(tree, lines)
    return "\n".join([*lines, f"\\boxed{{{value}}}"])


def _value(tree: Tree, lines: list[str]) -> int:
    if isinstance(tree, int):
        return tree
    operator, left, right = tree
    a, b = _value(left, lines), _value(right, lines)
    value = APPLY[operator](a, b)
    lines.append(f"{a}{operator}{b}: {_columns(operator, a, b)} >{value}")
    return value


def _columns(operator: str, a: int, b: int) -> str:
    if operator == "-":
        return _columns("+", a, -b)
    if operator == "+":
        if (a < 0) == (b < 0):
            return sum_columns(abs(a), abs(b))
        high, low = max(abs(a), abs(b)), min(abs(a), abs(b))
        return difference_columns(high, low)
    if operator == "*":
        return product_columns(abs(a), abs(b))
    return division_columns(abs(a), abs(b))


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


def sum_columns(a: int, b: int) -> str:
    """Columns of a + b from the right, the carry as a third summand."""
    parts, carry = [], 0
    for x, y in zip_longest(_digits(a), _digits(b), fillvalue=0):
        parts.append(f"{x}+{y}{'+1' if carry else ''}={x + y + carry}")
        carry = int(x + y + carry > 9)
    return " ".join(parts)


def difference_columns(a: int, b: int) -> str:
    """Columns of a - b for a >= b from the right, ten borrowed where needed."""
    parts, borrow = [], 0
    for x, y in zip_longest(_digits(a), _digits(b), fillvalue=0):
        lent = int(x - y - borrow < 0)
        parts.append(f"{10 * lent + x}-{y}{'-1' if borrow else ''}={10 * lent + x - y - borrow}")
        borrow = lent
    return " ".join(parts)


def product_columns(a: int, b: int) -> str:
    """The partial product of each digit of the shorter number, then their running sum."""
    if len(str(a)) < len(str(b)):
        a, b = b, a
    parts, total = [], 0
    for place, y in enumerate(_digits(b)):
        partial = a * y * 10**place
        parts.append(f"{a}*{y}{'0' * place}={partial}")
        if place:
            parts.append(f"{total}+{partial}={total + partial}")
        total += partial
    return " ".join(parts)


def division_columns(a: int, b: int) -> str:
    """Long division from the left: what each digit of the quotient takes away."""
    parts, rest = [], 0
    for digit in str(a):
        rest = rest * 10 + int(digit)
        count = rest // b
        parts.append(f"{rest}/{b}={count} {rest}-{count * b}={rest - count * b}")
        rest -= count * b
    return " ".join(parts)
