"""A comparison in several environments: who is tested where, what is left out, and what the file may not say."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from other_place import FIRST, OTHER, other_place

import reason_arena.envs
from reason_arena.agents.registry import Place
from reason_arena.agents.settings import build
from reason_arena.arena.compare import compare
from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import read_runs, results_tables, write_report
from reason_arena.scripts.cli import main
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig, BadLevel, ReasonError
from reason_arena.tasks.problem import Task

MODEL = {"layers": 1, "width": 32, "heads": 2, "feedforward": 64}
SMALL = {"model": MODEL, "score_problems": 4, "checkpoint_seconds": 0}
TINY = {"total_timesteps": 512, "num_envs": 8, "n_steps": 16, "batch_size": 32, "n_epochs": 1, "net_arch": [8]}
TINY |= {"evaluate_every": 2, "evaluate_episodes": 4}
VENUES: dict[str, Any] = {
    FIRST: {"primary": {"level": 1}, "levels": [0, 1], "episodes": 6},
    OTHER: {
        "primary": {"level": 2},
        "levels": [{"level": 2, "label": "harder sums"}, {"level": "digits=4", "samples": 3, "episodes": 4}],
        "evaluation_seed": 50,
    },
}
AGENTS: dict[str, Any] = {
    "random": {"kind": "random"},
    "oracle": {"kind": "oracle", "env_ids": [OTHER]},
    "llm": {"kind": "llm", "train": {"env_id": FIRST, "level": 0, "sft": {"updates": 2}, **SMALL}},
    "practised": {"kind": "llm", "stage": "grpo", "start": "llm", "train": {**SMALL, "grpo": {"updates": 2}}},
    "greedy": {"kind": "llm", "weights": "llm", "temperature": 0, "env_ids": [OTHER, FIRST]},
    "worker": {"kind": "specialist", "train": {"env_id": OTHER, "level": 2, **TINY}},
}
Read = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", autouse=True)
def second() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, other_place(patch):
        yield


def comparison(folder: Path, **changes: Any) -> Comparison:
    values = {"name": "both", "environments": VENUES, "agents": AGENTS, "episodes": 5, "training_seeds": [0, 1]}
    return build(Comparison, {**values, "out": str(folder), **changes}, "file")


def test_agents_are_tested_where_they_were_trained_and_baselines_everywhere(tmp_path: Path) -> None:
    plan = Plan(comparison(tmp_path))
    where: dict[str, set[str]] = {}
    for cell in plan.tests():
        where.setdefault(cell.agent, set()).add(cell.env_id)
    assert where == {
        "random": {FIRST, OTHER},
        "oracle": {OTHER},
        "llm": {FIRST},
        "practised": {FIRST},
        "greedy": {FIRST, OTHER},
        "worker": {OTHER},
    }
    practised = plan.trained("practised", 0)
    assert practised is not None
    assert practised.config.env_id == FIRST, "inherited from the agent that it starts from"


def test_a_level_s_numbers_go_before_those_of_its_environment_and_of_the_comparison(tmp_path: Path) -> None:
    cells = [cell for cell in Plan(comparison(tmp_path, samples=2)).tests() if cell.agent == "random"]
    told = {(cell.env_id, cell.level): (cell.episodes, cell.samples, cell.evaluation_seed) for cell in cells}
    assert told == {
        (FIRST, 0): (6, 2, 0),
        (FIRST, 1): (6, 2, 0),
        (OTHER, 2): (5, 2, 50),
        (OTHER, "digits=4"): (4, 3, 50),
    }


def test_what_the_command_line_says_goes_before_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    file.write_text(yaml.safe_dump({"environments": VENUES, "agents": {"random": {"kind": "random"}}, "samples": 4}))
    cells = Plan(read_comparison(file, episodes=3, samples=2, evaluation_seed=9, training_seeds=(5,))).tests()
    assert {(cell.episodes, cell.samples, cell.evaluation_seed) for cell in cells} == {(3, 2, 9)}
    cells = Plan(read_comparison(file, episodes=3)).tests()
    assert {(cell.level, cell.samples) for cell in cells} == {(0, 4), (1, 4), (2, 4), ("digits=4", 3)}


def test_a_level_is_not_played_more_often_than_it_has_problems() -> None:
    agents = {"random": {"kind": "random"}}
    one = build(Comparison, {"name": "a", "agents": agents, "levels": [0, 2], "primary": {"level": 0}}, "file")
    assert [trial.episodes for trial in one.venues[FIRST].trials] == [100, 200]  # sums of two digits: there are 100


def test_one_environment_in_the_new_form_has_the_cells_of_the_old(tmp_path: Path) -> None:
    old = {"name": "a", "out": str(tmp_path), "training_seeds": [3]}
    agents = {"random": {"kind": "random"}, "s": {"kind": "specialist"}, "l": {"kind": "llm"}}
    levels = {"levels": [2, "digits=3"], "primary": {"level": 2}}
    places = [
        [cell.marker for cell in Plan(build(Comparison, {**old, "agents": agents, **how}, "file")).cells()]
        for how in ({**levels, "env_id": FIRST}, {"environments": {FIRST: levels}})
    ]
    assert places[0] == places[1]


ABSENT = {"level": "dataset=absent", "label": "real problems", "optional": True}


def test_an_optional_level_that_cannot_be_had_is_left_out_and_told_of(tmp_path: Path, capsys: Read) -> None:
    plan = {"levels": [1, ABSENT], "primary": {"level": 1}, "episodes": 4, "agents": {"oracle": {"kind": "oracle"}}}
    file = tmp_path / "some.yaml"
    file.write_text(yaml.safe_dump({**plan, "out": str(tmp_path / "out")}))
    assert main(["compare", str(file), "--workers", "1"]) == 0
    assert f"left out: real problems of {FIRST}: level 'dataset=absent'" in capsys.readouterr().out
    assert "Left out: real problems (level" in (tmp_path / "out" / "report.html").read_text()
    file.write_text(yaml.safe_dump({**plan, "levels": [1, {**ABSENT, "optional": False}]}))
    with pytest.raises(BadLevel, match="dataset"):
        read_comparison(file)


TWO = {FIRST: {}, OTHER: {}}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no environment told": (
        {"agents": {"a": {"kind": "specialist"}}},
        f"agents.a.train.env_id: expected one of {FIRST}, {OTHER}, got none",
    ),
    "an environment that is not compared": (
        {"agents": {"a": {"kind": "random", "env_ids": ["Reason-Arithmetic-Plan-v0"]}}},
        "unknown environment in agents.a.env_ids 'Reason-Arithmetic-Plan-v0': did you mean",
    ),
    "a specialist elsewhere": (
        {"agents": {"a": {"kind": "specialist", "train": {"env_id": FIRST}, "env_ids": [OTHER]}}},
        f"agents.a: a specialist plays where it trains, in {FIRST}, not in {OTHER}",
    ),
    "trained where nobody is tested": (
        {"environments": {OTHER: {}}, "agents": {"a": {"kind": "llm", "train": {"env_id": FIRST}}}},
        f"agents.a: trains in {FIRST}, where nobody is tested; give `env_ids` or `tested: false`",
    ),
    "a pair that never meets": (
        {
            "agents": {"a": {"kind": "random", "env_ids": [FIRST]}, "b": {"kind": "oracle", "env_ids": [OTHER]}},
            "pairs": [["a", "b"]],
        },
        "pairs: expected agents that are tested in the same environment, got ['a', 'b']",
    ),
    "both forms": ({"levels": [3], "primary": {"level": 3}}, "env_id, primary, levels: `environments` has its own"),
    "a level's key": (
        {"environments": {FIRST: {"levels": [{"level": 2, "lable": "x"}]}}},
        "unknown key in file.environments.Reason-Arithmetic-v0.levels[0] 'lable': did you mean 'label'?",
    ),
    "a level's type": (
        {"environments": {FIRST: {"levels": [{"level": 2, "optional": "yes"}]}}},
        "levels[0].optional: expected true or false, got 'yes'",
    ),
    "an optional primary": (
        {"environments": {FIRST: {"levels": [{"level": 2, "optional": True}]}}},
        f"environments.{FIRST}.primary.level: 2 is optional, but what decides has to be there",
    ),
    "no problems": (
        {"environments": {FIRST: {"levels": [{"level": 2, "episodes": 0}]}}},
        f"environments.{FIRST}.episodes: expected 1 or more, got 0",
    ),
    "no such environment": ({"environments": {"Reason-Aritmetic-v0": {}}}, "did you mean 'Reason-Arithmetic-v0'"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    values, message = BAD[case]
    default = {"environments": TWO, "agents": {"random": {"kind": "random"}}}
    with pytest.raises(ReasonError) as raised:
        comparison(tmp_path, **{**default, **values})
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_specialist_of_another_environment_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    values = {"name": "a", "env_id": FIRST, "agents": {"a": {"kind": "specialist", "train": {"env_id": OTHER}}}}
    with pytest.raises(BadConfig, match="a specialist plays where it trains"):
        build(Comparison, values, "file")


def test_it_runs_from_the_file_to_the_page(tmp_path: Path) -> None:
    plan = Plan(comparison(tmp_path, training_seeds=[0], pairs=[["llm", "greedy"], ["random", "worker"]]))
    for cell in plan.cells():
        cell.run()
    folder = compare(plan.comparison)
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert {(line["agent"], line["env_id"]) for line in lines} == {(c.agent, c.env_id) for c in plan.tests()}
    curves = [json.loads(line) for line in (folder / "curves.jsonl").read_text().splitlines()]
    assert {(row["agent"], row["env_id"]) for row in curves} >= {("practised", FIRST), ("worker", OTHER)}
    first, other = read_runs(folder)
    assert [agent.name for agent in first.agents] == ["random", "llm", "practised", "greedy"]
    assert [agent.name for agent in other.agents] == ["random", "oracle", "greedy", "worker"]
    assert (first.pairs, other.pairs) == ((("llm", "greedy"),), (("random", "worker"),))
    assert {point.agent for point in other.points} == {"worker"}
    assert len(first.episodes) + len(other.episodes) == len(lines)
    assert "harder sums" in write_report(folder).read_text()
    assert [str(table.title) for table in results_tables(folder)][:2] == [
        f"Results on level 1 of {FIRST}",
        f"Differences on level 1 of {FIRST}, same problems on both sides",
    ]


def test_a_specialist_trains_and_is_tested_where_there_is_no_scratchpad(tmp_path: Path, capsys: Read) -> None:
    settings = {**TINY, "net_arch": 8, "level": 0, "env_id": OTHER}
    flags = [word for key, value in settings.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    assert main(["train", "specialist", *flags, "--out", str(tmp_path)]) == 0
    tested = ["eval", "specialist", "--checkpoint", str(tmp_path / "final"), "--level", "0", "--episodes", "3"]
    assert main([*tested, "--env-id", OTHER]) == 0
    assert f"specialist on {OTHER}, level 0, test: 0." in capsys.readouterr().out
    assert main([*tested, "--env-id", FIRST]) == 2
    assert f"trained in {OTHER}, cannot play in {FIRST}" in capsys.readouterr().err


@pytest.mark.parametrize("view", ["text", "array"])
def test_a_person_plays_it(view: str, capsys: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nq\n"))
    assert main(["play", OTHER, "--view", view, "--level", "0"]) == 0
    assert "solved." in capsys.readouterr().out


def test_an_option_that_an_environment_has_not_is_named(tmp_path: Path, capsys: Read) -> None:
    words = "has no option 'scratchpad' in its array view; leave it out"
    train = ["train", "specialist", "--env-id", OTHER, "--out", str(tmp_path)]
    for call in (["play", OTHER, "--view", "array"], train):
        assert main([*call, "--scratchpad", "columns"]) == 2
        assert f"reason: {OTHER} {words}" in capsys.readouterr().err
    worker = {"kind": "specialist", "train": {"env_id": OTHER, "scratchpad": "columns"}}
    with pytest.raises(BadConfig, match=words):
        comparison(tmp_path, agents={"worker": worker})
    for place in (Place(OTHER, options={"scratchpad": "columns"}), Place(FIRST, options={"scratchpads": "columns"})):
        with pytest.raises(BadConfig, match="leave it out"):
            place.make("array", 2)
        assert place.make("text", 2).num_envs == 2, "it is an option of the array view alone"
    with pytest.raises(TypeError, match="nonsense"):
        Place(FIRST).make("array", 2, **{"nonsense of the caller": 1})


def test_eval_plays_no_more_problems_than_there_are(capsys: Read) -> None:
    assert main(["eval", "oracle", "--level", "0", "--episodes", "300"]) == 0
    assert "over 100 episodes" in capsys.readouterr().out


def test_one_comparison_holds_every_environment_that_ships(tmp_path: Path, capsys: Read) -> None:
    shipped = [env_id for env_id in reason_arena.envs.IDS if env_id != OTHER]
    solved = [env_id for env_id in shipped if isinstance(registry.load(registry.task_of(env_id)), Task)]
    agents: dict[str, Any] = {kind: {"kind": kind, "env_ids": solved} for kind in ("majority", "oracle")}
    agents["random"] = {"kind": "random"}
    venues = {env_id: {"primary": {"level": 1}, "levels": [1], "episodes": 6, "samples": 2} for env_id in shipped}
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump({"environments": venues, "agents": agents, "out": str(tmp_path / "out")}))
    assert main(["compare", str(file), "--workers", "1"]) == 0
    told = capsys.readouterr().out
    for run in read_runs(tmp_path / "out"):
        level = "HEARTHWAY, level 1" if run.env_id == "Reason-Pokemon-v0" else "level 1"  # never called Pokémon alone
        assert f"Results on {level} of {run.env_id}" in told
        right = {episode.agent for episode in run.episodes if episode.scores["correct"]}
        assert ("oracle" in right) == (run.env_id in solved)
        assert len(run.episodes) == (3 if run.env_id in solved else 1) * 6 * 2
    assert [run.env_id for run in read_runs(tmp_path / "out")] == shipped
