"""A desk for tools and pointers: what the array view of `Reason-AIME-v0` sees and does, one problem at a time.

An episode writes a program of one call: which tool, which number of the statement for each of its arguments, and what
becomes of the result. The number's value is never seen: an agent points, and the tool computes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..tasks.aime import reading
from ..tasks.aime.toolbox import TOOLS
from ..tasks.aime.tools import POSTS, Result, call, finish, shown

NUMBERS = 12
"""how many numbers of a statement, from its beginning, can be pointed at"""
_WORDS, _AROUND = 128, 24
_BEFORE, _AFTER = 2, 2
"""neighbours of a number that are seen with it"""
_EACH = 2 + 2 * _AROUND
MOST = 4.0
"""a word that occurs more often than eight times looks like one that occurs eight times"""
TOOL_NAMES = tuple(TOOLS)
ARGUMENTS = max(tool.arity for tool in TOOLS.values())
POST, MODULUS = 1 + ARGUMENTS, 2 + ARGUMENTS
STAGES = 3 + ARGUMENTS
"""the tool, each argument, what becomes of the result, and for a remainder the number that divides"""
STATEMENT = _WORDS + NUMBERS * _EACH
SIZE = STATEMENT + STAGES + len(TOOL_NAMES) + 2 * NUMBERS
"""statement, stage, tool, the numbers pointed at so far, the one pointed at last"""
ACTIONS = max(len(TOOL_NAMES), NUMBERS, len(POSTS))
_TOOL_AT = STATEMENT + STAGES
_POINTED_AT = _TOOL_AT + len(TOOL_NAMES)
_LAST_AT = _POINTED_AT + NUMBERS


class Desk:
    """One statement and the program written for it so far."""

    def __init__(self, statement: str) -> None:
        seen = reading.read(statement)
        self.numbers = seen.numbers[:NUMBERS]
        self.statement = _features(seen)
        self.tool = -1
        self.pointed: list[int] = []
        self.done = False
        self.result: Result | None = None
        self.answer = ""
        self.post = ""
        self.modulus = 1000

    @property
    def stage(self) -> int:
        """0: a tool is to be picked; then an argument each; `POST`: what becomes of the result; `MODULUS`."""
        if self.tool < 0:
            return 0
        if self.post:
            return MODULUS
        return 1 + len(self.pointed) if len(self.pointed) < TOOLS[TOOL_NAMES[self.tool]].arity else POST

    def choices(self) -> int:
        """How many actions mean something now: those from 0."""
        stage = self.stage
        if stage == 0:
            return len(TOOL_NAMES)
        # A statement without numbers leaves nothing to point at, yet a mask of zeros would leave no action.
        return len(POSTS) if stage == POST else max(len(self.numbers), 1)

    def mask(self, into: NDArray[np.int8]) -> None:
        """Write the mask of the actions that mean something, (ACTIONS,)."""
        into[:] = 0
        into[: self.choices()] = 1

    def observe(self, into: NDArray[np.float32]) -> None:
        """Write the observation, (SIZE,)."""
        into[:STATEMENT] = self.statement
        into[STATEMENT:] = 0
        into[STATEMENT + self.stage] = 1
        if self.tool >= 0:
            into[_TOOL_AT + self.tool] = 1
        for place in self.pointed:
            into[_POINTED_AT + place] = 1
        if self.pointed:
            into[_LAST_AT + self.pointed[-1]] = 1

    def act(self, action: int) -> None:
        """Take the next choice; one that means nothing ends the program without an answer."""
        stage = self.stage
        if action >= self.choices() or (stage not in (0, POST) and not self.numbers):
            self.done = True
        elif stage == 0:
            self.tool = action
        elif stage == POST:
            self.post = POSTS[action]
            if self.post != "mod_number":
                self._finish()
        elif stage == MODULUS:
            self.modulus = self.numbers[action]
            self._finish()
        else:
            self.pointed.append(action)

    def _finish(self) -> None:
        self.result = call(TOOLS[TOOL_NAMES[self.tool]], [self.numbers[place] for place in self.pointed])
        self.answer = finish(self.result, self.post, self.modulus)
        self.done = True

    def options(self) -> str:
        """What may be chosen now, for people; empty when the program is done."""
        if self.done:
            return ""
        stage = self.stage
        names = TOOL_NAMES if stage == 0 else POSTS if stage == POST else tuple(map(str, self.numbers))
        wanted = TOOLS[TOOL_NAMES[self.tool]].arguments[stage - 1] if 0 < stage < POST else "tool" if stage == 0 else ""
        return f"choose {wanted}".rstrip() + " out of " + ", ".join(f"{i}: {name}" for i, name in enumerate(names))

    def show(self) -> str:
        """The program so far and what may be chosen next, a line each."""
        return "\n".join(filter(None, (self.program(), self.options())))

    def program(self) -> str:
        """What was written, for people."""
        if self.tool < 0:
            return ""
        values = ", ".join(str(self.numbers[place]) for place in self.pointed)
        text = f"{TOOL_NAMES[self.tool]}({values})"
        if self.post:
            text += f" = {shown(self.result)}, {self.post}"
            text += f" {self.modulus}" if self.post == "mod_number" else ""
            text += f": {self.answer or 'no answer'}"
        return text


def _features(seen: reading.Reading) -> NDArray[np.float32]:
    """Words without order, and each number by length and neighbours."""
    view = np.zeros(STATEMENT, np.float32)
    for word in seen.words:
        if word:
            view[_bucket(word, _WORDS)] += 0.5
    np.minimum(view, MOST, out=view)
    for row, (number, place) in enumerate(zip(seen.numbers[:NUMBERS], seen.places, strict=False)):
        start = _WORDS + row * _EACH
        view[start] = 1
        view[start + 1] = min(len(str(number)) / 4, MOST)
        for word in seen.words[max(0, place - _BEFORE) : place]:
            if word:
                view[start + 2 + _bucket(word, _AROUND)] = 1
        for word in seen.words[place + 1 : place + 1 + _AFTER]:
            if word:
                view[start + 2 + _AROUND + _bucket(word, _AROUND)] = 1
    return view


@lru_cache(1 << 14)
def _bucket(word: str, count: int) -> int:
    return reading.hashed(word) % count
