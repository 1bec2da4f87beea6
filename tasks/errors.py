"""Mistakes a user can make, one class each; the command line turns them into one line and exit code 2."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any


class ReasonError(Exception):
    """Base of every error that a user, not a programmer, has to act on."""


class UnknownName(ReasonError, LookupError):
    """A name that nothing is registered under."""

    def __init__(self, kind: str, name: object, known: Collection[str]) -> None:
        close = get_close_matches(str(name), known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        super().__init__(f"unknown {kind} {name!r}: {hint}expected one of {', '.join(sorted(known))}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes hand errors back pickled, and this one is not made from its message.
        return _restore, (type(self), str(self))


def _restore(kind: type[BaseException], message: str) -> BaseException:
    error = kind.__new__(kind)
    error.args = (message,)
    return error


class BadLevel(ReasonError, ValueError):
    """A level that is neither a number of the task's table nor a readable specification."""


class BadConfig(ReasonError, ValueError):
    """A configuration value or key that cannot be used."""


class Incomplete(ReasonError):
    """Work of which a part could not be done; the rest of it stands."""


class BadCheckpoint(ReasonError):
    """A checkpoint that is missing, unreadable, or of another kind, task or configuration."""


class StorageError(ReasonError, OSError):
    """The disk is full, read-only or otherwise refuses a write."""


class Diverged(ReasonError, ArithmeticError):
    """Training whose loss or gradient is no number any more."""


class OutOfMemory(ReasonError, MemoryError):
    """A pass that does not fit into memory."""


class BadData(ReasonError, ValueError):
    """Problems of a user's file, or of the hub, that cannot be read or used."""


class BadCartridge(ReasonError, ValueError):
    """A cartridge that is missing, damaged, for another console, or not one that is known."""
