"""The report on a phone and on paper: nothing sticks out, and unlikely tokens are told apart without their colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser, needs_chromium
from chess_sample import write_games
from report_sample import COMPARISON, write_run

from reason_arena.arena.report import write_report

pytestmark = needs_chromium
LONG = "7" * 60
"""a number that is wider than a phone"""
MARKS = "getComputedStyle(each)"
STYLES = {"p1": "dotted", "p2": "dashed", "p3": "double"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two agents that part in one token, of tokens of every likelihood."""
    head = {"view": "text", "training_seed": 0, "split": "test", "level": 2, "seed": 3, "problem_id": "p/3"}
    head |= {"question": f"Take {LONG} away from {LONG}.", "expected": "0"}
    drawn = {"characters": [1] * 4, "logprobs": [-3.0, -1.0, -0.3, -0.01]}  # 5, 37, 74 and 99 %
    rows = [
        {**head, "agent": "llm-sft", "correct": True, "verdict": "correct", "transcript": "abcd", "drawn": drawn},
        {**head, "agent": "llm-grpo", "correct": False, "verdict": "wrong", "transcript": LONG},
    ]
    comparison = COMPARISON | {"pairs": [["llm-sft", "llm-grpo"]]}
    run = tmp_path_factory.mktemp("tokens")
    return write_report(write_run(run, 1, results=rows, curves=None, costs=None, comparison=comparison))


def test_a_number_wider_than_a_phone_is_broken(browser: Browser, page: Path) -> None:
    tab = browser.tab()
    tab.size(360)
    tab.open(page)
    for opened in (False, True):
        tab.run(f"document.querySelectorAll('details').forEach(each => each.open = {str(opened).lower()})")
        sizes = tab.run("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert sizes[0] == sizes[1], "nothing sticks out"


@pytest.mark.parametrize("media", ["screen", "print"])
def test_tokens_are_underlined_as_their_legend_is_and_paper_keeps_their_colours(
    browser: Browser, page: Path, media: str
) -> None:
    tab = browser.tab()
    tab.size(360)
    tab.open(page)
    tab.media(media)
    tab.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    for place in ("pre", ".tokens"):
        found = tab.run(
            f"[...document.querySelectorAll('{place} i')].map(each => [each.className, "
            f"{MARKS}.textDecorationLine, {MARKS}.textDecorationStyle, {MARKS}.printColorAdjust])"
        )
        assert {name: style for name, _, style, _ in found} == STYLES, place
        assert {line for _, line, _, _ in found} == {"underline"}
        assert {kept for *_, kept in found} == {"exact" if media == "print" else "economy"}


def test_a_step_that_leads_nowhere_is_not_shown(browser: Browser, tmp_path: Path) -> None:
    tab = browser.tab()
    tab.open(write_report(write_games(tmp_path, 2)))
    tab.run("document.querySelectorAll('.replay > input:first-of-type').forEach(each => each.click())")
    steps = "[...document.querySelectorAll('.replay p > span')]"
    assert tab.run(f"{steps}.length") > 0
    assert tab.run(f"{steps}.filter(each => each.checkVisibility({{visibilityProperty: true}})).length") == 0
