"""The worksheets of `envs/worksheet.py`, many at a time.

Every method takes `i`, the indices of the sheets it concerns, and does for each what the method of that name does for a
single `Worksheet`; a test walks both in lock-step.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from ...tasks.arithmetic.encoding import Expressions
from ...tasks.arithmetic.expression import OPERATORS
from ..worksheet import CRANKS, Style
from .digits import Decimal, Digits, Flags, Ints, Numbers, backwards

KINDS = "+-*/"
PLUS, MINUS, TIMES, OVER = range(4)
MULTIPLY, DIVIDE, REMAINDER = (OPERATORS.index(operator) for operator in ("*", "//", "%"))


class Sheets:
    """n worksheets. `waiting` sheets stand at the carriage, `done` ones have an answer, the others show a row.

    Args:
        n: how many.
        style: how they are worked.
        record: keep the rows that were worked, for `text`.
    """

    _papers = ("top", "bottom", "partial", "committed")
    _numbers = ("left", "right", "total", "quotient", "sign")
    _marks = ("kind", "columns", "units", "cranks", "place", "operator", "at", "count")
    _flags = ("waiting", "done")
    _others = ("numbers", "program", "lines")
    top: Digits
    bottom: Digits
    partial: Digits
    """the row at hand in the order of working, (n, D)"""
    committed: Digits
    """what stands below it, (n, D), 0 where nothing stands yet"""
    left: Numbers
    right: Numbers
    total: Numbers
    quotient: Numbers
    sign: Numbers
    """+1 or -1: of the result of the operation at hand"""
    kind: Ints
    """of the row at hand, an index into `KINDS`"""
    columns: Ints
    units: Ints
    """at the carriage: how many turns are still due (product), or whether the divisor fits (quotient)"""
    cranks: Ints
    place: Ints
    operator: Ints
    """the operator being worked, an index into `OPERATORS`"""
    at: Ints
    """how many operations are done"""
    count: Ints
    """how many numbers the expression has: one more than operations"""
    waiting: Flags
    done: Flags

    def __init__(self, n: int, style: Style, record: bool = False) -> None:
        self.style = style
        self.decimal = Decimal(8)
        self.numbers: Numbers = np.zeros((n, 3), np.int64)
        self.program: Ints = np.zeros((n, 1, 3), np.int64)
        self.lines: list[list[str]] | None = [[] for _ in range(n)] if record else None
        for name in self._papers:
            setattr(self, name, np.zeros((n, 8), np.int8))
        for name in (*self._numbers, *self._marks):
            setattr(self, name, np.zeros(n, np.int64))
        for name in self._flags:
            setattr(self, name, np.zeros(n, np.bool_))

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give each of the sheets a fresh expression."""
        self._make_room(expressions)
        self.numbers[i, : expressions.numbers.shape[1]] = expressions.numbers
        self.program[i, : expressions.program.shape[1]] = expressions.program
        self.count[i] = expressions.count
        self.at[i] = 0
        self.done[i] = False
        if self.lines is not None:
            for sheet in i.tolist():
                self.lines[sheet] = []
        self._begin(i)

    def _make_room(self, expressions: Expressions) -> None:
        """Widen the paper, and the integers, to what these expressions may need."""
        count, rows = expressions.numbers.shape[1], expressions.program.shape[1]
        self.numbers = _widened(self.numbers, count + rows)
        self.program = _widened(self.program, rows, 3)
        width = int(expressions.longest.max())
        if width <= self.decimal.width:
            return
        self.decimal = Decimal(width)
        for name in self._papers:
            setattr(self, name, _widened(getattr(self, name), width))
        for name in ("numbers", *self._numbers):
            setattr(self, name, getattr(self, name).astype(self.decimal.dtype))

    def answers(self, i: Ints) -> list[str]:
        """The last number on each sheet: the answer once all is done."""
        return list(map(str, self.numbers[i, self.count[i] + self.at[i] - 1].tolist()))

    def text(self, sheet: int) -> str:
        """The scratchpad of one sheet for people, a line a row. Only if rows are recorded."""
        return "\n".join((self.lines or [])[sheet])

    def get_state(self) -> dict[str, Any]:
        """Everything that changes, as a copy."""
        names = (*self._papers, *self._numbers, *self._marks, *self._flags, *self._others)
        return deepcopy({name: getattr(self, name) for name in names})

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        for name, value in deepcopy(state).items():
            setattr(self, name, value)
        self.decimal = Decimal(self.top.shape[1])

    def commit(self, i: Ints, note: Ints | None = None) -> None:
        """The rows at hand are written; `note` (k,) is what the hands still held, in long division the remainder."""
        written, operator = self.committed[i], self.operator[i]
        long = self.kind[i] == OVER if self.style == "digits" else np.zeros(len(i), np.bool_)
        if long.any():
            written[long] = backwards(written[long], self.columns[i[long]])
        value = self.decimal.numbers(written)
        if self.lines is not None:
            self._record(i, value)
        ends = (operator < MULTIPLY) | long | (self.place[i] < 0)
        if ends.any():
            result = self.sign[i] * value
            if note is not None:
                result = np.where(long & (operator == REMAINDER), note, result)
            if ends.all():
                return self._end(i, result)
            self._end(i[ends], result[ends])
            i, value = i[~ends], value[~ends]
        power = self.decimal.powers[self.place[i]]
        self.total[i] = self.total[i] % power + value * power
        self.cranks[i] += 1
        if self.style == "columns":
            return self._wait(i, self.units[i] - 1)
        times = self.kind[i] == TIMES
        for rows, go_on in ((i[times], self.shift), (i[~times], self._wait)):
            if len(rows):
                go_on(rows)

    def crank(self, i: Ints) -> None:
        """At the carriage: add the multiplicand, or take away the divisor, once more at this place."""
        top = self.total[i] // self.decimal.powers[self.place[i]]
        product = self.operator[i] == MULTIPLY
        bottom = np.where(product, self.left[i], self.right[i])
        columns = self.decimal.lengths(bottom) + 1
        columns = np.where(product, columns, np.maximum(columns, self.decimal.lengths(top)))
        self._row(i, np.where(product, PLUS, MINUS), top, bottom, columns)

    def shift(self, i: Ints) -> None:
        """At the carriage: go to the next place, or end the operation behind the last."""
        product = self.operator[i] == MULTIPLY
        cranks, place = self.cranks[i], self.place[i]
        self.cranks[i] = 0
        self.place[i] = place + np.where(product, 1, -1)
        if product.all():
            over = place + 1 == self.decimal.lengths(self.right[i])
        else:
            self.quotient[i] += cranks * self.decimal.powers[place]
            over = np.where(product, place + 1 == self.decimal.lengths(self.right[i]), place == 0)
        if over.any():
            result = self.sign[i] * np.where(self.operator[i] == DIVIDE, self.quotient[i], self.total[i])
            self._end(i[over], result[over])
            i = i[~over]
        if len(i):
            self._wait(i)

    def _begin(self, i: Ints) -> None:
        """Set up the operations that come next."""
        at = self.at[i]
        over = at + 1 == self.count[i]
        if over.any():
            self.done[i[over]] = True
            i, at = i[~over], at[~over]
            if not len(i):
                return
        operator, left, right = self.program[i, at].T
        a, b = self.numbers[i, left], self.numbers[i, right]
        self.operator[i] = operator
        sums = operator < MULTIPLY
        if sums.all():
            self._begin_sum(i, operator, a, b)
        elif not sums.any():
            self._begin_turning(i, operator, a, b)
        else:
            self._begin_sum(i[sums], operator[sums], a[sums], b[sums])
            self._begin_turning(i[~sums], operator[~sums], a[~sums], b[~sums])

    def _begin_sum(self, i: Ints, operator: Ints, a: Numbers, b: Numbers) -> None:
        """Like signs add; of unlike signs the smaller number is taken from the larger."""
        b = np.where(operator == MINUS, -b, b)
        self.sign[i] = np.where(a + b < 0, -1, 1)
        adds = ((a < 0) == (b < 0)) | (a == 0) | (b == 0)
        a, b = abs(a), abs(b)
        large = np.maximum(a, b)
        top, bottom = np.where(adds, a, large), np.where(adds, b, np.minimum(a, b))
        self._row(i, np.where(adds, PLUS, MINUS), top, bottom, self.decimal.lengths(large) + adds)

    def _begin_turning(self, i: Ints, operator: Ints, a: Numbers, b: Numbers) -> None:
        """Products and divisions go to the carriage, which begins at the lowest place or at the highest."""
        self.sign[i] = np.where(((a < 0) == (b < 0)) | (operator == REMAINDER), 1, -1)
        a, b = abs(a), abs(b)
        longer = self.decimal.lengths(a) - self.decimal.lengths(b)
        product = operator == MULTIPLY
        swaps = product & (longer < 0)
        self.left[i], self.right[i] = np.where(swaps, b, a), np.where(swaps, a, b)
        self.total[i] = np.where(product, 0, a)
        self.place[i] = np.where(product, 0, np.maximum(longer, 0))
        self.cranks[i] = self.quotient[i] = 0
        if self.style == "digits":
            short = ~product & (b < 10)
            if short.any():
                rows, columns = i[short], self.decimal.lengths(a[short])
                self._row(rows, np.full(len(rows), OVER), a[short], b[short], columns)
                i = i[~short]
        if len(i):
            self._wait(i)

    def _wait(self, i: Ints, units: Ints | None = None) -> None:
        """Wait at the carriage; in the style of digits, take its decision as well.

        Args:
            i: worksheets.
            units: turns still due in a product, (k,); None: the multiplier's digit at this place.
        """
        product = self.operator[i] == MULTIPLY
        power = self.decimal.powers[self.place[i]]
        due = self.right[i] // power % 10 if units is None else np.maximum(units, 0)
        if not product.all():
            due = np.where(product, due, self.total[i] // power >= self.right[i])
        self.units[i] = due
        if self.style == "columns":
            self.waiting[i] = True
            return
        if product.any():
            rows = i[product]
            left, partial = self.left[rows], self.total[rows] // power[product]
            columns = self.decimal.lengths(left) + 1
            self._row(rows, np.full(len(rows), TIMES), left, self.units[rows], columns, partial)
        if not product.all():
            self._count_down(i[~product])

    def _count_down(self, i: Ints) -> None:
        """Take away the divisor where it fits; behind the last place, have the result copied out."""
        while len(i):
            over = self.place[i] < 0
            if over.any():
                rows = i[over]
                result = np.where(self.operator[rows] == DIVIDE, self.quotient[rows], self.total[rows])
                self._row(rows, np.full(len(rows), PLUS), result, 0 * result, self.decimal.lengths(result))
                i = i[~over]
            power = self.decimal.powers[self.place[i]]
            fits = (self.total[i] // power >= self.right[i]) & (self.cranks[i] < CRANKS)
            if fits.any():
                self.crank(i[fits])
            i, power = i[~fits], power[~fits]
            self.quotient[i] += self.cranks[i] * power
            self.place[i] -= 1
            self.cranks[i] = 0

    def _row(
        self, i: Ints, kind: Ints, top: Numbers, bottom: Numbers, columns: Ints, partial: Numbers | None = None
    ) -> None:
        """Show two numbers above each other; in the kinds * and / the second is a digit and stands in every column."""
        self.waiting[i] = False
        self.kind[i], self.columns[i] = kind, columns
        self.top[i], self.bottom[i] = self.decimal.digits(top), self.decimal.digits(bottom)
        self.committed[i] = 0
        if self.style == "columns":
            return
        self.partial[i] = 0 if partial is None else self.decimal.digits(partial)
        single, long = i[kind >= TIMES], i[kind == OVER]
        self.bottom[single] = self.bottom[single, :1]
        self.top[long] = backwards(self.top[long], self.columns[long])

    def _end(self, i: Ints, result: Numbers) -> None:
        """The operations are worked: their results are numbers like the others."""
        at = self.at[i]
        self.numbers[i, self.count[i] + at] = result
        self.at[i] = at + 1
        self._begin(i)

    def _record(self, i: Ints, value: Numbers) -> None:
        """Write the rows down as people read them."""
        assert self.lines is not None
        kind = self.kind[i]
        top, bottom, long = self.top[i], self.bottom[i], kind == OVER
        top[long] = backwards(top[long], self.columns[i[long]])
        bottom[kind >= TIMES, 1:] = 0
        papers = (self.decimal.numbers(paper).tolist() for paper in (top, bottom, self.partial[i]))
        rows = zip(i.tolist(), kind.tolist(), *papers, value.tolist(), strict=True)
        for sheet, sign, a, b, rest, result in rows:
            self.lines[sheet].append(f"{a} {KINDS[sign]} {b}{f' + {rest}' if rest else ''} = {result}")


def _widened(array: Any, *sizes: int) -> Any:
    """The array with room for at least the given sizes behind its first axis."""
    room = [max(wanted - has, 0) for wanted, has in zip(sizes, array.shape[1:], strict=True)]
    return np.pad(array, [(0, 0), *((0, more) for more in room)]) if any(room) else array
