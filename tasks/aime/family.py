"""What a family of problems consists of: parameters to draw, words to say them in, and two ways to the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from ..problem import Split, split_of
from ..stream import Stream

Area = Literal["number theory", "counting", "probability", "algebra", "sequences", "geometry"]
AREAS: tuple[Area, ...] = get_args(Area)
Parameters = tuple[Any, ...]
"""integers, or short texts where a word is what varies"""
LARGEST = 999
"""answers are integers from 0 to this, as in the exam"""
_TRIES = 10_000


class Empty(Exception):
    """No instance was found within the tries."""


@dataclass(frozen=True, eq=False, repr=False)
class Family:
    r"""One family.

    `solve` is a closed form or a fast algorithm, `brute` counts or sums by definition and shares no idea with it; tests
    hold one against the other. A wording names each parameter once, as `{name}`; braces of LaTeX are doubled, and
    fractions and the like are written inside dollars. The last wording is held out.
    """

    name: str
    """small letters and hyphens"""
    area: Area
    difficulty: tuple[int, ...]
    """1 to 15 for each tier, as the exam numbers its problems; a tier is a range of the parameters"""
    parameters: tuple[str, ...]
    """their names"""
    draw: Callable[[Stream, int], Parameters | None]
    """random parameters of a tier (1, 2, …); None where these do not suit and others have to be drawn"""
    wordings: tuple[str, ...]
    """four or more"""
    solve: Callable[..., int]
    """the answer, from the parameters in order; outside 0 to 999, other parameters are drawn"""
    brute: Callable[..., int]
    """the same answer from the definition, however slowly"""
    working: Callable[..., Sequence[str]]
    """the lines of a worked solution, from the parameters in order; the boxed answer is put behind them"""
    distinct: tuple[float, ...]
    """about how many different instances each tier holds"""
    slots: dict[str, tuple[int, int]] = field(default_factory=dict)
    """parameters that may be any integer of a range, whatever the others are: where a composed problem puts in the
    answer of another one"""
    alike: tuple[tuple[str, ...], ...] = ()
    """groups of as many parameters each that can change places without another problem coming out: (("a",), ("b",)) of
    a sum, (("m", "r"), ("k", "s")) of two congruences; such instances are one content and fall into one split"""
    mirror: Callable[..., Parameters] | None = None
    """the parameters of the same problem seen from its other side, where it has one (totals counted down from the
    largest, words read backwards): both are one content too"""
    brute_tiers: int = 3
    """the highest tier on which `brute` is fast enough to be run in tests"""

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # There is one of each: a copy, also in another process, is the family itself.
        from .catalogue import family

        return family, (self.name,)

    @cached_property
    def constants(self) -> frozenset[int]:
        """The numbers that any wording shows besides the parameters."""
        blank = {name: "" for name in self.parameters}
        return frozenset(
            int(digits) for wording in self.wordings for digits in re.findall(r"\d+", wording.format(**blank))
        )

    def content(self, parameters: Parameters) -> str:
        """The instance without its words, by which it belongs to a split."""
        if self.mirror is not None:
            parameters = min(self._sorted(parameters), self._sorted(self.mirror(*parameters)))
        elif self.alike:
            parameters = self._sorted(parameters)
        return f"{self.name} {parameters}"

    @cached_property
    def _places(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(self.parameters.index(name) for name in group) for group in self.alike)

    def _sorted(self, parameters: Parameters) -> Parameters:
        """The same instance with what is alike in ascending order."""
        groups = sorted(tuple(parameters[place] for place in group) for group in self._places)
        found = list(parameters)
        for group, values in zip(self._places, groups, strict=True):
            for place, value in zip(group, values, strict=True):
                found[place] = value
        return tuple(found)

    def instance(self, rng: Stream, tier: int, split: Split) -> tuple[Parameters, int]:
        """Random parameters that belong to a split, and their answer.

        No answer is a number that the statement shows, whatever its wording.

        Raises:
            Empty: none was found.
        """
        for _ in range(_TRIES):
            parameters = self.draw(rng, tier)
            if parameters is None or split_of(self.content(parameters)) != split:
                continue
            answer = self.solve(*parameters)
            if self.admits(parameters, answer):
                return parameters, answer
        raise Empty(f"{self.name}: no instance of tier {tier} in split {split!r} in {_TRIES} draws")

    def admits(self, parameters: Parameters, answer: int) -> bool:
        """Whether an answer is in the form of the exam and not told by the statement."""
        return 0 <= answer <= LARGEST and answer not in parameters and answer not in self.constants

    def say(self, parameters: Parameters, wording: int) -> str:
        """The statement."""
        return self.wordings[wording].format(**dict(zip(self.parameters, parameters, strict=True)))
