"""The hands of `envs/hands.py`, many at a time, in numpy: the same actions, digits and observations, row by row.

The digit that belongs in a column is found by carrying along with the hand, so no row is worked out beforehand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.arithmetic.encoding import Expressions
from ...tasks.arithmetic.expression import OPERATORS
from ..hands import COUNT, COUNT_CARRY, COUNTER_ACTIONS, COUNTER_SIZE, MARK, NEXT, NOTHING, PATIENCE, PEN_SIZE
from ..worksheet import CRANKS, Style
from .digits import Flags, Ints
from .sheets import MINUS, OVER, TIMES, Sheets

_EYE_4, _EYE_10, _EYE_11 = (np.eye(size, dtype=np.float32) for size in (4, 10, 11))
_THERMOMETER = np.vstack([np.tri(10, 10, -1, dtype=np.float32), np.zeros((1, 10), np.float32)])
_MULTIPLY = OPERATORS.index("*")


class Hands(ABC):
    """n hands over n worksheets. `right` and `wrong` say, after `act`, where a digit or decision was judged.

    Args:
        n: how many.
        record: keep the rows that were worked, for `Sheets.text`.
    """

    style: Style
    _registers: tuple[str, ...] = ("column", "carried", "due")
    column: Ints
    carried: Ints
    """what truly goes into this column from the one before: a carry, a borrow, a remainder"""
    due: Ints
    """the digit that belongs in this column"""

    def __init__(self, n: int, record: bool = False) -> None:
        self.n = n
        self.sheets = Sheets(n, self.style, record)
        self.right: Flags = np.zeros(n, np.bool_)
        self.wrong: Flags = np.zeros(n, np.bool_)
        for name in self._registers:
            setattr(self, name, np.zeros(n, np.int64))

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give some hands fresh worksheets."""
        self.sheets.begin(i, expressions)
        self._load(i)

    def act(self, actions: Ints) -> Ints:
        """One action each; returns the hands whose worksheets are done, in order."""
        self.right[:] = self.wrong[:] = False
        moved = self._act(actions)
        over = self.sheets.done[moved]
        if not over.any():
            if len(moved):
                self._load(moved)
            return moved[:0]
        self._load(moved[~over])
        return np.sort(moved[over])

    @abstractmethod
    def _act(self, actions: Ints) -> Ints:
        """One action each; returns the hands whose worksheets went on: to a row, to the carriage or to the end."""

    @abstractmethod
    def _load(self, i: Ints) -> None:
        """Take up what the worksheets show now."""

    @abstractmethod
    def observe(self) -> NDArray[np.float32]:
        """(n, size) as the single hands show it."""

    def get_state(self) -> dict[str, Any]:
        """Everything that changes from step to step, as a copy."""
        state = {name: getattr(self, name).copy() for name in self._registers}
        return {**state, "sheets": self.sheets.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self.sheets.set_state(state["sheets"])
        for name in self._registers:
            setattr(self, name, state[name].copy())


class Counters(Hands):
    """n `Counter`s."""

    style = "columns"
    _registers = (
        *Hands._registers,
        "register",
        "units",
        "carry",
        "marked",
        "last",
        "steps",
        "move",
        "carriage",
        "paid",
    )
    register: Ints
    units: Ints
    carry: Ints
    marked: Ints
    last: Ints
    steps: Ints
    move: Ints
    """+1 or -1: which way the register counts"""
    carriage: Ints
    """1 at the carriage"""
    paid: Ints
    """whether right digits of this row earn anything: not in a row that should not have been cranked"""

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give some hands fresh worksheets."""
        self.paid[i] = 1
        super().begin(i, expressions)

    def _load(self, i: Ints) -> None:
        sheets = self.sheets
        waiting = sheets.waiting[i]
        self.carriage[i] = waiting
        self.carry[i] = self.carried[i] = self.column[i] = 0
        self.move[i] = 1 - 2 * (sheets.kind[i] == MINUS)
        self._stop(i)
        if waiting.any():
            there = i[waiting]
            self.move[there] = np.where(sheets.operator[there] == _MULTIPLY, 1, -1)
            self.register[there] = np.minimum(sheets.cranks[there], 9)
            self.units[there] = np.minimum(sheets.units[there], 9)

    def _stop(self, i: Ints) -> None:
        """Show a column's digits."""
        column, move = self.column[i], self.move[i]
        top, bottom = self.sheets.top[i, column], self.sheets.bottom[i, column]
        self.register[i], self.units[i] = top, bottom
        total = top + move * (bottom + self.carried[i])
        self.due[i] = total % 10
        self.carried[i] = total // 10 * move
        self.marked[i] = self.steps[i] = 0
        self.last[i] = NEXT

    def _act(self, actions: Ints) -> Ints:
        self.steps += 1
        self.last = actions.copy()
        working = self.carriage == 0
        counting = working & (actions == COUNT)
        carrying = working & (actions == COUNT_CARRY)
        self.register = (self.register + self.move * (counting | carrying)) % 10
        self.units = np.maximum(self.units - counting, 0)
        self.carry &= ~carrying
        self.marked |= working & (actions == MARK)
        forced = (actions == NEXT) | (self.steps >= PATIENCE)
        moved = self._commit(np.flatnonzero(working & forced))
        if working.all():
            return moved
        there = np.flatnonzero(~working & (forced | (actions == COUNT)))
        self._at_carriage(there, actions[there])
        return np.concatenate([moved, there])

    def _at_carriage(self, i: Ints, actions: Ints) -> None:
        sheets = self.sheets
        due = sheets.units[i] > 0
        cranks = (actions == COUNT) & (sheets.cranks[i] < CRANKS)
        self.wrong[i] = cranks != due
        if cranks.any():
            self.paid[i[cranks]] = due[cranks]
            sheets.crank(i[cranks])
        if not cranks.all():
            sheets.shift(i[~cranks])

    def _commit(self, i: Ints) -> Ints:
        """Write the register's digit down; returns the hands whose row is full, the others go one column on."""
        sheets = self.sheets
        column, register = self.column[i], self.register[i]
        sheets.committed[i, column] = register
        good = register == self.due[i]
        self.right[i] = good & (self.paid[i] == 1)
        self.wrong[i] = ~good
        column += 1
        self.column[i] = column
        full = column == sheets.columns[i]
        ended, on = i[full], i[~full]
        self.carry[on] = self.marked[on]
        self._stop(on)
        if len(ended):
            self.paid[ended] = 1
            sheets.commit(ended)
        return np.asarray(ended)

    def observe(self) -> NDArray[np.float32]:
        """(n, 30)."""
        number = self.register
        for values, size in (
            (self.units, 10),
            (self.last, 4),
            (self.carry, 2),
            (self.marked, 2),
            (self.move > 0, 2),
            (self.carriage, 2),
        ):
            number = number * size + values
        view = _COUNTER_VIEWS[number]
        view[:, 26] = self.steps / PATIENCE
        return view


def _counter_views() -> NDArray[np.float32]:
    """What a `Counter` shows in each of its states, but for its steps: (register, units, last, …, 30), flattened."""
    shape = (10, 10, COUNTER_ACTIONS, 2, 2, 2, 2)
    register, units, last, carry, marked, up, carriage = np.indices(shape).reshape(len(shape), -1)
    view = np.zeros((register.size, COUNTER_SIZE), np.float32)
    view[:, :10], view[:, 10:20], view[:, 22:26] = _EYE_10[register], _EYE_10[units], _EYE_4[last]
    view[:, 20], view[:, 21], view[:, 27], view[:, 28], view[:, 29] = carry, marked, up, 1 - up, carriage
    return view


_COUNTER_VIEWS = _counter_views()


class Pens(Hands):
    """n `Pen`s."""

    style = "digits"
    _registers = (*Hands._registers, "note", "written")
    note: Ints
    written: Ints

    def _load(self, i: Ints) -> None:
        self.column[i] = self.note[i] = self.carried[i] = 0
        self.written[i] = NOTHING
        self._stop(i)

    def _stop(self, i: Ints) -> None:
        """Work out the digit that belongs in the column and what goes on to the next."""
        sheets, column, carried = self.sheets, self.column[i], self.carried[i]
        kind, top, bottom = sheets.kind[i], sheets.top[i, column].astype(np.int64), sheets.bottom[i, column]
        total = np.where(kind == MINUS, top - bottom, top + bottom) + carried
        times = kind == TIMES
        total[times] = (top * bottom + sheets.partial[i, column] + carried)[times]
        self.due[i], self.carried[i] = total % 10, total // 10
        over = kind == OVER
        if over.any():
            self.due[i[over]], self.carried[i[over]] = np.divmod((10 * carried + top)[over], bottom[over])

    def _act(self, actions: Ints) -> Ints:
        first = self.written == NOTHING
        rows = np.flatnonzero(first)
        self.sheets.committed[rows, self.column[rows]] = actions[rows]
        good = actions == self.due
        self.right, self.wrong = first & good, first & ~good
        self.written = np.where(first, actions, NOTHING)
        self.note = np.where(first, self.note, actions)
        self.column = self.column + ~first
        rows = np.flatnonzero(~first)
        full = self.column[rows] == self.sheets.columns[rows]
        ended, on = rows[full], rows[~full]
        self._stop(on)
        if len(ended):
            self.sheets.commit(ended, self.note[ended])
        return np.asarray(ended)

    def observe(self) -> NDArray[np.float32]:
        """(n, 111)."""
        sheets = self.sheets
        at = (np.arange(self.n), self.column)
        partial = np.where(sheets.kind == TIMES, sheets.partial[at], NOTHING)
        view = np.zeros((self.n, PEN_SIZE), np.float32)
        view[:, :4] = _EYE_4[sheets.kind]
        view[:, 4] = self.written == NOTHING
        view[:, 5] = self.written != NOTHING
        for slot, digit in enumerate((sheets.top[at], sheets.bottom[at], partial, self.note, self.written)):
            start = 6 + 21 * slot
            view[:, start : start + 11] = _EYE_11[digit]
            view[:, start + 11 : start + 21] = _THERMOMETER[digit]
        return view
