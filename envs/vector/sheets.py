"""The worksheets of `envs/worksheet.py`, many at a time.

Every method takes `i`, the indices of the sheets it concerns, and does for each what the method of that name does for a
single `Worksheet`; a test walks both in lock-step. What comes next on a sheet (an operation, a stop at the carriage) is
put off until `settle`, so that it is done once for all sheets of a step: the number of numpy's calls is the cost.
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
_NONE = np.zeros(0, np.int64)
MULTIPLY, DIVIDE, REMAINDER = (OPERATORS.index(operator) for operator in ("*", "//", "%"))


class Sheets:
    """n worksheets. `waiting` sheets stand at the carriage, `done` ones have an answer, the others show a row.

    Args:
        n: how many.
        style: how they are worked.
        record: keep the rows that are worked, for `text`.
    """

    _papers = ("top", "bottom", "partial", "committed")
    _numbers = ("left", "right", "total", "quotient", "sign")
    _marks = ("kind", "columns", "units", "cranks", "place", "end", "operator", "at", "count")
    _flags = ("waiting", "done")
    _kept = (*_papers, *_numbers, *_marks, *_flags, "numbers", "program")
    top: Digits
    bottom: Digits
    partial: Digits
    """the row at hand in the order of working, (n, D)"""
    committed: Digits
    """what stands below it, (n, D), 0 where nothing stands yet"""
    left: Numbers
    """what a turn of the crank adds or takes away: the multiplicand, the divisor"""
    right: Numbers
    """the multiplier"""
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
    end: Ints
    """the place at which the carriage has gone through all"""
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
        self.record = record
        self.lines: list[list[str]] = [[] for _ in range(n)]
        """the rows worked on each sheet, if they are recorded"""
        for name in self._papers:
            setattr(self, name, np.zeros((n, 8), np.int8))
        for name in (*self._numbers, *self._marks):
            setattr(self, name, np.zeros(n, np.int64))
        for name in self._flags:
            setattr(self, name, np.zeros(n, np.bool_))
        self._to_begin: list[Ints] = []
        self._to_wait: list[Ints] = []

    def forget(self) -> None:
        """Drop what is put off until `settle`."""
        self._to_begin.clear()
        self._to_wait.clear()

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give each of the sheets a fresh expression."""
        self._make_room(expressions)
        self.numbers[i, : expressions.numbers.shape[1]] = expressions.numbers
        self.program[i, : expressions.program.shape[1]] = expressions.program
        self.count[i] = expressions.count
        self.at[i] = 0
        self.done[i] = False
        if self.record:
            for sheet in i.tolist():
                self.lines[sheet] = []
        self._to_begin.append(i)

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
        return "\n".join(self.lines[sheet])

    def get_state(self) -> dict[str, Any]:
        """Everything that changes, as a copy; between two steps, when all is settled."""
        return deepcopy({name: getattr(self, name) for name in (*self._kept, "lines")})

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned; whether rows are recorded stays as it is here."""
        for name in self._kept:
            setattr(self, name, deepcopy(state[name]))
        self.lines = deepcopy(state["lines"]) if self.record else [[] for _ in self.lines]
        self.decimal = Decimal(self.top.shape[1])

    def commit(self, i: Ints, note: Ints | None = None) -> None:
        """The rows at hand are written; `note` (k,) is what the hands still held, in long division the remainder."""
        written, operator = self.committed[i], self.operator[i]
        ends = operator < MULTIPLY
        if self.style == "digits":
            long = self.kind[i] == OVER
            written[long] = backwards(written[long], self.columns[i[long]])
            ends |= long | (self.place[i] < 0)
        value = self.decimal.numbers(written)
        if self.record:
            self._record(i, value)
        if ends.any():
            result = value if note is None else np.where(long & (operator == REMAINDER), note, value)
            self._end(i[ends], result[ends])
            if ends.all():
                return
            i, value = i[~ends], value[~ends]
        power = self.decimal.powers[self.place[i]]
        self.total[i] = self.total[i] % power + value * power
        self.cranks[i] += 1
        self.units[i] -= 1
        if self.style == "digits":
            times = self.kind[i] == TIMES
            self.shift(i[times])
            i = i[~times]
        self._to_wait.append(i)

    def crank(self, i: Ints) -> None:
        """At the carriage: add the multiplicand, or take away the divisor, once more at this place."""
        top, bottom = self.total[i] // self.decimal.powers[self.place[i]], self.left[i]
        # The sum of a product has never more digits than the multiplicand and one.
        columns = np.maximum(self.decimal.lengths(bottom) + 1, self.decimal.lengths(top))
        self._row(i, np.where(self.operator[i] == MULTIPLY, PLUS, MINUS), top, bottom, columns)

    def shift(self, i: Ints) -> None:
        """At the carriage: go to the next place, or end the operation behind the last."""
        place, end = self.place[i], self.end[i]
        self.quotient[i] += self.cranks[i] * self.decimal.powers[place]
        place += np.where(end < 0, -1, 1)
        self.place[i] = place
        self.cranks[i] = 0
        over = place == end
        if over.any():
            self._end(i[over], self._turned(i[over]))
            i, place = i[~over], place[~over]
        self.units[i] = self.right[i] // self.decimal.powers[place] % 10
        self._to_wait.append(i)

    def _turned(self, i: Ints) -> Numbers:
        """What came out of the turns."""
        return np.where(self.operator[i] == DIVIDE, self.quotient[i], self.total[i])

    def _end(self, i: Ints, result: Numbers) -> None:
        """The operations are worked: their results, less the sign, are numbers like the others."""
        at, count = self.at[i], self.count[i]
        self.numbers[i, count + at] = self.sign[i] * result
        at += 1
        self.at[i] = at
        over = at + 1 == count
        self.done[i] = over
        self._to_begin.append(i[~over])

    def settle(self) -> None:
        """Set up what comes next on the sheets that went on."""
        for waiting, go_on in ((self._to_begin, self._begin), (self._to_wait, self._wait)):
            i = np.concatenate(waiting) if waiting else _NONE
            waiting.clear()
            if len(i):
                go_on(i)

    def _begin(self, i: Ints) -> None:
        """Set up the operations that come next."""
        operator, left, right = self.program[i, self.at[i]].T
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
        swaps = (a < b) & ~adds
        top, bottom = np.where(swaps, b, a), np.where(swaps, a, b)
        self._row(i, np.where(adds, PLUS, MINUS), top, bottom, self.decimal.lengths(np.maximum(a, b)) + adds)

    def _begin_turning(self, i: Ints, operator: Ints, a: Numbers, b: Numbers) -> None:
        """Products and divisions go to the carriage, which begins at the lowest place or at the highest."""
        self.sign[i] = np.where(((a < 0) == (b < 0)) | (operator == REMAINDER), 1, -1)
        a, b = abs(a), abs(b)
        long_a, long_b = self.decimal.lengths(a), self.decimal.lengths(b)
        product = operator == MULTIPLY
        # The longer factor is added, as often as the digits of the other say.
        left = np.where(product & (long_a >= long_b), a, b)
        right = np.where(product, a + b - left, 0)
        self.left[i], self.right[i] = left, right
        self.total[i] = np.where(product, 0, a)
        self.place[i] = np.where(product, 0, np.maximum(long_a - long_b, 0))
        self.end[i] = np.where(product, np.minimum(long_a, long_b), -1)
        self.cranks[i] = self.quotient[i] = 0
        self.units[i] = right % 10
        if self.style == "digits":
            short = ~product & (b < 10)
            self._row(i[short], np.full(short.sum(), OVER), a[short], b[short], long_a[short])
            i = i[~short]
        self._to_wait.append(i)

    def _wait(self, i: Ints) -> None:
        """Wait at the carriage; in the style of digits, take its decision as well."""
        division = self.end[i] < 0
        rest = i[division]
        if len(rest):
            self.units[rest] = self.total[rest] // self.decimal.powers[self.place[rest]] >= self.left[rest]
        if self.style == "columns":
            self.waiting[i] = True
            return
        self._count_down(rest)
        i = i[~division]
        left, partial = self.left[i], self.total[i] // self.decimal.powers[self.place[i]]
        self._row(i, np.full(len(i), TIMES), left, self.units[i], self.decimal.lengths(left) + 1, partial)

    def _count_down(self, i: Ints) -> None:
        """Take away the divisor where it fits; behind the last place, have the result copied out."""
        while len(i):
            over = self.place[i] < 0
            if over.any():
                result = self._turned(i[over])
                self._row(i[over], np.full(len(result), PLUS), result, 0 * result, self.decimal.lengths(result))
                i = i[~over]
            power = self.decimal.powers[self.place[i]]
            fits = (self.total[i] // power >= self.left[i]) & (self.cranks[i] < CRANKS)
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

    def _record(self, i: Ints, value: Numbers) -> None:
        """Write the rows down as people read them."""
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
