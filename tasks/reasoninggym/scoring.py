"""What is right: never a part of an answer, and never by running it.

`scoring=strict`, the default: the right text, spaces aside. Where a task has a scorer of its own, another text is right
too if that gives it 1.0. A judge of ours decides in its place where it

- runs the answer as a Python program: `binary_matrix`, `countdown`, `intermediate_integration`, `n_queens`,
  `polynomial_multiplication`, `puzzle24`, `simple_integration`, `spiral_matrix`, `string_insertion`;
- gives wrong answers 1.0 as well: `coin_flip` (0, where that is near enough), `complex_arithmetic` (nan), `figlet_font`
  (ten right letters and any others), `game_of_life` (more than the board), `game_of_life_halting` (any text, where
  "True" is right), `gsm_symbolic` (the first number of any prose), `letter_jumble` (the right words and others behind),
  `number_sorting` (each number off by one), `polynomial_equations` (what is no number).

`scoring=own`: right if the library gives 1.0, the first group apart.

Its partial scores are not used: by default an answer that contains the right one earns a part for it, 0.5 for "42"
where 4 is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

from ..answer import extract
from ..problem import Verdict
from . import expressions, library

Scoring = Literal["strict", "own"]
SCORINGS: tuple[Scoring, ...] = get_args(Scoring)
Entry = Mapping[str, Any]

_LONGEST = 4_096
"""characters of an answer that are looked at, or four times as many as a right one has"""
_SHORT = {"propositional_logic": 300, "rubiks_cube": 2_000}
"""where the library takes seconds for 4,096"""
_CORRECT, _WRONG = Verdict(True, "correct"), Verdict(False, "wrong")
_UNPARSABLE, _TOO_LONG = Verdict(False, "unparsable"), Verdict(False, "too_long")
_HUGE = re.compile(r"[eE][+-]?[\d_]{4}")
"""1e999999999 is a short text and, as an exact fraction, a number that does not fit anywhere"""
_OFTEN = re.compile(r"\d\d")
"""a move that is made ten times or more: some scorers make it as often as it says"""
_REPEATED = frozenset({"rubiks_cube", "rush_hour"})
_FORMULA = re.compile(r"[¬(\s]*[A-Z][)\s]*(?:[∧∨→↔][¬(\s]*[A-Z][)\s]*)*")
"""letters between signs; the library takes any other text for a variable, and tries all values of all"""


def judge(name: str, config: str, scoring: Scoring, entry: Entry, completion: str) -> Verdict:
    """Judge a completion. Never raises.

    Args:
        name: of the task.
        config: its settings, as JSON.
        scoring: whose rules.
        entry: the item.
        completion: all that was said, thoughts included.
    """
    text = extract(completion, whole=True)
    if text is None:
        return _UNPARSABLE
    expected = "" if entry["answer"] is None else str(entry["answer"])
    if len(text) > _SHORT.get(name, max(_LONGEST, 4 * len(expected))):
        return _TOO_LONG
    try:
        return _CORRECT if _right(name, config, scoring, entry, text, expected) else _WRONG
    except Exception:  # whatever a scorer does with a text that it does not expect
        return _UNPARSABLE


def _right(name: str, config: str, scoring: Scoring, entry: Entry, text: str, expected: str) -> bool:
    if expected and _same(text, expected) and (scoring == "strict" or name in _RUN):
        return True
    if name in _RUN:
        return _RUN[name](entry, text)
    if scoring == "strict" and not library.has_own_scorer(name):
        return False
    if scoring == "strict" and name in _LOOSE:
        return _LOOSE[name](entry, text)
    if _HUGE.search(text) or (name in _REPEATED and _OFTEN.search(text)):
        return False
    if name == "propositional_logic" and not _FORMULA.fullmatch(text):
        return False
    return library.score(name, config, entry, text) == 1.0


def _same(text: str, expected: str) -> bool:
    """Equal but for spaces and breaks between words."""
    return text == expected or text.split() == expected.split()


def _only(entry: Entry, text: str) -> bool:
    """No other text will do than the right one, which has been looked for before."""
    return False


def _same_letters(entry: Entry, text: str) -> bool:
    return _same(text.lower(), str(entry["answer"]).lower())


def _same_number(entry: Entry, text: str) -> bool:
    literal = text.strip().strip("$").replace(",", "")
    return re.fullmatch(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?", literal) is not None and (
        Decimal(literal) == Decimal(str(entry["answer"]))
    )


def _same_numbers(entry: Entry, text: str) -> bool:
    """A list in JSON, of numbers or of their texts, in the right order."""
    given, right = json.loads(text.replace("'", '"')), json.loads(entry["answer"])
    return isinstance(given, list) and [*map(float, given)] == [*map(float, right)]


def _same_json(entry: Entry, text: str) -> bool:
    return bool(json.loads(text) == json.loads(entry["answer"]))


def _same_complex(entry: Entry, text: str) -> bool:
    literal = re.sub(r"[\s()]", "", text).replace("i", "j")
    return re.fullmatch(r"[0-9.+j-]{1,80}", literal) is not None and (
        complex(literal) == complex(*entry["metadata"]["result"])
    )


def _same_roots(entry: Entry, text: str) -> bool:
    """Numbers between commas, in any order."""
    given, right = (sorted(map(float, listed.split(","))) for listed in (text, entry["answer"]))
    return given == right


def _same_share(entry: Entry, text: str) -> bool:
    """A probability, as a decimal or a fraction, to four digits."""
    if _HUGE.search(text):
        return False
    right = Fraction(entry["answer"])
    return abs(Fraction(text) - right) <= right / 10_000


def _one_board(entry: Entry, text: str) -> bool:
    return any(_same(text, board) for board in entry["metadata"]["valid_answers"])


def _reaches(entry: Entry, text: str) -> bool:
    """All numbers, each used once, and the value exactly."""
    told = entry["metadata"]
    found = expressions.arithmetic(text)
    return found is not None and found[0] == told.get("target", 24) and sorted(found[1]) == sorted(told["numbers"])


def _same_polynomial(entry: Entry, text: str) -> bool:
    found = expressions.polynomial(text)
    return found is not None and found == expressions.polynomial(entry["answer"])


def _integral(entry: Entry, text: str) -> bool:
    told = entry["metadata"]
    return bool(expressions.is_antiderivative(text, told["integrand"], told["variable"]))


_RUN: Mapping[str, Callable[[Entry, str], bool]] = {
    "binary_matrix": _only,
    "countdown": _reaches,
    "intermediate_integration": _integral,
    "n_queens": _one_board,
    "polynomial_multiplication": _same_polynomial,
    "puzzle24": _reaches,
    "simple_integration": _integral,
    "spiral_matrix": _only,
    "string_insertion": _only,
}
"""tasks whose scorers run the answer as a program, and our judges in their place"""
_LOOSE: Mapping[str, Callable[[Entry, str], bool]] = {
    "coin_flip": _same_share,  # 0 is near enough to what is seldom
    "complex_arithmetic": _same_complex,  # nan is as near as can be
    "figlet_font": _same_letters,  # ten right letters are enough
    "game_of_life": _same_json,  # whatever lies beyond the board
    "game_of_life_halting": _only,  # any text is taken for "True"
    "gsm_symbolic": _same_number,  # the first number of any prose
    "letter_jumble": _same_letters,  # whatever follows the right words
    "number_sorting": _same_numbers,  # each number may be off by one
    "polynomial_equations": _same_roots,  # what is no number is passed over
}
"""tasks whose scorers give wrong answers 1.0 as well, and our judges in their place"""
