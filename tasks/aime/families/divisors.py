"""Divisors with a property: squares, cubes, and those that are no multiples of a number."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import prod

from ...stream import Stream
from ..family import Family
from ..integers import CACHED, factored, factors


def square_divisors(a: int, x: int, b: int, y: int) -> int:
    """How many squares divide a^x b^y; a and b from 1."""
    return prod(e // 2 + 1 for e in _exponents(a, x, b, y).values())


def _exponents(a: int, x: int, b: int, y: int) -> Counter[int]:
    """The primes in a^x b^y and their exponents."""
    found: Counter[int] = Counter()
    for base, exponent in ((a, x), (b, y)):
        for p, e in factors(base):
            found[p] += e * exponent
    return found


def _draw_squares(rng: Stream, tier: int) -> tuple[int, int, int, int] | None:
    last = (30, 60, 200)[tier - 1]
    a = rng.between(2, last - 1)
    b = rng.between(a + 1, last)
    most = (8, 10, 7)[tier - 1]
    x, y = rng.between(2, most), rng.between(2, most)
    return (a, x, b, y) if len(factors(a)) + len(factors(b)) > tier else None


def _powers_dividing(number: int, exponent: int) -> int:
    """How many powers with an exponent divide a number: their bases are looked for among all its divisors."""
    found = [1]
    p, rest = 2, number
    while rest > 1:
        level = found
        while rest % p == 0:
            rest //= p
            level = [p * d for d in level]
            found = found + level
        p += 1
    return sum(1 for d in found if number % d**exponent == 0)


def _brute_squares(a: int, x: int, b: int, y: int) -> int:
    return _powers_dividing(a**x * b**y, 2)


def _working_squares(a: int, x: int, b: int, y: int) -> list[str]:
    found = _exponents(a, x, b, y)
    lines = [f"{a} = {factored(a)} and {b} = {factored(b)}"]
    for p, e in sorted(found.items()):
        parts = " + ".join(f"{f}*{z}" for base, z in ((a, x), (b, y)) for q, f in factors(base) if q == p)
        lines.append(f"exponent of {p}: {parts} = {e}; even exponents from 0 to {e}: {e // 2 + 1}")
    return [*lines, _multiplied([e // 2 + 1 for _, e in sorted(found.items())])]


def cube_divisors(n: int, k: int) -> int:
    """How many cubes divide n^k; n from 1."""
    return prod(e * k // 3 + 1 for _, e in factors(n))


def _draw_cubes(rng: Stream, tier: int) -> tuple[int, int] | None:
    n = rng.between((12, 100, 200)[tier - 1], 333 * tier)
    k = rng.between(4, 18 + 6 * tier)
    return (n, k) if len(factors(n)) > 1 else None


def _brute_cubes(n: int, k: int) -> int:
    return _powers_dividing(n**k, 3)


def _working_cubes(n: int, k: int) -> list[str]:
    lines = [f"{n} = {factored(n)}"]
    for p, e in factors(n):
        choices = e * k // 3 + 1
        lines.append(f"exponent of {p}: {e}*{k} = {e * k}; multiples of 3 from 0 to {e * k}: {choices}")
    return [*lines, _multiplied([e * k // 3 + 1 for _, e in factors(n)])]


def _multiplied(numbers: list[int]) -> str:
    return f"{' * '.join(map(str, numbers))} = {prod(numbers)}" if len(numbers) > 1 else f"that makes {numbers[0]}"


@lru_cache(CACHED)
def _divisor_sum(n: int) -> int:
    return prod((p ** (e + 1) - 1) // (p - 1) for p, e in factors(n))


def divisor_sum(n: int, d: int) -> int:
    """The sum of the positive divisors of n that are not multiples of d, modulo 1000; n and d from 1."""
    return (_divisor_sum(n) - (0 if n % d else d * _divisor_sum(n // d))) % 1000


def _draw_sum(rng: Stream, tier: int) -> tuple[int, int] | None:
    d = rng.between(2, 10 * tier)
    cofactor = rng.between(12, (2000, 10000, 50000)[tier - 1] // d)
    return (d * cofactor, d) if len(factors(cofactor)) > 1 else None


def _brute_sum(n: int, d: int) -> int:
    return sum(x for x in range(1, n + 1) if n % x == 0 and x % d) % 1000


def _working_sum(n: int, d: int) -> list[str]:
    lines = ["all divisors first:", *_sum_lines(n)]
    total = _divisor_sum(n)
    if n % d:
        lines.append(f"{d} does not divide {n}, so no divisor is a multiple of it")
    else:
        multiples = _divisor_sum(n // d)
        lines += [
            f"the multiples of {d} among them are {d} times the divisors of {n}/{d} = {n // d}:",
            *_sum_lines(n // d),
            f"{total} - {d}*{multiples} = {total - d * multiples}",
        ]
        total -= d * multiples
    return [*lines, f"{total} leaves {total % 1000} when divided by 1000"]


def _sum_lines(n: int) -> list[str]:
    if n == 1:
        return ["1, which has the one divisor 1"]
    lines = [f"{n} = {factored(n)}"]
    sums = []
    for p, e in factors(n):
        sums.append(_divisor_sum(p**e))
        lines.append(f"{' + '.join(str(p**i) for i in range(e + 1))} = {sums[-1]}")
    return [*lines, _multiplied(sums)]


FAMILIES = (
    Family(
        name="square-divisors",
        area="number theory",
        difficulty=(2, 3, 5),
        parameters=("a", "x", "b", "y"),
        draw=_draw_squares,
        solve=square_divisors,
        brute=_brute_squares,
        wordings=(
            "How many positive divisors of ${a}^{{{x}}} \\cdot {b}^{{{y}}}$ are perfect squares? (One is a square.)",
            "A square patio with sides of whole metres is to have an area that, in square metres, divides the product "
            "of ${x}$ factors ${a}$ and ${y}$ factors ${b}$. How many sizes of the patio are possible?",
            "Let $M = {b}^{{{y}}}$ and $N = {a}^{{{x}}}$. Find the number of positive integers $s$ such that $s \\cdot "
            "s$ divides $M \\cdot N$.",
            "The numbers on ${y}$ cards are all ${b}$, those on ${x}$ further cards are all ${a}$, and $P$ is the "
            "product of the numbers on all the cards. Among the positive integers by which $P$ can be divided without "
            "remainder, count the squares of integers.",
        ),
        working=_working_squares,
        distinct=(2e4, 1.1e5, 4e5),
        alike=(("a", "x"), ("b", "y")),
    ),
    Family(
        name="cube-divisors",
        area="number theory",
        difficulty=(2, 3, 4),
        parameters=("n", "k"),
        draw=_draw_cubes,
        solve=cube_divisors,
        brute=_brute_cubes,
        wordings=(
            "How many positive divisors of ${n}^{{{k}}}$ are cubes of integers?",
            "A product has ${k}$ factors, and each of them is ${n}$. Find the number of positive integers whose cube "
            "divides this product.",
            "The volume of a block of metal in cubic millimetres is the product of ${k}$ factors, each of them ${n}$. "
            "The block is melted down and cast, with nothing lost and nothing left over, into one or more equal cubes "
            "whose edges are a whole number of millimetres. How many lengths of the edge are possible?",
            "Let $N$ be the power with exponent ${k}$ and base ${n}$. How many of the positive integers that divide "
            "$N$ are perfect cubes, one included?",
        ),
        working=_working_cubes,
        distinct=(4800, 1.1e4, 1.7e4),
    ),
    Family(
        name="divisor-sum",
        area="number theory",
        difficulty=(2, 4, 5),
        parameters=("n", "d"),
        draw=_draw_sum,
        solve=divisor_sum,
        brute=_brute_sum,
        wordings=(
            "Add up all positive divisors of ${n}$ that are not multiples of ${d}$. What is the remainder when the sum "
            "is divided by $1000$?",
            "Lamps are numbered from one to ${n}$. A lamp is lit if its number divides the number of lamps, unless it "
            "is a multiple of ${d}$. Add the numbers of all lit lamps. What is the sum modulo $1000$?",
            "From the list of positive integers that divide ${n}$ (one and the number itself are among them), every "
            "number that ${d}$ divides is struck out. The others are added. Find the sum modulo $1000$.",
            "Let $T$ be the set of positive integers that ${d}$ does not divide. What remainder does the sum of all "
            "those members of $T$ by which ${n}$ is divisible leave on division by $1000$?",
        ),
        working=_working_sum,
        distinct=(2200, 1.4e4, 7.7e4),
    ),
)
