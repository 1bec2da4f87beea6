"""Worked solutions without their words: what is computed, a line a step.

Half as long on the first tier, so that a small model can learn from twice as many in the same time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

STYLES = ("worded", "brief")
"""how a working may be written"""
_NAMES = ("floor", "gcd", "lcm", "mod", "sqrt", "sum")
"""words that are mathematics; so are those without a vowel, as rst, in capitals, as AB, and the to of 0 to 9"""
_KEPT = rf"(?:{'|'.join(_NAMES)})\b|(?<=\d )to\b|[^aeiouyAEIOUY\W]+\b|[A-Z]+\b"
_WORD = re.compile(rf"\b(?!{_KEPT})[A-Za-z]{{2,}}(?:'s)?(?![A-Za-z(\d^_'])")
_ARTICLE = re.compile(r"\b[Aa] (?=[a-z]{2})")
_BARE = re.compile(r"\(\s*\)")
_GAP = re.compile(r"\s+(?=[,.;:)]|\s|$)|^\s+|(?<=\()\s+")
_STOPS = re.compile(r"([,.;:])[,.;:\s]*(?=[,.;:])")
_STEP = re.compile(r"=|: -?\d")
"""what a line has that comes to something"""


def brief(lines: Iterable[str]) -> list[str]:
    """The lines that come to something, without their words.

    >>> brief(["By Thales a side is a diameter.", "48 sides: 24 diameters * 46 = 1104", "Together 1104, mod 1000: 104"])
    ['48: 24 * 46 = 1104', '1104, mod 1000: 104']
    """
    return [short for short in map(_short, lines) if _STEP.search(short)]


def _short(line: str) -> str:
    bare = _BARE.sub("", _WORD.sub("", _ARTICLE.sub("", line)))
    return _STOPS.sub("", _GAP.sub("", bare)).strip(" ,.;:")
