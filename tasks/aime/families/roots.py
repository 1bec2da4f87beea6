"""Symmetric functions of roots that need not be known: Vieta, Newton's sums, a polynomial's value off the real line."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import NDArray

from ...stream import Stream
from ..family import Family
from ..integers import fraction_sum


def _roots(p: int, q: int, s: int) -> NDArray[np.complex128]:
    """The roots of x^3 + p x^2 + q x + s, numerically."""
    return np.roots([1, p, q, s]).astype(np.complex128)


def _cubic(rng: Stream, top: int, last: int) -> tuple[int, int, int, int]:
    """Three coefficients and another number."""
    return rng.between(2, top), rng.between(2, top), rng.between(2, top), last


def _draw_shift(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return _cubic(rng, (12, 99, 999)[tier - 1], rng.between(2, (6, 12, 40)[tier - 1]))


def _shift(p: int, q: int, s: int, k: int) -> int:
    return (((k + p) * k + q) * k + s) % 1000


def _shift_brute(p: int, q: int, s: int, k: int) -> int:
    return round(complex(np.prod(_roots(-p, q, -s) + k)).real) % 1000


def _shift_working(p: int, q: int, s: int, k: int) -> list[str]:
    value = ((k + p) * k + q) * k + s
    return [
        f"r + s + t = {p}, rs + st + tr = {q}, rst = {s} (Vieta)",
        f"(r + {k})(s + {k})(t + {k}) = rst + {k} (rs + st + tr) + {k}^2 (r + s + t) + {k}^3",
        f"= {s} + {k} * {q} + {k * k} * {p} + {k**3}",
        f"= {s} + {k * q} + {k * k * p} + {k**3} = {value}",
        f"{value}, mod 1000: {value % 1000}",
    ]


def _draw_newton(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return _cubic(rng, 1 + 9 * tier, rng.between(*((4, 6), (6, 9), (9, 15))[tier - 1]))


def _newton(p: int, q: int, s: int, n: int) -> int:
    """The sum of the n-th powers of the roots of x^3 = p x^2 + q x + s, mod 1000."""
    before, last, now = 3, p, p * p + 2 * q
    for _ in range(n - 2):
        before, last, now = last, now, (p * now + q * last + s * before) % 1000
    return now % 1000


def _newton_brute(p: int, q: int, s: int, n: int) -> int:
    """The trace of the n-th power of the companion matrix, whose eigenvalues are the roots."""
    companion = np.array([[p, q, s], [1, 0, 0], [0, 1, 0]], object)
    return int(np.trace(np.linalg.matrix_power(companion, n))) % 1000


def _newton_working(p: int, q: int, s: int, n: int) -> list[str]:
    before, last, now = 3, p, (p * p + 2 * q) % 1000
    lines = [
        "Let S(k) be the sum of the k-th powers; each root has x^k = p x^(k-1) + q x^(k-2) + s x^(k-3), so",
        f"S(k) = {p} S(k-1) + {q} S(k-2) + {s} S(k-3). Take all mod 1000.",
        f"S(0) = 3, S(1) = {p}, S(2) = {p}^2 + 2 * {q} = {now}",
    ]
    for k in range(3, n + 1):
        value = p * now + q * last + s * before
        lines.append(f"S({k}) = {p}*{now} + {q}*{last} + {s}*{before} = {value}: {value % 1000}")
        before, last, now = last, now, value % 1000
    return lines


def _draw_squares(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return _cubic(rng, (10, 20, 60)[tier - 1], rng.between(2, (5, 12, 30)[tier - 1]))


def _squares(p: int, q: int, s: int, k: int) -> int:
    real, imaginary = s - p * k, q - k
    return (real * real + k * imaginary * imaginary) % 1000


def _squares_brute(p: int, q: int, s: int, k: int) -> int:
    return round(complex(np.prod(_roots(p, q, s) ** 2 + k)).real) % 1000


def _squares_working(p: int, q: int, s: int, k: int) -> list[str]:
    real, imaginary = s - p * k, q - k
    value = real * real + k * imaginary * imaginary
    return [
        f"Let w = i sqrt({k}), so w^2 = -{k} and x^2 + {k} = (x - w)(x + w).",
        "Over the three roots the product of (r - w)(r + w) is P(w) P(-w) = |P(w)|^2.",
        f"P(w) = w^3 + {p} w^2 + {q} w + {s} = ({s} - {p} * {k}) + ({q} - {k}) w = {real} + ({imaginary}) w",
        f"|P(w)|^2 = ({real})^2 + {k} * ({imaginary})^2 = {real * real} + {k * imaginary * imaginary} = {value}",
        f"{value}, mod 1000: {value % 1000}",
    ]


def _draw_pair(rng: Stream, tier: int) -> tuple[int, int, int]:
    top = (20, 25, 29)[tier - 1]
    a = max(rng.between(3, top) for _ in range(3))  # a sum has about a^2 / 4 products: all pairs nearly equally likely
    return a, rng.between(1, (a * a - 1) // 4), rng.between(*((3, 6), (6, 11), (11, 18))[tier - 1])


def _pair(a: int, b: int, n: int) -> int:
    last, now = 2, a
    for _ in range(n - 1):
        last, now = now, (a * now - b * last) % 1000
    return now % 1000


def _pair_brute(a: int, b: int, n: int) -> int:
    """Waring's formula."""
    terms = (n * comb(n - j, j) // (n - j) * pow(a, n - 2 * j) * pow(-b, j) for j in range(n // 2 + 1))
    return int(sum(terms)) % 1000


def _pair_working(a: int, b: int, n: int) -> list[str]:
    last, now = 2, a
    lines = [
        f"Let S(k) = x^k + y^k. Then S(k) = {a} S(k-1) - {b} S(k-2), with S(0) = 2 and S(1) = {a}.",
        "Mod 1000:",
    ]
    for k in range(2, n + 1):
        value = a * now - b * last
        lines.append(f"S({k}) = {a}*{now} - {b}*{last} = {value}: {value % 1000}")
        last, now = now, value % 1000
    return lines


def _draw_reciprocals(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return _cubic(rng, (10, 20, 40)[tier - 1], rng.between(2, (3, 4, 5)[tier - 1]))


def _reciprocals(p: int, q: int, s: int, k: int) -> int:
    return fraction_sum((3 * k + 2 * p) * k + q, ((k + p) * k + q) * k + s)


def _reciprocals_brute(p: int, q: int, s: int, k: int) -> int:
    value = Fraction(complex(np.sum(1 / (k - _roots(p, q, s)))).real).limit_denominator(2000)
    return value.numerator + value.denominator


def _reciprocals_working(p: int, q: int, s: int, k: int) -> list[str]:
    above, below = (3 * k + 2 * p) * k + q, ((k + p) * k + q) * k + s
    value = Fraction(above, below)
    return [
        "With P(x) = (x - r)(x - s)(x - t), the sum of the reciprocals of k - r, k - s, k - t is P'(k) / P(k).",
        f"P({k}) = {k**3} + {p * k * k} + {q * k} + {s} = {below}",
        f"P'({k}) = 3 * {k}^2 + 2 * {p} * {k} + {q} = {above}",
        f"{above}/{below} = {value.numerator}/{value.denominator}",
        f"{value.numerator} + {value.denominator} = {value.numerator + value.denominator}",
    ]


_CUBIC = ("p", "q", "s", "k")
FAMILIES = (
    Family(
        name="cubic-shifted-product",
        area="algebra",
        difficulty=(3, 4, 5),
        parameters=_CUBIC,
        draw=_draw_shift,
        solve=_shift,
        brute=_shift_brute,
        wordings=(
            "The polynomial $x^3 - {p}x^2 + {q}x - {s}$ has the complex roots $u$, $v$ and $w$, a multiple root being "
            "named as often as it occurs. Let $k = {k}$. Find the remainder when $(u + k)(v + k)(w + k)$ is divided by "
            "$1000$.",
            "Three complex numbers have the sum ${p}$ and the product ${s}$, and the products of two of them add up to "
            "${q}$. Each of the three is increased by ${k}$. What is the remainder when the product of the new numbers "
            "is divided by $1000$?",
            "Add ${k}$ to each of the three complex roots of $x^3 + {q}x = {p}x^2 + {s}$ (a multiple root counts as "
            "often as it occurs) and multiply the results. What remains when this product is divided by $1000$?",
            "Let $a$, $b$, $c$ be all solutions of $x^3 + {q}x - {s} = {p}x^2$ in complex numbers, with multiplicity. "
            "The numbers $a + d$, $b + d$, $c + d$, where $d = {k}$, are the zeros of a monic polynomial of degree "
            "three. Its constant term is $-N$. Find the remainder of $N$ on division by $1000$.",
        ),
        working=_shift_working,
        distinct=(7e3, 1e7, 3e10),
        slots={"p": (2, 999), "q": (2, 999), "s": (2, 999), "k": (2, 999)},
    ),
    Family(
        name="cubic-power-sum",
        area="algebra",
        difficulty=(6, 8, 10),
        parameters=("p", "q", "s", "n"),
        draw=_draw_newton,
        solve=_newton,
        brute=_newton_brute,
        wordings=(
            "Let $u$, $v$, $w$ be the complex roots of $x^3 = {p}x^2 + {q}x + {s}$, each listed as often as it is a "
            "root, and let $n = {n}$. The number $u^n + v^n + w^n$ is an integer. Find its remainder on division by "
            "$1000$.",
            "Each of the three complex zeros of $x^3 - {p}x^2 - {q}x - {s}$, counted with multiplicity, is raised to "
            "the power ${n}$. What is the remainder when the sum of the three results is divided by $1000$?",
            "We look for the sum of the powers with exponent ${n}$ of three complex numbers. The numbers themselves "
            "add up to ${p}$, their product is ${s}$, and the three products of two of them have the sum $-{q}$. By "
            "what does the sum we look for exceed the greatest multiple of $1000$ that is not above it?",
            "The polynomial $x^3 - {s} - {q}x - {p}x^2$ has three complex zeros, some of which may be equal. Raise "
            "each of them, a multiple zero as often as it occurs, to the power ${n}$, and add the results. Give the "
            "sum modulo $1000$.",
        ),
        working=_newton_working,
        distinct=(2.2e3, 2.4e4, 1.3e5),
        slots={"p": (2, 999), "q": (2, 999), "s": (2, 999), "n": (3, 16)},
    ),
    Family(
        name="cubic-squared-product",
        area="algebra",
        difficulty=(7, 8, 9),
        parameters=_CUBIC,
        draw=_draw_squares,
        solve=_squares,
        brute=_squares_brute,
        wordings=(
            "Let $u$, $v$, $w$ be the three complex zeros, with multiplicity, of $x^3 + {p}x^2 + {q}x + {s}$ and let "
            "$k = {k}$. Find the remainder when $(u^2 + k)(v^2 + k)(w^2 + k)$ is divided by $1000$.",
            "All complex solutions of $x^3 + {s} = -{q}x - {p}x^2$, a multiple solution as often as it occurs, are "
            "squared, then ${k}$ is added to each square. What is the remainder of the product of the three sums on "
            "division by $1000$?",
            "To the square of each of three complex numbers ${k}$ is added, and the three results are multiplied. The "
            "numbers have the sum $-{p}$ and the product $-{s}$, and multiplying them two at a time gives three "
            "products with the sum ${q}$. Which remainder does the final product leave when divided by $1000$?",
            "A monic cubic polynomial $P$ has the coefficients ${q}$ at $x$, ${p}$ at the square of $x$, and the "
            "constant term ${s}$. For each of its three complex zeros $z$ (multiple ones repeated) write down "
            "$z \\cdot z + {k}$. Find the product of what is written, modulo $1000$.",
        ),
        working=_squares_working,
        distinct=(2.9e3, 8e4, 6e6),
        slots={"p": (2, 999), "q": (2, 999), "s": (2, 999), "k": (2, 999)},
    ),
    Family(
        name="two-number-power-sum",
        area="algebra",
        difficulty=(3, 6, 8),
        parameters=("a", "b", "n"),
        draw=_draw_pair,
        solve=_pair,
        brute=_pair_brute,
        wordings=(
            "Two real numbers $x$ and $y$ satisfy $x + y = {a}$ and $xy = {b}$. For $n = {n}$ the number $x^n + y^n$ "
            "is a positive integer. Find its remainder when it is divided by $1000$.",
            "The product of two real numbers is ${b}$ and their sum is ${a}$. Each is raised to the power ${n}$. What "
            "remains when the sum of these two powers, a whole number, is divided by $1000$?",
            "A rectangle has area ${b}$, and two neighbouring sides of it are together ${a}$ long. Add the power with "
            "exponent ${n}$ of the one side's length to that of the other's. Find this integer modulo $1000$.",
            "The two roots of the quadratic equation $x(a - x) = b$, where $a = {a}$ and $b = {b}$, are each raised to "
            "the power ${n}$. Find the sum of both results modulo $1000$.",
        ),
        working=_pair_working,
        distinct=(2.8e3, 8.2e3, 1.7e4),
        slots={"a": (30, 999), "n": (3, 20)},
    ),
    Family(
        name="cubic-reciprocal-sum",
        area="algebra",
        difficulty=(5, 7, 8),
        parameters=_CUBIC,
        draw=_draw_reciprocals,
        solve=_reciprocals,
        brute=_reciprocals_brute,
        wordings=(
            "Let $u$, $v$, $w$ be the complex zeros, with multiplicity, of $x^3 + {p}x^2 + {q}x + {s}$, and let "
            "$k = {k}$. In lowest terms $\\frac{{1}}{{k-u}} + \\frac{{1}}{{k-v}} + \\frac{{1}}{{k-w}}$ is "
            "$\\frac{{m}}{{n}}$ with positive integers $m$ and $n$. Find $m + n$.",
            "Each of the three complex solutions of $x^3 + {s} + {q}x = -{p}x^2$ (a multiple one as often as it "
            "occurs) is subtracted from ${k}$. The reciprocals of the three differences add up to a positive rational "
            "number. Find the sum of its numerator and its denominator in lowest terms.",
            "Each of three complex numbers is subtracted from ${k}$. The three numbers have the sum $-{p}$ and the "
            "product $-{s}$, and the products of two of them add up to ${q}$. The sum of the reciprocals of the three "
            "differences is $m/n$ with coprime positive integers $m, n$. What is $m + n$?",
            "The coefficients of a polynomial of degree three are, from the highest power of the variable down to the "
            "constant term, one, ${p}$, ${q}$ and ${s}$. Write the sum of $1/(a - z)$ over its three complex zeros "
            "$z$, multiple zeros repeated, as a fraction in lowest terms, where $a = {k}$. Find numerator plus "
            "denominator.",
        ),
        working=_reciprocals_working,
        distinct=(1.5e3, 2e4, 2e5),
    ),
)
