"""Each requirement of fairness on a run that meets it and on one that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pokemon_memory import rich
from report_sample import AGENTS, COMPARISON, costs, report, results, write_run, write_several

from reason_arena.arena.config import Comparison, read_comparison
from reason_arena.arena.fairness import Check, checks
from reason_arena.arena.merge import merge
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import fairness_lines, read_run
from reason_arena.envs import IDS
from reason_arena.envs.parity import parity
from reason_arena.tasks.errors import BadConfig, UnknownName
from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.progress import Progress
from reason_arena.tasks.pokemon.setting import read
from reason_arena.tasks.pokemon.text_view import text_view

KINDS = {"llm-sft": "llm", "llm-grpo": "llm", "specialist": "specialist", "random": "random", "oracle": "oracle"}
TOLD = {"tuning": {"trials": 3, "cpu_seconds": 90.0}}
Rows = list[dict[str, Any]]


def told(**changes: dict[str, Any]) -> dict[str, Any]:
    """A comparison that tells everything, but for changes to some agents."""
    agents = [{**agent, "kind": KINDS[agent["name"]], **TOLD} for agent in deepcopy(AGENTS)]
    extra = [
        ("bare-sft", "llm-sft", "without_harness_of"),
        ("bare-grpo", "llm-grpo", "without_harness_of"),
        ("thrifty", "llm-grpo", "at_budget_of"),
    ]
    for name, other, setting in extra:
        agents.append(
            {"name": name, "label": name, "road": "llm", "trained": True, "kind": "llm", "harness": "", **TOLD}
        )
        agents[-1][setting] = other
    for agent in agents:
        agent.update(changes.get(agent["name"].replace("-", "_"), {}))
    return {**COMPARISON, "agents": agents}


def extended(rows: Rows) -> Rows:
    """With lines of the agents that `told` adds, which do as others do."""
    like = {"bare-sft": "llm-sft", "bare-grpo": "llm-grpo", "thrifty": "llm-grpo"}
    return rows + [{**row, "agent": name} for name, other in like.items() for row in rows if row["agent"] == other]


def written(folder: Path, comparison: Any, seeds: int = 5, **parts: Any) -> Path:
    found = {"results": results(seeds), "costs": costs(seeds)} | parts
    return write_run(folder, seeds, comparison=comparison, **{name: extended(rows) for name, rows in found.items()})


def check(folder: Path, number: int, comparison: Any = None, seeds: int = 5, **parts: Any) -> Check:
    run = written(folder, comparison or told(), seeds, **parts)
    found = checks(read_run(run))
    assert len(found) == 12
    return found[number - 1]


def test_a_run_that_tells_everything_falls_short_only_of_what_its_environment_offers(tmp_path: Path) -> None:
    found = checks(read_run(written(tmp_path, told())))
    assert [place for place, each in enumerate(found, start=1) if not each.met] == [3]
    assert "worksheet" in found[2].why


def without(name: str) -> Callable[[Rows], Rows]:
    return lambda rows: [{key: value for key, value in row.items() if key != name} for row in rows]


def versions(rows: Rows) -> Rows:
    return [{**row, "task_version": 1 + (row["agent"] == "random")} for row in rows]


def fewer(rows: Rows) -> Rows:
    return [row for row in rows if row["agent"] != "random" or row["seed"] != 3 or row["level"] != 2]


def trained_on(rows: Rows) -> Rows:
    return [{**row, "split": "train"} for row in rows]


@pytest.mark.parametrize(
    ("number", "change", "why"),
    [
        (1, versions, "version 1 and 2"),
        (5, fewer, "not everybody met the same problems on 2"),
        (5, trained_on, "problems of the split train"),
        (12, without("seconds"), "5120 of 5120 lines without seconds"),
    ],
)
def test_lines_that_fall_short(tmp_path: Path, number: int, change: Callable[[Rows], Rows], why: str) -> None:
    assert check(tmp_path / "whole", number).met
    found = check(tmp_path / "changed", number, results=change(results(5)))
    assert not found.met
    assert why in found.why


def test_too_few_seeds(tmp_path: Path) -> None:
    found = check(tmp_path, 6, seeds=4)
    assert (found.met, found.why) == (False, "training seeds: Specialist, PPO 4 of 5")
    assert check(tmp_path / "five", 6).met


@pytest.mark.parametrize(("number", "field"), [(7, "train_episodes"), (7, "train_cpu_seconds"), (8, "inherited_flops")])
def test_bills_that_fall_short(tmp_path: Path, number: int, field: str) -> None:
    found = check(tmp_path, number, costs=without(field)(costs(5)))
    assert not found.met
    assert "not recorded for LLM, SFT only, LLM, GRPO, Specialist, PPO" in found.why


def test_energy_is_said_to_be_measured_only_where_it_was(tmp_path: Path) -> None:
    assert check(tmp_path / "a", 7).why.endswith("energy is not measured")
    measured = [{**row, "energy_joules": 3.0} for row in costs(5)]
    assert check(tmp_path / "b", 7, costs=measured).why.endswith("energy too")


@pytest.mark.parametrize(
    ("number", "change", "why"),
    [
        (9, {"specialist": {"tuning": None}}, "how much was tried for Specialist, PPO"),
        (10, {"bare_grpo": {"without_harness_of": None}}, "no row without the harness of LLM, GRPO"),
        (11, {"thrifty": {"at_budget_of": None}}, "missing: a specialist at the language model's budget"),
        (11, {"oracle": {"kind": "majority"}}, "missing: oracle"),
        (11, {"random": {"kind": "majority"}}, "missing: random"),
    ],
)
def test_files_that_fall_short(tmp_path: Path, number: int, change: dict[str, Any], why: str) -> None:
    assert check(tmp_path / "whole", number).met
    found = check(tmp_path / "changed", number, told(**change))
    assert not found.met
    assert why in found.why


@pytest.mark.parametrize(
    ("harness", "plain", "met"),
    [
        ({"llm_sft": "", "llm_grpo": ""}, {}, True),
        ({"llm_sft": "", "llm_grpo": "votes"}, {}, False),
        ({"llm_sft": "", "llm_grpo": "votes"}, {"origin": {"weights": "llm-sft"}}, True),
        ({"llm_sft": "notes", "llm_grpo": "votes"}, {"origin": {"weights": "llm-sft"}}, False),
        ({"llm_sft": "", "llm_grpo": "router"}, {"parts": ["specialist", "llm-sft"]}, True),
        ({"llm_sft": "notes", "llm_grpo": "router"}, {"parts": ["llm-sft"]}, False),
        ({"llm_sft": "", "specialist": "", "llm_grpo": "router"}, {"parts": ["oracle", "specialist"]}, True),
    ],
)
def test_a_row_of_the_same_weights_with_nothing_around_them_is_the_model_alone(
    tmp_path: Path, harness: dict[str, str], plain: dict[str, Any], met: bool
) -> None:
    changes = {name: {"harness": around} for name, around in harness.items()}
    changes["llm_grpo"] |= plain
    silent: dict[str, Any] = {"bare_sft": {"without_harness_of": None}, "bare_grpo": {"without_harness_of": None}}
    assert check(tmp_path, 10, told(**changes, **silent)).met == met


def test_one_row_is_the_model_alone_of_several_and_needs_none_itself(tmp_path: Path) -> None:
    none = {"bare_grpo": {"without_harness_of": None}, "bare_sft": {"without_harness_of": None}}
    both = told(**{**none, "bare_grpo": {"without_harness_of": ["llm-sft", "llm-grpo"]}})
    assert check(tmp_path / "both", 10, both).met
    one = told(**none, llm_sft={"without_harness_of": ["llm-grpo"]})
    assert check(tmp_path / "itself", 10, one).met
    other = told(**none, llm_sft={"without_harness_of": [None, "specialist"]})
    assert check(tmp_path / "other", 10, other).why == "no row without the harness of LLM, GRPO"


@pytest.mark.parametrize("number", [10, 11])
def test_a_row_that_nobody_tested_shows_nothing(tmp_path: Path, number: int) -> None:
    played = [row for row in extended(results(5)) if row["agent"] not in ("bare-sft", "bare-grpo", "thrifty")]
    run = write_run(tmp_path, 5, comparison=told(), results=played, costs=extended(costs(5)))
    assert not checks(read_run(run))[number - 1].met


def test_shaped_rewards_are_named(tmp_path: Path) -> None:
    found = check(tmp_path, 1, told(specialist={"reward": "shaped"}))
    assert found.met
    assert "shaped reward in the training of Specialist, PPO, never in tests" in found.why


@pytest.mark.parametrize("env_id", IDS)
def test_every_environment_declares_how_alike_its_views_are(env_id: str) -> None:
    found = parity(env_id, 1)
    assert found is not None
    assert found.shows
    assert found.offers
    assert parity("Someone-Elses-v0", 1) is None


def test_legal_moves_and_walks_are_told_by_the_level() -> None:
    def offers(env_id: str, level: str) -> bool:
        found = parity(env_id, level)
        assert found is not None
        return found.actions

    assert offers("Reason-ChessPuzzle-v0", "mate=1,hint=list")
    assert not offers("Reason-ChessPuzzle-v0", "mate=1")
    assert offers("Reason-Pokemon-v0", "until=4,commands=buttons")
    assert not offers("Reason-Pokemon-v0", "until=4")


SECTIONS = {
    "array": {"the map": "MAP ", "which milestones": "(2, 4)", "the step": "STEP ", "bag": "BAG ", "money": "MONEY "}
    | {"badges": "badges: ", "points of moves": "GROWL 40", "experience": " exp ", "the kind of a battle": "wild, opp"},
    "text": {"what the next milestone": ", next: ", "those of moves": "GROWL 40", "hit points": "30/36"}
    | {"where exits lead": " to Viridian Pokecenter", "which way people look": "PEOPLE (3,7) left"}
    | {"species seen and caught": "seen 3, caught 2", "the last command": "LAST nothing moved", "notes": "NOTES buy"},
}
"""what is declared that one view alone has, and the text that shows whether it is so"""


@pytest.mark.parametrize("commands", ["all", "goto"])
@pytest.mark.parametrize("style", ["terse=false", "terse=true", "terse=false,hints=false"])
def test_what_the_views_of_the_game_boy_world_alone_have_is_what_they_show(style: str, commands: str) -> None:
    level = f"until=4,{style},commands={commands}"
    found, profile = parity("Reason-Pokemon-v0", level), profiles.red()
    assert found is not None
    array, text = found.shows.split("; text alone has ")
    shown = ""
    for cells in (rich().ground(0x2C, (7, 4)), rich().battle()):
        state = cells.read()
        progress = Progress(profile.milestones, profile.unpaid, 500)
        progress.begin(state)
        progress.notes, progress.last = "buy balls", "nothing moved"
        shown += text_view(state, progress, read(level).text) + "\n"
    for said, sign in SECTIONS["array"].items():
        assert (said in array) == (sign not in shown), said
    for said, sign in SECTIONS["text"].items():
        assert (said in text) == (sign in shown), said


def test_of_a_level_that_nobody_can_read_nothing_is_declared() -> None:
    assert parity("Reason-Pokemon-v0", "until=nowhere") is None


def test_the_page_and_the_terminal_tell_of_all_twelve(tmp_path: Path) -> None:
    run = write_several(tmp_path)
    page = report(run)
    for env_id in ("Reason-Arithmetic-v0", "Reason-AIME-v0"):
        table = page.tables[f"Fairness of {env_id}"]
        assert [row[0] for row in table[1:]] == [str(number) for number in range(1, 13)]
        assert {row[2] for row in table[1:]} == {"met", "not met"}
    lines = fairness_lines(run)
    assert len(lines) == 2
    assert lines[0].startswith("fairness of Reason-Arithmetic-v0: ")
    assert "6 enough training seeds" in lines[0]


FILE = """
name: small
agents:
  guess: {kind: random}
  ppo: {kind: specialist, tuning: {trials: 4, cpu_seconds: 12.5}, train: {total_timesteps: 170_000}}
  thrifty: {kind: specialist, at_budget_of: OTHER, train: {total_timesteps: 17_000}}
primary: {level: 1}
levels: [1]
"""


def test_what_only_people_know_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(FILE.replace("OTHER", "ppo"))
    agents = read_comparison(path).agents
    assert agents["ppo"].tuning is not None
    assert (agents["ppo"].tuning.trials, agents["thrifty"].at_budget_of) == (4, "ppo")
    path.write_text(FILE.replace("OTHER", "somebody"))
    with pytest.raises(UnknownName, match="somebody"):
        read_comparison(path)
    path.write_text(FILE.replace("OTHER", "ppo").replace("trials: 4", "trials: -1"))
    with pytest.raises(BadConfig, match="tuning: expected 0 or more"):
        read_comparison(path)


@pytest.mark.parametrize(
    ("given", "names"), [("ppo", ("ppo",)), ("[ppo, thrifty]", ("ppo", "thrifty")), ("[]", ()), ("null", ())]
)
def test_a_row_without_a_harness_names_one_agent_or_several(tmp_path: Path, given: str, names: tuple[str, ...]) -> None:
    comparison = bare(tmp_path, given)
    assert comparison.agents["guess"].bare_of == names
    comparison.folder.mkdir()
    merge(Plan(comparison), "")
    listed = json.loads((comparison.folder / "comparison.json").read_text())["agents"]
    (row,) = (each for each in listed if each["name"] == "guess")
    assert row["without_harness_of"] == list(names)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("[ppo, somebody]", UnknownName, "unknown agent of the comparison 'somebody'"),
        ("3", BadConfig, r"agents\.guess\.without_harness_of: expected a text or a list, got 3"),
        ("[ppo, 3]", BadConfig, r"agents\.guess\.without_harness_of: expected a text or a list, got \['ppo', 3\]"),
        ("[ppo, guess]", BadConfig, r"agents\.guess\.without_harness_of: expected other agents, got 'guess'"),
    ],
)
def test_a_row_without_a_harness_of_nobody_is_refused(
    tmp_path: Path, given: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        bare(tmp_path, given)


def bare(folder: Path, given: str) -> Comparison:
    path = folder / "small.yaml"
    path.write_text(
        FILE.replace("OTHER", "ppo").replace("{kind: random}", f"{{kind: random, without_harness_of: {given}}}")
    )
    return read_comparison(path, out=str(folder / "out"))
