"""Remainders of large powers."""

from __future__ import annotations

from ...stream import Stream
from ..family import Family


def _draw(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    return rng.between(2, 30 * tier), rng.between(10, 20 * 10**tier), rng.between(1, 99), rng.between(7, 999)


def _solve(a: int, b: int, c: int, m: int) -> int:
    return (pow(a, b, m) + c) % m


def _brute(a: int, b: int, c: int, m: int) -> int:
    """Walk along the powers until they repeat."""
    seen: dict[int, int] = {}
    powers: list[int] = []
    x = 1 % m
    while x not in seen:
        seen[x] = len(powers)
        powers.append(x)
        x = x * a % m
    start = seen[x]
    last = powers[b] if b < len(powers) else powers[start + (b - start) % (len(powers) - start)]
    return (last + c) % m


def _working(a: int, b: int, c: int, m: int) -> list[str]:
    """Square and multiply, the binary digits of the exponent from the left."""
    lines: list[str] = []
    value = 1 % m
    for bit in f"{b:b}":
        value = value * value % m
        if bit == "1":
            value = value * a % m
        lines.append(f"bit {bit}: {value}")
    return [
        f"{b} = {b:b} in binary; square at each bit, times {a} at a 1, mod {m}:",
        *lines,
        f"{value} + {c} = {value + c}, mod {m}: {(value + c) % m}",
    ]


FAMILIES = (
    Family(
        name="power-remainder",
        area="number theory",
        difficulty=(2, 4, 6),
        parameters=("a", "b", "c", "m"),
        draw=_draw,
        solve=_solve,
        brute=_brute,
        wordings=(
            "Find the remainder when ${a}^{{{b}}} + {c}$ is divided by ${m}$.",
            "A counter begins again at zero when it reaches ${m}$. It shows one; its value is multiplied by ${a}$, a "
            "total of ${b}$ times, and then raised by ${c}$. What does it show in the end?",
            "Let $r$ be the remainder that division by ${m}$ leaves of the ${b}$th power of ${a}$. What remains of "
            "$r + {c}$ when it is divided by the same number?",
            "A number is ${c}$ more than the product of ${b}$ factors, each of them ${a}$. Find it modulo ${m}$.",
        ),
        working=_working,
        distinct=(1e8, 1e9, 1e10),
        slots={"c": (1, 999), "b": (2, 999)},
    ),
)
