"""Triangles with integer sides: how many, and lengths in them."""

from __future__ import annotations

from fractions import Fraction

from ...stream import Stream
from ..family import Family
from ..integers import fraction_sum


def _draw_perimeters(rng: Stream, tier: int) -> tuple[int, int]:
    p = rng.between(*((5, 60), (40, 150), (100, 400))[tier - 1])
    return p, p + rng.between(1, 15)


def _with_perimeter(p: int) -> int:
    """The integer nearest to p^2 / 48 for even p, to (p + 3)^2 / 48 for odd p."""
    base = p + 3 if p % 2 else p
    return (base * base + 24) // 48


def _perimeters(p: int, q: int) -> int:
    return sum(_with_perimeter(perimeter) for perimeter in range(p, q + 1)) % 1000


def _perimeters_brute(p: int, q: int) -> int:
    found = 0
    for perimeter in range(p, q + 1):
        for a in range(1, perimeter // 3 + 1):
            found += sum(a + b > perimeter - a - b for b in range(a, (perimeter - a) // 2 + 1))
    return found % 1000


def _perimeters_working(p: int, q: int) -> list[str]:
    lines = ["Triangles of perimeter n: the integer nearest to n^2/48 for even n, to (n + 3)^2/48 for odd n."]
    total = 0
    for n in range(p, q + 1):
        base = n + 3 if n % 2 else n
        total += _with_perimeter(n)
        lines.append(f"{n}: {base}^2 = {base * base}, /48: {_with_perimeter(n)}")
    return [*lines, f"Together {total}, mod 1000: {total % 1000}"]


def _draw_cevian(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    top = (10, 14, 18)[tier - 1]
    c, m, n = rng.between(2, top), rng.between(1, top // 2), rng.between(1, top // 2)
    return c, m, rng.between(abs(m + n - c) + 1, m + n + c - 1), n


def _cevian(c: int, m: int, b: int, n: int) -> int:
    """Stewart's theorem."""
    return fraction_sum(b * b * m + c * c * n - m * n * (m + n), m + n)


def _cevian_brute(c: int, m: int, b: int, n: int) -> int:
    """Coordinates: B at zero, C on the axis."""
    a = m + n
    x = Fraction(c * c + a * a - b * b, 2 * a)
    square = (x - m) ** 2 + c * c - x * x
    return square.numerator + square.denominator


def _cevian_working(c: int, m: int, b: int, n: int) -> list[str]:
    a, above = m + n, b * b * m + c * c * n
    value = Fraction(above - m * n * a, a)
    return [
        f"Stewart: AC^2 * BD + AB^2 * CD = BC (AD^2 + BD * CD), with BC = {m} + {n} = {a}.",
        f"{b}^2 * {m} + {c}^2 * {n} = {b * b * m} + {c * c * n} = {above} = {a} (AD^2 + {m * n})",
        f"AD^2 = {above}/{a} - {m * n} = {above - m * n * a}/{a} = {value.numerator}/{value.denominator}",
        f"{value.numerator} + {value.denominator} = {value.numerator + value.denominator}",
    ]


def _draw_inradius(rng: Stream, tier: int) -> tuple[int, int, int]:
    top = (20, 50, 120)[tier - 1]
    a, b = rng.between(2, top), rng.between(2, top)
    return a, b, rng.between(abs(a - b) + 1, a + b - 1)


def _inradius(a: int, b: int, c: int) -> int:
    return fraction_sum((b + c - a) * (c + a - b) * (a + b - c), 4 * (a + b + c)) % 1000


def _inradius_brute(a: int, b: int, c: int) -> int:
    """The height from coordinates; twice the area is base times height, and also radius times perimeter."""
    x = Fraction(b * b + a * a - c * c, 2 * a)
    square = a * a * (b * b - x * x) / (a + b + c) ** 2
    return (square.numerator + square.denominator) % 1000


def _inradius_working(a: int, b: int, c: int) -> list[str]:
    whole, parts = a + b + c, (b + c - a, c + a - b, a + b - c)
    product = parts[0] * parts[1] * parts[2]
    value = Fraction(product, 4 * whole)
    total = value.numerator + value.denominator
    return [
        "Heron: 16 area^2 = p (p - 2a)(p - 2b)(p - 2c) with the perimeter p; and area = r p/2.",
        "So r^2 = (p - 2a)(p - 2b)(p - 2c)/(4 p).",
        f"p = {whole}: factors {parts[0]}, {parts[1]}, {parts[2]}, product {product}",
        f"r^2 = {product}/{4 * whole} = {value.numerator}/{value.denominator}",
        f"{value.numerator} + {value.denominator} = {total}, mod 1000: {total % 1000}",
    ]


FAMILIES = (
    Family(
        name="triangles-of-some-perimeters",
        area="geometry",
        difficulty=(4, 6, 7),
        parameters=("p", "q"),
        draw=_draw_perimeters,
        solve=_perimeters,
        brute=_perimeters_brute,
        wordings=(
            "How many triangles, no two of them congruent, have integer side lengths and a perimeter of at least ${p}$ "
            "and at most ${q}$? Give this number modulo $1000$.",
            "Find the number of triples $(x, y, z)$ of positive integers with $x \\le y \\le z < x + y$ whose sum is "
            "not above ${q}$ and not below ${p}$. What remains when it is divided by $1000$?",
            "Sticks of every whole length from one centimetre up are at hand, as many of each as needed. Three sticks "
            "are joined at their ends to form a triangle that encloses an area. It takes at least ${p}$ centimetres of "
            "stick, and no more than ${q}$. How many different triangles of this kind are possible, where turned or "
            "reflected copies of a triangle are the same, but similar ones of different size are not? Reduce the "
            "number modulo $1000$.",
            "For a whole number $k$ let $T(k)$ be how many ways there are to cut a wire of length $k$ into three "
            "pieces of whole length that are the sides of a non-degenerate triangle; only the lengths of the pieces "
            "matter, not their order. Which remainder does the sum of $T(k)$ over all $k$ that are at most ${q}$ but "
            "not less than ${p}$ leave on division by $1000$?",
        ),
        working=_perimeters_working,
        distinct=(8.4e2, 1.7e3, 4.5e3),
    ),
    Family(
        name="cevian-length",
        area="geometry",
        difficulty=(3, 4, 5),
        parameters=("c", "m", "b", "n"),
        draw=_draw_cevian,
        solve=_cevian,
        brute=_cevian_brute,
        wordings=(
            "In triangle $ABC$ a point $D$ lies on side $BC$ so that $BD = {m}$ and $CD = {n}$. Moreover $AB = {c}$ "
            "and $AC = {b}$. Write $AD^2 = \\frac{{u}}{{v}}$ with coprime positive integers $u$ and $v$. Find $u + v$.",
            "Two sides of a triangle, the first ${b}$ and the second ${c}$ long, meet at the corner $P$. A segment "
            "from $P$ ends on the third side and divides it into two pieces: one of length ${n}$, which meets the "
            "first side, and one of length ${m}$, which meets the second. Write the square of the segment's length as "
            "a fraction in lowest terms, with the denominator one if it is an integer. What is the sum of numerator "
            "and denominator?",
            "A straight road leads from town $B$ to town $C$. With all distances in kilometres, the village $V$ lies "
            "on the road at distance ${n}$ from $C$ and ${m}$ from $B$. A castle, not on the road, is at distance "
            "${b}$ from $C$ and ${c}$ from $B$ as the crow flies. The square of its distance from $V$ is $u/v$ in "
            "lowest terms. Find $u + v$.",
            "Points $P$, $Q$, $R$ in the plane are not on one line, with $|PQ| = {c}$ and $|PR| = {b}$. The point $T$ "
            "of the segment $QR$ satisfies $|TR| = {n}$ and $|QT| = {m}$. As a fraction that cannot be reduced, "
            "$|PT|^2$ has some numerator and some denominator, which may be one. What is their sum?",
        ),
        working=_cevian_working,
        distinct=(9.5e2, 2.5e3, 5.5e3),
        alike=(("c", "m"), ("b", "n")),
    ),
    Family(
        name="inradius-squared",
        area="geometry",
        difficulty=(3, 4, 5),
        parameters=("a", "b", "c"),
        draw=_draw_inradius,
        solve=_inradius,
        brute=_inradius_brute,
        wordings=(
            "A triangle has sides of length ${a}$, ${b}$ and ${c}$. The square of the radius of its inscribed circle "
            "is $\\frac{{m}}{{n}}$ in lowest terms, with positive integers $m$ and $n$. Find the remainder when $m + "
            "n$ is divided by $1000$.",
            "The largest circular pond that fits into a triangular yard whose walls are ${c}$, ${a}$ and ${b}$ metres "
            "long has radius $r$ metres. The number $r^2$ is rational. What is the sum of its numerator and its "
            "denominator once the fraction is reduced, modulo $1000$?",
            "The three angle bisectors of a triangle with $BC = {a}$, $CA = {b}$, $AB = {c}$ meet in a point at "
            "distance $d$ from each side. If $d^2 = u/v$ for coprime positive integers $u$ and $v$, what remains when "
            "$u + v$ is divided by $1000$?",
            "In a triangle let $A$ be the area and $p$ the perimeter. The sides measure ${b}$, ${c}$ and ${a}$ units. "
            "Then $(2A)^2 / p^2$ is a rational number; reduce it, add numerator and denominator, and give the result "
            "modulo $1000$.",
        ),
        working=_inradius_working,
        distinct=(7.5e2, 9e3, 1.1e5),
        alike=(("a",), ("b",), ("c",)),
    ),
)
