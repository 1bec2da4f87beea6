"""Worked solutions: every operation column by column, as on paper, ending in the boxed answer.

Written for a reader that sees one character at a time: an operation is first brought into a form with nothing below
zero and the larger number first, and each digit of a result stands next to the digits it comes from. The last result
is read off its columns straight into the box; those before it are written out, since the next line needs them.

There are two styles of working by oneself. The short one is the columns alone; the other says behind each column, as
one speaks to somebody who learns it, what is written down of it and what is carried or borrowed. In the third the whole
expression is worked out by somebody else: it calls a tool, and takes its result (see `tasks.calling`).
"""

from __future__ import annotations

from itertools import zip_longest

from ..calling import answered, called
from ..errors import UnknownName
from .expression import APPLY, Tree, evaluate, render

STYLES = ("columns", "narrated", "calls")
"""how a working may be written"""
Step = tuple[str, str]
"""a column, and what a narrator says of it"""


def worked(tree: Tree, style: str = "columns") -> str:
    r"""The working of a tree, a line an operation.

    Args:
        tree: the expression.
        style: one of `STYLES`.

    Raises:
        UnknownName: no such style.

    >>> print(worked(("+", 427, 385)))
    427+385: 7+5=12 2+8+1=11 4+3+1=8
    \boxed{812}
    >>> print(worked(("-", ("*", 12, 3), 42)))
    12*3: 12*3=36 >36
    36-42=-(42-36): 12-6=6 4-3-1=0
    \boxed{-6}
    >>> print(worked(("+", 427, 385), "narrated"))
    427+385: 7+5=12 write 2 carry 1, 2+8+1=11 write 1 carry 1, 4+3+1=8 write 8
    \boxed{812}
    >>> print(worked(("+", 427, 385), "calls"))
    <call>427 + 385</call><result>812</result>
    \boxed{812}
    """
    if style not in STYLES:
        raise UnknownName("style", style, STYLES)
    if style == "calls":
        value = evaluate(tree)
        return f"{called(render(tree))}{answered(str(value))}\n\\boxed{{{value}}}"
    lines: list[tuple[str, int]] = []
    value = _value(tree, lines, style == "narrated")
    shown = [f"{line} >{result}" for line, result in lines[:-1]] + [line for line, _ in lines[-1:]]
    return "\n".join([*shown, f"\\boxed{{{value}}}"])


def _value(tree: Tree, lines: list[tuple[str, int]], narrated: bool) -> int:
    """The value of a tree; its operations are appended to `lines` in working order, each with its result."""
    if isinstance(tree, int):
        return tree
    operator, left, right = tree
    a, b = _value(left, lines, narrated), _value(right, lines, narrated)
    value = APPLY[operator](a, b)
    asked = f"{a}{operator}{b}" if b >= 0 else f"{a}{operator}({b})"
    plain, steps = _plain(operator, a, b)
    columns = ", ".join(map(" ".join, steps)) if narrated else " ".join(step for step, _ in steps)
    lines.append((f"{asked}: {columns}" if plain == asked else f"{asked}={plain}: {columns}", value))
    return value


def _plain(operator: str, a: int, b: int) -> tuple[str, list[Step]]:
    """The operation on numbers without sign, the larger first in a difference, and its columns."""
    x, y = abs(a), abs(b)
    if operator in ("+", "-"):
        second = b if operator == "+" else -b
        if a * second > 0 or (not a * second and operator == "+" and a >= 0 and b >= 0):
            text, columns, negative = f"{x}+{y}", sum_columns(x, y), a < 0
        else:
            high, low = max(x, y), min(x, y)
            text, columns, negative = f"{high}-{low}", difference_columns(high, low), a + second < 0
    else:
        text, negative = f"{x}{operator}{y}", a * b < 0
        columns = product_columns(x, y) if operator == "*" else division_columns(x, y)
    return (f"-({text})" if negative else text), columns


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


def sum_columns(a: int, b: int) -> list[Step]:
    """Columns of a + b from the right, the carry as a third summand."""
    steps, carry = [], 0
    for x, y in zip_longest(_digits(a), _digits(b), fillvalue=0):
        total = x + y + carry
        steps.append(
            (f"{x}+{y}{'+1' if carry else ''}={total}", f"write {total % 10}{' carry 1' if total > 9 else ''}")
        )
        carry = int(total > 9)
    return steps


def difference_columns(a: int, b: int) -> list[Step]:
    """Columns of a - b for a >= b from the right, ten borrowed where needed."""
    steps, borrow = [], 0
    for x, y in zip_longest(_digits(a), _digits(b), fillvalue=0):
        lent = int(x - y - borrow < 0)
        rest = 10 * lent + x - y - borrow
        step = f"{10 * lent + x}-{y}{'-1' if borrow else ''}={rest}"
        steps.append((step, f"write {rest}{' borrow 1' if lent else ''}"))
        borrow = lent
    return steps


def product_columns(a: int, b: int) -> list[Step]:
    """The partial product of each digit of the shorter number, then their running sum."""
    if len(str(a)) < len(str(b)):
        a, b = b, a
    steps, total = [], 0
    for place, y in enumerate(_digits(b)):
        partial = a * y * 10**place
        step = f"{a}*{y}{'0' * place}={partial}"
        if place:
            step += f" {total}+{partial}={total + partial}"
        total += partial
        steps.append((step, f"so far {total}"))
    return steps


def division_columns(a: int, b: int) -> list[Step]:
    """Long division from the left: what each digit of the quotient takes away."""
    steps, rest = [], 0
    for digit in str(a):
        rest = rest * 10 + int(digit)
        count = rest // b
        steps.append((f"{rest}/{b}={count} {rest}-{count * b}={rest - count * b}", f"write {count}"))
        rest -= count * b
    return steps
