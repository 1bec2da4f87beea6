"""Points, squares and cubes of a lattice."""

from __future__ import annotations

from functools import lru_cache
from math import gcd, isqrt, lcm

from ...stream import Stream
from ..family import Family
from ..integers import CACHED


def _draw_interior(rng: Stream, tier: int) -> tuple[int, int, int, int] | None:
    top = (12, 22, 40)[tier - 1]
    a, b, c, d = rng.between(3, top), rng.between(3, top), rng.between(1, top), rng.between(1, top)
    return None if b * c + a * d == a * b else (a, b, c, d)


def _interior(a: int, b: int, c: int, d: int) -> int:
    """Pick's theorem, for corners (a, 0), (0, b) and (c, d)."""
    return (abs(b * c + a * d - a * b) - gcd(a, b) - gcd(c - a, d) - gcd(c, d - b) + 2) // 2


def _interior_brute(a: int, b: int, c: int, d: int) -> int:
    """Points that have every corner's opposite side on the same hand."""
    found = 0
    for x in range(max(a, c) + 1):
        for y in range(max(b, d) + 1):
            turns = b * (a - x) - a * y, c * (y - b) - (d - b) * x, (a - c) * (y - d) + d * (x - c)
            found += all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)
    return found


def _interior_working(a: int, b: int, c: int, d: int) -> list[str]:
    twice = b * c + a * d - a * b
    edges = gcd(a, b), gcd(c - a, d), gcd(c, d - b)
    border = sum(edges)
    return [
        f"Twice the area: |{a} * {d} + {b} * {c} - {a} * {b}| = |{a * d} + {b * c} - {a * b}| = {abs(twice)}",
        f"Lattice points on the border: gcd({a}, {b}) = {edges[0]}, gcd({abs(c - a)}, {d}) = {edges[1]}, "
        f"gcd({c}, {abs(d - b)}) = {edges[2]}, together {border}",
        "Pick: twice the area = 2 * inside + border - 2",
        f"inside = ({abs(twice)} - {border} + 2)/2 = {(abs(twice) - border + 2) // 2}",
    ]


def _draw_ring(rng: Stream, tier: int) -> tuple[int, int]:
    low, width = ((1, 60), (40, 300), (200, 900))[tier - 1], ((5, 60), (30, 150), (60, 300))[tier - 1]
    a = rng.between(*low)
    return a, a + rng.between(*width)


@lru_cache(CACHED)
def _within(square: int) -> int:
    """How many lattice points have x^2 + y^2 <= square: the rows x = 0, 1, -1, ..."""
    reach = isqrt(square)
    return 2 * reach + 1 + 2 * sum(2 * isqrt(square - x * x) + 1 for x in range(1, reach + 1))


def _ring(a: int, b: int) -> int:
    return _within(b) - _within(a - 1)


def _ring_brute(a: int, b: int) -> int:
    reach = range(-isqrt(b), isqrt(b) + 1)
    return sum(a <= x * x + y * y <= b for x in reach for y in reach)


def _ring_working(a: int, b: int) -> list[str]:
    lines = [
        "A column x holds 2 floor(sqrt(R - x^2)) + 1 points with x^2 + y^2 <= R. For R and columns x = 0, 1, 2, ...:"
    ]
    for square in (b, a - 1):
        columns = [2 * isqrt(square - x * x) + 1 for x in range(isqrt(square) + 1)]
        lines.append(f"R = {square}: " + ", ".join(map(str, columns)))
        lines.append(f"all columns, x and -x: {columns[0]} + 2 * {sum(columns[1:])} = {_within(square)}")
    return [*lines, f"{_within(b)} - {_within(a - 1)} = {_ring(a, b)}"]


def _draw_squares(rng: Stream, tier: int) -> tuple[int, int]:
    low, high = ((4, 45), (15, 90), (40, 200))[tier - 1]
    return rng.between(low, high), rng.between(low, high)


def _squares(m: int, n: int) -> int:
    """A bounding square of k steps holds k squares, so the sum of k (m - k)(n - k)."""
    m, n = min(m, n), max(m, n)
    return (m - 1) * m * (m + 1) * (2 * n - m) // 12 % 1000


def _squares_brute(m: int, n: int) -> int:
    """Every vector to the right, and up or level: each square has one such side, from its lowest corner."""
    found = 0
    for right in range(1, min(m, n)):
        for up in range(min(m, n) - right):
            found += (m - right - up) * (n - right - up)
    return found % 1000


def _squares_working(m: int, n: int) -> list[str]:
    small = min(m, n)
    sums = (small - 1) * small // 2, (small - 1) * small * (2 * small - 1) // 6, ((small - 1) * small // 2) ** 2
    total = m * n * sums[0] - (m + n) * sums[1] + sums[2]
    return [
        "Put an upright square around each; if its side is k it holds k squares (k places for a corner on an edge).",
        f"There are ({m} - k)({n} - k) upright squares of side k, k = 1 to {small - 1}.",
        f"Sum of k ({m} - k)({n} - k) = {m * n} * sum of k - {m + n} * sum of k^2 + sum of k^3",
        f"sum of k = {sums[0]}, of k^2 = {sums[1]}, of k^3 = {sums[2]}",
        f"{m * n * sums[0]} - {(m + n) * sums[1]} + {sums[2]} = {total}",
        f"mod 1000: {total % 1000}",
    ]


def _draw_box(rng: Stream, tier: int) -> tuple[int, int, int]:
    top = (40, 100, 360)[tier - 1]
    return rng.between(2, top), rng.between(2, top), rng.between(2, top)


def _box(a: int, b: int, c: int) -> int:
    return a + b + c - gcd(a, b) - gcd(b, c) - gcd(c, a) + gcd(a, b, c)


def _box_brute(a: int, b: int, c: int) -> int:
    """A new cube begins at each different moment of crossing a plane."""
    whole = lcm(a, b, c)
    return len({*range(0, whole, whole // a), *range(0, whole, whole // b), *range(0, whole, whole // c)})


def _box_working(a: int, b: int, c: int) -> list[str]:
    pairs = gcd(a, b), gcd(b, c), gcd(c, a)
    every = gcd(*pairs)
    return [
        f"The diagonal enters a new cube whenever it crosses a plane: {a} + {b} + {c} = {a + b + c} times,",
        "less the crossings of two planes at once (gcds of two), plus those of three at once, counted off too often.",
        f"gcd({a}, {b}) = {pairs[0]}, gcd({b}, {c}) = {pairs[1]}, gcd({c}, {a}) = {pairs[2]}, of all three {every}",
        f"{a + b + c} - {pairs[0]} - {pairs[1]} - {pairs[2]} + {every} = {_box(a, b, c)}",
    ]


FAMILIES = (
    Family(
        name="lattice-points-in-triangle",
        area="geometry",
        difficulty=(4, 5, 6),
        parameters=("a", "b", "c", "d"),
        draw=_draw_interior,
        solve=_interior,
        brute=_interior_brute,
        wordings=(
            "How many points with integer coordinates lie strictly inside the triangle with the vertices $({a}, 0)$, "
            "$(0, {b})$ and $({c}, {d})$?",
            "A triangle has a corner on the positive $y$-axis, at distance ${b}$ from the origin, one on the positive "
            "$x$-axis, at distance ${a}$ from the origin, and its third corner at $({c}, {d})$. Count the points in "
            "its interior, its edges left out, of which both coordinates are integers.",
            "Nails stand at all points of a plane grid that have whole coordinates. A rubber band is stretched around "
            "the three nails $P = ({c}, {d})$, $Q = (0, {b})$ and $R = ({a}, 0)$ and forms a triangle. How many nails "
            "are inside the triangle without touching the band?",
            "In an orchard a tree stands at every crossing of a square grid of paths. Seen from one of the trees, and "
            "with the side of a grid square as the unit, tree $A$ is at distance ${a}$ due east, tree $B$ at distance "
            "${b}$ due north, and tree $C$ is reached by going ${c}$ to the east and ${d}$ to the north. A straight "
            "fence leads from $A$ to $B$, from there to $C$ and back to $A$. How many trees stand within the fence, "
            "trees on its line not counted?",
        ),
        working=_interior_working,
        distinct=(6e3, 1.2e5, 1e6),
        alike=(("a", "c"), ("b", "d")),
    ),
    Family(
        name="lattice-points-in-ring",
        area="geometry",
        difficulty=(3, 5, 6),
        parameters=("a", "b"),
        draw=_draw_ring,
        solve=_ring,
        brute=_ring_brute,
        wordings=(
            "How many ordered pairs $(x, y)$ of integers, which may be negative or zero, satisfy ${a} \\le x^2 + y^2 "
            "\\le {b}$?",
            "Around the origin of the plane two circles are drawn, the larger with the area ${b}\\pi$ and the smaller "
            "with the area ${a}\\pi$. How many points with integer coordinates lie between the circles or on one of "
            "them?",
            "A lamp at a crossing of a square grid of streets lights up every crossing whose distance, as the crow "
            "flies, has a square of at most ${b}$, where streets next to each other are one apart. A smaller lamp in "
            "the same place reaches exactly the crossings for which that square is less than ${a}$. How many crossings "
            "does the larger lamp light up that the smaller one does not?",
            "Count the complex numbers $z$ whose real part and imaginary part are integers and for which $|z|^2$ is "
            "neither above ${b}$ nor below ${a}$.",
        ),
        working=_ring_working,
        distinct=(3.3e3, 3.2e4, 1.7e5),
    ),
    Family(
        name="squares-in-dot-grid",
        area="geometry",
        difficulty=(4, 6, 7),
        parameters=("m", "n"),
        draw=_draw_squares,
        solve=_squares,
        brute=_squares_brute,
        wordings=(
            "Dots form a rectangular array with ${m}$ rows and ${n}$ columns, neighbours in a row or column one unit "
            "apart. How many squares, tilted ones included, have all four vertices at dots? Find the remainder when "
            "their number is divided by $1000$.",
            "A pegboard has ${n}$ columns and ${m}$ rows of pegs, with the same distance between neighbouring columns "
            "as between neighbouring rows. A loop can be put around four pegs so that they are the corners of a "
            "square, whose sides need not be parallel to the rows. In how many ways can these four pegs be chosen? "
            "Reduce the number modulo $1000$.",
            "Let $G$ be the set of points $(x, y)$ with integers $1 \\le x \\le {m}$ and $1 \\le y \\le {n}$. How many "
            "sets of four points of $G$ are the vertices of a square in any position? Answer modulo $1000$.",
            "Trees stand in ${m}$ rows of ${n}$, at the points of a square grid. Somebody wants to fence in a square "
            "plot, straight or slanting, with a tree at each of its four corners, trees elsewhere being no obstacle. "
            "Divide the number of possible plots by $1000$. What is the remainder?",
        ),
        working=_squares_working,
        distinct=(9e2, 2.9e3, 1.3e4),
        alike=(("m",), ("n",)),
        slots={"m": (2, 999), "n": (2, 999)},
    ),
    Family(
        name="cubes-on-box-diagonal",
        area="geometry",
        difficulty=(5, 7, 8),
        parameters=("a", "b", "c"),
        draw=_draw_box,
        solve=_box,
        brute=_box_brute,
        wordings=(
            "A rectangular box with edges ${a}$, ${b}$ and ${c}$ is built of unit cubes. Through the interior of how "
            "many of the cubes does a diagonal of the box pass, from a corner to the corner farthest from it?",
            "Sugar cubes with edges of one centimetre fill a carton that is ${b}$ cubes wide, ${c}$ cubes high and "
            "${a}$ cubes deep. A needle is pushed in a straight line from one corner of the carton to the opposite "
            "one, through the centre of the carton. How many sugar cubes does it pierce, if touching a cube only at an "
            "edge or a corner is not piercing?",
            "The segment from $(0, 0, 0)$ to $({c}, {b}, {a})$ is cut by all planes $x = k$, $y = k$ and $z = k$ with "
            "integers $k$. Into how many pieces of positive length is it divided?",
            "A spider spins a thread straight through the air of a rectangular hall, from a corner of the floor to the "
            "corner of the ceiling that is farthest away. The hall is ${c}$ metres long, ${a}$ metres wide and ${b}$ "
            "metres high and is thought of as divided into cubes of one cubic metre. How many cubes contain a piece of "
            "the thread in their inside?",
        ),
        working=_box_working,
        distinct=(1e4, 1.6e5, 7e6),
        alike=(("a",), ("b",), ("c",)),
        slots={"a": (2, 999), "b": (2, 999), "c": (2, 999)},
    ),
)
