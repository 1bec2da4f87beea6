"""Remainders of large powers, of towers of powers, and of sums of repeated digits."""

from __future__ import annotations

from ...stream import Stream
from ..family import Family
from ..integers import power_lines
from ..lines import reduced


def power_remainder(a: int, b: int, c: int, m: int) -> int:
    """The remainder of a^b + c modulo m; b from 0, m from 1."""
    return (pow(a, b, m) + c) % m


def _draw_power(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return rng.between(2, 30 * tier), rng.between(10, 20 * 10**tier), rng.between(1, 99), rng.between(7, 999)


def _power_by_walking(a: int, b: int, m: int) -> int:
    """Walk along the powers until they repeat."""
    seen: dict[int, int] = {}
    powers: list[int] = []
    x = 1 % m
    while x not in seen:
        seen[x] = len(powers)
        powers.append(x)
        x = x * a % m
    start = seen[x]
    return powers[b] if b < len(powers) else powers[start + (b - start) % (len(powers) - start)]


def _brute_power(a: int, b: int, c: int, m: int) -> int:
    return (_power_by_walking(a, b, m) + c) % m


def _working_power(a: int, b: int, c: int, m: int) -> list[str]:
    value, lines = power_lines(a, b, m)
    return [*lines, f"{value} + {c} = {value + c}, which leaves {(value + c) % m} mod {m}"]


def power_tower(a: int, b: int, c: int) -> int:
    """The last three digits of a^(b^c), as a number; b^c from 3.

    Powers from the third on repeat modulo 8 and 125 with a period that divides 100, Carmichael's function of 1000.
    """
    return pow(a, pow(b, c, 100) + 100, 1000)


def _draw_tower(rng: Stream, tier: int) -> tuple[int, int, int] | None:
    a = rng.between(2, (60, 200, 999)[tier - 1])
    if a % 10 == 0:
        return None
    if tier == 3:
        return a, rng.between(11, 99), rng.between(11, 99)
    return a, rng.between(2, 10 * tier), rng.between(2, 5 * tier)


def _brute_tower(a: int, b: int, c: int) -> int:
    return _power_by_walking(a, b**c, 1000)


def _working_tower(a: int, b: int, c: int) -> list[str]:
    exponent, lower = power_lines(b, c, 100)
    lines = ["From the third power on, powers repeat mod 8 and mod 125, so mod 1000, after 100 steps.", *lower]
    lines.append(f"so {b}^{c} leaves {exponent} mod 100")
    if exponent < 3:
        lines.append(f"the exponent may be taken as {exponent} + 100 = {exponent + 100}")
        exponent += 100
    value, upper = power_lines(a, exponent, 1000)
    return [*lines, *upper, f"the last three digits make {value}"]


def repdigit_sum(d: int, n: int, m: int) -> int:
    """The sum of the n numbers that consist of 1, 2, ..., n digits d, modulo m; n and m from 1.

    The sum is d (10^(n+1) - 10 - 9 n) / 81.
    """
    return (pow(10, n + 1, 81 * m) - 10 - 9 * n) % (81 * m) // 81 * d % m


def _draw_repdigit(rng: Stream, tier: int) -> tuple[int, int, int]:
    return rng.between(2, 9), rng.between(10**tier // 2, 3 * 10**tier), rng.between(11, 199)


def _brute_repdigit(d: int, n: int, m: int) -> int:
    total = repdigit = 0
    for _ in range(n):
        repdigit = 10 * repdigit + d
        total += repdigit
        repdigit %= m
    return total % m


def _working_repdigit(d: int, n: int, m: int) -> list[str]:
    modulus = 81 * m
    power, lines = power_lines(10, n + 1, modulus)
    rest = (power - 10 - 9 * n) % modulus
    ones = rest // 81
    return [
        f"k digits {d} make {d}*(10^k - 1)/9; over k = 1 to {n} that sums to {d}*(10^{n + 1} - 10 - 9*{n})/81.",
        f"Find the bracket mod 81*{m} = {modulus}.",
        *lines,
        reduced(f"{power} - 10 - {9 * n}", power - 10 - 9 * n, modulus),
        f"{rest}/81 = {ones}",
        f"{ones}*{d} = {ones * d}, which leaves {ones * d % m} mod {m}",
    ]


def floor_sum(n: int, a: int, m: int) -> int:
    """The sum of floor(k a / m) over k from 1 to n, modulo 1000; m from 1."""
    total, shift, count = 0, 0, n + 1
    while True:
        # Here `total` lacks the sum of floor((k a + shift) / m) over k from 0 to count - 1.
        total += count * (count - 1) // 2 * (a // m) + count * (shift // m)
        a, shift = a % m, shift % m
        top = a * count + shift
        if top < m:
            return total % 1000
        # The same lattice points below the line, counted by columns instead of rows.
        count, shift = divmod(top, m)
        m, a = a, m


def _draw_floor(rng: Stream, tier: int) -> tuple[int, int, int] | None:
    n, a, m = rng.between(20, 50 * 10**tier), rng.between(2, 50 * tier), rng.between(3, 60 * tier)
    return (n, a, m) if a % m and a * n > m else None


def _brute_floor(n: int, a: int, m: int) -> int:
    return sum(k * a // m for k in range(1, n + 1)) % 1000


def _working_floor(n: int, a: int, m: int) -> list[str]:
    shift, count = 0, n + 1
    parts: list[int] = []
    lines = [
        "S(n,m,a,b) is the sum of floor((a k + b)/m) for k = 0 to n-1.",
        "Whole parts leave it: n(n-1)/2 * floor(a/m) + n * floor(b/m).",
        "Then count points by columns: S(n,m,a,b) = S(floor(t/m),a,m,t mod m), t = an + b.",
        f"S({count},{m},{a},0)",
    ]
    while True:
        terms = [f"{count}*{count - 1}/2*{a // m}"] * (a >= m) + [f"{count}*{shift // m}"] * (shift >= m)
        step = count * (count - 1) // 2 * (a // m) + count * (shift // m)
        a, shift = a % m, shift % m
        if terms:
            parts.append(step % 1000)
            lines.append(f"{' + '.join(terms)} = {step} and S({count},{m},{a},{shift})")
        top = a * count + shift
        if top < m:
            break
        lines.append(f"t = {top}: S({top // m},{a},{m},{top % m})")
        count, shift = divmod(top, m)
        m, a = a, m
    lines.append(f"t = {top} < {m}: the rest is 0")
    return [*lines, f"mod 1000: {' + '.join(map(str, parts))} = {sum(parts)}, which leaves {sum(parts) % 1000}"]


FAMILIES = (
    Family(
        name="power-remainder",
        area="number theory",
        difficulty=(2, 3, 5),
        parameters=("a", "b", "c", "m"),
        draw=_draw_power,
        solve=power_remainder,
        brute=_brute_power,
        wordings=(
            "Find the remainder when ${a}^{{{b}}} + {c}$ is divided by ${m}$.",
            "A counter begins again at zero when it reaches ${m}$. It shows one; its value is multiplied by ${a}$, a "
            "total of ${b}$ times, and then increased by ${c}$. What does it show in the end?",
            "Let $r$ be the remainder that division by ${m}$ leaves of the power with base ${a}$ and exponent ${b}$. "
            "What remainder does division by the same number leave of $r + {c}$?",
            "A number is ${c}$ more than the product of ${b}$ factors, each of them ${a}$. Find its remainder modulo "
            "${m}$.",
        ),
        working=_working_power,
        distinct=(5e8, 1e10, 1.7e11),
        slots={"a": (2, 999), "b": (2, 999), "c": (1, 999)},
    ),
    Family(
        name="power-tower",
        area="number theory",
        difficulty=(4, 6, 8),
        parameters=("a", "b", "c"),
        draw=_draw_tower,
        solve=power_tower,
        brute=_brute_tower,
        wordings=(
            "Find the remainder when ${a}^{{{b}^{{{c}}}}}$ is divided by $1000$. (The exponent of the lower base is "
            "itself a power.)",
            "Let $E$ be the product of ${c}$ factors ${b}$, and let $P$ be the product of $E$ factors ${a}$. Which "
            "number do the last three digits of $P$ form? Zeros in front do not count.",
            "The exponent $e$ is defined as ${b}^{{{c}}}$. What is left over when ${a}^e$ is divided by $1000$?",
            "A sum of money starts at one coin. On every day it is multiplied by ${a}$, and the number of days is "
            "${b}$ raised to the exponent ${c}$. All coins are packed into bags of $1000$. How many coins are left "
            "over?",
        ),
        working=_working_tower,
        distinct=(1900, 3.3e4, 7.1e6),
        slots={"a": (2, 999), "b": (2, 999), "c": (2, 999)},
    ),
    Family(
        name="repdigit-sum",
        area="number theory",
        difficulty=(3, 6, 9),
        parameters=("d", "n", "m"),
        draw=_draw_repdigit,
        solve=repdigit_sum,
        brute=_brute_repdigit,
        wordings=(
            "Write the digit ${d}$ once, then twice in a row, then three times in a row, and so on up to ${n}$ times "
            "in a row. Read each row as a decimal number and add them all up. What is the remainder when the sum is "
            "divided by ${m}$?",
            "For $k$ from one to ${n}$, let $R_k$ be the number whose decimal form consists of $k$ digits, all of "
            "them ${d}$. Find the sum of all $R_k$ modulo ${m}$.",
            "Find the remainder modulo ${m}$ of the sum of all positive integers that have at most ${n}$ decimal "
            "digits and no digit other than ${d}$.",
            "Crates are numbered with every decimal number that has between one and ${n}$ digits, all of them equal to "
            "${d}$. The numbers on the crates are added, and as many packs of ${m}$ as possible are taken from the "
            "total. What remains?",
        ),
        working=_working_repdigit,
        distinct=(3.9e4, 3.8e5, 3.8e6),
        slots={"n": (2, 999), "m": (2, 999)},
    ),
    Family(
        name="floor-sum",
        area="number theory",
        difficulty=(8, 11, 14),
        parameters=("n", "a", "m"),
        draw=_draw_floor,
        solve=floor_sum,
        brute=_brute_floor,
        wordings=(
            "For a real number $x$, let $\\lfloor x \\rfloor$ be the greatest integer not above $x$. The values of "
            "$\\left\\lfloor \\frac{{{a}k}}{{{m}}} \\right\\rfloor$ for all positive integers $k \\le {n}$ are added. "
            "What remains when the sum is divided by $1000$?",
            "Beads are bought on ${n}$ days, $k$ of them on day number $k$. The beads of day $k$ would be worth "
            "$\\frac{{k \\cdot {a}}}{{{m}}}$ coins, but each day the price is rounded down to whole coins. Find the "
            "total price of all days modulo $1000$.",
            "Each of the integers from one to ${n}$ is multiplied by ${a}$, and the product is divided by ${m}$ with "
            "remainder. Find the sum of the quotients modulo $1000$.",
            "How many points $(x, y)$ with positive integer coordinates satisfy both $y \\cdot {m} \\le x \\cdot {a}$ "
            "and $x \\le {n}$? Give the remainder of that number on division by $1000$.",
        ),
        working=_working_floor,
        distinct=(1.1e6, 4.6e7, 1e9),
        slots={"n": (2, 999), "a": (2, 999), "m": (2, 999)},
    ),
)
