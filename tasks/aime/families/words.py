"""Words in which a block of letters does not occur, and numbers whose digits rise."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations, combinations_with_replacement
from math import comb, prod

from ...stream import Stream
from ..family import Family
from ..integers import arrow
from ..lines import product, reduced

_LETTERS = "ABCDEFGH"


def _draw_words(rng: Stream, tier: int) -> tuple[int, int, str]:
    letters, length = rng.between(1 + tier, 3 + 2 * tier), rng.between(1 + tier, 3 + tier)
    block, fresh = "A", 1  # letters appear in the order of the alphabet, lest one problem come under many names
    while len(block) < length:
        letter = rng.below(min(fresh + 1, letters))
        block += _LETTERS[letter]
        fresh = max(fresh, letter + 1)
    return rng.between(length + 2, (0, 13, 15, 17)[tier]), letters, block


@cache
def borders(block: str) -> tuple[int, ...]:
    """Lengths below its own at which a block begins and ends alike.

    >>> borders("ABAAB"), borders("AAA")
    ((2,), (1, 2))
    """
    return tuple(b for b in range(1, len(block)) if block.startswith(block[-b:]))


def _avoiding(n: int, letters: int, block: str) -> tuple[list[int], list[int]]:
    """For the lengths 0 to n: words without the block, and words in which it is seen first at the very end."""
    size, overlaps = len(block), borders(block)
    without, first = [1], [0]
    for i in range(1, n + 1):
        ends = without[i - size] - sum(first[i - size + b] for b in overlaps) if i >= size else 0
        first.append(ends % 1000)
        without.append((letters * without[-1] - ends) % 1000)
    return without, first


def words_without_block(n: int, letters: int, block: str) -> int:
    """Words of n letters in which a block does not occur, mod 1000, by its borders (Guibas and Odlyzko 1981)."""
    return _avoiding(n, letters, block)[0][-1]


def _brute_words(n: int, letters: int, block: str) -> int:
    """Write letter after letter and remember the longest end that begins the block."""

    def after(start: int, letter: str) -> int:
        text = block[:start] + letter
        while not block.startswith(text):
            text = text[1:]
        return len(text)

    alphabet = sorted(set(block))
    ways = [1] + [0] * (len(block) - 1)
    for _ in range(n):
        longer = [(letters - len(alphabet)) * sum(ways)] + [0] * len(block)
        for start, way in enumerate(ways):
            for letter in alphabet:
                longer[after(start, letter)] += way
        ways = longer[:-1]
    return sum(ways) % 1000


def _mirror_words(n: int, letters: int, block: str) -> tuple[int, int, str]:
    """Read backwards, with the letters named in the order in which they come then."""
    backwards = block[::-1]
    return (
        n,
        letters,
        backwards.translate(str.maketrans("".join(dict.fromkeys(backwards)), _LETTERS[: len(set(block))])),
    )


def _working_words(n: int, letters: int, block: str) -> list[str]:
    without, first = _avoiding(n, letters, block)
    size, overlaps = len(block), borders(block)
    minus = "".join(f" - T(i-{size - b})" for b in overlaps)
    lines = []
    for i in range(size, n + 1):
        parts = [without[i - size], *(first[i - size + b] for b in overlaps)]
        ends = "-".join(map(str, parts))
        if overlaps:
            ends += f" = {arrow(parts[0] - sum(parts[1:]), 1000)}"
        rest = arrow(letters * without[i - 1] - first[i], 1000)
        lines.append(f"{i}: T = {ends}, S = {letters}*{without[i - 1]}-{first[i]} = {rest}")
    known = ", ".join(f"S({i}) = {arrow(letters**i, 1000)}" for i in range(size))
    return [
        "S(i): words of length i without the block; T(i): those that first have it at their end",
        f"{block} begins and ends alike for the lengths {', '.join(map(str, overlaps)) or 'none'} below {size}",
        f"so T(i) = S(i-{size}){minus} and S(i) = {letters} S(i-1) - T(i); -> is mod 1000:",
        known,
        *lines,
    ]


def _draw_rising(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    size = rng.between(2 + tier, 3 + tier) if tier < 3 else rng.between(5, 7)
    divisor = rng.between(3, {3: 8, 4: 6, 5: 4, 6: 3, 7: 3}[size])  # few enough classes for a solution by hand
    return size, rng.between((0, 9, 12, 16)[tier], (0, 20, 40, 99)[tier]), divisor, rng.below(divisor)


@cache
def _rising(size: int, top: int, divisor: int) -> tuple[int, ...]:
    """By the remainder of their sum: sets of `size` integers from 1 to `top`."""
    if size <= 0 or top <= 0:
        return (int(size == 0), *(0 for _ in range(divisor - 1)))
    shift = top % divisor
    fewer = _rising(size - 1, top - 1, divisor)
    same = _rising(size, top - 1, divisor)
    return tuple(a + fewer[r - shift] for r, a in enumerate(same))


def rising_numbers(size: int, base: int, divisor: int, remainder: int) -> int:
    """Numbers of `size` strictly rising digits whose digit sum leaves `remainder`, mod 1000."""
    return _rising(size, base - 1, divisor)[remainder] % 1000


def _classes(size: int, base: int, divisor: int, remainder: int) -> list[tuple[str, list[int]]]:
    """The ways to choose classes of remainders for the digits, and the choices of digits from each class."""
    members = [len(range(r or divisor, base, divisor)) for r in range(divisor)]
    found = []
    for classes in combinations_with_replacement(range(divisor), size):
        if sum(classes) % divisor == remainder:
            counts = Counter(classes).items()
            choices = [comb(members[r], count) for r, count in counts]
            found.append((" ".join(f"{count}x{r}" for r, count in counts), choices))
    return found


def _brute_rising(size: int, base: int, divisor: int, remainder: int) -> int:
    if comb(base - 1, size) < 30_000:
        return sum(sum(digits) % divisor == remainder for digits in combinations(range(1, base), size)) % 1000
    return sum(prod(choices) for _, choices in _classes(size, base, divisor, remainder)) % 1000


def _mirror_rising(size: int, base: int, divisor: int, remainder: int) -> tuple[int, int, int, int]:
    """The digits that the base exceeds these by."""
    return size, base, divisor, (size * base - remainder) % divisor


def _working_rising(size: int, base: int, divisor: int, remainder: int) -> list[str]:
    members = ", ".join(f"{r}: {len(range(r or divisor, base, divisor))}" for r in range(divisor))
    rows = [(text, *product(choices)) for text, choices in _classes(size, base, divisor, remainder)]
    return [
        f"a set of {size} of the digits 1 to {base - 1} is one number; how many digits leave each remainder:",
        members,
        f"remainders with sum {remainder} mod {divisor} (2x1: two digits that leave 1), and choices:",
        *(f"{text}: {line}" for text, line, _ in rows),
        reduced(" + ".join(str(way) for _, _, way in rows), sum(way for _, _, way in rows)),
    ]


FAMILIES = (
    Family(
        name="words-without-block",
        area="counting",
        difficulty=(5, 8, 11),
        parameters=("n", "k", "block"),
        draw=_draw_words,
        solve=words_without_block,
        brute=_brute_words,
        wordings=(
            "Words of ${n}$ letters are formed from the first ${k}$ letters of the alphabet; a letter may be used any "
            "number of times. In how many of the words is ${block}$ not found as a block of consecutive letters? Give "
            "the remainder on division by $1000$.",
            "A printer prints ${k}$ different capital letters, A, B and so on in the order of the alphabet. Find the "
            "number of strings of length ${n}$ that it can print in which no letters that directly follow each other "
            "spell ${block}$, and reduce it modulo $1000$.",
            "The letters of ${block}$ must nowhere stand next to each other in exactly this order within a password. "
            "Passwords have ${n}$ characters, each one of the ${k}$ letters with which the alphabet begins. Let $N$ be "
            "the number of passwords that are allowed. What is $N$ modulo $1000$?",
            "Each of the ${n}$ beads on a rod with a left and a right end has one of ${k}$ colours, which are named by "
            "the first letters of the alphabet, and beads of one colour look alike. Read from the left, nowhere do "
            "beads directly following each other have the colours ${block}$ in this order. How many such rods are "
            "possible? Divide the number by $1000$ and give the remainder.",
        ),
        working=_working_words,
        mirror=_mirror_words,
        distinct=(5.2e2, 2e3, 6.8e3),
    ),
    Family(
        name="rising-digits",
        area="counting",
        difficulty=(6, 9, 11),
        parameters=("k", "b", "m", "r"),
        draw=_draw_rising,
        solve=rising_numbers,
        brute=_brute_rising,
        wordings=(
            "A positive integer is written in base ${b}$. It has exactly ${k}$ digits, each greater than the digit to "
            "its left, and the sum of its digits leaves the remainder ${r}$ when it is divided by ${m}$. How many such "
            "integers are there? Reduce the number modulo $1000$.",
            "Call a number steep if every digit after the first exceeds the one before it. Let $N$ be the number of "
            "steep positive integers with ${k}$ digits in the number system of base ${b}$ whose sum of digits is "
            "congruent to ${r}$ modulo ${m}$. Find the remainder when $N$ is divided by $1000$.",
            "The sum of the digits of a number is ${r}$ more than a multiple of ${m}$ (the multiple may be zero), and "
            "its digits, read from the left in base ${b}$, increase strictly; none of them is zero. There are ${k}$ "
            "digits. Find, modulo $1000$, how many numbers are of this kind.",
            "From the digits one, two, and so on up to the largest digit of base ${b}$, someone picks ${k}$ different "
            "ones and writes them in ascending order. Dividing their sum by ${m}$ leaves ${r}$. In how many ways, "
            "modulo $1000$, can the digits have been picked?",
        ),
        working=_working_rising,
        mirror=_mirror_rising,
        distinct=(3.7e2, 4.8e2, 7.1e2),
    ),
)
