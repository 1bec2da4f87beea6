"""Terms far along: linear recurrences, weighted powers, and a polynomial continued from its first values."""

from __future__ import annotations

import numpy as np

from ...stream import Stream
from ..family import Family
from ..integers import power_lines
from ..lines import reduced


def _draw_recurrence(rng: Stream, tier: int) -> tuple[int, int, int, int, int]:
    steps = ((10, 40), (50, 2000), (2000, 60_000))[tier - 1]
    return rng.between(2, 9), rng.between(2, 9), rng.between(2, 20), rng.between(2, 20), rng.between(*steps)


def _recurrence(p: int, q: int, a: int, b: int, n: int) -> int:
    """Term n, mod 1000, by squaring and reducing polynomials: X^(n-1) = u X + v where X^2 = p X + q."""
    u, v = 0, 1
    for bit in f"{n - 1:b}":
        u, v = (p * u * u + 2 * u * v) % 1000, (q * u * u + v * v) % 1000
        if bit == "1":
            u, v = (p * u + v) % 1000, q * u % 1000
    return (u * b + v * a) % 1000


def _recurrence_brute(p: int, q: int, a: int, b: int, n: int) -> int:
    for _ in range(n - 1):
        a, b = b, (p * b + q * a) % 1000
    return a % 1000


def _recurrence_working(p: int, q: int, a: int, b: int, n: int) -> list[str]:
    lines = [
        f"Let X^2 = {p} X + {q}. If X^{n - 1} = u X + v, term {n} is u * {b} + v * {a}. Mod 1000,",
        f"u X + v has the square ({p} u^2 + 2uv) X + ({q} u^2 + v^2), and X times it is ({p} u + v) X + {q} u.",
        f"{n - 1} = {n - 1:b} in binary; square at each bit, times X at a 1:",
    ]
    u, v = 0, 1
    for bit in f"{n - 1:b}":
        u, v = (p * u * u + 2 * u * v) % 1000, (q * u * u + v * v) % 1000
        if bit == "1":
            u, v = (p * u + v) % 1000, q * u % 1000
        lines.append(f"bit {bit}: {u} X + {v}")
    return [*lines, f"{u} * {b} + {v} * {a} = {u * b + v * a}, mod 1000: {(u * b + v * a) % 1000}"]


def _draw_weighted(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    terms = ((3, 9), (10, 60), (60, 510))[tier - 1]
    return rng.between(2, 9 * tier), rng.between(2, 9 * tier), rng.between(2, 3 + 2 * tier), rng.between(*terms)


def _weighted(a: int, b: int, r: int, n: int) -> int:
    modulus = 1000 * (r - 1) ** 2
    power = pow(r, n + 1, modulus)
    geometric = (power - r) * (r - 1)
    weighted = n * r * power - (n + 1) * power + r
    return (a * weighted + b * geometric) % modulus // (r - 1) ** 2


def _weighted_brute(a: int, b: int, r: int, n: int) -> int:
    return int(sum((a * k + b) * pow(r, k, 1000) for k in range(1, n + 1))) % 1000


def _weighted_working(a: int, b: int, r: int, n: int) -> list[str]:
    square = (r - 1) ** 2
    modulus = 1000 * square
    power, powers = power_lines(r, n + 1, modulus)
    lines = [
        "Let R = r^(n+1): r + ... + r^n = (R - r)/(r - 1); r + 2r^2 + ... + n r^n = (n r R - (n + 1) R + r)/(r - 1)^2.",
        f"In the end we divide by (r - 1)^2 = {square}, so work mod 1000 * {square} = {modulus}.",
        *powers,
    ]
    weighted, geometric = ((n * r - n - 1) * power + r) % modulus, (power - r) * (r - 1) % modulus
    total = (a * weighted + b * geometric) % modulus
    return [
        *lines,
        reduced(f"Sum of k r^k, times {square}: {n * r - n - 1} * {power} + {r}", (n * r - n - 1) * power + r, modulus),
        reduced(f"Sum of r^k, times {square}: ({power} - {r}) * {r - 1}", (power - r) * (r - 1), modulus),
        reduced(f"{a} * {weighted} + {b} * {geometric}", a * weighted + b * geometric, modulus),
        f"{total} / {square} = {total // square}",
    ]


def _draw_interpolation(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    top = (9, 40, 99)[tier - 1]
    u, step, bend = rng.between(2, top), rng.between(1, top), rng.between(0, top)
    return u, u + step, u + 2 * step + bend, rng.between(*((5, 12), (7, 30), (20, 300))[tier - 1])


def _interpolation(u: int, v: int, w: int, n: int) -> int:
    """Newton's form; the leading coefficient is given."""
    return (u + (n - 1) * (v - u) + (n - 1) * (n - 2) // 2 * (w - 2 * v + u) + (n - 1) * (n - 2) * (n - 3)) % 1000


def _interpolation_brute(u: int, v: int, w: int, n: int) -> int:
    """Solve for the three lower coefficients."""
    system = np.array([[1, 1, 1], [1, 2, 4], [1, 3, 9]], float)
    lower = np.linalg.solve(system, np.array([u - 1, v - 8, w - 27], float))
    twice: list[int] = [round(2 * coefficient) for coefficient in lower.tolist()]
    return (twice[0] + twice[1] * n + twice[2] * n**2 + 2 * n**3) // 2 % 1000


def _interpolation_working(u: int, v: int, w: int, n: int) -> list[str]:
    bend = w - 2 * v + u
    parts = u, (n - 1) * (v - u), (n - 1) * (n - 2) // 2 * bend, (n - 1) * (n - 2) * (n - 3)
    return [
        "P(x) = A + B (x - 1) + C (x - 1)(x - 2) + (x - 1)(x - 2)(x - 3), as P is monic.",
        f"P(1) = {u}: A = {u}",
        f"P(2) = {v} = {u} + B: B = {v - u}",
        f"P(3) = {w} = {u} + 2 * {v - u} + 2 C: 2 C = {bend}",
        f"x = {n}: {parts[0]} + {v - u} * {n - 1} + {bend} * {n - 1} * {n - 2} / 2 + {n - 1} * {n - 2} * {n - 3}",
        f"= {parts[0]} + {parts[1]} + {parts[2]} + {parts[3]} = {sum(parts)}",
        f"mod 1000: {sum(parts) % 1000}",
    ]


FAMILIES = (
    Family(
        name="linear-recurrence",
        area="sequences",
        difficulty=(4, 8, 11),
        parameters=("p", "q", "a", "b", "n"),
        draw=_draw_recurrence,
        solve=_recurrence,
        brute=_recurrence_brute,
        wordings=(
            "A sequence begins with ${a}$ and ${b}$. From then on each term is ${p}$ times the term just before it "
            "plus ${q}$ times the term before that one. Find the remainder when term number ${n}$ is divided by "
            "$1000$; the two given terms are the first and the second.",
            "The function $f$ on the positive integers satisfies $f(1) = {a}$, $f(2) = {b}$ and "
            "$f(k + 2) = {q}f(k) + {p}f(k + 1)$ for every positive integer $k$. What is $f({n})$ modulo $1000$?",
            "A machine prints ${n}$ numbers. The first is ${a}$ and the second ${b}$. For every further number it "
            "multiplies the number printed last by ${p}$, the one printed before that by ${q}$, and prints the sum of "
            "both products. What remains when the last number printed is divided by $1000$?",
            "A fungus has ${a}$ cells in its first week and ${b}$ in its second. In every later week it has ${q}$ "
            "cells for each cell it had two weeks earlier, and in addition ${p}$ for each cell of the week before. Let "
            "$C$ be how many cells it has in week number ${n}$. Find the remainder of $C$ on division by $1000$.",
        ),
        working=_recurrence_working,
        distinct=(5e5, 3e7, 1e9),
        slots={"p": (2, 999), "q": (2, 999), "a": (2, 999), "b": (2, 999), "n": (3, 999)},
    ),
    Family(
        name="arithmetic-geometric-sum",
        area="sequences",
        difficulty=(4, 9, 11),
        parameters=("a", "b", "r", "n"),
        draw=_draw_weighted,
        solve=_weighted,
        brute=_weighted_brute,
        wordings=(
            "Find the remainder when $\\sum_{{k=1}}^{{n}} ({a}k + {b}) \\cdot {r}^k$ is divided by $1000$, where "
            "$n = {n}$.",
            "For each $k$ from one to ${n}$ the power of ${r}$ with exponent $k$ is multiplied by the number that is "
            "${b}$ more than ${a}k$. What remains when the sum of all these products is divided by $1000$?",
            "On day $k$, counting from one, exactly $r^k$ bags are delivered, where $r = {r}$. Each bag of that day "
            "holds ${b}$ blue marbles and ${a}k$ red ones. How many marbles have been delivered after ${n}$ days, "
            "modulo $1000$?",
            "Let $S(n) = (a + b)r + (2a + b)r^2 + \\dots + (na + b)r^n$, where $b = {b}$, $r = {r}$ and $a = {a}$. "
            "Which remainder does $S({n})$ leave on division by $1000$?",
        ),
        working=_weighted_working,
        distinct=(1.8e3, 8.8e4, 2.4e6),
        slots={"a": (2, 999), "b": (2, 999), "n": (2, 999)},
    ),
    Family(
        name="monic-cubic-through-points",
        area="algebra",
        difficulty=(3, 4, 5),
        parameters=("u", "v", "w", "n"),
        draw=_draw_interpolation,
        solve=_interpolation,
        brute=_interpolation_brute,
        wordings=(
            "A polynomial $P$ of degree three has leading coefficient one and takes the values ${u}$, ${v}$ and ${w}$ "
            "at one, two and three, in this order. The number $P({n})$ is an integer. Find its remainder on division "
            "by $1000$.",
            "A monic cubic polynomial $f$ has $f(3) = {w}$, $f(2) = {v}$ and $f(1) = {u}$. Let $n = {n}$. Which "
            "remainder does $f(n)$, a positive integer, leave when divided by $1000$?",
            "The graph of $y = x^3 + ax^2 + bx + c$, with real numbers $a$, $b$, $c$, passes through $(1, {u})$, "
            "$(2, {v})$ and $(3, {w})$. It also passes through a point with $x = {n}$. Find the height $y$ of that "
            "point modulo $1000$.",
            "A sequence has the terms $x_k = k^3 + a k^2 + b k + c$ for $k = 1, 2, 3, \\dots$, where $a$, $b$ and $c$ "
            "are fixed. Its term number ${n}$ is to be found, modulo $1000$. It is known that the second term is "
            "${v}$, the first ${u}$ and the third ${w}$.",
        ),
        working=_interpolation_working,
        distinct=(5e3, 1e6, 2e8),
        slots={"n": (4, 999)},
    ),
)
