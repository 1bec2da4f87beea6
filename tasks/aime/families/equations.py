"""Equations in whole numbers that factor, and one in logarithms that does too."""

from __future__ import annotations

from math import isqrt

import numpy as np

from ...stream import Stream
from ..family import Family
from ..integers import divisors, factored, integer_root

_EXPONENTS = (
    ((1, 2, 950), (1, 3, 950), (1, 4, 950), (1, 5, 950)),
    ((2, 3, 700_000), (2, 4, 800_000), (2, 5, 900_000), (2, 6, 900_000)),
    ((2, 3, 800_000), (2, 5, 900_000), (3, 4, 10**8), (3, 5, 10**8), (3, 6, 10**8), (4, 5, 10**9)),
)
"""a tier's pairs of exponents, and how far the bound may go"""


def _draw_logarithms(rng: Stream, tier: int) -> tuple[int, int, int]:
    choices = _EXPONENTS[tier - 1]
    i, j, top = choices[rng.below(len(choices))]
    return i + j, i * j, rng.between(top // 40, top)


def _exponents(s: int, p: int) -> tuple[int, int]:
    """The integers whose sum is s and whose product is p."""
    gap = isqrt(s * s - 4 * p)
    return (s - gap) // 2, (s + gap) // 2


def _logarithms(s: int, p: int, last: int) -> int:
    return sum(integer_root(last, exponent) - 1 for exponent in _exponents(s, p))


def _logarithms_brute(s: int, p: int, last: int) -> int:
    """Try every base, and every power of it in range; other numbers have irrational or broken logarithms."""
    found = 0
    for base in range(2, last + 1 if p == s - 1 else isqrt(last) + 1):
        power, exponent = base, 1
        while power <= last:
            found += exponent * exponent + p == s * exponent
            power, exponent = power * base, exponent + 1
    return found


def _logarithms_working(s: int, p: int, last: int) -> list[str]:
    i, j = _exponents(s, p)
    roots = integer_root(last, i), integer_root(last, j)
    lines = [
        f"With t = log_a b, log_b a = 1/t: t + {p}/t = {s}, t^2 - {s} t + {p} = 0, (t - {i})(t - {j}) = 0.",
        f"So b = a^{i} or b = a^{j}, with a from 2 on and b at most {last}.",
    ]
    for exponent, root in zip((i, j), roots, strict=True):
        lines.append(
            f"{root}^{exponent} = {root**exponent} <= {last} < {(root + 1) ** exponent} = {root + 1}^{exponent}: "
            f"{root} - 1 = {root - 1} pairs"
        )
    return [*lines, f"{roots[0] - 1} + {roots[1] - 1} = {sum(roots) - 2}"]


def _draw_product(rng: Stream, tier: int) -> tuple[int, int, int]:
    a, b = rng.between(2, 9 * tier), rng.between(2, 9 * tier)
    x, y = rng.between(1, 12 * tier), rng.between(1, 12 * tier)
    return a, b, x * y + a * x + b * y


def _product(a: int, b: int, c: int) -> int:
    number = c + a * b
    return sum(
        divisor - b + number // divisor - a for divisor in divisors(number) if divisor > b and number > divisor * a
    )


def _product_brute(a: int, b: int, c: int) -> int:
    return sum(x + (c - a * x) // (x + b) for x in range(1, (c - 1) // a + 1) if (c - a * x) % (x + b) == 0)


def _product_working(a: int, b: int, c: int) -> list[str]:
    number = c + a * b
    lines = [
        f"Add {a} * {b} = {a * b}: (x + {b})(y + {a}) = {number} = {factored(number)}.",
        f"x + {b} is a divisor over {b}, y + {a} over {a}:",
    ]
    total = 0
    for divisor in divisors(number):
        other = number // divisor
        if divisor > b and other > a:
            lines.append(f"{divisor} * {other}: x = {divisor - b}, y = {other - a}, sum {divisor - b + other - a}")
            total += divisor - b + other - a
    return [*lines, f"Together {total}."]


def _draw_quadratics(rng: Stream, tier: int) -> tuple[int, int]:
    linear, constant = ((8, 40), (20, 70), (40, 99))[tier - 1], ((8, 60), (40, 250), (200, 900))[tier - 1]
    return rng.between(*linear), rng.between(*constant)


def _quadratics(p: int, q: int) -> int:
    """Pairs r <= s with r + s <= p and r s <= q."""
    return sum(max(0, min(p - r, q // r) - r + 1) for r in range(1, min(p // 2, isqrt(q)) + 1))


def _quadratics_brute(p: int, q: int) -> int:
    """The discriminant decides."""
    found = 0
    for b in range(1, p + 1):
        for c in range(1, min(q, b * b // 4) + 1):
            found += isqrt(b * b - 4 * c) ** 2 == b * b - 4 * c
    return found


def _quadratics_working(p: int, q: int) -> list[str]:
    lines = [
        "x^2 + bx + c = (x + r)(x + s) with r + s = b, rs = c; r and s are positive as b and c are. Take r <= s.",
        f"s is from r to the smaller of {p} - r and floor({q}/r):",
    ]
    counts = []
    for r in range(1, min(p // 2, isqrt(q)) + 1):
        top = min(p - r, q // r)
        counts.append(max(0, top - r + 1))
        if r <= 3:
            lines.append(f"r = {r}: s = {r} to {top}, {counts[-1]}")
    if len(counts) > 3:
        lines.append(f"r = 4 to {len(counts)}: " + ", ".join(map(str, counts[3:])))
    return [*lines, f"Together {sum(counts)}."]


def _draw_leg(rng: Stream, tier: int) -> tuple[int]:
    return (rng.between(*((5, 500), (400, 1200), (1000, 2500))[tier - 1]),)


def _leg(n: int) -> int:
    """n^2 = (h - b)(h + b): two different divisors of one parity, whose sum is 2 h."""
    square = n * n
    return sum((d + square // d) // 2 for d in divisors(square) if d < n and (d + square // d) % 2 == 0) % 1000


def _leg_brute(n: int) -> int:
    """Every other leg; it is below n^2 / 2, as the hypotenuse is longer by one or more."""
    legs = np.arange(1, n * n // 2 + 1, dtype=np.int64)
    squares = legs * legs + n * n
    hypotenuses = np.sqrt(squares.astype(np.float64)).round().astype(np.int64)
    return int(hypotenuses[hypotenuses * hypotenuses == squares].sum()) % 1000


def _leg_working(n: int) -> list[str]:
    square = n * n
    lines = [
        f"{n}^2 = h^2 - b^2 = (h - b)(h + b), with two different factors, both odd or both even.",
        f"{square} = {factored(square)}; h is half of the sum of the factors:",
    ]
    halves = [(d, (d + square // d) // 2) for d in divisors(square) if d < n and (d + square // d) % 2 == 0]
    lines += [f"{d} * {square // d}: h = {half}" for d, half in halves[:12]]
    if len(halves) > 12:
        lines.append("likewise h = " + ", ".join(str(half) for _, half in halves[12:]))
    total = sum(half for _, half in halves)
    return [*lines, f"Sum {total}, mod 1000: {total % 1000}"]


FAMILIES = (
    Family(
        name="logarithm-pairs",
        area="algebra",
        difficulty=(4, 5, 7),
        parameters=("s", "p", "last"),
        draw=_draw_logarithms,
        solve=_logarithms,
        brute=_logarithms_brute,
        wordings=(
            "Find the number of ordered pairs $(a, b)$ of integers, both greater than one and neither greater than "
            "${last}$, for which $\\log_a b + {p} \\log_b a = {s}$.",
            "Whole numbers $x$ and $y$, possibly equal, are chosen from two up to ${last}$, the ends included. In how "
            "many ways can this be done, paying attention to which is $x$ and which is $y$, so that ${s} = \\log_x y + "
            "{p} \\log_y x$?",
            "Let $t$ be the real exponent to which $a$ must be raised to give $b$, where $a$ and $b$ are integers that "
            "exceed one. For how many ordered pairs $(a, b)$ do we have $t + {p}/t = {s}$ and neither $a$ nor $b$ is "
            "above ${last}$?",
            "How many points $(x, y)$ with integer coordinates, each of them at least two and at most ${last}$, "
            "satisfy $(\\ln y)^2 - {s} \\ln x \\ln y + {p} (\\ln x)^2 = 0$?",
        ),
        working=_logarithms_working,
        distinct=(3.6e3, 3e6, 3e8),
        slots={"last": (10, 999)},
    ),
    Family(
        name="product-equation",
        area="algebra",
        difficulty=(3, 5, 6),
        parameters=("a", "b", "c"),
        draw=_draw_product,
        solve=_product,
        brute=_product_brute,
        wordings=(
            "Find the sum of the values of $x + y$ over all ordered pairs $(x, y)$ of positive integers with $xy + "
            "{a}x + {b}y = {c}$.",
            "The product of two positive integers, ${b}$ times the first of them and ${a}$ times the second are "
            "together ${c}$. There may be several such ordered pairs. Write down both numbers of each pair and add up "
            "everything written.",
            "A rectangular lawn is $x$ metres long from west to east and $y$ metres wide from south to north, whole "
            "numbers both. A path ${a}$ metres wide runs along its northern edge, as long as the lawn, and one ${b}$ "
            "metres wide along its eastern edge, as long as the lawn is wide; the corner between the paths is left "
            "free. Lawn and paths cover ${c}$ square metres. For each lawn that fits this description take length plus "
            "width. What is the sum?",
            "The curve $y = \\frac{{c - ax}}{{x + b}}$ with $c = {c}$, $a = {a}$, $b = {b}$ passes through some points "
            "of which both coordinates are positive integers. What do all coordinates of all these points add up to?",
        ),
        working=_product_working,
        distinct=(2.5e3, 4e4, 1.4e5),
        alike=(("a",), ("b",)),
    ),
    Family(
        name="factorable-quadratics",
        area="algebra",
        difficulty=(3, 5, 6),
        parameters=("p", "q"),
        draw=_draw_quadratics,
        solve=_quadratics,
        brute=_quadratics_brute,
        wordings=(
            "How many polynomials $x^2 + bx + c$ with integers $0 < b \\le {p}$ and $0 < c \\le {q}$ are products of "
            "two linear polynomials with integer coefficients?",
            "A positive integer $c$ is at most ${q}$, and a positive integer $b$ is at most ${p}$. For how many such "
            "pairs $(b, c)$ are all complex solutions of $x^2 + bx + c = 0$ integers?",
            "Rectangles with whole side lengths are drawn, no two of them congruent. Each has an area of at most "
            "${q}$, and its length and its width are together at most ${p}$. How many can there be at most, squares "
            "included?",
            "Two positive integers, which may be equal, have a sum not above ${p}$ and a product not above ${q}$. In "
            "how many ways can they be chosen if their order does not matter?",
        ),
        working=_quadratics_working,
        distinct=(1.6e3, 1.1e4, 4e4),
        slots={"p": (2, 999), "q": (2, 999)},
    ),
    Family(
        name="right-triangles-on-a-leg",
        area="algebra",
        difficulty=(4, 6, 7),
        parameters=("n",),
        draw=_draw_leg,
        solve=_leg,
        brute=_leg_brute,
        wordings=(
            "All right triangles with integer side lengths that have a leg of length ${n}$ are considered, congruent "
            "ones only once. Find the remainder when the sum of their hypotenuses is divided by $1000$.",
            "Let $k = {n}$. For some positive integers $h$ the number $h^2 - k^2$ is the square of a positive integer. "
            "What is the sum of all these $h$, modulo $1000$?",
            "A mast stands upright on level ground and is ${n}$ metres tall. A straight rope leads from its top to a "
            "peg in the ground. Both the rope's length and the distance of the peg from the foot of the mast are whole "
            "positive numbers of metres. Add up all different lengths that the rope can have. What remains when the "
            "sum is divided by $1000$?",
            "The hyperbola $(x - y)(x + y) = c^2$, where $c = {n}$, contains some points with two positive integer "
            "coordinates. Find the sum of their first coordinates, reduced modulo $1000$.",
        ),
        working=_leg_working,
        distinct=(5e2, 8e2, 1.5e3),
        slots={"n": (3, 999)},
    ),
)
