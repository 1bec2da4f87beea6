"""Who prefers one answer to another: rules that stand in for a person, in tests and where nobody has the time.

Every one is a function of the pair alone, and not of which answer is a and which is b.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from ...tasks.errors import BadConfig, UnknownName
from .preferences import Choice, Pair, Preference
from .streams import derive


class Labeller(Protocol):
    """Whoever can say which of two answers is better."""

    @property
    def name(self) -> str:
        """What its preferences are signed with."""

    def prefer(self, pair: Pair) -> Choice | None:
        """The better side, or None for no opinion."""


class Correct:
    """Prefers the right answer to the wrong one, and has no opinion of two right or two wrong ones."""

    name = "correct"

    def prefer(self, pair: Pair) -> Choice | None:
        """See Labeller."""
        if pair.a.correct == pair.b.correct:
            return None
        return Choice("a" if pair.a.correct else "b")


class Shorter:
    """Prefers the right answer, and of two right ones the one with the shorter working, by its margin in tokens.

    Of two wrong ones it prefers neither: a short way to a wrong answer is worth nothing.
    """

    name = "shorter"

    def prefer(self, pair: Pair) -> Choice | None:
        """See Labeller."""
        if not (pair.a.correct and pair.b.correct):
            return Correct().prefer(pair)
        longer = len(pair.b.token_ids) - len(pair.a.token_ids)
        return Choice("a" if longer > 0 else "b", float(abs(longer))) if longer else None


class Noisy:
    """Another labeller whose choice is turned round in a share of the pairs: a person errs too."""

    def __init__(self, labeller: Labeller, share: float, seed: int) -> None:
        """Make one.

        Args:
            labeller: who is right.
            share: of the pairs that it has an opinion of, 0 to 1.
            seed: decides which of them.

        Raises:
            BadConfig: a share that is none.
        """
        if not 0 <= share <= 1:
            raise BadConfig(f"noise={share}: expected a share from 0 to 1")
        self.name = f"{labeller.name}, noise {share:g}"
        self._labeller, self._share, self._seed = labeller, share, seed

    def prefer(self, pair: Pair) -> Choice | None:
        """See Labeller."""
        choice = self._labeller.prefer(pair)
        # The texts in order, so that the draw belongs to the pair and not to how it is laid out.
        drawn = derive(self._seed, "noise", pair.seed, *sorted((pair.a.text, pair.b.text))) / 2**31
        if choice is None or drawn >= self._share:
            return choice
        return replace(choice, side="b" if choice.side == "a" else "a")


LABELLERS: dict[str, type[Correct | Shorter]] = {"shorter": Shorter, "correct": Correct}


def labeller(name: str, noise: float = 0.0, seed: int = 0) -> Labeller:
    """A labeller by its name.

    Args:
        name: "shorter" or "correct".
        noise: share of its labels that are turned round.
        seed: decides which.

    Raises:
        UnknownName: no such labeller.
        BadConfig: noise that is no share.
    """
    if name not in LABELLERS:
        raise UnknownName("labeller", name, LABELLERS)
    made = LABELLERS[name]()
    return Noisy(made, noise, seed) if noise else made


def label(pairs: Iterable[Pair], labeller: Labeller) -> Iterator[Preference]:
    """What a labeller prefers, a preference for each pair that it has an opinion of."""
    for pair in pairs:
        choice = labeller.prefer(pair)
        # Noise may choose an answer of no text at all, which is nothing to learn from.
        if choice is not None and (pair.a if choice.side == "a" else pair.b).text.strip():
            yield pair.preference(choice, labeller.name)
