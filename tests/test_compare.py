"""A comparison from its file to its lines: what is refused, what is written, and what survives a kill."""

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from killing import finish, kill_when

from reason_arena.agents.registry import TRAINED
from reason_arena.agents.specialist.config import SpecialistConfig
from reason_arena.agents.specialist.trainer import train_specialist
from reason_arena.arena.cells import PROGRESS, TrainCell
from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.plan import Plan
from reason_arena.arena.schedule import left
from reason_arena.scripts.cli import main
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig, ReasonError

TINY = Path(__file__).parent / "data" / "tiny.yaml"
TIMED = ("seconds", "cpu_seconds", "train_cpu_seconds", "test_cpu_seconds", "energy_joules", "test_energy_joules")
LINES = ("results.jsonl", "curves.jsonl", "costs.jsonl")


def words(out: Path) -> list[str]:
    return ["compare", str(TINY), "--out", str(out), "--workers", "2"]


def untimed(path: Path) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: value for key, value in row.items() if key not in TIMED} for row in rows]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of an unbroken comparison, and what it printed."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, finish(words(folder))


def test_one_line_an_episode_for_every_agent_seed_and_level(whole) -> None:
    rows = untimed(whole[0] / "results.jsonl")
    plan = yaml.safe_load(TINY.read_text())
    trained = [name for name, entry in plan["agents"].items() if entry["kind"] in TRAINED]
    runs = 2 * len(trained) + len(plan["agents"]) - len(trained)
    assert len(rows) == runs * 2 * 12
    keys = [(row["agent"], row["training_seed"], row["level"], row["seed"]) for row in rows]
    assert len(set(keys)) == len(keys)
    for agent in plan["agents"]:
        asked = [row["problem_id"] for row in rows if row["agent"] == agent and row["training_seed"] == 0]
        assert asked == [row["problem_id"] for row in rows if row["agent"] == "random"], "all play the same problems"
    assert all(row["split"] == "test" for row in rows)
    assert all(row["correct"] for row in rows if row["agent"] == "oracle")


def test_the_evaluation_seeds_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.yaml"
    plan = {"levels": [2], "episodes": 5, "agents": {"oracle": {"kind": "oracle"}}, "out": str(tmp_path / "out")}
    for first in (0, 7_000_000):  # in one folder: lines of other seeds are not taken for these
        file.write_text(yaml.safe_dump({**plan, "evaluation_seed": first}))
        assert main(["compare", str(file)]) == 0
        rows = untimed(tmp_path / "out" / "results.jsonl")
        assert [row["seed"] for row in rows] == list(range(first, first + 5))
        assert [row["problem_id"] for row in rows] == [f"arithmetic-v1/test/2/{first + i}" for i in range(5)]
    with pytest.raises(BadConfig, match="evaluation_seed: expected 0 or more, got -1"):
        read_comparison(file, evaluation_seed=-1)


def test_the_expected_answer_and_the_return_agree_with_the_verdict(whole) -> None:
    for row in untimed(whole[0] / "results.jsonl"):
        assert row["return"] == float(row["correct"]) == float(row["verdict"] == "correct")
        assert (row["tokens"] is not None) == row["agent"].startswith("llm")
        if row["view"] == "array" and row["correct"]:
            assert row["answer"] == row["expected"]
            assert row["transcript"].endswith(str(abs(int(row["expected"]))))


def test_grpo_is_billed_for_the_fine_tuning_it_started_from(whole) -> None:
    costs = {(row["agent"], row["training_seed"]): row for row in untimed(whole[0] / "costs.jsonl")}
    for seed in (0, 1):
        before, after = costs["llm-sft", seed], costs["llm-grpo", seed]
        assert after["train_flops"] > before["train_flops"] > 0
        assert after["train_episodes"] == 4 * 4 * 4
        assert before["train_episodes"] == 0
        assert costs["llm-greedy", seed] == {**after, "agent": "llm-greedy"}
        assert costs["specialist", seed]["train_env_steps"] == 4096
    curve = [
        row for row in untimed(whole[0] / "curves.jsonl") if row["agent"] == "llm-grpo" and row["training_seed"] == 0
    ]
    assert [row["stage"] for row in curve] == ["sft"] * 3 + ["grpo"] * 3
    assert curve[3]["train_flops"] == curve[2]["train_flops"] == costs["llm-sft", 0]["train_flops"]


def test_it_prints_a_table_and_where_the_report_is(whole) -> None:
    folder, output = whole
    assert "Score" in output
    assert "specialist" in output
    assert str(folder / "report.html") in output
    assert (folder / "report.html").stat().st_size > 20_000


MOMENTS = {
    "SFT": ("cells/llm-sft-*/seed-*/sft/metrics.jsonl", signal.SIGKILL),
    "GRPO": ("cells/llm-grpo-*/seed-*/grpo/metrics.jsonl", signal.SIGINT),
    "test": ("cells/specialist-test/seed-*/*/lines.jsonl", signal.SIGKILL),
}


def test_a_comparison_killed_twice_and_interrupted_ends_as_an_unbroken_one(whole, tmp_path) -> None:
    for moment, (trace, number) in MOMENTS.items():
        alive, output = kill_when(words(tmp_path), lambda trace=trace: any(tmp_path.glob(trace)), number)
        assert alive, f"it ended before it could be stopped in {moment}: {output}"
        assert number == signal.SIGKILL or "interrupted" in output
        assert not list(tmp_path.rglob("failed.json"))
    finish(words(tmp_path))
    for name in LINES:
        assert untimed(tmp_path / name) == untimed(whole[0] / name), name
    for ours in whole[0].glob("cells/**/model.safetensors"):
        assert ours.read_bytes() == (tmp_path / ours.relative_to(whole[0])).read_bytes(), ours


def test_what_is_done_is_not_done_again(whole, tmp_path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(whole[0], copy)
    for path in copy.glob("cells/**/model.safetensors"):
        path.unlink()  # nothing of it would be missed if nothing is trained or tested again
    finish(words(copy))
    assert (copy / "results.jsonl").read_text() == (whole[0] / "results.jsonl").read_text()


def changed(**values: object) -> dict[str, object]:
    return {**yaml.safe_load(TINY.read_text()), **values}


BAD = {
    "no agents": ({"agents": {}}, "agents: expected at least one"),
    "no seeds": ({"training_seeds": []}, "training_seeds: expected at least one"),
    "twice": ({"levels": [1, 1]}, "levels: expected each once"),
    "unknown key": ({"episode": 5}, "did you mean 'episodes'"),
    "unknown agent": ({"agents": {"a": {"kind": "specialits"}}}, "did you mean 'specialist'"),
    "unknown setting": (
        {"agents": {"a": {"kind": "specialist", "train": {"gama": 1}}}},
        "unknown key in agents.a.train 'gama': did you mean 'gamma'",
    ),
    "wrong type": (
        {"agents": {"a": {"kind": "specialist", "train": {"gamma": "high"}}}},
        "agents.a.train.gamma: expected a number, got 'high'",
    ),
    "grpo from nothing": ({"agents": {"a": {"kind": "llm", "stage": "grpo"}}}, "stage grpo needs `start`"),
    "start unknown": (
        {"agents": {"a": {"kind": "llm", "stage": "grpo", "start": "b"}}},
        "unknown agent of the comparison 'b'",
    ),
    "temperature": ({"agents": {"a": {"kind": "random", "temperature": 1}}}, "only for agents of kind 'llm'"),
    "level": ({"levels": [1, 77]}, "level 77: expected 0 to 9"),
    "primary": ({"primary": {"level": 5}}, "primary.level: expected one of the levels"),
    "environment": ({"env_id": "Reason-Aritmetic-v0"}, "did you mean 'Reason-Arithmetic-v0'"),
    "pair": ({"pairs": [["llm-sft", "nobody"]]}, "unknown agent of the comparison 'nobody'"),
    "view": ({"agents": {"a": {"kind": "llm", "stage": "sft", "view": "array"}}}, "plays in the text view"),
    "folder": ({"agents": {"a/b": {"kind": "random"}}}, "expected a name that can be a folder's"),
    "episodes": ({"episodes": 0}, "episodes: expected 1 or more"),
    "level as text": ({"levels": [1, "1"]}, "levels: expected each once"),
    "negative seed": ({"training_seeds": [-1]}, "training_seeds: expected numbers from 0"),
    "name": ({"name": "../up"}, "name: expected letters, digits"),
    "training level": (
        {"agents": {"a": {"kind": "specialist", "train": {"level": 99}}}},
        "level 99: expected 0 to 9",
    ),
    "training environment": (
        {"agents": {"a": {"kind": "specialist", "train": {"env_id": "Reason-Chess-v7"}}}},
        "unknown environment 'Reason-Chess-v7'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_in_the_file_is_named_before_anything_runs(case, tmp_path) -> None:
    values, message = BAD[case]
    drop = {"pairs": []} if "agents" in values else {}
    path = tmp_path / "mistake.yaml"
    path.write_text(yaml.safe_dump(changed(**{**drop, **values})))
    with pytest.raises(ReasonError) as raised:
        read_comparison(path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_comparison_is_named(tmp_path) -> None:
    for content, message in ((b"[1, 2", "not YAML"), (b"- 1\n", "expected settings"), (b"\xff\xfe\x00", "not UTF-8")):
        path = tmp_path / "x.yaml"
        path.write_bytes(content)
        with pytest.raises(BadConfig, match=message):
            read_comparison(path)
    with pytest.raises(BadConfig, match=r"No such file"):
        read_comparison(tmp_path / "absent.yaml")


def test_a_key_given_twice_is_a_mistake_and_not_the_last_one_s_victory(tmp_path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("agents:\n  a: {kind: random}\n  a: {kind: oracle}\n")
    with pytest.raises(BadConfig, match=r"line 3: not YAML \('a' is given twice\)"):
        read_comparison(path)


def test_lines_that_were_cut_off_are_played_again(whole, tmp_path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(whole[0], copy)
    cut = next(iter(copy.glob("cells/random-test/seed-0/*/lines.jsonl")))
    cut.write_text(cut.read_text()[:-5])
    finish(words(copy))
    assert untimed(copy / "results.jsonl") == untimed(whole[0] / "results.jsonl")


def test_an_agent_is_tested_on_the_scratchpad_it_was_trained_on(tmp_path, capsys) -> None:
    small = {"num_envs": 4, "n_steps": 8, "batch_size": 16, "net_arch": (8,), "evaluate_every": 0}
    config = SpecialistConfig(level=0, scratchpad="digits", total_timesteps=32, **small)
    final = train_specialist(config, tmp_path, 0, report=lambda row: None)
    assert main(["eval", "specialist", "--checkpoint", str(final), "--level", "0", "--episodes", "5"]) == 0
    assert "over 5 episodes" in capsys.readouterr().out


def test_a_changed_recipe_trains_in_a_place_of_its_own() -> None:
    before = read_comparison(TINY)
    values = changed(out="runs/tiny")
    values["agents"]["llm-sft"]["train"]["sft"]["updates"] = 7  # type: ignore[index]
    after = cells_of(values)
    for name in ("llm-sft", "llm-grpo"):
        assert folders(Plan(before), name).isdisjoint(folders(after, name)), "GRPO depends on where it starts"
    assert folders(Plan(before), "specialist") == folders(after, "specialist")


def test_a_task_of_another_version_is_trained_on_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = read_comparison(TINY)
    before = Plan(comparison)
    monkeypatch.setattr(registry.load("arithmetic"), "VERSION", 2)
    after = Plan(comparison)
    for name in ("llm-sft", "llm-grpo", "specialist"):
        assert folders(before, name).isdisjoint(folders(after, name))


def cells_of(values: dict[str, object]) -> Plan:
    from reason_arena.agents.settings import build

    return Plan(build(Comparison, values, "changed"))


def folders(plan: Plan, agent: str) -> set[str]:
    return {cell.folder.parent.name for cell in plan.cells() if cell.agent == agent and hasattr(cell, "folder")}


MEASURED = {"specialist-mates": 227, "specialist-games": 843, "specialist-endgames": 137}
"""CPU-seconds of a training run of the preset on chess"""


def test_trainings_are_guessed_to_last_about_as_long_as_they_do(tmp_path: Path) -> None:
    comparison = replace(read_comparison(Path("chess")), out=str(tmp_path))
    guessed = {cell.agent: cell.effort for cell in Plan(comparison).training()}
    for name, seconds in MEASURED.items():
        assert guessed[name] == pytest.approx(seconds, rel=0.3)


def test_what_is_left_of_a_training_that_goes_on_is_the_rest(tmp_path: Path) -> None:
    config = SpecialistConfig(total_timesteps=40, num_envs=2, n_steps=5)
    cell = TrainCell("specialist", 0, tmp_path, config)
    assert left([cell]) == cell.effort
    (tmp_path / PROGRESS).write_text('{"update": 3}')
    assert left([cell]) == pytest.approx(cell.effort / 4)
