"""Line-ups in which couples stand together or apart, and permutations with fixed points."""

from __future__ import annotations

from functools import cache
from math import comb, factorial

from ...stream import Stream
from ..family import Family
from ..integers import primes_between
from ..lines import alternating, product

_MODULI = primes_between(101, 997)
"""a prime leaves no factorial below it zero, as 1000 does from 15! on"""


def _modulus(rng: Stream) -> int:
    return _MODULI[rng.below(len(_MODULI))]


def _factorials(last: int, m: int) -> str:
    values = [1]
    for n in range(1, last + 1):
        values.append(values[-1] * n % m)
    return f"0! to {last}!, mod {m}: " + ", ".join(map(str, values))


def _draw_together(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return rng.between(2, 3 + tier), rng.between(2, 1 + tier), rng.between(2, 3 + 2 * tier), _modulus(rng)


def line_ups_together(couples: int, trios: int, singles: int, modulus: int) -> int:
    """Line-ups in which the members of each couple and of each trio stand side by side."""
    inside: int = 2**couples * 6**trios
    return factorial(couples + trios + singles) * inside % modulus


def _brute_together(couples: int, trios: int, singles: int, modulus: int) -> int:
    """Fill the places from the left; whoever has begun a group, the rest of it comes next."""

    @cache
    def ways(couples: int, trios: int, singles: int, rest: int) -> int:
        if rest:
            return rest * ways(couples, trios, singles, rest - 1)
        total = 0 if couples or trios or singles else 1
        if couples:
            total += 2 * couples * ways(couples - 1, trios, singles, 1)
        if trios:
            total += 3 * trios * ways(couples, trios - 1, singles, 2)
        if singles:
            total += singles * ways(couples, trios, singles - 1, 0)
        return total

    return ways(couples, trios, singles, 0) % modulus


def _working_together(couples: int, trios: int, singles: int, modulus: int) -> list[str]:
    blocks = couples + trios + singles
    lines = [
        f"blocks to put in order: {couples} + {trios} + {singles} = {blocks}",
        "a couple has 2 orders inside, a trio 3! = 6",
        f"count {blocks}! * 2^{couples} * 6^{trios}",
    ]
    value = 1
    for factor in [*range(2, blocks + 1), 2**couples, 6**trios]:
        line, value = product((value, factor), modulus)
        lines.append(line)
    return lines


def _draw_apart(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    couples = rng.between(1 + tier, 2 + 2 * tier)
    return couples, rng.below(couples), rng.between(2, 2 + tier), _modulus(rng)


def line_ups_apart(couples: int, together: int, singles: int, modulus: int) -> int:
    """Line-ups in which exactly `together` of the couples stand side by side."""
    rest, blocks = couples - together, 2 * couples + singles - together
    total: int = sum((-2) ** j * comb(rest, j) * factorial(blocks - j) for j in range(rest + 1))
    return comb(couples, together) * (total << together) % modulus


def _brute_apart(couples: int, together: int, singles: int, modulus: int) -> int:
    """Fill the places from the left, knowing whose partner is still to come and whether that is the last one's."""

    @cache
    def ways(untouched: int, halves: int, singles: int, last_waits: bool, together: int) -> int:
        if together < 0:
            return 0
        if not (untouched or halves or singles or last_waits):
            return together == 0
        waiting = halves + last_waits
        total = ways(untouched, halves, singles, False, together - 1) if last_waits else 0
        if singles:
            total += singles * ways(untouched, waiting, singles - 1, False, together)
        if untouched:
            total += 2 * untouched * ways(untouched - 1, waiting, singles, True, together)
        if halves:
            total += halves * ways(untouched, waiting - 1, singles, False, together)
        return total

    return ways(couples, 0, singles, False, together) % modulus


def _working_apart(couples: int, together: int, singles: int, modulus: int) -> list[str]:
    rest, people = couples - together, 2 * couples + singles
    terms = [(comb(rest, j), 2**j, factorial(people - together - j) % modulus) for j in range(rest + 1)]
    lines = alternating(terms, modulus)
    total = sum((-1) ** j * a * b * c for j, (a, b, c) in enumerate(terms)) % modulus
    return [
        f"{people} people; choose the {together} couples: C({couples},{together}) = {comb(couples, together)}",
        f"glue them, then of the other {rest} exclude: sum of (-1)^j C({rest},j) 2^j ({people - together}-j)!",
        _factorials(people - together, modulus),
        *lines,
        f"times C = {comb(couples, together)} and 2^{together} = {2**together} orders inside:",
        product((comb(couples, together), 2**together, total), modulus)[0],
    ]


def _draw_fixed(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    n = rng.between(3 + 2 * tier, 5 + 2 * tier)
    marked = rng.between(2 + tier, n)
    return n, marked, rng.between(0, 1 + tier), _modulus(rng)


def marked_fixed_points(n: int, marked: int, fixed: int, modulus: int) -> int:
    """Permutations of n things that fix exactly `fixed` of `marked` given ones."""
    rest = marked - fixed
    total: int = sum((-1) ** j * comb(rest, j) * factorial(n - fixed - j) for j in range(rest + 1))
    return comb(marked, fixed) * total % modulus


def _brute_fixed(n: int, marked: int, fixed: int, modulus: int) -> int:
    """Go through the sets of things used up; 40 bits of a number for each count of fixed points."""
    ways = [1] + [0] * (2**n - 1)
    for used, way in enumerate(ways):
        person = used.bit_count()
        for thing in range(n):
            if not used >> thing & 1:
                ways[used | 1 << thing] += way << 40 if thing == person < marked else way
    return (ways[-1] >> 40 * fixed & (1 << 40) - 1) % modulus


def _working_fixed(n: int, marked: int, fixed: int, modulus: int) -> list[str]:
    rest, choices = marked - fixed, comb(marked, fixed)
    terms = [(comb(rest, j), factorial(n - fixed - j) % modulus) for j in range(rest + 1)]
    total = sum((-1) ** j * a * b for j, (a, b) in enumerate(terms)) % modulus
    return [
        f"choose the {fixed} that are right: C({marked},{fixed}) = {choices}",
        f"of the {n - fixed} others {rest} must be wrong: sum of (-1)^j C({rest},j) ({n - fixed}-j)!",
        _factorials(n - fixed, modulus),
        *alternating(terms, modulus),
        product((choices, total), modulus)[0],
    ]


FAMILIES = (
    Family(
        name="couples-together",
        area="counting",
        difficulty=(2, 3, 5),
        parameters=("c", "t", "s", "m"),
        draw=_draw_together,
        solve=line_ups_together,
        brute=_brute_together,
        wordings=(
            "A class consists of ${c}$ pairs of twins, ${t}$ sets of triplets and ${s}$ children who have no brother "
            "or sister in the class. All of them form one line in which twins stand side by side and triplets fill "
            "three consecutive places. Find the remainder when the number of possible lines is divided by ${m}$.",
            "On a shelf go ${s}$ single books, ${t}$ works in three volumes and ${c}$ works in two volumes; no two "
            "books are alike. Let $N$ be the number of orders from left to right in which the volumes of each work "
            "stand together, though in any order among themselves. Compute $N$ modulo ${m}$.",
            "Beads, no two of the same colour, are threaded on a straight wire with marked ends. Apart from ${s}$ "
            "loose beads there are ${t}$ groups of three and ${c}$ groups of two, and the beads of a group must not be "
            "separated by any bead that is not in it. What remainder does the number of possible orders leave on "
            "division by ${m}$?",
            "Of the lorries at a car park, no two alike, ${c}$ firms have sent two each, ${s}$ firms one each and "
            "${t}$ firms three each. They are to be parked one behind the other so that the lorries of each firm "
            "occupy consecutive places, in any order. What remainder does the number of ways to do so leave on "
            "division by ${m}$?",
        ),
        working=_working_together,
        distinct=(1.7e3, 7e3, 1.6e4),
        slots={"m": (100, 999)},
    ),
    Family(
        name="couples-apart",
        area="counting",
        difficulty=(6, 8, 10),
        parameters=("c", "j", "s", "m"),
        draw=_draw_apart,
        solve=line_ups_apart,
        brute=_brute_apart,
        wordings=(
            "For a photograph ${c}$ married couples and ${s}$ single guests stand in a row. In how many of the orders "
            "from left to right is the number of couples whose two partners stand next to each other exactly ${j}$? "
            "Give the remainder on division by ${m}$.",
            "Find, modulo ${m}$, the number of ways to hang ${s}$ portraits and ${c}$ pairs of landscapes in one line "
            "so that the number of pairs whose two landscapes are neighbours is ${j}$. No two pictures are the same.",
            "Among the people in a queue are ${s}$ who came alone; everybody else came in one of ${c}$ groups of two. "
            "Call a group of two close if nobody stands between its members. Let $N$ be the number of orders of the "
            "whole queue in which the number of close groups is ${j}$. What is the remainder when $N$ is divided by "
            "${m}$?",
            "All shoes of ${c}$ pairs, left and right ones, are put in a row together with ${s}$ different hats. No "
            "two pairs are alike. A pair counts as matched when its shoes are adjacent, whichever comes first. Take "
            "the number of rows in which the number of matched pairs is ${j}$, divide it by ${m}$, and give the "
            "remainder.",
        ),
        working=_working_apart,
        distinct=(2.4e3, 7.2e3, 1.7e4),
        slots={"m": (100, 999)},
    ),
    Family(
        name="fixed-points",
        area="counting",
        difficulty=(5, 7, 9),
        parameters=("n", "a", "k", "m"),
        draw=_draw_fixed,
        solve=marked_fixed_points,
        brute=_brute_fixed,
        wordings=(
            "At a party each of the ${n}$ guests leaves an umbrella, no two of them alike; ${a}$ of the guests are "
            "teachers. On leaving everyone takes one umbrella. In how many ways can the umbrellas be taken so that the "
            "number of teachers who get their own is exactly ${k}$? Answer with the remainder on division by ${m}$.",
            "Let $N$ be the number of permutations $f$ of the integers from one to ${n}$ for which $f(x) = x$ holds "
            "for exactly ${k}$ of the integers $x$ from one to ${a}$. Find $N$ modulo ${m}$.",
            "A clerk puts letters into addressed envelopes, one in each, and ${a}$ of the letters are urgent. There "
            "are as many envelopes as letters, namely ${n}$, and each letter belongs in an envelope of its own. What "
            "remainder on division by ${m}$ does the number of ways leave in which the number of urgent letters in the "
            "right envelope is ${k}$?",
            "Books numbered in their proper order, ${n}$ in all, are put back on the shelf in some order. Count the "
            "orders in which ${k}$ is the number of books at their proper place among the first ones, from number one "
            "to number ${a}$; other books may be anywhere. What is the remainder when the count is divided by ${m}$?",
        ),
        working=_working_fixed,
        distinct=(4.8e3, 8.3e3, 1.2e4),
        slots={"m": (100, 999)},
    ),
)
