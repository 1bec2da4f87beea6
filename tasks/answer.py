r"""From a completion to a verdict: where the answer stands, and whether it is the expected integer.

One parser for every task. The answer stands after the last `</think>`, in the last non-empty `\boxed{…}`, else in the
last `<answer>…</answer>`, else behind `####`, else behind an answer phrase ("The answer is 42."), else it is the whole
text. Numbers are never picked out of prose, and a place that names two values names none.

Any string can be judged: the time is linear, nothing recurses, evaluates or waits for a signal, and there is no state,
so threads may share it. What a literal is, `latex.py` says, and what a sentence states, `statement.py`; the rules are
those of `graders/public_cases.jsonl` and of section 2.3 of `research/math-tasks.md` in the project's notes. Choices
where those are silent are stated in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .latex import MAX_DIGITS, MAX_SPAN, read_integer
from .problem import Verdict
from .statement import MAX_STATEMENT, read_statement, said

__all__ = ["MAX_DIGITS", "extract", "judge_integer", "parse_integer", "read_integer"]

_TAIL = 1 << 16
"""Only so many last characters can hold the answer."""
_WINDOW, _HEAD = 1 << 20, 256
"""Think tags are searched in so many last characters, and an opening one in so many first."""
_MAX_PHRASES, _MAX_BRACES = 256, 30_000
"""Phrases tried, from the last one back; braces worth a pass (half the text)."""
_OPEN, _CLOSE = ("<think>", "<Think>", "<THINK>"), ("</think>", "</Think>", "</THINK>")

_CORRECT, _WRONG = Verdict(True, "correct"), Verdict(False, "wrong")
_UNPARSABLE, _TOO_LONG = Verdict(False, "unparsable"), Verdict(False, "too_long")

_PLAIN_BOX = re.compile(rf"\\boxed\{{(-?[0-9]{{1,{MAX_DIGITS}}})\}}")
_BOX_OR_BRACE = re.compile(r"\\[{}]|[{}]|\\(?:boxed|fbox)(?:\s*\{|\s+(?=[$+\-0-9])|(?=[0-9]))")
_BLANK = re.compile(r"(?:[\s~{}$,;:!]|\\(?![A-Za-z]))*")
_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)

_SAYS = re.compile(
    r"(?<![A-Za-z])answer(?:\s+(?:to|for|of)\s[^.\n:=?]{1,100}?)?[*_\"'`}]{0,4}"
    r"(?:\s{1,8}(?P<may>(?:may|might|could|can)\b)"
    r"|\s{0,8}(?:is|was|equals|(?:must|should|will|would)\s+be)\b|\s{0,4}[*_]{0,2}[=:]|[ \t*_]{0,8}(?P<heading>\n))"
    r"(?:\s{0,8}(?:thus|therefore|then|simply|just|exactly|indeed|equal\s+to|:|=)){0,3}(?P<none>\s{0,8}(?:correct"
    r"|right|verified|confirmed|consistent|valid|reasonable|unique|complete|final|positive|checked|found|obtained"
    r"|reached|derived|based|an?)\b)?",
    re.IGNORECASE,
)
_HEADING = re.compile(r"[#*_>\s]*(?:\\text[a-z]*\{)?\s*(?:the\s+|my\s+)?(?:final\s+|correct\s+)?", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\b(?:if|whether|doubt|doubtful|unless|suppose|assume|assuming|unlikely|wrong|incorrect|previous|maybe|perhaps"
    r"|possibly|(?:not|never|cannot)(?:\s+\w+)?)|n['’]t(?:\s+\w+)?)(?:\s+that)?(?:\s+(?:the|my|an?|our|your|its?))?"
    r"(?:\s+(?:final|correct|right|only))?\s*$",
    re.IGNORECASE,
)

_NOT_BARE = re.compile(r"=|(?<!\\)\(|\\equiv|mod")
_DIGIT, _SPACE = re.compile(r"[0-9]"), re.compile(r"\s")


@dataclass(frozen=True)
class _Place:
    """Where an answer stands. A statement runs on into prose, a cut place has begun and not ended."""

    kind: Literal["closed", "statement", "whole", "cut"]
    text: str


_CUT = _Place("cut", "")


def judge_integer(completion: str, expected: str) -> Verdict:
    r"""Judge a completion against an integer. Never raises, whatever the completion.

    Args:
        completion: all that was said, thoughts included.
        expected: the right answer as a decimal literal.

    >>> judge_integer(r"So it is $\boxed{1{,}042}$.", "1042").reason
    'correct'
    >>> judge_integer("The answer is 42 or 43.", "42").reason
    'unparsable'
    """
    if completion == expected:  # a bare literal, the commonest answer of a program
        return _CORRECT
    text = _after_thought(completion)
    if text is None:
        return _UNPARSABLE
    value = _plain_box(text)
    if value is None:
        place = _find(text)
        if (value := _read(place)) is None:
            return _TOO_LONG if _too_long(place) else _UNPARSABLE
    return _CORRECT if value == expected or value == read_integer(expected) else _WRONG


def parse_integer(completion: str) -> str | None:
    r"""The integer that `judge_integer` reads out of a completion, as a plain literal; None where it reads none.

    >>> parse_integer(r"So it is $\boxed{1{,}042}$."), parse_integer("The answer is 42 or 43.")
    ('1042', None)
    """
    text = _after_thought(completion)
    return None if text is None else _plain_box(text) or _read(_find(text))


def extract(completion: str, whole: bool = False) -> str | None:
    r"""The text of the answer, whatever its kind, or None where there is none.

    Args:
        completion: all that was said, thoughts included.
        whole: whether any text that marks no answer is one; otherwise only an integer literal or one word: a move, a
            name.

    >>> extract(r"<think>\boxed{e4}?</think> I play \boxed{Nf3}."), extract("The answer is Nf3."), extract("I pass.")
    ('Nf3', 'Nf3', None)
    >>> extract("1 2\n3 4", whole=True)
    '1 2\n3 4'
    """
    text = _after_thought(completion)
    place = _find(text) if text is not None else _CUT
    if place.kind == "closed":
        return place.text
    if place.kind == "statement":
        return said(place.text)
    if place.kind == "whole" and place.text and (whole or not _SPACE.search(place.text) or _read(place) is not None):
        return place.text
    return None


def _after_thought(text: str) -> str | None:
    """What follows the last think block, or None if one is still open."""
    head = ""
    if len(text) > _WINDOW:
        head, text = text[:_HEAD], text[-_WINDOW:]
    if "hink>" in text or "HINK>" in text:
        closed = max(map(text.rfind, _CLOSE))
        if max(map(text.rfind, _OPEN)) > closed:
            return None
        if closed >= 0:
            return text[closed + len(_CLOSE[0]) :][-_TAIL:]
    return None if head and any(tag in head for tag in _OPEN) else text[-_TAIL:]


def _plain_box(text: str) -> str | None:
    """The ordinary case at once: the last box holds digits, and no later brace could close another around it."""
    box = _PLAIN_BOX.match(text, max(text.rfind("\\boxed{"), 0))
    if box is None or text.find("}", box.end()) >= 0 or text.find("box", box.end()) >= 0:
        return None
    return read_integer(box.group(1))


def _find(text: str) -> _Place:
    place = _last_box(text) or _last_tag(text) or _marker(text) or _phrase(text)
    if place is None:
        place = _Place("whole", text.strip()) if len(text) < _TAIL else _CUT  # or its beginning is missing
    return place


def _last_box(text: str) -> _Place | None:
    """The last non-empty box, the outermost of a nest; a box begun after it and not closed was cut off."""
    if "box" not in text:
        return None
    first = min((at for at in map(text.find, ("\\boxed", "\\fbox")) if at >= 0), default=-1)
    if first < 0:
        return None
    if text.count("{") + text.count("}") > _MAX_BRACES:
        return _CUT
    opened: list[int] = []  # where the inside of each open box begins, -1 for a mere brace
    start, end = -1, -1
    for token in _BOX_OR_BRACE.finditer(text, first):
        kind = token.group()
        if kind == "{":
            opened.append(-1)
        elif kind == "}":
            inside = opened.pop() if opened else -1
            blank = _BLANK.match(text, inside, token.start()) if inside >= 0 else None
            if blank and blank.end() < token.start():
                start, end = inside, token.start()
        elif len(kind) > 2 and kind[-1] == "{":
            opened.append(token.end())
        elif len(kind) > 2:
            start, end = token.end(), -1  # \boxed 42
    if max(opened, default=-1) > start:
        return _CUT
    if start < 0:
        return None
    return _Place("closed", text[start:end].strip()) if end >= 0 else _Place("statement", text[start:][:MAX_STATEMENT])


def _last_tag(text: str) -> _Place | None:
    start, answer = -1, None
    for tag in _TAG.finditer(text):
        if not tag.group(1):
            start = tag.end()
        elif start >= 0:
            answer = text[start : tag.start()].strip() or answer
            start = -1
    if start >= 0:
        return _CUT
    return _Place("closed", answer) if answer else None


def _marker(text: str) -> _Place | None:
    """`#### 42`, on the last line or alone on its line: elsewhere it is a heading."""
    start = text.rfind("####")
    if start < 0:
        return None
    line, _, after = text[start:].lstrip("# \t").partition("\n")
    last = not after.strip() and "answer" not in line.lower()  # "#### The answer is 42"
    return _Place("closed", line.strip()) if line.strip() and (last or read_integer(line) is not None) else None


def _occurrences(text: str) -> Iterator[int]:
    """Where "answer" stands, from the last one back."""
    lower, upper = text.rfind("nswer"), text.rfind("NSWER")
    for _ in range(_MAX_PHRASES):
        at = max(lower, upper)
        if at < 1:
            return
        yield at - 1
        if at == lower:
            lower = text.rfind("nswer", 0, at)
        else:
            upper = text.rfind("NSWER", 0, at)


def _phrase(text: str) -> _Place | None:
    """The last phrase that states an answer, or takes one back: "… answer is", "Answer:", a heading "Final answer"."""
    for at in _occurrences(text):
        says = _SAYS.match(text, at)
        if says is None or says["none"]:
            continue
        before = text[max(at - 100, 0) : at]
        if says["heading"] and not _HEADING.fullmatch(before[before.rfind("\n") + 1 :]):
            continue
        if says["may"] or _DENIED.search(before, before.rfind(".") + 1):  # none reaches over a full stop
            return _CUT
        return _Place("statement", text[says.start("heading") if says["heading"] else says.end() :][:MAX_STATEMENT])
    return None


def _read(place: _Place) -> str | None:
    if place.kind == "closed":
        return read_integer(place.text)
    if place.kind == "statement":
        return read_statement(place.text)
    if place.kind == "whole" and not _NOT_BARE.search(place.text):
        return read_integer(place.text, units=False)
    return None


def _too_long(place: _Place) -> bool:
    if place.kind == "closed":
        return len(place.text) > MAX_SPAN or len(_DIGIT.findall(place.text)) > MAX_DIGITS
    return place.kind == "whole" and len(place.text) > MAX_DIGITS and place.text.lstrip("+-").isdigit()
