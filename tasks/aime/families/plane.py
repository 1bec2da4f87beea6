"""Figures in the plane that are counted by areas or by Euler's formula."""

from __future__ import annotations

from ...stream import Stream
from ..family import Family


def _draw_hexagon(rng: Stream, tier: int) -> tuple[int, int, int, int] | None:
    top = (9, 12, 17)[tier - 1]
    a, b, c, d = rng.between(1, top), rng.between(1, top), rng.between(1, top), rng.between(1, top)
    e, f = a + b - d, c + d - a
    if e < 1 or f < 1:
        return None
    there, back = (a, b, c, d, e, f) * 2, (f, e, d, c, b, a) * 2
    least = min(sides[start : start + 4] for sides in (there, back) for start in range(6))
    return least[0], least[1], least[2], least[3]


def _hexagon(a: int, b: int, c: int, d: int) -> int:
    return (a + b + c) ** 2 - a * a - c * c - (a + b - d) ** 2


def _hexagon_brute(a: int, b: int, c: int, d: int) -> int:
    """The shoelace formula, in coordinates along two directions that make an angle of 60 degrees."""
    directions = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
    x, y, twice = 0, 0, 0
    for (right, up), side in zip(directions, (a, b, c, d, a + b - d, c + d - a), strict=True):
        twice += x * up * side - y * right * side
        x, y = x + right * side, y + up * side
    return twice


def _hexagon_working(a: int, b: int, c: int, d: int) -> list[str]:
    e, whole = a + b - d, a + b + c
    return [
        f"Opposite pairs agree: side 4 + side 5 = side 1 + side 2, so side 5 is {a} + {b} - {d} = {e}.",
        f"Extend sides 2, 4, 6: an equilateral triangle of side {a} + {b} + {c} = {whole}, corners {a}, {c}, {e} off.",
        "An equilateral triangle of side s holds s^2 unit triangles:",
        f"{whole}^2 - {a}^2 - {c}^2 - {e}^2 = {whole * whole} - {a * a} - {c * c} - {e * e} = {_hexagon(a, b, c, d)}",
    ]


def _draw_lines(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    top = (8, 12, 16)[tier - 1]
    return rng.between(2, top), rng.between(2, top), rng.between(2, top), rng.between(2, (10, 12, 14)[tier - 1])


def _lines(a: int, b: int, c: int, d: int) -> int:
    """Euler: 1 - lines + crossings."""
    return 1 - (a + b + c + d) + a * b + b * c + c * a + d * (a + b + c) + d * (d - 1) // 2


def _lines_brute(a: int, b: int, c: int, d: int) -> int:
    """Draw a line at a time; it adds a region for each part into which the earlier lines cut it. 2n are unbounded."""
    directions: list[int] = []
    regions = 1
    for direction in (*(0,) * a, *(1,) * b, *(2,) * c, *range(3, 3 + d)):
        regions += 1 + sum(other != direction for other in directions)
        directions.append(direction)
    return regions - 2 * len(directions)


def _lines_working(a: int, b: int, c: int, d: int) -> list[str]:
    whole = a + b + c + d
    classes = a * b, b * c, c * a, d * (a + b + c), d * (d - 1) // 2
    return [
        f"{a} + {b} + {c} + {d} = {whole} lines. Two lines cross once unless they are parallel. Crossings:",
        f"{a}*{b} + {b}*{c} + {c}*{a} = {classes[0]} + {classes[1]} + {classes[2]} = {sum(classes[:3])}",
        f"{d} * ({a} + {b} + {c}) = {classes[3]}, {d}*{d - 1}/2 = {classes[4]}",
        f"V = {sum(classes)}. A line with v crossings has v - 1 bounded pieces, so E = 2V - {whole}.",
        f"Bounded regions: E - V + 1 = V - {whole} + 1 = {sum(classes)} - {whole - 1} = {_lines(a, b, c, d)}",
    ]


FAMILIES = (
    Family(
        name="equiangular-hexagon",
        area="geometry",
        difficulty=(4, 5, 6),
        parameters=("a", "b", "c", "d"),
        draw=_draw_hexagon,
        solve=_hexagon,
        brute=_hexagon_brute,
        wordings=(
            "All interior angles of a convex hexagon are equal. Four consecutive sides have the lengths ${a}$, ${b}$, "
            "${c}$ and ${d}$, in this order. Its area is $K$ times that of an equilateral triangle with sides of "
            "length one. Find $K$.",
            "A convex hexagon $ABCDEF$ has six equal angles, and $DE = {d}$, $CD = {c}$, $BC = {b}$, $AB = {a}$. Into "
            "how many equilateral triangles with side length one can it be cut?",
            "An ant walks in the plane, turns left by sixty degrees, walks, turns in the same way, and so on, until it "
            "has walked six straight stretches and is back where it began. Measured in paces, the lengths of the first "
            "four stretches were ${a}$, ${b}$, ${c}$ and ${d}$, in this order; the other two are not known. The area "
            "within its path is that of how many equilateral triangles with sides of one pace?",
            "From an equilateral triangle of paper three smaller equilateral triangles are cut off, one at each "
            "corner. The edges of the hexagon that is left are, going around it, ${d}$, ${c}$, ${b}$, ${a}$ and two "
            "more. How many equilateral triangles with edges of length one have the same area as the hexagon?",
        ),
        working=_hexagon_working,
        distinct=(7e2, 2e3, 6.5e3),
        alike=(("a", "b"), ("d", "c")),
    ),
    Family(
        name="bounded-regions-of-lines",
        area="geometry",
        difficulty=(4, 5, 6),
        parameters=("a", "b", "c", "d"),
        draw=_draw_lines,
        solve=_lines,
        brute=_lines_brute,
        wordings=(
            "In a plane there are ${a}$ lines of one direction, ${b}$ lines of a second direction, ${c}$ lines of a "
            "third, and ${d}$ further lines, of which each has a direction that no other line has. No three lines pass "
            "through one point. How many bounded regions do the lines form?",
            "Straight cracks run across an endless sheet of ice: ${d}$ cracks that are parallel to no other crack, and "
            "three sets of parallel ones, with ${c}$, ${b}$ and ${a}$ cracks; cracks of different sets are not "
            "parallel, and at no point do more than two cracks meet. How many pieces of finite size are there?",
            "Three bundles of parallel lines in the plane have ${b}$, ${a}$ and ${c}$ lines, and point in three "
            "different directions. Then ${d}$ lines are added, no two of them parallel to each other and none parallel "
            "to a bundle. Never do three lines share a point. Of the regions into which all these lines cut the plane, "
            "how many have a finite area?",
            "A flat map is crossed by ${a}$ lines running due north and ${c}$ lines running due east, by ${b}$ lines "
            "running exactly north-east, and by ${d}$ lines with pairwise different directions that are none of these "
            "three. The map has no edge, and through every crossing run exactly two lines. Count the regions that are "
            "enclosed on all sides.",
        ),
        working=_lines_working,
        distinct=(6.5e2, 2.8e3, 8e3),
        alike=(("a",), ("b",), ("c",)),
    ),
)
