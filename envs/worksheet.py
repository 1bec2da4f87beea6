"""The paper on which an arithmetic problem is worked column by column.

The worksheet does what lines on paper do: it says which two numbers stand above each other, keeps signs and places,
and carries the agent's own results, right or wrong, into the next operation. Digits are the agent's affair alone.

Two styles of working:

* `columns` counts, as on a soroban or a mechanical calculator. A product is worked by turning a crank (add the
  multiplicand once more) and moving the carriage (next digit of the multiplier); a quotient by cranking down as often
  as the divisor fits. Whether to turn or to move is the agent's decision.
* `digits` writes digits: a product row multiplies by one digit, a quotient by one digit is long division, and by a
  longer divisor a series of differences of which the worksheet keeps count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..tasks.arithmetic.encoding import Operation, compile_tree
from ..tasks.arithmetic.expression import APPLY, OPERATORS, Tree

Style = Literal["columns", "digits"]
STYLES: tuple[Style, ...] = ("columns", "digits")
_OPERATOR = {"+": "+", "-": "-", "/": "//"}
CRANKS = 9
"""a carriage never cranks more often at one place: no digit is larger"""


def digits_of(number: int, columns: int) -> list[int]:
    """The digits of a number >= 0, least significant first, padded to a length.

    >>> digits_of(427, 5)
    [7, 2, 4, 0, 0]
    """
    return [ord(digit) - 48 for digit in reversed(f"{number:0{columns}d}")]


def number_of(digits: list[int]) -> int:
    """The number whose digits these are, least significant first.

    >>> number_of([7, 2, 4, 0, 0])
    427
    """
    return int("".join(map(str, reversed(digits))))


@dataclass(frozen=True, slots=True)
class Row:
    """Two numbers above each other, and what belongs below them.

    Kinds: "+" and "-" of the two; "*" the first times a one-digit second, plus `partial`; "/" the first by a one-digit
    second. Digits are in the order of working: from the right, in a "/" row from the left.
    """

    kind: Literal["+", "-", "*", "/"]
    a: int
    b: int
    columns: int
    partial: int = 0

    @property
    def value(self) -> int:
        """What a flawless hand commits; it wraps around where the paper is too narrow, as a counter does."""
        value = self.a * self.b + self.partial if self.kind == "*" else APPLY[_OPERATOR[self.kind]](self.a, self.b)
        return int(value % 10**self.columns)

    @property
    def text(self) -> str:
        """The two numbers and what is done with them."""
        return f"{self.a} {self.kind} {self.b}{f' + {self.partial}' if self.partial else ''}"

    def lay(self, number: int) -> list[int]:
        """A number's digits in the order of working."""
        digits = digits_of(number, self.columns)
        return digits[::-1] if self.kind == "/" else digits

    def read(self, digits: list[int]) -> int:
        """The number that digits in the order of working make."""
        return number_of(digits[::-1] if self.kind == "/" else digits)


@dataclass(slots=True)
class Worksheet:
    """One problem being worked. `row` is the row at hand, or None where the carriage waits for a decision."""

    numbers: list[int]
    program: list[Operation]
    style: Style
    row: Row | None = None
    units: int = 0
    """at the carriage: how many turns are still due (product), or whether the divisor fits (quotient)"""
    cranks: int = 0
    """turns made since the carriage last moved"""
    done: bool = False
    lines: list[tuple[Row, int]] = field(default_factory=list)
    """the rows worked so far and what was committed below each"""
    _place: int = 0
    _total: int = 0
    """product: the sum so far; quotient: what is left of the dividend"""
    _quotient: int = 0
    _left: int = 0
    _right: int = 0
    _sign: int = 1

    @classmethod
    def of(cls, tree: Tree, style: Style) -> Worksheet:
        """A fresh worksheet for an expression."""
        sheet = cls(*compile_tree(tree), style)
        sheet._begin()
        return sheet

    @property
    def answer(self) -> str:
        """The last number on the sheet: the answer once all is done."""
        return str(self.numbers[-1])

    @property
    def operator(self) -> str:
        """The operator being worked."""
        return OPERATORS[self.program[0][0]]

    def commit(self, digits: list[int], note: int = 0) -> None:
        """The row at hand is written.

        Args:
            digits: one a column, in the order of working.
            note: what the hand still held; in long division the remainder.
        """
        assert self.row is not None, "commit() while the carriage waits"
        row, value = self.row, self.row.read(digits)
        self.lines.append((row, value))
        operator = self.operator
        if operator in ("+", "-"):
            self._end(self._sign * value)
        elif row.kind == "/":
            self._end(self._sign * value if operator == "//" else note)
        elif self._place < 0:
            self._end(self._sign * value)
        else:
            self._total = self._total % 10**self._place + value * 10**self._place
            self.cranks += 1
            if row.kind == "*":
                self.shift()
            else:
                self._wait(self.units - 1)

    def crank(self) -> None:
        """At the carriage: add the multiplicand, or take away the divisor, once more at this place."""
        top = self._total // 10**self._place
        if self.operator == "*":
            self.row = Row("+", top, self._left, _length(self._left) + 1)
        else:
            self.row = Row("-", top, self._right, max(_length(self._right) + 1, _length(top)))

    def shift(self) -> None:
        """At the carriage: go to the next place, or end the operation behind the last."""
        if self.operator == "*":
            self._place += 1
            if self._place == _length(self._right):
                return self._end(self._sign * self._total)
            units = self._multiplier_digit()
        else:
            self._quotient += self.cranks * 10**self._place
            self._place -= 1
            if self._place < 0:
                return self._end(self._sign * self._quotient if self.operator == "//" else self._total)
            units = 0
        self.cranks = 0
        self._wait(units)

    def text(self) -> str:
        """The scratchpad for people: a line a row."""
        return "\n".join(f"{row.text} = {value}" for row, value in self.lines)

    def _begin(self) -> None:
        """Set up the operation at the head of the program."""
        if not self.program:
            self.done = True
            return
        _, i, j = self.program[0]
        a, b = self.numbers[i], self.numbers[j]
        if self.operator in ("+", "-"):
            return self._begin_sum(a, b if self.operator == "+" else -b)
        self._sign = 1 if (a < 0) == (b < 0) or self.operator == "%" else -1
        a, b = abs(a), abs(b)
        self.cranks = self._quotient = 0
        if self.operator == "*":
            self._left, self._right = (a, b) if _length(a) >= _length(b) else (b, a)
            self._place = self._total = 0
            return self._wait(self._multiplier_digit())
        self._left, self._right, self._total = a, b, a
        self._place = max(_length(a) - _length(b), 0)
        if self.style == "digits" and b < 10:
            self.row = Row("/", a, b, _length(a))
        else:
            self._wait(0)

    def _begin_sum(self, a: int, b: int) -> None:
        """Like signs add; of unlike signs the smaller number is taken from the larger."""
        self._sign = -1 if a + b < 0 else 1
        large, small = max(abs(a), abs(b)), min(abs(a), abs(b))
        if (a < 0) == (b < 0) or small == 0:
            self.row = Row("+", abs(a), abs(b), _length(large) + 1)
        else:
            self.row = Row("-", large, small, _length(large))

    def _multiplier_digit(self) -> int:
        return int(self._right // 10**self._place % 10)

    def _wait(self, units: int) -> None:
        """Wait at the carriage; in the style of digits, take its decision as well."""
        self.row = None
        self.units = max(units, 0) if self.operator == "*" else int(self._total // 10**self._place >= self._right)
        if self.style == "columns":
            return
        if self.operator == "*":
            self.row = Row("*", self._left, self.units, _length(self._left) + 1, self._total // 10**self._place)
        else:
            self._count_down()

    def _count_down(self) -> None:
        """Take away the divisor where it fits; behind the last place, have the result copied out."""
        while self._place >= 0:
            if self._total // 10**self._place >= self._right and self.cranks < CRANKS:
                return self.crank()
            self._quotient += self.cranks * 10**self._place
            self._place -= 1
            self.cranks = 0
        result = self._quotient if self.operator == "//" else self._total
        self.row = Row("+", result, 0, _length(result))

    def _end(self, result: int) -> None:
        """The operation is worked: its result is a number like the others."""
        self.program.pop(0)
        self.numbers.append(result)
        self.row = None
        self._begin()


def flawless_columns(numbers: list[int], program: list[Operation], style: Style) -> int:
    """How many digits a flawless hand writes until the answer of an expression stands (see `compile_tree`)."""
    if len(program) == 1:
        a, b = numbers
        return _columns(OPERATORS[program[0][0]], a, b, style)
    numbers, count = [*numbers], 0
    for code, i, j in program:
        operator = OPERATORS[code]
        a, b = numbers[i], numbers[j]
        numbers.append(APPLY[operator](a, b))
        count += _columns(operator, a, b, style)
    return count


def _columns(operator: str, a: int, b: int, style: Style) -> int:
    if operator in ("+", "-"):
        b = b if operator == "+" else -b
        like = (a < 0) == (b < 0) or a == 0 or b == 0
        return max(_length(abs(a)), _length(abs(b))) + int(like)
    a, b = abs(a), abs(b)
    if operator == "*":
        a, b = (a, b) if _length(a) >= _length(b) else (b, a)
        rows = _length(b) if style == "digits" else sum(map(int, str(b)))
        return rows * (_length(a) + 1)
    if style == "digits" and b < 10:
        return _length(a)
    copied = _length(APPLY[operator](a, b)) if style == "digits" else 0
    return sum(map(int, str(a // b))) * (_length(b) + 1) + copied


def _length(number: int) -> int:
    return len(str(number))
