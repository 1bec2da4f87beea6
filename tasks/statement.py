"""Reading what a sentence states: "The answer is 42 apples, because …" states 42, "… is 42 or 43" states nothing.

A sentence that hedges, calculates on, asks, or names a second value states no number.
"""

from __future__ import annotations

import re
import unicodedata

from .latex import BLOCKED, KNOWN_UNITS, NUMBER_WORDS, WORD, read_integer, to_ascii

MAX_STATEMENT = 4_096
"""Characters that a statement may take."""

_OPENERS = " \t\r\n*_`\"'(}"
_MATH = re.compile(
    r"\$\$(?P<display>.+?)\$\$|\$(?P<inline>(?:[^$\\\n]|\\.)+)\$|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]"
    r"|(?P<macro>\\[a-z]+\s*\{[^{}]*\})",
    re.DOTALL,
)
_NUMBER = re.compile(
    r"(?:[A-Za-z]\w{0,9}(?:\s?\+\s?[A-Za-z]\w{0,9}){0,9}\s?=\s?)?[+-]?\s?\\?\$?\s?[+-]?[0-9]+(?:[.,][0-9]+)*"
    r"(?:\s\(?mod(?:ulo)?\s[0-9]+\)?)?"
)
_END = re.compile(r"\?|\n|[.!]+(?=[\s*_`\"')\]}]|$)")
_MARK = re.compile(r"[*_`\"')}$]*(?:\\?%|\^\\circ)?[*_`\"')}$]*")
_HEDGE = re.compile(
    r"\b(?:or|either|maybe|perhaps|possibly|probably|could|might|may|approximately|roughly|unless|wrong|incorrect|isn"
    r"|alternatively|unsure|not\s+(?:sure|certain|right|correct))\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\b(?:not|rather|instead|which|since|because|as|so|where|giving)\b", re.IGNORECASE)
_ALSO = NUMBER_WORDS | {"and"}
_SECOND = re.compile(r"[\s.!*_`\"')}]*(?:or|alternatively)\b|\n[\s*$]*-?[0-9]+[\s*$.]*(?:\n|$)", re.IGNORECASE)
_DIGIT, _BREAK = re.compile(r"[0-9]"), re.compile(r"[,;:(—]")


def said(tail: str) -> str | None:
    """The words of a statement up to its end, whatever they are, or None.

    >>> said(" **Nf3**. I hope it holds.")
    'Nf3'
    """
    body = tail.lstrip(_OPENERS)
    end = _END.search(body)
    return body[: end.start() if end else len(body)].strip(" \t\r\n*_`\"'$").removesuffix(".") or None


def read_statement(tail: str) -> str | None:
    """The number that comes first in a statement, if the statement leaves it at that.

    Args:
        tail: what follows "the answer is", no more than `MAXMAX_STATEMENT` characters of it; a longer one was cut.

    >>> read_statement(" **42**."), read_statement(" 42 or 43."), read_statement(" 42, not 43.")
    ('42', None, '42')
    """
    plain = to_ascii(tail)
    if plain is None:
        return None
    body = plain.lstrip(_OPENERS)
    math = _MATH.match(body)
    stated = math or _NUMBER.match(body)
    value = read_integer(stated[math.lastgroup or 0] if math else stated[0]) if stated else None
    if stated is None or value is None:
        return None
    own_line = "\n" in plain[: len(plain) - len(body)]
    rest = body[stated.end() :]
    ends = len(tail) < MAX_STATEMENT or _END.search(rest) is not None
    return value if ends and _stands(rest, own_line) else None


def _stands(rest: str, own_line: bool) -> bool:
    """Whether what follows a stated number leaves it as it is: no operator, no hedge, no second value.

    Choices of ours: an aside ("not 43", "because …") may name numbers, "42!" is an exclamation, and a number on the
    line below a heading must have that line to itself.
    """
    if rest in ("", "."):
        return True  # what follows most answers
    mark = _MARK.match(rest)
    rest = rest[mark.end() if mark else 0 :]
    attached = WORD.match(rest)
    if attached and attached.group() not in KNOWN_UNITS:
        return False
    end = _END.search(rest)
    clause, after = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    if after[:1] == "?" or _SECOND.match(after) or (own_line and after.partition("\n")[0].strip(".!*_`\"') \t}")):
        return False
    first = clause.lstrip()[:1]
    if first and not (first.isalpha() or first in ",;:(—" or unicodedata.category(first) == "So"):
        return False
    head = _BREAK.split(clause, maxsplit=1)[0].lower()
    if not BLOCKED.isdisjoint(WORD.findall(head)) or _HEDGE.search(clause):
        return False
    second = WORD.match(clause.lstrip(" \t,;:").lower())
    if second and second.group() in _ALSO:
        return False
    digit = _DIGIT.search(clause)
    return digit is None or _ASIDE.search(clause, 0, digit.start()) is not None
