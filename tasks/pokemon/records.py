"""What an episode leaves behind so that it can be played again: its problem, its cartridge and its presses.

A press is a letter: d l r u for directions, a, b, s for start, `.` for nothing, and `-` for a step in which the game
stood still because what the agent said could not be done; a number behind it says how often. The problem's id says how
the game begins, so nothing of a cartridge is in a record but its checksum.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import BadData
from .actions import BUTTONS

STILL = "-"
LETTERS = {**dict(zip(BUTTONS, "dlruabs.", strict=True)), "": STILL}
"""by button; the empty text is a step in which the game stands still"""
_BUTTONS = {letter: button for button, letter in LETTERS.items()}
_RUN = re.compile(r"([dlruabs.-])([1-9][0-9]{0,7})?")
_REPEATED = re.compile(r"(.)\1*")
MOST = 10_000_000
"""no record has more presses: the longest game that a level may ask for"""


@dataclass(frozen=True)
class Record:
    """One episode, or its beginning."""

    problem_id: str
    cartridge: str
    """SHA-1 of the cartridge's bytes"""
    presses: str
    """letters, one a step"""
    digest: str = ""
    """SHA-1 of the console's memory after them; empty if it is not known"""
    milestones: tuple[tuple[int, int], ...] = ()
    """(number from 1 on, step) of those that were reached"""
    pyboy: str = ""
    """version of the emulator"""

    @property
    def buttons(self) -> tuple[str, ...]:
        """The buttons, one a step; the empty text where the game stood still."""
        return tuple(_BUTTONS[letter] for letter in self.presses)

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """One line of JSON."""
        return json.dumps({**asdict(self), "presses": shortened(self.presses)})


def presses_of(buttons: Sequence[str]) -> str:
    """Letters of buttons."""
    return "".join(LETTERS[button] for button in buttons)


def shortened(letters: str) -> str:
    """Letters with repetitions counted.

    >>> shortened("uuua.--"), lengthened("u3a.-2")
    ('u3a.-2', 'uuua.--')
    """
    runs = (found[0] for found in _REPEATED.finditer(letters))
    return "".join(run[0] if len(run) == 1 else f"{run[0]}{len(run)}" for run in runs)


def lengthened(short: str) -> str:
    """The other way. Raises BadData for what is none."""
    runs, end = [], 0
    for found in _RUN.finditer(short):
        if found.start() != end:
            break
        end = found.end()
        runs.append((found[1], int(found[2] or 1)))
    if end != len(short):
        raise BadData(f"presses: expected letters out of dlruabs.- with counts, got {short[end : end + 12]!r}")
    if sum(times for _, times in runs) > MOST:
        raise BadData(f"presses: expected at most {MOST:,}")
    return "".join(letter * times for letter, times in runs)


def _counted(value: Any) -> int:
    number = int(value)
    if not 0 <= number <= MOST:
        raise ValueError(f"milestones: expected numbers from 0 to {MOST:,}")
    return number


def read(line: str) -> Record:
    """A record out of its line of JSON. Raises BadData."""
    try:
        value: Any = json.loads(line)
        return Record(
            problem_id=str(value["problem_id"]),
            cartridge=str(value["cartridge"]),
            presses=lengthened(str(value["presses"])),
            digest=str(value.get("digest", "")),
            milestones=tuple((_counted(number), _counted(step)) for number, step in value.get("milestones", ())),
            pyboy=str(value.get("pyboy", "")),
        )
    except BadData:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        raise BadData(f"expected a record of a game, a line that `reason play --record` writes: {error}") from None
