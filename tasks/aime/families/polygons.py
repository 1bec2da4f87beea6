"""Regular polygons, and the triangles of each kind among their vertices."""

from __future__ import annotations

from math import comb

from ...stream import Stream
from ..family import Family


def _draw_two(rng: Stream, tier: int) -> tuple[int, int]:
    """Two different numbers of sides."""
    top = (60, 120, 240)[tier - 1]
    n, m = rng.between(7, top), rng.between(7, top - 1)
    return n, m + (m >= n)


def _triangles(n: int, kind: str) -> int:
    """Count the triangles of a kind that contain a fixed vertex, by the arcs between their vertices in turn.

    Each triangle contains three of the n vertices, all vertices are alike, and an angle is half of the arc opposite.
    """
    found = 0
    for one in range(1, n - 1):
        for other in range(1, n - one):
            longest = 2 * max(one, other, n - one - other)
            if kind == "isosceles":
                found += one == other or n - one - other in (one, other)
            else:
                found += kind == ("obtuse" if longest > n else "right" if longest == n else "acute")
    return found * n // 3


def _obtuse(n: int, m: int) -> int:
    return (n * comb((n - 1) // 2, 2) + m * comb((m - 1) // 2, 2)) % 1000


def _obtuse_brute(n: int, m: int) -> int:
    return (_triangles(n, "obtuse") + _triangles(m, "obtuse")) % 1000


def _obtuse_working(n: int, m: int) -> list[str]:
    lines = [
        "A triangle is obtuse if its vertices lie within less than half of the circle. Name the first of them "
        "clockwise;",
        "the other two are among the next floor((n - 1)/2) vertices.",
    ]
    total = 0
    for sides in (n, m):
        near = (sides - 1) // 2
        total += sides * comb(near, 2)
        lines.append(f"{sides} sides: {sides} * C({near}, 2) = {sides} * {comb(near, 2)} = {sides * comb(near, 2)}")
    return [*lines, f"Together {total}, mod 1000: {total % 1000}"]


def _draw_right(rng: Stream, tier: int) -> tuple[int, int] | None:
    n, m = _draw_two(rng, tier)
    return None if n % 2 and m % 2 else (n, m)


def _right_in(n: int) -> int:
    return 0 if n % 2 else n // 2 * (n - 2)


def _right(n: int, m: int) -> int:
    return (_right_in(n) + _right_in(m)) % 1000


def _right_brute(n: int, m: int) -> int:
    return (_triangles(n, "right") + _triangles(m, "right")) % 1000


def _right_working(n: int, m: int) -> list[str]:
    lines = ["By Thales a triangle is right if a side is a diameter; the third vertex is any other one."]
    for sides in (n, m):
        if sides % 2:
            lines.append(f"{sides} is odd: no two vertices are opposite, 0 triangles")
        else:
            lines.append(f"{sides} sides: {sides // 2} diameters * {sides - 2} = {_right_in(sides)}")
    total = _right_in(n) + _right_in(m)
    return [*lines, f"Together {total}, mod 1000: {total % 1000}"]


def _acute_in(n: int) -> int:
    return n * (n * n - 1) // 24 if n % 2 else n * (n - 2) * (n - 4) // 24


def _acute(n: int, m: int) -> int:
    return (_acute_in(n) + _acute_in(m)) % 1000


def _acute_brute(n: int, m: int) -> int:
    return (_triangles(n, "acute") + _triangles(m, "acute")) % 1000


def _acute_working(n: int, m: int) -> list[str]:
    lines = [
        "All triangles, less the obtuse ones (first vertex, two of the next floor((n - 1)/2)), less the right ones."
    ]
    for sides in (n, m):
        near = (sides - 1) // 2
        obtuse = sides * comb(near, 2)
        lines.append(f"{sides} sides: C({sides}, 3) = {comb(sides, 3)}")
        lines.append(f"obtuse {sides} * C({near}, 2) = {obtuse}, right (diameter and a vertex) {_right_in(sides)}")
        lines.append(f"acute {comb(sides, 3)} - {obtuse} - {_right_in(sides)} = {_acute_in(sides)}")
    total = _acute_in(n) + _acute_in(m)
    return [*lines, f"Together {total}, mod 1000: {total % 1000}"]


def _draw_isosceles(rng: Stream, tier: int) -> tuple[int, int]:
    return rng.between(*((5, 60), (30, 150), (60, 200))[tier - 1]), rng.between(2, 10 + tier)


def _isosceles_in(n: int) -> int:
    return n * ((n - 1) // 2) - (0 if n % 3 else 2 * n // 3)


def _isosceles(n: int, count: int) -> int:
    return sum(_isosceles_in(sides) for sides in range(n, n + count)) % 1000


def _isosceles_brute(n: int, count: int) -> int:
    """From an apex the two other vertices are as far one way as the other; a set, as an equilateral one has three."""
    found = 0
    for sides in range(n, n + count):
        found += len(
            {
                frozenset((apex, (apex + step) % sides, (apex - step) % sides))
                for apex in range(sides)
                for step in range(1, (sides - 1) // 2 + 1)
            }
        )
    return found % 1000


def _isosceles_working(n: int, count: int) -> list[str]:
    lines = [
        "n apexes, floor((n - 1)/2) pairs each. If 3 divides n, the n/3 equilateral ones come three times: - 2n/3."
    ]
    total = 0
    for sides in range(n, n + count):
        extra = "" if sides % 3 else f" - {2 * sides // 3}"
        total += _isosceles_in(sides)
        lines.append(f"n = {sides}: {sides} * {(sides - 1) // 2}{extra} = {_isosceles_in(sides)}")
    return [*lines, f"Together {total}, mod 1000: {total % 1000}"]


_TWO = (("n",), ("m",))
FAMILIES = (
    Family(
        name="obtuse-triangles-in-polygons",
        area="geometry",
        difficulty=(4, 5, 6),
        parameters=("n", "m"),
        draw=_draw_two,
        solve=_obtuse,
        brute=_obtuse_brute,
        wordings=(
            "A regular polygon with ${n}$ sides and another one with ${m}$ sides are drawn apart from each other. How "
            "many obtuse triangles have all three vertices among the vertices of the same polygon? Give the number "
            "modulo $1000$.",
            "On one round track ${m}$ flags are set at equal distances along the circle, on a second round track "
            "${n}$. Three flags of one and the same track are chosen so that some arc of half the track, its two ends "
            "left out, contains all three. Find the remainder when the number of possible choices is divided by "
            "$1000$.",
            "Let $f(k)$ be the number of triangles with an angle of more than ninety degrees whose corners are three "
            "of the corners of a regular $k$-gon. What remains when $f({n}) + f({m})$ is divided by $1000$?",
            "Someone writes down every triangle that three corners of a regular ${m}$-gon form, then every triangle "
            "that three corners of a regular ${n}$-gon form, congruent ones in different places separately. How many "
            "triangles on the list have an obtuse angle? Reduce the count modulo $1000$.",
        ),
        working=_obtuse_working,
        distinct=(1.4e3, 6.4e3, 2.7e4),
        alike=_TWO,
        slots={"n": (3, 999), "m": (3, 999)},
    ),
    Family(
        name="right-triangles-in-polygons",
        area="geometry",
        difficulty=(2, 3, 4),
        parameters=("n", "m"),
        draw=_draw_right,
        solve=_right,
        brute=_right_brute,
        wordings=(
            "Two regular polygons, drawn apart from each other, have ${n}$ and ${m}$ vertices. How many right "
            "triangles are there that have their three vertices at vertices of the first polygon, or their three "
            "vertices at vertices of the second? Answer modulo $1000$.",
            "On each of two boards pegs stand at equal distances around a circle, ${m}$ pegs on the one board and "
            "${n}$ on the other. A loop of string is put around three pegs of a board so that it forms a right angle "
            "at one of them. For how many such triples of pegs, on both boards together, is this possible? Reduce the "
            "number modulo $1000$.",
            "For $k \\ge 3$ let $r(k)$ be how many sets of three vertices of a regular $k$-gon form a right triangle. "
            "Compute the remainder of $r({n}) + r({m})$ on division by $1000$.",
            "Among the triangles formed by three of the ${m}$ corners of one regular polygon, and those formed by "
            "three of the ${n}$ corners of another, some have an angle of exactly ninety degrees. What is their number "
            "in all, with triangles in different places told apart, modulo $1000$?",
        ),
        working=_right_working,
        distinct=(1e3, 4.8e3, 2e4),
        alike=_TWO,
    ),
    Family(
        name="acute-triangles-in-polygons",
        area="geometry",
        difficulty=(5, 6, 7),
        parameters=("n", "m"),
        draw=_draw_two,
        solve=_acute,
        brute=_acute_brute,
        wordings=(
            "How many of the triangles whose vertices are three vertices of a regular ${n}$-gon are acute, if "
            "congruent triangles in different places are counted separately? Add the corresponding number for a "
            "regular ${m}$-gon, and find the remainder when the sum is divided by $1000$.",
            "Two round tables have ${m}$ and ${n}$ seats, evenly spaced on a circle. Three seats of one table are "
            "called balanced if the centre of the table lies strictly inside the triangle they form. How many balanced "
            "triples are there at both tables together, modulo $1000$?",
            "Let $g(k)$ count the sets of three corners of a regular polygon with $k$ corners that form a triangle "
            "whose angles are all below ninety degrees. Which remainder does $g({n}) + g({m})$ leave on division by "
            "$1000$?",
            "From the corners of a regular polygon three are joined to form a triangle that has neither a right nor an "
            "obtuse angle. For a polygon with ${m}$ sides this can be done in some number of ways, for one with ${n}$ "
            "sides in another. Which remainder does the sum of both numbers leave when it is divided by $1000$?",
        ),
        working=_acute_working,
        distinct=(1.4e3, 6.4e3, 2.7e4),
        alike=_TWO,
        slots={"n": (3, 999), "m": (3, 999)},
    ),
    Family(
        name="isosceles-triangles-in-polygons",
        area="geometry",
        difficulty=(6, 7, 8),
        parameters=("n", "count"),
        draw=_draw_isosceles,
        solve=_isosceles,
        brute=_isosceles_brute,
        wordings=(
            "Regular polygons with ${n}$ sides, with one side more, and so on, ${count}$ polygons in all, are drawn "
            "apart from each other. How many isosceles triangles, equilateral ones among them, have their three "
            "vertices at vertices of one of these polygons? Answer modulo $1000$.",
            "Let $t(k)$ be the number of sets of three vertices of a regular $k$-gon that form a triangle with at "
            "least two equal sides. Add the values of $t$ at ${count}$ consecutive integers $k$, of which ${n}$ is the "
            "least. What is the remainder of the sum on division by $1000$?",
            "A jeweller makes ${count}$ rings. The first has ${n}$ stones at equal distances along the circle, each "
            "further ring has one stone more than the ring before, also at equal distances. For every ring she counts "
            "in how many ways three of its stones can be chosen that are the corners of a triangle with two or three "
            "equal sides. Find the total modulo $1000$.",
            "Take all integers $k$ with $0 \\le k - {n} < {count}$, and for each of them a regular polygon with $k$ "
            "corners. How many triangles with corners of such a polygon as corners, triangles in different places "
            "counted separately, are symmetric about a line? Give the remainder on division by $1000$.",
        ),
        working=_isosceles_working,
        distinct=(5.6e2, 1.3e3, 1.7e3),
        slots={"n": (3, 999), "count": (2, 20)},
    ),
)
