"""Who is in the closed division, and what puts the others into the open one."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from report_sample import AGENTS, COMPARISON, SECOND, costs, report, write_run, write_several

from reason_arena.agents.settings import build
from reason_arena.arena.config import Comparison
from reason_arena.arena.divisions import division_lines, divisions
from reason_arena.arena.merge import merge
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import fairness_lines, read_run
from reason_arena.arena.report.reading import read_runs
from reason_arena.envs import IDS
from reason_arena.envs.parity import parity


def run(folder: Path, inherited: Any = 0.0, **changes: dict[str, Any]) -> Path:
    agents = [{**agent, "harness": "", "own_data": []} for agent in deepcopy(AGENTS)]
    for agent in agents:
        agent.update(changes.get(agent["name"].replace("-", "_"), {}))
    spent = [{**row, "inherited_flops": inherited if row["agent"] == "llm-sft" else 0.0} for row in costs(3)]
    return write_run(folder, 3, comparison={**COMPARISON, "agents": agents}, costs=spent)


def test_what_begins_with_nothing_and_answers_alone_is_closed(tmp_path: Path) -> None:
    found = read_run(run(tmp_path))
    assert divisions(found) == {"llm-sft": (), "llm-grpo": (), "specialist": ()}
    assert division_lines(found) == ["Closed division: LLM, SFT only, LLM, GRPO, Specialist, PPO."]


def test_the_bill_of_whom_one_goes_on_from_is_found_though_it_is_of_another_environment(tmp_path: Path) -> None:
    began = {"start": "specialist", "teacher": None, "weights": None, "specialist": None}
    told = [{**agent, "harness": "", "own_data": []} for agent in AGENTS]
    agents = [{**agent, "origin": began} if agent["name"] == "llm-sft" else agent for agent in told]
    folder = write_several(tmp_path)
    manifest = json.loads((folder / "comparison.json").read_text())
    where = {agent["name"]: agent["env_ids"] for agent in manifest["agents"]}
    manifest["agents"] = [{**agent, "env_ids": where[agent["name"]]} for agent in agents]
    (folder / "comparison.json").write_text(json.dumps(manifest))
    (second,) = [each for each in read_runs(folder) if each.env_id == SECOND]
    assert "specialist" not in {agent.name for agent in second.agents}
    assert divisions(second) == {"llm-sft": (), "llm-grpo": ()}


@pytest.mark.parametrize(
    ("inherited", "changes", "reasons"),
    [
        (0.0, {"llm_grpo": {"harness": "votes"}}, {"llm-grpo": ("votes",)}),
        (0.0, {"specialist": {"own_data": ["sft"]}}, {"specialist": ("data of its own in sft",)}),
        ("unknown", {}, {"llm-sft": ("inherited compute",)}),
        # What helped one helped those that go on from it or are made of it, each thing named once.
        (
            1e15,
            {"llm_grpo": {"origin": {"start": "llm-sft"}}},
            dict.fromkeys(["llm-sft", "llm-grpo"], ("inherited compute",)),
        ),
        (
            0.0,
            {"llm_sft": {"harness": "notes"}, "llm_grpo": {"harness": "router", "parts": ["llm-sft", "specialist"]}},
            {"llm-sft": ("notes",), "llm-grpo": ("router", "notes")},
        ),
        (
            0.0,
            {"llm_sft": {"own_data": ["reward"]}, "llm_grpo": {"harness": "best_of", "judge": "llm-sft"}},
            {"llm-sft": ("data of its own in reward",), "llm-grpo": ("best_of", "data of its own in reward")},
        ),
    ],
)
def test_whatever_else_helped_is_named(
    tmp_path: Path, inherited: Any, changes: dict[str, Any], reasons: dict[str, tuple[str, ...]]
) -> None:
    found = divisions(read_run(run(tmp_path, inherited, **changes)))
    assert {name: why for name, why in found.items() if why} == reasons


def test_nobody_is_closed_whose_bill_is_lost(tmp_path: Path) -> None:
    folder = run(tmp_path)
    (folder / "costs.jsonl").write_text("")
    assert set(divisions(read_run(folder)).values()) == {("no bill",)}


def test_agents_that_name_each_other_come_to_an_end(tmp_path: Path) -> None:
    circle = {
        "llm_sft": {"origin": {"start": "llm-grpo"}},
        "llm_grpo": {"origin": {"start": "llm-sft"}, "harness": "tools"},
    }
    assert divisions(read_run(run(tmp_path, **circle)))["llm-sft"] == ("tools",)


def test_page_and_terminal_say_it(tmp_path: Path) -> None:
    folder = run(tmp_path, llm_grpo={"harness": "votes"})
    assert "Open division: LLM, GRPO (votes)." in report(folder).text
    assert "open division: LLM, GRPO (votes)." in fairness_lines(folder)


def told(agents: dict[str, Any], folder: Path, env_id: str, level: int | str, field: str = "adviser") -> dict[str, str]:
    """By whose knowledge the agents of a comparison were paid, as its own file says, nothing of it having been run."""
    plan = {"name": "told", "agents": agents, "out": str(folder), "env_id": env_id}
    comparison = build(Comparison, {**plan, "primary": {"level": level}, "levels": [level]}, "told")
    folder.mkdir(exist_ok=True)
    merge(Plan(comparison), "")
    return {row["name"]: row.get(field) for row in json.loads((folder / "comparison.json").read_text())["agents"]}


PPO = {"kind": "specialist"}
QUEEN = "material=KQK"
TABLES = "exact tables of endgames"


def test_a_specialist_that_tables_pay_says_so(tmp_path: Path) -> None:
    pytest.importorskip("chess")
    trained = {**PPO, "train": {"level": QUEEN}}
    agents = {"random": {"kind": "random"}, "ppo": trained, "later": {**trained, "start": "ppo"}}
    found = told(agents, tmp_path / "endgames", "Reason-ChessEndgame-v0", QUEEN)
    assert found == {"random": "", "ppo": TABLES, "later": TABLES}
    # Material is on the board for everybody to see, and arithmetic's digits are those of the worked solution.
    for env_id, level in (("Reason-Chess-v0", "opponent=random"), ("Reason-Arithmetic-v0", 1)):
        assert told({"ppo": {**PPO, "train": {"level": level}}}, tmp_path / env_id, env_id, level) == {"ppo": ""}


def test_a_language_model_that_tables_pay_says_so_where_it_practises(tmp_path: Path) -> None:
    pytest.importorskip("chess")
    plain = {"level": QUEEN}
    shaped = {**plain, "env_options": {"reward": "shaped"}}
    agents = {
        "sft": {"kind": "llm", "train": shaped},
        "grpo": {"kind": "llm", "stage": "grpo", "start": "sft", "train": shaped},
        "played": {"kind": "llm", "weights": "grpo", "temperature": 0},
        "outcome": {"kind": "llm", "stage": "grpo", "start": "sft", "train": plain},
    }
    found = told(agents, tmp_path, "Reason-ChessEndgame-v0", QUEEN)
    assert found == {"sft": "", "grpo": TABLES, "played": TABLES, "outcome": ""}
    paid = told(agents, tmp_path, "Reason-ChessEndgame-v0", QUEEN, "reward")
    assert paid == {"sft": "outcome", "grpo": "shaped", "played": "shaped", "outcome": "outcome"}


@pytest.mark.parametrize(
    "built",
    [
        {"harness": "hybrid", "origin": {"weights": "llm-sft", "specialist": "specialist"}},
        {"harness": "tools", "origin": {"weights": "llm-sft", "specialist": "specialist"}},
        {"harness": "router", "parts": ["llm-sft", "specialist"]},
        {"origin": {"start": "specialist"}},
    ],
)
def test_whoever_is_built_of_it_was_advised_too(tmp_path: Path, built: dict[str, Any]) -> None:
    found = divisions(read_run(run(tmp_path, specialist={"adviser": TABLES}, llm_grpo=built)))
    advised = f"reward shaped by {TABLES}"
    around = [built["harness"]] if "harness" in built else []
    assert found == {"llm-sft": (), "llm-grpo": (*around, advised), "specialist": (advised,)}


def test_whoever_is_shown_games_of_a_player_that_reads_memory_says_so(tmp_path: Path) -> None:
    level = "until=4,steps=160,commands=goto,terse=true"
    file = tmp_path / "own.jsonl"
    agents = {
        "sft": {"kind": "llm", "train": {"level": level}},
        "grpo": {"kind": "llm", "stage": "grpo", "start": "sft", "train": {"level": level}},
        "own": {"kind": "llm", "train": {"level": level, "sft": {"data": str(file)}}},
        "ppo": {**PPO, "train": {"level": level}},
    }
    found = told(agents, tmp_path / "games", "Reason-Pokemon-v0", level, "player")
    # What goes on from its weights is in the open division by the way it came.
    assert found == {"sft": "a player that reads memory", "grpo": "", "own": "", "ppo": ""}
    assert told({"sft": {"kind": "llm"}}, tmp_path / "sums", "Reason-Arithmetic-v0", 1, "player") == {"sft": ""}


def test_games_of_such_a_player_open_the_division(tmp_path: Path) -> None:
    found = divisions(read_run(run(tmp_path, llm_sft={"player": "a player that reads memory"})))
    assert found["llm-sft"] == ("games of a player that reads memory",)


def test_only_what_tables_shape_is_declared_to_be() -> None:
    assert {env_id for env_id in IDS if (declared := parity(env_id, 1)) and declared.adviser} == {
        "Reason-ChessEndgame-v0"
    }
