"""The tools of the array view: small exact procedures on integers that stand for no particular family.

A tool takes what an agent points at, so it must bear any integers: what it is not defined for, or would take too many
steps, yields nothing. What is done with the result is the last choice of a program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd

BUDGET = 20_000
"""elementary steps that a call may take"""
POSTS = ("as_is", "mod_1000", "m_plus_n", "mod_number")
"""the number itself; its remainder on division by 1000; of a fraction in lowest terms, numerator plus denominator; its
remainder on division by a number that is pointed at"""
LONG = 10**18
"""a number that is no shorter is no answer, and Python writes none of more than 4,300 digits"""
Ratio = tuple[int, int]
Result = int | Ratio


@dataclass(frozen=True)
class Tool:
    """A procedure, what it is defined for, and what it costs."""

    name: str
    run: Callable[..., Result]
    arguments: tuple[str, ...]
    allows: Callable[..., bool]
    """whether it is defined for these arguments"""
    steps: Callable[..., int]
    """about how many elementary steps it takes there"""

    @property
    def arity(self) -> int:
        """How many arguments it takes."""
        return len(self.arguments)


@dataclass(frozen=True)
class Program:
    """A tool, the parameters it is given, and what is done with its result."""

    tool: str
    arguments: tuple[str, ...]
    """names of parameters, in the order of the tool's arguments"""
    post: str = "as_is"
    modulus: str = ""
    """of the post-step "mod_number", the name of a parameter"""


def call(tool: Tool, arguments: Sequence[int]) -> Result | None:
    """What a tool makes of some integers; None where it is not defined or the budget does not suffice."""
    if not tool.allows(*arguments) or tool.steps(*arguments) > BUDGET:
        return None
    return tool.run(*arguments)


def finish(result: Result | None, post: str, modulus: int = 1000) -> str:
    """The answer of a program; empty where there is none.

    >>> finish((6, 4), "m_plus_n"), finish(1234, "mod_1000"), finish(1234, "mod_number", 7), finish((6, 4), "as_is")
    ('5', '234', '2', '')
    """
    if result is None or modulus < 1:
        return ""
    above, below = result if isinstance(result, tuple) else (result, 1)
    common = gcd(above, below)
    above, below = above // common, below // common
    if post in ("as_is", "m_plus_n") and max(abs(above), below) >= LONG:
        return ""
    if post == "m_plus_n":
        return str(above + below)
    if below != 1:
        return ""
    return str(above if post == "as_is" else above % modulus)


def shown(result: Result | None) -> str:
    """A result for people.

    >>> shown(None), shown(12), shown((3, 4)), shown(10**30)
    ('nothing', '12', '3/4', 'a long number')
    """
    if result is None:
        return "nothing"
    numbers = result if isinstance(result, tuple) else (result,)
    return "/".join("a long number" if abs(number) >= LONG else str(number) for number in numbers)
