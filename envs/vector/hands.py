"""The hands of `envs/hands.py`, many at a time, in numpy: the same actions, digits and observations, row by row.

What happens in every step (counting, marking, going one column on) is array work; only the end of a row and a decision
at the carriage, which concern one worksheet each, are Python.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..hands import COUNT, COUNT_CARRY, COUNTER_SIZE, MARK, NEXT, NOTHING, PATIENCE, PEN_SIZE
from ..worksheet import CRANKS, Row, Worksheet

Ints = NDArray[np.int64]
_EYE_4, _EYE_10, _EYE_11 = (np.eye(size, dtype=np.float32) for size in (4, 10, 11))
_THERMOMETER = np.vstack([np.tri(10, 10, -1, dtype=np.float32), np.zeros((1, 10), np.float32)])


class Hands(ABC):
    """n hands over n worksheets. `right` and `wrong` say, after `act`, where a digit or decision was judged."""

    _paper: tuple[str, ...] = ("top", "bottom", "right_digits", "committed")
    _registers: tuple[str, ...] = ("column", "length")

    def __init__(self, n: int) -> None:
        self.n = n
        self.sheets: list[Worksheet] = [None] * n  # type: ignore[list-item]
        self.right = np.zeros(n, np.bool_)
        self.wrong = np.zeros(n, np.bool_)
        self._all = np.arange(n)
        for name in self._paper:
            setattr(self, name, np.zeros((n, 8), np.int64))
        for name in self._registers:
            setattr(self, name, np.zeros(n, np.int64))

    column: Ints
    length: Ints
    top: Ints
    bottom: Ints
    right_digits: Ints
    committed: Ints

    def begin(self, i: int, sheet: Worksheet) -> None:
        """Give one hand a fresh worksheet."""
        self.sheets[i] = sheet
        self.load(i)

    @abstractmethod
    def load(self, i: int) -> None:
        """Take up what worksheet i shows now."""

    @abstractmethod
    def act(self, actions: Ints) -> list[int]:
        """One action each; returns the hands whose worksheets are done."""

    @abstractmethod
    def observe(self) -> NDArray[np.float32]:
        """(n, size) as the single hands show it."""

    def _lay(self, i: int, row: Row) -> None:
        """Write the numbers of a row onto paper i."""
        width = row.columns
        if width > self.top.shape[1]:
            for name in self._paper:
                setattr(self, name, np.pad(getattr(self, name), ((0, 0), (0, width))))
        self.length[i] = width
        self.column[i] = 0
        self.top[i, :width] = row.lay(row.a)
        self.right_digits[i, :width] = row.lay(row.value)

    def get_state(self) -> dict[str, Any]:
        """Everything that changes from step to step."""
        return {name: getattr(self, name) for name in (*self._paper, *self._registers, "sheets")}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        for name, value in state.items():
            setattr(self, name, value)


class Counters(Hands):
    """n `Counter`s."""

    _registers = (
        "column",
        "length",
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
    paid: Ints

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self.paid[:] = 1

    def begin(self, i: int, sheet: Worksheet) -> None:
        """Give one hand a fresh worksheet."""
        self.paid[i] = 1
        super().begin(i, sheet)

    def load(self, i: int) -> None:
        """Take up the row, or stop at the carriage."""
        sheet = self.sheets[i]
        row = sheet.row
        self.carry[i] = self.marked[i] = self.steps[i] = 0
        self.last[i] = NEXT
        self.carriage[i] = row is None
        if row is None:
            self.register[i], self.units[i] = min(sheet.cranks, 9), min(sheet.units, 9)
            self.move[i] = 1 if sheet.operator == "*" else -1
            return
        self._lay(i, row)
        self.bottom[i, : row.columns] = row.lay(row.b)
        self.move[i] = 1 if row.kind == "+" else -1
        self.register[i], self.units[i] = self.top[i, 0], self.bottom[i, 0]

    def act(self, actions: Ints) -> list[int]:
        """Count, mark, commit."""
        self.right[:] = self.wrong[:] = False
        self.steps += 1
        self.last = actions.copy()
        working = self.carriage == 0
        counting = working & (actions == COUNT)
        carrying = working & (actions == COUNT_CARRY)
        self.register = np.where(counting | carrying, (self.register + self.move) % 10, self.register)
        self.units = np.where(counting, np.maximum(self.units - 1, 0), self.units)
        self.carry = np.where(carrying, 0, self.carry)
        self.marked = np.where(working & (actions == MARK), 1, self.marked)
        forced = (actions == NEXT) | (self.steps >= PATIENCE)
        done: list[int] = []
        for i in np.flatnonzero(~working & (forced | (actions == COUNT))):
            self._at_carriage(int(i), int(actions[i]), done)
        self._commit(np.flatnonzero(working & forced), done)
        return done

    def _at_carriage(self, i: int, action: int, done: list[int]) -> None:
        sheet = self.sheets[i]
        due = sheet.units > 0
        crank = action == COUNT and sheet.cranks < CRANKS
        if crank:
            sheet.crank()
            self.paid[i] = due
        else:
            sheet.shift()
        self.wrong[i] = crank != due
        self._go_on(i, done)

    def _commit(self, rows: NDArray[np.intp], done: list[int]) -> None:
        column = self.column[rows]
        self.committed[rows, column] = self.register[rows]
        good = self.register[rows] == self.right_digits[rows, column]
        self.right[rows] = good & (self.paid[rows] == 1)
        self.wrong[rows] = ~good
        column += 1
        self.column[rows] = column
        ended = column == self.length[rows]
        on = rows[~ended]
        self.carry[on] = self.marked[on]
        self.register[on] = self.top[on, self.column[on]]
        self.units[on] = self.bottom[on, self.column[on]]
        self.marked[on] = self.steps[on] = 0
        self.last[on] = NEXT
        for i in rows[ended].tolist():
            self.sheets[i].commit(self.committed[i, : self.length[i]].tolist())
            self.paid[i] = 1
            self._go_on(i, done)

    def _go_on(self, i: int, done: list[int]) -> None:
        if self.sheets[i].done:
            done.append(i)
        else:
            self.load(i)

    def observe(self) -> NDArray[np.float32]:
        """(n, 30)."""
        view = np.zeros((self.n, COUNTER_SIZE), np.float32)
        view[:, :10] = _EYE_10[self.register]
        view[:, 10:20] = _EYE_10[self.units]
        view[:, 20] = self.carry
        view[:, 21] = self.marked
        view[:, 22:26] = _EYE_4[self.last]
        view[:, 26] = self.steps / PATIENCE
        view[:, 27] = self.move == 1
        view[:, 28] = self.move == -1
        view[:, 29] = self.carriage
        return view


class Pens(Hands):
    """n `Pen`s."""

    _paper = ("top", "bottom", "right_digits", "committed", "partial")
    _registers = ("column", "length", "kind", "note", "written")
    partial: Ints
    kind: Ints
    note: Ints
    written: Ints

    def load(self, i: int) -> None:
        """Take up the row."""
        row = self.sheets[i].row
        assert row is not None, "the pen has no carriage"
        self._lay(i, row)
        self.bottom[i, : row.columns] = row.b if row.kind in "*/" else row.lay(row.b)
        self.partial[i, : row.columns] = row.lay(row.partial) if row.kind == "*" else NOTHING
        self.kind[i] = "+-*/".index(row.kind)
        self.note[i], self.written[i] = 0, NOTHING

    def act(self, actions: Ints) -> list[int]:
        """Write a digit or a note."""
        first = self.written == NOTHING
        rows = np.flatnonzero(first)
        self.committed[rows, self.column[rows]] = actions[rows]
        good = actions == self.right_digits[self._all, np.minimum(self.column, self.right_digits.shape[1] - 1)]
        self.right, self.wrong = first & good, first & ~good
        self.written = np.where(first, actions, NOTHING)
        self.note = np.where(first, self.note, actions)
        self.column = self.column + ~first
        done: list[int] = []
        for i in np.flatnonzero(~first & (self.column == self.length)).tolist():
            self.sheets[i].commit(self.committed[i, : self.length[i]].tolist(), int(self.note[i]))
            if self.sheets[i].done:
                done.append(i)
            else:
                self.load(i)
        return done

    def observe(self) -> NDArray[np.float32]:
        """(n, 111)."""
        view = np.zeros((self.n, PEN_SIZE), np.float32)
        view[:, :4] = _EYE_4[self.kind]
        view[:, 4] = self.written == NOTHING
        view[:, 5] = self.written != NOTHING
        at = (self._all, self.column)
        for slot, digit in enumerate((self.top[at], self.bottom[at], self.partial[at], self.note, self.written)):
            start = 6 + 21 * slot
            view[:, start : start + 11] = _EYE_11[digit]
            view[:, start + 11 : start + 21] = _THERMOMETER[digit]
        return view
