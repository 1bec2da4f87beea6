"""Chances that are quotients of counts: sums of dice, and draws without replacement."""

from __future__ import annotations

from math import comb

from ...stream import Stream
from ..family import Family
from ..integers import fraction_sum
from ..lines import lowest_terms


def _draw_dice(rng: Stream, tier: int) -> tuple[int, int, int]:
    dice, faces = rng.between(1 + tier, 2 + tier + tier // 3), rng.between((0, 5, 6, 8)[tier], (0, 22, 22, 24)[tier])
    return dice, faces, rng.between(dice + 2, dice * faces - 2)


def _rolls(dice: int, faces: int, total: int) -> list[tuple[int, int, int]]:
    """Of j dice with more than their faces: the sign, the choices of the dice, and the rolls without an upper bound."""
    most = min(dice, (total - dice) // faces)
    return [(-1 if j % 2 else 1, comb(dice, j), comb(total - j * faces - 1, dice - 1)) for j in range(most + 1)]


def dice_sum_chance(dice: int, faces: int, total: int) -> int:
    """Numerator plus denominator, mod 1000, of the chance that equal fair dice show a total."""
    ways = sum(sign * choices * rolls for sign, choices, rolls in _rolls(dice, faces, total))
    every: int = faces**dice
    return fraction_sum(ways, every) % 1000


def _brute_dice(dice: int, faces: int, total: int) -> int:
    ways = {0: 1}
    for _ in range(dice):
        longer: dict[int, int] = {}
        for value, way in ways.items():
            for face in range(1, faces + 1):
                longer[value + face] = longer.get(value + face, 0) + way
        ways = longer
    return fraction_sum(ways[total], sum(ways.values())) % 1000


def _mirror_dice(dice: int, faces: int, total: int) -> tuple[int, int, int]:
    """Every face against the one opposite."""
    return dice, faces, dice * (faces + 1) - total


def _working_dice(dice: int, faces: int, total: int) -> list[str]:
    rows = _rolls(dice, faces, total)
    lines, terms = [], ""
    for j, (sign, choices, rolls) in enumerate(rows):
        lines.append(
            f"j = {j}: {choices}*C({total - j * faces - 1},{dice - 1}) = {choices}*{rolls} = {choices * rolls}"
        )
        terms += f" {'-' if sign < 0 else '+'} {choices * rolls}" if j else str(choices * rolls)
    ways = sum(sign * choices * rolls for sign, choices, rolls in rows)
    return [
        f"rolls with sum {total}: sum over j of (-1)^j C({dice},j) C({total - 1}-{faces}j,{dice - 1}), j dice too high",
        *lines,
        f"{terms} = {ways}",
        f"all rolls: {faces}^{dice} = {faces**dice}",
        *lowest_terms(ways, faces**dice),
    ]


def _draw_balls(rng: Stream, tier: int) -> tuple[int, int, int, int] | None:
    low, high = (0, 3, 5, 8)[tier], (0, 9, 14, 25)[tier]
    black = rng.between(low, high)
    white = black + rng.between(1, high - low)  # white is the commoner one, lest one problem come in both colours
    drawn = rng.between(1 + tier, 3 + 2 * tier)
    hits = rng.between(1, drawn - 1)
    return (white, black, drawn, hits) if drawn - hits <= black and hits <= white else None


def draws_chance(white: int, black: int, drawn: int, hits: int) -> int:
    """Numerator plus denominator, mod 1000, of the chance of so many white ones among those drawn."""
    return fraction_sum(comb(white, hits) * comb(black, drawn - hits), comb(white + black, drawn)) % 1000


def _brute_balls(white: int, black: int, drawn: int, hits: int) -> int:
    """Draw ball after ball: sequences by the number of white ones in them."""
    ways = [1] + [0] * drawn
    for step in range(drawn):
        for whites in range(step + 1, -1, -1):
            blacks = step - whites
            ways[whites] *= max(black - blacks, 0)
            if whites:
                ways[whites] += ways[whites - 1] * max(white - whites + 1, 0)
    return fraction_sum(ways[hits], sum(ways)) % 1000


def _working_balls(white: int, black: int, drawn: int, hits: int) -> list[str]:
    first, second, every = comb(white, hits), comb(black, drawn - hits), comb(white + black, drawn)
    return [
        f"all hands: C({white}+{black},{drawn}) = C({white + black},{drawn}) = {every}",
        f"{hits} of {white}: C({white},{hits}) = {first}",
        f"{drawn}-{hits} = {drawn - hits} of {black}: C({black},{drawn - hits}) = {second}",
        f"{first}*{second} = {first * second}",
        *lowest_terms(first * second, every),
    ]


FAMILIES = (
    Family(
        name="dice-sum",
        area="probability",
        difficulty=(2, 5, 7),
        parameters=("k", "s", "t"),
        draw=_draw_dice,
        solve=dice_sum_chance,
        brute=_brute_dice,
        wordings=(
            "The faces of a fair die bear the integers from one to ${s}$, each once. If ${k}$ such dice are rolled, "
            "the probability that the numbers on top have the sum ${t}$ is $\\frac{{m}}{{n}}$ in lowest terms. Find "
            "the remainder when $m + n$ is divided by $1000$.",
            "A spinner stops on one of ${s}$ equal sectors, numbered from one upwards without gaps. It is spun ${k}$ "
            "times, and its numbers are added. The total is ${t}$ with probability $m/n$, where $m$ and $n$ are "
            "coprime positive integers. What is $m + n$ modulo $1000$?",
            "Someone needs a total of ${t}$ from ${k}$ cards, one drawn at random from each of that many packs. Every "
            "pack consists of ${s}$ cards, which show the integers from one up to the number of cards in the pack, "
            "each integer once. Reduce the probability of success to lowest terms, add numerator and denominator, and "
            "give the sum modulo $1000$.",
            "Let $x_1, x_2, \\ldots$ be ${k}$ independent random integers, each of them equally likely to be any of "
            "the positive integers not greater than ${s}$. Let $p$ be the probability that their sum equals ${t}$. "
            "With $p = \\frac{{m}}{{n}}$, a fraction of positive integers that cannot be reduced, find $m + n$ modulo "
            "$1000$.",
        ),
        working=_working_dice,
        mirror=_mirror_dice,
        distinct=(5.1e2, 7.3e2, 1.8e3),
    ),
    Family(
        name="draws-without-replacement",
        area="probability",
        difficulty=(1, 4, 6),
        parameters=("a", "b", "k", "j"),
        draw=_draw_balls,
        solve=draws_chance,
        brute=_brute_balls,
        wordings=(
            "A box contains ${a}$ white and ${b}$ black balls. Without looking, someone takes out ${k}$ balls at once. "
            "The probability that the number of white ones among them is ${j}$ is $\\frac{{m}}{{n}}$ in lowest terms. "
            "Find the remainder when $m + n$ is divided by $1000$.",
            "Of a club of ${b}$ women and ${a}$ men, a committee of ${k}$ members is chosen by lot, every such "
            "committee being equally likely. With probability $m/n$, where $m$ and $n$ are positive integers without a "
            "common factor greater than one, the number of men on the committee is ${j}$. What is $m + n$ modulo "
            "$1000$?",
            "What is the chance that the number of winning tickets is ${j}$ among ${k}$ tickets that somebody draws, "
            "one after the other and without putting any back, from an urn with ${a}$ winning tickets and ${b}$ "
            "blanks? Write it as a reduced fraction, add its numerator and denominator, and give the sum modulo "
            "$1000$.",
            "In a shuffled pack there are ${b}$ black and ${a}$ red cards and no others. The top ${k}$ cards are "
            "turned over. Let $p$ be the probability that the number of red cards among them is ${j}$, and let $p = "
            "\\frac{{m}}{{n}}$ with coprime positive integers $m$ and $n$. Compute $m + n$, and give the remainder on "
            "division by $1000$.",
        ),
        working=_working_balls,
        distinct=(4.1e2, 1.7e3, 8.8e3),
        slots={"a": (30, 999), "b": (30, 999)},
    ),
)
