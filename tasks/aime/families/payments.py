"""Totals that coins pay: in how many ways, and which not at all."""

from __future__ import annotations

from math import gcd

from ...stream import Stream
from ..family import Family
from ..integers import congruence


def linear_solutions(a: int, b: int, n: int) -> int:
    """How many pairs of positive integers x, y have a x + b y = n; a and b from 1."""
    found = congruence(n, a, 0, b)  # b y, of the residues that leave a multiple of a
    if found is None:
        return 0
    residue, period = found
    least = residue or period
    return 0 if least > n - a else (n - a - least) // period + 1


def _draw_solutions(rng: Stream, tier: int) -> tuple[int, int, int] | None:
    last = (12, 30, 80)[tier - 1]
    a = rng.between(2, last - 1)
    b = rng.between(a + 1, last)
    n = rng.between(5 * 10**tier, (999, 6000, 40000)[tier - 1])
    return None if n % gcd(a, b) else (a, b, n)


def _brute_solutions(a: int, b: int, n: int) -> int:
    return sum(1 for x in range(1, n // a + 1) if n > a * x and (n - a * x) % b == 0)


def _working_solutions(a: int, b: int, n: int) -> list[str]:
    common = gcd(a, b)
    lines = [f"gcd({a}, {b}) = {common}"]
    if n % common:
        return [*lines, f"it does not divide {n}, so there are 0"]
    a, b, n = a // common, b // common, n // common
    if common > 1:
        lines.append(f"divided by it: {a}x + {b}y = {n}")
    inverse = pow(a, -1, b)
    least = n * inverse % b or b
    lines += [
        f"{a}*{inverse} = {a * inverse}, which is {1 % b} mod {b}",
        f"so x is {n}*{inverse} = {n * inverse} mod {b}: {least}, and on in steps of {b}",
        f"y >= 1 means {a}x <= {n} - {b} = {n - b}, x <= {(n - b) // a}",
    ]
    last = (n - b) // a
    if least > last:
        return [*lines, f"{least} > {last}, so there are 0"]
    steps = (last - least) // b
    return [*lines, f"floor(({last} - {least})/{b}) = {steps} steps, {steps + 1} values of x"]


def largest_unpayable(a: int, b: int, c: int) -> int:
    """The largest integer that is no sum of numbers a, b and c, all from 1 and without a common divisor of the three.

    It is -1 where one of them is 1, and at least a b c - a where they have a common divisor and there is no largest.
    """
    return max(_least_payable(a, b, c)) - a


def _least_payable(a: int, b: int, c: int) -> list[int]:
    """The least total of each remainder modulo a that coins b and c pay; a total is payable if it is not below that.

    Steps of one coin lead around cycles of remainders, and two rounds settle a cycle (Boecker and Liptak 2007).
    """
    least = [0] + [a * b * c] * (a - 1)
    for coin in (b, c):
        cycles = gcd(a, coin)
        for start in range(cycles):
            r = start
            for _ in range(2 * (a // cycles)):
                total = least[r] + coin
                r = (r + coin) % a
                if total < least[r]:
                    least[r] = total
    return least


def _draw_largest(rng: Stream, tier: int) -> tuple[int, int, int] | None:
    a = rng.between((4, 6, 9)[tier - 1], (9, 13, 18)[tier - 1])
    last = (40, 60, 99)[tier - 1]
    b, c = sorted((rng.between(a + 1, last), rng.between(a + 1, last)))
    superfluous = b % a == 0 or any(rest % a == 0 for rest in range(c, -1, -b))
    return None if superfluous or gcd(a, b, c) > 1 else (a, b, c)


def _brute_largest(a: int, b: int, c: int) -> int:
    """Try all totals until a payable ones follow one another."""
    payable, largest, total = [True], -1, 0
    while total - largest < a:
        total += 1
        payable.append(any(coin <= total and payable[total - coin] for coin in (a, b, c)))
        if not payable[-1]:
            largest = total
    return largest


def _working_largest(a: int, b: int, c: int) -> list[str]:
    least = _least_payable(a, b, c)
    lines = [f"Least totals of {b}s and {c}s for each remainder mod {a}; adding {a}s reaches all above them:"]
    for r, total in enumerate(least[1:], 1):
        j = next(j for j in range(total // c + 1) if (total - c * j) % b == 0)
        lines.append(f"{r}: {(total - c * j) // b}*{b} + {j}*{c} = {total}")
    return [*lines, f"the greatest is {max(least)}, and {max(least)} - {a} = {max(least) - a} is the last gap"]


def unpayable_count(a: int, b: int) -> int:
    """How many positive integers are no sum of numbers a and b, which are coprime."""
    return (a - 1) * (b - 1) // 2


def _draw_count(rng: Stream, tier: int) -> tuple[int, int] | None:
    a = rng.between((3, 5, 8)[tier - 1], (25, 32, 40)[tier - 1])
    b = rng.between(a + 1, min((80, 150, 250)[tier - 1], 1998 // (a - 1) + 1))
    return (a, b) if gcd(a, b) == 1 else None


def _brute_count(a: int, b: int) -> int:
    return sum(1 for n in range(1, a * b) if all((n - a * x) % b for x in range(n // a + 1)))


def _working_count(a: int, b: int) -> list[str]:
    largest = a * b - a - b
    return [
        f"gcd({a}, {b}) = 1, so the largest total that cannot be paid is {a}*{b} - {a} - {b} = {largest}",
        f"of n and {largest} - n, for n = 0 to {largest}, exactly one can be paid",
        f"so half of the {largest + 1} numbers cannot: {largest + 1}/2 = {(largest + 1) // 2}",
    ]


FAMILIES = (
    Family(
        name="linear-solutions",
        area="number theory",
        difficulty=(1, 3, 5),
        parameters=("a", "b", "n"),
        draw=_draw_solutions,
        solve=linear_solutions,
        brute=_brute_solutions,
        wordings=(
            "How many ordered pairs $(x, y)$ of positive integers satisfy ${a}x + {b}y = {n}$?",
            "A bill of ${n}$ coins is made up of small plates at ${a}$ coins and large plates at ${b}$ coins, with at "
            "least one plate of each kind. How many numbers of small plates are possible?",
            "A rope of length ${n}$ is cut completely into pieces of length ${b}$ and pieces of length ${a}$, and both "
            "lengths occur. In how many ways can the numbers of pieces be chosen?",
            "How many positive multiples of ${b}$ are less than ${n}$ and differ from it by a multiple of ${a}$?",
        ),
        working=_working_solutions,
        distinct=(3.8e4, 1.6e6, 7.8e7),
        alike=(("a",), ("b",)),
    ),
    Family(
        name="largest-unpayable",
        area="number theory",
        difficulty=(6, 9, 12),
        parameters=("a", "b", "c"),
        draw=_draw_largest,
        solve=largest_unpayable,
        brute=_brute_largest,
        wordings=(
            "Find the largest integer that is not of the form ${a}x + {b}y + {c}z$ with integers $x, y, z \\ge 0$.",
            "A bakery sells rolls in bags of ${b}$, of ${c}$ and of ${a}$ and opens no bag. What is the largest number "
            "of rolls that one cannot buy exactly?",
            "In a game every move scores ${c}$, ${a}$ or ${b}$ points, and the number of moves is not limited. Which "
            "is the greatest total that can never be reached?",
            "A path is to be covered without gap or overlap by planks, which are ${b}$, ${a}$ and ${c}$ feet long and "
            "must not be cut; any number of each length may be used, also none. All but finitely many whole numbers of "
            "feet can be covered. Find the largest length in feet that cannot.",
        ),
        working=_working_largest,
        distinct=(1600, 6000, 2.4e4),
        alike=(("a",), ("b",), ("c",)),
    ),
    Family(
        name="unpayable-count",
        area="number theory",
        difficulty=(3, 4, 6),
        parameters=("a", "b"),
        draw=_draw_count,
        solve=unpayable_count,
        brute=_brute_count,
        wordings=(
            "How many positive integers cannot be written as ${a}x + {b}y$ with integers $x, y \\ge 0$?",
            "A country has coins of two kinds, worth ${b}$ and ${a}$ cents, and no change is given. How many positive "
            "whole numbers of cents cannot be paid exactly?",
            "A lift goes up by ${a}$ floors or by ${b}$ floors at a time, never down, and starts on the ground floor "
            "of a tower without an end. How many of the floors above the ground does it never reach?",
            "Weights of ${b}$ grams and weights of ${a}$ grams are at hand in any number. All of the chosen weights "
            "lie on one pan of a balance. How many of the positive integers are not the mass in grams of anything that "
            "can be balanced on the other pan?",
        ),
        working=_working_count,
        distinct=(930, 1600, 1600),
        alike=(("a",), ("b",)),
    ),
)
