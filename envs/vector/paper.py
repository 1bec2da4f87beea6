"""What stands on the worksheets of `sheets.py`, in arrays that grow with the numbers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from ...tasks.arithmetic.encoding import Expressions
from ..worksheet import Style
from .digits import Decimal, Digits, Flags, Ints, Numbers, backwards

KINDS = "+-*/"
PLUS, MINUS, TIMES, OVER = range(4)


class Paper:
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
        """those of the expression, then the result of each operation"""
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

    def lay(self, i: Ints, expressions: Expressions) -> None:
        """Put expressions on some of the sheets, with nothing done."""
        self._make_room(expressions)
        self.numbers[i, : expressions.numbers.shape[1]] = expressions.numbers
        self.program[i, : expressions.program.shape[1]] = expressions.program
        self.count[i] = expressions.count
        self.at[i] = 0
        self.done[i] = False
        if self.record:
            for sheet in i.tolist():
                self.lines[sheet] = []

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

    def write_down(self, i: Ints, value: Numbers) -> None:
        """Record the rows at hand as people read them, with the numbers that were written below."""
        kind = self.kind[i]
        top, bottom, long = self.top[i], self.bottom[i], kind == OVER
        top[long] = backwards(top[long], self.columns[i[long]])
        bottom[kind >= TIMES, 1:] = 0
        papers = (self.decimal.numbers(paper).tolist() for paper in (top, bottom, self.partial[i]))
        rows = zip(i.tolist(), kind.tolist(), *papers, value.tolist(), strict=True)
        for sheet, sign, a, b, rest, result in rows:
            self.lines[sheet].append(f"{a} {KINDS[sign]} {b}{f' + {rest}' if rest else ''} = {result}")

    def get_state(self) -> dict[str, Any]:
        """Everything that changes, as a copy; between two steps, when all is settled."""
        return deepcopy({name: getattr(self, name) for name in (*self._kept, "lines")})

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned; whether rows are recorded stays as it is here."""
        for name in self._kept:
            setattr(self, name, deepcopy(state[name]))
        self.lines = deepcopy(state["lines"]) if self.record else [[] for _ in self.lines]
        self.decimal = Decimal(self.top.shape[1])


def _widened(array: Any, *sizes: int) -> Any:
    """The array with room for at least the given sizes behind its first axis."""
    room = [max(wanted - has, 0) for wanted, has in zip(sizes, array.shape[1:], strict=True)]
    return np.pad(array, [(0, 0), *((0, more) for more in room)]) if any(room) else array
