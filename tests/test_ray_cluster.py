"""A comparison on two nodes of Ray, one of which is lost in the middle of a training."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from killing import finish, start

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="Ray is missing: pip install ray")

TRAINING = {"level": 1, "total_timesteps": 20_480, "num_envs": 16, "n_steps": 32, "batch_size": 128, "n_epochs": 2}
TRAINING |= {"evaluate_every": 10, "evaluate_episodes": 8, "checkpoint_every": 2}
FILE: dict[str, Any] = {
    "name": "nodes",
    "primary": {"level": 1},
    "levels": [1],
    "episodes": 12,
    "training_seeds": [0, 1],
    "agents": {"random": {"kind": "random"}, "specialist": {"kind": "specialist", "train": TRAINING}},
    "pairs": [["random", "specialist"]],
}
APART = (
    "host",
    "seconds",
    "cpu_seconds",
    "train_cpu_seconds",
    "test_cpu_seconds",
    "energy_joules",
    "test_energy_joules",
)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head and, to be lost, a second node, of one CPU each."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    each = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    made = Cluster(initialize_head=True, head_node_args={**each, "include_dashboard": False})
    try:
        yield made, made.add_node(**each)
    finally:
        made.shutdown()


def lines(folder: Path, name: str) -> list[str]:
    rows = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    return [json.dumps({key: value for key, value in row.items() if key not in APART}) for row in rows]


def test_a_lost_node_changes_no_line(cluster: Any, tmp_path: Path) -> None:
    nodes, second = cluster
    file, here, there = tmp_path / "nodes.yaml", tmp_path / "here", tmp_path / "there"
    file.write_text(yaml.safe_dump(FILE))
    told = ["--executor", "ray", "--cluster.address", nodes.address]
    process = start(["compare", str(file), "--out", str(there), *told])

    def trainings(name: str) -> int:
        return len(list(there.glob(f"cells/specialist-*/seed-*/{name}")))

    while process.poll() is None and trainings("metrics.jsonl") < 2:  # each node has one CPU, so each is at one
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    done = trainings("trained")
    nodes.remove_node(second, allow_graceful=False)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert done == 0, "the trainings were over before the node was lost"
    assert "its worker was lost, so it is tried again" in output

    finish(["compare", str(file), "--out", str(here), "--workers", "2"])
    for name in ("results.jsonl", "curves.jsonl", "costs.jsonl"):
        assert lines(there, name) == lines(here, name), name
    for ours in here.glob("cells/**/model.safetensors"):
        assert ours.read_bytes() == (there / ours.relative_to(here)).read_bytes()
