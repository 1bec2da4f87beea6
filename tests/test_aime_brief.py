"""Brief solutions: the worded ones without their words, of every family."""

import re
from collections.abc import Sequence

import pytest

from reason_arena.tasks import registry
from reason_arena.tasks.aime import STYLES, catalogue, generate, solution, verify
from reason_arena.tasks.aime.brief import brief
from reason_arena.tasks.errors import UnknownName

PROSE = re.compile(r"(?<![\\\w])(?!(?:floor|gcd|lcm|mod|sqrt|sum|to|boxed)\b)(?=[a-z]*[aeiou])[a-z]{3,}(?![\w^(])")


def is_within(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether the characters of a text, or texts, stand among others in the same order."""
    rest = iter(whole)
    return all(each in rest for each in part)


@pytest.mark.parametrize("family", [family.name for family in catalogue.every()])
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_words_are_left_out_and_nothing_else(family: str, tier: int) -> None:
    for seed in range(10):
        problem = generate("test", f"families={family},tiers={tier}", seed)
        worded, (note, short) = solution(problem), solution(problem, "brief").split("\n", 1)
        assert note.split(", ") == re.findall(r"\d+", problem.question)
        assert verify(problem, short)
        assert is_within(short, worded)
        assert len(short) <= len(worded)
        assert not PROSE.search(short), short
        # Every computation is there: what follows the signs of equality, one after the other.
        assert is_within(re.findall(r"= (-?\d+)", worded), re.findall(r"= (-?\d+)", short))


def test_a_line_keeps_formulas_names_and_ranges() -> None:
    lines = [
        "By Thales a triangle is right if a side is a diameter.",
        "AC^2 * BD = BC (AD^2 + rst), with a = 5 and floor(7/2) = 3.",
        "blocks to put in order: 2 + 2 = 4",
        "exponents from 0 to 9, (even ones): 5",
    ]
    assert brief("Take 5.", lines) == [
        "5",
        "AC^2 * BD = BC (AD^2 + rst), a = 5 floor(7/2) = 3",
        "2 + 2 = 4",
        "0 to 9: 5",
    ]


def test_usual_is_worded_and_other_styles_are_refused() -> None:
    problem = generate("test", 1, 0)
    assert solution(problem) == solution(problem, STYLES[0])
    assert registry.styled("aime", ("brief",)).solution(problem, "brief") == solution(problem, "brief")
    with pytest.raises(UnknownName, match="style 'short'"):
        solution(problem, "short")
