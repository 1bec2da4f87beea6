"""Elo ratings from the results of many matches, some players' ratings being given, with intervals.

Bradley and Terry 1952: the better player by d Elo scores 1 / (1 + 10^(-d / 400)) of the points, a draw being half a
point. The ratings are those that make the results likeliest; one player at least is an anchor, whose rating is given,
for only differences can be seen. What is drawn anew for an interval is the pair, two games from one opening with the
colours swapped: two such games are not independent of each other.

Where one player, or a group of them, lost or won all games against those tied to an anchor, there is no likeliest
rating (Ford 1957), and a bound is given instead. Needs numpy only; compared with scipy's optimisers in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..tasks.errors import BadConfig
from .statistics import Interval

Floats = NDArray[np.float64]
SCALE = 400 / math.log(10)
"""Elo in one unit of log odds"""
LADDER = {
    "random": 0.0,
    "engine-2@0.75": 324.0,
    "greedy": 590.0,
    "engine-2@0.35": 814.0,
    "stockfish-100@0.25": 959.0,
    "engine-2@0.15": 1172.0,
    "engine-2@0.05": 1421.0,
    "engine-2": 1567.0,
    "engine-3": 1865.0,
    "stockfish-1000": 2169.0,
    "stockfish-2000": 2411.0,
}
"""Elo of the opponents of chess as `reason bench ladder` measured it, see docs/benchmarks.md; Stockfish is 15.1"""
_MOST_STEP, _MOST_STEPS = 2.0, 500


@dataclass(frozen=True)
class Pair:
    """What came of two games from one opening with the colours swapped."""

    one: str
    other: str
    points: float
    """of the first player in both games, 0 to 2"""

    def __post_init__(self) -> None:
        if self.one == self.other or not 0 <= self.points <= 2:
            raise ValueError(f"{self}: expected two players and 0 to 2 points")


@dataclass(frozen=True)
class Rating:
    """How strong a player is, in Elo.

    >>> print(Rating("greedy", 594.2, 540.1, 650.9, "", 80))
    594 [540, 651]
    >>> print(Rating("engine", 900.0, 900.0, math.inf, ">", 80))
    > 900
    """

    name: str
    elo: float
    """the likeliest; with a mark a bound, not a number if it never met a rated player"""
    low: float
    high: float
    """where it plausibly lies; one side may be infinite"""
    mark: str
    """'' or, where everything was lost '<' or won '>'; '?' where nothing ties it to an anchor"""
    games: int

    def __str__(self) -> str:
        if self.mark:
            return f"{self.mark} {self.elo:.0f}" if math.isfinite(self.elo) else self.mark
        return f"{self.elo:.0f} [{self.low:.0f}, {self.high:.0f}]"


class Ratings:
    """The ratings of all who played."""

    def __init__(self, ratings: Iterable[Rating], samples: Mapping[str, Floats], confidence: float) -> None:
        self._by_name = {rating.name: rating for rating in ratings}
        self._samples, self._confidence = samples, confidence

    def __getitem__(self, name: str) -> Rating:
        return self._by_name[name]

    def ascending(self) -> list[Rating]:
        """The weakest first; those that nothing ties to an anchor are last."""
        last = {"<": -math.inf, ">": math.inf, "?": math.inf}
        return sorted(
            self._by_name.values(), key=lambda rating: (rating.mark == "?", last.get(rating.mark, rating.elo))
        )

    def difference(self, name: str, other: str) -> Interval:
        """Elo of one player less the other's, with an interval, which knows that both moved together."""
        one, two = self[name], self[other]
        if one.mark or two.mark:
            found, low, high = math.nan, one.low - two.high, one.high - two.low
        else:
            found = one.elo - two.elo
            with np.errstate(invalid="ignore"):
                low, high = _middle(self._samples[name] - self._samples[other], self._confidence)
        return Interval(found, low, high, one.games + two.games, f"{one.games + two.games} games")


def rate(
    pairs: Sequence[Pair],
    anchors: Mapping[str, float],
    seed: int,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> Ratings:
    """Rate everybody who played.

    Args:
        pairs: all results, in any order.
        anchors: players whose Elo is given, such as `{"random": 0}`; one at least must have played.
        seed: of the bootstrap, which draws the pairs of each two players anew among themselves.
        resamples: how often all pairs are drawn anew.
        confidence: that the intervals should hold, 0 to 1. A bound of `<` or `>` is one-sided at this confidence:
            beyond it so clean a result would be rarer, the ratings of the others being what was found.

    Raises:
        BadConfig: no anchor played.
    """
    names = sorted({name for pair in pairs for name in (pair.one, pair.other)})
    if not set(names) & set(anchors):
        raise BadConfig(f"anchors {', '.join(anchors) or 'none'}: expected one of those who played, {', '.join(names)}")
    fixed = np.array([anchors.get(name, math.nan) for name in names]) / SCALE
    points = np.concatenate([_table(pairs, names)[None], _resampled(pairs, names, seed, resamples)])
    found, tied = _fit(points, fixed)
    ratings = []
    for place, name in enumerate(names):
        games = float((points[0, place] + points[0, :, place]).sum())
        above, below = bool(tied[0, 0, place]), bool(tied[0, 1, place])
        mark = {(True, True): "", (True, False): ">", (False, True): "<", (False, False): "?"}[above, below]
        elo = float(found[0, place]) * SCALE
        low, high = _middle(found[1:, place] * SCALE, confidence)
        if mark in ("<", ">"):
            elo = _bound(points[0], found[0], place, 1 if mark == ">" else -1, confidence) * SCALE
        if mark:
            low = elo if mark == ">" and math.isfinite(elo) else -math.inf
            high = elo if mark == "<" and math.isfinite(elo) else math.inf
        ratings.append(Rating(name, elo, low, high, mark, round(games)))
    return Ratings(ratings, {name: found[1:, place] * SCALE for place, name in enumerate(names)}, confidence)


def _table(pairs: Iterable[Pair], names: list[str]) -> Floats:
    """The points that each took off each other: (n, n)."""
    table = np.zeros((len(names), len(names)))
    place = {name: k for k, name in enumerate(names)}
    for pair in pairs:
        table[place[pair.one], place[pair.other]] += pair.points
        table[place[pair.other], place[pair.one]] += 2 - pair.points
    return table


def _resampled(pairs: Sequence[Pair], names: list[str], seed: int, resamples: int) -> Floats:
    """The same with the pairs of each match drawn anew: (resamples, n, n)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    matches: dict[tuple[str, str], list[float]] = {}
    for pair in pairs:
        one, other = sorted((pair.one, pair.other))
        matches.setdefault((one, other), []).append(pair.points if pair.one == one else 2 - pair.points)
    tables = np.zeros((resamples, len(names), len(names)))
    for (one, other), results in sorted(matches.items()):
        values, counts = np.unique(results, return_counts=True)
        drawn = rng.multinomial(len(results), counts / len(results), resamples) @ values
        tables[:, names.index(one), names.index(other)] = drawn
        tables[:, names.index(other), names.index(one)] = 2 * len(results) - drawn
    return tables


def _fit(points: Floats, fixed: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The likeliest ratings in log odds, by Newton's method on all tables at once.

    Args:
        points: (b, n, n) that each took off each other.
        fixed: (n,) given ratings, not a number where there is none.

    Returns:
        (b, n) ratings, infinite where no finite one is likeliest, not a number where nothing ties a player to an
        anchor; and (b, 2, n) whether a chain of points taken leads from each player to an anchor, and from one to it.
    """
    anchor = np.isfinite(fixed)
    tied = _tied(points, anchor)
    inside = tied[:, 0] & tied[:, 1]
    points = points * (inside[:, :, None] & inside[:, None, :])
    games = points + points.swapaxes(1, 2)
    free = inside & ~anchor
    found = np.where(anchor, fixed, 0.0) * np.ones(inside.shape)
    diagonal = np.arange(len(fixed))
    for _ in range(_MOST_STEPS):
        expected = 1 / (1 + np.exp(found[:, None, :] - found[:, :, None]))
        slope = (points - games * expected).sum(axis=2) * free
        if np.abs(slope).max() < 1e-9 * max(games.max(), 1):
            break
        weights = games * expected * (1 - expected)
        bend = -weights
        bend[:, diagonal, diagonal] = weights.sum(axis=2)
        bend = np.where(free[:, :, None] & free[:, None, :], bend, np.eye(len(fixed)))
        step = np.linalg.solve(bend, slope[:, :, None])[:, :, 0]
        found += step * np.minimum(1, _MOST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-300))
    else:
        raise ArithmeticError(f"no likeliest ratings within {_MOST_STEPS} steps")
    found[~inside & tied[:, 0]], found[~inside & tied[:, 1]] = np.inf, -np.inf
    found[~tied.any(axis=1)] = np.nan
    return found, tied


def _tied(points: Floats, anchor: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether chains of points taken lead from each player to an anchor, and from an anchor to it: (b, 2, n)."""
    took = points > 0
    up = np.broadcast_to(anchor, points.shape[:2]).copy()
    down = up.copy()
    for _ in range(len(anchor)):
        up |= (took & up[:, None, :]).any(axis=2)
        down |= (took & down[:, :, None]).any(axis=1)
    return np.stack([up, down], axis=1)


def _bound(points: Floats, found: Floats, place: int, sign: int, confidence: float) -> float:
    """Where a player must be at least (sign 1) or at most (-1) for a clean result not to be too rare, in log odds."""
    games = (points[place] + points[:, place]) * np.isfinite(found)
    rated = np.flatnonzero(games)
    if not len(rated):
        return math.nan
    low, high = -1e3, 1e3
    for _ in range(100):
        middle = (low + high) / 2
        likelihood = -(games[rated] * np.logaddexp(0, -sign * (middle - found[rated]))).sum()
        low, high = (middle, high) if (likelihood < math.log(1 - confidence)) == (sign > 0) else (low, middle)
    return (low + high) / 2


def _middle(values: Floats, confidence: float) -> tuple[float, float]:
    """Between which values the middle of a sample lies; what is not a number could be anywhere."""
    places = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = (np.sort(np.where(np.isnan(values), fill, values)) for fill in (-np.inf, np.inf))
    cut = [min(int(place * len(values)), len(values) - 1) for place in places]
    return float(low[cut[0]]), float(high[cut[1]])
