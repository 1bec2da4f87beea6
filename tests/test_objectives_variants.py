"""The named variants of GRPO against each paper's formula in plain loops."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from reason_arena.agents.learning.advantages import group_advantages
from reason_arena.agents.learning.objectives import VARIANTS, grpo

torch.set_num_threads(1)


def double(*rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


GROUP = [[0.3, -0.6, 0.2, 0.4], [-0.25, 0.1], [0.5], [-0.4, -0.1, 0.35]]
"""log-ratios of four completions to one question"""
FAR = [[0.1, -0.3, 0.0, 0.2], [0.5, -0.5], [0.25], [0.3, 0.0, -0.2]]
"""the reference's log-probability less the policy's"""
REWARDS = [1.0, 0.0, 0.0, 0.5]
NOW = -1.5
"""every token's log-probability"""


def standardised() -> list[float]:
    mean = sum(REWARDS) / 4
    deviation = math.sqrt(sum((reward - mean) ** 2 for reward in REWARDS) / 3)
    return [(reward - mean) / (deviation + 1e-4) for reward in REWARDS]


def held(ratio: float, low: float, high: float) -> float:
    return min(max(ratio, 1 - low), 1 + high)


def by_the_paper(name: str) -> float:
    """The loss of a variant, token by token, as its paper writes it."""
    rows = list(zip(GROUP, FAR, standardised(), strict=True))
    tokens = sum(map(len, GROUP))
    if name == "grpo":
        total = 0.0
        for changes, gaps, a in rows:
            for change, d in zip(changes, gaps, strict=True):
                rho = math.exp(change)
                total += (min(rho * a, held(rho, 0.2, 0.2) * a) - 0.04 * (math.exp(d) - d - 1)) / len(changes) / 4
        return -total
    if name == "dr_grpo":
        mean = sum(REWARDS) / 4
        parts = [
            min(math.exp(c) * (reward - mean), held(math.exp(c), 0.2, 0.2) * (reward - mean))
            for changes, reward in zip(GROUP, REWARDS, strict=True)
            for c in changes
        ]
        return -sum(parts) / (4 * 16)
    if name == "dapo":
        parts = [min(math.exp(c) * a, held(math.exp(c), 0.2, 0.28) * a) for changes, _, a in rows for c in changes]
        return -sum(parts) / tokens
    if name == "gspo":
        ratios = [math.exp(sum(changes) / len(changes)) for changes in GROUP]
        gains = [min(s * a, held(s, 3e-4, 4e-4) * a) for s, a in zip(ratios, standardised(), strict=True)]
        return -sum(gains) / 4
    assert name == "cispo"
    return -sum(min(math.exp(c), 5.0) * a * NOW for changes, _, a in rows for c in changes) / tokens


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_what_its_paper_writes(name: str) -> None:
    settings = dict(VARIANTS[name])
    advantage = group_advantages(double(*REWARDS), 4, settings.pop("scale"))
    mask, shift, far = torch.zeros(4, 4), torch.zeros(4, 4).double(), torch.zeros(4, 4).double()
    for row, (changes, gaps) in enumerate(zip(GROUP, FAR, strict=True)):
        mask[row, : len(changes)] = 1
        shift[row, : len(changes)], far[row, : len(changes)] = double(*changes), double(*gaps)
    now = torch.full((4, 4), NOW, dtype=torch.float64)
    loss = grpo(now, now - shift, advantage, mask, reference=now + far, constant=16, **settings)
    assert loss.item() == pytest.approx(by_the_paper(name), rel=1e-12)
