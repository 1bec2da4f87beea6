"""The letters of the cartridges: one byte each, the same ids in strings and on the screen."""

from __future__ import annotations

from collections.abc import Mapping

END = 0x50
CURSOR, IDLE_CURSOR, MORE = 0xED, 0xEC, 0xEE
"""signs on the screen: of the choice, of the choice in a menu behind, and of a text that goes on"""
CORNERS = (0x79, 0x7B, 0x7D, 0x7E)
FRAME = frozenset((0x79, 0x7A, 0x7B, 0x7C, 0x7D, 0x7E))
SPACE = 0x7F
LEVEL = 0x6E
UNKNOWN = "?"


def _letters() -> dict[int, str]:
    table = {SPACE: " ", LEVEL: "L", 0xBA: "é", 0xE0: "'", 0xE1: "PK", 0xE2: "MN", 0xE3: "-", 0xE4: "'r", 0xE5: "'m"}
    table |= {0x80 + i: letter for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ():;[]abcdefghijklmnopqrstuvwxyz")}
    table |= {0xBB + i: f"'{letter}" for i, letter in enumerate("dlstv")}
    table |= {0xE6: "?", 0xE7: "!", 0xE8: ".", 0xEF: "♂", 0xF0: "$", 0xF1: "×", 0xF3: "/", 0xF4: ",", 0xF5: "♀"}
    table |= {0xF6 + digit: str(digit) for digit in range(10)}
    return table


LETTERS: Mapping[int, str] = _letters()
"""what each id shows; frames, cursors and ground are not among them"""
IN_STRINGS: Mapping[int, str] = {0x4F: " ", 0x51: " ", 0x54: "POKé"}
"""ids that stand in strings only: a new line, a new page, and a word"""


def decode(string: bytes, letters: Mapping[int, str] = LETTERS) -> str:
    """A string up to its end mark, without spaces around it; `?` for what is no letter.

    >>> decode(bytes([0x85, 0x84, 0x91, 0x8D, 0x8E, 0x97, 0x50, 0x80]))
    'FERNOX'
    """
    text = string.partition(b"\x50")[0]
    return "".join([letters.get(code) or IN_STRINGS.get(code, UNKNOWN) for code in text]).strip()
