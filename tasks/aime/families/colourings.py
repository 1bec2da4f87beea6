"""Colours in which neighbours differ, on a fixed ring and on one that may be turned, and strips laid with tiles."""

from __future__ import annotations

from collections import Counter
from math import comb, gcd

from ...stream import Stream
from ..family import Family
from ..integers import arrow, divisors, power_lines
from ..lines import reduced


def _draw_ring(rng: Stream, tier: int) -> tuple[int, int]:
    return rng.between((0, 4, 10, 100)[tier], (0, 24, 99, 999)[tier]), rng.between(3, (0, 24, 60, 200)[tier])


def ring_colourings(n: int, colours: int) -> int:
    """Colourings of n places of a ring, no two neighbours alike, mod 1000."""
    return (pow(colours - 1, n, 1000) + (1 - colours if n % 2 else colours - 1)) % 1000


def _brute_ring(n: int, colours: int) -> int:
    """Colour place after place and keep apart whether the last one looks like the first."""
    same, other = colours, 0
    for _ in range(n - 1):
        same, other = other, (colours - 1) * same + (colours - 2) * other
    return other % 1000


def _working_ring(n: int, colours: int) -> list[str]:
    value, lines = power_lines(colours - 1, n, 1000)
    sign = "-" if n % 2 else "+"
    total = value + (1 - colours if n % 2 else colours - 1)
    return [
        f"P(i): colourings of a ring of i places; an open row has {colours}*{colours - 1}^(i-1)",
        "its ends differ, or they are alike and can be merged: P(i) + P(i-1)",
        f"with P(1) = 0 this gives P(i) = {colours - 1}^i + (-1)^i*{colours - 1}",
        *lines,
        reduced(f"{value} {sign} {colours - 1}", total),
    ]


_MANY_TURNS = tuple(n for n in range(12, 37) if len(divisors(n)) > 3)
"""lengths of a ring with rotations of four kinds or more"""


def _draw_turned(rng: Stream, tier: int) -> tuple[int, int]:
    if tier == 3:
        return _MANY_TURNS[rng.below(len(_MANY_TURNS))], rng.between(3, 199)
    return rng.between((0, 4, 6)[tier], (0, 9, 15)[tier]), rng.between(3, (0, 60, 99)[tier])


def turned_ring_colourings(n: int, colours: int) -> int:
    """As `ring_colourings`, but those that a rotation makes alike count once (Burnside's lemma)."""
    modulus = 1000 * n  # so that the sum can still be divided by n
    turns = (gcd(turn, n) for turn in range(n))
    fixed = sum(pow(colours - 1, d, modulus) + (1 - colours if d % 2 else colours - 1) for d in turns)
    return fixed % modulus // n


def _brute_turned(n: int, colours: int) -> int:
    """Sort the colourings by their shortest period: those of period d fall into classes of d."""
    classes, exact = 0, dict[int, int]()
    for period in (d for d in range(2, n + 1) if n % d == 0):
        same, other = colours, 0
        for _ in range(period - 1):
            same, other = other, (colours - 1) * same + (colours - 2) * other
        exact[period] = other - sum(count for d, count in exact.items() if period % d == 0)
        classes += exact[period] // period
    return classes % 1000


def _working_turned(n: int, colours: int) -> list[str]:
    modulus = 1000 * n
    powers = [1]
    for _ in range(n):
        powers.append(powers[-1] * (colours - 1) % modulus)
    turns = Counter(gcd(turn, n) for turn in range(n))
    lines, parts = [], []
    for cycles, count in sorted(turns.items()):
        sign = "-" if cycles % 2 else "+"
        fixed = powers[cycles] + (1 - colours if cycles % 2 else colours - 1)
        parts.append(count * fixed)
        lines.append(f"{count} turns, {cycles} cycles: {count}*({powers[cycles]}{sign}{colours - 1}) = {count * fixed}")
    total = sum(parts)
    return [
        f"a turn that makes d cycles leaves {colours - 1}^d + (-1)^d*{colours - 1} colourings as they are",
        f"powers of {colours - 1} mod {modulus}: {', '.join(map(str, powers[1:]))}",
        *lines,
        reduced(" + ".join(map(str, parts)).replace("+ -", "- "), total, modulus),
        reduced(f"{total % modulus}/{n}", total % modulus // n),
    ]


def _draw_tiles(rng: Stream, tier: int) -> tuple[int, int, int, int, int] | None:
    short = rng.between(1, 1 + tier)
    long = rng.between(short + 1, 3 + tier)
    n = rng.between((0, 6, 9, 14)[tier], (0, 11, 17, 24)[tier])
    if gcd(short, long) > 1:  # most such strips cannot be covered
        return None
    return n, short, long, rng.between(2, 6 + tier), rng.between(2, 6 + tier)


def strip_tilings(n: int, short: int, long: int, colours_short: int, colours_long: int) -> int:
    """Coverings of a strip of n squares by tiles of two lengths that come in so many colours, mod 1000."""
    return _tilings(n, short, long, colours_short, colours_long)[-1]


def _tilings(n: int, short: int, long: int, c: int, d: int) -> list[int]:
    ways = [1]
    for i in range(1, n + 1):
        ways.append(((c * ways[i - short] if i >= short else 0) + (d * ways[i - long] if i >= long else 0)) % 1000)
    return ways


def _brute_tiles(n: int, short: int, long: int, c: int, d: int) -> int:
    """For each number of long tiles: in which order the tiles lie, and their colours."""
    total = 0
    for longs in range(n // long + 1):
        shorts, rest = divmod(n - longs * long, short)
        if rest == 0:
            total += comb(shorts + longs, longs) * c**shorts * d**longs
    return total % 1000


def _working_tiles(n: int, short: int, long: int, c: int, d: int) -> list[str]:
    ways = _tilings(n, short, long, c, d)
    lines = []
    for i in range(1, n + 1):
        terms = [f"{c}*{ways[i - short]}"] if i >= short and ways[i - short] else []
        terms += [f"{d}*{ways[i - long]}"] if i >= long and ways[i - long] else []
        value = sum(k * ways[i - length] for k, length in ((c, short), (d, long)) if i >= length)
        lines.append(f"{i}: {' + '.join(terms)} = {arrow(value, 1000)}" if terms else f"{i}: 0")
    return [f"by the last tile T(i) = {c} T(i-{short}) + {d} T(i-{long}), T(0) = 1; -> is mod 1000:", *lines]


FAMILIES = (
    Family(
        name="ring-colourings",
        area="counting",
        difficulty=(3, 5, 7),
        parameters=("n", "k"),
        draw=_draw_ring,
        solve=ring_colourings,
        brute=_brute_ring,
        wordings=(
            "The ${n}$ numbered sectors of a wheel are painted with ${k}$ colours that are on hand; not all of them "
            "have to be used. Two sectors with a common side must have different colours. Find the remainder when the "
            "number of ways to paint the wheel is divided by $1000$.",
            "There are ${k}$ designs of flags, with as many copies of each as needed. At every corner of a polygon "
            "with ${n}$ corners one flag is put up so that no side has the same design at both ends. The corners have "
            "names, so that turned arrangements differ. How many arrangements are there, modulo $1000$?",
            "A closed tour leads through ${n}$ different towns and back to the first. Every town is given an integer "
            "from one to ${k}$, and towns that follow each other on the tour, the last and the first among them, get "
            "different integers. In how many ways can this be done? Answer modulo $1000$.",
            "From an alphabet of ${k}$ letters, words of length ${n}$ are formed in which no letter is followed by "
            "itself and the final letter is not the initial one. What is the number of such words, reduced modulo "
            "$1000$?",
        ),
        working=_working_ring,
        distinct=(4.6e2, 5.2e3, 1.6e5),
        slots={"n": (3, 999), "k": (3, 999)},
    ),
    Family(
        name="turned-ring-colourings",
        area="counting",
        difficulty=(8, 10, 13),
        parameters=("n", "k"),
        draw=_draw_turned,
        solve=turned_ring_colourings,
        brute=_brute_turned,
        wordings=(
            "A bracelet is a closed ring of ${n}$ beads, each in one of ${k}$ colours, and beads that touch differ in "
            "colour. Bracelets are the same if a rotation takes one to the other; they cannot be turned over. How many "
            "bracelets are there? Give the remainder on division by $1000$.",
            "With ${k}$ kinds of plants, of which any may be left out, a gardener plants the ${n}$ equal beds round a "
            "circular pond, one kind in a bed and never the same kind in neighbouring beds. Plans that become equal "
            "when the pond is rotated count as one, while mirror images do not. Find the number of plans modulo "
            "$1000$.",
            "Let $N$ be the number of different round trays with ${n}$ equal compartments in a circle, each filled "
            "with one of ${k}$ sorts of sweets so that adjacent compartments never hold the same sort. Turning a tray "
            "about its centre does not make it a different one, but trays that are only reflections of each other are "
            "different. Compute $N$ modulo $1000$.",
            "Cyclic words over an alphabet with ${k}$ letters have no first letter: shifting a word round does not "
            "change it, though reading it backwards may. Of the cyclic words with ${n}$ letters, count those in which "
            "no letter is followed, going round, by itself, and state the count modulo $1000$.",
        ),
        working=_working_turned,
        distinct=(3.5e2, 9.7e2, 3.6e3),
        slots={"k": (3, 999)},
    ),
    Family(
        name="strip-tilings",
        area="counting",
        difficulty=(2, 4, 6),
        parameters=("n", "p", "q", "c", "d"),
        draw=_draw_tiles,
        solve=strip_tilings,
        brute=_brute_tiles,
        wordings=(
            "A strip of ${n}$ unit squares with a left and a right end is covered without gaps or overlaps by tiles of "
            "length ${p}$, which come in ${c}$ colours, and tiles of length ${q}$, which come in ${d}$ colours. Tiles "
            "of one length and colour are alike, and there are enough of each. Find the number of coverings modulo "
            "$1000$.",
            "A drummer fills ${n}$ beats with strokes: ${d}$ kinds of stroke have the length ${q}$ and ${c}$ other "
            "kinds have the length ${p}$, counted in beats. How many sequences of strokes fill the time exactly? Give "
            "the remainder when the number is divided by $1000$.",
            "Coins of value ${p}$ exist in ${c}$ designs, coins of value ${q}$ in ${d}$ designs. Someone pays a sum of "
            "${n}$ into a machine, coin after coin, and the order of the coins and their designs matter. In how many "
            "ways can this happen? Reduce the number modulo $1000$.",
            "Along a wall stand cupboards in a row that is ${n}$ metres long. There are ${c}$ models of width ${p}$ "
            "and ${d}$ models of width ${q}$, in metres; any model may be used any number of times, and no space is "
            "left over. Let $N$ be the number of possible rows from left to right. What is $N$ modulo $1000$?",
        ),
        working=_working_tiles,
        distinct=(8.4e2, 3.2e3, 6.4e3),
        alike=(("p", "c"), ("q", "d")),
        slots={"c": (2, 999), "d": (2, 999)},
    ),
)
