"""An agent is played against itself under another name, and the page's own verdict says how often it is ahead.

Nothing is drawn from a distribution: both sides are a comparison with cells, lines and a report, and differ in their
random numbers alone. With a 5 % test, ten of 200 such comparisons are expected to call one of the two ahead.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reason_arena.agents.settings import build
from reason_arena.arena.config import Comparison
from reason_arena.arena.merge import COMPARISON, COSTS, RESULTS, merge
from reason_arena.arena.plan import Plan
from reason_arena.arena.report.reading import read_run
from reason_arena.arena.report.scores import differences

LEVEL = "operators=%,digits=1-2,right_digits=1"
"""of which a guess is right one time in ten, and a policy of a few hundred steps up to half of the time"""
RECIPE = {
    "level": LEVEL,
    "scratchpad": "digits",
    "total_timesteps": 256,
    "num_envs": 16,
    "n_steps": 16,
    "batch_size": 256,
    "n_epochs": 2,
    "learning_rate": 0.03,
    "net_arch": [16],
    "evaluate_every": 0,
}
NAMES = "one", "another"


@dataclass(frozen=True)
class Outcome:
    """What the page says of one repetition."""

    ahead: bool
    gap: float
    unit: str


def play(folder: Path, name: str, agent: dict[str, Any], **settings: Any) -> Path:
    """A comparison of one agent, all of whose cells are run here, and what it left for the report."""
    told = {"name": name, "agents": {name: agent}, "primary": {"level": LEVEL}, "levels": [LEVEL], **settings}
    plan = Plan(build(Comparison, {**told, "out": str(folder / name)}, name))
    for cell in plan.cells():
        cell.run()
    merge(plan, "")
    return plan.comparison.folder


def lines(side: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (side / name).read_text().splitlines()]


def held(folder: Path, sides: list[Path]) -> Outcome:
    """The planned difference of both sides, as the page reads it from one folder.

    A comparison has one list of training seeds, so the second side's are called by the numbers of the first's.
    """
    folder.mkdir()
    told = [json.loads((side / COMPARISON).read_text()) for side in sides]
    both = {**told[0], "agents": [told[0]["agents"][0], told[1]["agents"][0]], "pairs": [list(NAMES)]}
    (folder / COMPARISON).write_text(json.dumps(both))
    called = dict(zip(told[1]["training_seeds"], told[0]["training_seeds"], strict=True))
    asked = {row["seed"] for row in lines(sides[0], RESULTS)}
    for name in (RESULTS, COSTS):
        rows = lines(sides[0], name)
        for row in lines(sides[1], name):
            if row.get("seed") in {*asked, None}:
                rows.append({**row, "training_seed": called.get(row["training_seed"], row["training_seed"])})
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (found,) = differences(read_run(folder))
    assert not found.incomplete
    return Outcome(found.verdict in {f"{name} ahead" for name in NAMES}, found.interval.mean, found.interval.unit)


def repeated(folder: Path, count: int, agent: dict[str, Any], *settings: dict[str, Any]) -> list[Outcome]:
    """Repetitions 0, 1, 2 …, each on other problems, and with other training seeds on either side."""
    outcomes = []
    for number in range(count):
        here = folder / str(number)
        first = {"evaluation_seed": 1_000 * number}
        seeds = [list(range(10 * number + start, 10 * number + start + 5)) for start in (0, 5)]
        sides = [
            play(here, name, agent, **first, training_seeds=drawn, **more)
            for name, drawn, more in zip(NAMES, seeds, settings, strict=True)
        ]
        outcomes.append(held(here / "both", sides))
        shutil.rmtree(here)
    return outcomes


def trained(folder: Path, count: int) -> list[Outcome]:
    """Specialists of one recipe, five training seeds a side and none of them on both, on 40 problems."""
    found = repeated(folder, count, {"kind": "specialist", "train": RECIPE}, *2 * [{"episodes": 40}])
    assert {each.unit for each in found} == {"5 training seeds, matched"}
    # Under the same random numbers every difference would be 0, and would prove nothing.
    assert sum(each.gap != 0 for each in found) > 0.9 * count
    return found


def test_a_recipe_against_itself_is_ahead_in_at_most_ten_of_200_comparisons(tmp_path: Path) -> None:
    """Two minutes; 5 when it was first played."""
    assert sum(each.ahead for each in trained(tmp_path, 200)) <= 10


def test_guessing_against_itself_is_ahead_in_at_most_ten_of_200_comparisons(tmp_path: Path) -> None:
    """Untrained, so problems are what is counted: 100 shared ones.

    Guesses are drawn from the seeds of all problems that are played at once, so one more, which the other side
    has not, gives another stream.
    """
    found = repeated(tmp_path, 200, {"kind": "random"}, {"episodes": 100}, {"episodes": 101})
    assert {each.unit for each in found} == {"100 shared episodes"}
    assert sum(each.gap != 0 for each in found) > 0.7 * 200
    assert sum(each.ahead for each in found) <= 10
