"""Numbers as the sum or the difference of two squares."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise
from math import isqrt

from ...stream import Stream
from ..family import Family
from ..integers import CACHED, divisors, factored, factors


def sum_of_two_squares(n: int) -> int:
    """The sum of all positive x for which n - x^2 is the square of a positive integer; n from 1."""
    pairs = _pairs(n)[-1][1]
    return sum(x + y if x < y else x for x, y in pairs if x)


def _pairs(n: int) -> list[tuple[int, list[tuple[int, int]]]]:
    """All x <= y from 0 on with x^2 + y^2 = n: for 1, and for n as its primes are multiplied together one by one.

    Fermat and Euler: a prime that leaves 1 on division by 4 is a^2 + b^2 in one way, and a product of two sums of
    squares, x^2 + y^2 and a^2 + b^2, is (ax - by)^2 + (ay + bx)^2 and (ax + by)^2 + (ay - bx)^2; each way to write the
    product arises from one to write the first. A prime that leaves 3 must occur as a square and is a factor of x and y.
    """
    steps = [(1, [(0, 1)])]
    for p, e in factors(n):
        if p % 4 == 3:
            reached, pairs = steps[-1]
            root = p ** (e // 2)
            steps.append((reached * p**e, [] if e % 2 else [(root * x, root * y) for x, y in pairs]))
            continue
        for _ in range(e):
            reached, pairs = steps[-1]
            a, b = _prime_as_squares(p)
            found = {tuple(sorted((abs(a * x - b * y), a * y + b * x))) for x, y in pairs}
            found |= {tuple(sorted((a * x + b * y, abs(a * y - b * x)))) for x, y in pairs}
            steps.append((reached * p, sorted((x, y) for x, y in found)))
    return steps


@lru_cache(CACHED)
def _prime_as_squares(p: int) -> tuple[int, int]:
    return next((a, isqrt(p - a * a)) for a in range(1, p) if isqrt(p - a * a) ** 2 == p - a * a)


@cache
def _sums(tier: int) -> tuple[int, ...]:
    """The numbers that a tier asks about: sums of two different squares in a number of ways, with answers to 999."""
    last, ways = ((70, 1), (160, 2), (260, 3))[tier - 1]
    found: dict[int, list[int]] = {}
    for x in range(1, last):
        for y in range(x + 1, isqrt(last * last - x * x) + 1):
            found.setdefault(x * x + y * y, []).append(x + y)
    halved = {2 * x * x for x in range(last)}
    return tuple(sorted(n for n, sums in found.items() if len(sums) >= ways and sum(sums) <= 999 and n not in halved))


def _draw_sum(rng: Stream, tier: int) -> tuple[int]:
    numbers = _sums(tier)
    return (numbers[rng.below(len(numbers))],)


def _brute_sum(n: int) -> int:
    return sum(x for x in range(1, isqrt(n) + 1) if n > x * x and isqrt(n - x * x) ** 2 == n - x * x)


def _working_sum(n: int) -> list[str]:
    steps = _pairs(n)
    lines = [
        f"{n} = {factored(n)}",
        "(x^2 + y^2)(a^2 + b^2) = (ax - by)^2 + (ay + bx)^2 = (ax + by)^2 + (ay - bx)^2; every way comes from one of "
        "the first factor. Primes 3 mod 4 go into x and y.",
    ]
    for (before, _), (reached, pairs) in pairwise(steps):
        factor = reached // before
        ways = " = ".join(f"{x}^2 + {y}^2" for x, y in pairs)
        if isqrt(factor) ** 2 == factor:
            lines.append(f"times {isqrt(factor)}^2: {reached} = {ways}")
        else:
            a, b = _prime_as_squares(factor)
            lines.append(f"times {factor} = {a}^2 + {b}^2: {reached} = {ways}")
    parts = [x + y for x, y in steps[-1][1] if x]
    return [*lines, f"without zeros, both of each pair: {' + '.join(map(str, parts))} = {sum(parts)}"]


def difference_of_two_squares(n: int) -> int:
    """The sum of all positive x for which x^2 - n is the square of a positive integer, modulo 1000; n from 1."""
    return sum(d + e for d, e in _factor_pairs(n)) // 2 % 1000


def _factor_pairs(n: int) -> list[tuple[int, int]]:
    """The d < e with d e = n and an even sum."""
    return [(d, n // d) for d in divisors(n) if d * d < n and (d + n // d) % 2 == 0]


def _draw_difference(rng: Stream, tier: int) -> tuple[int] | None:
    n = rng.between((60, 1000, 5000)[tier - 1], (3000, 20000, 100000)[tier - 1])
    # A square is asked about as a leg of right triangles, in another family.
    return (n,) if n % 4 != 2 and isqrt(n) ** 2 != n and 1 < len(_factor_pairs(n)) < 13 else None


def _brute_difference(n: int) -> int:
    return sum(isqrt(n + y * y) for y in range(1, n // 2 + 1) if isqrt(n + y * y) ** 2 == n + y * y) % 1000


def _working_difference(n: int) -> list[str]:
    pairs = _factor_pairs(n)
    sums = [(d + e) // 2 for d, e in pairs]
    lines = [f"{n} = {factored(n)} = (x - y)(x + y), and the two factors are both even or both odd"]
    lines += [f"{d} * {e}: x = ({d} + {e})/2 = {x}" for (d, e), x in zip(pairs, sums, strict=True)]
    return [*lines, f"{' + '.join(map(str, sums))} = {sum(sums)}, which leaves {sum(sums) % 1000} mod 1000"]


FAMILIES = (
    Family(
        name="sum-of-two-squares",
        area="number theory",
        difficulty=(6, 9, 11),
        parameters=("n",),
        draw=_draw_sum,
        solve=sum_of_two_squares,
        brute=_brute_sum,
        wordings=(
            "Consider all pairs of positive integers $x < y$ whose squares add up to ${n}$. Find the sum of $x + y$ "
            "over all these pairs.",
            "The sides of a rectangle are whole numbers of centimetres, and the square on its diagonal has an area of "
            "${n}$ square centimetres. Find half of the total perimeter, in centimetres, of all rectangles of that "
            "kind, congruent ones being counted as one.",
            "A circle about the origin has the squared radius ${n}$. Find the sum of the first coordinates of those of "
            "its points that have two positive integer coordinates.",
            "A positive integer is called fitting if its square falls short of ${n}$ by the square of a positive "
            "integer. What is the sum of all fitting integers?",
        ),
        working=_working_sum,
        distinct=(1300, 2600, 1100),
    ),
    Family(
        name="difference-of-two-squares",
        area="number theory",
        difficulty=(3, 5, 6),
        parameters=("n",),
        draw=_draw_difference,
        solve=difference_of_two_squares,
        brute=_brute_difference,
        wordings=(
            "Find the sum of all positive integers $x$ for which there is a positive integer $y$ with "
            "$x \\cdot x - y \\cdot y = {n}$. Give its remainder on division by $1000$.",
            "On the floor of a square room lies a square rug; the sides of both are whole numbers of feet, and "
            "${n}$ square feet of the floor stay bare. Add up all possible lengths of the side of the room in feet. "
            "What does the sum leave when divided by $1000$?",
            "Of two different positive integers, the sum is multiplied by the difference, the larger number being "
            "taken first, and the result is ${n}$. Find the sum of the larger numbers of all such pairs modulo $1000$.",
            "The number ${n}$ is to be written as a sum of one or more consecutive positive odd numbers, the least of "
            "which is not one. For each way to do so, note half of the even number that follows the last summand. What "
            "is the remainder when the sum of the noted numbers is divided by $1000$?",
        ),
        working=_working_difference,
        distinct=(1600, 1.1e4, 5.8e4),
    ),
)
