"""Text of any content, made safe to print: what a terminal would obey is written out.

Completions, labels of a file, names in results and messages of other programs may hold escapes that move the cursor,
set the window's title or make a link of what looks like text; marks that turn the text behind them round; a carriage
return that overwrites the line. All that reaches a terminal from outside goes through here.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TextIO

REORDERS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""bidirectional classes of the characters that turn the text behind them round"""
MARKS = "\u061c\u200e\u200f"
"""marks of direction, which move what stands beside them"""
_BREAKS = re.compile(r"[ \t\n]+")
PILE = 4
"""combining characters on one letter; more of them run into the lines above and below"""


def visible(text: str, encoding: str = "utf-8") -> str:
    """A text with what a terminal would obey, or cannot show, written as escapes; emoji and markup stay as they are.

    Args:
        text: of any content.
        encoding: of the terminal.
    """
    if text.isascii() and text.isprintable():
        return text
    kept, pile = [], 0
    for character in text:
        pile = pile + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        kept.append(character if pile <= PILE and _harmless(character) else _escape(character))
    return "".join(kept).encode(encoding, "backslashreplace").decode(encoding)


def _escape(character: str) -> str:
    """The escape of a character, as Python writes it."""
    return character.encode("unicode_escape").decode("ascii")


def _harmless(character: str) -> bool:
    if character in "\n\t":
        return True
    orders = unicodedata.bidirectional(character) in REORDERS or character in MARKS
    return not orders and unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")


def on_a_line(text: str, most: int = 80) -> str:
    r"""A text as a part of a line: visible, without line breaks, and cut where it is longer than `most` characters.

    >>> on_a_line("two\nlines \x1b[2J"), on_a_line("x" * 100, 5)
    ('two lines \\x1b[2J', 'xxxx…')
    """
    return visible(_BREAKS.sub(" ", text if len(text) <= most else text[: most - 1] + "…"))


def say(text: object = "", file: TextIO | None = None) -> None:
    """Print a text, with all that a terminal would obey in it written out.

    Args:
        text: what to say.
        file: where to; standard output unless told.
    """
    stream = file or sys.stdout
    print(visible(str(text), getattr(stream, "encoding", None) or "utf-8"), file=stream, flush=stream is not sys.stdout)
