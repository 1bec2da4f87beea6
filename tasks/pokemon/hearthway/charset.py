"""Which number is which letter: the encoding of HEARTHWAY's screen buffer and strings.

It is the encoding that the reader knows from the real cartridge, so one reader reads both.
"""

from __future__ import annotations

LINE, PAGE, END = 0x4F, 0x51, 0x50
"""in strings only: next line, next page, the end"""
CODES: dict[str, int] = {
    **{letter: 0x80 + i for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ():;[]")},
    **{letter: 0xA0 + i for i, letter in enumerate("abcdefghijklmnopqrstuvwxyz")},
    **{str(digit): 0xF6 + digit for digit in range(10)},
    " ": 0x7F,
    "'": 0xE0,
    "-": 0xE3,
    "?": 0xE6,
    "!": 0xE7,
    ".": 0xE8,
    "▷": 0xEC,
    "▶": 0xED,
    "▼": 0xEE,
    "$": 0xF0,
    "×": 0xF1,
    "/": 0xF3,
    ",": 0xF4,
}
WIDTHS = (18, 17)
"""letters in the two lines of a page; the last place of the second is the arrow's"""


def encode(text: str) -> list[int]:
    """The bytes of a string; a line break ends a line, a form feed a page.

    Raises:
        ValueError: A page does not fit its two lines.

    >>> encode("Hi!")
    [135, 168, 231, 80]
    """
    for page in text.split("\f"):
        lines = page.split("\n")
        if len(lines) > 2 or any(len(line) > width for line, width in zip(lines, WIDTHS, strict=False)):
            raise ValueError(f"a page holds a line of {WIDTHS[0]} and one of {WIDTHS[1]} letters, not {page!r}")
    return [{"\n": LINE, "\f": PAGE}.get(letter) or CODES[letter] for letter in text] + [END]
