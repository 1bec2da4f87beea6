"""Test one agent on one level and say how often it is right.

reason eval oracle --level 3
reason eval specialist --checkpoint runs/sums/final --level operators=+-,digits=50
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from ..agents.learning.progress import Progress
from ..agents.registry import TRAINED, Place, view_of
from ..arena.cells import TestCell
from ..arena.files import write_whole
from ..arena.statistics import wilson
from ..tasks.errors import BadConfig
from .parsing import parse


@dataclass(frozen=True)
class Eval:
    """Who, where, how long."""

    agent: Annotated[str, tyro.conf.Positional]
    """random, majority, oracle, specialist or llm"""
    checkpoint: Path | None = None
    """weights of a specialist or llm; for an llm also "smollm2" or a hub id"""
    env_id: str = "Reason-Arithmetic-v0"
    """environment id"""
    level: str = "2"
    """a number of the task's table, or a specification"""
    split: str = "test"
    """train, validation or test"""
    episodes: int = 200
    """how many evaluation seeds"""
    evaluation_seed: int = 0
    """the first of them"""
    view: str | None = None
    """baselines: text (default) or array"""
    temperature: float | None = None
    """llm: 1 samples, 0 is greedy"""
    max_new_tokens: int | None = None
    """llm: longest completion"""
    out: Path | None = None
    """file for one JSON line an episode"""


def main(words: list[str]) -> None:
    """Play and print the rate with its interval."""
    options = parse(Eval, "eval", words, __doc__)
    if options.episodes < 1:
        raise BadConfig(f"--episodes: expected 1 or more, got {options.episodes}")
    if options.evaluation_seed < 0:
        raise BadConfig(f"--evaluation-seed: expected 0 or more, got {options.evaluation_seed}")
    level: int | str = int(options.level) if options.level.isdecimal() else options.level
    Place(options.env_id, options.split)
    view_of(options.agent, options.view)
    if options.agent in TRAINED and options.checkpoint is None:
        raise BadConfig(f"agent {options.agent!r} needs --checkpoint; `reason train {options.agent}` makes one")
    extra = {
        key: getattr(options, key) for key in ("temperature", "max_new_tokens") if getattr(options, key) is not None
    }
    if extra and options.agent != "llm":
        raise BadConfig(f"--{next(iter(extra)).replace('_', '-')}: only for agent 'llm', got {options.agent!r}")
    with tempfile.TemporaryDirectory() as scratch:
        cell = TestCell(
            agent=options.agent,
            kind=options.agent,
            view=options.view,
            seed=0,
            level=level,
            env_id=options.env_id,
            split=options.split,
            episodes=options.episodes,
            evaluation_seed=options.evaluation_seed,
            marker=Path(scratch) / "lines.jsonl",
            weights=options.checkpoint,
            options=extra,
        )
        with Progress(options.agent, options.episodes, unit="episodes") as progress:
            cell.run(progress.advance)
        lines = [json.loads(line) for line in cell.marker.read_text(encoding="utf-8").splitlines()]
        if options.out is not None:
            write_whole(options.out, cell.marker.read_text(encoding="utf-8"))
    rate = wilson(sum(line["correct"] for line in lines), len(lines))
    print(f"{options.agent} on {options.env_id}, level {level}, {options.split}: {rate}")
    if options.out is not None:
        print(f"lines: {options.out}")
