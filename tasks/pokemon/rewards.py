"""What progress is worth: each term is the increase of a measure that never falls, times a weight.

So the return of an episode is the weights times what was done in it, however it was done: no way round and round earns
anything, for a measure that is where it was before has paid nothing. A museum's ticket, which is sold again and again,
counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from numbers import Real

from ..errors import BadConfig
from .progress import Measures


@dataclass(frozen=True)
class RewardConfig:
    """What one of each measure is worth.

    Raises:
        BadConfig: a weight is no finite number.
    """

    milestones: float = 1.0
    badges: float = 2.0
    events: float = 0.1
    squares: float = 0.005
    maps: float = 0.2
    levels: float = 0.05
    seen: float = 0.05
    caught: float = 0.2
    healed: float = 0.2
    """of a whole party's hp"""
    blackouts: float = -0.1
    blocked: float = -0.001
    talks: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in tuple(vars(self).items()):
            expected = f"RewardConfig: {name}: expected a finite number, got"
            try:
                own = float(weight) if isinstance(weight, Real) and not isinstance(weight, bool) else nan
            except OverflowError:
                raise BadConfig(f"{expected} one too large for a float") from None
            if not isfinite(own):
                raise BadConfig(f"{expected} {weight!r}")
            # With whole numbers the terms of one process would have another type than those of a pool.
            object.__setattr__(self, name, own)


class RewardTerms:
    """Rewards step by step. A reward is the sum of its terms, and a return is the weights times what was gained.

    Args:
        config: the weights.
    """

    def __init__(self, config: RewardConfig | None = None) -> None:
        self.config = config or RewardConfig()
        self._weights = tuple(getattr(self.config, name) for name in Measures._fields)
        self._last = Measures()

    def begin(self, measures: Measures) -> None:
        """An episode starts from here; what is there already pays nothing."""
        self._last = measures

    def step(self, measures: Measures) -> dict[str, float]:
        """What each measure's increase since the last step is worth; only those that changed.

        The reward is the sum of the values, 0.0 of an empty one.
        """
        last, self._last = self._last, measures
        if measures == last:
            return {}
        return {
            name: weight * (now - before)
            for name, weight, now, before in zip(Measures._fields, self._weights, measures, last, strict=True)
            if now != before and weight
        }
