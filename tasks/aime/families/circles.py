"""Circles: tangents that two of them have in common, and a quadrilateral inscribed in one."""

from __future__ import annotations

from math import acos, isqrt, pi, sin, sqrt

from ...stream import Stream
from ..family import LARGEST, Family


def _draw_outer(rng: Stream, tier: int) -> tuple[int, int, int]:
    a, b = rng.between(2, 13 * tier), rng.between(2, 13 * tier)
    gap = abs(a - b)
    return a, b, rng.between(gap + 1, isqrt(LARGEST + gap * gap))


def _outer(a: int, b: int, d: int) -> int:
    return d * d - (a - b) ** 2


def _tangent(a: int, b: int, d: int) -> int:
    """The squared distance between the points of touch, from coordinates; the second circle is below for b < 0.

    A line at distance a from one centre and at distance b, to the same side, from the other makes an angle with the
    line of centres whose sine is (a - b) / d.
    """
    sine = (a - b) / d
    cosine = sqrt(1 - sine * sine)
    x, y = d + b * sine - a * sine, b * cosine - a * cosine
    return round(x * x + y * y)


def _outer_working(a: int, b: int, d: int) -> list[str]:
    gap = abs(a - b)
    return [
        "The radii to the points of touch are parallel, both at right angles to the tangent.",
        f"Shift the tangent along them into the centre of the smaller circle: a right triangle with hypotenuse {d}",
        f"and one leg {max(a, b)} - {min(a, b)} = {gap}. The other leg is as long as the segment.",
        f"{d}^2 - {gap}^2 = {d * d} - {gap * gap} = {d * d - gap * gap}",
    ]


def _draw_inner(rng: Stream, tier: int) -> tuple[int, int, int]:
    a, b = rng.between(2, 12 * tier), rng.between(2, 12 * tier)
    return a, b, rng.between(a + b + 1, isqrt(LARGEST + (a + b) ** 2))


def _inner(a: int, b: int, d: int) -> int:
    return d * d - (a + b) ** 2


def _inner_brute(a: int, b: int, d: int) -> int:
    return _tangent(a, -b, d)


def _inner_working(a: int, b: int, d: int) -> list[str]:
    return [
        "The radii to the points of touch are parallel, both at right angles to the tangent, and point opposite ways.",
        f"Shift the tangent along one of them into the centre of that circle: a right triangle with hypotenuse {d}",
        f"and one leg {a} + {b} = {a + b}. The other leg is as long as the segment.",
        f"{d}^2 - {a + b}^2 = {d * d} - {(a + b) ** 2} = {d * d - (a + b) ** 2}",
    ]


def _draw_inscribed(rng: Stream, tier: int) -> tuple[int, int, int, int] | None:
    top = (14, 24, 60)[tier - 1]
    a, b, c = rng.between(2, top), rng.between(2, top), rng.between(2, top)
    d = 2 * rng.between(1, top // 2) + (a + b + c) % 2  # half of the perimeter is an integer, and so is area^2
    return None if 2 * max(a, b, c, d) >= a + b + c + d else (a, b, c, d)


def _inscribed(a: int, b: int, c: int, d: int) -> int:
    """Brahmagupta's formula."""
    whole = a + b + c + d
    return (whole - 2 * a) * (whole - 2 * b) * (whole - 2 * c) * (whole - 2 * d) // 16 % 1000


def _inscribed_brute(a: int, b: int, c: int, d: int) -> int:
    """Lengthen a diagonal until opposite angles add up to 180 degrees, then add the two triangles."""
    low, high = float(max(abs(a - b), abs(c - d))), float(min(a + b, c + d))
    for _ in range(60):
        middle = (low + high) / 2
        near, far = _angle(a, b, middle), _angle(c, d, middle)
        low, high = (middle, high) if near + far < pi else (low, middle)
    return round((a * b * sin(near) / 2 + c * d * sin(far) / 2) ** 2) % 1000


def _angle(one: float, other: float, opposite: float) -> float:
    """The angle between two sides of a triangle."""
    return acos(max(-1.0, min(1.0, (one * one + other * other - opposite * opposite) / (2 * one * other))))


def _inscribed_working(a: int, b: int, c: int, d: int) -> list[str]:
    half = (a + b + c + d) // 2
    factors = half - a, half - b, half - c, half - d
    left, right = factors[0] * factors[1], factors[2] * factors[3]
    return [
        "Brahmagupta: area^2 = (s - a)(s - b)(s - c)(s - d), where s is half of the perimeter.",
        f"s = ({a} + {b} + {c} + {d})/2 = {half}",
        f"Factors {factors[0]}, {factors[1]}, {factors[2]}, {factors[3]}",
        f"{factors[0]} * {factors[1]} = {left}, {factors[2]} * {factors[3]} = {right}",
        f"{left} * {right} = {left * right}, mod 1000: {left * right % 1000}",
    ]


FAMILIES = (
    Family(
        name="outer-common-tangent",
        area="geometry",
        difficulty=(1, 2, 3),
        parameters=("a", "b", "d"),
        draw=_draw_outer,
        solve=_outer,
        brute=_tangent,
        wordings=(
            "Two circles have radii ${a}$ and ${b}$, and their centres are ${d}$ apart. A line touches both circles, "
            "at $P$ and at $Q$, and has both centres on the same side of it. Find $PQ^2$.",
            "Two round paper discs are glued to a wall, and one may cover a part of the other. Their centres are ${d}$ "
            "centimetres apart; one disc has radius ${b}$ centimetres, the other radius ${a}$. A straight line on the "
            "wall touches the rim of each disc in one point, and both discs are on the same side of it. What is the "
            "square of the distance between the two points, in square centimetres?",
            "A circle of radius ${a}$ has its centre at a point $A$, a circle of radius ${b}$ at a point $B$, where "
            "$AB = {d}$. One of the outer common tangents, which do not cross the segment $AB$, touches the circles at "
            "$S$ and $T$. What is the area of a square with side $ST$?",
            "A straight road of no width touches the edges of two round zones, which may overlap and are both to the "
            "left of the road. It is ${d}$ kilometres from the centre of the one zone to the centre of the other, and "
            "the radii are ${b}$ and ${a}$ kilometres. What is the area, in square kilometres, of a square whose side "
            "reaches from one point of touch to the other?",
        ),
        working=_outer_working,
        distinct=(2e3, 7.5e3, 1.4e4),
        alike=(("a",), ("b",)),
    ),
    Family(
        name="inner-common-tangent",
        area="geometry",
        difficulty=(2, 3, 4),
        parameters=("a", "b", "d"),
        draw=_draw_inner,
        solve=_inner,
        brute=_inner_brute,
        wordings=(
            "Two circles outside each other have radii ${a}$ and ${b}$, and their centres are ${d}$ apart. A line that "
            "touches the one at $P$ and the other at $Q$ has the centres on different sides of it. Find $PQ^2$.",
            "A crossed belt runs around two pulleys, so that they turn in opposite directions. The axes are ${d}$ "
            "centimetres apart; the pulleys have radii of ${b}$ and ${a}$ centimetres. A straight piece of the belt "
            "reaches from pulley to pulley. What is the square of its length, in square centimetres?",
            "Given are points $A$ and $B$ with $AB = {d}$, a circle around $A$ with radius ${a}$ and a circle around "
            "$B$ with radius ${b}$. A common tangent of the two meets the segment $AB$ between the circles and touches "
            "them at $S$ and $T$. What is the area of a square with side $ST$?",
            "Between two round lakes with radii of ${b}$ and ${a}$ metres a straight path leads from the shore of one "
            "to the shore of the other. It touches each shore at its end, and one lake lies to its left, the other to "
            "its right. From centre to centre it is ${d}$ metres. What is the square of the number of metres that the "
            "path is long?",
        ),
        working=_inner_working,
        distinct=(1.3e3, 3.8e3, 6.8e3),
        alike=(("a",), ("b",)),
    ),
    Family(
        name="inscribed-quadrilateral-area",
        area="geometry",
        difficulty=(3, 4, 5),
        parameters=("a", "b", "c", "d"),
        draw=_draw_inscribed,
        solve=_inscribed,
        brute=_inscribed_brute,
        wordings=(
            "A convex quadrilateral with sides ${a}$, ${b}$, ${c}$ and ${d}$, in this order, is inscribed in a circle. "
            "The square of its area is an integer. Find the remainder when this integer is divided by $1000$.",
            "Four rods of lengths ${d}$, ${b}$, ${a}$ and ${c}$ are joined by hinges at their ends to a closed frame, "
            "and the frame is bent so that it encloses the greatest area it can. Let $A$ be that area. What is $A^2$ "
            "modulo $1000$?",
            "The points $P$, $Q$, $R$, $S$ lie on a circle in this order, and $SP = {d}$, $RS = {c}$, $QR = {b}$, $PQ "
            "= {a}$. The area $F$ of the quadrilateral $PQRS$ has an integer square. Which remainder does $F^2$ leave "
            "on division by $1000$?",
            "In a convex quadrilateral opposite angles add up to a straight angle. Its sides, going around, measure "
            "${b}$, ${c}$, ${d}$ and ${a}$. Multiply its area by itself and reduce the result, a whole number, modulo "
            "$1000$.",
        ),
        working=_inscribed_working,
        distinct=(6.5e2, 5e3, 2e5),
        alike=(("a",), ("b",), ("c",), ("d",)),
    ),
)
