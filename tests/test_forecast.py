"""What a comparison will cost and tell, said before it is run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from reason_arena.agents.agent import Cost
from reason_arena.arena.cells import COST
from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.forecast import loads, sights
from reason_arena.arena.plan import Plan
from reason_arena.scripts import compare

FILE = """
name: small
agents:
  guess: {kind: random}
  oracle: {kind: oracle}
  ppo: {kind: specialist, train: {total_timesteps: 170_000}}
primary: {level: 1, metric: METRIC}
levels: [1, 2]
episodes: 50
training_seeds: [0, 1, 2, 3]
pairs: [[guess, ppo], [guess, oracle]]
"""


def small(folder: Path, metric: str = "correct", **more: Any) -> Comparison:
    path = folder / "small.yaml"
    path.write_text(FILE.replace("METRIC", metric))
    return read_comparison(path, out=str(folder / "out"), **more)


def test_cells_are_counted_and_what_is_done_costs_nothing(tmp_path: Path) -> None:
    plan = Plan(small(tmp_path))
    told = {load.agent: load for load in loads(plan)}
    counts = [(load.training, load.tests, load.latencies, load.done) for load in told.values()]
    assert counts == [(0, 2, 1, 0), (0, 2, 1, 0), (4, 8, 1, 0)]
    # 170,000 steps at 17,000 a second and seed, 3 seconds a test, and 2 that time the first seed on the primary level
    assert told["ppo"].cpu_seconds == pytest.approx(4 * 10 + 8 * 3 + 2)
    first = plan.training()[0]
    first.folder.mkdir(parents=True)
    first.marker.touch()
    (first.folder / COST).write_text(json.dumps(Cost().as_dict()))
    after = {load.agent: load for load in loads(plan)}["ppo"]
    assert (after.done, after.cpu_seconds) == (1, pytest.approx(3 * 10 + 8 * 3 + 2))
    timed = next(cell for cell in plan.latencies() if cell.agent == "ppo")
    timed.marker.parent.mkdir(parents=True)
    timed.marker.write_text(json.dumps({"batches": [{"batch": 1}]}))
    after = {load.agent: load for load in loads(plan)}["ppo"]
    assert (after.done, after.cpu_seconds) == (2, pytest.approx(3 * 10 + 8 * 3))


def test_differences_that_will_be_found_by_hand(tmp_path: Path) -> None:
    seeds, items = sights(small(tmp_path))
    # sqrt(0.08^2 + 0.5 / 50) = 0.128062; t(0.975, 3) + t(0.8, 3) = 3.182446 + 0.978472; over sqrt(4)
    assert (seeds.unit, seeds.difference) == ("4 training seeds", pytest.approx(0.266429, abs=1e-5))
    # sqrt(0.5) = 0.707107; t(0.975, 49) + t(0.8, 49) = 2.009575 + 0.849018; over sqrt(50)
    assert (items.unit, items.difference) == ("50 problems", pytest.approx(0.285859, abs=1e-5))


def test_one_seed_tells_nothing_and_other_metrics_have_no_scale(tmp_path: Path) -> None:
    assert sights(small(tmp_path, training_seeds=(0,)))[0].difference == math.inf
    assert all(math.isnan(sight.difference) for sight in sights(small(tmp_path, "return")))


def test_a_plan_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small(tmp_path)
    compare.main([str(tmp_path / "small.yaml"), "--out", str(tmp_path / "out"), "--plan"])
    told = capsys.readouterr().out
    assert "26.6 points" in told
    assert "latency" in told
    assert "about 1 CPU-minutes in all" in told
    assert not (tmp_path / "out").exists()
