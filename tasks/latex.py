r"""Reading one integer literal out of the text of an answer: `\mathbf{1\,234}`, `x = 42`, `42^\circ`, `-15 \text{ cm}`.

Wrappers, units and labels around the literal are peeled off; what is left has to be a literal. Nothing is evaluated: a
fraction, a power or a product is no answer, whatever its value. Numbers are compared as digit strings, so their size is
no matter and no float or big integer is ever made. Every step is one pass over at most `MAX_SPAN` characters.

The rules follow `graders/public_cases.jsonl` and section 2.3 of `research/math-tasks.md` in the project's notes; where
those are silent the choice is stated at the rule.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

MAX_DIGITS = 1_000
"""Digits of an answer, leading zeros included: the largest tasks ask for some hundreds."""
MAX_SPAN = 8_192
"""Characters of an answer: a thousand digits, separators and wrappers."""
_MAX_PEELS = 32
_REACH = 128
"""Characters from the end that one unit or modulus may take."""

_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}")
_LITERAL = re.compile(r"([0-9]+|[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:~[0-9]{3})+))(?:\.0*)?")
_NESTED = re.compile(r"(?:\\(?:boxed|fbox)\s*\{\s*)+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_FONTS = (
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:bf|rm|it|sf|tt)|[mh]box|operatorname|emph|underline|bm|boldsymbol)"
)
_WRAPPER = re.compile(rf"(?:(?:{_FONTS}|\\boxed|\\fbox|\\ensuremath)\s*)?\{{([^{{}}]*|[^{{}}]*\{{.*)\}}", re.DOTALL)
_PAIRS = (("\\left(", "\\right)"), ("\\(", "\\)"), ("\\[", "\\]"), ("(", ")"), ("**", "**"), ("`", "`"))
_LABEL_WORDS = r"(?i:(?:the\s+|my\s+)?(?:final\s+|correct\s+)?answer\s*(?:is\b\s*:?|:|=))"
_PREFIX = re.compile(
    rf"{_FONTS}\s*\{{\s*{_LABEL_WORDS}\s*\}}|{_LABEL_WORDS}|\\?\$|\\(?:pounds|euro|yen)(?![a-z])"
    r"|\\(?:displaystyle|textstyle|bf|rm|it|large|Large|huge|Huge)(?![A-Za-z])"
)
_SUFFIX = re.compile(r"(?:\\?[$%]|(?:\^\s*)?\{?\\(?:circ|degree)\}?|_\s*(?:10|\{\s*(?:10|(?:\\text\{)?ten\}?)\s*\}))$")
_MODULUS = re.compile(
    rf"\(?\s*(?:\\[pb]?mod|{_FONTS}\s*\{{\s*mod\s*\}}|\bmod(?:ulo)?)(?![a-z])[\s~]*\{{?\s*0*([1-9][0-9]*)\s*\}}?\s*\)?$"
)
_TEXT_UNIT = re.compile(rf"{_FONTS}\s*\{{([^{{}}]*)\}}\s*(?:\^\s*\{{?\s*[23]\s*\}}?)?$")
_PLAIN_UNIT = re.compile(r"(?<=[0-9])([\s~]*)([A-Za-z][A-Za-z\s~./-]*)(?:\^\s*\{?\s*[23]\s*\}?)?$")
_UNIT_TEXT = re.compile(r"[A-Za-z\s~./'-]*(?:\^[23])?")
_FULL_STOP = re.compile(r"\.(?=\$*[\s~]?$)")
_SPACING = (
    (re.compile(r"\\\\(?=[A-Za-z%$,;:!(){}\[\]])"), r"\\"),  # output that was JSON-escaped once too often
    (re.compile(r"\\\\|\\q?quad(?![A-Za-z])"), "\t"),
    (re.compile(r"\\!|\\(?=\s*$)"), ""),
    (re.compile(r"\\,|\\thinspace(?![A-Za-z])"), "~"),
    (re.compile(r"\\[;:> ]"), " "),
    (re.compile(rf"{_FONTS}\s*\{{\s*\}}"), ""),
)
_RUN = re.compile(r"[ ~\t]{2,}")
_MACRO = re.compile(r"\\[A-Za-z]+")
WORD = re.compile(r"[A-Za-z]+")

_MAX_MEMBERS = 64
_EQUALS = re.compile(r"(?<![!<>=~/])=(?!=)|\\equiv(?![A-Za-z])")
_NOT_A_CHAIN = re.compile(
    r"[<>,;|?\t]|\\(?:approx|sim(?:eq)?|cong|neq?|not|leq?|geq?|l[tg]|g[tg]|pm|mp|l?or|l?and|vee|wedge|in|to"
    r"|implies|iff|(?:Long)?(?:right|Right)arrow)(?![A-Za-z])"
)
_PARENTHESES = re.compile(r"\([^()]*\)")
_TWO_STATEMENTS = re.compile(r"[\s~]*[+-]?[0-9]+[\s~]+[A-Za-z]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN_UNITS = _words("mm cm km kg mg ml mL lb lbs oz ft in yd mi hr hrs min sec ms")
NUMBER_WORDS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
    "million millions billion billions trillion trillions dozen dozens score half halves thirds fourths fifths sixths "
    "sevenths eighths ninths tenths hundredths thousandths"
)
HEDGES = _words(
    "or and nor not no either neither to maybe perhaps possibly probably approximately approx about around roughly "
    "nearly almost between vs versus if unless except but could might may any"
)
BLOCKED = (
    NUMBER_WORDS
    | HEDGES
    | _words(
        "mod modulo plus minus times over divided squared cubed factorial choose power point than more less greater "
        "fewer is are was were isn wrong incorrect pi tau phi e i j k n x y z inf infinity nan log ln sin cos tan sqrt "
        "exp base hex binary octal"
    )
)
"""Words that change the value before them or take it back, and so are no unit."""

_SPACES = str.maketrans({"\u2009": "~", "\u202f": "~", "\u00a0": "~", "\u2212": "-"})
_FULLWIDTH = {"，": ",", "．": ".", "。": ". ", "－": "-", "＋": "+", "％": "%", "＝": "=", "°": "^\\circ", "？": "?"}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class _Peeled:
    """What is left of an answer, and what the peels took from it that bears on its value."""

    text: str
    sign: str = ""
    modulus: str = ""


def read_integer(text: str, units: bool = True) -> str | None:
    r"""The integer an answer states, in canonical digits, or None if it is no single literal.

    Args:
        text: the answer alone, as `extract` finds it.
        units: whether plain words after the number may be units, as in `42 ways`.

    >>> read_integer(r"m+n = 1{,}042\text{ cm}^2"), read_integer("-007"), read_integer("6 \\cdot 7")
    ('1042', '-7', None)
    """
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return canonical(text)
    text = _unnest(text)
    if len(text) > MAX_SPAN:
        return None
    plain = to_ascii(text)
    return None if plain is None else _read(_Peeled(_despace(plain)), units)


def canonical(literal: str) -> str:
    """Digits without leading zeros, with a minus if negative; negative zero is zero."""
    digits = literal.lstrip("+-").lstrip("0") or "0"
    return "-" + digits if literal[0] == "-" and digits != "0" else digits


def to_ascii(text: str) -> str | None:
    """Every decimal digit as ASCII, U+2212 as minus, invisible characters dropped; None if a bidi control is in it.

    By category and not by NFKC, which turns 10² into 102. A bidi control shows a reader other digits than are there.
    Choices of ours: only U+2212 and the full-width forms are signs (an en dash is none); no-break spaces separate.
    """
    if text.isascii():
        return _CONTROL.sub("", text)
    if not _BIDI.isdisjoint(text):
        return None
    return "".join(c if " " <= c <= "~" else _to_ascii(c) for c in text.translate(_SPACES))


def _to_ascii(char: str) -> str:
    if char in _FULLWIDTH:
        return _FULLWIDTH[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category in ("Cc", "Cf"):
        return char if char in "\t\n\v\f\r" else ""
    return " " if category == "Zs" else "\\$" if category == "Sc" else char


def _unnest(text: str) -> str:
    """Boxes in a box; taken off at once because there may be thousands of them."""
    opening = _NESTED.match(text)
    if opening is None:
        return text
    body = text[opening.end() :]
    core = body.rstrip("} \t\r\n")
    spare = body.count("}", len(core)) - opening.group().count("{")
    return "?" if spare < 0 else core + "}" * spare


def _despace(text: str) -> str:
    r"""LaTeX spacing as one character a kind: `~` thin or no-break, a tab for what parts two statements."""
    text = " ".join(text.split())
    if "\\" in text:
        for pattern, kind in _SPACING:
            text = pattern.sub(kind, text)
    text = text.replace("{,}", ",").replace("{}", "").replace("{~}", "~")
    # Runs of one character keep every later pattern linear.
    return _RUN.sub(lambda run: next(kind for kind in "\t ~" if kind in run.group()), text)


def _read(state: _Peeled, units: bool) -> str | None:
    """Peel until a literal is left. Each peel shortens the text, and there are at most `_MAX_PEELS`."""
    if state.text.rstrip("$ ").endswith(".."):
        return None  # an ellipsis: the number goes on
    state = replace(state, text=_FULL_STOP.sub("", state.text))
    for _ in range(_MAX_PEELS):
        state = replace(state, text=state.text.strip("\t ~"))
        literal = _LITERAL.fullmatch(state.text)
        if literal:
            return _finish(literal.group(1), state)
        peeled = _peel(state, units)
        if peeled is None:
            return _read_chain(state, units)
        state = peeled
    return None


def _finish(digits: str, state: _Peeled) -> str | None:
    digits = digits.replace(",", "").replace("~", "")
    if len(digits) > MAX_DIGITS:
        return None
    value = canonical(state.sign + digits)
    if state.modulus and (value[0] == "-" or (len(value), value) >= (len(state.modulus), state.modulus)):
        return None  # a residue that is not reduced is work left to do
    return value


def _peel(state: _Peeled, units: bool) -> _Peeled | None:
    """Take one thing off, or None if nothing comes off."""
    text = state.text
    wrapper = _WRAPPER.fullmatch(text)
    if wrapper:
        return replace(state, text=wrapper.group(1))
    for left, right in _PAIRS:
        if text.startswith(left) and text.endswith(right) and len(text) >= len(left) + len(right):
            return replace(state, text=text[len(left) : -len(right)])
    reach = max(len(text) - _REACH, 0)
    modulus = None if state.modulus else _MODULUS.search(text, reach)
    if modulus:
        return replace(state, text=text[: modulus.start()], modulus=modulus.group(1))
    suffix = _SUFFIX.search(text, reach) or _unit(text, reach, units)
    if suffix:
        return replace(state, text=text[: suffix.start()])
    if text[-1:] in (",", ";"):  # a choice of ours: a stray mark names no second value
        return replace(state, text=text[:-1])
    prefix = None if state.sign and text[:1] not in "\\$" else _PREFIX.match(text)
    if prefix:
        return replace(state, text=text[prefix.end() :])
    if text[:1] in ("+", "-") and not state.sign and not _EQUALS.search(text):
        return replace(state, text=text[1:], sign=text[0])
    return None


def _unit(text: str, reach: int, units: bool) -> re.Match[str] | None:
    match = _TEXT_UNIT.search(text, reach)
    if match:
        return match if _UNIT_TEXT.fullmatch(match.group(1)) and _harmless(match.group(1)) else None
    match = _PLAIN_UNIT.search(text, reach) if units else None
    if match is None:
        return None
    first = WORD.match(match.group(2))
    known = first is not None and first.group() in KNOWN_UNITS
    # Without a space, or with one or two letters, it may be a product of variables: 42x, 42 ab.
    spaced = bool(match.group(1)) and first is not None and len(first.group()) > 2
    return match if (known or spaced) and _harmless(match.group(2)) else None


def _harmless(words: str) -> bool:
    return BLOCKED.isdisjoint(WORD.findall(words.lower()))


def _read_chain(state: _Peeled, units: bool) -> str | None:
    """`p+q+r = 7+15+20 = 42`: the last member, if the others are neither other literals nor other statements."""
    members = _EQUALS.split(state.text)
    if not 2 <= len(members) <= _MAX_MEMBERS or state.sign or "=" in members[-1]:
        return None
    *others, last = members
    value = _read(replace(state, text=last), units)
    for place, member in enumerate(others):
        bare = _PARENTHESES.sub("", _PARENTHESES.sub("", member))
        words = WORD.findall(_MACRO.sub(" ", bare).lower())
        if _NOT_A_CHAIN.search(bare) or not HEDGES.isdisjoint(words):
            return None
        if place and _TWO_STATEMENTS.match(member):
            return None
        if "\\equiv" not in state.text and _read(_Peeled(member), units) not in (None, value):
            return None
    return value
