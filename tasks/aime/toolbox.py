"""Which tools there are, and the programs made of them that solve families.

Most tools are the fast solver of a family, now with an opinion on what it may be given: an agent points at any number
of any statement. The others are general: powers, fractions.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, isqrt

from . import catalogue
from .tools import BUDGET, Program, Ratio, Tool

Check = Callable[..., bool]
Steps = Callable[..., int]


def _positive(*arguments: int) -> bool:
    return min(arguments) > 0


def _few(*arguments: int) -> int:
    """Steps of a closed form."""
    return max(argument.bit_length() for argument in arguments)


def _root(number: int, *_: int) -> int:
    """Steps of trial division."""
    return isqrt(number)


def _within(parts: int, low: int, high: int, total: int) -> bool:
    return parts > 0 and low <= high and parts * low <= total <= parts * high


def _drawable(white: int, black: int, drawn: int, hits: int) -> bool:
    return 0 <= hits <= drawn <= white + black and min(white, black) > 0


def _power_plus(base: int, exponent: int, plus: int) -> int:
    total: int = base**exponent + plus
    return total


def _fraction_sum(first: int, step: int, terms: int, numerator: int) -> Ratio:
    """The sum of numerator / (x (x + step)) over x = first, first + step, ...: it telescopes."""
    return numerator * terms, first * (first + terms * step)


def _solver(family: str, allows: Check = _positive, steps: Steps = _few) -> Tool:
    """The tool that a family's solver is, under the family's name."""
    solved = catalogue.family(family)
    return Tool(family.replace("-", "_"), solved.solve, solved.parameters, allows, steps)


_ALL = (
    Tool("power_plus", _power_plus, ("base", "exponent", "plus"), _positive, lambda a, b, _: b * a.bit_length() // 8),
    Tool("fraction_sum", _fraction_sum, ("first", "step", "terms", "numerator"), _positive, _few),
    _solver("power-tower", lambda a, b, c: min(a, b, c) > 0 and b ** min(c, 2) > 2),
    _solver("crt-count", lambda m, r, k, s, n: m > 0 and k > 0),
    _solver("square-residue-count", lambda n, r, m: m > 0, lambda n, r, m: m),
    _solver("multiplicative-order", lambda a, m: m > 1 and gcd(a, m) == 1, lambda a, m: 3 * isqrt(m)),
    _solver("gcd-count", steps=lambda n, m, d: isqrt(m)),
    _solver("gcd-sum", steps=_root),
    _solver("divisor-sum", steps=_root),
    _solver("cube-divisors", steps=_root),
    _solver("floor-sum"),
    _solver("linear-recurrence", lambda p, q, a, b, n: n > 0),
    _solver("two-number-power-sum", steps=lambda a, b, n: n),
    _solver("squares-of-progression"),
    _solver("sum-of-root-floors"),
    _solver("distinct-square-quotients"),
    _solver("factorable-quadratics", steps=lambda p, q: min(p // 2, isqrt(q))),
    _solver("product-equation", steps=lambda a, b, c: 2 * isqrt(c + a * b)),
    _solver("ring-colourings", lambda n, k: n > 2 and k > 0),
    _solver("turned-ring-colourings", lambda n, k: n > 2 and k > 0, lambda n, k: n),
    _solver("round-table-choice", lambda n, k, g: k > 0 and n > (g + 1) * k, lambda n, k, g: k * n.bit_length()),
    _solver("bounded-sums", _within, lambda parts, *_: parts * parts),
    _solver("linear-solutions"),
    _solver("unpayable-count", lambda a, b: min(a, b) > 0 and gcd(a, b) == 1),
    _solver("digit-sum-count", steps=lambda n, s: 10 * len(str(n)) * (s + 10) if s < 200 else BUDGET + 1),
    _solver("factorial-zeros", lambda n, b: n > 0 and b > 1, lambda n, b: isqrt(b) + n.bit_length()),
    _solver("sum-of-two-squares", steps=_root),
    _solver("right-triangles-on-a-leg", steps=lambda n: 2 * n),
    _solver("lattice-points-in-ring", lambda a, b: 0 < a <= b, lambda a, b: 2 * isqrt(b)),
    _solver("cubes-on-box-diagonal"),
    _solver("triangles-of-some-perimeters", lambda p, q: 0 < p <= q, lambda p, q: q - p),
    _solver("squares-in-dot-grid"),
    _solver("outer-common-tangent"),
    _solver("draws-without-replacement", _drawable, lambda a, b, *_: a + b),
    _solver("square-divisors", steps=lambda a, x, b, y: isqrt(a) + isqrt(b)),
    _solver("right-triangles-in-polygons", lambda n, m: min(n, m) > 2),
    _solver("inner-common-tangent", lambda a, b, d: min(a, b) > 0 and d >= a + b),
    _solver("rectangles-without-cell", lambda a, b, x, y: 0 < x <= a and 0 < y <= b),
)
TOOLS: dict[str, Tool] = {tool.name: tool for tool in _ALL}
"""in an order that stays: an action is an index into it"""

PROGRAMS: dict[str, Program] = {
    "power-remainder": Program("power_plus", ("a", "b", "c"), "mod_number", "m"),
    "telescoping-fractions": Program("fraction_sum", ("a", "d", "n", "c"), "m_plus_n"),
    **{
        name: Program(name.replace("-", "_"), family.parameters)
        for name, family in catalogue.families().items()
        if name.replace("-", "_") in TOOLS
    },
}
"""by family: how the tools solve it; families that are not here are beyond them"""
