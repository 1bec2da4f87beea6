"""Chairs chosen round a table, numbers between bounds with a given sum, and maps that use so many values."""

from __future__ import annotations

from math import comb

from ...stream import Stream
from ..family import Family
from ..lines import alternating, product, reduced


def _draw_ring(rng: Stream, tier: int) -> tuple[int, int, int]:
    chosen, gap = rng.between(1 + tier, 3 + 2 * tier), rng.between(1, 2 * tier)
    return rng.between(chosen * (gap + 1) + 3, 50 + 25 * tier), chosen, gap


def spaced_choices_on_a_ring(seats: int, chosen: int, gap: int) -> int:
    """Ways to choose numbered seats of a ring with at least `gap` others between any two neighbours, mod 1000."""
    return seats * comb(seats - gap * chosen - 1, chosen - 1) // chosen % 1000


def _brute_ring(seats: int, chosen: int, gap: int) -> int:
    """For each lowest seat, choose the others from the row between it and where it would be too near again."""
    rows = [1] * (seats + 1)  # by the length of the row, the choices of so many seats from it
    for _ in range(chosen - 1):
        longer = [0]
        for length in range(1, seats + 1):
            longer.append(longer[-1] + rows[max(length - 1 - gap, 0)])
        rows = longer
    lengths = (min(seats, seats + low - gap) - (low + 1 + gap) for low in range(seats))
    return sum(rows[max(length, 0)] for length in lengths) % 1000


def _working_ring(seats: int, chosen: int, gap: int) -> list[str]:
    free, count = seats - chosen - gap * chosen, comb(seats - gap * chosen - 1, chosen - 1)
    return [
        f"start at a chosen one: {chosen} gaps of at least {gap} share {seats} - {chosen} = {seats - chosen} others",
        f"{gap} for each gap: {seats - chosen} - {gap}*{chosen} = {free} are left for {chosen} gaps",
        f"ways: C({free}+{chosen - 1},{chosen - 1}) = C({free + chosen - 1},{chosen - 1}) = {count}",
        f"{seats} places for the start: {seats}*{count} = {seats * count}",
        f"each choice was counted {chosen} times, once for each start",
        reduced(f"{seats * count}/{chosen}", seats * count // chosen),
    ]


def _draw_sums(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    parts, low, width = rng.between(2 + tier, 3 + tier), rng.between(1, 6), rng.between(2 + 2 * tier, 6 + 3 * tier)
    return parts, low, low + width, parts * low + rng.between(width + 1, (parts - 1) * width)


def bounded_sums(parts: int, low: int, high: int, total: int) -> int:
    """Ordered lists of `parts` integers from low to high with the sum `total`, mod 1000."""
    spare, width, last = total - parts * low, high - low + 1, parts - 1
    most = min(parts, spare // width)
    count: int = sum((-1) ** j * comb(parts, j) * comb(spare - j * width + last, last) for j in range(most + 1))
    return count % 1000


def _brute_sums(parts: int, low: int, high: int, total: int) -> int:
    ways = {0: 1}
    for _ in range(parts):
        longer: dict[int, int] = {}
        for value, way in ways.items():
            for part in range(low, high + 1):
                longer[value + part] = longer.get(value + part, 0) + way
        ways = longer
    return ways.get(total, 0) % 1000


def _mirror_sums(parts: int, low: int, high: int, total: int) -> tuple[int, int, int, int]:
    """What each number falls short of the largest by, instead of what it exceeds the least by."""
    return parts, low, high, parts * (low + high) - total


def _working_sums(parts: int, low: int, high: int, total: int) -> list[str]:
    spare, width, last = total - parts * low, high - low + 1, parts - 1
    js = range(min(parts, spare // width) + 1)
    return [
        f"take {low} from each: {parts} numbers from 0 to {width - 1}, sum {total} - {parts}*{low} = {spare}",
        f"without the upper bound C({spare}+{last},{last}); {width} too much in j of them leaves {spare}-{width}j",
        f"sum of (-1)^j C({parts},j) C({spare + last}-{width}j,{last}):",
        *(f"C({n},{last}) = {comb(n, last)}" for n in (spare + last - j * width for j in js)),
        *alternating([(comb(parts, j), comb(spare - j * width + last, last) % 1000) for j in js]),
    ]


def _draw_values(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    used = rng.between(1 + tier, 2 + tier)
    return rng.between(2 + 2 * tier, 5 + 3 * tier), rng.between(used + 1, 3 + 3 * tier), used, rng.between(1, 999)


def maps_with_so_many_values(arguments: int, values: int, used: int, plus: int) -> int:
    """Maps of a set to another that take exactly `used` of its `values` elements, and `plus`, mod 1000."""
    onto: int = sum((-1) ** j * comb(used, j) * (used - j) ** arguments for j in range(used))
    return (comb(values, used) * onto + plus) % 1000


def _brute_values(arguments: int, values: int, used: int, plus: int) -> int:
    """Give the arguments their values one by one, and keep count of how many are in use."""
    ways = [1] + [0] * values
    for _ in range(arguments):
        ways = [k * ways[k] + (values - k + 1) * ways[k - 1] if k else 0 for k in range(values + 1)]
    return (ways[used] + plus) % 1000


def _working_values(arguments: int, values: int, used: int, plus: int) -> list[str]:
    powers = [(used - j) ** arguments for j in range(used)]
    choices = comb(values, used)
    terms = [(comb(used, j), power % 1000) for j, power in enumerate(powers)]
    total = sum((-1) ** j * a * b for j, (a, b) in enumerate(terms)) % 1000
    line, value = product((choices, total))
    return [
        f"choose the {used} in use: C({values},{used}) = {choices}",
        f"all {used} are met: sum of (-1)^j C({used},j) ({used}-j)^{arguments}, mod 1000",
        *(reduced(f"{used - j}^{arguments}", power) for j, power in enumerate(powers)),
        *alternating(terms),
        line,
        reduced(f"{value} + {plus}", value + plus),
    ]


FAMILIES = (
    Family(
        name="round-table-choice",
        area="counting",
        difficulty=(4, 6, 8),
        parameters=("n", "k", "g"),
        draw=_draw_ring,
        solve=spaced_choices_on_a_ring,
        brute=_brute_ring,
        wordings=(
            "Round a table stand ${n}$ numbered chairs. In how many ways can one choose ${k}$ of them so that, going "
            "round from any chosen chair to the next chosen one, the number of chairs passed on the way is always at "
            "least ${g}$? Give the remainder when the number is divided by $1000$.",
            "A choice of ${k}$ corners of a regular polygon is called loose if on every arc of the boundary from one "
            "chosen corner to the next the number of corners strictly between the two is at least ${g}$. The polygon "
            "has ${n}$ corners, and choices that differ by a rotation are different. Find the number of loose choices "
            "modulo $1000$.",
            "On a circular promenade the number of dark lamps between a lit lamp and the next lit one must nowhere be "
            "less than ${g}$. Of the ${n}$ lamps, each with a name of its own, exactly ${k}$ are to be lit. How many "
            "sets of lamps may be lit? Reduce the number modulo $1000$.",
            "On a clock face with ${n}$ marks, ${k}$ pegs that look the same are put on different marks. Whenever the "
            "hand goes on from one peg, the number of free marks that it passes before it meets a peg again has to be "
            "at least ${g}$. Let $N$ be the number of possible positions of the pegs. Compute $N$ modulo $1000$.",
        ),
        working=_working_ring,
        distinct=(5.1e2, 1.6e3, 3.2e3),
        slots={"n": (120, 999)},
    ),
    Family(
        name="bounded-sums",
        area="counting",
        difficulty=(3, 5, 7),
        parameters=("k", "l", "u", "s"),
        draw=_draw_sums,
        solve=bounded_sums,
        brute=_brute_sums,
        wordings=(
            "How many ordered lists of ${k}$ integers, each at least ${l}$ and at most ${u}$, have the sum ${s}$? Give "
            "the answer modulo $1000$.",
            "A total of ${s}$ equal coins is shared out among ${k}$ people, and it matters who gets how many. Nobody "
            "may get fewer than ${l}$ or more than ${u}$ coins. Find the remainder when the number of ways to do so is "
            "divided by $1000$.",
            "Let $N$ be the number of solutions of $x_1 + x_2 + \\cdots = {s}$ in integers, where the left side has "
            "${k}$ unknowns, none of them greater than ${u}$ and none smaller than ${l}$. What is $N$ modulo $1000$?",
            "The marks from ${l}$ to ${u}$, whole numbers only, are given in an examination that has ${k}$ different "
            "parts, one mark for each part. In how many ways can the marks of all parts add up to ${s}$? Divide by "
            "$1000$ and state the remainder.",
        ),
        working=_working_sums,
        mirror=_mirror_sums,
        distinct=(4.1e2, 1e3, 2e3),
    ),
    Family(
        name="values-in-use",
        area="counting",
        difficulty=(4, 6, 8),
        parameters=("n", "b", "k", "c"),
        draw=_draw_values,
        solve=maps_with_so_many_values,
        brute=_brute_values,
        wordings=(
            "Each of ${n}$ different balls is put into one of ${b}$ different boxes. Let $N$ be the number of ways to "
            "do this that leave exactly ${k}$ boxes with at least one ball. Find the remainder when $N + {c}$ is "
            "divided by $1000$.",
            "An inn offers ${b}$ dishes. In $N$ ways a company of ${n}$ people can order one dish each so that the "
            "number of different dishes on the order is exactly ${k}$; who orders what matters. What is ${c} + N$ "
            "modulo $1000$?",
            "Take all strings whose characters come from an alphabet of ${b}$ letters and whose length is ${n}$. Count "
            "those in which precisely ${k}$ different letters occur, and add ${c}$ to the count. What is the result "
            "modulo $1000$?",
            "Let $f$ run through all maps from a set of ${n}$ elements to a set of ${b}$ elements. Increase by ${c}$ "
            "the number of those maps that take exactly ${k}$ different values, and reduce the result modulo $1000$.",
        ),
        working=_working_values,
        distinct=(3.3e4, 5.5e4, 7.1e4),
        slots={"c": (1, 999)},
    ),
)
