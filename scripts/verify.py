"""Play a cell of a finished comparison again, and see whether its lines come out as they are on record.

Then see whether the files of the folder are those that the comparison left, by their digests in SHA256SUMS.

reason verify quick
reason verify quick --agent llm-grpo --seed 3
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from ..agents.visible import say
from ..arena.config import read_comparison
from ..arena.merge import left_by
from ..arena.plan import Plan
from ..arena.sums import SUMS, changed
from ..arena.verify import verify
from ..tasks.errors import ReasonError
from .parsing import parse

_SHOWN = 5


@dataclass(frozen=True)
class Verify:
    """Which comparison, and which of its cells."""

    file: Annotated[Path, tyro.conf.Positional]
    """YAML file, or the name of a preset, as it was run"""
    out: str | None = None
    """folder of the results; runs/<name> if not told"""
    episodes: int | None = None
    """as it was run"""
    evaluation_seed: int | None = None
    """as it was run"""
    samples: int | None = None
    """as it was run"""
    training_seeds: tuple[int, ...] | None = None
    """as it was run"""
    agent: str | None = None
    """whose cells are drawn from; everybody's if not told"""
    seed: int = 0
    """of which cell is drawn"""


class NotVerified(ReasonError):
    """A cell came out otherwise than it is on record, or a file is not the one that the comparison left."""


def main(words: list[str]) -> None:
    """Play one cell again. Raises NotVerified."""
    options = parse(Verify, "verify", words, __doc__)
    told = ("out", "episodes", "evaluation_seed", "samples", "training_seeds")
    comparison = read_comparison(options.file, **{name: getattr(options, name) for name in told})
    found = verify(comparison, options.seed, options.agent)
    if not found.holds:
        shown = ", ".join(f"{name} of {problem}" for problem, name in found.differing[:_SHOWN])
        more = f" and {len(found.differing) - _SHOWN} more" if len(found.differing) > _SHOWN else ""
        raise NotVerified(f"{found.cell}: {found.episodes} episodes, not as on record: {shown}{more}")
    others = changed(comparison.folder, left_by(Plan(comparison)))
    if others:
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        raise NotVerified(f"not as the comparison left them, by {SUMS}: {', '.join(others[:_SHOWN])}{more}")
    say(f"{found.cell}: {found.episodes} episodes played again, all as on record")
    say("files: as the comparison left them" if others is not None else f"files: no {SUMS}, so nobody can tell")
