"""The documents against the code: examples run, commands parse, links lead somewhere, generated pages are fresh."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from pages import BLOCK, NAMES, ROOT, blocks, commands, first_cells, run, text

from reason_arena.arena import cells
from reason_arena.arena.config import Comparison, Entry
from reason_arena.arena.venue import EnvironmentEntry, LevelEntry
from reason_arena.scripts.cli import STAGES, VERBS

ROOMS = ("tasks", "envs", "agents", "arena", "presets", "scripts")
PLACE = re.compile(r"(At the end of )?`([\w/]+\.py)`:\n*\Z")


def test_the_readme_runs(tmp_path: Path) -> None:
    examples = [content for language, content, _ in blocks("README.md") if language == "python"]
    assert examples
    for example in examples:
        run([sys.executable, "-c", example], tmp_path)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A copy of the tree with all additions of CONTRIBUTING.md in their places, and the examples that try them."""
    top = tmp_path_factory.mktemp("extended")
    home, trials = top / "reason_arena", []
    for room in ROOMS:
        shutil.copytree(ROOT / room, home / room, ignore=shutil.ignore_patterns("__pycache__"))
    for language, content, before in blocks("CONTRIBUTING.md"):
        place = PLACE.search(before)
        if language != "python":
            continue
        if place is None:
            trials.append(content)
            continue
        path = home / place[2]
        assert path.exists() == bool(place[1]), f"{place[2]}: an addition must not overwrite a file of the library"
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n\n{content}" if place[1] else content)
    return top, trials


def test_the_additions_of_contributing_are_found_and_run(extended: tuple[Path, list[str]]) -> None:
    top, trials = extended
    assert len(trials) == 3, "a task, an environment and an agent are tried"
    for trial in trials:
        run([sys.executable, "-W", "error::UserWarning", "-c", trial], top, top)
    listed = json.loads(run([sys.executable, "-m", "reason_arena.scripts.cli", "list", "--json"], top, top))
    assert "Reason-Gcd-v0" in [row["name"] for row in listed["environments"]]
    words = [
        sys.executable,
        "-m",
        "reason_arena.scripts.cli",
        "eval",
        "oracle",
        "--env-id",
        "Reason-Gcd-v0",
        "--level",
        "1",
    ]
    assert "1.000" in run(words, top, top)
    run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(top / "reason_arena" / "tests")], top, top)


CONTRACT = """
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadLevel, UnknownName
from reason_arena.tasks.problem import SPLITS, Task

task = registry.load("gcd")
assert isinstance(task, Task) and "gcd" in registry.names()
for level in task.levels():
    found = {split: {frozenset(p.facts["numbers"]) for p in (task.generate(split, level, s) for s in range(100))}
             for split in SPLITS}
    assert not found["train"] & found["test"] and not found["train"] & found["validation"]
    for seed in range(50):
        problem = task.generate("test", level, seed)
        assert problem == task.generate("test", level, seed)
        assert task.verify(problem, task.solution(problem))
        assert not task.verify(problem, str(int(problem.answer) + 1)) and not task.verify(problem, problem.question)
        assert tuple(task.encode(problem)["numbers"]) == problem.facts["numbers"]
for bad, error in ((("test", 99), BadLevel), (("exam", 0), UnknownName)):
    try:
        task.generate(*bad, 0)
    except error:
        continue
    raise AssertionError(bad)
"""


def test_the_task_of_contributing_keeps_the_contract(extended: tuple[Path, list[str]]) -> None:
    run([sys.executable, "-c", CONTRACT], extended[0], extended[0])


def test_the_additions_of_contributing_are_in_style(extended: tuple[Path, list[str]]) -> None:
    top, _ = extended
    added = [top / "reason_arena" / name for name in ("tasks/gcd.py", "envs/gcd.py", "agents/calculator.py")]
    for words in (["check", "--ignore", "TID251"], ["format", "--check"]):  # the ban is lifted by folder, at the root
        run([sys.executable, "-m", "ruff", *words, "--config", str(ROOT / "pyproject.toml"), *map(str, added)], ROOT)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_on_a_page_exists(name: str) -> None:
    for words in commands(name):
        if len(words) == 1:
            continue
        assert words[1] in VERBS or words[1].startswith("-"), f"{name}: {shlex.join(words)}"
        file = ROOT / "scripts" / f"{words[1]}.py"
        assert file.exists() or words[1] in STAGES or words[1].startswith("-"), f"{name}: {shlex.join(words)}"


def flags_of(verb: tuple[str, ...]) -> set[str]:
    shown = run([sys.executable, "-m", "reason_arena.scripts.cli", *verb, "--help"], ROOT)
    return set(re.findall(r"--[a-z][-\w.]*", shown))


def test_every_flag_on_a_page_is_in_the_help() -> None:
    used: dict[tuple[str, ...], set[str]] = {}
    for words in (words for name in NAMES for words in commands(name) if len(words) > 1 and words[1] in VERBS):
        verb = tuple(words[1:3] if words[1] == "train" and len(words) > 2 else words[1:2])
        used.setdefault(verb, set()).update(word.partition("=")[0] for word in words[2:] if word.startswith("--"))
    assert used[("eval",)]
    for verb, flags in used.items():
        assert not flags - {"--help"} - flags_of(verb), f"reason {' '.join(verb)}"


@pytest.mark.parametrize("name", NAMES)
def test_relative_links_lead_to_files(name: str) -> None:
    source = BLOCK.sub("", text(name))
    for target in re.findall(r"\]\(([^)\s]+)\)", source) + re.findall(r'(?:src|href)="([^"]+)"', source):
        if "://" not in target and not target.startswith("#"):
            assert ((ROOT / name).parent / target.partition("#")[0]).exists(), f"{name}: {target}"


@pytest.mark.parametrize("name", [*NAMES, "LICENSE"])
def test_no_page_names_a_place_on_one_machine_or_a_thing_to_do(name: str) -> None:
    assert not re.search(r"(?<![\w.])/(?:work|tmp|root|home)\b", text(name))
    assert not re.search(r"\b(?:TODO|FIXME|XXX|TBD)\b", text(name))
    assert "@@" not in text(name), "a number that nobody has filled in"


def test_the_readme_stays_short() -> None:
    assert len(text("README.md").splitlines()) <= 150


def test_generated_pages_are_fresh() -> None:
    run([sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], ROOT)


def test_the_page_on_comparisons_tells_of_every_key_and_field(tmp_path: Path) -> None:
    kinds = (Comparison, Entry, EnvironmentEntry, LevelEntry)
    told = first_cells("docs/comparison.md")
    keys = {field.name for config in kinds for field in fields(config)}
    assert keys <= told, f"not told of: {keys - told}"
    cell = cells.TestCell("oracle", "oracle", None, 0, 0, "Reason-Arithmetic-v0", 1, tmp_path / "lines.jsonl")
    cell.run()
    line = json.loads((tmp_path / "lines.jsonl").read_text())
    assert set(line) <= told, f"not told of: {set(line) - told}"


def test_the_readme_names_every_extra_and_command() -> None:
    extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"]
    assert {name for name in extras if f"`{name}`" not in text("README.md")} == set()
    assert {verb for verb in VERBS if f"`reason {verb}" not in text("README.md")} == set()
