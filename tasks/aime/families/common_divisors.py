"""Greatest common divisors over a range: how often one value occurs, and their sum."""

from __future__ import annotations

from functools import lru_cache
from math import gcd, prod

from ...stream import Stream
from ..family import Family
from ..integers import CACHED, factored, factors


@lru_cache(CACHED)
def _signed(n: int) -> tuple[tuple[int, int], ...]:
    """The divisors of n without a square factor, each with the sign of inclusion-exclusion."""
    found = [(1, 1)]
    for p, _ in factors(n):
        found += [(d * p, -sign) for d, sign in found]
    return tuple(sorted(found))


def gcd_count(n: int, m: int, d: int) -> int:
    """How many integers from 1 to n have the greatest common divisor d with m; m and d from 1."""
    return 0 if m % d else sum(sign * (n // d // c) for c, sign in _signed(m // d))


def _draw_gcd(rng: Stream, tier: int) -> tuple[int, int, int]:
    d = rng.between(2, (9, 15, 30)[tier - 1])
    m = d * rng.between((6, 20, 60)[tier - 1], (40, 200, 999)[tier - 1])
    return rng.between(100, (500, 5000, 20000)[tier - 1]), m, d


def _brute_gcd(n: int, m: int, d: int) -> int:
    return sum(1 for x in range(1, n + 1) if gcd(x, m) == d)


def _working_gcd(n: int, m: int, d: int) -> list[str]:
    last, rest = n // d, m // d
    lines = [
        f"x = {d}t with t <= floor({n}/{d}) = {last}, and t coprime to {m}/{d} = {rest} = {factored(rest)}",
        f"multiples of c up to {last}: + if c has an even number of primes, - if odd",
    ]
    lines += [f"{'+' if sign > 0 else '-'}: floor({last}/{c}) = {last // c}" for c, sign in _signed(rest)]
    terms = " ".join(f"{'+' if sign > 0 else '-'} {last // c}" for c, sign in _signed(rest))
    return [*lines, f"{terms[2:]} = {gcd_count(n, m, d)}"]


def gcd_sum(n: int) -> int:
    """The sum of gcd(k, n) over k from 1 to n, modulo 1000; n from 1.

    The sum is multiplicative (Pillai's function), and p^(e-1) ((e + 1) p - e) for a prime power.
    """
    total: int = prod(p ** (e - 1) * ((e + 1) * p - e) for p, e in factors(n))
    return total % 1000


def _draw_gcd_sum(rng: Stream, tier: int) -> tuple[int] | None:
    n = rng.between(10 ** (tier + 1) // 2, 10 ** (tier + 2))
    return (n,) if len(factors(n)) > 1 else None


def _brute_gcd_sum(n: int) -> int:
    return sum(gcd(k, n) for k in range(1, n + 1)) % 1000


def _working_gcd_sum(n: int) -> list[str]:
    lines = [
        f"{n} = {factored(n)}",
        "The sum for n is the product of those for its prime powers. In p^e, gcd p^i comes p^(e-i) - p^(e-i-1) times:",
    ]
    sums = []
    for p, e in factors(n):
        terms = [f"{p**i}*{p ** (e - i) - p ** (e - i - 1)}" for i in range(e)]
        sums.append(p ** (e - 1) * ((e + 1) * p - e))
        lines.append(f"{p**e}: {' + '.join(terms)} + {p**e} = {sums[-1]}")
    lines.append(f"{' * '.join(map(str, sums))} = {prod(sums)}")
    return [*lines, f"it leaves {prod(sums) % 1000} when divided by 1000"]


FAMILIES = (
    Family(
        name="gcd-count",
        area="number theory",
        difficulty=(2, 4, 6),
        parameters=("n", "m", "d"),
        draw=_draw_gcd,
        solve=gcd_count,
        brute=_brute_gcd,
        wordings=(
            "How many positive integers $x \\le {n}$ are there such that the greatest common divisor of $x$ and ${m}$ "
            "is ${d}$?",
            "To reduce the fraction $\\frac{{x}}{{{m}}}$ to lowest terms in a single step, numerator and denominator "
            "have to be divided by ${d}$. For how many of the integers $x$ from one to ${n}$ is that so?",
            "Let the bond of two positive integers be the largest integer that divides both. How many of the first "
            "${n}$ positive integers have the bond ${d}$ with ${m}$?",
            "Ribbons of length ${m}$ and $x$ are cut into pieces, all of the same integer length and as long as "
            "possible, with nothing left over. The pieces turn out to have length ${d}$. How many integers $x$ with "
            "$0 < x \\le {n}$ are possible?",
        ),
        working=_working_gcd,
        distinct=(1.1e5, 1.1e7, 4e8),
        slots={"n": (2, 999)},
    ),
    Family(
        name="gcd-sum",
        area="number theory",
        difficulty=(7, 9, 12),
        parameters=("n",),
        draw=_draw_gcd_sum,
        solve=gcd_sum,
        brute=_brute_gcd_sum,
        wordings=(
            "For each integer $k$ from one to ${n}$, both included, take the greatest common divisor of $k$ and the "
            "last number of this range. Find the sum of these divisors modulo $1000$.",
            "Let $N = {n}$, and let $g(k)$ be the largest integer that divides both $k$ and $N$. What is the remainder "
            "when $g$, summed over all positive integers $k \\le N$, is divided by $1000$?",
            "A rectangle of unit squares has one side of length ${n}$, and the other side has length $k$. The corners "
            "of unit squares that lie on a diagonal cut it into equal parts. Add up the numbers of parts for all "
            "integers $k$ from one to the length of the first side, a square being the last rectangle. What remains "
            "when the sum is divided by $1000$?",
            "A number of ${n}$ stones lie in a circle around a pond. A frog that always jumps $k$ stones onward comes "
            "back to its first stone and may have missed others; let $c(k)$ be the least number of such frogs that "
            "together visit all stones, each beginning on a stone of its choice. Add up $c(k)$ for all integers $k$ "
            "from one to the number of stones. What is the sum modulo $1000$?",
        ),
        working=_working_gcd_sum,
        distinct=(780, 7.8e3, 7.8e4),
        slots={"n": (2, 999)},
    ),
)
