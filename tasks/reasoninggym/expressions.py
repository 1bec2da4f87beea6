"""Answers that are expressions, read without evaluating them as programs: arithmetic, polynomials, antiderivatives.

reasoning-gym hands such answers to sympy's `parse_expr`, which runs them as Python: `__import__("os")` works there and
`9**9**9` never returns. Here the text becomes a syntax tree of a few permitted nodes. Every function returns None for
what it cannot read, in time that grows with the length of the text alone, of which there are at most 1,000 characters.
"""

from __future__ import annotations

import ast
import cmath
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeVar

_LONGEST = 1_000
_DIGITS = 30
"""of one number"""
_DEGREE = 1_000
_POINTS = (-1.37, -0.53, 0.31, 0.77, 1.13, 2.45)
"""where two functions are compared; not special to any"""
_ENOUGH = 3
"""points at which both are finite"""
_CLOSE = 1e-11
T = TypeVar("T")
Monomial = tuple[tuple[str, int], ...]


def parsed(text: str) -> ast.expr | None:
    """The syntax tree of an expression."""
    if len(text) > _LONGEST:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _guarded(walk: Callable[[ast.expr], T], text: str) -> T | None:
    tree = parsed(text)
    try:
        return None if tree is None else walk(tree)
    except (_Unreadable, ArithmeticError, ValueError, RecursionError):
        return None


class _Unreadable(Exception):
    """A node that is not permitted."""


def arithmetic(text: str) -> tuple[Fraction, list[int]] | None:
    """The exact value of whole numbers joined by + - * / and parentheses, and the numbers in order.

    >>> arithmetic("(4 + 2) * 8 / 2")
    (Fraction(24, 1), [4, 2, 8, 2])
    >>> arithmetic("9**9**9") is arithmetic("4_2") is arithmetic("__import__('os')") is None
    True
    """
    numbers: list[int] = []

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(int(number)) if not isinstance(number, bool) and number < 10**_DIGITS:
                numbers.append(number)
                return Fraction(number)
            case ast.UnaryOp(ast.USub(), inner):
                return -value(inner)
            case ast.UnaryOp(ast.UAdd(), inner):
                return value(inner)
            case ast.BinOp(left, ast.Add(), right):
                return value(left) + value(right)
            case ast.BinOp(left, ast.Sub(), right):
                return value(left) - value(right)
            case ast.BinOp(left, ast.Mult(), right):
                return value(left) * value(right)
            case ast.BinOp(left, ast.Div(), right):
                return value(left) / value(right)
        raise _Unreadable

    plain = all(sign.isdigit() or sign in "+-*/() \t\n" for sign in text) and text.isascii()
    total = _guarded(value, text) if plain else None
    return None if total is None else (total, numbers)


def polynomial(text: str) -> dict[Monomial, int] | None:
    """The coefficients of a sum of monomials by their powers; products of sums are not multiplied out.

    >>> polynomial("3*x**2*y - x*2 + 2*x") == {(("x", 2), ("y", 1)): 3}
    True
    >>> polynomial("(x + 1)*(x - 1)") is None
    True
    """

    def terms(node: ast.expr, sign: int) -> dict[Monomial, int]:
        match node:
            case ast.BinOp(left, ast.Add(), right):
                return _sum(terms(left, sign), terms(right, sign))
            case ast.BinOp(left, ast.Sub(), right):
                return _sum(terms(left, sign), terms(right, -sign))
            case ast.UnaryOp(ast.USub(), inner):
                return terms(inner, -sign)
        powers: dict[str, int] = {}
        coefficient = sign * _factors(node, powers)
        return {tuple(sorted(powers.items())): coefficient}

    found = _guarded(lambda tree: terms(tree, 1), text)
    return None if found is None else {powers: count for powers, count in found.items() if count}


def _sum(left: dict[Monomial, int], right: dict[Monomial, int]) -> dict[Monomial, int]:
    for powers, count in right.items():
        left[powers] = left.get(powers, 0) + count
    return left


def _factors(node: ast.expr, powers: dict[str, int]) -> int:
    """The coefficient of a monomial; its powers are added to those given."""
    match node:
        case ast.Constant(int(number)) if not isinstance(number, bool) and number < 10**_DIGITS:
            return number
        case ast.UnaryOp(ast.USub(), inner):
            return -_factors(inner, powers)
        case ast.Name(name):
            powers[name] = powers.get(name, 0) + 1
            return 1
        case ast.BinOp(left, ast.Mult(), right):
            return _factors(left, powers) * _factors(right, powers)
        case ast.BinOp(ast.Name(name), ast.Pow(), ast.Constant(int(power))) if 0 < power <= _DEGREE:
            powers[name] = powers.get(name, 0) + power
            return 1
    raise _Unreadable


class _Dual(NamedTuple):
    """A value and its derivative."""

    value: complex
    slope: complex = 0j


_FUNCTIONS: Mapping[str, Callable[[complex], tuple[complex, complex]]] = {
    "exp": lambda z: (cmath.exp(z), cmath.exp(z)),
    "log": lambda z: (cmath.log(z), 1 / z),
    "ln": lambda z: (cmath.log(z), 1 / z),
    "sqrt": lambda z: (cmath.sqrt(z), 0.5 / cmath.sqrt(z)),
    "sin": lambda z: (cmath.sin(z), cmath.cos(z)),
    "cos": lambda z: (cmath.cos(z), -cmath.sin(z)),
    "tan": lambda z: (cmath.tan(z), 1 + cmath.tan(z) ** 2),
    "asin": lambda z: (cmath.asin(z), 1 / cmath.sqrt(1 - z * z)),
    "acos": lambda z: (cmath.acos(z), -1 / cmath.sqrt(1 - z * z)),
    "atan": lambda z: (cmath.atan(z), 1 / (1 + z * z)),
}
"""a function and its derivative"""
_CONSTANTS = {"pi": complex(cmath.pi), "E": complex(cmath.e), "C": 0.37 + 0j}
"""C is whatever it likes"""


def is_antiderivative(text: str, integrand: str, variable: str) -> bool | None:
    """Whether the derivative of one expression is another, to eleven digits at several points.

    >>> is_antiderivative("x**2*log(3*x)/2 - x**2/4 + C", "x*log(3*x)", "x")
    True
    >>> is_antiderivative("x**2*log(3*x)/2", "x*log(3*x)", "x")
    False
    """
    tree, wanted = parsed(text), parsed(integrand)
    if tree is None or wanted is None:
        return None
    compared = 0
    for at in _POINTS:
        names = {variable: _Dual(complex(at), 1 + 0j)}
        try:
            slope, value = _evaluated(tree, names).slope, _evaluated(wanted, names).value
        except (ArithmeticError, ValueError):  # a pole, or too large a number
            continue
        except (_Unreadable, RecursionError):
            return None
        if cmath.isfinite(slope) and cmath.isfinite(value):
            compared += 1
            if abs(slope - value) > _CLOSE * (1 + abs(value)):
                return False
    return compared >= _ENOUGH


def _evaluated(node: ast.expr, names: Mapping[str, _Dual]) -> _Dual:
    match node:
        case ast.Constant(int(number) | float(number)) if not isinstance(number, bool):
            return _Dual(complex(number))
        case ast.Name(name) if name in names:
            return names[name]
        case ast.Name(name) if name in _CONSTANTS:
            return _Dual(_CONSTANTS[name])
        case ast.UnaryOp(ast.USub(), inner):
            value, slope = _evaluated(inner, names)
            return _Dual(-value, -slope)
        case ast.UnaryOp(ast.UAdd(), inner):
            return _evaluated(inner, names)
        case ast.Call(ast.Name(name), [inner], []) if name in _FUNCTIONS:
            value, slope = _evaluated(inner, names)
            outer, rate = _FUNCTIONS[name](value)
            return _Dual(outer, rate * slope)
        case ast.BinOp(left, operator, right):
            return _joined(operator, _evaluated(left, names), _evaluated(right, names))
    raise _Unreadable


def _joined(operator: ast.operator, left: _Dual, right: _Dual) -> _Dual:
    (a, a_slope), (b, b_slope) = left, right
    match operator:
        case ast.Add():
            return _Dual(a + b, a_slope + b_slope)
        case ast.Sub():
            return _Dual(a - b, a_slope - b_slope)
        case ast.Mult():
            return _Dual(a * b, a_slope * b + a * b_slope)
        case ast.Div():
            return _Dual(a / b, (a_slope * b - a * b_slope) / (b * b))
        case ast.Pow():
            power = a**b
            own = b * a ** (b - 1) * a_slope if a_slope else 0j
            return _Dual(power, own + (power * cmath.log(a) * b_slope if b_slope else 0j))
    raise _Unreadable
