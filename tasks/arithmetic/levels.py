"""The axes along which arithmetic gets harder, the ten levels, and a way to write down any other.

| level | operators     | digits            | numbers | nesting | signed |
|-------|---------------|-------------------|---------|---------|--------|
| 0     | +             | 1                 | 2       | 0       | no     |
| 1     | + -           | 1-2               | 2       | 0       | no     |
| 2     | + -           | 1-3               | 2       | 0       | no     |
| 3     | *             | 1-3, then 1-2     | 2       | 0       | no     |
| 4     | + -           | 1-3               | 3-4     | 0       | no     |
| 5     | // %          | 1-4, then 1-2     | 2       | 0       | no     |
| 6     | + - *         | 1-2               | 3       | 0       | no     |
| 7     | + - * // %    | 1-3, then 1-2     | 3-4     | 1       | no     |
| 8     | + - * // %    | 1-4, then 1-2     | 4-5     | 2       | yes    |
| 9     | + - * // %    | 1-6, then 1-3     | 5-7     | 3       | yes    |

"Digits" are lengths, drawn uniformly; "then" gives the length of the second number of a product, quotient or
remainder. Nesting is the deepest parenthesis allowed. Division is exact everywhere; `%` is asked of a number >= 0.
Any other mixture is a specification of the same axes, such as `"operators=+-,digits=50"` or
`"operators=*,digits=1-3,right_digits=1-2"`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from math import comb

from ..answer import MAX_DIGITS
from ..errors import BadLevel
from ..problem import Level
from .expression import OPERATORS

Range = tuple[int, int]
Chain = tuple[int, int, int, int, tuple[str, ...]]
"""shortest number and how many lengths, fewest numbers and how many counts, two operators (or one twice)"""
_OPERATOR = re.compile(r"//|[-+*%]")


@dataclass(frozen=True)
class Axes:
    """One mixture of difficulties. Ranges are inclusive."""

    operators: tuple[str, ...] = ("+", "-")
    digits: Range = (1, 3)
    right_digits: Range | None = None
    """length of the right side of `* // %`; None: as `digits`"""
    terms: Range = (2, 2)
    """how many numbers"""
    nesting: int = 0
    signed: bool = False
    """numbers may be negative"""

    def __post_init__(self) -> None:
        if not self.operators:
            raise BadLevel(f"operators: expected one or more of {' '.join(OPERATORS)}, got none")
        if self.nesting not in range(10):
            raise BadLevel(f"nesting: expected a number from 0 to 9, got {self.nesting}")
        for name, span, least, most in (
            ("digits", self.digits, 1, 1000),
            ("right_digits", self.right_digits or (1, 1), 1, 1000),
            ("terms", self.terms, 2, 20),
        ):
            if not least <= span[0] <= span[1] <= most:
                raise BadLevel(f"{name}: expected a range like 1-3 within {least}-{most}, got {span[0]}-{span[1]}")
        if self.longest_answer > MAX_DIGITS:
            raise BadLevel(
                f"answers: expected at most {MAX_DIGITS} digits, got up to {self.longest_answer}; "
                "ask for fewer digits or terms"
            )

    @cached_property
    def chain(self) -> Chain | None:
        """What `sums.draw` needs, if all expressions are plain sums and differences of numbers of moderate length."""
        if not {"+", "-"}.issuperset(self.operators) or self.nesting or self.signed or self.digits[1] > 12:
            return None
        (low, high), (few, many) = self.digits, self.terms
        return low, high - low + 1, few, many - few + 1, (self.operators * 2)[:2]

    @property
    def longest_answer(self) -> int:
        """How many digits an answer has at most."""
        digits, right, terms = self.digits[1], (self.right_digits or self.digits)[1], self.terms[1]
        if "*" not in self.operators:
            return digits + len(str(terms))
        inner = self.nesting or "+" in self.operators or "-" in self.operators
        return digits + (terms - 1) * (max(digits, right) if inner else right)

    @property
    def label(self) -> str:
        """The axes in words, for tables."""
        words = [" ".join(self.operators), f"{_span(self.digits)} digits"]
        if self.right_digits:
            words[-1] += f" by {_span(self.right_digits)}"
        if self.terms != (2, 2):
            words.append(f"{_span(self.terms)} numbers")
        if self.nesting:
            words.append(f"parentheses {self.nesting} deep")
        if self.signed:
            words.append("signed")
        return ", ".join(words)


def _span(span: Range) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"


_ALL = OPERATORS
TABLE: dict[int, Axes] = {
    0: Axes(("+",), (1, 1)),
    1: Axes(("+", "-"), (1, 2)),
    2: Axes(("+", "-"), (1, 3)),
    3: Axes(("*",), (1, 3), (1, 2)),
    4: Axes(("+", "-"), (1, 3), terms=(3, 4)),
    5: Axes(("//", "%"), (1, 4), (1, 2)),
    6: Axes(("+", "-", "*"), (1, 2), terms=(3, 3)),
    7: Axes(_ALL, (1, 3), (1, 2), terms=(3, 4), nesting=1),
    8: Axes(_ALL, (1, 4), (1, 2), terms=(4, 5), nesting=2, signed=True),
    9: Axes(_ALL, (1, 6), (1, 3), terms=(5, 7), nesting=3, signed=True),
}


def axes(level: Level) -> Axes:
    """The axes of a level number or specification.

    >>> axes("operators=+-,digits=50").digits
    (50, 50)

    Raises:
        BadLevel: neither a number of the table nor a readable specification.
    """
    if isinstance(level, str):
        return _named(level)
    if type(level) is not int or level not in TABLE:
        raise BadLevel(f"level {level!r}: expected 0 to {max(TABLE)} or a specification like 'operators=+-,digits=50'")
    return TABLE[level]


@lru_cache(maxsize=1024)
def _named(level: str) -> Axes:
    if level.isdecimal():
        return axes(int(level) if len(level) < 9 else -1)
    settings: dict[str, object] = {}
    for part in level.split(","):
        key, value = _setting(part.strip(), level)
        if key in settings:
            raise BadLevel(f"level {level!r}: expected each setting once, got {key} twice")
        settings[key] = value
    return Axes(**settings)  # type: ignore[arg-type]


def _setting(part: str, level: str) -> tuple[str, object]:
    key, _, value = part.partition("=")
    known = [field.name for field in fields(Axes)]
    if key not in known:
        raise BadLevel(f"level {level!r}: expected settings out of {', '.join(known)}, got {part!r}")
    if key == "operators":
        found = tuple(_OPERATOR.findall(value))
        if "".join(found) != value.replace(" ", ""):
            raise BadLevel(f"level {level!r}: expected operators out of {' '.join(OPERATORS)}, got {value!r}")
        return key, tuple(sorted(set(found), key=OPERATORS.index))
    if key == "signed":
        if value not in ("true", "false"):
            raise BadLevel(f"level {level!r}: expected signed=true or signed=false, got {value!r}")
        return key, value == "true"
    match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", value)
    if match is None or (key == "nesting" and match[2]):
        what = "a number" if key == "nesting" else "a number or a range like 1-3"
        raise BadLevel(f"level {level!r}: expected {what} for {key}, got {value!r}")
    low = int(match[1])
    return key, low if key == "nesting" else (low, int(match[2] or low))


def distinct(axes: Axes) -> float:
    """How many expressions the axes can write, an upper bound: orders of a sum count apart, unreachable values too."""
    left = sum(_numbers(k) for k in range(axes.digits[0], axes.digits[1] + 1)) * (2 if axes.signed else 1)
    right = sum(
        _numbers(k) for k in range((axes.right_digits or axes.digits)[0], (axes.right_digits or axes.digits)[1] + 1)
    )
    total = 0.0
    for terms in range(axes.terms[0], axes.terms[1] + 1):
        # Every number but the first is the leftmost one on the right of exactly one operator.
        product = max(left, right) if axes.nesting else right
        pair = sum({"*": product, "//": right, "%": right}.get(operator, left) for operator in axes.operators)
        shapes = comb(2 * terms - 2, terms - 1) / terms if axes.nesting else 1.0
        total += float(left) * float(pair) ** (terms - 1) * shapes
        if total > 1e300:
            return float("inf")
    return total


def _numbers(length: int) -> float:
    return 10.0 if length == 1 else 9.0 * 10.0 ** min(length - 1, 290)
