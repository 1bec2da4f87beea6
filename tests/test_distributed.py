"""Two processes train what one trains: the same samples, the same weights, one checkpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from together import RECIPES, STAGES, UPDATES, train_all

from reason_arena.agents.language_model.world import ALONE, World
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.agents.learning.progress import read_lines

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
TIMING = {"cpu_seconds", "sampling_tokens_per_second", "training_tokens_per_second"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of what one process and what two trained."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    torch.set_num_threads(1)
    train_all(one)
    words = [*TORCHRUN, str(Path(__file__).with_name("together.py")), str(two)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    return one, two


def stage_of(recipe: str) -> str:
    return STAGES.get(recipe, recipe)


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_end_with_the_weights_of_one(recipe: str, runs: tuple[Path, Path]) -> None:
    one, two = (folder / recipe / stage_of(recipe) / "checkpoint" for folder in runs)
    names = sorted(path.name for path in one.glob("*.safetensors"))
    assert names == sorted(path.name for path in two.glob("*.safetensors"))
    assert ("heads.safetensors" in names) == (recipe in ("ppo", "reward"))
    for name in names:
        mine, theirs = load_file(one / name), load_file(two / name)
        assert mine.keys() == theirs.keys()
        for key, weight in mine.items():
            torch.testing.assert_close(theirs[key], weight, rtol=0, atol=1e-5, msg=f"{recipe}: {name}: {key}")
    totals = [checkpoint.load_manifest(folder)["totals"] for folder in (one, two)]
    assert all(each.pop("cpu_seconds") > 0 for each in totals)
    assert totals[0] == totals[1]
    assert totals[0]["update"] == UPDATES


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_tell_what_one_tells(recipe: str, runs: tuple[Path, Path]) -> None:
    for name in ("metrics.jsonl", "samples.jsonl"):
        one, two = (read_lines(folder / recipe / stage_of(recipe) / name) for folder in runs)
        assert len(one) == len(two)
        assert one or (recipe, name) == ("reward", "samples.jsonl")  # which answers nothing
        for mine, theirs in zip(one, two, strict=True):
            assert mine.keys() == theirs.keys()
            for key in mine.keys() - TIMING:
                exact = isinstance(mine[key], str)
                assert theirs[key] == (mine[key] if exact else pytest.approx(mine[key], rel=1e-4, abs=1e-5)), key


def test_what_was_learnt_was_worth_it(runs: tuple[Path, Path]) -> None:
    """Else equal weights would prove little: practice has rewards that differ, and moves the weights."""
    for recipe in ("grpo", "ppo", "reinforce", "lora"):
        rows = read_lines(runs[0] / recipe / stage_of(recipe) / "metrics.jsonl")
        assert any(0 < row["reward"] < 1 for row in rows if "reward" in row), recipe
        assert all(row["grad_norm"] > 1e-3 for row in rows if "grad_norm" in row), recipe


def test_a_run_of_two_processes_goes_on_as_if_unbroken(runs: tuple[Path, Path]) -> None:
    unbroken, broken = (runs[1] / name / "ppo" / "checkpoint" for name in ("ppo", "broken"))
    for name in ("model.safetensors", "heads.safetensors", "optimizer.safetensors"):
        mine, theirs = load_file(unbroken / name), load_file(broken / name)
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[key], theirs[key]) for key in mine), name


def test_shares_are_put_together_in_order() -> None:
    items = list(range(7))
    shares = [World(rank, 3).share(items) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
    assert [World(rank, 3).most(7) for rank in range(3)] == [3, 3, 3]
    assert ALONE.gather(ALONE.share(items)) == items


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pieces_of_all_processes_are_the_batch(size: int) -> None:
    prompts = [(1, 2), (1, 3, 4), (5,)]
    batch = collate([Completion(prompt, tuple(range(7, 9 + n))) for prompt in prompts for n in range(4)])
    batch = batch.with_extra(row=torch.arange(len(batch)))
    shares = [list(World(rank, size).pieces(batch, 12)) for rank in range(size)]
    assert len({len(share) for share in shares}) == 1  # else one would wait for ever
    rows = [int(row) for share in shares for piece, counts in share if counts for row in piece.extra["row"]]
    assert sorted(rows) == list(range(len(batch)))
