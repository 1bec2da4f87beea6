"""Which problems need a figure, told from their text alone.

A statement that holds `[asy]` code has its figure as code, and a reader of code may make something of it. One that
speaks of a figure and holds none cannot be understood as it was meant. In doubt a problem is said to need its figure:
one that is left out costs less than one that cannot be solved.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from ..errors import UnknownName

Figure = Literal["", "code", "missing"]
Figures = Literal["all", "code", "none"]
_KEPT: dict[str, tuple[Figure, ...]] = {"all": ("", "code", "missing"), "code": ("", "code"), "none": ("",)}

_KIND = r"(?:figure|diagram|picture|illustration|drawing)s?"
_MENTION = re.compile(
    r"\bas (?:shown|depicted|pictured|illustrated)\b"
    r"|\b(?:shown|depicted|pictured|illustrated) (?:below|above|at (?:the )?(?:right|left))\b"
    rf"|\b(?:in|see|from) (?:the |this )?(?:\w+ )?{_KIND}\b"
    rf"|\bthe (?:\w+ )?{_KIND} (?:below|above|shows?|indicates?|illustrates?)\b",
    re.IGNORECASE,
)


def figure_of(statement: str) -> Figure:
    """What kind of figure a statement needs.

    >>> figure_of("Find the area in the figure."), figure_of("The graph of this figure of speech is empty.")
    ('missing', '')
    """
    if "[asy]" in statement:
        return "code"
    return "missing" if _MENTION.search(statement) else ""


def keeps(figures: str, figure: Figure) -> bool:
    """Whether a problem with this kind of figure is kept: "code" leaves out missing ones, "none" all.

    Raises:
        UnknownName: `figures` is none of "all", "code", "none".
    """
    if figures not in _KEPT:
        raise UnknownName("figures", figures, get_args(Figures))
    return figure in _KEPT[figures]
