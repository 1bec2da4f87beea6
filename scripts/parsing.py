"""Command lines by tyro: the dataclass is the interface, the docstrings under its fields are the help."""

from __future__ import annotations

import re
from typing import TypeVar

import tyro

T = TypeVar("T")


def parse(what: type[T], verb: str, words: list[str], doc: str | None, default: T | None = None) -> T:
    """A configuration from command-line words; prints help and exits where asked.

    Args:
        what: a dataclass.
        verb: what stands behind `reason`.
        words: the rest of the line.
        doc: the help's first lines.
        default: what holds where the words say nothing; that of the class if not told.
    """
    # Lines of a paragraph are joined, and examples are no paragraph.
    apart = re.sub(r"(?<!\n)\n(?=reason )", "\n\n", doc or "")
    given = tyro.MISSING_NONPROP if default is None else default
    return tyro.cli(what, prog=f"reason {verb}", args=words, description=apart, default=given)
