"""The hands of `envs/hands.py`, many at a time, in numpy: the same actions, digits and observations, row by row.

The digit that belongs in a column is found by carrying along with the hand, so no row is worked out beforehand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.arithmetic.encoding import Expressions
from ..hands import COUNT, COUNT_CARRY, COUNTER_ACTIONS, COUNTER_SIZE, MARK, NEXT, NOTHING, PATIENCE, PEN_SIZE
from ..worksheet import CRANKS, Style
from .digits import Flags, Ints
from .paper import MINUS, OVER, PLUS, TIMES
from .sheets import MULTIPLY, Sheets

_EYE_4, _EYE_10, _EYE_11 = (np.eye(size, dtype=np.float32) for size in (4, 10, 11))
_THERMOMETER = np.vstack([np.tri(10, 10, -1, dtype=np.float32), np.zeros((1, 10), np.float32)])


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
        self._moved: list[Ints] = []
        """hands whose sheet went on to a row or to the carriage"""
        self._advanced: list[Ints] = []
        """hands that went one column on"""

    def forget(self) -> None:
        """Drop what is put off until `settle`: of a step that was interrupted, it belongs to no episode any more."""
        self.sheets.forget()
        self._moved.clear()
        self._advanced.clear()

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give some hands fresh worksheets; call `settle` then."""
        self.sheets.begin(i, expressions)
        self._moved.append(i)

    def act(self, actions: Ints) -> Ints:
        """One action each; call `settle` then. Returns the hands whose worksheets are done, in order."""
        self.right[:] = self.wrong[:] = False
        moved = self._act(actions)
        over = self.sheets.done[moved]
        if not over.any():
            self._moved.append(moved)
            return moved[:0]
        self._moved.append(moved[~over])
        return np.sort(moved[over])

    def settle(self) -> None:
        """Have all hands take up what stands before them now."""
        self.sheets.settle()
        moved = np.concatenate(self._moved)
        if len(moved):
            self._load(moved)
        self._stop(np.concatenate([moved, *self._advanced]))
        self._moved.clear()
        self._advanced.clear()

    @abstractmethod
    def _act(self, actions: Ints) -> Ints:
        """One action each; returns the hands whose worksheets went on: to a row, to the carriage or to the end."""

    @abstractmethod
    def _load(self, i: Ints) -> None:
        """Begin with what the worksheets show now: a row, or the carriage."""

    @abstractmethod
    def _stop(self, i: Ints) -> None:
        """Look at the column at hand."""

    @abstractmethod
    def observe(self) -> NDArray[np.float32]:
        """(n, size) as the single hands show it."""

    def get_state(self) -> dict[str, Any]:
        """Everything that changes from step to step, as a copy."""
        state = {name: getattr(self, name).copy() for name in self._registers}
        return {**state, "sheets": self.sheets.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self.forget()
        self.sheets.set_state(state["sheets"])
        for name in self._registers:
            getattr(self, name)[:] = state[name]


_SHOWN = {"register": 10, "units": 10, "last": COUNTER_ACTIONS, "carry": 2, "marked": 2, "up": 2, "working": 2}
"""what a counter shows, but for its steps, and in how many states each can be"""


class Counters(Hands):
    """n `Counter`s."""

    style = "columns"
    _registers = (*Hands._registers, *_SHOWN, "steps", "paid")
    register: Ints
    units: Ints
    last: Ints
    carry: Ints
    marked: Ints
    up: Ints
    """1 where the register counts up, 0 where down"""
    working: Ints
    """1 on a row, 0 at the carriage"""
    steps: Ints
    paid: Ints
    """whether right digits of this row earn anything: not in a row that should not have been cranked"""

    def __init__(self, n: int, record: bool = False) -> None:
        super().__init__(n, record)
        self._shown = np.zeros((len(_SHOWN), n), np.int64)
        for row, name in zip(self._shown, _SHOWN, strict=True):
            setattr(self, name, row)

    def begin(self, i: Ints, expressions: Expressions) -> None:
        """Give some hands fresh worksheets; call `settle` then."""
        self.paid[i] = 1
        super().begin(i, expressions)

    def _load(self, i: Ints) -> None:
        sheets = self.sheets
        self.carry[i] = self.carried[i] = self.column[i] = 0
        self.working[i] = ~sheets.waiting[i]
        up = sheets.operator[i] == MULTIPLY
        self.up[i] = np.where(sheets.waiting[i], up, sheets.kind[i] == PLUS)

    def _stop(self, i: Ints) -> None:
        sheets, column = self.sheets, self.column[i]
        top, bottom = sheets.top[i, column], sheets.bottom[i, column]
        move = 2 * self.up[i] - 1
        total = top + move * (bottom + self.carried[i])
        self.due[i] = total % 10
        self.carried[i] = total // 10 * move
        self.register[i], self.units[i] = top, bottom
        self.marked[i] = self.steps[i] = 0
        self.last[i] = NEXT
        there = i[self.working[i] == 0]
        if len(there):
            self.register[there] = np.minimum(sheets.cranks[there], 9)
            self.units[there] = np.maximum(np.minimum(sheets.units[there], 9), 0)

    def _act(self, actions: Ints) -> Ints:
        self.steps += 1
        self.last[:] = actions
        working = self.working == 1
        counting = working & (actions == COUNT)
        carrying = working & (actions == COUNT_CARRY)
        self.register += (2 * self.up - 1) * (counting | carrying)
        self.register %= 10
        self.units -= counting & (self.units > 0)
        self.carry[carrying] = 0
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
        turned, shifted = i[cranks], i[~cranks]
        if len(turned):
            self.paid[turned] = due[cranks]
            sheets.crank(turned)
        if len(shifted):
            sheets.shift(shifted)

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
        self._advanced.append(on)
        if len(ended):
            self.paid[ended] = 1
            sheets.commit(ended)
        return np.asarray(ended)

    def observe(self) -> NDArray[np.float32]:
        """(n, 30)."""
        view = np.asarray(_COUNTER_VIEWS[_WEIGHTS @ self._shown])
        view[:, 26] = self.steps / PATIENCE
        return view


def _counter_views() -> tuple[Ints, NDArray[np.float32]]:
    """What a `Counter` shows in each of its states but for its steps, (states, 30), and the weights of its registers.

    The number of a state is the sum of the registers times their weights.
    """
    sizes = list(_SHOWN.values())
    weights = np.array([int(np.prod(sizes[place + 1 :])) for place in range(len(sizes))])
    register, units, last, carry, marked, up, working = np.indices(sizes).reshape(len(sizes), -1)
    view = np.zeros((register.size, COUNTER_SIZE), np.float32)
    view[:, :10], view[:, 10:20], view[:, 22:26] = _EYE_10[register], _EYE_10[units], _EYE_4[last]
    view[:, 20], view[:, 21], view[:, 27], view[:, 28], view[:, 29] = carry, marked, up, 1 - up, 1 - working
    return weights, view


_WEIGHTS, _COUNTER_VIEWS = _counter_views()


class Pens(Hands):
    """n `Pen`s."""

    style = "digits"
    _registers = (*Hands._registers, "note", "written")
    note: Ints
    written: Ints

    def _load(self, i: Ints) -> None:
        self.column[i] = self.note[i] = self.carried[i] = 0
        self.written[i] = NOTHING

    def _stop(self, i: Ints) -> None:
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
        ended = rows[full]
        self._advanced.append(rows[~full])
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
