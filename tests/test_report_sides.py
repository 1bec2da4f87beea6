"""Episodes side by side in the report: what is chosen, where two part, and hostile texts, on lines made by hand."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

import chess
import pytest
from chess_sample import write_games
from report_sample import AGENTS, COMPARISON, Page, report, results, write_run, write_several

from reason_arena.arena.report import read_run, write_report
from reason_arena.arena.report.meetings import MOST, chosen, meetings
from reason_arena.arena.report.parting import of_answers, of_texts, window
from reason_arena.arena.report.sides import replays
from reason_arena.tasks.chess.records import pgn

ATTACK = "</pre></details><script>alert(1)</script>\u202e<img src=x onerror=alert(2)>\u0000\ud800"


def told(agent: str, seed: int, transcript: str, correct: bool, **more: Any) -> dict[str, Any]:
    """A line about the problem 47 + 51."""
    return {
        "agent": agent,
        "view": "text",
        "training_seed": 0,
        "split": "test",
        "level": 2,
        "seed": seed,
        "problem_id": f"p/{seed}",
        "question": "What is 47 + 51?",
        "expected": "98",
        "correct": correct,
        "verdict": "correct" if correct else "wrong",
        "transcript": transcript,
        **more,
    }


def section(folder: Path, rows: list[dict[str, Any]], **changes: Any) -> str:
    """The HTML of the section, for llm-sft against llm-grpo."""
    comparison = COMPARISON | {"pairs": [["llm-sft", "llm-grpo"]]} | changes
    write_run(folder, 1, results=rows, curves=None, costs=None, comparison=comparison)
    return replays(read_run(folder))


def test_the_first_line_that_differs_is_told_and_marked(tmp_path: Path) -> None:
    html = section(
        tmp_path,
        [
            told("llm-sft", 3, "7+1=8\n4+5=9\n\\boxed{98}", True, parsed="98"),
            told("llm-grpo", 3, "7+1=8\n4+5=8\n\\boxed{88}", False, parsed="88"),
        ],
    )
    page = Page(html)
    assert "<h4>Only LLM, SFT only is right</h4>" in html
    assert '<a href="#pair-0-0"><bdi>Line 2: “4+5=9” against “4+5=8”</bdi></a>' in html
    assert re.findall(r"<mark(.*?)>(.*?)</mark>", html) == [
        (' id="pair-0-0" tabindex="-1"', "4+5=9"),
        (' tabindex="-1"', "4+5=8"),
    ]
    assert "<pre>7+1=8\n<mark" in html
    assert page.count("details", open="") == page.count("script") == 0
    assert "both solved 0, only LLM, SFT only 1, only LLM, GRPO 0, and neither 0. Shown: 1." in page.text


@pytest.mark.parametrize(
    ("first", "second", "words", "marked"),
    [
        ("same", "same", None, None),
        ("a\nb", "a\nb\nc", "Line 2: “b” against “b”", None),
        ("a\n", "a\nc", "Line 2: nothing more against “c”", ("", "c")),
        ("a b", "a  b", "Line 1: “a b” against “a  b”", ("b", " ")),
        ("", "x", "Line 1: nothing more against “x”", ("", "x")),
        ("1 + 2 = 3", "1 + 25 = 26", "Line 1: “1 + 2 = 3” against “1 + 25 = 26”", (" ", "25")),
    ],
)
def test_where_two_texts_part(first: str, second: str, words: str | None, marked: tuple[str, str] | None) -> None:
    found = of_texts(first, second)
    if words is None:
        assert found is None
        return
    assert found is not None
    assert found.words == words
    if marked:
        assert tuple(text[slice(*span)] for text, span in zip((first, second), found.spans, strict=True)) == marked


def test_a_long_line_is_quoted_around_the_difference() -> None:
    first, second = ("x" * 500 + " " + end + " " + "y" * 500 for end in ("one", "two"))
    found = of_texts(first, second)
    assert found is not None
    assert found.words == (f"Line 1: “…{'x' * 13} one {'y' * 26}…” against “…{'x' * 13} two {'y' * 26}…”")
    assert [first[slice(*span)] for span in found.spans if span] == ["one", "one"]


def test_two_that_write_in_different_forms_are_told_apart_by_their_answers(tmp_path: Path) -> None:
    rows = [
        told("llm-sft", 0, "7+1=8 4+5=8\n\\boxed{88}", False, parsed="88", answer="7+1=8 4+5=8\n\\boxed{88}"),
        told("llm-grpo", 0, "47 + 51 = 98", True, view="array", parsed="98", answer="98"),
    ]
    html = section(tmp_path, rows)
    assert "<bdi>Answer: 88 against 98</bdi>" in html
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["88", "98"]
    assert of_answers(("-5", "5"), ("-5", "-5")) is None
    found = of_answers(("so \\boxed{-5}", "7 - 12 = 5"), ("-5", "-6"))
    assert found is not None
    assert found.spans == ((10, 12), None)
    unread = of_answers(("hm", "7 + 5 = 12"), ("", "12"))
    assert unread is not None
    assert unread.words == "Answer: none that can be read against 12"


def test_tokens_are_coloured_by_their_probability(tmp_path: Path) -> None:
    drawn = {"characters": [1, 1, 3, 2], "logprobs": [0.0, -0.36, -2.4, None]}
    rows = [
        told("llm-sft", 0, "9<b&cde", True, drawn=drawn),  # 1, 0.70, 0.09, not known
        told("llm-grpo", 0, "9<b&xyz", False),
    ]
    html = section(tmp_path, rows)
    first, second = re.findall(r"<pre>(.*?)</pre>", html)
    # The difference lies in the token "b&c", of which the word around it is all.
    assert first.startswith("<mark") or "<mark" in first
    assert re.sub(r"</?mark[^>]*>", "", first) == (
        '9<i class="p1" title="70 %">&lt;</i><i class="p3" title="9.1 %">b&amp;c</i>de'
    )
    assert "<i" not in second
    assert "Probability of a token when it was drawn" in html
    assert "Least likely: <code>b&amp;c</code> (9.1 %), <code>&lt;</code> (70 %)</p>" in html


def test_of_many_unlikely_tokens_five_are_told_in_numbers(tmp_path: Path) -> None:
    drawn = {"characters": [2, *[1] * 7], "logprobs": [-0.2, -3.0, -0.4, -0.6, -0.8, -1.0, -1.2, -0.01]}
    rows = [told("llm-sft", 0, "a \nbcdefg", True, drawn=drawn), told("llm-grpo", 0, "a \nbcdefh", False)]
    # exp of each: 0.82, 0.050, 0.67, 0.55, 0.45, 0.37, 0.30 and 0.99
    found = re.findall(r"Least likely: (.*?)</p>", section(tmp_path, rows))
    tokens = [("⏎", 5), ("f", 30), ("e", 37), ("d", 45), ("c", 55)]
    assert found == [", ".join(f"<code>{token}</code> ({percent} %)" for token, percent in tokens)]


@pytest.mark.parametrize(
    "drawn",
    [
        None,
        [],
        "x",
        {"characters": [5]},
        {"characters": [5], "logprobs": []},
        {"characters": [-1, 2], "logprobs": [-3, -3]},
        {"characters": [True], "logprobs": [-3]},
        {"characters": [900], "logprobs": [-3]},
        {"characters": ["<b>"], "logprobs": [-3]},
        {"characters": [2], "logprobs": ["<b>"]},
        {"characters": [2], "logprobs": [5000.0]},
    ],
)
def test_tokens_that_are_not_told_as_they_should_be_change_nothing(drawn: Any, tmp_path: Path) -> None:
    rows = [told("llm-sft", 0, "ab", True), told("llm-grpo", 0, "ac", False)]
    plain = section(tmp_path / "plain", rows)
    assert section(tmp_path / "odd", [row | {"drawn": drawn} for row in rows]) == plain


def test_a_long_text_is_shown_around_what_differs(tmp_path: Path) -> None:
    text = "".join(f"step {n}\n" for n in range(400))
    rows = [told("llm-sft", 0, text, True), told("llm-grpo", 0, text.replace("step 300", "step X"), False)]
    html = section(tmp_path, rows)
    assert "<bdi>Line 301: “step 300” against “step X”</bdi>" in html
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["300", "X"]
    assert len(html) < 6_000
    (before, after), _ = zip(
        re.findall(r"… ([\d,]+) characters before", html), re.findall(r"… ([\d,]+) more", html), strict=True
    )
    shown = re.findall(r"<pre>(.*?)</pre>", html, re.DOTALL)[0]
    assert int(before.replace(",", "")) + int(after.replace(",", "")) + len(re.sub("<[^>]*>", "", shown)) == len(text)
    assert window(3000, (2990, 2995), 1000) == (2000, 3000)


def test_one_of_every_kind_comes_before_a_second_of_any(tmp_path: Path) -> None:
    def pair(seed: int, one: bool, other: bool, same: bool = False) -> list[dict[str, Any]]:
        return [
            told("llm-sft", seed, "way 1", one),
            told("llm-grpo", seed, "way 1" if same else "way 2", other),
        ]

    rows = [
        *pair(1, True, True, same=True),
        *pair(2, True, False),
        *pair(3, True, False),
        *pair(4, False, False),
        *pair(5, False, True),
        *pair(6, True, True),
        *pair(10, True, False),
        told("llm-sft", 7, "alone", True),
        told("llm-grpo", 8, "alone", False),
        *[row | {"failed": "it broke"} for row in pair(9, True, False)],
    ]
    section(tmp_path, rows)
    run = read_run(tmp_path)
    agents = run.agent("llm-sft"), run.agent("llm-grpo")
    found = meetings(run, agents)
    assert [each.first.seed for each in found] == ["1", "2", "3", "4", "5", "6", "10"]
    assert [(kind, each.first.seed) for kind, each in chosen(found, 4)] == [
        ("first", "2"),
        ("second", "5"),
        ("right", "6"),
        ("wrong", "4"),
    ]
    assert [each.first.seed for _, each in chosen(found, 9)] == ["2", "3", "10", "5", "6", "4"]
    assert chosen(found, 0) == []


def test_graded_scores_have_a_worst_a_best_and_a_middle(tmp_path: Path) -> None:
    gaps = {0: (5, 1), 1: (3, 2), 2: (2, 2), 3: (1, 3), 4: (0, 5)}
    rows = []
    for seed, values in gaps.items():
        for agent, value in zip(("llm-sft", "llm-grpo"), values, strict=True):
            rows.append(told(agent, seed, f"{agent} {value}", False, furthest=value))
    html = section(tmp_path, rows, primary={"metric": "furthest", "level": 2})
    assert re.findall(r"<h4>(.*?)</h4>", html) == [
        "LLM, SFT only is ahead: furthest 5 against 1",
        "LLM, SFT only is ahead: furthest 3 against 2",
        "LLM, GRPO is ahead: furthest 0 against 5",
        "In the middle of all differences: furthest 2 against 2",
    ]


def test_the_order_of_the_lines_changes_nothing(tmp_path: Path) -> None:
    rows = results(2)
    mixed = Random(3).sample(rows, len(rows))
    pages = [
        replays(read_run(write_run(tmp_path / name, 2, results=each))) for name, each in (("a", rows), ("b", mixed))
    ]
    assert pages[0] == pages[1]
    assert pages[0].count('class="example meet"') == 8


def test_a_page_of_many_pairs_has_fifty_at_most(tmp_path: Path) -> None:
    names = [agent["name"] for agent in AGENTS]
    pairs = [[a, b] for a in names for b in names if a != b]
    write_several(tmp_path, 1, pairs=pairs)
    page = report(tmp_path)
    # 20 pairs in one environment, 12 without the specialist in the other: one meeting for each
    assert page.count("div", **{"class": "example meet"}) == 20 + 12 <= MOST
    targets = {(a["href"] or "").removeprefix("#") for t, a in page.tags if t == "a"}
    assert targets <= {a["id"] for _, a in page.tags if a.get("id")}


def test_texts_of_models_stay_texts(tmp_path: Path) -> None:
    rows = [
        told("llm-sft", 0, ATTACK, True, question=ATTACK, expected=ATTACK, parsed=ATTACK, verdict=ATTACK),
        told("llm-grpo", 0, f"{ATTACK}2", False, question=ATTACK, parsed=ATTACK),
        told("llm-sft", 1, "x", True, view="array", parsed=ATTACK, answer=ATTACK),
        told("llm-grpo", 1, f"x {ATTACK}", False, parsed=f"{ATTACK}3"),
        told("llm-sft", 2, "", True, record=ATTACK),
        told("llm-grpo", 2, "", False, record=f"{ATTACK}4"),
        told("llm-sft", 3, "", True, record=f'{{"presses": "{ATTACK}"}}'),
        told("llm-grpo", 3, "", False, record="{}"),
    ]
    labels = [agent | {"label": f"{agent['label']}{ATTACK}"} for agent in AGENTS]
    page = Page(section(tmp_path, rows, agents=labels, levels=[{"level": 2, "label": ATTACK, "name": ATTACK}]))
    assert page.count("div", **{"class": "example meet"}) == 4
    assert page.count("script") == page.count("img") == 0
    assert "</pre></details><script>alert(1)</script>" in page.text
    assert page.text.count("\ufffd") > 4 > page.text.count("\u202e") == 0, "what turns the text round is shown as such"
    assert not re.search("[\u0000\ud800]", page.text)


def test_without_a_pair_there_is_no_section_and_equal_episodes_are_told(tmp_path: Path) -> None:
    rows = [told(name, seed, "the same", True) for name in ("llm-sft", "llm-grpo") for seed in range(3)]
    assert section(tmp_path / "none", rows, pairs=[]) == ""
    assert 'id="replays"' not in write_report(tmp_path / "none").read_text(encoding="utf-8")
    html = section(tmp_path / "equal", rows)
    assert "Of 3 problems that both tried, both solved 3, only LLM, SFT only 0" in html
    assert "Nowhere did they do anything differently." in html
    assert "example" not in html
    apart = [told("llm-sft", 0, "a", True), told("llm-grpo", 1, "b", True)]
    assert "They share no problem." in section(tmp_path / "apart", apart)


def test_the_first_move_that_differs_is_told_and_drawn(tmp_path: Path) -> None:
    start = "7k/8/5KQ1/8/8/8/8/8 w - - 0 1"
    ways = {"llm": ["g6g5", "h8h7", "g5g7"], "ppo": ["g6g5", "h8h7", "g5h5"]}
    rows = []
    for agent, moves in ways.items():
        record = pgn(start, [chess.Move.from_uci(move) for move in moves], {}, "checkmate", "1-0")
        mated = agent == "llm"
        rows.append(
            told(agent, 0, "I play it.\n" * mated, mated, record=record, level="opponent=random")
            | {"view": "text" if mated else "array", "termination": "checkmate" if mated else "length"}
        )
    html = replays(read_run(write_games(tmp_path, results=rows)))
    assert "<h4>Only LLM, SFT is right</h4>" in html
    assert '<a href="#pair-0-0"><bdi>Move 2 of White: Qh5+ against Qg7#</bdi></a>' in html
    assert '<h5 id="pair-0-0" tabindex="-1">Where they part, after 1... Kh7</h5>' in html
    assert html.count('class="arrow"') == 2
    assert html.count('class="board"') == 3
    assert re.findall(r"<figcaption>(.*?)</figcaption>", html) == ["After 2. Qh5+", "After 2. Qg7#"]
    assert "<p>1. Qg5 Kh7 <mark>2. Qg7#</mark></p>" in html
    assert "<pre>I play it." in html


def test_a_whole_page_with_it_stays_small_and_in_order(tmp_path: Path) -> None:
    folder = write_several(tmp_path)
    source = write_report(folder).read_text(encoding="utf-8")
    assert source.count("<h3>Side by side</h3>") == 2
    assert len(source) < 1_000_000
    page = Page(source)
    assert page.count("section", id="reason-aime-v0-replays") == 1
