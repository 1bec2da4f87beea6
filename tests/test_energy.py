"""Joules from folders like those of sysfs, worked by hand: what wraps, what may not be read, what was killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from report_sample import COMPARISON, costs, report, write_run

from reason_arena.arena.energy import NONE, Meter, packages, passed
from reason_arena.arena.executors.host import keep_host
from reason_arena.arena.executors.metering import (
    ENERGY,
    LOST,
    keep_idle,
    metered,
    read_energy,
    read_idle,
    reasons,
    sources,
    total,
)
from reason_arena.arena.report.energy import energy_line
from reason_arena.scripts.cli import main


def zone(top: Path, name: str, kind: str, microjoules: int, most: int = 262_143_328_850) -> Path:
    folder = top / name
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{kind}\n")
    (folder / "max_energy_range_uj").write_text(f"{most}\n")
    stand(folder, microjoules)
    return folder


def stand(folder: Path, microjoules: int) -> None:
    (folder / "energy_uj").write_text(f"{microjoules}\n")


def test_packages_are_added_and_their_parts_and_the_board_are_not(tmp_path: Path) -> None:
    one = zone(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    two = zone(tmp_path, "intel-rapl:1", "package-1", 1_000_000)
    others = [zone(tmp_path, "intel-rapl:0:0", "core", 1), zone(tmp_path, "intel-rapl:2", "psys", 1)]
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", 1)
    with Meter(packages(tmp_path)) as meter:
        stand(one, 7_500_000)
        stand(two, 1_250_000)
        for other in others:
            stand(other, 900_000_000)
    assert meter.joules == 2.75
    assert meter.source == "RAPL"


def test_a_counter_that_wraps_goes_on_and_each_wrap_is_seen_once(tmp_path: Path) -> None:
    package = zone(tmp_path, "intel-rapl:0", "package-0", 90_000_000, most=100_000_000)
    with Meter(packages(tmp_path)) as meter:
        stand(package, 30_000_000)  # 10 to the end, and 30
        meter.read()
        stand(package, 20_000_000)  # 70 to the end, and 20
    assert meter.joules == 130
    with pytest.raises(ValueError, match=r"went from 9\.0 back to 4\.0 J"):
        passed(9.0, 4.0, float("inf"))


def test_where_nothing_counts_there_is_nothing_and_not_0(tmp_path: Path) -> None:
    with Meter(packages(tmp_path / "none")) as meter:
        pass
    assert meter.joules is None
    odd = zone(tmp_path, "intel-rapl:0", "package-0", 1)
    (odd / "energy_uj").write_text("unsupported\n")
    assert packages(tmp_path) == []


def test_a_counter_that_is_gone_in_between_leaves_nothing(tmp_path: Path) -> None:
    package = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    with Meter(packages(tmp_path)) as meter:
        (package / "energy_uj").unlink()
        meter.read()
        stand(package, 5_000_000)
    assert meter.joules is None


def test_attempts_of_a_cell_add_up_and_an_interrupted_one_counts(tmp_path: Path) -> None:
    package, cell = zone(tmp_path / "power", "intel-rapl:0", "package-0", 0), tmp_path / "cell"
    counters = packages(tmp_path / "power")

    def interrupted() -> None:
        with metered(cell, counters):
            keep_host(cell, None)
            stand(package, 2_000_000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with metered(cell, counters):
        stand(package, 5_000_000)
    told = read_energy(cell)
    assert (told["joules"], told["source"], told["why"]) == (5, "RAPL", "")
    assert total([cell, cell], "joules") == 10
    assert sources([cell]) == "RAPL"
    assert reasons([cell]) == ""


def test_of_a_killed_attempt_nothing_is_known_nor_of_one_from_before(tmp_path: Path) -> None:
    zone(tmp_path / "power", "intel-rapl:0", "package-0", 0)
    killed, old, fine = tmp_path / "killed", tmp_path / "old", tmp_path / "fine"
    killed.mkdir()
    (killed / ENERGY).write_text(json.dumps({"under_way": True}))
    keep_host(old, 3.0)
    for cell in (killed, old, fine):
        with metered(cell, packages(tmp_path / "power")):
            pass
    for cell in (killed, old):
        assert (read_energy(cell)["joules"], read_energy(cell)["why"]) == (None, LOST)
    assert read_energy(fine)["joules"] == 0, "a counter that stood still was read"
    assert total([fine, killed], "joules") is None
    assert total([], "joules") is None
    with metered(tmp_path / "bare", []):
        pass
    assert (read_energy(tmp_path / "bare")["joules"], reasons([tmp_path / "bare"])) == (None, NONE)


def test_the_idle_draw_is_joules_by_seconds_and_nothing_where_nothing_counts(tmp_path: Path) -> None:
    power = tmp_path / "power"
    package = zone(power, "intel-rapl:0", "package-0", 90_000_000, most=100_000_000)

    def wait() -> float:
        stand(package, 20_000_000)  # 10 to the end, and 20
        return 2.0

    keep_idle(tmp_path, packages(power), wait)
    assert read_idle(tmp_path) == 15

    def lose() -> float:
        (package / "energy_uj").unlink()
        return 2.0

    keep_idle(tmp_path, packages(power), lose)
    assert read_idle(tmp_path) is None, "a counter that is gone"
    keep_idle(tmp_path, [], lambda: pytest.fail("there is nothing to wait for"))
    assert read_idle(tmp_path) is None
    assert read_idle(tmp_path / "none") is None


def test_a_reader_can_take_the_idle_draw_off() -> None:
    spent = {"cpu_seconds": 41.3, "gpu_seconds": 0.0, "energy_joules": 1234.0, "energy_source": "RAPL"}
    shared = "gross: idle and neighbours included, and cells side by side each count the whole machine"
    rest = "41.3 CPU-s, 0 GPU-s"
    for more, said in (
        ({"idle_watts": 15.0, "seconds": 60.0}, "of which idle: 15 W over 60 s"),
        ({"idle_watts": None, "seconds": 60.0}, "idle draw not measured"),
        ({"idle_watts": 15.0, "seconds": None}, "idle draw not measured"),
        ({}, "idle draw not measured"),
    ):
        told = f"energy: 1\u202f234 J (RAPL, {shared}; {said}); {rest}"
        assert energy_line({"spent": {**spent, **more}}) == told
    nothing = {**spent, "energy_joules": None, "why_no_energy": NONE, "idle_watts": None}
    assert energy_line({"spent": nothing}) == f"energy: not measured ({NONE}); {rest}"


def test_a_comparison_says_what_it_used_and_why_no_joules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "few.yaml", tmp_path / "out"
    plan = {"agents": {"random": {"kind": "random"}}, "episodes": 3, "workers": 1, "out": str(out)}
    file.write_text(yaml.safe_dump(plan))
    assert main(["compare", str(file)]) == 0
    spent = json.loads((out / "comparison.json").read_text())["spent"]
    lines = [json.loads(line) for line in (out / "results.jsonl").open()]
    (bill,) = [json.loads(line) for line in (out / "costs.jsonl").open()]
    assert bill["test_cpu_seconds"] == pytest.approx(sum(line["seconds"] for line in lines))
    assert bill["test_gpu_seconds"] == spent["gpu_seconds"] == 0
    assert spent["cpu_seconds"] > 0
    folders = {path.parent for path in out.rglob(ENERGY)}
    assert len(folders) == 2, "of the test and of the latency"
    assert spent["energy_joules"] == total(sorted(folders), "joules")
    assert spent["seconds"] == total(sorted(folders), "seconds") > 0
    assert spent["idle_watts"] == read_idle(out)
    assert (spent["idle_watts"] is None) == (spent["energy_joules"] is None)
    said = " ".join(capsys.readouterr().out.split())
    assert "CPU-s, 0 GPU-s" in said
    assert spent["energy_joules"] is not None or f"energy: not measured ({NONE})" in said


def test_the_report_shows_joules_where_there_are_some(tmp_path: Path) -> None:
    spent = {"cpu_seconds": 41.3, "gpu_seconds": 2.0, "energy_joules": 1234.0, "energy_source": "RAPL+NVML"}
    rows = [{**row, "energy_joules": 60.0} if row["agent"] == "specialist" else row for row in costs(3)]
    page = report(write_run(tmp_path / "a", costs=rows, comparison={**COMPARISON, "spent": spent}))
    heads, *others = page.tables["Results on level 2"]
    place = heads.index("Training, gross joules")
    assert {row[0]: row[place] for row in others}["Specialist, PPO"] == "60"
    assert {row[0]: row[place] for row in others}["LLM, GRPO"] == "–"
    assert "1\u202f234 J (RAPL+NVML, gross" in page.text
    bare = report(write_run(tmp_path / "b"))
    assert "Training, gross joules" not in bare.tables["Results on level 2"][0]
    assert "Training, GPU-seconds" in bare.tables["Results on level 2"][0]
    assert energy_line(COMPARISON) == ""
    assert energy_line({"spent": {"cpu_seconds": "many"}}) == (
        "energy: not measured (not recorded); CPU-s not recorded, GPU-s not recorded"
    )
