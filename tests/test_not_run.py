"""A comparison of which a part could not be run: it is named, and no number looks complete."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from report_sample import COMPARISON, Page, costs, results, write_run, write_several

from reason_arena.arena.config import read_comparison
from reason_arena.arena.fairness import checks
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import fairness_lines, read_run, write_report
from reason_arena.arena.report.headline import headline
from reason_arena.arena.report.missing import hosts_line
from reason_arena.arena.report.reading import read_runs
from reason_arena.arena.report.scores import bill, difference, differences, per_episode
from reason_arena.arena.report.tables import levels_table, main_table
from reason_arena.scripts.cli import main

Read = pytest.CaptureFixture[str]


def baselines(folder: Path, *names: str) -> Path:
    file = folder / "few.yaml"
    agents = {name: {"kind": name} for name in names}
    file.write_text(
        yaml.safe_dump({"agents": agents, "episodes": 3, "workers": 1, "out": str(folder / "out")}, sort_keys=False)
    )
    return file


def test_an_agent_that_fails_costs_its_own_row_until_it_is_mended(tmp_path: Path, capsys: Read) -> None:
    file = baselines(tmp_path, "random", "oracle")
    oracle = next(cell for cell in Plan(read_comparison(file)).tests() if cell.agent == "oracle")
    oracle.marker.mkdir(parents=True)  # where its lines belong
    assert main(["compare", str(file)]) == 1
    told = capsys.readouterr()
    assert "not run: oracle seed 0 on level 2 of Reason-Arithmetic-v0: cannot write" in told.out
    assert "1 cell was not run; the same command tries again" in told.err
    assert {json.loads(line)["agent"] for line in (tmp_path / "out" / "results.jsonl").open()} == {"random"}
    assert "Not run: oracle seed 0" in Page((tmp_path / "out" / "report.html").read_text()).text

    assert main(["report", str(tmp_path / "out")]) == 0
    assert "not run: oracle seed 0" in capsys.readouterr().out

    oracle.marker.rmdir()
    assert main(["compare", str(file)]) == 0
    assert "not run" not in capsys.readouterr().out
    rows = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open()]
    told_hosts = json.loads((tmp_path / "out" / "comparison.json").read_text())["hosts"]
    assert [row["agent"] for row in rows] == ["random"] * 3 + ["oracle"] * 3
    assert {row["host"] for row in rows} == set(told_hosts)
    assert [row["cells"] for row in told_hosts.values()] == [4]  # two tests, and two that time


def test_where_nothing_could_be_run_there_is_no_report_and_every_reason(tmp_path: Path, capsys: Read) -> None:
    file = baselines(tmp_path, "random")
    Plan(read_comparison(file)).tests()[0].marker.mkdir(parents=True)
    assert main(["compare", str(file)]) == 1
    assert "not run: random seed 0 on level 2" in capsys.readouterr().err
    assert not (tmp_path / "out" / "report.html").exists()


def missing(agent: str, seed: int, level: Any, skipped: bool = False) -> dict[str, Any]:
    where = {"env_id": "Reason-Arithmetic-v0", "level": level}
    told = {"reason": "it needs <b>, which failed", "skipped": skipped}
    return {"cell": f"{agent} seed {seed} on level {level}", "agent": agent, "training_seed": seed, **where, **told}


def partly(folder: Path, *gone: tuple[str, int]) -> Path:
    """A run in which agents were not tested with training seeds on level 2."""
    rows = [row for row in results(3) if row["level"] != 2 or (row["agent"], row["training_seed"]) not in gone]
    told = [missing(agent, seed, 2, skipped=place > 0) for place, (agent, seed) in enumerate(gone)]
    return write_run(folder, results=rows, comparison={**COMPARISON, "not_run": told})


def test_two_of_three_training_seeds_are_said_and_decide_nothing(tmp_path: Path) -> None:
    whole, run = read_run(write_run(tmp_path / "whole")), read_run(partly(tmp_path / "part", ("llm-grpo", 0)))
    grpo = next(row for row in main_table(run).rows if row[0].agent == "llm-grpo")
    assert grpo[2].text.endswith(" % (2 of 3 training seeds)")
    assert grpo[4].text == "40 episodes; 2 of 3 training seeds scored the same"
    rest = {row[0].agent: row for row in main_table(run).rows if row[0].agent != "llm-grpo"}
    assert rest == {row[0].agent: row for row in main_table(whole).rows if row[0].agent != "llm-grpo"}
    second = next(row for row in levels_table(run).rows if row[0].text == "2")
    assert [cell.text.endswith("(2 of 3 training seeds)") for cell in second[1:]] == [False, True, False, False, False]

    assert [each.verdict for each in differences(run)] == ["no verdict: LLM, GRPO ran with 2 of 3 training seeds"] * 2
    assert "is ahead" in headline(whole)
    assert headline(run).endswith("; nobody is called ahead, for LLM, GRPO ran with 2 of 3 training seeds.")
    untouched = difference(run, "llm-sft", "specialist", "2")
    assert untouched is not None
    assert untouched == difference(whole, "llm-sft", "specialist", "2")
    replicated = checks(run)[5]
    assert (replicated.met, replicated.why) == (False, "cells not run: 1, the first llm-grpo seed 0 on level 2")


def test_an_agent_without_any_seed_has_a_reason_instead_of_a_number(tmp_path: Path) -> None:
    folder = partly(tmp_path, *(("specialist", seed) for seed in range(3)))
    run = read_run(folder)
    row = next(row for row in main_table(run).rows if row[0].agent == "specialist")
    assert [row[2].text, row[4].text] == ["not run", "not run: it needs <b>, which failed"]
    page = Page(write_report(folder).read_text())
    assert "Not run: specialist seed 0 on level 2 of Reason-Arithmetic-v0: it needs <b>, which failed" in page.text
    assert "Not run, for want of these: specialist seed 1 on level 2" in page.text


def test_seconds_of_unlike_hosts_are_not_averaged(tmp_path: Path) -> None:
    def host(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "host": "bb" if (row["agent"], row["training_seed"]) == ("llm-sft", 2) else "aa"}

    rows, bills = [host(row) for row in results(3)], [host(row) for row in costs(3)]
    hosts = {"aa": {"cpu": "new", "cells": 8}, "bb": {"cpu": "old", "cells": 1}}
    run = read_run(write_run(tmp_path, results=rows, costs=bills, comparison={**COMPARISON, "hosts": hosts}))
    assert math.isnan(bill(run, "llm-sft", "train_cpu_seconds"))
    assert math.isnan(per_episode(run, "llm-sft", "seconds"))
    assert bill(run, "llm-grpo", "train_cpu_seconds") == 1806.0  # 1800, 1806 and 1812
    assert bill(run, "llm-sft", "train_flops") == 3e12
    path = checks(run)[11]
    assert (path.met, path.why) == (False, "timed on hosts of 2 classes, aa, bb; compare seconds within one only")
    assert any(line.startswith("seconds are of 2 host classes (aa, bb)") for line in fairness_lines(tmp_path))
    assert "Host class bb" in Page(write_report(tmp_path).read_text()).text


def test_bills_of_agents_of_another_environment_say_nothing_of_hosts_or_energy_here(tmp_path: Path) -> None:
    folder = write_several(tmp_path)
    rows = [{**row, "host": "bb" if row["agent"] == "specialist" else "aa"} for row in costs(3)]
    rows = [{**row, "energy_joules": 5.0 if row["agent"] == "specialist" else None} for row in rows]
    (folder / "costs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second = read_runs(folder)
    assert "specialist" not in {agent.name for agent in second.agents}
    assert [hosts_line(run) != "" for run in (first, second)] == [True, False]
    assert [checks(run)[6].why.endswith("energy too") for run in (first, second)] == [True, False]
