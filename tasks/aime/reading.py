"""What the array view sees of a statement: its words, hashed, and where its numbers stand; also of a real problem.

Words are runs of letters in lower case; commands of LaTeX count as words. A number is a run of digits, and is told by
its place, its length and its neighbours, so that an agent can point at it without reading it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zlib import crc32

_TOKEN = re.compile(r"[a-z]+|\d+")
LONGEST = 18
"""digits; a longer number is no argument for a tool, and no word either: what it is would show"""


@dataclass(frozen=True)
class Reading:
    """A statement in tokens."""

    words: tuple[str, ...]
    """every token in lower case, a number of any length as the text ''"""
    numbers: tuple[int, ...]
    """in the order of the text, without those that are too long"""
    places: tuple[int, ...]
    """of each number, its index in `words`"""


def read(statement: str) -> Reading:
    """The tokens of a statement.

    >>> read("Find $7^{30}$ modulo $9$.")
    Reading(words=('find', '', '', 'modulo', ''), numbers=(7, 30, 9), places=(1, 2, 4))
    """
    words: list[str] = []
    numbers: list[int] = []
    places: list[int] = []
    for token in _TOKEN.findall(statement.lower()):
        if token.isdigit() and len(token) <= LONGEST:
            numbers.append(int(token))
            places.append(len(words))
        words.append("" if token.isdigit() else token)
    return Reading(tuple(words), tuple(numbers), tuple(places))


def hashed(word: str) -> int:
    """32 bits of a word, the same everywhere."""
    return crc32(word.encode())
