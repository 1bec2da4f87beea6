"""Expressions read from text: the way back from `expression.render`, for texts of anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .expression import Tree

CHARACTERS, NUMBERS, DIGITS, NESTING = 1_000, 20, 100, 20
"""of what is read, at most"""
_TOKEN = re.compile(r"\s*(?:([0-9]+)|(//|[-+*%()]))", re.ASCII)
_RANK = {"+": 1, "-": 1, "*": 2, "//": 2, "%": 2}


@dataclass(frozen=True)
class Refused:
    """No expression, and why, in a few words."""

    why: str


class _Because(ValueError):
    """The tokens make no expression, and the message is why."""


def read_expression(text: str) -> Tree | Refused:
    """The tree of an expression in infix, with the ranks and parentheses of Python.

    A number or a parenthesis may have one sign before it, which binds it closer than any operation does. Trees have
    signs at numbers alone, so less what is in parentheses is 0 less it.

    Args:
        text: of any content and size.

    >>> read_expression("7 - (2 + 3 * (-4))")
    ('-', 7, ('+', 2, ('*', 3, -4)))
    >>> read_expression("-(2 + 3) * +5")
    ('*', ('-', 0, ('+', 2, 3)), 5)
    >>> read_expression("2 +"), read_expression("42")
    (Refused(why='cannot be read'), Refused(why='nothing to work out'))
    """
    if len(text) > CHARACTERS:
        return Refused("too long")
    tokens, end = [], 0
    stripped = text.rstrip()
    while end < len(stripped):
        found = _TOKEN.match(stripped, end)
        if found is None:
            return Refused("cannot be read")
        tokens.append(found[1] or found[2])
        end = found.end()
    numbers = [token for token in tokens if token.isdigit()]
    if len(numbers) > NUMBERS or any(len(number) > DIGITS for number in numbers):
        return Refused("too long")
    try:
        tree = _Reader(tokens).whole()
    except _Because as error:
        return Refused(str(error))
    except ValueError:
        return Refused("cannot be read")
    return Refused("nothing to work out") if isinstance(tree, int) else tree


@dataclass
class _Reader:
    """Precedence climbing; raises ValueError where the tokens make no expression."""

    tokens: list[str]
    at: int = 0
    nested: int = 0

    def whole(self) -> Tree:
        tree = self._binary(1)
        if self._next():
            raise ValueError
        return tree

    def _next(self) -> str:
        """The token at hand, empty at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _binary(self, least: int) -> Tree:
        """Operations of at least that rank; those of one rank belong together from the left."""
        left = self._operand()
        while (rank := _RANK.get(operator := self._next(), 0)) >= least:
            self.at += 1
            left = (operator, left, self._binary(rank + 1))
        return left

    def _operand(self) -> Tree:
        """A number or parentheses, with or without a sign."""
        sign = self._next()
        if sign not in ("+", "-"):
            return self._unsigned()
        self.at += 1
        if self._next() in ("+", "-"):
            raise _Because("two signs in a row")
        bare = self._unsigned()
        if sign == "+":
            return bare
        return -bare if isinstance(bare, int) else ("-", 0, bare)

    def _unsigned(self) -> Tree:
        """A number or parentheses."""
        token = self._next()
        self.at += 1
        if token == "(":
            if self.nested == NESTING:
                raise _Because("nested too deeply")
            self.nested += 1
            inner = self._binary(1)
            self.nested -= 1
            if self._next() != ")":
                raise ValueError
            self.at += 1
            return inner
        return int(token)
