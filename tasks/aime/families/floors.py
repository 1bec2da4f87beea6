"""Integer parts: equations between them, the values they leave out, and sums of them."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import gcd, isqrt, lcm

from ...stream import Stream
from ..family import Family


def _draw_quotients(rng: Stream, tier: int) -> tuple[int, int, int]:
    a = rng.between(5, 20 * tier)
    return a, a + rng.between(1 + a // 5, a), rng.between(2, 6 * tier)


def _runs(a: int, b: int, c: int) -> list[tuple[int, int, int]]:
    """k, first and last positive n with floor(n / b) = k and floor(n / a) = k + c, for every k for which there are any.

    There are none unless b k < a (k + c + 1) and a (k + c) < b (k + 1).
    """
    found = []
    for k in range(max(0, (a * c - b) // (b - a)), a * (c + 1) // (b - a) + 1):
        first, last = max(b * k, a * (k + c), 1), min(b * k + b, a * (k + c) + a) - 1
        if last >= first:
            found.append((k, first, last))
    return found


def _quotients(a: int, b: int, c: int) -> int:
    return sum(last - first + 1 for _, first, last in _runs(a, b, c))


def _quotients_brute(a: int, b: int, c: int) -> int:
    """The difference of the floors is more than n / a - n / b - 1, so from some n on it is too large."""
    return sum(n // a == n // b + c for n in range(1, a * b * (c + 1) // (b - a) + 1))


def _quotients_working(a: int, b: int, c: int) -> list[str]:
    runs = _runs(a, b, c)
    return [
        f"Let k = floor(n/{b}), so floor(n/{a}) = k + {c}:",
        f"{b}k <= n <= {b}k + {b - 1} and {a}k + {a * c} <= n <= {a}k + {a * c + a - 1}.",
        *(f"k = {k}: {first} to {last}, {last - first + 1} numbers" for k, first, last in runs),
        f"For other k there is none. Together {_quotients(a, b, c)}.",
    ]


@cache
def _triples(top: int) -> tuple[tuple[int, int, int], ...]:
    return tuple(combinations(range(2, top + 1), 3))


def _draw_values(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    triples = _triples((7, 9, 12)[tier - 1])
    last = rng.between(*((60, 300), (200, 900), (400, 1300))[tier - 1])
    return (*triples[rng.below(len(triples))], last)


def _jumps(a: int, b: int, c: int) -> list[int]:
    """The values of floor(ax) + floor(bx) + floor(cx) for 0 <= x < 1, which begin where one of the floors jumps."""
    whole = lcm(a, b, c)
    starts = {*range(0, whole, whole // a), *range(0, whole, whole // b), *range(0, whole, whole // c)}
    return sorted(a * x // whole + b * x // whole + c * x // whole for x in starts)


def _values(a: int, b: int, c: int, last: int) -> int:
    periods, rest = divmod(last, a + b + c)
    jumps = _jumps(a, b, c)
    return periods * len(jumps) + sum(value <= rest for value in jumps) - 1


def _values_brute(a: int, b: int, c: int, last: int) -> int:
    """Walk along the line in steps too small to jump over anything."""
    step = a * b * c
    found = {x // (b * c) + x // (a * c) + x // (a * b) for x in range(step * (last // (a + b + c) + 2))}
    return sum(0 < value <= last for value in found)


def _values_working(a: int, b: int, c: int, last: int) -> list[str]:
    whole, jumps = a + b + c, _jumps(a, b, c)
    periods, rest = divmod(last, whole)
    some = [value for value in jumps if value <= rest]
    return [
        f"Let f(x) be the sum. f(x + 1) = f(x) + {whole}, as {a} + {b} + {c} = {whole}.",
        "A new value begins at each multiple of one of 1/" + ", 1/".join(map(str, (a, b, c))) + ".",
        f"From 0 to below 1 these are {a} + {b} + {c} - {gcd(a, b)} - {gcd(b, c)} - {gcd(c, a)} + {gcd(a, b, c)} = "
        f"{len(jumps)} places, with the values",
        ", ".join(map(str, jumps)),
        f"{last} = {periods} * {whole} + {rest}: {periods} full periods of {len(jumps)} values from 0 on,",
        f"then {len(some)} values that exceed {periods * whole} by at most {rest}; 0 itself is not positive.",
        f"{periods} * {len(jumps)} + {len(some)} - 1 = {periods * len(jumps) + len(some) - 1}",
    ]


def _draw_roots(rng: Stream, tier: int) -> tuple[int, int]:
    return rng.between(2, 20 * 10**tier), rng.between(*((10, 60), (40, 500), (400, 9000))[tier - 1])


def _roots_up_to(n: int) -> int:
    """The sum of floor(sqrt(k)) over k = 0 to n: a root r is too little by one for each square above k."""
    root = isqrt(n)
    return root * (n + 1) - root * (root + 1) * (2 * root + 1) // 6


def _roots(a: int, n: int) -> int:
    return (_roots_up_to(a + n - 1) - _roots_up_to(a - 1)) % 1000


def _roots_brute(a: int, n: int) -> int:
    return sum(isqrt(k) for k in range(a, a + n)) % 1000


def _roots_working(a: int, n: int) -> list[str]:
    lines = ["floor(sqrt(k)) counts the squares 1, 4, 9, ... up to k. Let F(m) be the sum over k = 1 to m."]
    lines.append("With r = floor(sqrt(m)), square j^2 is counted m + 1 - j^2 times, so")
    lines.append("F(m) = r (m + 1) - r (r + 1)(2 r + 1)/6.")
    for m in (a + n - 1, a - 1):
        r = isqrt(m)
        squares = r * (r + 1) * (2 * r + 1) // 6
        lines.append(f"F({m}): r = {r}, {r} * {m + 1} - {squares} = {_roots_up_to(m)}")
    difference = _roots_up_to(a + n - 1) - _roots_up_to(a - 1)
    return [*lines, f"Difference: {difference}", f"mod 1000: {difference % 1000}"]


def _draw_square_quotients(rng: Stream, tier: int) -> tuple[int, int]:
    m = rng.between(*((12, 70), (60, 300), (300, 1300))[tier - 1])
    return m, rng.between(m // 2, min(2 * m, 1250))


def _square_quotients(m: int, n: int) -> int:
    """While the steps (2k + 1) / m are at most one no integer is left out; after that no value comes twice."""
    dense = min(n, (m + 1) // 2)
    return dense * dense // m - 1 // m + 1 + n - dense


def _square_quotients_brute(m: int, n: int) -> int:
    return len({k * k // m for k in range(1, n + 1)})


def _square_quotients_working(m: int, n: int) -> list[str]:
    dense = min(n, (m + 1) // 2)
    low = 1 // m
    high = dense * dense // m
    return [
        f"(k + 1)^2/{m} - k^2/{m} = (2k + 1)/{m}.",
        f"Up to k = {dense} the steps are at most 1, so all from {low} to floor({dense}^2/{m}) = {high} occur:",
        f"{high} - {low} + 1 = {high - low + 1} values.",
        f"From there on the steps are at least 1, so each further k has a new value: {n} - {dense} = {n - dense}.",
        f"{high - low + 1} + {n - dense} = {high - low + 1 + n - dense}",
    ]


FAMILIES = (
    Family(
        name="difference-of-quotients",
        area="algebra",
        difficulty=(5, 7, 9),
        parameters=("a", "b", "c"),
        draw=_draw_quotients,
        solve=_quotients,
        brute=_quotients_brute,
        wordings=(
            "For how many positive integers $n$ is $\\left\\lfloor \\frac{{n}}{{a}} \\right\\rfloor = \\left\\lfloor "
            "\\frac{{n}}{{b}} \\right\\rfloor + c$, if $a = {a}$, $b = {b}$ and $c = {c}$? Here $\\lfloor x \\rfloor$ "
            "is the greatest integer not above $x$.",
            "A baker packs all the rolls of a day either into bags of ${b}$ or into bags of ${a}$; what does not fill "
            "a bag is left over. On some days the smaller bags would give exactly ${c}$ more full bags than the larger "
            "ones. How many different positive numbers of rolls make that happen?",
            "Dividing a positive integer by ${a}$, with a remainder, gives a quotient that exceeds by exactly ${c}$ "
            "the quotient of the same integer divided, with a remainder, by ${b}$. How many such integers are there?",
            "For every full ${b}$ euros of a bill a shop gives one stamp, and its other branch gives one for every "
            "full ${a}$ euros. A bill of a whole positive number of euros would earn exactly ${c}$ more stamps at the "
            "branch than at the shop. Of how many different amounts can the bill be?",
        ),
        working=_quotients_working,
        distinct=(8e2, 6e3, 2e4),
        slots={"c": (1, 999)},
    ),
    Family(
        name="values-of-floor-sum",
        area="algebra",
        difficulty=(9, 12, 14),
        parameters=("a", "b", "c", "last"),
        draw=_draw_values,
        solve=_values,
        brute=_values_brute,
        wordings=(
            "How many of the positive integers up to and including ${last}$ can be written as $\\lfloor {a}x \\rfloor "
            "+ \\lfloor {b}x \\rfloor + \\lfloor {c}x \\rfloor$ with some real number $x$, where $\\lfloor y \\rfloor$ "
            "is the greatest integer not above $y$?",
            "For a real number $x$ let $f(x)$ be the sum of the integer parts (rounded down) of ${c}x$, ${b}x$ and "
            "${a}x$. Count the positive integers, none of them above ${last}$, that are values of $f$.",
            "Three lamps flash with perfect regularity, ${b}$, ${a}$ and ${c}$ times a minute, and each does so for "
            "the first time one of its own periods after the start. A counter, at zero in the beginning, is raised by "
            "one for every flash; flashes at the very same moment raise it by all of them at once. How many different "
            "positive numbers that are at most ${last}$ does the counter show in the course of time?",
            "Let $S$ be the set of all integers $\\lfloor pt \\rfloor + \\lfloor qt \\rfloor + \\lfloor rt \\rfloor$ "
            "where $t$ runs through the real numbers and $r = {c}$, $p = {a}$, $q = {b}$; brackets round down. How "
            "many elements $s$ of $S$ satisfy $0 < s \\le {last}$?",
        ),
        working=_values_working,
        distinct=(4.5e3, 3.7e4, 1.4e5),
        alike=(("a",), ("b",), ("c",)),
        slots={"last": (60, 999)},
    ),
    Family(
        name="sum-of-root-floors",
        area="sequences",
        difficulty=(3, 5, 7),
        parameters=("a", "n"),
        draw=_draw_roots,
        solve=_roots,
        brute=_roots_brute,
        wordings=(
            "The square roots of ${n}$ consecutive integers, of which ${a}$ is the smallest, are rounded down to "
            "integers and then added. Find the remainder when the sum is divided by $1000$.",
            "Let $a = {a}$ and $n = {n}$. What is $\\sum_{{k=a}}^{{a+n-1}} \\lfloor \\sqrt{{k}} \\rfloor$ modulo "
            "$1000$, where $\\lfloor x \\rfloor$ is the greatest integer not above $x$?",
            "For each of ${n}$ crates a square as large as possible is laid out on the floor from unit tiles, using "
            "tiles of that crate alone. The first crate holds ${a}$ tiles, every further one a single tile more than "
            "the crate before. Add up the side lengths of all the squares. What remains on division by $1000$?",
            "Write $q(m)$ for how many positive perfect squares do not exceed $m$. Beginning with $m = {a}$, the "
            "values $q(m)$ of ${n}$ integers $m$ in a row are added. Which remainder does the sum leave when divided "
            "by $1000$?",
        ),
        working=_roots_working,
        distinct=(1e4, 1e6, 1.7e8),
        slots={"a": (1, 999), "n": (2, 999)},
    ),
    Family(
        name="distinct-square-quotients",
        area="algebra",
        difficulty=(6, 8, 10),
        parameters=("m", "n"),
        draw=_draw_square_quotients,
        solve=_square_quotients,
        brute=_square_quotients_brute,
        wordings=(
            "How many different integers are there among $\\lfloor k^2/m \\rfloor$ for $k = 1, 2, \\dots, n$, where "
            "$m = {m}$, $n = {n}$ and $\\lfloor x \\rfloor$ is the greatest integer not above $x$?",
            "The squares of the first ${n}$ positive integers are divided by ${m}$, each with a remainder. How many "
            "different quotients occur?",
            "Square plates with sides of one, two, three centimetres and so on up to ${n}$ centimetres are cut, one of "
            "each, into as many pieces of ${m}$ square centimetres as their area allows; the pieces may have any form. "
            "How many different numbers of pieces come out, zero included if it occurs?",
            "Numbers $k$ from one to ${n}$ are sorted into drawers: $k$ goes into drawer $d$ if "
            "$d \\le k^2/m < d + 1$, where $d$ is an integer and $m = {m}$. How many drawers are not empty?",
        ),
        working=_square_quotients_working,
        distinct=(2.7e3, 6e4, 7e5),
        slots={"m": (2, 999), "n": (2, 999)},
    ),
)
