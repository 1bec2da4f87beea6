"""Lines of worked solutions that several families write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def reduced(text: str, value: int, modulus: int = 1000) -> str:
    """An equation, and what its value leaves where it is not below the modulus.

    >>> reduced("3*4", 12), reduced("30*40", 1200)
    ('3*4 = 12', '30*40 = 1200, mod 1000: 200')
    """
    return f"{text} = {value}" + ("" if 0 <= value < modulus else f", mod {modulus}: {value % modulus}")


def product(factors: Iterable[int], modulus: int = 1000) -> tuple[str, int]:
    """The line of a product, and its remainder.

    >>> product((40, 30))
    ('40*30 = 1200, mod 1000: 200', 200)
    """
    value = 1
    for factor in factors:
        value *= factor
    return reduced("*".join(map(str, factors)), value, modulus), value % modulus


def alternating(terms: Sequence[Sequence[int]], modulus: int = 1000) -> list[str]:
    """A sum of products with the signs + - + -, one line a product and one for the sum.

    >>> alternating([(2, 60), (3, 7)], 100)
    ['+: 2*60 = 120, mod 100: 20', '-: 3*7 = 21', '20 - 21 = -1, mod 100: 99']
    """
    lines, text, total = [], "", 0
    for j, factors in enumerate(terms):
        line, value = product(factors, modulus)
        sign = "-" if j % 2 else "+"
        lines.append(f"{sign}: {line}")
        text += f" {sign} {value}" if j else str(value)
        total += -value if j % 2 else value
    return [*lines, reduced(text, total, modulus)]


def lowest_terms(numerator: int, denominator: int) -> list[str]:
    """Reduce a fraction by Euclid's algorithm, add its parts and take the remainder by a thousand.

    >>> lowest_terms(6, 8)
    ['gcd(6, 8): 2', 'in lowest terms 3/4, and 3 + 4 = 7']
    """
    a, b, remainders = max(numerator, denominator), min(numerator, denominator), list[int]()
    while b:
        a, b = b, a % b
        remainders.append(b)
    steps = ", ".join(map(str, remainders[:-1] if len(remainders) > 1 else [a]))
    top, bottom = numerator // a, denominator // a
    return [
        f"gcd({numerator}, {denominator}): {steps}",
        reduced(f"in lowest terms {top}/{bottom}, and {top} + {bottom}", top + bottom),
    ]
