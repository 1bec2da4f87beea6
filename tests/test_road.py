"""Every stage of a language model in one file: it runs to its report, goes on after a kill, and bills what it used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
import yaml
from killing import finish, kill_when
from test_compare import untimed

from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.assembly import fingerprint, load_judge
from reason_arena.agents.language_model.config import ModelConfig, Stage
from reason_arena.agents.language_model.heads import ScalarHead
from reason_arena.agents.learning import checkpoint
from reason_arena.agents.learning.preferences import Preference, PreferenceFile
from reason_arena.arena.config import read_comparison
from reason_arena.arena.plan import Plan

ROAD = Path(__file__).parent / "data" / "road.yaml"
STAGES = {
    "pretrained": "pretrain",
    "sft": "sft",
    "reinforce": "reinforce",
    "ppo": "ppo",
    "grpo": "grpo",
    "student": "distill",
    "judge": "reward",
    "liked": "ppo",
    "dpo": "dpo",
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature road, its preferences written down."""
    folder = tmp_path_factory.mktemp("file")
    with PreferenceFile(folder / "preferences.jsonl") as preferences:
        for a in range(4):
            preferences.write(Preference(f"{a} + 1", str(a + 1), str(a), a, "Reason-Arithmetic-v0", 0, "test"))
    values = yaml.safe_load(ROAD.read_text())
    for stage in ("reward", "dpo"):  # one mapping that all agents share
        values["agents"]["sft"]["train"][stage]["data"] = str(preferences.path)
        values["agents"]["student"]["train"][stage]["data"] = str(preferences.path)
    path = folder / "road.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def words(file: Path, out: Path) -> list[str]:
    return ["train", str(file), "--out", str(out), "--workers", "2"]


@pytest.fixture(scope="module")
def whole(file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of an unbroken run, and what it printed."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, finish(words(file, folder))


def manifest(folder: Path, agent: str, seed: int = 0) -> dict[str, Any]:
    return checkpoint.load_manifest(weights(folder, agent, seed))


def weights(folder: Path, agent: str, seed: int = 0) -> Path:
    (found,) = folder.glob(f"cells/{agent}-*/seed-{seed}/{STAGES[agent]}/checkpoint")
    return found


def test_every_stage_is_trained_and_tested_from_an_empty_folder(whole: tuple[Path, str]) -> None:
    folder, output = whole
    rows = untimed(folder / "results.jsonl")
    assert {row["agent"] for row in rows} == set(STAGES) - {"pretrained", "judge"}
    assert len(rows) == 7 * 2 * 8
    for agent, stage in STAGES.items():
        lines = (weights(folder, agent).parent / "metrics.jsonl").read_text().splitlines()
        assert json.loads(lines[-1])["update"] == 2
        assert manifest(folder, agent)["stage"] == stage
    assert str(folder / "report.html") in output
    assert "CPU-seconds, in this call" in output


def test_each_begins_with_the_weights_that_the_file_names(whole: tuple[Path, str]) -> None:
    folder = whole[0]
    file = yaml.safe_load(ROAD.read_text())["agents"]
    for seed in (0, 1):
        for agent, entry in file.items():
            begun = manifest(folder, agent, seed).get("start")
            if "start" not in entry:
                assert begun is None, agent
                continue
            assert begun == fingerprint(models.load(weights(folder, entry["start"], seed))[0]), agent
    taught = manifest(folder, "student")["teacher"]
    assert taught == fingerprint(models.load(weights(folder, "grpo"))[0])
    judge = load_judge(weights(folder, "judge"))
    assert manifest(folder, "liked")["teacher"] == fingerprint(judge.model, judge.head)


def test_the_bill_holds_what_all_before_it_used(whole: tuple[Path, str]) -> None:
    costs = {row["agent"]: row for row in untimed(whole[0] / "costs.jsonl") if row["training_seed"] == 0}
    assert list(costs) == list(STAGES), "those that are not tested too, in the order of the file"
    chain = [costs[name]["train_flops"] for name in ("pretrained", "sft", "grpo", "dpo")]
    assert 0 < chain[0] < chain[1] < chain[2] < chain[3]
    assert costs["sft"]["inherited_flops"] == costs["grpo"]["inherited_flops"] == 0
    assert costs["student"]["inherited_flops"] == costs["grpo"]["train_flops"]
    assert costs["liked"]["inherited_flops"] == costs["judge"]["train_flops"]
    assert costs["student"]["parameters"] < costs["grpo"]["parameters"]


def test_a_curve_runs_over_all_stages_of_its_chain(whole: tuple[Path, str]) -> None:
    rows = [row for row in untimed(whole[0] / "curves.jsonl") if row["agent"] == "dpo" and row["training_seed"] == 1]
    assert [row["stage"] for row in rows] == [stage for stage in ("pretrain", "sft", "grpo", "dpo") for _ in range(2)]
    spent = [row["train_flops"] for row in rows]
    assert spent == sorted(spent)
    assert all(spent[end] == spent[end + 1] for end in (1, 3, 5)), "a stage goes on where the last one ended"


MOMENTS = {"distillation": "student", "the reward model": "judge", "practice for it": "liked"}


def test_a_road_killed_in_three_stages_ends_as_an_unbroken_one(
    file: Path, whole: tuple[Path, str], tmp_path: Path
) -> None:
    for moment, agent in MOMENTS.items():
        trace = f"cells/{agent}-*/seed-*/{STAGES[agent]}/metrics.jsonl"
        alive, output = kill_when(words(file, tmp_path), lambda trace=trace: any(tmp_path.glob(trace)))
        assert alive, f"it ended before it could be killed in {moment}: {output}"
    finish(words(file, tmp_path))
    assert untimed(tmp_path / "results.jsonl") == untimed(whole[0] / "results.jsonl")
    compared = list(whole[0].glob("cells/**/*.safetensors"))
    assert len(compared) > 2 * len(STAGES)
    for ours in compared:
        assert ours.read_bytes() == (tmp_path / ours.relative_to(whole[0])).read_bytes(), ours


def test_the_preset_goes_through_every_stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "road").mkdir()  # a folder of that name is no file
    comparison = read_comparison(Path("road"))
    assert {entry.trained_stage for entry in comparison.agents.values() if entry.trains} == set(get_args(Stage))
    plan = Plan(comparison)
    for name in ("reinforce", "ppo", "grpo"):
        assert plan.chain(name) == ["pretrained", "sft", name]
    sizes = [
        sum(weight.numel() for weight in models.build(comparison.training(name).model, 0).parameters())  # type: ignore[union-attr]
        for name in ("grpo", "student")
    ]
    assert sizes[1] <= sizes[0] / 2


def test_a_fingerprint_tells_heads_and_half_precision_weights_apart() -> None:
    model = models.build(ModelConfig(layers=1, width=16, heads=2, feedforward=16, context=32), seed=0)
    head = ScalarHead(16)
    before = fingerprint(model), fingerprint(model, head)
    assert before[0] != before[1]
    with torch.no_grad():
        head.bias.fill_(1.0)
    assert fingerprint(model, head) != before[1], "another head is another reward model"
    half = fingerprint(model.bfloat16())
    assert half != before[0]
    assert fingerprint(model.float().bfloat16()) == half
