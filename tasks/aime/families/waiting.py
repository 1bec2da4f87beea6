"""Chance as time goes by: the ruin of a gambler, and how long a block of letters has to be waited for."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from ...stream import Stream
from ..family import Family
from ..integers import fraction_sum
from ..lines import lowest_terms
from .words import borders


def _coprime(rng: Stream, most: int) -> tuple[int, int] | None:
    p, q = rng.between(1, most), rng.between(1, most)
    return (p, q) if gcd(p, q) == 1 else None


def _draw_ruin(rng: Stream, tier: int) -> tuple[int, int, int, int] | None:
    odds = _coprime(rng, 4 + 3 * tier)
    if odds is None or odds == (1, 1):
        return None
    goal = rng.between(2 + 2 * tier, 5 + 3 * tier)
    return *odds, rng.between(1, goal - 1), goal


def _steps(up: int, down: int, length: int) -> int:
    """The sum of the products of length - 1 factors, first `up`s and then `down`s.

    >>> _steps(2, 3, 3) == 2 * 2 + 2 * 3 + 3 * 3
    True
    """
    power: int = up ** (length - 1)
    return (up**length - down**length) // (up - down) if up != down else length * power


def ruin_chance(up: int, down: int, start: int, goal: int) -> int:
    """Numerator plus denominator, mod 1000, of the chance to reach the goal before 0 at odds of `up` to `down`."""
    lead: int = up ** (goal - start)
    return fraction_sum(lead * _steps(up, down, start), _steps(up, down, goal)) % 1000


def _brute_ruin(up: int, down: int, start: int, goal: int) -> int:
    """Chances are 0 at 0, say 1 at 1, and each the mean of its neighbours: go up to the goal, where 1 is right."""
    chances = [Fraction(0), Fraction(1)]
    while len(chances) <= goal:
        chances.append(((up + down) * chances[-1] - down * chances[-2]) / up)
    chance = chances[start] / chances[goal]
    return (chance.numerator + chance.denominator) % 1000


def _working_ruin(up: int, down: int, start: int, goal: int) -> list[str]:
    sums = [_steps(up, down, length) for length in range(1, goal + 1)]
    lead = up ** (goal - start)
    return [
        f"h(x) = ({up} h(x+1) + {down} h(x-1))/{up + down}: the step to h(x+1) is {down}/{up} of the step to h(x)",
        f"with h(0) = 0, h(x) is as S(x)/{up}^(x-1), S(x+1) = {up} S(x) + {down}^x",
        f"S(1), S(2), ...: {', '.join(map(str, sums))}",
        f"h({start})/h({goal}) = {up}^({goal}-{start}) S({start})/S({goal}) = {lead}*{sums[start - 1]}/{sums[-1]}",
        *lowest_terms(lead * sums[start - 1], sums[-1]),
    ]


def _draw_block(rng: Stream, tier: int) -> tuple[int, int, str] | None:
    odds = _coprime(rng, 9)
    if odds is None:
        return None
    length = rng.between((0, 2, 4, 6)[tier], (0, 4, 5, 8)[tier])
    bits = rng.below(1 << length - 1)  # the first letter is A, lest one problem come with both names
    return *odds, "A" + "".join("AB"[bits >> i & 1] for i in range(length - 1))


def _terms(a: int, b: int, block: str) -> list[tuple[int, int]]:
    """For each length at which the block begins and ends alike, its own included: one over the chance of that part."""
    parts = [block[:length] for length in (*borders(block), len(block))]
    return [((a + b) ** len(part), a ** part.count("A") * b ** part.count("B")) for part in parts]


def waiting_time(a: int, b: int, block: str) -> int:
    """Numerator plus denominator, mod 1000, of the mean number of letters until a block is complete.

    Letters are A and B at odds of a to b (Conway's leading numbers; Li 1980, doi:10.1214/aop/1176994578).
    """
    terms = _terms(a, b, block)
    whole = terms[-1][1]
    return fraction_sum(sum(top * (whole // bottom) for top, bottom in terms), whole) % 1000


def _brute_waiting(a: int, b: int, block: str) -> int:
    """Solve the equations of the mean times that are left after so many letters of the block."""
    size, chances = len(block), {"A": Fraction(a, a + b), "B": Fraction(b, a + b)}
    # The time left after i letters is x + y * (the time from the start); the equation of i - 1 gives that of i.
    left = [(Fraction(0), Fraction(1))]
    for i in range(size):
        wrong = "B" if block[i] == "A" else "A"
        text = block[:i] + wrong
        while not block.startswith(text):
            text = text[1:]
        right, (x, y), (back_x, back_y) = chances[block[i]], left[i], left[len(text)]
        left.append(((x - 1 - chances[wrong] * back_x) / right, (y - chances[wrong] * back_y) / right))
    mean = -left[size][0] / left[size][1]
    return (mean.numerator + mean.denominator) % 1000


def _mirror_waiting(a: int, b: int, block: str) -> tuple[int, int, str]:
    """Read backwards, which takes as long; what the first letter is called is A."""
    backwards = block[::-1]
    return (a, b, backwards) if backwards[0] == "A" else (b, a, backwards.translate(str.maketrans("AB", "BA")))


def _working_waiting(a: int, b: int, block: str) -> list[str]:
    terms = _terms(a, b, block)
    whole = terms[-1][1]
    tops = [top * (whole // bottom) for top, bottom in terms]
    parts = [block[:length] for length in (*borders(block), len(block))]
    return [
        f"before each letter a new player stakes 1 on {block} at fair odds: A pays {a + b}/{a}, B pays {a + b}/{b}",
        f"in the end those are still in whose letters so far begin {block}: {', '.join(parts)}",
        "the mean number of stakes, one a letter, is what they hold:",
        *(f"{part}: {top}/{bottom}" for part, (top, bottom) in zip(parts, terms, strict=True)),
        *([f"over {whole}: {' + '.join(map(str, tops))} = {sum(tops)}"] if len(tops) > 1 else []),
        *lowest_terms(sum(tops), whole),
    ]


FAMILIES = (
    Family(
        name="gamblers-ruin",
        area="probability",
        difficulty=(7, 9, 11),
        parameters=("p", "q", "i", "n"),
        draw=_draw_ruin,
        solve=ruin_chance,
        brute=_brute_ruin,
        wordings=(
            "The number of coins that a player owns is ${i}$ at first. In each round it rises by one, at odds of ${p}$ "
            "to ${q}$ (so many chances of rising against so many of falling), or else falls by one; rounds are "
            "independent. She stops as soon as it is ${n}$ or zero. The probability that she stops with coins is "
            "$\\frac{{a}}{{b}}$ in lowest terms. Find the remainder when $a + b$ is divided by $1000$.",
            "A beetle is on step number ${i}$ of a ladder whose top is step number ${n}$ and whose bottom is step "
            "number zero. Again and again a bag with ${q}$ black and ${p}$ white marbles is shaken and one marble is "
            "drawn and put back: the beetle goes one step up if it is white, one step down if it is black. With "
            "probability $a/b$, a reduced fraction of positive integers, it is at the top before it is at the bottom. "
            "What is $a + b$ modulo $1000$?",
            "Every year the level of a lake rises by one foot with probability $\\frac{{u}}{{u + v}}$ and falls by one "
            "foot otherwise, where $u = {p}$ and $v = {q}$, whatever happened before. Measured in feet above the mark "
            "of drought it stands at ${i}$ today, and the mark of flood at ${n}$. Let $\\frac{{a}}{{b}}$, in lowest "
            "terms, be the probability that the flood mark is reached before the mark of drought. Give $a + b$ modulo "
            "$1000$.",
            "Two teams tug a rope that lies along marks numbered from zero to ${n}$. Its knot begins at mark ${i}$. In "
            "every tug it moves to the next higher or to the next lower mark, independently of earlier tugs, and the "
            "probabilities of the two, in this order, are in the ratio ${p} : {q}$. The game ends when the knot is at "
            "either end of the marks. Reduce the probability that it ends at the highest mark, add numerator and "
            "denominator, and give the remainder of the sum on division by $1000$.",
        ),
        working=_working_ruin,
        distinct=(8.5e2, 2.6e3, 7.4e3),
        slots={"p": (1, 999), "q": (1, 999)},
    ),
    Family(
        name="waiting-for-a-block",
        area="probability",
        difficulty=(9, 12, 14),
        parameters=("p", "q", "block"),
        draw=_draw_block,
        solve=waiting_time,
        brute=_brute_waiting,
        wordings=(
            "A machine prints letters one after the other, each independently an A or a B, at odds of ${p}$ to ${q}$ "
            "for the A. It stops as soon as the last letters printed are ${block}$. The expected number of letters "
            "printed in all is $\\frac{{m}}{{n}}$ in lowest terms. Find $m + n$ modulo $1000$.",
            "The equal sectors of a wheel of fortune are marked with letters; the number of sectors with B is ${q}$, "
            "the number of those with A is ${p}$, and there are no others. The wheel is spun until the letters "
            "${block}$ have come up in this order in consecutive spins. Let $m$ and $n$ be coprime positive integers "
            "such that $m/n$ is the mean number of spins, those of the block included. What remainder does $m + n$ "
            "leave on division by $1000$?",
            "Somebody waits for ${block}$ to appear as a run of successive letters in an endless random sequence. Its "
            "letters are independent; each is A with probability $\\frac{{u}}{{u + v}}$ and B otherwise, where $u = "
            "{p}$ and $v = {q}$. Write the average position of the letter that completes the first such run as a "
            "reduced fraction, and reduce the sum of its numerator and denominator modulo $1000$.",
            "A bag holds tiles with the letter A and tiles with the letter B, and the numbers of both are in the ratio "
            "${p} : {q}$, in this order. A tile is drawn at random, its letter is written down, and the tile is put "
            "back. This goes on until what is written ends with ${block}$. If the expected number of draws is "
            "$\\frac{{m}}{{n}}$ with positive integers $m$ and $n$ that have no common divisor but one, what is $m + "
            "n$? Answer with the remainder modulo $1000$.",
        ),
        working=_working_waiting,
        mirror=_mirror_waiting,
        distinct=(5.2e2, 8.2e2, 6.2e3),
        slots={"p": (1, 999), "q": (1, 999)},
    ),
)
