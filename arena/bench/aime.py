"""How fast competition problems are made and judged, family by family, beside reasoning-gym's plain sums."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...tasks import aime
from ...tasks.aime import catalogue
from ...tasks.aime.spec import read
from ...tasks.problem import Split
from .envs import peer_items
from .measurement import Measurement

_ITEMS, _EACH = 20_000, 1_000
_UNIT, _PEER = "items / CPU-s", "reasoning-gym chain_sum"


def families() -> Iterator[Measurement]:
    """Generate and verify: all that training poses, the numbers of the exam, and each family over its tiers."""
    theirs = peer_items()
    rows = {"families that training poses": "families=seen", "an exam": "0", "composed of two": "composed=only"}
    rows |= {name: f"families={name}" for name in catalogue.families()}
    for row, level in rows.items():
        ours = rate(level, _ITEMS if row not in catalogue.families() else _EACH)
        yield Measurement("aime", row, _UNIT, ours, theirs, _PEER, ours / theirs)


def rate(level: str, items: int) -> float:
    """Problems that are generated and verified in a CPU-second."""
    split: Split = "test" if read(level).holds_out("train") else "train"
    aime.generate(split, level, 0)  # tables are made once
    began = time.process_time()
    for seed in range(items):
        problem = aime.generate(split, level, seed)
        assert aime.verify(problem, f"\\boxed{{{problem.answer}}}")
    return items / (time.process_time() - began)
