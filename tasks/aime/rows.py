r"""Rows of public AIME files: their many field names and answer formats, and what makes a row unusable.

Copies name their columns as they like and write 25 as `25`, `"025"` or `25.0`. What cannot be an AIME problem is told
with its line and never mended: an answer that is no integer from 0 to 999, a statement that is empty, damaged, there
twice, or holds its own boxed answer (a public copy has that).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..faults import ENCODING, Fault, Unusable
from .figures import Figure, figure_of

LARGEST = 999
"""the largest answer; the smallest is 0"""
_QUESTION, _ANSWER = ("problem", "question", "prompt"), ("answer", "expected_answer")
_ID, _YEAR = ("id", "problem_id", "problem_idx"), ("year",)
_EXAM, _NUMBER = ("exam", "part", "aime_number"), ("number", "problem_number")
_EXAMS = {"i": "I", "1": "I", "ii": "II", "2": "II"}

_INTEGER = re.compile(r"([+-]?)([0-9]+)(?:\.0*)?")
_NAMED = re.compile(r"((?:19|20)[0-9]{2})(?:-(I{1,2}))?-([0-9]{1,2})")
_ADDRESS = re.compile(r"((?:19|20)[0-9]{2})_AIME(?:_(I{1,2}))?_Problems/Problem_([0-9]{1,2})\b")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?:\{\s*[^}\s]|[0-9])")
_DAMAGE = re.compile("[\ud800-\udfff\ufffd]")
"""what is left of bytes that were no UTF-8"""


@dataclass(frozen=True)
class Row:
    """One real problem."""

    id: str
    """unique in its source"""
    question: str
    answer: int
    figure: Figure = ""
    """"code" where the statement holds `[asy]` code, "missing" where it speaks of a figure that it does not hold"""
    year: int | None = None
    exam: str = ""
    """"I" or "II"; empty before 2000, or where it is not known"""
    number: int | None = None
    """1 to 15, the easiest first"""


Record = Mapping[str, Any] | Unusable
"""a raw row, or why there is none"""


def read_rows(records: Iterable[tuple[str, Record]]) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    """Rows in their order, and those that cannot be used.

    Args:
        records: where each stands, such as "line 12", and what stands there.
    """
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str], str] = {}
    for place, record in records:
        try:
            if isinstance(record, Unusable):
                raise record
            row = _row(place, record)
            _check_new(place, row, seen)
        except Unusable as reason:
            faults.append(Fault(place, str(reason)))
        else:
            rows.append(row)
    return tuple(rows), tuple(faults)


def _check_new(place: str, row: Row, seen: dict[tuple[str, str], str]) -> None:
    """See that neither the id nor the statement came before, and remember them."""
    keys = (("id", row.id), ("statement", " ".join(row.question.split())))
    for kind, value in keys:
        if (kind, value) in seen:
            named = f"id {_short(value)}" if kind == "id" else "this statement"
            raise Unusable(f"{named} is there twice, first on {seen[kind, value]}")
    seen.update(dict.fromkeys(keys, place))


def _row(place: str, record: Mapping[str, Any]) -> Row:
    fields = {str(key).strip().lower().replace(" ", "_"): value for key, value in record.items()}
    question, answer = _statement(fields), _answer(fields)
    year, exam, number = _origin(fields)
    given = _first(fields, _ID)
    named = "-".join(str(part) for part in (year, exam, number) if part)
    known = year and number and (exam or year < 2000)
    id_ = str(given).strip() if given is not None else named if known else place.rpartition(" ")[2]
    if not id_ or not id_.isprintable():
        raise Unusable(f"id: expected a printable name, got {_short(given)}")
    return Row(id_, question, answer, figure_of(question), year, exam, number)


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value of the first of these fields that is there."""
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _needed(kind: str, names: tuple[str, ...], fields: Mapping[str, Any]) -> Any:
    value = _first(fields, names)
    if value is None:
        there = _short([name for name in fields if fields[name] is not None])
        raise Unusable(f"no {kind}: expected a field {' or '.join(names)}, the row has {there}")
    return value


def _statement(fields: Mapping[str, Any]) -> str:
    text = _needed("statement", _QUESTION, fields)
    if not isinstance(text, str):
        raise Unusable(f"statement: expected a text, got {_short(text)}")
    if not text.strip():
        raise Unusable("the statement is empty")
    if _DAMAGE.search(text):
        raise Unusable(ENCODING)
    if box := _BOX.search(text):
        raise Unusable(f"the statement holds a boxed answer, {_short(text[box.start() :][:24])}")
    return text.strip()


def _answer(fields: Mapping[str, Any]) -> int:
    value = _needed("answer", _ANSWER, fields)
    literal = _INTEGER.fullmatch(str(value).strip()) if isinstance(value, int | float | str) else None
    if isinstance(value, bool) or literal is None:
        raise Unusable(f"answer: expected an integer, got {_short(value)}")
    sign, digits = literal[1], literal[2].lstrip("0") or "0"
    if len(digits) > len(str(LARGEST)) or (sign == "-" and digits != "0"):
        raise Unusable(f"answer: expected 0 to {LARGEST}, got {_short(value)}")
    return int(digits)


def _origin(fields: Mapping[str, Any]) -> tuple[int | None, str, int | None]:
    """Year, exam and number: of their own fields, else of an id such as "2024-I-1", else of the address."""
    year, number = (_integer(_first(fields, names)) for names in (_YEAR, _NUMBER))
    exam = _EXAMS.get(str(_first(fields, _EXAM)).strip().lower(), "")
    address = _ADDRESS.search(str(fields.get("url") or fields.get("link")))
    named = _NAMED.fullmatch(str(_first(fields, _ID)).strip()) or address
    if named:
        year, exam, number = year or int(named[1]), exam or named[2] or "", number or int(named[3])
    known_year = year if year is not None and 1983 <= year <= 2999 else None
    return known_year, exam, number if number is not None and 1 <= number <= 15 else None


def _integer(value: Any) -> int | None:
    literal = _INTEGER.fullmatch(str(value).strip())
    return int(literal[2]) if literal and len(literal[2]) <= 4 else None


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    shown = repr(text) if isinstance(value, str) else text
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
