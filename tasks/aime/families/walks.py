"""Walks on a grid with holes, jumps round a polygon, and rectangles that miss a cell."""

from __future__ import annotations

from math import comb

from ...stream import Stream
from ..family import Family
from ..lines import product, reduced


def _draw_grid(rng: Stream, tier: int) -> tuple[int, int, int, int, int, int] | None:
    height = rng.between((0, 3, 5, 8)[tier], (0, 6, 10, 16)[tier])
    width = height + rng.between(1, 1 + 2 * tier)  # the wider side across, lest one problem come lying and standing
    low, high = sorted((rng.below(width + 1), rng.below(height + 1)) for _ in range(2))
    if low == high or low == (0, 0) or high == (width, height):
        return None
    return width, height, *low, *high


def _chained(low: tuple[int, int], high: tuple[int, int]) -> bool:
    """Whether a walk can pass both holes; the first is not to the right of the second."""
    return low[1] <= high[1]


def walks_past_two_holes(width: int, height: int, x: int, y: int, u: int, v: int) -> int:
    """Walks right and up over a grid that meet neither of two points, mod 1000."""
    if (x, y) > (u, v):
        x, y, u, v = u, v, x, y
    first, last = comb(x + y, x), comb(width - u + height - v, width - u)
    total = comb(width + height, width) - first * comb(width - x + height - y, width - x) - comb(u + v, u) * last
    if _chained((x, y), (u, v)):
        total += first * comb(u - x + v - y, u - x) * last
    return total % 1000


def _brute_grid(width: int, height: int, x: int, y: int, u: int, v: int) -> int:
    ways = [1] + [0] * width
    for row in range(height + 1):
        for column in range(width + 1):
            if column:
                ways[column] += ways[column - 1]
            if (column, row) in ((x, y), (u, v)):
                ways[column] = 0
    return ways[-1] % 1000


def _mirror_grid(a: int, b: int, x: int, y: int, u: int, v: int) -> tuple[int, int, int, int, int, int]:
    """The same walks from the goal back to the start."""
    return a, b, a - u, b - v, a - x, b - y


def _working_grid(width: int, height: int, x: int, y: int, u: int, v: int) -> list[str]:
    lines: list[str] = []

    def walks(name: str, right: int, up: int) -> int:
        count = comb(right + up, right)
        lines.append(reduced(f"{name}: C({right + up},{right})", count))
        return count % 1000

    every = walks("all", width, height)
    to_low, from_low = walks(f"to ({x},{y})", x, y), walks("from there", width - x, height - y)
    to_high, from_high = walks(f"to ({u},{v})", u, v), walks("from there", width - u, height - v)
    low_line, low = product((to_low, from_low))
    high_line, high = product((to_high, from_high))
    lines += [f"through ({x},{y}): {low_line}", f"through ({u},{v}): {high_line}"]
    if not _chained((x, y), (u, v)):
        return [*lines, f"({u},{v}) is lower than ({x},{y}): no walk meets both", reduced(*_total(every, low, high, 0))]
    both_line, both = product((to_low, walks("between them", u - x, v - y), from_high))
    return [*lines, f"through both: {both_line}", reduced(*_total(every, low, high, both))]


def _total(every: int, low: int, high: int, both: int) -> tuple[str, int]:
    return f"{every} - {low} - {high} + {both}", every - low - high + both


def _draw_polygon(rng: Stream, tier: int) -> tuple[int, int, int, int, int] | None:
    corners, jumps = rng.between(3 + 2 * tier, 6 + 4 * tier), rng.between(4 + 3 * tier, 6 + 6 * tier)
    forward = rng.between(1, (corners - 1) // 2)
    back = rng.between(forward, corners - 1 - forward)  # the shorter way forward: a mirror shows the other problems
    ahead = rng.between(jumps // 4 + 1, 3 * jumps // 4)  # one way to reach the goal, which has others with it
    goal = (ahead * (forward + back) - jumps * back) % corners
    return (corners, jumps, forward, back, goal) if goal else None


def jumps_round_a_ring(corners: int, jumps: int, forward: int, back: int, goal: int) -> int:
    """Sequences of jumps, each `forward` or `back` places of a ring, that end `goal` places ahead, mod 1000."""
    total = 0
    for ahead in range(jumps + 1):
        if (ahead * (forward + back) - jumps * back - goal) % corners == 0:
            total += comb(jumps, ahead)
    return total % 1000


def _brute_polygon(corners: int, jumps: int, forward: int, back: int, goal: int) -> int:
    ways = [1] + [0] * (corners - 1)
    for _ in range(jumps):
        ways = [ways[place - forward] + ways[(place + back) % corners] for place in range(corners)]
    return ways[goal] % 1000


def _mirror_polygon(n: int, k: int, a: int, b: int, d: int) -> tuple[int, int, int, int, int]:
    """The other way round."""
    return n, k, b, a, n - d


def _working_polygon(corners: int, jumps: int, forward: int, back: int, goal: int) -> list[str]:
    target = (goal + jumps * back) % corners
    both = forward + back
    found = [ahead for ahead in range(jumps + 1) if (ahead * both - target) % corners == 0]
    counts = [comb(jumps, ahead) for ahead in found]
    sums = " + ".join(str(count % 1000) for count in counts)
    return [
        f"u jumps ahead and {jumps}-u back: {forward}u - {back}({jumps}-u) = {goal} mod {corners}",
        f"{both}u = {goal} + {jumps}*{back} = {goal + jumps * back}, that is {target}, mod {corners}",
        f"u from 0 to {jumps}: {', '.join(map(str, found))}",
        *(reduced(f"C({jumps},{ahead})", count) for ahead, count in zip(found, counts, strict=True)),
        *([reduced(sums, sum(count % 1000 for count in counts))] if len(counts) > 1 else []),
    ]


def _draw_rectangles(rng: Stream, tier: int) -> tuple[int, int, int, int]:
    low, high = (0, 4, 10, 20)[tier], (0, 12, 24, 60)[tier]
    rows, columns = rng.between(low, high), rng.between(low, high)
    return rows, columns, rng.between(1, (rows + 1) // 2), rng.between(1, (columns + 1) // 2)


def rectangles_without_cell(rows: int, columns: int, row: int, column: int) -> int:
    """Rectangles of whole cells of a grid that do not contain a given cell, mod 1000."""
    holding = row * (rows + 1 - row) * column * (columns + 1 - column)
    return (comb(rows + 1, 2) * comb(columns + 1, 2) - holding) % 1000


def _brute_rectangles(rows: int, columns: int, row: int, column: int) -> int:
    down = [top <= row <= bottom for top in range(1, rows + 1) for bottom in range(top, rows + 1)]
    across = [left <= column <= right for left in range(1, columns + 1) for right in range(left, columns + 1)]
    return sum(across.count(False) if holds else len(across) for holds in down) % 1000


def _working_rectangles(rows: int, columns: int, row: int, column: int) -> list[str]:
    down, across = comb(rows + 1, 2), comb(columns + 1, 2)
    high, wide = row * (rows + 1 - row), column * (columns + 1 - column)
    all_line, every = product((down, across))
    cell_line, holding = product((high, wide))
    return [
        f"ranges of rows: {rows}*{rows + 1}/2 = {down}, of columns: {columns}*{columns + 1}/2 = {across}",
        f"all rectangles: {all_line}",
        f"ranges with row {row}: {row} tops, {rows}-{row}+1 = {rows + 1 - row} bottoms, {high} in all",
        f"with column {column}: {column} lefts, {columns}-{column}+1 = {columns + 1 - column} rights, {wide} in all",
        f"rectangles with the cell: {cell_line}",
        reduced(f"{every} - {holding}", every - holding),
    ]


FAMILIES = (
    Family(
        name="walks-past-holes",
        area="counting",
        difficulty=(3, 6, 8),
        parameters=("a", "b", "x", "y", "u", "v"),
        draw=_draw_grid,
        solve=walks_past_two_holes,
        brute=_brute_grid,
        wordings=(
            "In the plane, a step goes from a lattice point to the next one on the right or to the next one above. How "
            "many walks of such steps lead from the origin to $({a}, {b})$ and visit neither $({x}, {y})$ nor $({u}, "
            "{v})$? Give the remainder on division by $1000$.",
            "The streets of a town are the lines $x = i$ and $y = j$ with integers $i$ and $j$. Road works close the "
            "crossings $({u}, {v})$ and $({x}, {y})$. A cyclist goes from the crossing of the two axes to the crossing "
            "$({a}, {b})$ along streets, always east or north. Find the number of possible routes modulo $1000$.",
            "A robot on a lattice begins at the origin. Each command raises either its first or its second coordinate "
            "by one. It is to reach $({a}, {b})$ but must never be at $({x}, {y})$ or at $({u}, {v})$. Let $N$ be the "
            "number of sequences of commands that achieve this. Compute $N$ modulo $1000$.",
            "Consider sequences of ${b}$ letters U and ${a}$ letters R. For a beginning of a sequence, of any length "
            "from no letter to all letters, write $(r, s)$ if it has $r$ letters R and $s$ letters U. Count, modulo "
            "$1000$, the sequences without a beginning for which the pair is $({u}, {v})$ or $({x}, {y})$.",
        ),
        working=_working_grid,
        mirror=_mirror_grid,
        distinct=(5.3e3, 5.8e4, 5.2e5),
        alike=(("x", "y"), ("u", "v")),
    ),
    Family(
        name="polygon-walks",
        area="probability",
        difficulty=(5, 7, 9),
        parameters=("n", "k", "a", "b", "d"),
        draw=_draw_polygon,
        solve=jumps_round_a_ring,
        brute=_brute_polygon,
        wordings=(
            "The corners of a regular polygon with ${n}$ corners are numbered clockwise from zero on, and a frog sits "
            "on corner zero. Each jump takes it along the boundary, either clockwise over a distance of ${a}$ or "
            "anticlockwise over a distance of ${b}$, with a side of the polygon as the unit. In how many of the "
            "possible sequences of ${k}$ jumps does it end on the corner with the number ${d}$? Answer modulo $1000$.",
            "A counter stands on a round board with ${n}$ fields. A coin is tossed ${k}$ times; counted in fields, the "
            "counter goes on by ${a}$ whenever the coin shows heads and back by ${b}$ whenever it shows tails. Of the "
            "equally likely results of the tosses, let $N$ be the number of those after which the counter is ahead of "
            "its start by ${d}$, whole rounds being ignored. What remainder does $N$ leave on division by $1000$?",
            "A dial shows an integer modulo ${n}$; at first it shows zero. Pressing one button subtracts ${b}$, "
            "pressing the other adds ${a}$. Find, modulo $1000$, the number of ways to press ${k}$ times, in some "
            "order, so that in the end the dial shows ${d}$.",
            "Let each of ${k}$ variables be either ${a}$ or $-{b}$. For how many of the choices is the sum of the "
            "variables congruent to ${d}$ modulo ${n}$? The variables are told apart. Divide the number of choices by "
            "$1000$ and state the remainder.",
        ),
        working=_working_polygon,
        mirror=_mirror_polygon,
        distinct=(1.4e3, 5e3, 1.6e4),
    ),
    Family(
        name="rectangles-without-cell",
        area="counting",
        difficulty=(2, 3, 4),
        parameters=("a", "b", "x", "y"),
        draw=_draw_rectangles,
        solve=rectangles_without_cell,
        brute=_brute_rectangles,
        wordings=(
            "A rectangular board has ${a}$ rows and ${b}$ columns of square cells. How many rectangles made of whole "
            "cells, squares and single cells among them, do not contain the cell in row ${x}$ and column ${y}$? Reduce "
            "the number modulo $1000$.",
            "Of a sheet of stamps with ${b}$ columns and ${a}$ rows, the stamp in column ${y}$ of row ${x}$ is torn. "
            "Let $N$ be the number of rectangular blocks of stamps, also of one stamp or of one row, that can be cut "
            "out without the torn one. Positions matter. Find the remainder when $N$ is divided by $1000$.",
            "A gardener wants a rectangular bed of one or more whole plots with sides along the paths. The garden "
            "consists of plots in ${a}$ rows and ${b}$ columns, and a tree stands on the plot where row ${x}$ meets "
            "column ${y}$. In how many ways can the bed be chosen so that the tree is not in it? Answer modulo $1000$.",
            "Let $1 \\le i \\le j \\le {a}$ and $1 \\le k \\le l \\le {b}$ be integers such that $i \\le {x} \\le j$ "
            "and $k \\le {y} \\le l$ do not both hold. How many quadruples $(i, j, k, l)$ are there, modulo $1000$?",
        ),
        working=_working_rectangles,
        distinct=(1.1e3, 1.5e4, 6.8e5),
        slots={"a": (60, 999), "b": (60, 999)},
        alike=(("a", "x"), ("b", "y")),
    ),
)
