"""Digits: their sum, their reversal, and zeros at the end."""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial

import numpy as np

from ...stream import Stream
from ..family import Family
from ..integers import CACHED, factored, factors


def digit_sum_count(n: int, s: int) -> int:
    """How many integers from 1 to n have the decimal digit sum s, which is positive."""
    count, left = 0, s
    digits = [int(digit) for digit in str(n)]
    for place, digit in enumerate(digits):
        free = len(digits) - place - 1
        count += sum(_fillings(free, left - lower) for lower in range(digit))
        left -= digit
    return count + (left == 0)


@lru_cache(CACHED)
def _fillings(places: int, total: int) -> int:
    """How many strings of so many digits, zeros in front allowed, have a digit sum: stars and bars, less the tens."""
    if places == 0 or total < 0:
        return int(places == total == 0)
    tens = range(min(places, total // 10) + 1)
    return sum((-1) ** j * comb(places, j) * comb(total - 10 * j + places - 1, places - 1) for j in tens)


def _draw_digit_sum(rng: Stream, tier: int) -> tuple[int, int]:
    n = rng.between((100, 1000, 10000)[tier - 1], (999, 9999, 59999)[tier - 1])
    largest = n // 10 ** (tier + 1) - 1 + 9 * (tier + 1)  # certain to occur
    if tier < 3:
        return n, rng.between(4, largest)
    # The counts of the sums between are above 999.
    s = rng.between(4, 24)
    return n, s if s < 13 else largest - s + 13


def _brute_digit_sum(n: int, s: int) -> int:
    return sum(1 for k in range(1, n + 1) if sum(map(int, str(k))) == s)


def _working_digit_sum(n: int, s: int) -> list[str]:
    lines = ["F(k,t), strings of k digits with sum t, is the sum of (-1)^j C(k,j) C(t-10j+k-1,k-1) for j <= t/10."]
    start, left = "", s
    parts = []
    for digit in str(n):
        free = len(str(n)) - len(start) - 1
        values = [_fillings(free, left - lower) for lower in range(int(digit))]
        if any(values):
            parts.append(sum(values))
            shown = [f"F({free},{left - lower})={value}" for lower, value in enumerate(values) if value]
            lines.append(f"beginning {start}0 to {start}{int(digit) - 1}: {' + '.join(shown)}, sum {parts[-1]}")
        start += digit
        left -= int(digit)
    parts.append(int(left == 0))
    lines.append(f"{n} itself has digit sum {s - left}: {parts[-1]}")
    return [*lines, f"{' + '.join(map(str, parts))} = {sum(parts)}"]


def palindrome_count(b: int, n: int) -> int:
    """How many integers from 1 to n read the same backwards in base b, from 2; n from 1."""
    length, power = 1, b
    count = 0
    while power <= n:
        count += (b - 1) * b ** ((length - 1) // 2)
        length, power = length + 1, power * b
    front: int = n // b ** (length // 2)
    least: int = b ** ((length - 1) // 2)
    return count + front - least + (_mirrored(front, length, b) <= n)


def _mirrored(front: int, length: int, b: int) -> int:
    """The palindrome of a length that begins with the digits of `front`, the middle one among them."""
    rest = front // b if length % 2 else front
    while rest:
        front, rest = front * b + rest % b, rest // b
    return front


def _draw_palindromes(rng: Stream, tier: int) -> tuple[int, int]:
    return rng.between(2, 8 + 4 * tier), rng.between(10 ** (tier + 1), 10 ** (tier + 2) - 1)


def _brute_palindromes(b: int, n: int) -> int:
    """Turn all of them round at once."""
    numbers = np.arange(1, n + 1)
    rest, turned = numbers, np.zeros_like(numbers)
    while rest.any():
        turned = np.where(rest > 0, turned * b + rest % b, turned)
        rest = rest // b
    return int((turned == numbers).sum())


def _working_palindromes(b: int, n: int) -> list[str]:
    digits: list[int] = []
    rest = n
    lines = []
    while rest:
        digits.insert(0, rest % b)
        rest //= b
    length = len(digits)
    lines.append(f"{n} in base {b} has the {length} digits {' '.join(map(str, digits))}")
    shorter = [(b - 1) * b ** ((k - 1) // 2) for k in range(1, length)]
    lines.append(f"A first half settles a palindrome; of k digits there are {b - 1}*{b}^(ceil(k/2) - 1).")
    lines.append(f"k < {length}: {' + '.join(map(str, shorter))} = {sum(shorter)}")
    half = (length + 1) // 2
    front, least = n // b ** (length // 2), b ** (half - 1)
    mirrored = _mirrored(front, length, b)
    fits = mirrored <= n
    lines += [
        f"k = {length}: the first half of {n} is {' '.join(map(str, digits[:half]))}, that is {front}",
        f"smaller halves from {least} on: {front} - {least} = {front - least}",
        f"the half {front} itself gives {mirrored}, which is {'not ' if fits else ''}above {n}: {int(fits)}",
    ]
    return [*lines, f"{sum(shorter)} + {front - least} + {int(fits)} = {palindrome_count(b, n)}"]


def factorial_zeros(n: int, b: int) -> int:
    """With how many zeros n! ends in base b, from 2: the largest power of b that divides n!."""
    return min(_exponent_in_factorial(n, p) // e for p, e in factors(b))


def _exponent_in_factorial(n: int, p: int) -> int:
    """Legendre's formula."""
    total = 0
    while n:
        n //= p
        total += n
    return total


def _draw_zeros(rng: Stream, tier: int) -> tuple[int, int]:
    n = rng.between((20, 100, 500)[tier - 1], (300, 999, 3000)[tier - 1])
    return n, rng.between((3, 6, 12)[tier - 1], (20, 60, 200)[tier - 1])


def _brute_zeros(n: int, b: int) -> int:
    rest, zeros = factorial(n), -1
    remainder = 0
    while not remainder:
        rest, remainder = divmod(rest, b)
        zeros += 1
    return zeros


def _working_zeros(n: int, b: int) -> list[str]:
    lines = [f"{b} = {factored(b)}"]
    for p, e in factors(b):
        parts, power = [], p
        while power <= n:
            parts.append(n // power)
            power *= p
        lines.append(f"factors {p} in {n}!: {' + '.join(map(str, parts)) or '0'} = {sum(parts)}")
        if e > 1:
            lines.append(f"in groups of {e}: floor({sum(parts)}/{e}) = {sum(parts) // e}")
    return [*lines, f"the scarcest settles the number of zeros: {factorial_zeros(n, b)}"]


FAMILIES = (
    Family(
        name="digit-sum-count",
        area="number theory",
        difficulty=(3, 5, 7),
        parameters=("n", "s"),
        draw=_draw_digit_sum,
        solve=digit_sum_count,
        brute=_brute_digit_sum,
        wordings=(
            "How many positive integers not greater than ${n}$ have decimal digits that add up to ${s}$?",
            "A club numbers its members from one to ${n}$. Those whose number has the digit sum ${s}$ in base ten win "
            "a prize. How many prizes are there?",
            "For a positive integer $k$, let $q(k)$ be the sum of its digits in decimal notation. Find the number of "
            "solutions of $q(k) = {s}$ with $k \\le {n}$.",
            "A person whose lucky number is ${s}$ adds the digits of every page number of a book and marks the page if "
            "the result is the lucky number. The pages run from one to ${n}$. How many are marked?",
        ),
        working=_working_digit_sum,
        distinct=(1.6e4, 2.4e5, 1e6),
    ),
    Family(
        name="base-palindromes",
        area="number theory",
        difficulty=(3, 5, 7),
        parameters=("b", "n"),
        draw=_draw_palindromes,
        solve=palindrome_count,
        brute=_brute_palindromes,
        wordings=(
            "How many positive integers up to and including ${n}$ read the same forwards and backwards when they are "
            "written in base ${b}$ without leading zeros?",
            "Call a positive integer mirrored if its sequence of base-${b}$ digits, beginning with a digit other than "
            "zero, equals its own reversal; one digit alone is such a sequence. Find the number of mirrored integers "
            "$k \\le {n}$.",
            "There are ${n}$ tickets (this is a decimal number), numbered in order from one. The numbers are printed "
            "in the numeral system with base ${b}$ and with no zeros in front. A ticket wins if its number as printed "
            "is a palindrome. How many tickets win?",
            "A counter shows numbers in base ${b}$ without needless zeros, and counts from one up to the number that "
            "is ${n}$ in decimal notation. How many of the numbers that it shows read the same from left to right as "
            "from right to left?",
        ),
        working=_working_palindromes,
        distinct=(9900, 1.3e5, 1.7e6),
        slots={"n": (2, 999)},
    ),
    Family(
        name="factorial-zeros",
        area="number theory",
        difficulty=(2, 3, 4),
        parameters=("n", "b"),
        draw=_draw_zeros,
        solve=factorial_zeros,
        brute=_brute_zeros,
        wordings=(
            "The product of all positive integers not exceeding ${n}$ is written in base ${b}$. In how many zeros does "
            "it end?",
            "Find the largest integer $k$ for which the $k$th power of ${b}$ divides ${n}!$.",
            "A computer holds the number ${n}!$ and divides it by ${b}$ as long as nothing is left over, replacing it "
            "by the quotient each time. How many divisions without a remainder are made?",
            "In the numeral system whose base is ${b}$, how long is the run of zeros at the end of the number of ways "
            "to put ${n}$ different books in a row?",
        ),
        working=_working_zeros,
        distinct=(5000, 4.9e4, 4.7e5),
        slots={"n": (2, 999)},
    ),
)
