"""Levels that are a number of a task's table, settings, or a number with settings that override its own.

"3", "opponent=greedy,opening=6", "3,hint=list". What a setting may be, its reader says; `dataset=` comes last, for the
name of a file may hold anything.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

from .errors import BadConfig, BadLevel
from .problem import Level

Reader = Callable[[str], Any]
"""turns the text of a setting into its value, or raises ValueError with what it expected"""
_LAST = "dataset"
Asked = TypeVar("Asked")


def read(level: Level, table: Mapping[int, str], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The settings of a level.

    Args:
        level: as it was given.
        table: settings of each numbered level.
        readers: of each setting that there is.

    Raises:
        BadLevel: neither a number of the table nor readable settings.
    """
    if isinstance(level, bool) or not isinstance(level, int | str):
        raise BadLevel(f"level {reprlib.repr(level)}: {_expected(table, readers)}")
    parts = _parts(str(level))
    if parts and parts[0].isascii() and parts[0].isdecimal() and len(parts[0]) < 9:
        number = int(parts.pop(0))
        if number not in table:
            raise BadLevel(f"level {level!r}: {_expected(table, readers)}")
        return _read(_parts(table[number]), level, table, readers) | _read(parts, level, table, readers)
    return _read(parts, level, table, readers)


def remembered(read: Callable[[Level], Asked]) -> Callable[[Level], Asked]:
    """A reader of levels that reads each of them once, for every problem asks again."""
    known = lru_cache(1024)(read)

    @wraps(read)
    def reader(level: Level) -> Asked:
        # True and 1 would share a place, and what is no level may have none.
        return known(level) if isinstance(level, str) or type(level) is int else read(level)

    return reader


def _parts(level: str) -> list[str]:
    rest, last, name = level.partition(f"{_LAST}=")
    parts = [part.strip() for part in rest.split(",")]
    if not last:
        return parts
    return [part for part in parts if part] + [f"{_LAST}={name}"]


def _read(
    parts: Sequence[str], level: Level, table: Mapping[int, str], readers: Mapping[str, Reader]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in parts:
        key, _, value = part.partition("=")
        if key not in readers:
            raise BadLevel(f"level {level!r}: {_expected(table, readers)}, got {part!r}")
        if key in values:
            raise BadLevel(f"level {level!r}: expected each setting once, got {key} twice")
        try:
            values[key] = readers[key](value)
        except ValueError as error:
            raise BadLevel(f"level {level!r}: expected {key}={error}, got {value!r}") from None
    return values


def _expected(table: Mapping[int, str], readers: Mapping[str, Reader]) -> str:
    return f"expected {min(table)} to {max(table)}, or settings out of {', '.join(readers)}"


def combine(level: Level, **settings: Any) -> Level:
    """A level with further settings, those that are None left out.

    >>> combine(3, hint="list", board=False), combine("opponent=greedy", opening=None), combine(0)
    ('3,hint=list,board=false', 'opponent=greedy', 0)

    Raises:
        BadConfig: a setting is neither a text, a whole number or a truth value, nor several of them.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if not given:
        return level
    last = given.pop(_LAST, None)
    own, real, source = str(level).partition(f"{_LAST}=")
    parts = [part for part in own.split(",") if part.strip()]
    parts += [f"{name}={_text(name, value)}" for name, value in given.items()]
    if real or last is not None:
        parts.append(f"{_LAST}={source if real else last}")
    return ",".join(parts)


def _text(name: str, value: Any) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, bytes) or not isinstance(value, Iterable):
        expected = "expected a text, a whole number, True or False, or several of them"
        raise BadConfig(f"{name}: {expected}, got {reprlib.repr(value)}")
    return "+".join(map(str, value))


def one_of(*choices: str) -> Reader:
    """A reader of one of some words."""

    def reader(text: str) -> str:
        if text not in choices:
            raise ValueError(" or ".join(choices))
        return text

    return reader


def flag(text: str) -> bool:
    """Reads true or false."""
    return bool(one_of("true", "false")(text) == "true")


def whole(low: int, high: int) -> Reader:
    """A reader of an integer from low to high."""

    def reader(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"an integer from {low} to {high}")
        return int(text)

    return reader


def span(low: int, high: int) -> Reader:
    """A reader of an integer or a range such as 2-5, as its ends."""

    def reader(text: str) -> tuple[int, int]:
        match = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
        if match is None or not low <= int(match[1]) <= int(match[2] or match[1]) <= high:
            raise ValueError(f"an integer from {low} to {high}, or a range of them such as {low}-{high}")
        return int(match[1]), int(match[2] or match[1])

    return reader


def names(text: str) -> tuple[str, ...]:
    """Reads names that are joined by +, each once."""
    found = tuple(dict.fromkeys(text.split("+")))
    if not all(found):
        raise ValueError("a name, or several joined by +")
    return found
