"""The report in a real browser, as a reader has it: drawn, switched by keyboard, resized, printed, without a script."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Browser, Tab, needs_chromium
from chess_sample import write_games
from report_sample import AGENTS, COMPARISON, costs, results, write_run, write_several
from test_report_frontier import HOSTILE, brute_force, hostile

from reason_arena.arena.report import write_report

pytestmark = needs_chromium
AXE = os.environ.get("REASON_AXE", "")
"""path of axe.min.js (axe-core, MPL-2.0: not part of this repository)"""
DRAWN = """[...document.querySelectorAll('svg.frontier')].map(svg => ({
  label: svg.getAttribute('aria-label'), width: svg.getBoundingClientRect().width,
  right: svg.getBoundingClientRect().right,
  front: [...svg.querySelectorAll('.point.front')].map(g => g.dataset.agent).sort(),
  behind: [...svg.querySelectorAll('.point.dominated')].map(g => g.dataset.agent).sort(),
}))"""
STATE = "[document.querySelector('.tradeoff figure').hidden, document.querySelector('.still').hidden]"
FIELDS = {
    "parameters": "parameters",
    "train-flops": "train_flops",
    "samples": "train_episodes",
    "cpu": "train_cpu_seconds",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two environments."""
    return write_report(write_several(tmp_path_factory.mktemp("several") / "run"))


@pytest.fixture(scope="module")
def games(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Boards that one steps through."""
    return write_report(write_games(tmp_path_factory.mktemp("games"), 2))


def sound(tab: Tab) -> None:
    assert tab.complaints == []
    assert tab.requests == []


@pytest.mark.parametrize("width", [360, 1440])
def test_all_charts_are_drawn_without_a_complaint_or_a_request(browser: Browser, page: Path, width: int) -> None:
    tab = browser.tab()
    tab.size(width)
    tab.open(page)
    drawn = tab.run(DRAWN)
    assert [chart["label"].split(".")[0] for chart in drawn] == ["Score against Training FLOPs"] * 2
    for chart in drawn:
        assert 200 < chart["width"] < width
        assert chart["right"] <= width
    sizes = tab.run("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] == sizes[1], "nothing sticks out"
    assert tab.run(STATE) == [False, True], "in place of the still charts"
    visible = (
        "[...document.querySelectorAll('svg.chart')].filter(svg => svg.getBoundingClientRect().width > 200).length"
    )
    assert tab.run(visible) == 2 + 2, "levels of both, two learning curves of one"
    sound(tab)


def test_the_axis_is_switched_by_keyboard(browser: Browser, page: Path) -> None:
    tab = browser.tab()
    tab.open(page)
    for _ in range(60):
        tab.press("Tab")
        if tab.run("document.activeElement.type") == "radio":
            break
    assert tab.run("document.activeElement.value") == "train-flops", "the one that is chosen"
    before, said = tab.run(DRAWN), tab.run("document.querySelector('.said').textContent")
    assert said.startswith("On the front, cheapest first: Specialist, PPO. Dominated: LLM, SFT only; LLM, GRPO.")
    tab.press("ArrowRight")
    after = tab.run(DRAWN)
    assert after[0]["label"].startswith("Score against Training episodes. On the front")
    assert (before[0]["front"], after[0]["front"]) == (["specialist"], ["llm-grpo", "llm-sft", "specialist"])
    assert after[1] == before[1], "the other environment keeps its axis"
    assert tab.run("document.querySelector('.said').textContent").startswith(
        "On the front, cheapest first: LLM, SFT only; LLM, GRPO; Specialist, PPO. Episodes that training rewarded"
    )
    assert tab.run("document.querySelector('.said').getAttribute('role')") == "status"
    sound(tab)


def crowd() -> dict[str, Any]:
    """Twelve agents of random skill and cost, many of equal, no or unrecorded cost."""
    rng = np.random.default_rng(11)
    agents = [AGENTS[3], AGENTS[4]]
    bills = [row for row in costs(1) if row["agent"] in ("random", "oracle")]
    for place in range(12):
        name = f"agent{place}"
        agents.append({"name": name, "label": name, "road": "specialist", "trained": True, "note": ""})
        bill = {field: float(rng.choice([0, 10, 10, 300, 5000])) for field in FIELDS.values()}
        if place % 5 == 0:
            bill["train_flops"] = math.nan
        bills.append({"agent": name, "training_seed": 0, **bill})
    base = [row for row in results(1) if row["agent"] == "specialist" and row["level"] == 2]
    rows = [row for row in results(1) if row["agent"] in ("random", "oracle")]
    for place in range(12):
        skill = rng.integers(0, 6) / 5  # equal scores too
        effort = float(rng.choice([0, 1e3, 1e6]))
        for seed, row in enumerate(base):
            correct = bool(seed < skill * len(base))
            rows.append({**row, "agent": f"agent{place}", "correct": correct, "flops": effort, "length": 1 + place % 3})
    return {"results": rows, "costs": bills, "comparison": COMPARISON | {"agents": agents, "pairs": []}, "curves": None}


def test_the_front_that_is_drawn_is_the_one_of_the_lines(browser: Browser, tmp_path: Path) -> None:
    parts = crowd()
    path = write_report(write_run(tmp_path, 1, **parts))
    lines = [row for row in parts["results"] if row["level"] == 2 and row["agent"].startswith("agent")]
    names = sorted({row["agent"] for row in lines})
    means = {name: np.mean([row["correct"] for row in lines if row["agent"] == name]) for name in names}
    tables = {
        key: {row["agent"]: row[field] for row in parts["costs"] if row["agent"] in names}
        for key, field in FIELDS.items()
    }
    for key, per in (("episode", lambda row: 1), ("decision", lambda row: row["length"])):
        tables[key] = {row["agent"]: row["flops"] / per(row) for row in lines}
    tab = browser.tab()
    tab.open(path)
    for key, table in tables.items():
        tab.run(f"document.querySelector('input[value={key}]').click()")
        known = [name for name in names if math.isfinite(table[name])]
        best = brute_force([(table[name], float(means[name])) for name in known])
        (drawn,) = tab.run(DRAWN)
        assert drawn["front"] == sorted(name for name, front in zip(known, best, strict=True) if front), key
        assert drawn["behind"], "a front of everybody would show nothing"
        assert sorted(drawn["front"] + drawn["behind"]) == sorted(known), key
    assert tab.run("document.querySelectorAll('svg.frontier .anchor').length") == 2
    sound(tab)


def test_resizing_draws_anew_and_dark_has_colours_of_its_own(browser: Browser, page: Path) -> None:
    tab = browser.tab()
    tab.size(1440)
    tab.open(page)
    wide = tab.run(DRAWN)[0]["width"]
    colour = "getComputedStyle(document.querySelector('.point.front')).fill"
    light = tab.run(colour)
    tab.media(prefers_color_scheme="dark")
    assert tab.run(colour) != light
    tab.size(360)
    narrow = tab.run(DRAWN)[0]
    assert narrow["right"] <= 360 < wide
    assert tab.run("document.querySelector('svg.frontier').getAttribute('width')") == str(round(narrow["width"]))
    sound(tab)


def test_on_paper_the_still_charts_stand(browser: Browser, page: Path) -> None:
    tab = browser.tab()
    tab.open(page)
    tab.media("print")
    charts = "[...document.querySelectorAll('svg.frontier, .still svg.chart')]"
    assert tab.run(f"{charts}.map(svg => svg.getBoundingClientRect().width > 200)") == [False, True, True] * 2
    sound(tab)


def test_without_a_script_the_still_charts_and_all_numbers_stand(browser: Browser, page: Path) -> None:
    tab = browser.tab(script=False)
    tab.size(360)
    tab.open(page)
    assert tab.run(STATE) == [True, False]
    shown = "[...document.querySelectorAll('svg.chart')].filter(svg => svg.getBoundingClientRect().width > 200).length"
    assert tab.run(shown) == tab.run("document.querySelectorAll('svg.chart').length") == 8
    assert tab.run("document.querySelectorAll('svg.frontier, input[type=radio]:not([hidden] *)').length") == 0
    assert tab.run("[...document.querySelectorAll('.tradeoff > details')].map(d => d.checkVisibility())") == [True] * 2
    sound(tab)


def test_hostile_names_are_shown_as_they_are(browser: Browser, tmp_path: Path) -> None:
    tab = browser.tab()
    tab.open(write_report(hostile(tmp_path)))
    (drawn,) = tab.run(DRAWN)
    shown = re.sub("[\x1b\u202e]", "\ufffd", HOSTILE)
    assert f"LLM, SFT only {shown}; LLM, GRPO {shown}" in drawn["label"]
    assert f"Specialist, PPO {shown}." in tab.run("document.querySelector('.said').textContent")
    assert tab.run("typeof evil + document.images.length") == "undefined0"
    sound(tab)


def test_no_other_script_runs(browser: Browser, page: Path, tmp_path: Path) -> None:
    source = page.read_text(encoding="utf-8")
    other = tmp_path / "other.html"
    other.write_text(source.replace("<main>", "<main><script>evil = 1</script><b onclick='evil = 2'>x</b>"), "utf-8")
    tab = browser.tab()
    tab.open(other)
    tab.run("document.querySelector('main > b').click()")
    assert tab.run("typeof evil") == "undefined"
    assert sum("Content Security Policy" in each for each in tab.complaints) == 2
    assert len(tab.run(DRAWN)) == 2


@pytest.mark.skipif(not shutil.which(AXE, mode=os.R_OK), reason="needs axe-core: REASON_AXE=path of axe.min.js")
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["several", "games"])
def test_axe_finds_no_serious_fault(
    browser: Browser, page: Path, games: Path, width: int, scheme: str, kind: str
) -> None:
    tab = browser.tab()
    tab.size(width)
    tab.media(prefers_color_scheme=scheme)
    tab.open(games if kind == "games" else page)
    tab.run("document.querySelectorAll('.replay > input:first-of-type').forEach(each => each.click())")
    tab.run(Path(AXE).read_text(encoding="utf-8") + "; 0")
    found = json.loads(tab.run("axe.run().then(done => JSON.stringify(done.violations))"))
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    told = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in grave]
    assert told == []
    assert tab.run("axe.version")
