"""Arithmetic progressions: their squares, the fractions between neighbours, and what two of them share."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from ...stream import Stream
from ..family import Family
from ..integers import congruence, fraction_sum


def _draw_squares(rng: Stream, tier: int) -> tuple[int, int, int]:
    first, terms = (20, 60, 500)[tier - 1], ((4, 12), (10, 60), (60, 999))[tier - 1]
    return rng.between(2, first), rng.between(2, first), rng.between(*terms)


def _squares(a: int, d: int, n: int) -> int:
    return (n * a * a + a * d * n * (n - 1) + d * d * ((n - 1) * n * (2 * n - 1) // 6)) % 1000


def _squares_brute(a: int, d: int, n: int) -> int:
    return sum((a + k * d) ** 2 for k in range(n)) % 1000


def _squares_working(a: int, d: int, n: int) -> list[str]:
    ones, squares = n * (n - 1) // 2, (n - 1) * n * (2 * n - 1) // 6
    parts = n * a * a, 2 * a * d * ones, d * d * squares
    return [
        f"({a} + {d} k)^2 = {a * a} + {2 * a * d} k + {d * d} k^2 for k = 0 to {n - 1}.",
        f"Sum of k: {n - 1} * {n} / 2 = {ones}. Sum of k^2: {n - 1} * {n} * {2 * n - 1} / 6 = {squares}.",
        f"{n} * {a * a} = {parts[0]}",
        f"{2 * a * d} * {ones} = {parts[1]}",
        f"{d * d} * {squares} = {parts[2]}",
        f"Together {sum(parts)}, mod 1000: {sum(parts) % 1000}",
    ]


def _draw_telescope(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    c = rng.between(2, (5, 12, 30)[tier - 1])
    return rng.between(2, 4 + 2 * tier), rng.between(2, 4 + 2 * tier), rng.between(4, (15, 30, 60)[tier - 1]), c


def _telescope(a: int, d: int, n: int, c: int) -> int:
    return fraction_sum(c * n, a * (a + n * d))


def _telescope_brute(a: int, d: int, n: int, c: int) -> int:
    total = sum((Fraction(c, (a + k * d) * (a + k * d + d)) for k in range(n)), Fraction())
    return total.numerator + total.denominator


def _telescope_working(a: int, d: int, n: int, c: int) -> list[str]:
    last = a + n * d
    value = Fraction(c * n, a * last)
    return [
        f"{c}/(x (x + {d})) = {c}/{d} * (1/x - 1/(x + {d})), so all but the ends cancel.",
        f"The progression begins with {a}; its term number {n + 1} is {a} + {n} * {d} = {last}.",
        f"Sum = {c}/{d} * (1/{a} - 1/{last}) = {c}/{d} * {n * d}/{a * last} = {c * n}/{a * last}",
        f"In lowest terms {value.numerator}/{value.denominator}.",
        f"{value.numerator} + {value.denominator} = {value.numerator + value.denominator}",
    ]


def _draw_common(rng: Stream, tier: int) -> tuple[int, int, int, int, int] | None:
    step, last = (9, 20, 45)[tier - 1], ((100, 400), (400, 2000), (2000, 20_000))[tier - 1]
    a, d, b, e = rng.between(2, 30), rng.between(3, step), rng.between(2, 30), rng.between(3, step)
    return None if a == b or d == e or (a - b) % gcd(d, e) else (a, d, b, e, rng.between(*last))


def _common(a: int, d: int, b: int, e: int, last: int) -> int:
    shared = congruence(a, d, b, e)
    if shared is None:
        return 0
    residue, period = shared
    start = max(a, b)
    first = start + (residue - start) % period
    count = max(0, (last - first) // period + 1)
    return (count * first + period * (count * (count - 1) // 2)) % 1000


def _common_brute(a: int, d: int, b: int, e: int, last: int) -> int:
    shared = set(range(a, last + 1, d)) & set(range(b, last + 1, e))
    return sum(shared) % 1000


def _common_working(a: int, d: int, b: int, e: int, last: int) -> list[str]:
    shared = congruence(a, d, b, e)
    if shared is None:
        return ["No number is in both: 0"]
    residue, period = shared
    first = max(a, b) + (residue - max(a, b)) % period
    count = max(0, (last - first) // period + 1)
    final = first + period * (count - 1)
    if not count:
        return [f"The first number in both would be {first}, beyond {last}: the sum is 0"]
    return [
        f"A number in both is {a} mod {d} and {b} mod {e}: {residue} mod {period}, {period} = lcm({d}, {e}).",
        f"Check: {residue} - {a} = {residue - a} = {d} * {(residue - a) // d}, "
        f"{residue} - {b} = {residue - b} = {e} * {(residue - b) // e}.",
        f"It is at least {max(a, b)}, so the first is {first}; the last up to {last} is {final}.",
        f"({final} - {first}) / {period} + 1 = {count} numbers",
        f"{count} * ({first} + {final}) / 2 = {count * (first + final) // 2}",
        f"mod 1000: {count * (first + final) // 2 % 1000}",
    ]


FAMILIES = (
    Family(
        name="squares-of-progression",
        area="sequences",
        difficulty=(1, 3, 4),
        parameters=("a", "d", "n"),
        draw=_draw_squares,
        solve=_squares,
        brute=_squares_brute,
        wordings=(
            "An arithmetic progression has the first term ${a}$, the common difference ${d}$ and ${n}$ terms. Find the "
            "remainder when the sum of the squares of its terms is divided by $1000$.",
            "A mosaic consists of ${n}$ separate squares made of unit tiles. The smallest square has sides of ${a}$ "
            "tiles, and the sides of each further one are ${d}$ tiles longer than those of the square before it. How "
            "many tiles does the mosaic have, modulo $1000$?",
            "Let $S$ be the sum of $({d}k + {a})^2$ over all integers $k$ with $0 \\le k < {n}$. What remains when $S$ "
            "is divided by $1000$?",
            "Someone counts upwards in steps of ${d}$, beginning at ${a}$, until ${n}$ numbers have been said, the "
            "first one included. Each number said is multiplied by itself, and the products are added. Find the "
            "remainder of the sum on division by $1000$.",
        ),
        working=_squares_working,
        distinct=(3.1e3, 1.5e5, 2e8),
        slots={"a": (2, 999), "d": (2, 999), "n": (2, 999)},
    ),
    Family(
        name="telescoping-fractions",
        area="sequences",
        difficulty=(2, 3, 4),
        parameters=("a", "d", "n", "c"),
        draw=_draw_telescope,
        solve=_telescope,
        brute=_telescope_brute,
        wordings=(
            "Each of the first ${n}$ terms $x$ of the arithmetic progression with first term ${a}$ and common "
            "difference ${d}$ gives a fraction $\\frac{{c}}{{xy}}$, where $y$ is the term right after $x$ and "
            "$c = {c}$. The sum of these fractions is $\\frac{{p}}{{q}}$ with coprime positive integers $p$ and $q$. "
            "Find $p + q$.",
            "In lowest terms, what is the sum of the numerator and the denominator of "
            "$\\sum_{{k=0}}^{{n-1}} \\frac{{c}}{{(a + kd)(a + kd + d)}}$, if $c = {c}$, $d = {d}$, $a = {a}$ and "
            "$n = {n}$?",
            "Poles stand along a road, the first one ${a}$ metres from the gate and each further one ${d}$ metres "
            "farther. A gap between neighbouring poles that are $x$ and $y$ metres from the gate has the weight "
            "$c/(xy)$, with $c = {c}$. The weights of the first ${n}$ gaps add up to $p/q$, a fraction in lowest "
            "terms. Find $p + q$.",
            "Let $c = {c}$, and let $x_1, x_2, \\dots$ be numbers of which each is ${d}$ more than the one before, "
            "with $x_1 = {a}$. Write $\\frac{{c}}{{x_1 x_2}} + \\frac{{c}}{{x_2 x_3}} + \\dots$, a sum of ${n}$ "
            "summands, as a fraction that cannot be reduced. What is its numerator plus its denominator?",
        ),
        working=_telescope_working,
        distinct=(1.2e3, 1.4e4, 1e5),
        slots={"c": (2, 999)},
    ),
    Family(
        name="sum-of-common-terms",
        area="sequences",
        difficulty=(3, 5, 7),
        parameters=("a", "d", "b", "e", "last"),
        draw=_draw_common,
        solve=_common,
        brute=_common_brute,
        wordings=(
            "One arithmetic progression has the first term ${a}$ and the common difference ${d}$, another the first "
            "term ${b}$ and the common difference ${e}$; both go on without end. Add up all terms they have in common "
            "that are at most ${last}$. Find the remainder when the sum is divided by $1000$.",
            "From minute ${b}$ on a tram leaves every ${e}$ minutes, and from minute ${a}$ on a bus leaves every ${d}$ "
            "minutes; the first tram and the first bus leave in those two minutes. Whenever both leave in the same "
            "minute, up to and including minute ${last}$, its number is written down. What is the sum of the numbers "
            "written down, modulo $1000$?",
            "The integers up to ${last}$, and that number itself, are looked at. Red ones are ${a}$ and whatever is "
            "reached from it by steps of ${d}$ upwards; blue ones are ${b}$ and whatever is reached from it by steps "
            "of ${e}$ upwards. Find the sum of the numbers that are both red and blue, reduced modulo $1000$.",
            "How large is the remainder, on division by $1000$, of the sum of all integers $z \\le {last}$ that can be "
            "written as $z = {b} + {e}i$ and also as $z = {a} + {d}j$ with non-negative integers $i$ and $j$?",
        ),
        working=_common_working,
        distinct=(4e6, 1e8, 1e10),
        alike=(("a", "d"), ("b", "e")),
    ),
)
