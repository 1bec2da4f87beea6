r"""Which of reasoning-gym's tasks: ten by number, all by name, with any settings of their own.

`"countdown"` is the task with the settings that it comes with, `"countdown,min_numbers=3,operators=["+","-"]"` has
others; values are JSON, or plain words. `scoring=own` leaves the verdict to the library (`scoring.py`). The numbers are
names, not a ladder: what makes a task harder are its settings.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from ..errors import BadLevel
from ..problem import Level
from . import library
from .scoring import SCORINGS, Scoring

TABLE: Mapping[int, str] = dict(
    enumerate(
        (
            "chain_sum",
            "gcd",
            "basic_arithmetic",
            "number_sorting",
            "base_conversion",
            "spell_backward",
            "syllogism",
            "knights_knaves",
            "mini_sudoku",
            "shortest_path",
        )
    )
)
_NUMBERS = frozenset(map(str, TABLE))
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KEY = re.compile(r",\s*([a-z_]+)\s*=\s*")
_LONGEST = 4_096
"""characters of a specification"""


@dataclass(frozen=True)
class Spec:
    """A task, its settings as JSON in the order of their names, and whose verdict counts."""

    name: str
    config: str = "{}"
    scoring: Scoring = "strict"

    @property
    def settings(self) -> dict[str, Any]:
        """Those that differ from the task's own."""
        return dict(json.loads(self.config))

    def __str__(self) -> str:
        settings = "".join(f",{key}={_json(value)}" for key, value in self.settings.items())
        return f"{self.name}{settings}" + (f",scoring={self.scoring}" if self.scoring != "strict" else "")


def spec(level: Level) -> Spec:
    """What a level asks for. Settings are looked at when problems are made.

    Raises:
        BadLevel: it is neither a number of the table nor the name of a task with settings.
    """
    if isinstance(level, str | int) and not isinstance(level, bool):
        if str(level) in _NUMBERS:
            return Spec(TABLE[int(level)])
        if isinstance(level, str) and len(level) <= _LONGEST and _NAME.match(level):
            return _read(level)
    raise BadLevel(
        f"level {reprlib.repr(level)}: expected 0 to {max(TABLE)}, or the name of a task of reasoning-gym, such as "
        '"countdown" or "countdown,min_numbers=3"'
    )


@lru_cache(256)
def _read(text: str) -> Spec:
    name = _NAME.match(text)
    assert name is not None
    settings = _settings(text, name.end())
    return written(name.group(), settings.pop("scoring", "strict"), settings)


def _settings(text: str, at: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while at < len(text):
        key = _KEY.match(text, at)
        if key is None:
            raise BadLevel(f"level {text!r}: expected ,setting=value at character {at}, got {text[at:][:20]!r}")
        at = key.end()
        try:
            found[key.group(1)], at = json.JSONDecoder().raw_decode(text, at)
        except (ValueError, RecursionError):
            word = text[at:].partition(",")[0]
            found[key.group(1)], at = word.strip(), at + len(word)
    return found


def written(name: str, scoring: Any, settings: Mapping[str, Any]) -> Spec:
    """The specification of a task with settings.

    Raises:
        BadLevel: a name that can be none, no such scoring, or settings that JSON cannot hold.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadLevel(f"task {reprlib.repr(name)}: expected a name of reasoning-gym, such as 'countdown'")
    if scoring not in SCORINGS:
        raise BadLevel(f"scoring={scoring!r}: expected one of {', '.join(SCORINGS)}")
    try:
        return Spec(name, json.dumps(settings, sort_keys=True), scoring)
    except (TypeError, ValueError):
        raise BadLevel(f"the settings of {name}: expected what JSON can hold, got {settings!r}") from None


@lru_cache(256)
def checked(asked: Spec) -> Spec:
    """The specification, if the library has such a task with such settings.

    Raises:
        BadLevel: it has not.
        BadConfig: it is not installed.
    """
    known = library.names()
    if asked.name not in known:
        why = library.REFUSED.get(asked.name)
        close = get_close_matches(asked.name, known, n=1)
        hint = why or (f"did you mean {close[0]!r}?" if close else "`reason list --verbose` names them")
        raise BadLevel(f"task {asked.name!r}: expected one of reasoning-gym's {len(known)} that can be posed; {hint}")
    settings = library.options(asked.name)
    for key in asked.settings:
        if key not in settings:
            raise BadLevel(f"{asked.name} has no setting {key!r}: expected one of {', '.join(sorted(settings))}")
    try:
        library.dataset(asked.name, asked.config)
    except Exception as error:  # an assertion of theirs, mostly
        raise BadLevel(f"{asked.name} cannot be had with {asked.config}: expected other settings; {error}") from None
    return asked


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
