"""The language that the text view is played in: one command a turn.

    press up*3 a        up to 16 presses in order, `noop` and `start` among them
    goto 9 12           walk there over what has been seen
    wait 5              up to 16 times nothing
    note the ELDER wants the letter

Lines before the command that are no commands are let pass as thoughts; two commands in one answer are refused, and so
is whatever cannot be read, always with the reason. Full-width letters and arrows are read as what they stand for;
letters of other alphabets that look alike are not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby

from .state import GameState

BUTTONS = ("down", "left", "right", "up", "a", "b", "start", "noop")
"""of the array view's actions, in order"""
MOST = 16
"""presses, or waits, in one command"""
NOTE_LENGTH = 200
ANSWER_LENGTH = 20_000
"""longer answers are refused unread"""
_DIGITS = 9
"""longer numbers are told as they came"""
_WORDS = {"←": " left ", "→": " right ", "↑": " up ", "↓": " down ", "×": "*", "∗": "*", "✱": "*", "−": "-", "–": "-"}
_ALIASES = {"d": "down", "l": "left", "r": "right", "u": "up", "wait": "noop", "none": "noop"}
_PRESS = re.compile(r"([a-z]+)(?:\*([0-9]+))?")
_GOTO = re.compile(r"\(? *(-?[0-9]{1,3})(?: *, *| +)(-?[0-9]{1,3}) *\)?")
_VERB = re.compile(r"[ >*`\-]*(press|goto|go to|wait|note)\b[ :]*", re.IGNORECASE)
_THOUGHT = re.compile("</think>", re.IGNORECASE)
_NOT_BUTTONS = "is no button; buttons are " + ", ".join(BUTTONS)


@dataclass(frozen=True)
class ActionSettings:
    """Which commands there are: the comparison of what each of them is worth."""

    goto: bool = True
    notes: bool = True

    @property
    def verbs(self) -> tuple[str, ...]:
        """The commands."""
        return ("press", *(("goto",) if self.goto else ()), "wait", *(("note",) if self.notes else ()))


@dataclass(frozen=True)
class Press:
    """Buttons, one after the other."""

    buttons: tuple[str, ...]


@dataclass(frozen=True)
class Goto:
    """A walk to a square of the map."""

    x: int
    y: int


@dataclass(frozen=True)
class Wait:
    """Nothing, several times."""

    times: int


@dataclass(frozen=True)
class Note:
    """Something to remember, which costs no time of the game."""

    text: str


@dataclass(frozen=True)
class Refused:
    """What could not be read, and why; the game does not move."""

    reason: str


Command = Press | Goto | Wait | Note | Refused


def parse(answer: str, settings: ActionSettings | None = None) -> Command:
    """The command of an answer. Never raises.

    >>> parse("press up*2 a"), parse("GOTO (9, 12)")
    (Press(buttons=('up', 'up', 'a')), Goto(x=9, y=12))
    """
    settings = settings or ActionSettings()
    if len(answer) > ANSWER_LENGTH:
        return Refused(f"expected an answer of at most {ANSWER_LENGTH:,} characters, got {len(answer):,} characters")
    text = _plain(answer)
    if "<think>" in text.lower():
        return Refused("the thought did not end, so there is no command after it")
    found = [line for line in text.splitlines() if _VERB.match(line.strip())]
    if not found:
        return _bare(text, settings)
    if len(found) > 1:
        return Refused(f"expected one command, got {len(found)}; the first was {_short(found[0])}")
    line = found[0].strip()
    match = _VERB.match(line)
    assert match is not None
    verb, rest = match[1].lower().replace(" ", ""), line[match.end() :].rstrip("` ").strip()
    if verb not in settings.verbs:
        return Refused(f"{verb} is switched off here; commands are {', '.join(settings.verbs)}")
    return {"press": _press, "goto": _goto, "wait": _wait, "note": _note}[verb](rest)


def _plain(answer: str) -> str:
    for sign, word in _WORDS.items():
        answer = answer.replace(sign, word)
    return _normal(_THOUGHT.split(answer)[-1])


def _normal(text: str) -> str:
    """NFKC; marks are sorted beforehand, for over those that are out of order `unicodedata` takes quadratic time."""
    if text.isascii():
        return text
    signs = "".join(unicodedata.normalize("NFKD", sign) for sign in text)
    runs = groupby(signs, lambda sign: unicodedata.combining(sign) > 0)
    ordered = ("".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs)
    return unicodedata.normalize("NFKC", "".join(ordered))


def _bare(answer: str, settings: ActionSettings) -> Command:
    """An answer that is nothing but buttons is a press."""
    text = " ".join(answer.split())
    if not text:
        return Refused("nothing was said")
    command = _press(text)
    if isinstance(command, Press) or "at most" in command.reason:
        return command
    return Refused(f"expected {' or '.join(settings.verbs)}, got {_short(text)}{_strange(text)}")


def _press(rest: str) -> Press | Refused:
    buttons: list[str] = []
    asked = 0
    for word in re.split(r"[\s,;+]+", _closed(rest.lower().strip("[]().,;"))):
        match = _PRESS.fullmatch(word.strip("\"'"))
        name = _ALIASES.get(match[1], match[1]) if match else ""
        if match is None or name not in BUTTONS:
            return Refused(f"{_short(word)} {_NOT_BUTTONS}{_strange(word)}" if word else "expected buttons after press")
        digits = (match[2] or "1").lstrip("0")
        if not digits:
            return Refused(f"{_short(word)}: expected 1 or more, got 0")
        if len(digits) > _DIGITS:
            return Refused(f"expected at most {MOST} presses in one command, got {_short(word)}")
        times = int(digits)
        asked += times
        buttons += [name] * min(times, MOST + 1)
    if asked > MOST:
        return Refused(f"expected at most {MOST} presses in one command, got {asked:,}")
    return Press(tuple(buttons))


def _closed(text: str) -> str:
    """Without white space around asterisks."""
    first, *others = text.split("*")
    if not others:
        return text
    return "*".join((first.rstrip(), *(each.strip() for each in others[:-1]), others[-1].lstrip()))


def _goto(rest: str) -> Command:
    match = _GOTO.fullmatch(rest.rstrip("."))
    if match is None:
        return Refused(f"expected goto X Y with two whole numbers from -999 to 999, got {_short(rest)}{_strange(rest)}")
    return Goto(int(match[1]), int(match[2]))


def _wait(rest: str) -> Command:
    if not re.fullmatch(r"[0-9]{1,9}", rest):
        return Refused(f"expected wait N with a whole number, got {_short(rest)}{_strange(rest)}")
    if not 1 <= int(rest) <= MOST:
        return Refused(f"expected wait with 1 to {MOST}, got {int(rest):,}")
    return Wait(int(rest))


def _note(rest: str) -> Command:
    text = " ".join(rest.split())
    if not text:
        return Refused("expected a text after note")
    if len(text) > NOTE_LENGTH:
        return Refused(f"expected a note of at most {NOTE_LENGTH} characters, got {len(text):,}")
    return Note(text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _strange(text: str) -> str:
    """Names the first character that only looks like one of ours."""
    strange = next((sign for sign in text if sign.isalnum() and not sign.isascii()), "")
    return f" ({strange!r} is {unicodedata.name(strange, 'an unnamed character')})" if strange else ""


def mask(state: GameState) -> tuple[bool, ...]:
    """Which of `BUTTONS` the game listens to now: all but those that a script has taken away, and always `noop`."""
    return MASKS[state.raw.joy_ignore]


_BITS = {"a": 0, "b": 1, "start": 3, "right": 4, "left": 5, "up": 6, "down": 7}
MASKS = tuple(tuple(button == "noop" or not taken >> _BITS[button] & 1 for button in BUTTONS) for taken in range(256))
"""what is listened to, by the byte of the buttons that are taken away"""
