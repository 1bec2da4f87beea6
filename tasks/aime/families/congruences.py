"""How many integers meet congruences, and when powers return to one."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import gcd

from ...stream import Stream
from ..family import Family
from ..integers import CACHED, congruence, factored, factors, members


def crt_count(m: int, r: int, k: int, s: int, n: int) -> int:
    """How many integers from 1 to n are r modulo m and s modulo k; m and k from 1."""
    found = congruence(r, m, s, k)
    return members(*found, n) if found else 0


def _draw_crt(rng: Stream, tier: int) -> tuple[int, int, int, int, int] | None:
    last = (14, 25, 60)[tier - 1]
    m = rng.between(3, last - 1)
    k = rng.between(m + 1, last)
    x, n = rng.below(m * k), rng.between(10 ** (tier + 1), 10 ** (tier + 2) - 1)
    return m, x % m, k, x % k, n


def _brute_crt(m: int, r: int, k: int, s: int, n: int) -> int:
    return sum(1 for x in range(1, n + 1) if x % m == r and x % k == s)


def _working_crt(m: int, r: int, k: int, s: int, n: int) -> list[str]:
    common = gcd(m, k)
    period, difference = k // common, (s - r) // common
    lines = [f"x = {r} + {m}t, and {m}t must be {s} - {r} = {s - r} mod {k}"]
    if common > 1:
        lines.append(f"divide by gcd({m}, {k}) = {common}: {m // common}t = {difference} mod {period}")
    inverse = pow(m // common, -1, period)
    t = difference * inverse % period
    first = r + m * t or m * period
    count = members(first, m * period, n)
    lines += [
        f"{m // common}*{inverse} = {m // common * inverse}, which is {1 % period} mod {period}",
        f"t = {difference}*{inverse} = {difference * inverse}, which is {t} mod {period}",
        f"x = {r} + {m}*{t} = {r + m * t}, and again after every lcm = {m}*{period} = {m * period}",
        f"the first positive x is {first}",
    ]
    if not count:
        return [*lines, f"{first} > {n}, so there are 0"]
    return [*lines, f"floor(({n} - {first})/{m * period}) = {count - 1}, and the first itself: {count}"]


@lru_cache(512)
def _square_roots(m: int) -> tuple[tuple[int, ...], ...]:
    """For each remainder modulo m, whose squares leave it."""
    roots: list[list[int]] = [[] for _ in range(m)]
    for x in range(m):
        roots[x * x % m].append(x)
    return tuple(map(tuple, roots))


def _roots(r: int, m: int) -> list[tuple[tuple[int, ...], int]]:
    """The x modulo m with x^2 = r, each with its remainders modulo the prime powers in m."""
    powers = [p**e for p, e in factors(m)]
    found = []
    for remainders in product(*(_square_roots(power)[r % power] for power in powers)):
        x, period = 0, 1
        for remainder, power in zip(remainders, powers, strict=True):
            x += (remainder - x) * pow(period, -1, power) % power * period
            period *= power
        found.append((remainders, x))
    return found


def square_residue_count(n: int, r: int, m: int) -> int:
    """How many x from 1 to n have squares that are r modulo m; m from 1, and small enough to list its remainders."""
    return sum(members(x, m, n) for _, x in _roots(r, m))


def _draw_square(rng: Stream, tier: int) -> tuple[int, int, int] | None:
    m = rng.between((12, 40, 100)[tier - 1], (60, 200, 800)[tier - 1])
    kinds = len(factors(m))
    r = rng.below(m) ** 2 % m
    n = rng.between((100, 500, 2000)[tier - 1], (999, 9999, 99999)[tier - 1])
    return (n, r, m) if kinds >= min(tier, 2) and 2 <= len(_roots(r, m)) <= 12 else None


def _brute_square(n: int, r: int, m: int) -> int:
    return sum(1 for x in range(1, n + 1) if x * x % m == r)


def _working_square(n: int, r: int, m: int) -> list[str]:
    powers = [p**e for p, e in factors(m)]
    lines = []
    for power in powers:
        roots = _square_roots(power)[r % power]
        lines.append(f"mod {power}: x^2 = {r % power}, so x = {', '.join(map(str, roots))}")
    found = _roots(r, m)
    if len(powers) > 1:
        lines.append(f"remainders mod {', '.join(map(str, powers))} give x mod {m}:")
        lines += [f"{', '.join(map(str, remainders))}: {x}" for remainders, x in found]
    whole, rest = divmod(n, m)
    extra = [x for _, x in found if 1 <= x <= rest]
    return [
        *lines,
        f"{n} = {whole}*{m} + {rest}: {whole} full periods with {len(found)} each, {whole * len(found)}",
        f"in the rest, from 1 to {rest}: {', '.join(map(str, sorted(extra))) or 'none'}, {len(extra)}",
        f"{whole * len(found)} + {len(extra)} = {whole * len(found) + len(extra)}",
    ]


@lru_cache(CACHED)
def _totient(m: int) -> int:
    for p, _ in factors(m):
        m -= m // p
    return m


def multiplicative_order(a: int, m: int) -> int:
    """The least n from 1 on with a^n = 1 modulo m; a and m coprime, m from 2."""
    order = _totient(m)
    for p, e in factors(order):
        for _ in range(e):
            if pow(a, order // p, m) != 1:
                break
            order //= p
    return order


def _draw_order(rng: Stream, tier: int) -> tuple[int, int] | None:
    m = rng.between((20, 100, 400)[tier - 1], (150, 500, 2000)[tier - 1])
    a = rng.between(2, min(m - 2, 300))
    return (a, m) if gcd(a, m) == 1 and pow(a, 2, m) != 1 and pow(a, 3, m) != 1 else None


def _brute_order(a: int, m: int) -> int:
    n, power = 1, a % m
    while power != 1:
        n, power = n + 1, power * a % m
    return n


def _working_order(a: int, m: int) -> list[str]:
    order = _totient(m)
    squares = [a % m]
    while 2 ** len(squares) < order:
        squares.append(squares[-1] ** 2 % m)
    lines = [
        f"{m} = {factored(m)}, so {order} numbers below it are coprime to it",
        f"by Euler's theorem n divides {order} = {factored(order)}",
        f"squaring, mod {m}: " + ", ".join(f"{a}^{2**i}: {x}" for i, x in enumerate(squares)),
    ]
    for p, e in factors(order):
        for _ in range(e):
            tried = order // p
            used = [x for i, x in enumerate(squares) if tried >> i & 1]
            value = pow(a, tried, m)
            lines.append(f"{a}^{tried} is {'*'.join(map(str, used))}, mod {m}: {value}")
            if value != 1:
                break
            order = tried
            lines.append(f"that is 1, so go on with {order}")
    return [*lines, f"no prime can be taken out of {order} any more, so n = {order}"]


FAMILIES = (
    Family(
        name="crt-count",
        area="number theory",
        difficulty=(1, 3, 5),
        parameters=("m", "r", "k", "s", "n"),
        draw=_draw_crt,
        solve=crt_count,
        brute=_brute_crt,
        wordings=(
            "How many of the integers from one to ${n}$, both included, leave the remainder ${r}$ when divided by "
            "${m}$ and the remainder ${s}$ when divided by ${k}$?",
            "One bell rings at every minute whose number is ${r}$ more than a multiple of ${m}$, another one at every "
            "minute whose number is ${s}$ more than a multiple of ${k}$, where zero is a multiple of both. At how many "
            "of the minutes number $t$ with $0 < t \\le {n}$ do both bells ring?",
            "Let $S$ be the set of positive integers $x$ with $x \\equiv {s} \\pmod{{{k}}}$ and "
            "$x \\equiv {r} \\pmod{{{m}}}$. Find the number of elements of $S$ that do not exceed ${n}$.",
            "A heap has at least one coin and at most ${n}$ coins. When as many full rows of ${k}$ coins as possible "
            "are laid, the number of coins left over is ${s}$; with rows of ${m}$ coins it is ${r}$. How many "
            "different sizes may the heap have?",
        ),
        working=_working_crt,
        distinct=(2.4e6, 2.5e8, 8e10),
        alike=(("m", "r"), ("k", "s")),
    ),
    Family(
        name="square-residue-count",
        area="number theory",
        difficulty=(6, 9, 11),
        parameters=("n", "r", "m"),
        draw=_draw_square,
        solve=square_residue_count,
        brute=_brute_square,
        wordings=(
            "For how many positive integers $x \\le {n}$ does the square of $x$ leave the remainder ${r}$ when it is "
            "divided by ${m}$?",
            "Tiles that formed a full square of $x$ by $x$ are packed into boxes of ${m}$ tiles. When no further box "
            "can be filled, the number of tiles left over is ${r}$. How many values of $x$ with $0 < x \\le {n}$ are "
            "possible?",
            "Multiply each of the integers from one to ${n}$ by itself. Among these products, count the ones from "
            "which ${r}$ can be subtracted to give a multiple of ${m}$.",
            "Modulo ${m}$, a residue $x$ is called a root when $x \\cdot x \\equiv {r}$. How many of the numbers "
            "$x$ with $0 < x \\le {n}$ are congruent to a root?",
        ),
        working=_working_square,
        distinct=(5.5e5, 3.8e7, 5e9),
        slots={"n": (2, 999)},
    ),
    Family(
        name="multiplicative-order",
        area="number theory",
        difficulty=(5, 8, 11),
        parameters=("a", "m"),
        draw=_draw_order,
        solve=multiplicative_order,
        brute=_brute_order,
        wordings=(
            "Find the least positive integer $n$ for which ${a}^n$ leaves the remainder one when divided by ${m}$.",
            "In a ring of ${m}$ seats, numbered from zero, the person on seat $s$ moves to the seat whose number is "
            "the remainder of ${a} \\cdot s$ modulo the number of seats; all move at once. After how many such moves "
            "is everybody on the seat where they began, for the first time?",
            "The reciprocal of ${m}$ is written in base ${a}$, where its digits after the point repeat from the first "
            "one on. How many digits has the shortest repeating block?",
            "A number starts at one and is multiplied by ${a}$ again and again; after each step only its remainder "
            "modulo ${m}$ is kept. How many steps pass until it is one again for the first time?",
        ),
        working=_working_order,
        distinct=(6000, 5.8e4, 2.9e5),
    ),
)
