"""What a comparison will take, and what it will be able to tell, before anything of it is run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .cells import Cell
from .config import Comparison
from .plan import Plan
from .statistics import detectable

SEED_SPREAD = 0.08
"""standard deviation of training seeds' scores that is taken for granted, as PPO and GRPO had it on our tasks"""
POWER = 0.8
"""how likely a difference is found that can be"""


@dataclass(frozen=True)
class Load:
    """The cells of one agent."""

    agent: str
    training: int
    """cells that train"""
    tests: int
    latencies: int
    """cells that time its decisions"""
    done: int
    """of all three"""
    cpu_seconds: float
    """of those that are not done, roughly"""


@dataclass(frozen=True)
class Sight:
    """What a planned pair will show, on shares of right answers."""

    first: str
    second: str
    env_id: str
    unit: str
    """what it is decided over"""
    difference: float
    """that is found four times in five; infinite where no interval can come out, NaN where it is of no share"""


def loads(plan: Plan) -> list[Load]:
    """The cells of each agent, in the order of the comparison."""
    kinds = (plan.training(), plan.tests(), plan.latencies())
    own = {name: [[cell for cell in kind if cell.agent == name] for kind in kinds] for name in plan.comparison.agents}
    return [_load(name, cells) for name, cells in own.items() if any(cells)]


def _load(name: str, kinds: Sequence[Sequence[Cell]]) -> Load:
    cells = [cell for kind in kinds for cell in kind]
    left = [cell for cell in cells if not cell.done]
    training, tests, latencies = map(len, kinds)
    return Load(name, training, tests, latencies, len(cells) - len(left), sum(cell.effort for cell in left))


def sights(comparison: Comparison) -> list[Sight]:
    """Of each planned pair and environment the smallest difference that will be found four times in five.

    Each training seed scatters by `SEED_SPREAD`, and by the noise of as many episodes as it is tested on, at worst that
    of a coin. Between two agents that were never trained only the latter counts.
    """
    found = []
    for first, second in comparison.pairs:
        for env_id in comparison.tested_in(first):
            if env_id in comparison.tested_in(second):
                found.append(_sight(comparison, first, second, env_id))
    return found


def _sight(comparison: Comparison, first: str, second: str, env_id: str) -> Sight:
    venue = comparison.venues[env_id]
    episodes = next(trial.episodes for trial in venue.trials if trial.level == venue.primary.level)
    trained = sum(comparison.agents[name].road != "baseline" for name in (first, second))
    if venue.primary.metric != "correct":
        return Sight(first, second, env_id, f"mean of {venue.primary.metric}", math.nan)
    if not trained:
        return Sight(first, second, env_id, f"{episodes} problems", detectable(math.sqrt(0.5), episodes, POWER))
    seeds = len(comparison.training_seeds)
    spread = math.sqrt(trained * SEED_SPREAD**2 + 0.25 * 2 / episodes)
    unit = f"{seeds} training seed" + ("s" if seeds > 1 else "")
    return Sight(first, second, env_id, unit, detectable(spread, seeds, POWER))
