"""The first thing that two episodes do differently, in words and with its place in what either wrote."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from ...tasks.pokemon.records import Record

QUOTED = 44
"""characters of a line that are quoted"""
_BEFORE = 14
"""of these, how many stand before the difference"""
_WORD = 40
"""characters of a word that are marked"""
Span = tuple[int, int]
"""begin and end in a text"""


@dataclass(frozen=True)
class Parting:
    """Where two episodes part."""

    words: str
    """a phrase such as "Line 2: “3+9=12” against “3+9=13”" """
    spans: tuple[Span | None, Span | None] = (None, None)
    """what of either text is to be marked, empty at the end of one that had ended there; None for nothing"""


def of_texts(first: str, second: str, unit: str = "Line") -> Parting | None:
    r"""The first line in which two texts differ; None if they are equal.

    >>> of_texts("1+1=2\n2+2=4", "1+1=2\n2+2=5").words
    'Line 2: “2+2=4” against “2+2=5”'
    """
    place = _common(first, second)
    if place == max(len(first), len(second)):
        return None
    number = first.count("\n", 0, place) + 1
    quotes = " against ".join(_quoted(text, place) for text in (first, second))
    return Parting(f"{unit} {number}: {quotes}", (_word(first, place), _word(second, place)))


def of_answers(texts: tuple[str, str], answers: tuple[str, str]) -> Parting | None:
    """The answers of two that write in different forms, marked where they stand last; None if they are equal.

    Args:
        texts: what either wrote.
        answers: of either; empty if none could be read.
    """
    if answers[0] == answers[1]:
        return None
    told = " against ".join(each[:QUOTED] or "none that can be read" for each in answers)
    return Parting(f"Answer: {told}", (_last(texts[0], answers[0]), _last(texts[1], answers[1])))


def of_presses(first: Record, second: Record) -> int | None:
    """How many presses two records of a game begin with alike; None if they are equal."""
    for place, (one, other) in enumerate(zip_longest(first.presses, second.presses)):
        if one != other:
            return place
    return None


def pressed(record: Record, place: int) -> str:
    """A press in words."""
    if place >= len(record.presses):
        return "the end of the episode"
    return record.buttons[place] or "a command that could not be done"


def window(length: int, span: Span | None, shown: int) -> Span:
    """What of a text of some length is shown: its beginning, or if the marked part lies further on, what is around it.

    >>> window(1000, (10, 12), 100), window(1000, (500, 502), 100), window(90, (80, 81), 100)
    ((0, 100), (450, 550), (0, 90))
    """
    if length <= shown or span is None or span[0] < shown * 2 // 3:
        return 0, min(length, shown)
    begin = max(0, min(span[0] - shown // 2, length - shown))
    return begin, begin + shown


def _common(first: str, second: str) -> int:
    """How many characters two texts begin with alike."""
    differing = (place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    return next(differing, min(len(first), len(second)))


def _quoted(text: str, place: int) -> str:
    """The line around a place, cut to a few words."""
    begin = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    if begin == end:
        return "nothing more" if place >= len(text) else "an empty line"
    start = begin if end - begin <= QUOTED else max(begin, min(place - _BEFORE, end - QUOTED))
    stop = min(end, start + QUOTED)
    return f"“{'…' * (start > begin)}{text[start:stop]}{'…' * (stop < end)}”"


def _word(text: str, place: int) -> Span:
    """The word at a place, or the blank that stands there; empty at the end of a text."""
    begin = end = min(place, len(text))
    if begin == len(text):
        return begin, begin
    if text[begin].isspace():
        return begin, begin + 1
    while begin and not text[begin - 1].isspace() and place - begin < _WORD // 2:
        begin -= 1
    while end < len(text) and not text[end].isspace() and end - begin < _WORD:
        end += 1
    return begin, end


def _last(text: str, answer: str) -> Span | None:
    """Where an answer stands last; a worksheet holds it without its sign."""
    for sought in (answer, answer.removeprefix("-")):
        place = text.rfind(sought) if sought else -1
        if place >= 0:
            return place, place + len(sought)
    return None
