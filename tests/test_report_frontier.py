"""Score against cost: who is on the front on each axis, what the page carries, and how hostile names stay names."""

from __future__ import annotations

import gzip
import json
import math
import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_sample import AGENTS, COMPARISON, Page, costs, report, results, write_run, write_several

from reason_arena.arena.report import interactive, read_run, write_report
from reason_arena.arena.report.frontier import Frontier, anchors, frontier_table, frontiers, undominated
from reason_arena.arena.report.page import PAGE, stylesheet
from reason_arena.arena.report.scales import scale
from reason_arena.arena.report.scores import per_decision

FOLDER = Path(interactive.__file__).parent
VENDOR = FOLDER / "vendor"
HOSTILE = "</script><script>evil=1</script><!-- --> <img src=x onerror=evil=2> & \u2028 \u202e\x1b[31m"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("frontier") / "run")
    write_report(folder)
    return folder


def by_axis(run: Path) -> dict[str, Frontier]:
    return {each.axis.key: each for each in frontiers(read_run(run))}


def brute_force(points: list[tuple[float, float]]) -> list[bool]:
    """Nobody else costs no more and scores no less, one of the two strictly."""
    return [not any(c <= cost and s >= score and (c, s) != (cost, score) for c, s in points) for cost, score in points]


def test_the_front_is_the_one_that_comparing_everybody_with_everybody_finds() -> None:
    rng = np.random.default_rng(3)
    for size in (1, 2, 3, 8, 20):
        for _ in range(40):
            points = [(float(c), float(s)) for c, s in rng.integers(0, 6, size=(size, 2))]  # many ties
            assert undominated(points) == brute_force(points)


def test_costs_of_each_axis_are_those_of_the_lines(run: Path) -> None:
    found = by_axis(run)
    assert list(found) == ["parameters", "train-flops", "samples", "cpu", "decision", "episode"], "no GPU was used"
    cost = {key: {place.agent.name: place.cost for place in each.places} for key, each in found.items()}
    assert cost["parameters"] == {"llm-sft": 1_863_424, "llm-grpo": 1_863_424, "specialist": 17_355}
    assert cost["train-flops"] == {"llm-sft": 3e12, "llm-grpo": 2.1e13, "specialist": 8.5e10}
    assert cost["cpu"] == {"llm-sft": 306, "llm-grpo": 1806, "specialist": 126}  # seeds cost 300, 306, 312
    # an LLM's episode is one answer, the specialist's six keys
    assert cost["episode"]["specialist"] == pytest.approx(4.1e5)
    assert cost["decision"]["specialist"] == pytest.approx(4.1e5 / 6)
    assert cost["decision"]["llm-sft"] == cost["episode"]["llm-sft"] == pytest.approx(1.6e8)
    fronts = {key: [place.agent.name for place in each.front] for key, each in found.items()}
    assert fronts.pop("samples") == ["llm-sft", "llm-grpo", "specialist"], "the better the more they saw"
    assert set(map(tuple, fronts.values())) == {("specialist",)}, "on all else it is the best and the cheapest"
    assert [agent.name for agent, _ in anchors(read_run(run))] == ["random", "oracle"]


def test_a_decision_is_weighed_by_its_episode(tmp_path: Path) -> None:
    rows = [row for row in results(1) if row["agent"] == "specialist" and row["level"] == 2]
    for place, row in enumerate(rows):
        row |= {"length": 1 + place % 2, "flops": 10.0 if place % 2 else 90.0}
    rows[0]["flops"] = None  # not measured: neither its FLOPs nor its action count
    half = len(rows) // 2
    expected = (90 * (half - 1) + 10 * half) / (half - 1 + 2 * half)
    data = read_run(write_run(tmp_path, 1, results=rows))
    assert per_decision(data, "specialist", "flops") == pytest.approx(expected)
    assert math.isnan(per_decision(data, "llm-sft", "flops"))


def test_free_and_unmeasured_agents_are_told_apart(tmp_path: Path) -> None:
    bills = costs(1)
    for row in bills:
        row |= {"llm-sft": {"train_flops": 0.0}, "llm-grpo": {"train_flops": None}}.get(row["agent"], {})
    each = by_axis(write_run(tmp_path, 1, costs=bills))["train-flops"]
    assert [(place.agent.name, place.cost) for place in each.places] == [("llm-sft", 0), ("specialist", 8.5e10)]
    assert [place.agent.name for place in each.front] == ["llm-sft", "specialist"]
    assert "cheapest first: LLM, SFT only; Specialist, PPO." in each.words
    assert "Not recorded, so not drawn: LLM, GRPO." in each.words


def test_joules_are_an_axis_where_they_were_measured_and_nowhere_else(tmp_path: Path) -> None:
    assert "joules" not in by_axis(write_run(tmp_path / "none")), "null in all lines"
    read = {"llm-grpo": 900.0, "specialist": 100.0, "random": 0.0, "oracle": 0.0}
    bills = [
        {**row, "energy_joules": read[row["agent"]] + 10 * row["training_seed"] if row["agent"] in read else None}
        for row in costs(3)
    ]
    found = by_axis(folder := write_run(tmp_path / "some", costs=bills))["joules"]
    # Three seeds add 0, 10 and 20.
    assert {place.agent.name: place.cost for place in found.places} == {"llm-grpo": 910, "specialist": 110}
    assert [place.agent.name for place in found.front] == ["specialist"]
    assert "Not recorded, so not drawn: LLM, SFT only." in found.words
    assert found.words.endswith("each count the whole machine.")
    assert report(folder).count("input", value="joules") == 1


def test_an_axis_is_logarithmic_where_costs_differ_much_and_keeps_a_place_for_nothing() -> None:
    far = scale([0.0, 1e3, 3e6], exponent=False)
    assert (far.log, far.low, far.high) == (True, 100.0, 3e6 * 1.6)
    assert far.marks == ((0.0, "0"), (1e3, "1 k"), (1e4, "10 k"), (1e5, "100 k"), (1e6, "1 M"))
    assert scale([1e3, 3e6], exponent=False).low == 1e3 / 1.6
    near = scale([1e12, 9.9e12], exponent=True)
    assert (near.log, near.low) == (False, 0.0)
    assert [name for _, name in near.marks] == ["0", "2.5×10¹²", "5×10¹²", "7.5×10¹²", "10¹³"]
    assert all(near.low <= x <= near.high for x, _ in near.marks)


def test_the_table_says_in_words_what_the_chart_shows(run: Path) -> None:
    data = read_run(run)
    table = frontier_table(data, frontiers(data))
    assert [column.name for column in table.columns[3:]] == [
        "Parameters", "Training FLOPs", "Training episodes", "Training CPU-seconds", "FLOPs per decision",
        "FLOPs per episode",
    ]  # fmt: skip
    rows = {row[0].text: row for row in table.rows}
    assert set(rows) == {agent["label"] for agent in AGENTS}
    assert (rows["Specialist, PPO"][4].text, rows["Specialist, PPO"][4].note) == ("8.5 × 10¹⁰", "on the front")
    assert [cell.note for cell in rows["LLM, GRPO"][3:]] == ["", "", "on the front", "", "", ""]
    assert {cell.note for name in ("Random", "Oracle") for cell in rows[name]} == {""}
    page = report(run)
    assert len(page.tables["Score against cost on level 2"]) == 1 + len(AGENTS)


def test_libraries_are_the_published_files_and_their_licences_come_along(run: Path) -> None:
    told = (VENDOR / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \|.*\| ([\d,]+) \| `([0-9a-f]{64})` \|$", told, re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(path.name for path in VENDOR.glob("*.js"))
    source = (run / "report.html").read_text(encoding="utf-8")
    packed = re.findall(r'<script type="application/gzip">(.*?)</script>', source)
    carried = [gzip.decompress(b64decode(each)) for each in packed]
    for name, size, digest in rows:
        content = (VENDOR / name).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (int(size.replace(",", "")), digest)
        assert content in carried, "unmodified"
    for name in interactive.LIBRARIES:
        licence = (VENDOR / f"{name}.LICENSE").read_text(encoding="utf-8").strip()
        assert "ISC" in told
        assert "Permission to use, copy, modify, and/or distribute" in licence
        assert licence in source, "it asks to be in every copy"
        assert "--" not in licence, "it stands in a comment"


def numbers(page: Page) -> list[dict[str, Any]]:
    return [json.loads(source) for kind, source in page.scripts if kind == "application/json"]


def hostile(folder: Path) -> Path:
    agents = [agent | {"label": f"{agent['label']} {HOSTILE}", "note": HOSTILE} for agent in AGENTS]
    return write_run(folder, 1, comparison=COMPARISON | {"agents": agents, "title": HOSTILE})


def test_hostile_names_cannot_leave_the_numbers(tmp_path: Path) -> None:
    page = report(hostile(tmp_path))
    (found,) = numbers(page)
    (raw,) = (source for kind, source in page.scripts if kind == "application/json")
    assert raw.isascii()
    assert not set("<>&") & set(raw)
    shown = re.sub("[\x1b\u202e]", "\ufffd", HOSTILE)
    labels = [point["label"] for point in found["axes"]["train-flops"]["points"]]
    assert labels == [f"{name} {shown}" for name in ("LLM, SFT only", "LLM, GRPO", "Specialist, PPO")]
    assert page.strangers() == []
    assert page.count("script") == 5
    assert page.count("img") == 0


def test_every_environment_has_its_chart_and_the_libraries_come_once(tmp_path: Path) -> None:
    page = report(write_several(tmp_path, 1))
    assert page.count("div", **{"class": "tradeoff"}) == len(numbers(page)) == 2
    assert [kind for kind, _ in page.scripts].count("application/gzip") == 3
    names = {a["name"] for t, a in page.tags if t == "input" and a.get("type") == "radio"}
    assert names == {"reason-arithmetic-v0-axis", "reason-aime-v0-axis"}, "each chart has a choice of its own"


def without_script(page: Page) -> None:
    assert None not in [kind for kind, _ in page.scripts]
    assert page.policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert "runs no script" in page.text


def test_a_page_without_costs_has_no_script(tmp_path: Path) -> None:
    rows = [row | {"flops": None} for row in results(1)]
    without_script(report(write_run(tmp_path, 1, results=rows, costs=None)))


def test_the_largest_page_with_the_script_stays_below_what_is_promised() -> None:
    around = PAGE.template + stylesheet()
    assert interactive.LARGEST + len(around.encode()) < 1_500_000 - 20_000, "with room for what stands above the body"


def test_a_page_that_would_grow_too_large_goes_without_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactive, "LARGEST", 200_000)
    page = report(write_run(tmp_path, 1))
    without_script(page)
    assert page.count("svg", **{"class": "chart"}) == 5, "all charts, still"
    assert "it would be larger than 1.5 MB" in page.text
    assert (tmp_path / "report.html").stat().st_size < 400_000
