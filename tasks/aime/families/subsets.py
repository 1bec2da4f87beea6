"""Subsets of the first integers: without two of a given difference, and with a sum of a given remainder."""

from __future__ import annotations

from functools import cache
from math import comb, gcd

from ...stream import Stream
from ..family import Family
from ..integers import divisors, factors
from ..lines import reduced

_BITS = 80
"""of a number for each coefficient of a polynomial: C(999, 8) has 65"""


def _draw_difference(rng: Stream, tier: int) -> tuple[int, int, int]:
    n = rng.between((0, 9, 20, 60)[tier], (0, 40, 60, 160)[tier])
    return n, rng.between((0, 1, 2, 6)[tier], (0, 4, 7, 14)[tier]), rng.between(1 + tier, 3 + tier)


@cache
def _chain(length: int, most: int) -> int:
    """By their size, up to `most`: the subsets of a row of that length without two neighbours."""
    return sum(comb(length - j + 1, j) << _BITS * j for j in range(min(most, (length + 1) // 2) + 1))


def subsets_without_difference(n: int, difference: int, size: int) -> int:
    """Subsets of 1 to n of a size in which no two elements have the difference, mod 1000."""
    length, longer = divmod(n, difference)
    sizes: int = _chain(length + 1, size) ** longer * _chain(length, size) ** (difference - longer)
    return (sizes >> _BITS * size & (1 << _BITS) - 1) % 1000


def _brute_difference(n: int, difference: int, size: int) -> int:
    """Go through 1, 1 + d, 1 + 2d, ..., 2, 2 + d, ... and take or leave each number."""
    left, taken = [1] + [0] * size, [0] * (size + 1)
    for residue in range(1, difference + 1):
        left, taken = [a + b for a, b in zip(left, taken, strict=True)], [0] * (size + 1)
        for _ in range(residue, n + 1, difference):
            left, taken = [a + b for a, b in zip(left, taken, strict=True)], [0, *left[:-1]]
    return (left[size] + taken[size]) % 1000


def _working_difference(n: int, difference: int, size: int) -> list[str]:
    length, longer = divmod(n, difference)
    parts = [(longer, length + 1), (difference - longer, length)]
    lines: list[str] = []
    row = [1] + [0] * size
    for count, chain in parts:
        if not count:
            continue
        each = [comb(chain - j + 1, j) if 2 * j <= chain + 1 else 0 for j in range(size + 1)]
        lines.append(f"{count} chains of {chain}; choices of j, C({chain + 1}-j,j): {', '.join(map(str, each))}")
        for _ in range(count):
            row = [sum(row[i] * each[j - i] for i in range(j + 1)) % 1000 for j in range(size + 1)]
            lines.append(", ".join(map(str, row)))
    return [
        f"steps of {difference} split 1 to {n} into {difference} chains; of a chain no neighbours are taken",
        f"multiply the choices chain by chain, mod 1000, for the sizes 0 to {size}:",
        *lines,
        f"size {size}: {row[size]}",
    ]


def _draw_sums(rng: Stream, tier: int) -> tuple[int, int, int]:
    divisor = rng.between((0, 3, 6, 10)[tier], (0, 9, 16, 40)[tier])
    return divisor * rng.between(1 + tier, (0, 16, 12, 14)[tier]), divisor, rng.below(divisor)


@cache
def _mobius(n: int) -> int:
    return 0 if any(exponent > 1 for _, exponent in factors(n)) else (-1 if len(factors(n)) % 2 else 1)


@cache
def ramanujan_sum(order: int, power: int) -> int:
    """The sum of the powers of all primitive roots of unity of an order.

    >>> ramanujan_sum(6, 1), ramanujan_sum(6, 0), ramanujan_sum(5, 2)
    (1, 2, -1)
    """
    return sum(_mobius(order // d) * d for d in divisors(gcd(order, power)))


def subsets_by_sum(n: int, divisor: int, remainder: int) -> int:
    """Subsets of 1 to n, a multiple of the divisor, whose sum leaves the remainder, mod 1000 (roots of unity)."""
    modulus = 1000 * divisor
    total = sum(
        ramanujan_sum(order, remainder % order) * pow(2, n // order, modulus)
        for order in divisors(divisor)
        if order % 2
    )
    return total % modulus // divisor


def _brute_sums(n: int, divisor: int, remainder: int) -> int:
    """Take or leave each number and keep count by the remainder of the sum."""
    ways = [1] + [0] * (divisor - 1)
    for number in range(1, n + 1):
        ways = [ways[r] + ways[(r - number) % divisor] for r in range(divisor)]
    return ways[remainder] % 1000


def _mirror_sums(n: int, divisor: int, remainder: int) -> tuple[int, int, int]:
    """The numbers left out."""
    return n, divisor, (n * (n + 1) // 2 - remainder) % divisor


def _working_sums(n: int, divisor: int, remainder: int) -> list[str]:
    modulus = 1000 * divisor
    orders = [order for order in divisors(divisor) if order % 2]
    squares = [2]
    while len(squares) < n.bit_length():
        squares.append(squares[-1] ** 2 % modulus)
    lines, values = [], []
    for order in orders:
        exponent, power, steps = n // order, 1, list[str]()
        for bit, square in enumerate(squares):
            if exponent >> bit & 1:
                power = power * square % modulus
                steps.append(str(power))
        factor = ramanujan_sum(order, remainder % order)
        values.append(factor * power)
        lines.append(f"d = {order}: 2^{exponent}: {', '.join(steps)}; c = {factor}, product {factor * power}")
    return [
        f"{divisor}*N: sum over the {divisor}th roots of unity z of z^-{remainder} (1+z)(1+z^2)...(1+z^{n})",
        f"z of odd order d makes the product 2^({n}/d), of even order 0",
        f"z^-{remainder} over order d adds up to c = sum of mu(d/g) g over g dividing gcd(d,{remainder})",
        f"2^1, 2^2, 2^4, 2^8, ... mod {modulus}: {', '.join(map(str, squares))}",
        *lines,
        reduced(" + ".join(map(str, values)).replace("+ -", "- "), sum(values), modulus),
        f"N = {sum(values) % modulus}/{divisor} = {sum(values) % modulus // divisor}",
    ]


FAMILIES = (
    Family(
        name="subsets-without-difference",
        area="counting",
        difficulty=(6, 9, 13),
        parameters=("n", "d", "k"),
        draw=_draw_difference,
        solve=subsets_without_difference,
        brute=_brute_difference,
        wordings=(
            "How many subsets of the positive integers not greater than ${n}$ have exactly ${k}$ elements, no two of "
            "which differ by exactly ${d}$? Find the remainder when the number is divided by $1000$.",
            "From the houses numbered one to ${n}$, a postman picks ${k}$ for a test. The numbers of two picked houses "
            "may have any difference but ${d}$. The order of the picks is of no interest. In how many ways can he "
            "pick? Reduce modulo $1000$.",
            "Let $S$ be a set of ${k}$ integers from one to ${n}$. Call $S$ free of the distance ${d}$ if $x + y$ is "
            "not in $S$ whenever $x$ is in $S$ and $y$ is that distance. Let $N$ be the number of free sets $S$. What "
            "is $N$ modulo $1000$?",
            "Two people among a row of ${n}$ quarrel if and only if the number of people who stand between them is one "
            "less than ${d}$. A committee of ${k}$ of them in which nobody quarrels is to be chosen from the row, "
            "which does not move. State the number of such committees modulo $1000$.",
        ),
        working=_working_difference,
        distinct=(3.8e2, 7.4e2, 2.7e3),
        slots={"n": (100, 999)},
    ),
    Family(
        name="subset-sums",
        area="counting",
        difficulty=(10, 13, 15),
        parameters=("n", "m", "r"),
        draw=_draw_sums,
        solve=subsets_by_sum,
        brute=_brute_sums,
        wordings=(
            "For how many subsets of the set of the integers from one to ${n}$ does the sum of the elements leave the "
            "remainder ${r}$ when it is divided by ${m}$? The empty set counts, with the sum zero. Give the answer "
            "modulo $1000$.",
            "Weights of one gram, two grams, and so on up to ${n}$ grams are given, one of each. Any of them may be "
            "put on a scale, none or all if one likes. Let $N$ be the number of choices whose total in grams is ${r}$ "
            "more than a multiple of ${m}$, zero being a multiple. Find $N$ modulo $1000$.",
            "Let $e_i$, for each integer $i$ from one to ${n}$, be either zero or one. What remainder modulo $1000$ "
            "has the number of all choices for which the sum of the products $i e_i$ is congruent to ${r}$ modulo "
            "${m}$?",
            "A clock has ${m}$ hours, and its only hand stands at zero. One after the other, the integers from one up "
            "to ${n}$ are called out, and after each call the hand either moves on by so many hours or stays. Of all "
            "the ways to decide, count those after which it stands at ${r}$, and reduce the count modulo $1000$.",
        ),
        working=_working_sums,
        mirror=_mirror_sums,
        distinct=(3.8e2, 6.7e2, 4.2e3),
    ),
)
