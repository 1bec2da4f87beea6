"""Hostile completions, labels and remarks through the real paths: lines, terminal and page stay what they are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hostile import COMPLETIONS, Hostile
from report_sample import Page

from reason_arena.agents.learning.progress import Progress
from reason_arena.agents.visible import visible
from reason_arena.arena import agent_cell
from reason_arena.arena.config import read_comparison
from reason_arena.arena.lines import TRANSCRIPT
from reason_arena.arena.plan import Plan
from reason_arena.arena.report import read_run
from reason_arena.arena.report.sides import replays
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadConfig

NAMES = list(COMPLETIONS)
ALL = " ".join(text[:300] for text in COMPLETIONS.values()).replace("\udcff", "").encode("utf-8", "replace").decode()
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""what no terminal may get, line breaks and tabs aside"""
BAD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""what no page may hold"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of a comparison, its file, and what the commands printed about it."""
    top = tmp_path_factory.mktemp("hostile")
    agents = {
        "hostile": {"kind": "random", "label": ALL, "note": ALL + "x" * 20_000},
        "oracle": {"kind": "oracle", "label": "</title>\u202e\x1b]0;owned\x07"},
    }
    plan = {"title": ALL, "agents": agents, "levels": [1], "primary": {"level": 1}, "pairs": [["oracle", "hostile"]]}
    (top / "file.yaml").write_text(yaml.safe_dump({**plan, "episodes": len(NAMES), "out": str(top / "out")}))
    with pytest.MonkeyPatch.context() as patch:
        make = agent_cell.make
        patch.setattr(agent_cell, "make", lambda kind, *a, **b: Hostile() if kind == "random" else make(kind, *a, **b))
        for cell in Plan(read_comparison(top / "file.yaml")).cells():
            cell.run()
        yield top / "out", top / "file.yaml"


@pytest.fixture(scope="module")
def told(run: tuple[Path, Path]) -> str:
    """What a terminal gets of every command that tells of it."""
    folder, file = run
    import contextlib
    import io

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        assert main(["compare", str(file)]) == 0
        assert main(["verify", str(file), "--agent", "hostile"]) == 0
        described = json.loads((folder / "comparison.json").read_text())
        for agent, road in zip(described["agents"], ("llm", "specialist"), strict=True):
            agent["road"] = road  # the page shows what two roads wrote
        (folder / "comparison.json").write_text(json.dumps(described))
        assert main(["report", str(folder)]) == 0
        assert main(["eval", "random", "--level", "1", "--episodes", str(len(NAMES)), "--out", str(folder / "e")]) == 0
        assert main(["compare", str(file), "--plan"]) == 0
        assert main(["report", str(folder), "--env-id", ALL, "--figure", str(folder / "f.svg")]) == 2
        (folder / "games.jsonl").write_text(json.dumps({"agent": ALL, "record": ALL}) + "\n")
        assert main(["replay", str(folder / "games.jsonl")]) == 2
        with Progress(ALL, 2) as progress:
            progress.advance(1, **{"note": ALL})
            progress.say(ALL)
    return shown.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_its_line_is_one_line_of_json_and_gives_it_back(name: str, run: tuple[Path, Path], told: str) -> None:
    written = (run[0] / "results.jsonl").read_bytes()
    rows = [json.loads(line.decode("utf-8")) for line in written.split(b"\n")[:-1]]
    assert len(rows) == len(written.decode("utf-8").splitlines()) == 2 * len(NAMES)
    row = rows[NAMES.index(name)]
    assert row["transcript"] == COMPLETIONS[name][:TRANSCRIPT]
    assert (row["agent"], row["correct"], row["return"]) == ("hostile", False, 0.0)
    assert len(json.dumps(row)) < 40_000


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_is_told_nothing(name: str) -> None:
    shown = visible(COMPLETIONS[name])
    assert not OBEYED.search(shown.replace("\n", ""))
    assert len(re.findall("[\u0301\u0334]", shown)) <= 4


def test_no_command_says_what_a_terminal_obeys(told: str) -> None:
    assert "oracle" in told or "title" in told
    assert not OBEYED.search(told), OBEYED.findall(told)[:9]
    assert max(map(len, told.splitlines())) < 20_000


@pytest.fixture(scope="module")
def page(run: tuple[Path, Path], told: str) -> Page:
    return Page((run[0] / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_it_as_text(name: str, run: tuple[Path, Path], told: str, tmp_path: Path) -> None:
    """Of many episodes a page shows some; here of one problem."""
    lines = (run[0] / "results.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    seed = json.loads(lines[NAMES.index(name)])["seed"]
    (tmp_path / "results.jsonl").write_text("".join(line for line in lines if json.loads(line)["seed"] == seed))
    described = json.loads((run[0] / "comparison.json").read_text())
    for venue in described["environments"]:
        for level in venue["levels"]:
            level["episodes"] = 1
    (tmp_path / "comparison.json").write_text(json.dumps(described))
    shown = BAD.sub("\ufffd", COMPLETIONS[name][:200])
    assert shown in Page(replays(read_run(tmp_path))).text


def test_the_page_is_whole_and_of_bounded_size(run: tuple[Path, Path], page: Page) -> None:
    assert page.strangers() == []
    assert page.count("img") == page.count("plaintext") == 0
    source = (run[0] / "report.html").read_bytes()
    assert not BAD.search(source.decode("utf-8"))
    assert len(source) < 1_500_000


def test_a_name_that_a_terminal_would_obey_is_refused(tmp_path: Path) -> None:
    for name in ("a\x1b[2J", "a\u202eb", "x" * 101):
        (tmp_path / "file.yaml").write_text(yaml.safe_dump({"agents": {name: {"kind": "random"}}}))
        with pytest.raises(BadConfig, match="expected a name of at most 100 bytes without control characters"):
            read_comparison(tmp_path / "file.yaml")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the chromium package")
def test_a_browser_runs_nothing_of_it(run: tuple[Path, Path], told: str, tmp_path: Path) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom"]
    done = subprocess.run([*command, (run[0] / "report.html").as_uri()], capture_output=True, check=True, timeout=240)
    shown, said = done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")
    title = re.search(r"<title>(.*?)</title>", shown, re.DOTALL)
    assert title
    assert title[1].startswith("&lt;script&gt;document.title='owned'&lt;/script&gt;"), title[1][:80]
    assert Page(shown).strangers() == []
    assert shown.rstrip().endswith("</html>")
    assert 'dir="rtl"' not in shown
    assert "CONSOLE" not in said, said
    assert "Content Security Policy" not in said, said
