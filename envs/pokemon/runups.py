"""Run-ups: the last presses before a milestone, to begin with, first close to it and then from further and further off.

A random walk may stumble over what a policy that has learnt other ways never tries. From a few presses before that
moment nearly anybody gets there, and what is learnt there is soon worth something further back (Florensa et al. 2017,
"Reverse curriculum generation"; Salimans and Chen 2018, "Learning Montezuma's Revenge from a single demonstration").
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

DISTANCES = (3, 6, 12, 25, 50, 90)
"""presses before a milestone"""
KEPT = 12
"""run-ups to each milestone"""
FRESH = 0.1
"""share of the further ones that take the place of another"""
DONE = 0.6
"""share of those that begin at a distance and get there, from which on the next one is taken up too"""
RECENT = 1 / 16
"""weight of the latest of them in that share"""
Tag = tuple[int, int]
"""milestones that there are, and the number of a distance"""


@dataclass
class RunUps:
    """What led to the next milestone, by how many there were before."""

    kept: dict[int, list[list[bytes | None]]] = field(default_factory=dict)
    """of each run-up a snapshot for each distance, None where the walk had not begun so early"""
    rates: dict[int, list[float]] = field(default_factory=dict)
    """by distance, of those that began there lately, how many reached the milestone"""

    def wanted(self, reached: int, rng: np.random.Generator) -> bool:
        """Whether another run-up to the milestone after so many is worth the trouble."""
        return len(self.kept.get(reached, ())) < KEPT or bool(rng.random() < FRESH)

    def add(self, reached: int, snapshots: list[bytes | None], rng: np.random.Generator) -> None:
        """Another run-up to the milestone after so many."""
        own = self.kept.setdefault(reached, [])
        self.rates.setdefault(reached, [0.0] * len(DISTANCES))
        if len(own) < KEPT:
            own.append(snapshots)
        else:
            own[rng.integers(KEPT)] = snapshots

    def distances(self, reached: int) -> int:
        """How many distances are taken up: those from which most get there, and the next one."""
        rates = self.rates.get(reached, [])
        return next((place for place, rate in enumerate(rates, start=1) if rate < DONE), len(rates))

    def draw(self, reached: int, rng: np.random.Generator) -> tuple[bytes, Tag] | None:
        """A moment of a run-up, the furthest distance as often as all others; None where there is none."""
        count = self.distances(reached)
        if not count:
            return None
        place = count - 1 if rng.random() < 0.5 else int(rng.integers(count))
        found = [each[place] for each in self.kept[reached] if each[place] is not None]
        return (found[rng.integers(len(found))], (reached, place)) if found else None  # type: ignore[return-value]

    def count(self, tag: Tag, there: bool) -> None:
        """An episode is over that began at a distance."""
        reached, place = tag
        self.rates[reached][place] += RECENT * (there - self.rates[reached][place])
