"""Elementary number theory that several families share: factors, divisors, congruences."""

from __future__ import annotations

from functools import cache, lru_cache
from math import gcd

CACHED = 1 << 16
"""results that are kept of a function of any integers, so that what agents point at does not fill the memory"""


@lru_cache(CACHED)
def factors(n: int) -> tuple[tuple[int, int], ...]:
    """Primes and their exponents, by trial division.

    >>> factors(360)
    ((2, 3), (3, 2), (5, 1))
    """
    found, prime = [], 2
    while prime * prime <= n:
        exponent = 0
        while n % prime == 0:
            n //= prime
            exponent += 1
        if exponent:
            found.append((prime, exponent))
        prime += 1 if prime == 2 else 2
    if n > 1:
        found.append((n, 1))
    return tuple(found)


@lru_cache(CACHED)
def divisors(n: int) -> tuple[int, ...]:
    """All positive divisors, ascending.

    >>> divisors(12)
    (1, 2, 3, 4, 6, 12)
    """
    found = [1]
    for prime, exponent in factors(n):
        found = [old * power for old in found for power in (prime**e for e in range(exponent + 1))]
    return tuple(sorted(found))


def congruence(r1: int, m1: int, r2: int, m2: int) -> tuple[int, int] | None:
    """The residue class of the integers that are r1 mod m1 and r2 mod m2, or None where there is none.

    >>> congruence(2, 3, 3, 5), congruence(0, 4, 1, 2)
    ((8, 15), None)
    """
    common = gcd(m1, m2)
    if (r1 - r2) % common:
        return None
    period = m2 // common
    step = (r2 - r1) // common * pow(m1 // common, -1, period) % period
    return (r1 + m1 * step) % (m1 * period), m1 * period


def members(residue: int, period: int, last: int) -> int:
    """How many integers from 1 to `last` are `residue` mod `period`.

    >>> members(0, 5, 12), members(2, 5, 12)
    (2, 3)
    """
    first = residue % period or period
    return 0 if first > last else (last - first) // period + 1


@cache
def primes_between(low: int, high: int) -> tuple[int, ...]:
    """The primes from low to high, both among them.

    >>> primes_between(7, 13)
    (7, 11, 13)
    """
    return tuple(n for n in range(max(low, 2), high + 1) if factors(n) == ((n, 1),))


def fraction_sum(numerator: int, denominator: int) -> int:
    """Numerator plus denominator in lowest terms; both positive.

    >>> fraction_sum(6, 8)
    7
    """
    return (numerator + denominator) // gcd(numerator, denominator)


def power_lines(base: int, exponent: int, modulus: int) -> tuple[int, list[str]]:
    """A power modulo `modulus` (exponent 1 or more), and the lines of a worked solution that squares and multiplies.

    >>> power_lines(3, 5, 100)
    (43, ['5 in binary is 101; square at each digit, times 3 at a one; -> is mod 100:', '1: 3', '0: 3^2 = 9', \
'1: 9^2 = 81, 81*3 = 243 -> 43'])
    """
    digits = f"{exponent:b}"
    value = base % modulus
    lines = [f"{exponent} in binary is {digits}; square at each digit, times {base} at a one; -> is mod {modulus}:"]
    lines.append(f"1: {value}")
    for digit in digits[1:]:
        line = f"{digit}: {value}^2 = {arrow(value * value, modulus)}"
        value = value * value % modulus
        if digit == "1":
            line += f", {value}*{base} = {arrow(value * base, modulus)}"
            value = value * base % modulus
        lines.append(line)
    return value, lines


def arrow(value: int, modulus: int) -> str:
    """A number, and what it leaves where it is not below the modulus.

    >>> arrow(43, 100), arrow(243, 100), arrow(-7, 100)
    ('43', '243 -> 43', '-7 -> 93')
    """
    return f"{value}" if 0 <= value < modulus else f"{value} -> {value % modulus}"


def factored(n: int) -> str:
    """The factorization in words.

    >>> factored(360), factored(7)
    ('2^3 * 3^2 * 5', '7')
    """
    return " * ".join(f"{p}^{e}" if e > 1 else f"{p}" for p, e in factors(n))


def integer_root(n: int, degree: int) -> int:
    """The largest integer whose power of that degree is at most n.

    >>> integer_root(63, 3), integer_root(64, 3), integer_root(10**15, 5)
    (3, 4, 1000)
    """
    root = int(n ** (1 / degree))
    while root**degree > n:
        root -= 1
    while (root + 1) ** degree <= n:
        root += 1
    return root
