"""Counting families on instances so small that all cases can be listed, and chances that are known by heart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations, product

import pytest

from reason_arena.tasks.aime import catalogue

Pairs = list[set[int]]


def beside(order: tuple[int, ...], group: set[int]) -> bool:
    """Whether the members of a group stand in consecutive places."""
    places = [place for place, person in enumerate(order) if person in group]
    return places[-1] - places[0] == len(group) - 1


def line_ups(people: int, groups: Pairs, together: int) -> int:
    return sum(sum(beside(order, group) for group in groups) == together for order in permutations(range(people)))


def fixed(n: int, marked: int, count: int) -> int:
    return sum(sum(order[i] == i for i in range(marked)) == count for order in permutations(range(n)))


def spaced(seats: int, chosen: int, gap: int) -> int:
    """Sets of seats of which any two are more than the gap apart either way round."""
    return sum(
        all(gap < b - a < seats - gap for a, b in combinations(found, 2))
        for found in combinations(range(seats), chosen)
    )


def words(letters: str, length: int) -> list[str]:
    return ["".join(word) for word in product(letters, repeat=length)]


def rings(n: int, colours: int) -> list[str]:
    return [word for word in words("ABCDE"[:colours], n) if all(word[i] != word[i - 1] for i in range(n))]


def turned(n: int, colours: int) -> int:
    return len({min(word[i:] + word[:i] for i in range(n)) for word in rings(n, colours)})


def walks(width: int, height: int, *holes: tuple[int, int]) -> int:
    met = 0
    for ups in combinations(range(width + height), height):
        visited = {(i - sum(up < i for up in ups), sum(up < i for up in ups)) for i in range(width + height + 1)}
        met += not visited & set(holes)
    return met


def tilings(n: int, tiles: dict[str, int]) -> int:
    """Words of tiles, each named by a letter, whose lengths add up to n."""
    return sum(
        sum(tiles[tile] for tile in word) == n for count in range(n + 1) for word in words("".join(tiles), count)
    )


def subsets(n: int) -> list[set[int]]:
    return [set(found) for size in range(n + 1) for found in combinations(range(1, n + 1), size)]


def apart(n: int, difference: int, size: int) -> int:
    found = [chosen for chosen in subsets(n) if len(chosen) == size]
    return sum(not any(element + difference in chosen for element in chosen) for chosen in found)


def rectangles(rows: int, columns: int, row: int, column: int) -> int:
    found = 0
    for top, bottom, left, right in product(range(1, rows + 1), range(1, rows + 1), *[range(1, columns + 1)] * 2):
        found += top <= bottom and left <= right and not (top <= row <= bottom and left <= column <= right)
    return found


LISTED: dict[tuple[str, tuple[object, ...]], Callable[[], int]] = {
    ("couples-together", (1, 1, 2, 997)): lambda: line_ups(7, [{0, 1}, {2, 3, 4}], 2),
    ("couples-apart", (3, 0, 1, 997)): lambda: line_ups(7, [{0, 1}, {2, 3}, {4, 5}], 0) % 997,
    ("couples-apart", (3, 2, 1, 997)): lambda: line_ups(7, [{0, 1}, {2, 3}, {4, 5}], 2) % 997,
    ("fixed-points", (6, 4, 1, 997)): lambda: fixed(6, 4, 1),
    ("round-table-choice", (11, 3, 2)): lambda: spaced(11, 3, 2),
    ("bounded-sums", (3, 2, 6, 11)): lambda: sum(sum(found) == 11 for found in product(range(2, 7), repeat=3)),
    ("values-in-use", (5, 4, 3, 17)): lambda: sum(len(set(word)) == 3 for word in words("ABCD", 5)) + 17,
    ("words-without-block", (6, 3, "ABA")): lambda: sum("ABA" not in word for word in words("ABC", 6)),
    ("words-without-block", (7, 2, "AAA")): lambda: sum("AAA" not in word for word in words("AB", 7)),
    ("rising-digits", (3, 10, 4, 1)): lambda: sum(
        text[0] < text[1] < text[2] and sum(map(int, text)) % 4 == 1 for text in map(str, range(100, 1000))
    ),
    ("ring-colourings", (5, 4)): lambda: len(rings(5, 4)),
    ("turned-ring-colourings", (6, 3)): lambda: turned(6, 3),
    ("turned-ring-colourings", (4, 5)): lambda: turned(4, 5),
    ("strip-tilings", (6, 1, 2, 2, 1)): lambda: tilings(6, {"a": 1, "b": 1, "C": 2}),
    ("walks-past-holes", (5, 4, 1, 2, 3, 3)): lambda: walks(5, 4, (1, 2), (3, 3)),
    ("walks-past-holes", (5, 4, 1, 3, 2, 1)): lambda: walks(5, 4, (1, 3), (2, 1)),
    ("polygon-walks", (7, 8, 2, 3, 5)): lambda: sum(sum(jumps) % 7 == 5 for jumps in product((2, -3), repeat=8)),
    ("rectangles-without-cell", (4, 5, 2, 3)): lambda: rectangles(4, 5, 2, 3),
    ("subsets-without-difference", (10, 3, 3)): lambda: apart(10, 3, 3),
    ("subset-sums", (10, 5, 0)): lambda: sum(sum(chosen) % 5 == 0 for chosen in subsets(10)),
    ("subset-sums", (12, 6, 4)): lambda: sum(sum(chosen) % 6 == 4 for chosen in subsets(12)),
}

KNOWN = {
    ("dice-sum", (2, 6, 7)): 1 + 6,
    ("dice-sum", (3, 6, 10)): 1 + 8,  # 27 of 216
    ("draws-without-replacement", (3, 2, 2, 1)): 3 + 5,  # 3 * 2 of 10
    ("gamblers-ruin", (2, 1, 1, 2)): 2 + 3,  # one round decides
    ("gamblers-ruin", (1, 1, 3, 7)): 3 + 7,  # fair
    ("gamblers-ruin", (2, 1, 1, 3)): 4 + 7,  # h = 2/3 (2/3 + h/3)
    ("waiting-for-a-block", (1, 1, "AA")): 6 + 1,
    ("waiting-for-a-block", (1, 1, "ABA")): 10 + 1,
    ("waiting-for-a-block", (1, 2, "AB")): 9 + 2,  # 3 for the A, then 3/2 for the B
}


@pytest.mark.parametrize(("name", "parameters"), LISTED)
def test_all_cases_listed(name: str, parameters: tuple[object, ...]) -> None:
    family, count = catalogue.family(name), LISTED[name, parameters]()
    assert count > 1
    assert family.solve(*parameters) == family.brute(*parameters) == count


@pytest.mark.parametrize(("name", "parameters"), KNOWN)
def test_chances_known_by_heart(name: str, parameters: tuple[object, ...]) -> None:
    family = catalogue.family(name)
    assert family.solve(*parameters) == family.brute(*parameters) == KNOWN[name, parameters]
