"""The two hands that write on a worksheet, one digit or one unit at a time.

`Counter` counts beads on a register (research: a soroban); `Pen` writes digits and keeps a note. Each turns a discrete
action into, at most, one committed digit, and shows what it needs to go on as numbers between 0 and 1 in which nothing
depends on how long the numbers are. `envs/vector/hands.py` holds their batched twins; a test walks both in lock-step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .worksheet import CRANKS, Worksheet

COUNT, COUNT_CARRY, MARK, NEXT = range(4)
PATIENCE = 30
"""steps in one column or at one stop of the carriage; then NEXT is forced"""
COUNTER_SIZE, COUNTER_ACTIONS = 30, 4
PEN_SIZE, PEN_ACTIONS = 111, 10
NOTHING = 10
"""the code of "no digit here" beside the digits 0-9"""


@dataclass(slots=True)
class Written:
    """What one action put down: whether a digit was right, whether a decision at the carriage was, or nothing yet."""

    digit: bool | None = None
    decision: bool | None = None


@dataclass(slots=True)
class Counter:
    """A register that counts up or down modulo ten.

    Actions: 0 COUNT moves the register by one and takes one unit off; 1 COUNT_CARRY moves it and uses up the carry;
    2 MARK notes a carry for the next column; 3 NEXT commits the register's digit and goes one column on. At the
    carriage COUNT turns the crank, NEXT moves the carriage, the other two do nothing.

    Observation (30,): register 10, units left 10, carry in, carry marked, last action 4, steps in column / 30, counting
    up or down 2, at the carriage. At the carriage the register shows the turns made and the units those still due.
    """

    sheet: Worksheet
    register: int = 0
    units: int = 0
    carry: int = 0
    marked: int = 0
    last: int = NEXT
    steps: int = 0
    column: int = 0
    committed: list[int] = field(default_factory=list)
    top: list[int] = field(default_factory=list)
    bottom: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    paid: bool = True
    """whether right digits of this row earn anything: not in a row that should not have been cranked"""

    def load(self) -> None:
        """Take up what the worksheet shows now: a row, or the carriage."""
        row = self.sheet.row
        self.carry = self.column = 0
        self.committed = []
        if row is None:
            self._stop(min(self.sheet.cranks, 9), min(self.sheet.units, 9))
        else:
            self.top, self.bottom, self.right = row.lay(row.a), row.lay(row.b), row.lay(row.value)
            self._stop(self.top[0], self.bottom[0])

    def _stop(self, register: int, units: int) -> None:
        self.register, self.units = register, units
        self.marked = self.steps = 0
        self.last = NEXT

    def act(self, action: int) -> Written:
        """Carry out one action."""
        self.steps += 1
        self.last = action
        if self.sheet.row is None:
            return self._at_carriage(action)
        if action in (COUNT, COUNT_CARRY):
            self.register = (self.register + (1 if self.sheet.row.kind == "+" else -1)) % 10
            if action == COUNT:
                self.units = max(self.units - 1, 0)
            else:
                self.carry = 0
        elif action == MARK:
            self.marked = 1
        if action != NEXT and self.steps < PATIENCE:
            return Written()
        right = self.register == self.right[self.column]
        self.committed.append(self.register)
        self.column += 1
        if self.column == len(self.top):
            self.sheet.commit(self.committed)
            paid, self.paid = self.paid, True
            if not self.sheet.done:
                self.load()
            return Written(digit=right) if paid or not right else Written()
        self.carry = self.marked
        self._stop(self.top[self.column], self.bottom[self.column])
        return Written(digit=right) if self.paid or not right else Written()

    def _at_carriage(self, action: int) -> Written:
        due = self.sheet.units > 0
        if action == COUNT and self.sheet.cranks < CRANKS:
            self.sheet.crank()
            self.paid = due
            self.load()
            return Written(decision=due)
        if action in (COUNT, NEXT) or self.steps >= PATIENCE:
            self.sheet.shift()
            if not self.sheet.done:
                self.load()
            return Written(decision=not due)
        return Written()

    def text(self) -> str:
        """The hand's state for people, and what its actions do now."""
        if self.sheet.row is None:
            state = f"carriage: {self.register} turns made, {self.units} due"
            return f"{state} | 0 turn the crank, 3 move the carriage"
        done = "".join(map(str, reversed(self.committed))) or "nothing"
        way = "up" if self.sheet.row.kind == "+" else "down"
        state = f"{self.sheet.row.text}, committed {done} | register {self.register}, count {way} {self.units}"
        state += (", and a carry" if self.carry else "") + (", carry marked" if self.marked else "")
        return f"{state} | 0 count, 1 count the carry, 2 mark a carry, 3 commit and go on"

    def observe(self) -> NDArray[np.float32]:
        """The hand's state, (30,)."""
        view = np.zeros(COUNTER_SIZE, np.float32)
        if self.sheet.done:
            return view
        row = self.sheet.row
        up = self.sheet.operator == "*" if row is None else row.kind == "+"
        view[[self.register, 10 + self.units, 22 + self.last, 27 if up else 28]] = 1
        view[20], view[21], view[26], view[29] = self.carry, self.marked, self.steps / PATIENCE, row is None
        return view


@dataclass(slots=True)
class Pen:
    """A pen that writes, in each column, a digit of the result and then a note for the next column.

    Action: the digit to write, 0-9.

    Observation (111,): kind of row 4, digit or note 2, and the digits of the two
    numbers, of the partial sum, the note and the digit just written, each one-hot 11 (the last for "none") and as a
    thermometer 10.
    """

    sheet: Worksheet
    note: int = 0
    written: int = NOTHING
    column: int = 0
    committed: list[int] = field(default_factory=list)
    top: list[int] = field(default_factory=list)
    bottom: list[int] = field(default_factory=list)
    partial: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)

    def load(self) -> None:
        """Take up the row that the worksheet shows now."""
        row = self.sheet.row
        assert row is not None, "the pen has no carriage"
        self.note = self.column = 0
        self.written = NOTHING
        self.committed = []
        self.top, self.partial, self.right = row.lay(row.a), row.lay(row.partial), row.lay(row.value)
        self.bottom = [row.b] * row.columns if row.kind in "*/" else row.lay(row.b)

    def act(self, action: int) -> Written:
        """Write a digit."""
        if self.written == NOTHING:
            self.written = action
            self.committed.append(action)
            return Written(digit=action == self.right[self.column])
        self.note, self.written = action, NOTHING
        self.column += 1
        if self.column == len(self.top):
            self.sheet.commit(self.committed, self.note)
            if not self.sheet.done:
                self.load()
        return Written()

    def text(self) -> str:
        """The hand's state for people, and what its actions do now."""
        row = self.sheet.row
        assert row is not None
        signs = f"{self.top[self.column]} {row.kind} {self.bottom[self.column]}"
        signs += f" + {self.partial[self.column]}" if row.kind == "*" else ""
        what = "the digit below" if self.written == NOTHING else f"the note for the next column (digit {self.written})"
        return f"{row.text} | column {signs}, note {self.note} | 0-9 write {what}"

    def observe(self) -> NDArray[np.float32]:
        """The hand's state, (111,)."""
        view = np.zeros(PEN_SIZE, np.float32)
        if self.sheet.done:
            return view
        row = self.sheet.row
        assert row is not None
        view["+-*/".index(row.kind)] = 1
        view[4 + (self.written != NOTHING)] = 1
        partial = self.partial[self.column] if row.kind == "*" else NOTHING
        for slot, digit in enumerate(
            (self.top[self.column], self.bottom[self.column], partial, self.note, self.written)
        ):
            start = 6 + 21 * slot
            view[start + digit] = 1
            if digit != NOTHING:
                view[start + 11 : start + 11 + digit] = 1
        return view
