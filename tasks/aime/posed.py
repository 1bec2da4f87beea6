"""A problem as it is drawn: one instance of a family, or two of which the second needs the answer of the first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from ..problem import Split, split_of
from ..stream import Stream
from .family import Empty, Family, Parameters
from .spec import COMPOSED_FROM, Rung

TEMPLATES = (
    "Two problems are to be solved in turn. The first: {first} Call its answer ${symbol}$. The second, whose answer is "
    "wanted: {second}",
    "{first} Let ${symbol}$ be the answer to this question. Find with its help the answer to another one: {second}",
    "Before the problem itself, here is a first one, whose answer is called ${symbol}$: {first} The problem itself, in "
    "which other letters may get a new meaning, is this: {second}",
    "The problem to be solved is this: {second} In its statement one number is not given: ${symbol}$ stands for the "
    "answer to another problem, namely this one: {first}",
)
"""the last one is held out, like the last wording of a family"""
_SYMBOLS = "TQKWZ"
_TRIES = 1_000
_OF_A_PAIR = 20
_SECONDS = 10
Pair = tuple[Rung, Rung]


@dataclass(frozen=True)
class Single:
    """One instance of a family in one wording."""

    family: Family
    tier: int
    parameters: Parameters
    answer: int
    wording: int

    @property
    def name(self) -> str:
        """The family's name."""
        return self.family.name

    def statement(self) -> str:
        """What is asked."""
        return self.family.say(self.parameters, self.wording)

    def working(self) -> list[str]:
        """The worked solution without the box."""
        return list(self.family.working(*self.parameters))


@dataclass(frozen=True)
class Composed:
    """Two instances; the answer of the first is a parameter of the second."""

    first: Single
    second: Single
    slot: str
    """the name of that parameter"""
    wording: int
    """which of `TEMPLATES`"""

    @property
    def name(self) -> str:
        """The names of both families."""
        return f"{self.first.name}>{self.second.name}"

    @property
    def answer(self) -> int:
        """That of the second."""
        return self.second.answer

    @cached_property
    def symbol(self) -> str:
        """The letter that stands for the first answer: none that the statements use themselves."""
        taken = _letters(self.first.family) | _letters(self.second.family)
        return next(letter for letter in _SYMBOLS if letter not in taken)

    def statement(self) -> str:
        """What is asked."""
        second, place = self.second, self.second.family.parameters.index(self.slot)
        parameters = (*second.parameters[:place], self.symbol, *second.parameters[place + 1 :])
        said = second.family.say(parameters, second.wording)
        return TEMPLATES[self.wording].format(first=self.first.statement(), second=said, symbol=self.symbol)

    def working(self) -> list[str]:
        """Both worked solutions, one after the other."""
        return [*self.first.working(), f"So {self.symbol} = {self.first.answer}.", *self.second.working()]


@cache
def _letters(family: Family) -> frozenset[str]:
    return frozenset(
        letter for wording in family.wordings for letter in re.findall(r"(?<![A-Z])[A-Z](?![A-Z])", wording)
    )


def wording(rng: Stream, count: int, group: str) -> int:
    """One of so many wordings: the last one is held out, the others are seen."""
    if group == "held":
        return count - 1
    return rng.below(count - 1 if group == "seen" else count)


def single(rng: Stream, rung: Rung, split: Split, group: str) -> Single:
    """An instance of a family and tier that belongs to a split. Raises Empty."""
    family, tier = rung
    parameters, answer = family.instance(rng, tier, split)
    return Single(family, tier, parameters, answer, wording(rng, len(family.wordings), group))


def composed(rng: Stream, pairs: Sequence[Pair], split: Split, group: str) -> Composed:
    """Two instances out of one of the pairs of families, of which each belongs to a split. Raises Empty."""
    for _ in range(_TRIES):
        rungs = pairs[rng.below(len(pairs))]
        inner = next(filter(None, (_parameters(rng, rungs, split) for _ in range(_OF_A_PAIR))), None)
        if inner is None:
            continue
        (first, told), (second, asked), slot = inner
        said = [
            Single(family, tier, parameters, answer, wording(rng, len(family.wordings), group))
            for (family, tier), (parameters, answer) in zip(rungs, ((first, told), (second, asked)), strict=True)
        ]
        return Composed(said[0], said[1], slot, wording(rng, len(TEMPLATES), group))
    raise Empty(f"no composed problem in split {split!r} in {_TRIES} pairs of families")


def _parameters(
    rng: Stream, rungs: Pair, split: Split
) -> tuple[tuple[Parameters, int], tuple[Parameters, int], str] | None:
    """Parameters and answers of both, and the slot; None if these do not suit.

    Both belong to the split, not the pair of them: training must not solve a problem of the test on its way.
    """
    (one, tier), (other, other_tier) = rungs
    first, told = one.instance(rng, tier, split)
    slots = [name for name, (low, high) in other.slots.items() if low <= told <= high]
    if not slots or told in other.constants:
        return None
    slot = slots[rng.below(len(slots))]
    place = other.parameters.index(slot)
    for _ in range(_SECONDS):
        drawn = other.draw(rng, other_tier)
        if drawn is None or told in (*drawn[:place], *drawn[place + 1 :]):
            continue
        second = (*drawn[:place], told, *drawn[place + 1 :])
        if split_of(other.content(second)) != split:
            continue
        asked = other.solve(*second)
        # A count below the modulus it is reduced by does not need it.
        needed = asked != other.solve(*drawn[:place], other.slots[slot][1], *drawn[place + 1 :])
        if needed and other.admits(second, asked) and one.admits(first, asked):
            return (first, told), (second, asked), slot
    return None


def pairs(families: Sequence[Family], tiers: Sequence[int], number: int | None) -> tuple[Pair, ...]:
    """All pairs whose second family has a slot, of which the numbers add up to the one asked for.

    Args:
        families: that either may be of.
        tiers: likewise.
        number: of the exam; None: any from `COMPOSED_FROM` to 15.
    """
    rungs = [(family, tier) for family in families for tier in tiers]
    sums = range(COMPOSED_FROM, 16) if number is None else (number,)
    return tuple(
        (first, second)
        for first in rungs
        for second in rungs
        if second[0].slots
        and first[0] is not second[0]
        and first[0].difficulty[first[1] - 1] + second[0].difficulty[second[1] - 1] in sums
    )
