"""The worksheets of `envs/worksheet.py`, many at a time.

A method that takes `i`, the indices of the sheets it concerns, does for each what the method of that name does for a
single `Worksheet`; a test walks both in lock-step. What comes next on a sheet (an operation, a stop at the carriage) is
put off until `settle`, so that it is done once for all sheets of a step: the number of numpy's calls is the cost.
What stands on the sheets is in `paper.py`.
"""

from __future__ import annotations

import numpy as np

from ...tasks.arithmetic.encoding import Expressions
from ...tasks.arithmetic.expression import OPERATORS
from ..worksheet import CRANKS, Style
from .digits import Flags, Ints, Numbers, backwards
from .paper import MINUS, OVER, PLUS, TIMES, Paper

_NONE = np.zeros(0, np.int64)
SUBTRACT, MULTIPLY, DIVIDE, REMAINDER = (OPERATORS.index(operator) for operator in ("-", "*", "//", "%"))


class Sheets(Paper):
    """n worksheets, and the steps of working them.

    Args:
        n: how many.
        style: how they are worked.
        record: keep the rows that are worked, for `text`.
    """

    def __init__(self, n: int, style: Style, record: bool = False) -> None:
        super().__init__(n, style, record)
        self._to_begin: list[Ints] = []
        self._to_wait: list[Ints] = []

    def forget(self) -> None:
        """Drop what is put off until `settle`."""
        self._to_begin.clear()
        self._to_wait.clear()

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give each of the sheets a fresh expression."""
        self.lay(i, expressions)
        self._to_begin.append(i)

    def commit(self, i: Ints, note: Ints | None = None) -> None:
        """The rows at hand are written; `note` (k,) is what the hands still held, in long division the remainder."""
        written, operator = self.committed[i], self.operator[i]
        ends = operator < MULTIPLY
        long: Flags | bool = False
        if self.style == "digits":
            long = self.kind[i] == OVER
            written[long] = backwards(written[long], self.columns[i[long]])
            ends |= long | (self.place[i] < 0)
        value = self.decimal.numbers(written)
        if self.record:
            self.write_down(i, value)
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
        b = np.where(operator == SUBTRACT, -b, b)
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
